"""How two neighbouring words become one feature: shared by the frequency tables and the signatures, so that they agree.

Public: `pair_hash` (compiled, one pair), `pair_hashes` (numpy, whole arrays), `CLASS_BITS`, `CLASS_SHIFT`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, uint64

from dedup.records import U64

# Odd, from Steele and Vigna, "Computationally easy, spectrally good multipliers" (2021), table 5 (64 bits).
PAIR_LEFT = 0xD1342543DE82EF95
PAIR_RIGHT = 0xAF251AF3B0F025B5

CLASS_BITS = 20  # a feature's class stands in a table of 2^20 bytes: 1 MB, small enough to ship and to stay in cache
CLASS_SHIFT = 64 - CLASS_BITS  # the cell is given by the top bits of the feature


@njit(uint64(uint64, uint64), cache=True, nogil=True, inline="always")
def pair_hash(left, right):  # type: ignore[no-untyped-def]
    """The feature of a word followed by another, from their 64-bit token hashes; the order matters."""
    mixed = uint64(left * uint64(PAIR_LEFT)) + uint64(right * uint64(PAIR_RIGHT))
    return uint64(mixed ^ (mixed >> uint64(32)))


def pair_hashes(words: U64) -> U64:
    """The features (n - 1,) of the adjacent pairs among the token hashes (n,) of one article."""
    mixed = words[:-1] * np.uint64(PAIR_LEFT) + words[1:] * np.uint64(PAIR_RIGHT)
    features: U64 = mixed ^ (mixed >> np.uint64(32))
    return features
