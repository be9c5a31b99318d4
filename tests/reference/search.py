"""What a search finds, in plain numpy: the definition, not the fast path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Rows, Scope


def sees(scope: Scope, rows: Rows) -> NDArray[np.bool_]:
    """Return for each row (n,) whether a search may see it."""
    mask: NDArray[np.bool_] = (
        (rows.dates >= scope.since) & (rows.sources != scope.source) & (rows.numbers != scope.number)
    )
    return mask


def search_rows(keys: U32, rows: Rows, alive: U8, scope: Scope, window: int) -> list[list[int]]:
    """For each column the visible articles that share its key: the `window` oldest, then as many of the newest."""
    visible = alive.astype(bool) & sees(scope, rows)
    found = []
    for column, key in enumerate(keys):
        numbers = rows.numbers[visible & (rows.keys[:, column] == key)].tolist() if key != NO_KEY else []
        rest = numbers[window:]
        found.append(numbers[:window] + rest[::-1][:window])
    return found
