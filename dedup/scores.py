"""The scores of all articles of a scan, packed: some hundred bytes each instead of a tree of objects."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from dedup.records import RewriteScore


class ScoreTable(Mapping[str, RewriteScore]):
    """Scores by article id, unpacked a block at a time; iterate in order to be fast."""

    def __init__(self, ids: Sequence[str], blocks: Iterable[Sequence[RewriteScore]], size: int) -> None:
        """`blocks` hold the scores of `size` articles each (the last may hold fewer), in the order of `ids`."""
        self._ids = ids
        self._size = size
        self._blocks = [pickle.dumps(tuple(block), pickle.HIGHEST_PROTOCOL) for block in blocks]
        self._numbers: dict[str, int] | None = None
        self._block = lru_cache(maxsize=4)(self._unpack)

    def _unpack(self, block: int) -> tuple[RewriteScore, ...]:
        found: tuple[RewriteScore, ...] = pickle.loads(self._blocks[block])
        return found

    def at(self, number: int) -> RewriteScore:
        """The score of the article with this number in the order read."""
        return self._block(number // self._size)[number % self._size]

    def __getitem__(self, id_: str) -> RewriteScore:
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self._ids)} if self._blocks else {}
        return self.at(self._numbers[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids if self._blocks else ())

    def __len__(self) -> int:
        return len(self._ids) if self._blocks else 0

    def values(self) -> Iterator[RewriteScore]:  # type: ignore[override]
        """All scores in order, without looking any id up."""
        return (self.at(number) for number in range(len(self)))
