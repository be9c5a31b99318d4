"""Quantities as they are read from a text."""

import pytest

from tests.evidence.made_background import prepared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7.2 million", [7.2e6]),
        ("1,234,567 cats", [1234567.0]),
        ("twenty-three days", [23 * 86400.0]),
        ("$2m in cash", [2e6]),
        ("the 20th of 1990", [20.0, 1990.0]),
        ("one 3d B-52", [52.0]),
        ("two hundred thousand", [200000.0]),
    ],
)
def test_quantities(text: str, expected: list[float]) -> None:
    amounts = prepared(text).side.amounts
    assert amounts.tolist() == pytest.approx(expected)
