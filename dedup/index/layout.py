"""What an index stores for each article: its keys, and the row beside them.

A key is 32 bits in a column. The first columns are the slots of the weighted signature: articles that share enough of
them may be rewrites. The next are bands of the classic signature, the last one is the digest of all words: sharing one
of these is enough. `NO_KEY` posts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import I64, U8, U32

NO_SOURCE = 0  # number of the source of an article without one
ALWAYS = -(1 << 63)  # a date before all others


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """How many columns of keys there are of each kind."""

    slots: int
    bands: int

    @property
    def digest(self) -> int:
        """The column of the digest, the last one."""
        return self.slots + self.bands

    def __len__(self) -> int:
        return self.slots + self.bands + 1


@dataclass(frozen=True, eq=False)
class Rows:
    """Articles as arrays, in the order of their numbers. Shapes: `n` articles, `k` key columns."""

    numbers: U32  # (n,) rising
    dates: I64  # (n,) seconds since 1970, UTC
    sources: U32  # (n,) number of the source
    keys: U32  # (n, k)

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, wanted: NDArray[np.bool_] | slice) -> Rows:
        """Return some of the rows: those of a mask (n,) or of a slice."""
        return Rows(self.numbers[wanted], self.dates[wanted], self.sources[wanted], self.keys[wanted])

    @staticmethod
    def join(parts: list[Rows]) -> Rows:
        """Return the rows of all parts, one part after the other; there must be at least one."""
        return Rows(
            np.concatenate([p.numbers for p in parts]),
            np.concatenate([p.dates for p in parts]),
            np.concatenate([p.sources for p in parts]),
            np.concatenate([p.keys for p in parts]),
        )


class Visibility(NamedTuple):
    """What says of each article of a segment or memtable whether a search may see it; all arrays are (n,)."""

    alive: U8  # 0 once it was removed
    dates: I64
    sources: U32
    numbers: U32


class Scope(NamedTuple):
    """Which articles a search may see: all others are as if they were not in the index."""

    since: int = ALWAYS  # not before this second
    source: int = NO_KEY  # not of this source
    number: int = NO_KEY  # not this article


class Found(NamedTuple):
    """The articles met in each column: its `window` oldest, and its `window` newest where there are more."""

    numbers: U32  # (k, 2 * window)
    counts: I64  # (k,)

    @staticmethod
    def nothing(columns: int, window: int) -> Found:
        """Return the room that a search fills."""
        return Found(np.zeros((columns, 2 * window), np.uint32), np.zeros(columns, np.int64))

    @property
    def window(self) -> int:
        """How many of the oldest and how many of the newest are wanted."""
        return int(self.numbers.shape[1]) // 2

    def met(self, first: int, last: int) -> U32:
        """Return the numbers met in the columns first..last, with repeats."""
        inside = np.arange(self.numbers.shape[1]) < self.counts[first:last, None]
        met: U32 = self.numbers[first:last][inside]
        return met


def full_slots(keys: U32, columns: KeyColumns) -> U8:
    """Return how many weighted slots of each article (n,) hold a key."""
    full: U8 = (keys[:, : columns.slots] != NO_KEY).sum(axis=1).astype(np.uint8)
    return full


def shared_slots(left: U32, right: U32) -> U8:
    """Return which keys two articles share: 1 or 0 for each column (k,)."""
    same: U8 = ((left == right) & (left != NO_KEY)).astype(np.uint8)
    return same
