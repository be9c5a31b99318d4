"""What new articles are matched with besides each other: files and folders of old ones, or an index of them.

Public: `Archive`, `NO_ARCHIVE`, `ASKED`, `renamed`, `mark_old`, `founder`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf

from dedup.checks import Paths, checked_paths
from dedup.config import Config
from dedup.engines import progress
from dedup.errors import UsageError
from dedup.index.articles import ArticleIndex
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.indexes import is_index, open_index
from dedup.pipeline.preference import moment
from dedup.records import Article, Match
from dedup.results import PackedMatch, Verdict, pack_match

Named = Callable[[str], Article]
MARK = "#archive"  # what an id of an index gets where a new article has the same


@dataclass(frozen=True)
class Archive:
    """Old articles: in files, which are read with the new ones, or in the folder of an index, which is asked."""

    files: tuple[str, ...] = ()
    index: str | None = None
    opened: ArticleIndex | None = None  # an index that the caller keeps open

    @property
    def asks(self) -> bool:
        """Whether there is an index, which is asked; what dates its articles have is not known before."""
        return self.index is not None or self.opened is not None

    @contextmanager
    def _asked(self, config: Config | None) -> Iterator[ArticleIndex | None]:
        if self.opened is not None or self.index is None:
            yield self.opened
            return
        with open_index(self.index, config=config, create=False) as index:
            yield index

    @staticmethod
    def of(call: str, paths: Paths) -> Archive:
        """Return the archive that some paths name. Raises `UsageError` for an index and other paths together."""
        given = checked_paths(call, paths)
        indexes = [path for path in given if is_index(path)]
        if indexes and len(given) > 1:
            raise UsageError(
                f"{call} takes one index, or files and folders, as its archive: not {indexes[0]} and others"
            )
        return Archive(index=indexes[0]) if indexes else Archive(tuple(given))

    def matches(self, store: ArticleStore, numbers: Iterable[int], config: Config) -> Iterator[PackedMatch]:
        """Return the matches of articles with those of the index, the side that is of the index marked."""
        with self._asked(config) as index:
            for number in numbers if index is not None else ():
                assert index is not None
                article = store.article(number)
                progress.advance()
                # Under a name that no archive has: an index leaves the article of the same id out.
                for match in index.check(replace(article, id=ASKED), languages=config.languages):
                    yield pack_match(renamed(match, article.id, store.numbers))

    def named(self, new: Named) -> Named:
        """Return what reads an article by its id, from where `new` reads or else from the index."""
        if not self.asks:
            return new

        def read(id_: str) -> Article:
            try:
                return new(id_)
            except KeyError:
                pass
            with self._asked(None) as index:
                found = index.get(id_.removesuffix(MARK)) if index is not None else None
            if found is None:
                raise KeyError(id_)
            return replace(found, id=id_)

        return read


NO_ARCHIVE = Archive()
_SIDES = {"left": "right", "right": "left"}
ASKED = "\0asked"  # an id that no article of an archive has


def renamed(match: Match, id_: str, taken: Container[str]) -> Match:
    """Return a match of the asked article under its own id, left and right in order, the old side marked."""

    def name(other: str) -> str:
        return id_ if other == ASKED else f"{other}{MARK}" if other in taken else other

    left, right = name(match.left), name(match.right)
    old = "right" if match.left == ASKED else "left"
    original = None if match.original is None else name(match.original)
    found = replace(match, left=left, right=right, original=original, old=old)
    return found if left < right else _turned(found)


def _turned(match: Match) -> Match:
    """Return a match with its sides exchanged, as it is told where the ids sort the other way."""
    passages = sorted(passage._replace(left=passage.right, right=passage.left) for passage in match.alignment.passages)
    evidence = sorted(
        one._replace(left=one.right, right=one.left, left_text=one.right_text, right_text=one.left_text)
        for one in match.evidence
    )
    features = dict(match.alignment.features)
    if "original_odds" in features:
        features["original_odds"] = 0.0 - features["original_odds"]  # no -0.0
    return replace(
        match,
        left=match.right,
        right=match.left,
        old=_SIDES.get(match.old or ""),
        alignment=replace(match.alignment, passages=tuple(passages), features=features),
        evidence=tuple(evidence),
        shared=match.shared[::-1],
        container=_SIDES.get(match.container or ""),
    )


def mark_old(packed: Iterable[PackedMatch], old: Sequence[str]) -> Iterator[PackedMatch]:
    """Return packed matches that say which side is old."""
    if not old:
        yield from packed
        return
    archive = frozenset(old)
    for one in packed:
        verdict = one.verdict
        side = "left" if verdict.left in archive else "right" if verdict.right in archive else None
        yield one._replace(verdict=verdict._replace(old=side))


def founder(verdicts: Iterable[Verdict], named: Named, dated: bool) -> Callable[[Sequence[str]], str]:
    """Return what tells, of the members of a cluster, the id that the cluster goes by.

    That of the archive's member where there is one, else of the earliest where that is known (`dated`), of the smallest
    id among equals: articles that are published later, or found beside an archive, leave it as it is.
    """
    old = {one.left if one.old == "left" else one.right for one in verdicts if one.old}

    def rank(id_: str) -> tuple[bool, float, str]:
        when = moment(named(id_).published) if dated else None
        return id_ not in old, inf if when is None else when, id_

    return lambda members: min(members, key=rank).removesuffix(MARK)
