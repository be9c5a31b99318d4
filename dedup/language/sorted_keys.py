"""Rows of hashes in a sorted array: the first 16 bits of a hash choose the range that is searched, a key on average.

The keys are whole hashes, 64 bits, or their upper halves, 32 bits. `tables` is the other way to look up a hash: it
holds 16 bits of a key, and takes a strange one for a stored one more often. Here the keys lead on to rows of other
arrays, which substitutions, phrases and document frequencies need.

Public: `starts_of`, and for compiled callers `row_of`, `rows_of`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import I64, U32, U64
from dedup.compiled.decorators import inlined, kernel
from dedup.compiled.intrinsics import address_of, prefetch

TOP_BITS = 16
BLOCK = 128  # hashes that take each step together
_TOP = np.uint64(64 - TOP_BITS)

Keys = U64 | U32


def starts_of(keys: Keys) -> U32:
    """Return where the sorted `keys` with each first 16 bits begin, then their number: shape (2**16 + 1,)."""
    edges = np.arange(1, 1 << TOP_BITS, dtype=np.uint64) << np.uint64(8 * keys.itemsize - TOP_BITS)
    return np.concatenate([[0], np.searchsorted(keys, edges.astype(keys.dtype)), [len(keys)]]).astype(np.uint32)


@inlined
def row_of(starts: U32, keys: Keys, wanted: np.uint64) -> np.int64:
    """Return the row of a hash in the sorted `keys`, or -1."""
    top, key = np.int64(wanted >> _TOP), wanted >> np.uint64(64 - 8 * keys.itemsize)
    for at in range(np.int64(starts[top]), np.int64(starts[top + 1])):
        if keys[at] == key:
            return np.int64(at)
    return np.int64(-1)


@kernel
def rows_of(starts: U32, keys: Keys, wanted: U64) -> I64:
    """Return `row_of` of each hash; the waits for memory overlap."""
    first, entry, rows = address_of(starts), address_of(keys), np.empty(len(wanted), np.int64)
    for low in range(0, len(wanted), BLOCK):
        high = min(low + BLOCK, len(wanted))
        for k in range(low, high):
            prefetch(first + 4 * np.int64(wanted[k] >> _TOP))
        for k in range(low, high):
            prefetch(entry + keys.itemsize * np.int64(starts[np.int64(wanted[k] >> _TOP)]))
        for k in range(low, high):
            rows[k] = row_of(starts, keys, wanted[k])
    return rows
