"""One key for each band of a classic signature: equal bands have equal keys (Indyk and Motwani 1998)."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np
from numba import int64, njit, types, uint32, uint64, void

from dedup.compiled.arrays import U32

FACTOR = 0x9E3779B97F4A7C15  # the golden ratio: any odd number with well spread bits

NO_KEY = 0xFFFFFFFF  # a slot that nothing fell into


@njit(void(types.Array(uint32, 2, "C", readonly=True), int64, uint32[:, ::1]), cache=True, nogil=True)
def _band_keys(signatures, rows, out):
    for article in range(len(out)):
        for band in range(out.shape[1]):
            mixed = uint64(0)
            for k in range(band * rows, (band + 1) * rows):
                mixed = uint64((mixed ^ uint64(signatures[article, k])) * uint64(FACTOR))
                mixed = uint64(mixed ^ (mixed >> uint64(32)))
            out[article, band] = min(uint32(mixed), uint32(NO_KEY - 1))


def band_keys(signatures: U32, rows: int, bands: int) -> U32:
    """Keys (n, bands) of signatures (n, slots) for the first bands, of `rows` slots each; none of them is `NO_KEY`."""
    out = np.empty((len(signatures), bands), np.uint32)
    _band_keys(np.ascontiguousarray(signatures, np.uint32), rows, out)
    return out
