"""The one place that knows the order of the stages.

    read -> store -> sketch -> candidates -> score -> verify (align, judge) -> cluster -> Report

Each stage is a plain function over records and arrays; `scan` runs them over a pile of articles, `compare`, `align` and
`score` over one or two. Compiled stages run in threads, the others in worker processes; neither changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import BinaryIO

import numpy as np

from dedup.candidates.join import Candidates, Stage, find_candidates
from dedup.checks import Paths, checked_paths, require
from dedup.compiled.arrays import U64
from dedup.config import Config, Level, settings
from dedup.engines.local import map_chunks, worker_count
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.clusters import find_clusters, word_triples
from dedup.pipeline.intake import Intake, store_articles, store_paths
from dedup.pipeline.signatures import Learnt, Sketcher, Sketches
from dedup.pipeline.verifier import Score, Verifier, exact_match, signature_match
from dedup.read import ReadOptions
from dedup.records import Article, Match, Skipped
from dedup.results import ClusterTable, MatchTable, PackedMatch, Report, ScoreTable, pack_score
from dedup.results import pack_match as pack
from dedup.scoring import score_tokens
from dedup.text import tokenise_bytes
from dedup.text.boilerplate import mark_batch

SCORE_CHUNK = 64  # articles that a worker scores at a time
PAIR_CHUNK = 128  # pairs that a worker verifies at a time
LEAST_SHARED_WORK = 256  # articles or pairs below which starting processes costs more than it saves


def scan(
    articles: Iterable[Article | Skipped],
    config: Config | None = None,
    *,
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    related: bool | None = None,
) -> Report:
    """Return every match among some articles, with its proof, the clusters they form, and a score for each article.

    Parameters:
        articles: `dedup.Article` records, in any order; items that are `Skipped` already are passed on.
        config: The settings; the keywords below change single ones.
        level: "full" (the default), or "near": only exact copies and near-duplicates, much faster, without passages
            and scores.
        threshold: Least probability, 0 to 1, at which one article is called a copy of another (default .8).
        workers: Processes and threads, 0 (the default) for one for each processor; they never change a result.
        related: Whether pairs on one subject that reuse nothing are matches too.

    Returns:
        A `Report` with `matches`, `clusters`, `scores`, and what was `skipped` or `capped`. Articles that cannot be
        used (an empty text, no id) are in `skipped` with a reason. An id that comes again is skipped with the same
        text, and kept as `id#2` with another. The same articles give the same report in any order, but for such ids.

    Raises:
        UsageError: An item is no article; `scan_paths` takes files and folders.
        ConfigError: A setting is out of its range.

    A large scan starts processes: on macOS and Windows a script needs `if __name__ == "__main__":` around it, or
    `workers=1`.

    >>> import dedup
    >>> text = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> pile = [dedup.Article("a", text), dedup.Article("b", text), dedup.Article("c", "")]
    >>> report = dedup.scan(pile, level="near", workers=1)
    >>> report
    <Report of 2 articles, 1 match, 1 cluster, 0 scores, 1 skipped>
    >>> [(match.left, match.right, match.kind.value) for match in report.matches]
    [('a', 'b', 'exact')]
    >>> report.skipped
    (Skipped(source='articles', line=3, reason='the text is empty'),)
    """
    chosen = settings("scan", config, level=level, threshold=threshold, workers=workers, related=related)
    clock = Clock()
    with clock.measure("read"):
        intake = store_articles(articles)
    return _scan_store(intake, Sketcher(chosen), chosen, clock)


def scan_paths(
    paths: Paths,
    options: ReadOptions | None = None,
    config: Config | None = None,
    stdin: BinaryIO | None = None,
    *,
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    related: bool | None = None,
) -> Report:
    """Return what `scan` finds among the articles of files, folders and standard input (`-`).

    Parameters:
        paths: A path or several, as for `read_articles`.
        options: Names of JSON fields, formats and limits of size (`dedup.ReadOptions`).
        config, level, threshold, workers, related: As for `scan`.
        stdin: What is read for `-` instead of this process's standard input.

    Returns:
        A `Report`; everything that could not be used is in `skipped` with its source, line and reason.

    Raises:
        InputError: A path does not exist.
        UsageError: An argument is no path.
        ConfigError: A setting is out of its range.

    >>> import dedup
    >>> dedup.scan_paths("fixtures/treaty", level="near", workers=1).ids[0]
    'edited.html'
    """
    chosen = settings("scan_paths", config, level=level, threshold=threshold, workers=workers, related=related)
    require("scan_paths", options, (ReadOptions, type(None)), "dedup.ReadOptions as its options")
    given = checked_paths("scan_paths", paths)
    clock, sketcher = Clock(), Sketcher(chosen)
    with clock.measure("read"):
        intake = store_paths(given, options or ReadOptions(), stdin, sketcher.take)
    return _scan_store(intake, sketcher, chosen, clock)


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
        nothing = MatchTable(()), ClusterTable(()), skipped, ScoreTable(())
        return Report((), *nothing, {}, dict(clock.seconds), store.named)
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
        clusters = ClusterTable(find_clusters(matches.verdicts, lambda ids: grams_of(store, ids)))
    capped = {name: count for name, count in asdict(found.capped).items() if count}
    return Report(store.ids, matches, clusters, skipped, scores, capped, dict(clock.seconds), store.named)


def grams_of(store: ArticleStore, ids: Sequence[str]) -> dict[str, U64]:
    """Return the three-word grams of some articles."""
    _, blob, offsets = store.read([store.numbers[id_] for id_ in ids])
    batch = tokenise_bytes(blob, offsets)
    texts = np.split(batch.hashes, batch.word_offsets[1:-1])
    return {id_: word_triples(hashes) for id_, hashes in zip(ids, texts, strict=True)}


def candidates(store: ArticleStore, sketches: Sketches, config: Config) -> Candidates:
    """Return the pairs of articles that are worth a look."""
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
    """Return the score of every article, in worker processes."""
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
    """Return the verdicts on all candidates that are more than nothing; at level near without alignment."""
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
        scores = [_score_at(state.scores, number) for number in numbers]
        prepared = state.verifier.prepare_all(articles, blob, offsets, scores)
        others = state.verifier.match_all(prepared, [(a, b) for a, b, same in places if not same])
    return list(map(pack, exact + others))


def _score_at(scores: ScoreTable, number: int) -> Score:
    return lambda _: scores.at(number)


def _near_chunk(state: _Verification, pairs: list[Pair]) -> list[PackedMatch]:
    store = state.store
    article = store.article if store.dated else lambda number: Article(store.ids[number], "")
    return [
        pack(signature_match(article(a), article(b), None if stage is Stage.EXACT else resemblance))
        for a, b, stage, resemblance in pairs
    ]


def _processes(work: int, config: Config) -> int:
    return worker_count(config.workers) if work >= LEAST_SHARED_WORK else 1
