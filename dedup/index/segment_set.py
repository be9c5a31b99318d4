"""All keys of an index, searchable: the segments, oldest first, and the memtable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dedup.compiled.arrays import U8, U32
from dedup.index.layout import Found, KeyColumns, Scope, Visibility
from dedup.index.memtable import Memtable
from dedup.index.segment import Segment, View


class SegmentSet:
    """Segments follow each other by article number; the articles of the memtable have the highest."""

    def __init__(self, columns: KeyColumns) -> None:
        self.columns = columns
        self.segments: list[Segment] = []
        self.memtable = Memtable(columns)
        self._views: dict[str, View] = {}

    def search(self, keys: U32, scope: Scope, window: int) -> Found:
        """Return what shares a key (k,) with an article. Raises `IndexDamaged`."""
        found = Found.nothing(len(self.columns), window)
        keys = keys.view()
        keys.flags.writeable = False
        self._views = {segment.file: segment.view(keys) for segment in self.segments}
        parts: list[View | Memtable] = [*self._views.values(), self.memtable]
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
        """Return the digest key of an article."""
        place = self.memtable.place(number)
        if place >= 0:
            return self.memtable.digest(place)
        segment, place = self._segment(number)
        return int(segment.digests[place])

    def full(self, number: int) -> int:
        """Return how many weighted slots of an article hold a key."""
        place = self.memtable.place(number)
        if place >= 0:
            return self.memtable.full(place)
        segment, place = self._segment(number)
        return int(segment.full[place])

    def shared(self, number: int, keys: U32) -> U8:
        """Return which weighted slots an article shares (slots,) with that of the last search.

        Raises `IndexDamaged`.
        """
        place = self.memtable.place(number)
        if place >= 0:
            return self.memtable.shared(keys, place, self.columns.slots)
        segment, place = self._segment(number)
        return self._views[segment.file].shared(place, self.columns.slots)

    def remove(self, numbers: list[int]) -> None:
        """Hide articles."""
        gone = [n for n in numbers if not self.memtable.remove(n)]
        for segment in self.segments if gone else ():
            segment.remove(np.array(gone, np.uint32))

    def _parts(self) -> list[Visibility]:
        return [*(segment.visibility for segment in self.segments), self.memtable.visibility]

    def living(self) -> int:
        """Return how many articles there are that were not removed."""
        return sum(int(part.alive.sum()) for part in self._parts())

    def older(self, date: int) -> list[int]:
        """Return the numbers of the articles from before a second that were not removed."""
        found = [part.numbers[(part.dates < date) & (part.alive == 1)] for part in self._parts()]
        return [number for numbers in found for number in numbers.tolist()]

    def following(self, number: int, most: int) -> list[int]:
        """Return the numbers of at most so many articles that follow a number and were not removed, in their order."""
        found = list[int]()
        for part in self._parts():
            first = int(np.searchsorted(part.numbers, np.int64(number), "right"))
            while len(found) < most and first < len(part.numbers):
                some = slice(first, first + most)
                found += part.numbers[some][part.alive[some] == 1].tolist()
                first += most
        return found[:most]

    def in_order(self) -> bool:
        """Return whether each part has higher numbers than the parts before it."""
        ends = [(part.numbers[0], part.numbers[-1]) for part in self._parts() if len(part.numbers)]
        return all(before[1] < after[0] for before, after in pairwise(ends))

    def visible(self, scope: Scope) -> U32:
        """Return the numbers of the articles that a search may see, in their order."""
        found = [
            part.numbers[
                (part.alive == 1)
                & (part.dates >= scope.since)
                & (part.sources != scope.source)
                & (part.numbers != scope.number)
            ]
            for part in self._parts()
        ]
        return np.concatenate(found)

    def hidden(self) -> int:
        """Return how many articles were removed and still take space."""
        dead = sum(int(len(s) - s.alive.sum()) for s in self.segments)
        return dead + int(len(self.memtable) - self.memtable.alive[: len(self.memtable)].sum())
