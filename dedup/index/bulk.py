"""Bulk loading: many articles, sketched and packed in threads, a commit for every `compaction.COMMIT` of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np

from dedup.compiled.arrays import U32
from dedup.index import compaction
from dedup.index.core import Core, Entered
from dedup.index.entries import fingerprint, pack
from dedup.index.layout import Rows
from dedup.records import Article

AHEAD = 4  # chunks in flight for each thread
LEAST_LEARNT = 1000  # articles from which weights are learnt: below, the shipped ones know more

Chunk = tuple[list[Entered], U32]


def _ready(core: Core, articles: list[Article]) -> Chunk:
    """Return what a thread makes of some articles."""
    keys = core.stages.sketch([a.text for a in articles])
    return [Entered(a, fingerprint(a.text), pack(a.text) if core.stored else None) for a in articles], keys


def _chunks(core: Core, articles: Iterable[Article], workers: int) -> Iterator[Chunk]:
    """Yield all articles, sketched and packed in threads, in order."""
    waiting = iter(articles)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running: deque[Future[Chunk]] = deque()
        while True:
            while len(running) < AHEAD * max(1, workers) and (some := list(islice(waiting, compaction.CHUNK))):
                running.append(pool.submit(_ready, core, some))
            if not running:
                return
            yield running.popleft().result()


def _fresh(core: Core, chunk: Chunk) -> tuple[Chunk, list[int]]:
    """Return what is new or changed in a chunk (of an id that comes twice the last), and the numbers it replaces."""
    entered, keys = chunk
    known = core.manifest.known([e.article.id for e in entered])
    last = {e.article.id: place for place, e in enumerate(entered)}
    fresh = {i: p for i, p in last.items() if i not in known or known[i].fingerprint != entered[p].fingerprint}
    places = sorted(fresh.values())
    return ([entered[p] for p in places], keys[places]), [known[i].number for i in fresh if i in known]


def add_many(core: Core, articles: Iterable[Article], workers: int) -> int:
    """Insert articles, a commit and perhaps a segment for every `COMMIT` of them; returns how many were new."""
    added, waiting, held = 0, list[Rows](), 0
    compaction.encode_waiting(core)
    for chunk in _chunks(core, _learnt_from(core, articles), workers):
        (entered, keys), replaced = _fresh(core, chunk)
        core.manifest.begin()
        if replaced:
            _forget(core, replaced, waiting)
        if entered:
            waiting.append(core.insert(entered, keys))
            held += len(entered)
            added += len(entered)
        if held >= compaction.COMMIT:
            compaction.freeze(core, waiting)
            waiting, held = [], 0
    if len(core.segment_set.memtable) + held >= compaction.FREEZE:
        compaction.freeze(core, waiting)
    elif waiting:
        core.manifest.begin()
        core.remember(Rows.join(waiting))
    core.commit()
    return added


def add_keyed(core: Core, batches: Iterable[tuple[Sequence[Article], U32]]) -> int:
    """Insert articles with their keys, a segment for every `COMMIT` of them; returns how many."""
    before = core.count
    for articles, keys in batches:
        entered = [Entered(a, fingerprint(a.text), pack(a.text) if core.stored else None) for a in articles]
        core.manifest.begin()
        core.remember(core.insert(entered, keys))
        if len(core.segment_set.memtable) >= compaction.FREEZE:
            core.commit()
            compaction.freeze(core)
    core.commit()
    return core.count - before


def _forget(core: Core, numbers: list[int], waiting: list[Rows]) -> None:
    """Delete articles that may be among the rows that still wait for their segment."""
    core.delete(numbers)
    for i, rows in enumerate(waiting):
        waiting[i] = rows.only(~np.isin(rows.numbers, np.array(numbers, np.uint32)))


def _learnt_from(core: Core, articles: Iterable[Article]) -> Iterator[Article]:
    """Yield the same articles.

    Where they begin an empty index and are enough, its weights are learnt from the first.
    """
    waiting = iter(articles)
    if not core.count and core.next_number == 1:
        first = list(islice(waiting, compaction.FREEZE))
        if len(first) >= LEAST_LEARNT:
            size = compaction.CHUNK
            compaction.learn(core, [first[i : i + size] for i in range(0, len(first), size)])
        yield from first
    yield from waiting
