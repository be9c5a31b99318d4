"""All articles to signatures, in two passes over their texts: the second uses the weights that the first learnt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.config import Config, Level
from dedup.engines.local import AHEAD, release_memory, worker_count
from dedup.language.frequencies import CorpusSample, Frequencies
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.stages import sketch_texts
from dedup.sketch import weighted_signatures
from dedup.text import hash_bytes
from dedup.text.boilerplate import NO_LINES, RepeatedLines

Number = TypeVar("Number", np.uint32, np.uint64)


@dataclass(frozen=True, eq=False)
class Learnt:
    """What the later stages need to know of all articles."""

    frequencies: Frequencies  # of the shipped background and this corpus
    repeated: U64  # hashes of lines that come back on the pages of one site


@dataclass(frozen=True, eq=False)
class Sketches:
    """What candidates are found by, for n articles, a kilobyte each; and what was learnt from all of them."""

    digests: U64  # (n, 2)
    shingles: U32  # (n, slots)
    weighted: U32 | None  # (n, slots), None at level near
    learnt: Learnt


class Threads:
    """Runs compiled work in threads, a few pieces ahead; with one worker at once and here."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._most = AHEAD * workers
        self._running: deque[Future[None]] = deque()

    def run(self, work: Callable[[], None]) -> None:
        """Start a piece of work; waits while too many are under way, so that memory stays bounded."""
        if self._pool is None:
            return work()
        self._running.append(self._pool.submit(work))
        while len(self._running) > self._most:
            self._running.popleft().result()
        return None

    def finish(self) -> None:
        """Wait for everything; raises what a piece raised."""
        while self._running:
            self._running.popleft().result()
        if self._pool is not None:
            self._pool.shutdown()


class Sketcher:
    """The first pass, fed while the articles are read, and then the second."""

    def __init__(self, config: Config) -> None:
        self._full = config.level is Level.FULL
        self._workers = worker_count(config.workers)
        self._threads = Threads(self._workers)
        self._taken: list[range] = []
        self._digests: dict[int, U64] = {}  # by first number, as the signatures are
        self._shingles: dict[int, U32] = {}
        self._sample, self._lines, self._learning = CorpusSample(), RepeatedLines(), Lock()

    def take(self, numbers: range, blob: U8, offsets: U64, sources: list[str | None]) -> None:
        """Take the texts of some articles, as `ArticleStore.texts` gives them; each article once, in any order."""
        self._threads.run(lambda: self._first_pass(numbers, blob, offsets, sources))

    def _first_pass(self, numbers: range, blob: U8, offsets: U64, sources: list[str | None]) -> None:
        made = sketch_texts(blob, offsets, sources, self._full)
        if self._full:
            with self._learning:
                self._sample.add(made.words, made.offsets)
                if made.tokens is not None:
                    self._lines.add(made.tokens, sources)
        self._digests[numbers.start], self._shingles[numbers.start] = made.digests, made.shingles
        self._taken.append(numbers)

    def finish(self, store: ArticleStore) -> Sketches:
        """Return the sketches of all articles of the store; those that were not taken yet are read again."""
        self._threads.finish()
        self._threads = Threads(self._workers)
        for gap in _gaps(self._taken, len(store)):
            for numbers in store.batches(gap):
                self.take(numbers, *store.texts(numbers))
        self._threads.finish()
        both = _joined(self._digests), _joined(self._shingles)
        if not self._full:
            return Sketches(*both, None, Learnt(Frequencies.shipped(), NO_LINES))
        learnt = Learnt(Frequencies.shipped().blended(self._sample.counts()), self._lines.find())
        self._sample, self._lines = CorpusSample(), RepeatedLines()
        weighted = self._second_pass(store, learnt.frequencies.feature_classes)
        release_memory()
        return Sketches(*both, weighted, learnt)

    def _second_pass(self, store: ArticleStore, classes: U8) -> U32:
        threads = Threads(self._workers)
        found: dict[int, U32] = {}

        def sign(numbers: range) -> None:
            found[numbers.start] = weighted_signatures(*hash_bytes(*store.texts(numbers)[:2]), classes)

        for numbers in store.batches(range(len(store))):
            threads.run(lambda numbers=numbers: sign(numbers))  # type: ignore[misc]
        threads.finish()
        return _joined(found)


def _joined(parts: dict[int, NDArray[Number]]) -> NDArray[Number]:
    """Return rows by the number of the first as one array; the parts are freed as they are copied."""
    size: int = sum(map(len, parts.values()))
    whole = np.empty((size, parts[0].shape[1]), parts[0].dtype)
    for first in sorted(parts):
        part = parts.pop(first)
        whole[first : first + len(part)] = part
    return whole


def _gaps(taken: Iterable[range], size: int) -> list[range]:
    """Return the numbers below `size` that no range holds, as ranges."""
    gaps, reached = [], 0
    for numbers in sorted(taken, key=lambda numbers: numbers.start):
        if numbers.start > reached:
            gaps.append(range(reached, numbers.start))
        reached = numbers.stop
    return [*gaps, range(reached, size)] if reached < size else gaps
