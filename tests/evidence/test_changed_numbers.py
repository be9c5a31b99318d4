"""Numbers changed in sentences that were re-worded, and numbers that were only told otherwise or left out."""

import pytest

from tests.evidence.test_differences import evidence

LEFT = (
    "A ferry with {} on board ran aground off Sandholm at dawn. Its captain, Odd Vang, {}, was taken ashore. "
    "The company expects repairs to cost {}."
)
RIGHT = (
    "Off Sandholm a ferry carrying {} hit the ground early in the morning. They brought Captain Odd Vang, {}, to land. "
    "Repairs, the company says, will come to {}."
)
FACTS = "163 people", "52", "£640,000"


def told(left: tuple[str, ...], right: tuple[str, ...]) -> list[tuple[str, str]]:
    found = evidence(LEFT.format(*left), RIGHT.format(*right))
    return [(one.left_text, one.right_text) for one in found if one.type == "number"]


@pytest.mark.parametrize(
    ("place", "other", "left_text", "right_text"),
    [
        (0, "136 people", "163", "136"),
        (1, "aged 42", "52", "42"),
        (2, "£460,000", "640,000", "460,000"),
    ],
)
def test_another_number_among_other_words_is_told(place: int, other: str, left_text: str, right_text: str) -> None:
    right = [*FACTS]
    right[place] = other
    assert told(FACTS, tuple(right)) == [(left_text, right_text)]


@pytest.mark.parametrize(
    "right",
    [
        ("163 people", "52", "£640,000"),
        ("163 people", "a 52-year-old", "£0.64m"),
        ("more than 160 people", "aged 52", "over £600,000"),
        ("many people", "52", "a fortune"),
        ("163 people", "52", "£640.000"),
        ("163 people", "who is 52 and has 30 years at sea behind him", "£640,000"),
    ],
)
def test_a_number_told_otherwise_rounded_or_left_out_is_none(right: tuple[str, ...]) -> None:
    assert told(FACTS, right) == []


def test_two_that_could_be_meant_are_not_told() -> None:
    right = (
        "There were 40 men and 50 women on the ferry that hit the ground off Sandholm. The captain, 52, is Odd Vang."
    )
    found = evidence(LEFT.format(*FACTS), right)
    assert [one for one in found if one.type == "number"] == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("He has 4 sons and runs a farm at Lom.", "At Lom the farmer owns 21 cows."),
        (
            "Seventeen children and four adults were on the bus to Lom.",
            "The bus to Lom had 21 people, 17 of them boys.",
        ),
    ],
)
def test_numbers_of_other_things_are_not_told_where_nothing_else_is_missing(left: str, right: str) -> None:
    before = "The harbour board of Vellmouth met on Tuesday in the old customs house. "
    assert [one for one in evidence(before + left, before + right) if one.type == "number"] == []


def test_a_time_without_its_colon_is_the_same() -> None:
    left = "The clinic in Brunnvik would open daily from 10:00 to 18:30, the board said."
    right = "The board said that daily hours of the clinic in Brunnvik would be 1000 to 1830."
    assert [one for one in evidence(left, right) if one.type == "number"] == []


@pytest.mark.parametrize(("share", "expected"), [("20%", []), ("30%", [("five", "30")]), ("around 20 per cent", [])])
def test_one_in_five_is_a_share(share: str, expected: list[tuple[str, str]]) -> None:
    left = "Of the pupils at the school in Brunnvik, one in five was ill in March, the board said."
    right = f"The board said that at the Brunnvik school {share} of the pupils fell ill in March."
    found = [(one.left_text, one.right_text) for one in evidence(left, right) if one.type == "number"]
    assert found == expected
