"""What happens to the files: the memtable is frozen into segments, segments are merged, everything is compacted.

A new file is written and synced first; then one commit of the manifest lets it count and the old ones not; then those
are deleted. A crash in between leaves files that do not count, which the next writer sweeps away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from dedup.index import vector_rows
from dedup.index.core import Core
from dedup.index.folder import discard, segment_name, segment_path
from dedup.index.layout import Rows
from dedup.index.memtable import Memtable
from dedup.index.segment import Segment
from dedup.index.segment_files import build_segment, merge_segments
from dedup.records import Article

# Articles of a memtable that become a segment: 50 MB in memory, 20 MB read by each opening (benchmarks/speed/index.py).
FREEZE = 1 << 14
FANOUT = 8  # segments of one tier that become one of the next: 1 M articles stand in at most 15 segments
COMMIT = 1 << 16  # articles of a bulk load in one commit and one segment: 40 MB of keys
CHUNK = 256  # articles that are sketched at a time


def _new_file(core: Core, part: int = 0) -> Path | str:
    """Return the path of the next segment; in memory only a name."""
    name = segment_name(core.generation + 1, part)
    return name if core.path is None else core.path / name


def _swap(core: Core, gone: Sequence[str] | None, fresh: Sequence[Segment], first: int, last: int) -> None:
    """Let new segments count instead of others, or of all; they hold what is alive of the articles first..last."""
    core.manifest.begin()
    core.generation += 1
    core.manifest.replace_segments(gone, [s.span for s in fresh])
    core.manifest.drop_removed(first, last)
    core.commit()
    kept = [] if gone is None else [s for s in core.segment_set.segments if s.file not in gone]
    core.segment_set.segments = sorted([*kept, *fresh], key=lambda s: int(s.numbers[0]))
    core.in_memory = {s.file: s for s in core.segment_set.segments} if core.path is None else {}
    if gone is None:
        core.sweep()
    elif core.path is not None:
        for file in gone:
            discard(segment_path(core.path, file))


def freeze(core: Core, extra: Sequence[Rows] = ()) -> None:
    """Make a segment of the memtable, and of rows that follow it; then merge as needed."""
    rows = Rows.join([core.segment_set.memtable.living(), *extra])
    first = core.segment_set.segments[-1].span.last + 1 if core.segment_set.segments else 0
    last = core.next_number - 1
    core.manifest.begin()
    core.manifest.drop_recent(last)
    fresh = [build_segment(_new_file(core), rows, core.segment_set.columns, core.identity)] if len(rows) else []
    _swap(core, (), fresh, first, last)
    core.segment_set.memtable = Memtable(core.segment_set.columns)
    while run := mergeable([int(s.alive.sum()) for s in core.segment_set.segments]):
        merge(core, core.segment_set.segments[-run:])


def _tier(articles: int) -> int:
    tier = 0
    while articles > 2 * FREEZE * FANOUT**tier:
        tier += 1
    return tier


def mergeable(sizes: Sequence[int]) -> int:
    """Return how many of the last segments (sizes, oldest first) are to become one: as many as keep tiers small.

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
    """Make one segment of several that follow each other, without what was removed."""
    fresh = []
    if any(s.alive.any() for s in segments):
        fresh = [merge_segments(_new_file(core), segments, core.segment_set.columns, core.identity)]
    _swap(core, [s.file for s in segments], fresh, segments[0].span.first, segments[-1].span.last)


def learn(core: Core, batches: Iterable[Sequence[Article]]) -> None:
    """Learn weights from articles; only where nothing is indexed with others, or all of it is about to be rebuilt."""
    core.stages = core.stages.relearnt(batches)
    core.specification = core.stages.specification()
    core.manifest.begin()
    core.manifest.set_weights(core.stages.weights())
    core.manifest.set_header(specification=core.specification)
    core.generation += 1


def compact(core: Core, rebuild: bool, relearn: bool) -> None:
    """Put everything in one segment; `rebuild` makes the keys again from the texts, `relearn` the weights first."""
    if relearn:
        learn(core, _batches(core))
    if rebuild or relearn:
        _rebuild(core)
    if rebuild and (core.keeps_vectors or core.across is not None):
        core.manifest.begin()
        vector_rows.mark_waiting(core.manifest)
        core.generation += 1
        core.keeps_vectors = vector_rows.keeps(core.manifest)
        core.across = core.stages.across(core.keeps_vectors)
        encode_waiting(core)
    if len(core.segment_set.memtable):
        freeze(core)
    if len(core.segment_set.segments) > 1 or core.segment_set.hidden():
        merge(core, list(core.segment_set.segments))
    core.commit()
    core.manifest.shrink()


def _batches(core: Core) -> Iterator[list[Article]]:
    entries = core.manifest.all_entries()
    while some := list(islice(entries, CHUNK)):
        yield [core.article(e) for e in some]


def _rebuild(core: Core) -> None:
    """Sketch every text again, into new segments that replace all others in one commit."""
    fresh = list[Segment]()
    for part, rows in enumerate(_sketched(core)):
        fresh.append(build_segment(_new_file(core, part), rows, core.segment_set.columns, core.identity))
    core.manifest.begin()
    core.manifest.drop_recent(core.next_number)
    _swap(core, None, fresh, 0, core.next_number)
    core.segment_set.memtable = Memtable(core.segment_set.columns)
    core.damage = None


def encode_waiting(core: Core) -> None:
    """Make the vectors that an index keeps, or is to keep, of articles that have none."""
    numbers = vector_rows.waiting(core.manifest, core.across.stamp) if core.across is not None else []
    for first in range(0, len(numbers), CHUNK):
        assert core.across is not None
        core.manifest.begin()
        core.start_keeping_vectors()  # with the first chunk: until theirs, the other articles wait
        some = numbers[first : first + CHUNK]
        vector_rows.insert(core.manifest, [core.across.row(number, core.read(number)) for number in some])
        if not first or first + CHUNK >= len(numbers):  # whoever has read rows that waited reads them again
            core.generation += 1
        core.commit()
    if numbers:
        core.across = core.stages.across(True)


def _sketched(core: Core) -> Iterator[Rows]:
    """Yield the rows of all articles, `COMMIT` at a time."""
    entries = core.manifest.all_entries()
    while some := list(islice(entries, COMMIT)):
        parts = [some[i : i + CHUNK] for i in range(0, len(some), CHUNK)]
        yield Rows(
            np.array([e.number for e in some], np.uint32),
            np.array([e.date for e in some], np.int64),
            np.array([e.source_number for e in some], np.uint32),
            np.concatenate([core.stages.sketch([core.text(e) for e in part]) for part in parts]),
        )
