"""A bit for every word pair that a background has often: most pairs that are asked for are told to be rare without a
look-up."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U64
from dedup.compiled.decorators import helper
from dedup.language.background import Tables

FREQUENT_TRIPLE = 10.0  # expected triple (same recipe)
BITS = 21  # 256 KB of bits: they stay in the cache, and one in fifteen is set
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio


def frequent_pairs(tables: Tables) -> U64:
    """A bit for every pair frequent enough to be expected, found again by `may_be_frequent`: shape (layers, 2**BITS /
    64)."""
    table, bits = tables.pairs, np.zeros((len(tables.pairs.layers), 1 << (BITS - 6)), np.uint64)
    for layer, (row, buckets, base) in enumerate(table.layers.tolist()):
        offsets = table.offsets[row : row + buckets + 1].astype(np.int64)
        home = np.repeat(np.arange(buckets, dtype=np.uint64), np.diff(offsets))
        entries = slice(base, base + int(offsets[-1]))
        kept = tables.counts[table.columns[entries, 0]] * len(bits) >= FREQUENT_TRIPLE
        with np.errstate(over="ignore"):
            place = ((home << np.uint64(16) | table.fingerprints[entries]) * _GOLDEN >> np.uint64(64 - BITS))[kept]
        np.bitwise_or.at(bits[layer], (place >> np.uint64(6)).astype(np.int64), np.uint64(1) << (place & np.uint64(63)))
    return bits


@helper
def may_be_frequent(tables: Tables, bits: U64, key: np.uint64) -> bool:
    """Whether a pair may be frequent; a rare one passes about once in fifteen times."""
    hit = np.uint64(0)
    for layer in range(len(bits)):
        buckets = np.uint64(tables.pairs.layers[layer, 1])
        home = ((key >> np.uint64(33)) * buckets) >> np.uint64(31)
        place = (home << np.uint64(16) | (key & np.uint64(0xFFFF))) * _GOLDEN >> np.uint64(64 - BITS)
        hit |= bits[layer, np.int64(place >> np.uint64(6))] >> (place & np.uint64(63))
    return bool(hit & np.uint64(1))
