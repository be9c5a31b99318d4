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
_LOGS = np.log1p(np.arange(256, dtype=np.float32))


@kernel
def hashed_runs(symbols: U64, used: NDArray[np.bool_], longest: int) -> F32:
    """Return the log counts (CELLS,) of all runs of 1 to `longest` symbols (n,) that are all used, as a unit vector."""
    counts, vector, inner = np.zeros(CELLS, np.int64), np.empty(CELLS, np.float32), np.empty(len(symbols), np.uint64)
    for i in range(len(symbols)):
        inner[i] = mix(symbols[i] + SPREAD)
    for i in range(len(symbols)):
        if not used[i]:
            continue
        key = mix(symbols[i])
        counts[np.int64(key & _LAST_CELL)] += 1
        for j in range(i + 1, min(i + longest, len(symbols))):
            if not used[j]:
                break
            key = mix(key + inner[j])  # join(key, symbols[j])
            counts[np.int64(key & _LAST_CELL)] += 1
    total = 0.0
    for cell in range(CELLS):
        count = counts[cell]
        vector[cell] = _LOGS[count] if count < len(_LOGS) else np.log1p(np.float32(count))
        total += vector[cell] * vector[cell]
    return vector / np.float32(max(np.sqrt(total), 1.0))


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
