"""The index itself: add and check articles one at a time, in one folder, for one writer and many readers.

Public: `ArticleIndex`, `IndexInfo`. Opened by `dedup.pipeline.indexes.open_index`, which hands in the other stages.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from dedup.candidates.bands import NO_KEY
from dedup.candidates.join import Stage
from dedup.checks import require, require_article, require_many
from dedup.compiled.arrays import U32
from dedup.errors import ConfigError
from dedup.index import bulk, compaction, vector_rows
from dedup.index.core import Core, Entered, MakeStages, TextOf
from dedup.index.entries import fingerprint, pack, seconds
from dedup.index.layout import ALWAYS, Scope
from dedup.index.manifest import PART
from dedup.index.migrations import FORMAT
from dedup.index.select import Candidate, Selected, select
from dedup.index.stages import Prepared
from dedup.records import Article, Match

BATCH_ADDS = 100  # writes that one commit holds with durability "batch"
BATCH_SECONDS = 1.0  # age at which an open batch is committed by the next write
DURABILITY = ("full", "batch")
ENCODE = "`dedup index add --languages`, or `add_many` of an index opened with languages=True, makes their vectors"


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds; sizes in bytes.

    `overhead` is what is stored for an article beyond its compressed text, on average; `hidden` counts articles that
    were removed and go with the next merge; `capped` what the checks of this process have not looked at in full: keys
    that too many articles share (`long`), candidates beyond the best (`top_k_overflow`). `languages` counts articles by
    language where the index keeps vectors for translations; those under "" are too short, or wait for their vectors.
    """

    path: str | None
    format: int
    articles: int
    recent: int
    segments: int
    hidden: int
    text_bytes: int
    manifest_bytes: int
    segment_bytes: int
    overhead: float
    specification: dict[str, Any]
    capped: dict[str, int]
    languages: dict[str, int]


