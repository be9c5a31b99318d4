"""The memtable: the articles that no segment holds yet, as rows in memory with a chained hash table of their keys."""

from __future__ import annotations

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Found, KeyColumns, Rows, Scope, Visibility, full_slots, shared_slots
from dedup.index.postings import NOWHERE, Chains, insert_keys, search_memtable

LEAST_ROWS = 256  # room to begin with; doubled as needed


class Memtable:
    """Rows that may be added to and hidden; the same searches as a `Segment`."""

    def __init__(self, columns: KeyColumns) -> None:
        self.columns = columns
        self.count = 0
        self._room(LEAST_ROWS)

    def __len__(self) -> int:
        """The number of rows, hidden ones too."""
        return self.count

    def _room(self, rows: int) -> None:
        """Make arrays for so many rows, with the old ones copied and chained again."""
        old = (self.rows(), self.alive[: self.count]) if self.count else None
        k = len(self.columns)
        self._rows = Visibility(
            np.zeros(rows, np.uint8), np.zeros(rows, np.int64), np.zeros(rows, np.uint32), np.zeros(rows, np.uint32)
        )
        buckets = 1 << (rows * k - 1).bit_length()
        heads, tails = (np.full(buckets, NOWHERE, np.uint32) for _ in range(2))
        nexts, befores = (np.full(rows * k, NOWHERE, np.uint32) for _ in range(2))
        self._chains = Chains(np.full((rows, k), NO_KEY, np.uint32), heads, tails, nexts, befores)
        self.count = 0
        if old is not None:
            held, alive = old
            self.add(held)
            self.alive[: self.count] = alive

    @property
    def alive(self) -> U8:
        """For each row, and for the room behind the last one, whether it is not hidden."""
        return self._rows.alive

    @property
    def visibility(self) -> Visibility:
        """What a search needs to know of each row, as views (n,)."""
        n, rows = self.count, self._rows
        return Visibility(rows.alive[:n], rows.dates[:n], rows.sources[:n], rows.numbers[:n])

    def rows(self) -> Rows:
        """Return all rows, hidden ones too, as views."""
        here = self.visibility
        return Rows(here.numbers, here.dates, here.sources, self._chains.keys[: self.count])

    def living(self) -> Rows:
        """Return copies of the rows that are not hidden."""
        return self.rows().only(self.alive[: self.count].astype(bool))

    def add(self, rows: Rows) -> None:
        """Append rows, whose numbers must be higher than all before."""
        first, last = self.count, self.count + len(rows)
        if last > len(self.alive):
            self._room(max(2 * len(self.alive), last))
        self._rows.numbers[first:last], self._rows.dates[first:last] = rows.numbers, rows.dates
        self._rows.sources[first:last], self._chains.keys[first:last] = rows.sources, rows.keys
        self.alive[first:last] = 1
        insert_keys(self._chains, first, last)
        self.count = last

    def last_number(self) -> int:
        """Return the highest number of an article, 0 without any."""
        return int(self._rows.numbers[self.count - 1]) if self.count else 0

    def place(self, number: int) -> int:
        """Return where an article stands; -1 if it does not."""
        numbers = self._rows.numbers[: self.count]
        at = int(np.searchsorted(numbers, np.uint32(number)))
        return at if at < self.count and numbers[at] == number else -1

    def remove(self, number: int) -> bool:
        """Hide an article; says whether it was here."""
        at = self.place(number)
        if at >= 0:
            self.alive[at] = 0
        return at >= 0

    def search(self, keys: U32, scope: Scope, newest: bool, found: Found) -> None:
        """Add what shares a key to `found` (`postings.search_memtable`)."""
        search_memtable(keys, self._chains, self._rows, scope, newest, found)

    def shared(self, keys: U32, place: int, slots: int) -> U8:
        """Return which of the first `slots` keys an article has: 1 or 0 for each (slots,)."""
        return shared_slots(keys[:slots], self._chains.keys[place, :slots])

    def digest(self, place: int) -> int:
        """Return the digest key of an article."""
        return int(self._chains.keys[place, self.columns.digest])

    def full(self, place: int) -> int:
        """Return how many weighted slots of an article hold a key."""
        return int(full_slots(self._chains.keys[place : place + 1], self.columns)[0])
