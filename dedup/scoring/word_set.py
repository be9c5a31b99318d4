"""A set of word hashes for compiled code: a microsecond to make, and one step a look-up where bisection takes nine."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U64
from dedup.compiled.decorators import borrowing, helper

EMPTY = np.uint64(0)  # no word has this hash but by a chance of 2^-64
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads the hashes over the cells


@borrowing
def cell_of(cells: U64, word: np.uint64) -> np.int64:
    """Return the cell in which a set has a word, or the empty one where it would stand."""
    last = np.uint64(len(cells) - 1)
    at = (word * GOLDEN >> np.uint64(32)) & last
    while cells[at] != EMPTY and cells[at] != word:
        at = (at + np.uint64(1)) & last
    return np.int64(at)


@helper
def word_set(words: U64) -> U64:
    """Return the cells of a set of words: a power of two of them, at most a quarter of which are full."""
    size = 16
    while size < 4 * len(words):
        size *= 2
    cells = np.full(size, EMPTY, np.uint64)
    for word in words:
        cells[cell_of(cells, word)] = word
    return cells


@borrowing
def contains(cells: U64, word: np.uint64) -> bool:
    """Return whether a set has a word."""
    return bool(cells[cell_of(cells, word)] == word)
