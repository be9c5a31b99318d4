"""Signatures row by row: a key for each band - equal bands have equal keys (Indyk and Motwani 1998) - and slots in
common."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U32
from dedup.compiled.decorators import Array, Int, borrowing_kernel

FACTOR = 0x9E3779B97F4A7C15  # the golden ratio: any odd number with well spread bits

NO_KEY = 0xFFFFFFFF  # a slot that nothing fell into: never compared


@borrowing_kernel
def _band_keys(signatures: Array, rows: Int, out: Array) -> None:
    for article in range(len(out)):
        for band in range(out.shape[1]):
            mixed = np.uint64(0)
            for k in range(band * rows, (band + 1) * rows):
                mixed = np.uint64((mixed ^ np.uint64(signatures[article, k])) * np.uint64(FACTOR))
                mixed = np.uint64(mixed ^ (mixed >> np.uint64(32)))
            out[article, band] = min(np.uint32(mixed), np.uint32(NO_KEY - 1))


def band_keys(signatures: U32, rows: int, bands: int) -> U32:
    """Keys (n, bands) of signatures (n, slots) for the first bands, of `rows` slots each; none of them is `NO_KEY`."""
    out = np.empty((len(signatures), bands), np.uint32)
    _band_keys(np.ascontiguousarray(signatures, np.uint32), rows, out)
    return out


@borrowing_kernel
def compare_rows(signatures: Array, pairs: Array, equal: Array) -> None:
    """How many slots each pair of rows shares, empty slots apart."""
    for i in range(len(pairs)):
        same = np.uint16(0)
        for k in range(signatures.shape[1]):
            value = signatures[pairs[i, 0], k]
            same += np.uint16((value == signatures[pairs[i, 1], k]) & (value != NO_KEY))
        equal[i] = same
