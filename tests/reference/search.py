"""What a search finds, in plain numpy: the definition, not the fast path."""

from __future__ import annotations

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Rows, Scope


def search_rows(keys: U32, rows: Rows, alive: U8, scope: Scope, window: int) -> list[list[int]]:
    """For each column the visible articles that share its key: the `window` oldest, then as many of the newest."""
    visible = alive.astype(bool) & scope.sees(rows.dates, rows.sources, rows.numbers)
    found = []
    for column, key in enumerate(keys):
        numbers = rows.numbers[visible & (rows.keys[:, column] == key)].tolist() if key != NO_KEY else []
        rest = numbers[window:]
        found.append(numbers[:window] + rest[::-1][:window])
    return found
