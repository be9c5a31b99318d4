"""What removing copies returns. Public: `Deduped`, `Removed`, `KeptArticles`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from dedup.display import plural
from dedup.records import Article, Kind, Skipped


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that goes, why, and which one is kept instead."""

    id: str
    source: str  # where it stood: the name of its file, "articles" for records
    line: int | None  # counted from 1, in files of many articles
    kind: Kind  # of the match with the article that is kept
    probability: float  # of that match
    kept: str | None  # id of what is kept instead; None where nothing is (`drop_all`)
    old: bool  # whether what is kept stands in the archive
    reason: str


class KeptArticles(Sequence[Article]):
    """The articles that are kept, in the order read; each is read again when it is asked for."""

    def __init__(self, ids: Sequence[str], read: Callable[[str], Article]) -> None:
        self.ids = tuple(ids)
        self._read = read

    @overload
    def __getitem__(self, at: int) -> Article: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Article, ...]: ...

    def __getitem__(self, at: int | slice) -> Article | tuple[Article, ...]:
        return tuple(map(self._read, self.ids[at])) if isinstance(at, slice) else self._read(self.ids[at])

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<KeptArticles: {plural(len(self), 'article')}>"


@dataclass(frozen=True, eq=False, repr=False)
class Deduped:
    """A pile of articles without its copies.

    `kept` are the articles that stay, `removed` tells of each other one why it goes and what is kept instead.
    """

    kept: KeptArticles
    removed: tuple[Removed, ...]  # in the order read
    skipped: tuple[Skipped, ...]  # what could not be read; repeats of an id are among `removed`
    capped: Mapping[str, int]  # what was not looked at in full, counted, as in `Report`
    seconds: Mapping[str, float]  # wall-clock time by stage
    notes: tuple[str, ...] = ()  # how fields of rows were found, and what was left out of articles, for people

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of articles that were read, kept, removed (also by kind), skipped, and found in the archive."""
        kinds = Counter(removed.kind for removed in self.removed)
        return {
            "read": len(self.kept) + len(self.removed),
            "kept": len(self.kept),
            "removed": len(self.removed),
            **{kind.value: kinds[kind] for kind in Kind if kinds[kind]},
            "in_archive": sum(removed.old for removed in self.removed),
            "skipped": len(self.skipped),
        }

    def __repr__(self) -> str:
        return f"<Deduped: {plural(len(self.kept), 'article')} kept, {len(self.removed):,} removed>"
