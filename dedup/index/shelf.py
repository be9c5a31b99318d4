"""All keys of an index, searchable: the segments, oldest first, and the recent articles."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Columns, Found, Scope
from dedup.index.recent import Recent
from dedup.index.segment import Segment, View


class Shelf:
    """Segments follow each other by article number; recent articles have the highest."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.segments: list[Segment] = []
        self.recent = Recent(columns)
        self._views: dict[str, View] = {}

    def last_number(self) -> int:
        """The highest article number seen, 0 without any."""
        rows = self.recent.rows()
        if len(rows):
            return int(rows.numbers[-1])
        return max((int(s.numbers[-1]) for s in self.segments if len(s)), default=0)

    def search(self, keys: U32, scope: Scope, window: int) -> Found:
        """What shares a key with an article. Raises `IndexDamaged`."""
        found = Found.nothing(len(self.columns), window)
        keys = keys.view()
        keys.flags.writeable = False
        self._views = {segment.file: segment.view(keys) for segment in self.segments}
        parts: list[View | Recent] = [*self._views.values(), self.recent]
        for part in parts:
            part.search(keys, scope, False, found)
        if (found.counts >= window).any():
            for part in reversed(parts):
                part.search(keys, scope, True, found)
        return found

    def _segment(self, number: int) -> tuple[Segment, int]:
        for segment in self.segments:
            if len(segment) and segment.numbers[0] <= number <= segment.numbers[-1]:
                return segment, int(np.searchsorted(segment.numbers, np.uint32(number)))
        raise KeyError(number)

    def digest(self, number: int) -> int:
        """Digest key of an article."""
        place = self.recent.place(number)
        if place >= 0:
            return self.recent.digest(place)
        segment, place = self._segment(number)
        return int(segment.digests[place])

    def full(self, number: int) -> int:
        """How many weighted slots of an article hold a key."""
        place = self.recent.place(number)
        if place >= 0:
            return self.recent.full(place)
        segment, place = self._segment(number)
        return int(segment.full[place])

    def shared(self, number: int, keys: U32) -> U8:
        """Which weighted slots an article shares (slots,) with that of the last search. Raises `IndexDamaged`."""
        place = self.recent.place(number)
        if place >= 0:
            return self.recent.shared(keys, place, self.columns.slots)
        segment, place = self._segment(number)
        return self._views[segment.file].shared(place, self.columns.slots)

    def remove(self, numbers: list[int]) -> None:
        """Hide articles."""
        gone = [n for n in numbers if not self.recent.remove(n)]
        for segment in self.segments if gone else ():
            segment.remove(np.array(gone, np.uint32))

    def hidden(self) -> int:
        """Articles that were removed and still take space."""
        dead = sum(int(len(s) - s.alive.sum()) for s in self.segments)
        return dead + int(len(self.recent) - self.recent.alive[: len(self.recent)].sum())
