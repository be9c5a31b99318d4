"""Tables of an article's words, stems and grams of two, three and five words, with open addressing.

They stand one after the other in one array `cells`, each of a power of two cells: place or number + 1, 0 where empty.

Public, all compiled: `find_key`, `enter_key` (different hashes), `find_gram`, `enter`, `gram_key`, `gram_step` (grams).
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import I32, U64
from dedup.compiled.decorators import Bits, Int, borrowing
from dedup.language.vocabulary import MIX

WORDS, STEMS, PAIRS, TRIPLES, FIVES = range(5)  # the tables
TABLES, LEAST_CELLS, ROOM = 5, 16, 1.5  # cells of a table for each word of the article

_STEP = np.uint64(0xC2B2AE3D27D4EB4F)  # odd, from xxHash (Collet)


@borrowing
def find_key(keys: U64, cells: I32, table: Int, key: Bits) -> Int:
    """Return the number of a hash in a table of different ones, or -1."""
    size = len(cells) // TABLES
    at = np.int64((key * MIX) >> np.uint64(24)) & (size - 1)
    cell = cells[table * size + at]
    while cell > 0:
        if keys[cell - 1] == key:
            return int(cell - 1)
        at = (at + 1) & (size - 1)
        cell = cells[table * size + at]
    return -1


@borrowing
def gram_step(key: Bits, word: Bits) -> Bits:
    """Return the hash of a sequence of words and one more."""
    return (key ^ (key >> np.uint64(31))) * _STEP + word


@borrowing
def gram_key(hashes: U64, i: Int, size: Int) -> Bits:
    """Return the hash of the `size` words from place `i` on."""
    key = hashes[i]
    for k in range(1, size):
        key = gram_step(key, hashes[i + k])
    return key


@borrowing
def find_gram(
    mine: U64, cells: I32, begin: Int, cell_count: Int, offset: Int, other: U64, i: Int, size: Int, key: Bits
) -> Int:
    """Return the first place in an article of the `size` words at place `i` of another, or -1 - its empty cell.

    The article's words begin at `offset` of `mine`, the cells of its table at `begin`; places count from the offset.
    """
    at = np.int64((key * MIX) >> np.uint64(24)) & (cell_count - 1)
    while cells[begin + at] > 0:
        place = np.int64(cells[begin + at]) - 1
        same = True
        for k in range(size):
            if mine[offset + place + k] != other[i + k]:
                same = False
                break
        if same:
            return int(place)
        at = (at + 1) & (cell_count - 1)
    return int(-1 - begin - at)


@borrowing
def enter(hashes: U64, cells: I32, begin: Int, cell_count: Int, offset: Int, i: Int, size: Int, key: Bits) -> Int:
    """Return the first place of the `size` words at place `i`, which are entered if they are new."""
    place = find_gram(hashes, cells, begin, cell_count, offset, hashes, offset + i, size, key)
    if place >= 0:
        return place
    cells[-1 - place] = i + 1
    return i


@borrowing
def enter_key(cells: I32, begin: Int, cell_count: Int, number: Int, key: Bits) -> None:
    """Enter a hash that is not in the table yet."""
    at = np.int64((key * MIX) >> np.uint64(24)) & (cell_count - 1)
    while cells[begin + at] > 0:
        at = (at + 1) & (cell_count - 1)
    cells[begin + at] = number + 1
