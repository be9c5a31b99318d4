"""The one place that knows the order of the stages.

    read -> store -> sketch -> candidates -> score -> verify (align, judge) -> cluster -> Report

Each stage is a plain function over records and arrays; `scan` runs them over a pile of articles, `compare`, `align` and
`score` over one or two. Compiled stages run in threads, the others in worker processes; neither changes a result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import BinaryIO

import numpy as np

from dedup.candidates.join import Candidates, Stage, find_candidates
from dedup.compiled.arrays import U64
from dedup.config import Config, Level
from dedup.engines.local import map_chunks, worker_count
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.clusters import find_clusters
from dedup.pipeline.intake import Intake, store_articles, store_paths
from dedup.pipeline.signatures import Learnt, Sketcher, Sketches
from dedup.pipeline.verifier import Verifier, exact_match, signature_match
from dedup.read import ReadOptions
from dedup.records import Article, Match, Report, Skipped
from dedup.results import MatchTable, PackedMatch, ScoreTable, pack_score
from dedup.results import pack_match as pack
from dedup.scoring import score_tokens
from dedup.text import tokenise_bytes
from dedup.text.boilerplate import mark_batch

SCORE_CHUNK = 64  # articles that a worker scores at a time
PAIR_CHUNK = 128  # pairs that a worker verifies at a time
LEAST_SHARED_WORK = 256  # articles or pairs below which starting processes costs more than it saves


def scan(articles: Iterable[Article | Skipped], config: Config | None = None) -> Report:
    """Every match among some articles, with its proof, the clusters they form, and a score for each article.

    The same articles give the same report in any order and with any number of workers, but for ids that come twice.
    Items that are already `Skipped` are passed on.
    """
    clock, config = Clock(), config or Config()
    with clock.measure("read"):
        intake = store_articles(articles)
    return _scan_store(intake, Sketcher(config), config, clock)


def scan_paths(
    paths: Iterable[str | os.PathLike[str]],
    options: ReadOptions | None = None,
    config: Config | None = None,
    stdin: BinaryIO | None = None,
) -> Report:
    """`scan` of files, folders and standard input (`-`). Raises `InputError` for a path that does not exist."""
    clock, config = Clock(), config or Config()
    sketcher = Sketcher(config)
    with clock.measure("read"):
        intake = store_paths(paths, options or ReadOptions(), stdin, sketcher.take)
    return _scan_store(intake, sketcher, config, clock)


@dataclass(frozen=True)
class Clock:
    """Wall-clock seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def _scan_store(intake: Intake, sketcher: Sketcher, config: Config, clock: Clock) -> Report:
    store, skipped = intake.store, tuple(intake.skipped)
    if not len(store):
        return Report((), (), (), skipped, {}, {}, dict(clock.seconds), store.named, tuple(intake.notes))
    with clock.measure("sketch"):
        sketches = sketcher.finish(store)
    with clock.measure("candidates"):
        found = candidates(store, sketches, config)
        learnt = sketches.learnt
        del sketches  # a kilobyte an article that nobody needs any more
    scores = ScoreTable(store.ids)
    if config.level is Level.FULL:
        with clock.measure("score"):
            scores = score_all(store, learnt, config)
    with clock.measure("verify"):
        matches = verify(store, found, learnt, scores, config)
    with clock.measure("cluster"):
        clusters = find_clusters(matches.verdicts)
    capped = {name: count for name, count in asdict(found.capped).items() if count}
    return Report(
        store.ids,
        matches,
        tuple(clusters),
        skipped,
        scores,
        capped,
        dict(clock.seconds),
        store.named,
        tuple(intake.notes),
    )


