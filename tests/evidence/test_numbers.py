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
        ("gusts of 60mph by 9am", [60.0, 9.0]),
        ("-4C, 30F", [4.0, 30.0]),
        ("5ft 3in and 90mm", [1.524, 0.0762, 0.09]),
        ("a 12kg bag at 148.2p", [12.0, 1.482]),
        ("6\u03360\u0336m\u0336p\u0336h\u0336 and 1\u03362\u0336", [60.0, 12.0]),
        ("2m people, a 5k run, a 3D film", []),
    ],
)
def test_quantities(text: str, expected: list[float]) -> None:
    amounts = prepared(text).side.amounts
    assert amounts.tolist() == pytest.approx(expected)