class ArticleIndex:
    """A persistent pile of articles that says of one more which of them it copies or rewrites.

    Any process may read; the first write takes a lock that is held until the index is closed. Threads may share it,
    one call at a time; forked processes may not.
    """

    def __init__(
        self, path: Path | None, make: MakeStages, durability: str = "full", text_of: TextOf | None = None
    ) -> None:
        if durability not in DURABILITY:
            raise ConfigError(f"durability must be one of {', '.join(DURABILITY)}, not {durability!r}")
        self._durable = durability == "full"
        self._core = Core(path, make, text_of)
        self._pending, self._since, self._told = 0, 0.0, False
        self._capped = {"top_k_overflow": 0, "long": 0}

    # Searching

    def check(
        self,
        article: Article,
        since: timedelta | None = None,
        exclude_source: str | None = None,
        *,
        languages: bool | None = None,
    ) -> list[Match]:
        """Return the matches of an article with those in the index but the one with its own id, the likeliest first.

        `since` looks only at articles from that long before this one was published, or before now where that is
        unknown; an article in the index without a date counts from when it was added. `exclude_source` leaves one
        source out. Articles out of scope are as if they were not in the index. With `languages` False translations are
        not looked for; with True it is told where the index cannot find them. Raises `IndexDamaged`.
        """
        with self._core.reading():
            prepared = self._core.stages.prepare(article)
            scope = self._scope(article, since, exclude_source)
            return self._matches(prepared, self._core.stages.keys(prepared), scope, languages)

    def translations(self, article: Article, languages: bool | None = None) -> list[Match]:
        """Return the translations of an article among those in the index, as `check` does; none where it keeps none."""
        with self._core.reading():
            return self._across(article, self._scope(article, None, None), languages)

    def _across(self, article: Article, scope: Scope, languages: bool | None) -> list[Match]:
        core = self._core
        if languages is not False:
            self._tell_what_waits(bool(languages))
        if languages is False or core.across is None or not core.keeps_vectors:
            return []
        return core.across.matches(article, core, core.segment_set.visible(scope))

    def _tell_what_waits(self, wanted: bool) -> None:
        """Say, once, that translations are looked for that cannot be found."""
        core, waiting = self._core, 0
        if self._told or (core.across is None and not wanted):
            return
        waiting = core.count if core.across is None else len(vector_rows.waiting(core.manifest, core.across.stamp))
        self._told = True
        if waiting:
            text = f"{core.manifest.name}: translations of {waiting:,} articles are not found; {ENCODE}"
            warnings.warn(text, stacklevel=5)

    def _scope(self, article: Article, since: timedelta | None, exclude_source: str | None) -> Scope:
        own = self._core.manifest.find(article.id)
        start = ALWAYS
        if since is not None:  # in seconds, because a time before year 1 is no `datetime`
            require("check", since, timedelta, "a datetime.timedelta as since")
            start = seconds(article.published or datetime.now(UTC), since.total_seconds())
        source = None if exclude_source is None else self._core.manifest.find_source(exclude_source)
        return Scope(start, NO_KEY if source is None else source, NO_KEY if own is None else own.number)

    def _matches(self, prepared: Prepared, keys: U32, scope: Scope, languages: bool | None = None) -> list[Match]:
        stages, segment_set = self._core.stages, self._core.segment_set
        found = segment_set.search(keys, scope, stages.rule.window)
        selected = select(keys, found, stages.rarity(keys), stages.columns, stages.rule, segment_set)
        self._capped["top_k_overflow"] += selected.top_k_overflow
        self._capped["long"] += selected.long
        matches = list(self._verified(prepared, selected))
        if across := self._across(prepared.article, scope, languages):
            assert self._core.across is not None
            matches = self._core.across.joined(matches, across)
        return sorted(matches, key=lambda match: (-match.probability, match.left, match.right))

    def _verified(self, prepared: Prepared, selected: Selected) -> Iterator[Match]:
        stages = self._core.stages
        for number in selected.exact:
            other = self._prepared(number)
            if stages.same_words(prepared, other):
                yield from _reported(stages.verify(prepared, other))
                break
        for candidate in (*selected.near, *selected.rewrites):
            other = self._prepared(candidate.number)
            if self._passes(prepared, other, candidate):
                yield from _reported(stages.verify(prepared, other))

    def _passes(self, prepared: Prepared, other: Prepared, candidate: Candidate) -> bool:
        return candidate.stage is not Stage.NEAR or self._core.stages.resemble(prepared, other)

    def _prepared(self, number: int) -> Prepared:
        return self._core.stages.prepare(self._core.read(number))

    # Writing

    def add(self, article: Article) -> list[Match]:
        """Return the matches so far, as `check` gives them, and keep the article, for good when this returns.

        An id that is already there with the same text is left as it is, with another text it is replaced. With
        durability "batch", writes become durable a hundred at a time, or with `flush`. Raises `IndexBusy`,
        `IndexDamaged`.
        """
        core = self._core
        with core.writing():
            prepared = core.stages.prepare(article)
            keys = core.stages.keys(prepared)
            matches = self._matches(prepared, keys, self._scope(article, None, None))
            mark = fingerprint(article.text)
            old = core.manifest.find(article.id)
            if old is not None and old.fingerprint == mark:
                return matches
            core.manifest.begin()
            if old is not None:
                core.delete([old.number])
            rows = core.insert([Entered(article, mark, pack(article.text) if core.stored else None)], keys[None])
            core.remember(rows)
            self._settle()
        return matches

    def _settle(self) -> None:
        """After a write: commit as durability says, and freeze when the memtable is full."""
        if not self._pending:
            self._since = time.monotonic()
        self._pending += 1
        if self._durable or self._pending >= BATCH_ADDS or time.monotonic() - self._since > BATCH_SECONDS:
            self._commit()
        if len(self._core.segment_set.memtable) >= compaction.FREEZE:
            self._commit()
            compaction.freeze(self._core)

    def _commit(self) -> None:
        self._core.commit()
        self._pending = 0

    def add_many(self, articles: Iterable[Article], workers: int = 2) -> int:
        """Keep many articles without looking for matches; returns how many were new or had another text.

        Sketches in `workers` threads and commits every 65,536 articles: after a crash, an unfinished part is as if it
        had never been added. The first articles of an empty index, if they are at least 1,000, decide its weights.
        """
        require_many("add_many", articles, "an iterable of dedup.Article records", "add takes one article")
        with self._core.writing():
            self._commit()
            return bulk.add_many(self._core, map(_checked, articles), workers)

    def add_keyed(self, batches: Iterable[tuple[Sequence[Article], U32]]) -> int:
        """Keep articles whose keys (n, k) were made with the weights of this index; returns how many.

        In the order given, which says which of several are the oldest; no id may come twice, or be there already.
        """
        with self._core.writing():
            self._commit()
            return bulk.add_keyed(self._core, batches)

    def remove(self, id: str) -> bool:  # noqa: A002 - the field's name
        """Forget an article; says whether it was there."""
        require("remove", id, str, "the id of an article")
        with self._core.writing():
            entry = self._core.manifest.find(id)
            if entry is not None:
                self._core.manifest.begin()
                self._core.delete([entry.number])
                self._settle()
        return entry is not None

    def expire(self, before: datetime) -> int:
        """Forget the articles from before a time (of adding, where publication is unknown); returns how many."""
        require("expire", before, datetime, "a datetime")
        with self._core.writing():
            numbers = self._core.segment_set.older(seconds(before))
            self._core.manifest.begin()
            self._core.delete(numbers)
            self._commit()
        return len(numbers)

    def flush(self) -> None:
        """Make every write so far durable."""
        with self._core.guard:
            self._core.require_open()
            self._commit()

    def compact(self, rebuild: bool = False, relearn: bool = False) -> None:
        """Merge all segments into one without what was removed, and give the space back to the disk.

        `rebuild` first makes all keys again from the texts (after damage to a segment); `relearn` also learns the
        weights from them.
        """
        with self._core.writing(repair=rebuild or relearn):
            self._commit()
            compaction.compact(self._core, rebuild, relearn)

    # Looking

    def get(self, id: str) -> Article | None:  # noqa: A002 - the field's name
        """Return an article by id; None where there is none."""
        with self._core.reading():
            entry = self._core.manifest.find(id)
            return None if entry is None else self._core.article(entry)

    def __contains__(self, id: object) -> bool:  # noqa: A002
        with self._core.reading():
            return isinstance(id, str) and self._core.manifest.find(id) is not None

    def __len__(self) -> int:
        with self._core.reading():
            return self._core.count

    def __iter__(self) -> Iterator[Article]:
        """All articles, in the order in which they were added; what is added meanwhile may be among them."""
        last = 0
        while True:
            with self._core.reading():
                part = self._core.articles_after(last, PART)
                articles = [self._core.article(entry) for entry in part]
            yield from articles
            if not part:
                return
            last = part[-1].number

    def info(self, verify: bool = False) -> IndexInfo:
        """Return what the index holds; `verify` first reads every byte and checks it. Raises `IndexDamaged`."""
        core = self._core
        with core.reading():
            if verify:
                core.manifest.check(core.stored)
                vector_rows.check(core.manifest)
                for segment in core.segment_set.segments:
                    segment.verify()
            sizes = core.manifest.sizes()
            segments = sum(segment.size for segment in core.segment_set.segments)
            return IndexInfo(
                path=None if core.path is None else str(core.path),
                format=FORMAT,
                articles=core.count,
                recent=len(core.segment_set.memtable),
                segments=len(core.segment_set.segments),
                hidden=core.segment_set.hidden(),
                segment_bytes=segments,
                overhead=(sizes["manifest_bytes"] - sizes["text_bytes"] + segments) / max(1, core.count),
                specification=core.specification,
                capped=dict(self._capped),
                languages=vector_rows.languages(core.manifest, None if core.across is None else core.across.stamp),
                **sizes,
            )

    # Life

    def close(self) -> None:
        """Commit, and let another process write."""
        self._core.close()

    def __repr__(self) -> str:
        place = "memory" if self._core.path is None else str(self._core.path)
        return f"<ArticleIndex in {place}{', closed' if self._core.closed else f': {self._core.count:,} articles'}>"

    def __enter__(self) -> ArticleIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _checked(article: Article) -> Article:
    require_article("add_many", article, "leave out what is none")
    return article


def _reported(match: Match | None) -> list[Match]:
    return [] if match is None else [match]
