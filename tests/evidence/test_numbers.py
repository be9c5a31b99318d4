"""Quantities as they are read from a text."""

import pytest

from dedup.compiled.decorators import kernel
from dedup.evidence.numbers import same_quantity
from dedup.language.word_classes import Dimension
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
        ("5ft 3in and 90mm", [1.6002, 0.09]),
        ("a 12kg bag at 148.2p", [12.0, 1.482]),
        ("6\u03360\u0336m\u0336p\u0336h\u0336 and 1\u03362\u0336", [60.0, 12.0]),
        ("2m people, a 5k run, a 3D film", []),
        ("Rs 4 lakh, 1,250 crore, 2 lakh crore", [4e5, 1.25e10, 2e12]),
        ("R4.8bn, Rs500m and KSh31m, not A340 or RS232x", [4.8e9, 5e8, 3.1e7]),
        ("at 1:40 a.m., 1.40am, 17:47 and 2:1 up", [1.4, 1.4, 17.47, 2.0, 1.0]),
        ("a 52-year-old, 52 years old, not 52 years", [52.0, 52.0, 52 * 31557600.0]),
        ("after 5 years. Old friends", [5 * 31557600.0]),
        ("three more days, 9 per cent, two more or less", [3 * 86400.0, 9.0, 2.0]),
        ("6 feet 2 inches, 20 yards, 100 acres", [1.8796, 18.288, 40.47]),
    ],
)
def test_quantities(text: str, expected: list[float]) -> None:
    amounts = prepared(text).side.amounts
    assert amounts.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("at 5.47 pm", "at 17:47", True),
        ("13,700 hectares", "33,850 acres", True),
        ("5ft 8in tall", "173cm tall", True),
        ("Rs 412 crore", "Rs 4.12 billion", True),
        ("36C", "97F", False),
        ("at 9:12", "at 9:15", False),
    ],
)
def test_one_quantity_in_two_notations(one: str, two: str, same: bool) -> None:
    a, b = prepared(one).side, prepared(two).side
    assert len(a.amounts) == len(b.amounts) == 1
    assert asked(a.amounts[0], a.dimensions[0], b.amounts[0], b.dimensions[0]) == same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40 degrees Celsius, 104 degrees Fahrenheit", [Dimension.CELSIUS, Dimension.FAHRENHEIT]),
        ("40 Celsius, 104 degrees F", [Dimension.CELSIUS, Dimension.FAHRENHEIT]),
        ("40°C, 104 °F", [Dimension.CELSIUS, Dimension.FAHRENHEIT]),
        ("40 degrees, 5 C majors", [Dimension.NONE, Dimension.NONE]),
    ],
)
def test_temperatures_have_the_dimension_of_their_scale(text: str, expected: list[Dimension]) -> None:
    assert prepared(text).side.dimensions.tolist() == [float(one) for one in expected]


@kernel
def asked(a: float, dimension: float, b: float, other: float) -> bool:
    return same_quantity(a, dimension, b, other)
