"""Hashed features: counts of short runs of symbols, each in the cell that its hash chooses (Weinberger et al. 2009).

Public: `hashed_runs`, `run_cells`, `CELLS`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import SPREAD, mix

CELLS = 1 << 13  # 2^12 cells cost .002 AUC (translated) and .004 (llm), 2^14 add nothing: see docs/model-card.md
_LAST_CELL = np.uint64(CELLS - 1)
# In double precision first: numpy's logarithms of float32 differ by the vector instructions of a processor.
_LOGS = np.log1p(np.arange(256, dtype=np.float64)).astype(np.float32)


@kernel
def hashed_runs(symbols: U64, used: NDArray[np.bool_], longest: int) -> F32:
    """Return the log counts (CELLS,) of all runs of 1 to `longest` symbols (n,) that are all used, as a unit vector."""
    vector, inner = np.zeros(CELLS, np.float32), np.empty(len(symbols), np.uint64)  # of counts first
    cells, n = np.empty(longest * len(symbols), np.int32), 0  # those that are not empty: most are
    for i in range(len(symbols)):
        inner[i] = mix(symbols[i] + SPREAD)
    for i in range(len(symbols)):
        key, j = mix(symbols[i]), i
        while j < min(i + longest, len(symbols)) and used[j]:
            key = key if j == i else mix(key + inner[j])  # join(key, symbols[j])
            cell = np.int64(key & _LAST_CELL)
            cells[n], n = cell, n + (vector[cell] == 0)
            vector[cell], j = vector[cell] + np.float32(1), j + 1
    total = 0.0
    for k in range(n):
        count = np.int64(vector[cells[k]])
        vector[cells[k]] = _LOGS[count] if count < len(_LOGS) else np.log1p(np.float32(count))
        total += vector[cells[k]] * vector[cells[k]]
    norm = np.float32(max(np.sqrt(total), 1.0))
    for k in range(n):
        vector[cells[k]] /= norm
    return vector


@kernel
def run_cells(symbols: U64, used: NDArray[np.bool_], longest: int) -> I64:
    """Return (first, length, cell) of the runs that `hashed_runs` counts, shape (r, 3), in order."""
    rows, n = np.empty((longest * len(symbols), 3), np.int64), 0
    for i in range(len(symbols)):
        key, j = mix(symbols[i]), i
        while j < min(i + longest, len(symbols)) and used[j]:
            key = key if j == i else mix(key + mix(symbols[j] + SPREAD))
            rows[n, 0], rows[n, 1], rows[n, 2] = i, j - i + 1, np.int64(key & _LAST_CELL)
            n, j = n + 1, j + 1
    return rows[:n]
