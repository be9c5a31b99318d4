"""What happens to the files: recent articles are frozen into segments, segments merged, everything compacted.

A new file is written and synced first; then one commit of the manifest lets it count and the old ones not; then those
are deleted. A crash in between leaves files that do not count, which the next writer sweeps away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from dedup.compiled.arrays import U32
from dedup.index.core import Core, Entered, discard
from dedup.index.layout import Rows
from dedup.index.manifest import fingerprint, pack
from dedup.index.recent import Recent
from dedup.index.segment import Segment, build_segment, merge_segments
from dedup.records import Article

FREEZE = (
    1 << 14
)  # recent articles that become a segment: 50 MB in memory, 20 MB read by each opening (benchmarks/speed/index.py)
FANOUT = 8  # segments of one tier that become one of the next: 1 M articles stand in at most 15 segments
COMMIT = 1 << 16  # articles of a bulk load in one commit and one segment: 40 MB of keys
CHUNK = 256  # articles that a thread sketches at a time
AHEAD = 4  # chunks in flight for each thread
LEAST_LEARNT = 1000  # articles from which weights are learnt: below, the shipped ones know more

Chunk = tuple[list[Entered], U32]


def _new_file(core: Core, part: int = 0) -> Path | str:
    """The path of the next segment; in memory only a name."""
    name = f"segment-{core.generation + 1:08d}-{part:03d}.bin"
    return name if core.path is None else core.path / name


def _swap(core: Core, gone: Sequence[str], fresh: Sequence[Segment], first: int, last: int) -> None:
    """Let new segments count instead of others; they hold what is alive of the articles first..last."""
    core.manifest.begin()
    core.generation += 1
    core.manifest.replace_segments(gone, [s.span for s in fresh])
    core.manifest.drop_removed(first, last)
    core.commit()
    kept = [s for s in core.shelf.segments if s.file not in gone]
    core.shelf.segments = sorted([*kept, *fresh], key=lambda s: int(s.numbers[0]))
    core.in_memory = {s.file: s for s in core.shelf.segments} if core.path is None else {}
    if core.path is not None:
        for file in gone:
            discard(core.path / file)


def freeze(core: Core, extra: Sequence[Rows] = ()) -> None:
    """Make a segment of the recent articles, and of rows that follow them; then merge as needed."""
    rows = Rows.join([core.shelf.recent.living(), *extra])
    first = core.shelf.segments[-1].span[2] + 1 if core.shelf.segments else 0
    last = core.next_number - 1
    core.manifest.begin()
    core.manifest.drop_recent(last)
    _swap(core, (), [build_segment(_new_file(core), rows, core.shelf.columns)] if len(rows) else [], first, last)
    core.shelf.recent = Recent(core.shelf.columns)
    while run := mergeable([int(s.alive.sum()) for s in core.shelf.segments]):
        merge(core, core.shelf.segments[-run:])


def _tier(articles: int) -> int:
    tier = 0
    while articles > 2 * FREEZE * FANOUT**tier:
        tier += 1
    return tier


def mergeable(sizes: Sequence[int]) -> int:
    """How many of the last segments (sizes, oldest first) are to become one: as many as keep tiers below `FANOUT`.

    >>> mergeable([200_000] + [16_384] * 8), mergeable([200_000] + [16_384] * 7)
    (8, 0)
    """
    tiers = [_tier(size) for size in sizes]
    for tier in sorted(set(tiers)):
        run = 0
        while run < len(tiers) and tiers[-1 - run] <= tier:
            run += 1
        if run >= FANOUT:
            return run
    return 0


def merge(core: Core, segments: list[Segment]) -> None:
    """One segment for several that follow each other, without what was removed."""
    fresh = []
    if any(s.alive.any() for s in segments):
        fresh = [merge_segments(_new_file(core), segments, core.shelf.columns)]
    _swap(core, [s.file for s in segments], fresh, segments[0].span[1], segments[-1].span[2])


# Bulk loading


def _ready(core: Core, articles: list[Article]) -> Chunk:
    """What a thread does for some articles."""
    keys = core.stages.sketch([a.text for a in articles])
    return [Entered(a, fingerprint(a.text), pack(a.text) if core.stored else None) for a in articles], keys


def _chunks(core: Core, articles: Iterable[Article], workers: int) -> Iterator[Chunk]:
    """All articles, sketched and packed in threads, in order."""
    waiting = iter(articles)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running: deque[Future[Chunk]] = deque()
        while True:
            while len(running) < AHEAD * max(1, workers) and (some := list(islice(waiting, CHUNK))):
                running.append(pool.submit(_ready, core, some))
            if not running:
                return
            yield running.popleft().result()


def _fresh(core: Core, chunk: Chunk) -> tuple[Chunk, list[int]]:
    """What is new or changed in a chunk (of an id that comes twice the last), and the numbers it replaces."""
    entered, keys = chunk
    known = core.manifest.known([e.article.id for e in entered])
    last = {e.article.id: place for place, e in enumerate(entered)}
    fresh = {i: p for i, p in last.items() if i not in known or known[i][1] != entered[p].fingerprint}
    places = sorted(fresh.values())
    return ([entered[p] for p in places], keys[places]), [known[i][0] for i in fresh if i in known]


def add_many(core: Core, articles: Iterable[Article], workers: int) -> int:
    """Insert articles, a commit and perhaps a segment for every `COMMIT` of them; returns how many were new."""
    added, waiting, held = 0, list[Rows](), 0
    for chunk in _chunks(core, _learnt_from(core, articles), workers):
        (entered, keys), replaced = _fresh(core, chunk)
        core.manifest.begin()
        if replaced:
            _forget(core, replaced, waiting)
        if entered:
            waiting.append(core.insert(entered, keys))
            held += len(entered)
            added += len(entered)
        if held >= COMMIT:
            freeze(core, waiting)
            waiting, held = [], 0
    if len(core.shelf.recent) + held >= FREEZE:
        freeze(core, waiting)
    elif waiting:
        rows = Rows.join(waiting)
        core.manifest.begin()
        core.manifest.insert_recent(rows)
        core.shelf.recent.add(rows)
    core.commit()
    return added


def _forget(core: Core, numbers: list[int], waiting: list[Rows]) -> None:
    """Delete articles that may be among the rows that still wait for their segment."""
    core.delete(numbers)
    for i, rows in enumerate(waiting):
        waiting[i] = rows.only(~np.isin(rows.numbers, np.array(numbers, np.uint32)))


def _learnt_from(core: Core, articles: Iterable[Article]) -> Iterator[Article]:
    """The same articles; where they begin an empty index and are enough, its weights are learnt from the first."""
    waiting = iter(articles)
    if not core.count and core.next_number == 1:
        first = list(islice(waiting, FREEZE))
        if len(first) >= LEAST_LEARNT:
            _set_stages(core, [first[i : i + CHUNK] for i in range(0, len(first), CHUNK)])
        yield from first
    yield from waiting


def _set_stages(core: Core, batches: Iterable[Sequence[Article]]) -> None:
    """Learn weights from articles; only where nothing is indexed with others, or all of it is about to be rebuilt."""
    core.stages = core.stages.relearnt(batches)
    core.specification = core.stages.specification()
    core.manifest.begin()
    core.manifest.set_weights(core.stages.weights())
    core.manifest.set_header(specification=core.specification)
    core.generation += 1


# Compacting


def compact(core: Core, rebuild: bool, relearn: bool) -> None:
    """Everything in one segment; `rebuild` makes the keys again from the texts, `relearn` the weights first."""
    if relearn:
        _set_stages(core, _batches(core))
    if rebuild or relearn:
        _rebuild(core)
    if len(core.shelf.recent):
        freeze(core)
    if len(core.shelf.segments) > 1 or core.shelf.hidden():
        merge(core, list(core.shelf.segments))
    core.manifest.shrink()


def _batches(core: Core) -> Iterator[list[Article]]:
    entries = core.manifest.entries()
    while some := list(islice(entries, CHUNK)):
        yield [core.article(e) for e in some]


def _rebuild(core: Core) -> None:
    """Sketch every text again, into new segments that replace all others in one commit."""
    fresh, gone = list[Segment](), core.manifest.segments()
    for part, rows in enumerate(_sketched(core)):
        fresh.append(build_segment(_new_file(core, part), rows, core.shelf.columns))
    core.shelf.segments = []
    core.manifest.begin()
    core.manifest.drop_recent(core.next_number)
    _swap(core, gone, fresh, 0, core.next_number)
    core.shelf.recent = Recent(core.shelf.columns)
    core.damage = None


def _sketched(core: Core) -> Iterator[Rows]:
    """The rows of all articles, `COMMIT` at a time."""
    entries = core.manifest.entries()
    while some := list(islice(entries, COMMIT)):
        parts = [some[i : i + CHUNK] for i in range(0, len(some), CHUNK)]
        yield Rows(
            np.array([e.number for e in some], np.uint32),
            np.array([e.date for e in some], np.int64),
            np.array([e.source_number for e in some], np.uint32),
            np.concatenate([core.stages.sketch([core.text(e) for e in part]) for part in parts]),
        )
