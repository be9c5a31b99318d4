"""Sides, ranges and rectangles of words: where things stand in a pair of articles."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Side(IntEnum):
    """The article of a pair. The values are places in arrays, those of results included, and must not change."""

    LEFT = 0
    RIGHT = 1


class End(IntEnum):
    """The end of a half-open range. The values are places in arrays, those of results included."""

    FIRST = 0
    LAST = 1


SIDES, ENDS = len(Side), len(End)


class Range(NamedTuple):
    """Words of one article, from `first` up to, not including, `last`."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of words."""
        return self.last - self.first

    def overlap(self, other: Range) -> int:
        """Return how many words both have; 0 or less where they do not overlap."""
        return min(self.last, other.last) - max(self.first, other.first)


class Rectangle(NamedTuple):
    """A range of either article of a pair; as a tuple it is indexed by `Side`."""

    left: Range
    right: Range

    @staticmethod
    def of(ends: list[list[int]]) -> Rectangle:
        """Return the rectangle of a row of an array (k, 2, 2) as a list."""
        left, right = ends
        return Rectangle(Range(*left), Range(*right))

    def mirrored(self) -> Rectangle:
        """Return the same with left and right exchanged."""
        return Rectangle(self.right, self.left)
