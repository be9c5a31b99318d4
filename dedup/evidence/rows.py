"""What the kernels of evidence write: how words are aligned, and rows of differences.

Public: `Link`, `Difference`, `KINDS`, `Row`, `Range`, `Block`.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import NamedTuple

from dedup.models import Columns


class Link(IntEnum):
    """How a word is aligned; 0 for not at all, so that an array of zeros means that."""

    NONE = 0
    EXACT = 1
    STEM = 2  # of one stem, or both a negation
    NAME = 3  # names that sound alike
    NUMBER = 4  # both of a quantity


class Difference(IntEnum):
    """Kinds of difference, in lower case the types of `Evidence`."""

    SWAP = 0
    NAME = 1
    NUMBER = 2
    NEGATION = 3
    DIRECTION = 4  # a word and its opposite: rose and fell
    EXCHANGE = 5  # two names in each other's place: who did what to whom


KINDS = {int(kind): kind.name.lower() for kind in Difference}


class Row(Columns):
    """A difference: ranges of words on both sides, half-open, one of them empty where words were added or lost."""

    KIND = auto()  # of `Difference`
    LEFT_FIRST = auto()
    LEFT_LAST = auto()
    RIGHT_FIRST = auto()
    RIGHT_LAST = auto()
    BEFORE = auto()  # anchors in a row right before it, up to 3
    AFTER = auto()  # and right after it


class Range(IntEnum):
    """Columns of a range on both sides, half-open: in this order in `WordAlignment.passages` and in spans."""

    LEFT_FIRST = 0
    LEFT_LAST = 1
    RIGHT_FIRST = 2
    RIGHT_LAST = 3


class Block(NamedTuple):
    """A range of words on both sides, half-open."""

    left_first: int
    left_last: int
    right_first: int
    right_last: int
