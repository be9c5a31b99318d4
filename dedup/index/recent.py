"""The articles that no segment holds yet: rows in memory, found through a chained hash table of their keys."""

from __future__ import annotations

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Columns, Found, Rows, Scope, full_slots, shared_slots
from dedup.index.postings import NOWHERE, insert_recent, search_recent

LEAST_ROWS = 256  # room to begin with; doubled as needed


class Recent:
    """Rows that may be added to and hidden; the same searches as a `Segment`."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.count = 0
        self._room(LEAST_ROWS)

    def __len__(self) -> int:
        return self.count

    def _room(self, rows: int) -> None:
        """Arrays for so many rows, with the old ones copied and chained again."""
        old = self.rows() if self.count else None
        alive = self.alive[: self.count] if self.count else np.empty(0, np.uint8)
        k = len(self.columns)
        self._numbers, self._dates = np.zeros(rows, np.uint32), np.zeros(rows, np.int64)
        self._sources, self._keys = np.zeros(rows, np.uint32), np.full((rows, k), NO_KEY, np.uint32)
        self.alive: U8 = np.zeros(rows, np.uint8)
        buckets = 1 << (rows * k - 1).bit_length()
        self._heads, self._tails = (np.full(buckets, NOWHERE, np.uint32) for _ in range(2))
        self._nexts, self._befores = (np.full(rows * k, NOWHERE, np.uint32) for _ in range(2))
        self.count = 0
        if old is not None:
            self.add(old)
            self.alive[: self.count] = alive

    def rows(self) -> Rows:
        """All rows, hidden ones too, as views."""
        n = self.count
        return Rows(self._numbers[:n], self._dates[:n], self._sources[:n], self._keys[:n])

    def living(self) -> Rows:
        """Copies of the rows that are not hidden."""
        return self.rows().only(self.alive[: self.count].astype(bool))

    def add(self, rows: Rows) -> None:
        """Append rows, whose numbers must be higher than all before."""
        first, last = self.count, self.count + len(rows)
        if last > len(self._numbers):
            self._room(max(2 * len(self._numbers), last))
        self._numbers[first:last], self._dates[first:last] = rows.numbers, rows.dates
        self._sources[first:last], self._keys[first:last] = rows.sources, rows.keys
        self.alive[first:last] = 1
        insert_recent(self._keys, first, last, self._heads, self._tails, self._nexts, self._befores)
        self.count = last

    def place(self, number: int) -> int:
        """Where an article stands; -1 if it does not."""
        at = int(np.searchsorted(self._numbers[: self.count], np.uint32(number)))
        return at if at < self.count and self._numbers[at] == number else -1

    def remove(self, number: int) -> bool:
        """Hide an article; says whether it was here."""
        at = self.place(number)
        if at >= 0:
            self.alive[at] = 0
        return at >= 0

    def search(self, keys: U32, scope: Scope, newest: bool, found: Found) -> None:
        """Add what shares a key (`postings.search_recent`)."""
        ends, links = (self._tails, self._befores) if newest else (self._heads, self._nexts)
        search_recent(
            keys, self._keys, ends, links, self.alive, self._dates, self._sources, self._numbers, scope.plain(),
            newest, found.numbers, found.counts,
        )  # fmt: skip

    def shared(self, keys: U32, place: int, slots: int) -> U8:
        """Which of the first `slots` keys an article has (slots,)."""
        return shared_slots(keys[:slots], self._keys[place, :slots])

    def digest(self, place: int) -> int:
        """The digest key of an article."""
        return int(self._keys[place, self.columns.digest])

    def full(self, place: int) -> int:
        """How many weighted slots of an article hold a key."""
        return int(full_slots(self._keys[place : place + 1], self.columns)[0])