def candidates(store: ArticleStore, sketches: Sketches, config: Config) -> Candidates:
    """The pairs of articles that are worth a look."""
    ranks = None
    if len(np.unique(sketches.digests[:, 0])) < len(store):  # only exact copies are told apart by their ids
        ranks = np.empty(len(store), np.uint32)
        ranks[sorted(range(len(store)), key=store.ids.__getitem__)] = np.arange(len(store), dtype=np.uint32)
    return find_candidates(
        sketches.digests,
        sketches.shingles,
        sketches.weighted,
        None if sketches.weighted is None else sketches.learnt.frequencies.feature_classes,
        ranks=ranks,
        config=config.candidates,
        workers=worker_count(config.workers),
    )


def score_all(store: ArticleStore, learnt: Learnt, config: Config) -> ScoreTable:
    """The score of every article, in worker processes."""
    chunks = [
        range(i, min(i + SCORE_CHUNK, batch.stop))
        for batch in store.batches(range(len(store)))
        for i in range(batch.start, batch.stop, SCORE_CHUNK)
    ]
    state = (store, learnt.repeated)
    parts = map_chunks(_score_chunk, state, chunks, _processes(len(store), config))
    return ScoreTable(store.ids, chain.from_iterable(parts))


def _score_chunk(state: tuple[ArticleStore, U64], numbers: range) -> list[bytes]:
    store, repeated = state
    blob, offsets, sources = store.texts(numbers)
    batch = tokenise_bytes(blob, offsets)
    mark_batch(batch, sources, repeated)
    return [pack_score(score_tokens(tokens, tokens.data.decode("utf-8", "surrogatepass"))) for tokens in batch]


Pair = tuple[int, int, Stage, float]  # left, right, what made them candidates, estimated resemblance


@dataclass(frozen=True, eq=False)
class _Verification:
    """What a worker needs to verify pairs."""

    store: ArticleStore
    scores: ScoreTable
    verifier: Verifier


def verify(store: ArticleStore, found: Candidates, learnt: Learnt, scores: ScoreTable, config: Config) -> MatchTable:
    """The verdicts on all candidates that are more than nothing; at level near without alignment."""
    columns = (*found.pairs.T.tolist(), map(Stage, found.stages.tolist()), found.resemblance.tolist())
    pairs: list[Pair] = list(zip(*columns, strict=True))
    state = _Verification(store, scores, Verifier(learnt.frequencies, config, learnt.repeated))
    chunks = [pairs[i : i + PAIR_CHUNK] for i in range(0, len(pairs), PAIR_CHUNK)]
    full = config.level is Level.FULL
    processes = _processes(len(pairs), config) if full or store.dated else 1  # without dates nothing is read again
    work = _verify_chunk if full else _near_chunk
    return MatchTable(chain.from_iterable(map_chunks(work, state, chunks, processes)))


def _verify_chunk(state: _Verification, pairs: list[Pair]) -> list[PackedMatch]:
    numbers = sorted({number for pair in pairs for number in pair[:2]})
    at = {number: place for place, number in enumerate(numbers)}
    articles, blob, offsets = state.store.read(numbers)
    places = [(at[a], at[b], stage is Stage.EXACT) for a, b, stage, _ in pairs]
    exact = [exact_match(articles[a], articles[b]) for a, b, same in places if same]
    others: list[Match] = []
    if len(exact) < len(pairs):
        scores = [state.scores.at(number) for number in numbers]
        readies, batch = state.verifier.ready_all(articles, blob, offsets, scores)
        others = state.verifier.match_all(readies, batch, [(a, b) for a, b, same in places if not same])
    return list(map(pack, exact + others))


def _near_chunk(state: _Verification, pairs: list[Pair]) -> list[PackedMatch]:
    store = state.store
    article = store.article if store.dated else lambda number: Article(store.ids[number], "")
    return [
        pack(signature_match(article(a), article(b), None if stage is Stage.EXACT else resemblance))
        for a, b, stage, resemblance in pairs
    ]


def _processes(work: int, config: Config) -> int:
    return worker_count(config.workers) if work >= LEAST_SHARED_WORK else 1
