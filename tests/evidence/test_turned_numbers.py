"""What goes the other way beside the same number, in sentences of other words."""

import pytest

from tests.evidence.test_differences import evidence

LEFT = "Kelso Mills said on Monday that its profit {} in the year. Some 4,100 people work in its eight mills in Fife."
RIGHT = "In the year, as Kelso Mills announced on Monday, earnings {}. It has eight mills in Fife and 4,100 workers."


def told(left: str, right: str) -> list[tuple[str, str]]:
    found = evidence(LEFT.format(left), RIGHT.format(right))
    return [(one.left_text, one.right_text) for one in found if one.type == "direction"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("rose 17.4 per cent", "were down 17.4%", ("rose", "down")),
        ("slipped by 6%", "saw a rise of 6 percent", ("slipped", "rise")),
        ("advanced 31%", "declined 31%", ("advanced", "declined")),
        ("grew 3.5 per cent", "came out 3.5% lower", ("grew", "lower")),
        ("lost 4%", "were 4% stronger", ("lost", "stronger")),
        ("was less than £300m", "came to over £300 million", ("less", "over")),
        ("rose to £300m", "fell to about £300 million", ("rose", "fell")),
        ("fell 2% against the dollar", "were 2% up against the dollar", ("fell", "up")),
    ],
)
def test_the_other_way_is_told(left: str, right: str, expected: tuple[str, str]) -> None:
    assert expected in told(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("rose 17.4 per cent", "advanced 17.4%"),
        ("fell more than 6%", "were down over 6%"),  # "more" tells how exact 6 is
        ("fell by up to 6%", "declined 6%"),
        ("rose 6%", "were 8% down, while sales, at 6%, held"),  # another number stands between, or a break
        ("was over £300m", "rose to more than £300 million"),
        ("growth slowed to 2.1%", "grew 2.1%"),
        ("fell from 6%", "had been up 6%"),
        ("was no less than £300m", "came to more than £300 million"),
        ("would lift prices by 4% and cut jobs", "would be up as prices climb 4 percent"),
        ("in yen fell 2% against the dollar", "in dollars rose 2% against the yen"),
    ],
)
def test_the_same_way_or_what_belongs_to_something_else_is_not(left: str, right: str) -> None:
    assert told(left, right) == []
