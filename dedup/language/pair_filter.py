"""A bit for every word pair that a background has often: most pairs that are asked for are told to be rare without a
look-up.

Public: `frequent_pairs`, and for compiled callers `may_be_frequent`, `prefetch_bit`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U64
from dedup.compiled.decorators import borrowing
from dedup.compiled.hashing import GOLDEN
from dedup.compiled.intrinsics import address_of, prefetch
from dedup.language.background import PairColumn, Tables
from dedup.language.tables import Layer, bucket_of, fingerprint_of

FREQUENT_TRIPLE = 10.0  # expected triple (same recipe)
BITS = 21  # 256 KB of bits: they stay in the cache, and one in fifteen is set
_FACTOR, _SHIFT = np.uint64(GOLDEN), np.uint64(64 - BITS)
_S6, _S16, _LOW6, _ONE = np.uint64(6), np.uint64(16), np.uint64(63), np.uint64(1)


def frequent_pairs(tables: Tables) -> U64:
    """Return a bit for every pair frequent enough to be expected, for `may_be_frequent`: (layers, 2**BITS / 64)."""
    table, bits = tables.pairs, np.zeros((len(tables.pairs.layers), 1 << (BITS - 6)), np.uint64)
    for number, layer in enumerate(table.layers.tolist()):
        row, buckets, base = layer[Layer.ROW], layer[Layer.BUCKETS], layer[Layer.BASE]
        offsets = table.offsets[row : row + buckets + 1].astype(np.int64)
        home = np.repeat(np.arange(buckets, dtype=np.uint64), np.diff(offsets))
        entries = slice(base, base + int(offsets[-1]))
        kept = tables.counts[table.columns[entries, PairColumn.COUNT]] * len(bits) >= FREQUENT_TRIPLE
        with np.errstate(over="ignore"):
            place = ((home << _S16 | table.fingerprints[entries]) * _FACTOR >> _SHIFT)[kept]
        np.bitwise_or.at(bits[number], (place >> _S6).astype(np.int64), _ONE << (place & _LOW6))
    return bits


@borrowing
def _place(tables: Tables, layer: int, key: np.uint64) -> np.uint64:
    home = bucket_of(key, np.uint64(tables.pairs.layers[layer, Layer.BUCKETS]))
    return np.uint64((home << _S16 | fingerprint_of(key)) * _FACTOR >> _SHIFT)


@borrowing
def prefetch_bit(tables: Tables, bits: U64, key: np.uint64) -> None:
    """Ask for the memory that `may_be_frequent` reads of the first layer."""
    prefetch(address_of(bits) + 8 * np.int64(_place(tables, 0, key) >> _S6))


@borrowing
def may_be_frequent(tables: Tables, bits: U64, key: np.uint64) -> bool:
    """Return whether a pair may be frequent; a rare one passes about once in fifteen times."""
    hit = np.uint64(0)
    for layer in range(len(bits)):
        place = _place(tables, layer, key)
        hit |= bits[layer, np.int64(place >> _S6)] >> (place & _LOW6)
    return bool(hit & _ONE)
