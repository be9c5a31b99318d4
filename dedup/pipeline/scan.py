"""The one place that knows the order of the stages.

    read -> store -> sketch -> candidates -> score -> verify (align, judge) -> cluster -> Report

Each stage is a plain function over records and arrays; `scan` runs them over a pile of articles, `compare`, `align` and
`score` over one or two. Compiled stages run in threads, the others in worker processes; neither changes a result.
"""

from __future__ import annotations

import marshal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import BinaryIO, NamedTuple

import numpy as np

from dedup.candidates.join import Candidates, Stage, find_candidates
from dedup.checks import Paths, checked_paths, require
from dedup.compiled.arrays import U64
from dedup.config import Config, Level, Pairs, settings
from dedup.engines import progress
from dedup.engines.kept import NOTHING_KEPT, Codec, Kept
from dedup.engines.local import worker_count
from dedup.index.articles import ArticleIndex
from dedup.pipeline.archive import NO_ARCHIVE, Archive, Named, founder, mark_old
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.clusters import find_clusters, word_triples
from dedup.pipeline.containers import settle_containers
from dedup.pipeline.intake import Intake, store_articles, store_paths
from dedup.pipeline.languages import find_translations, taken_for_rewrites, with_translations
from dedup.pipeline.made_by import made_by
from dedup.pipeline.signatures import Learnt, Sketcher, Sketches
from dedup.pipeline.single import score_prepared
from dedup.pipeline.site_text import site_text_matches
from dedup.pipeline.stages import near_verdicts, score_texts, verify_articles
from dedup.pipeline.templates import find_templates, template_matches
from dedup.pipeline.unfinished import key_of_work
from dedup.pipeline.verifier import Score, Verifier
from dedup.read import ReadOptions
from dedup.records import Article, Cluster, Skipped, Template
from dedup.results import ClusterTable, MatchTable, PackedMatch, Report, ScoreTable, TemplateTable
from dedup.results.compositions import Compositions
from dedup.results.packing import from_bytes, to_bytes
from dedup.text import join_texts, tokenise_bytes

SCORE_CHUNK = 64  # articles that a worker scores at a time
PAIR_CHUNK = 128  # pairs that a worker verifies at a time
MATCHES, SCORES = Codec(to_bytes, from_bytes), Codec[list[bytes]](marshal.dumps, marshal.loads)
LEAST_SHARED_WORK = 256  # articles or pairs below which starting processes costs more than it saves


def scan(
    articles: Iterable[Article | Skipped],
    config: Config | None = None,
    *,
    against: Iterable[Article | Skipped] | ArticleIndex | None = None,
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    related: bool | None = None,
    templates: Pairs | str | None = None,
    site_text: Pairs | str | None = None,
    languages: bool | None = None,
) -> Report:
    """Return every match among some articles, with its proof, the clusters they form, and a score for each article.

    Parameters:
        articles: `dedup.Article` records, in any order; items that are `Skipped` already are passed on.
        config: The settings; the keywords below change single ones.
        against: Articles of an archive, or an open index (`open_index`): those of `articles` are matched with each
            other and with these, but never two of the archive. `Match.old` says which side is of the archive.
        level: "full" (the default), or "near": only exact copies and near-duplicates, much faster, without passages
            and scores.
        threshold: Least probability, 0 to 1, at which one article is called a copy of another (default .5).
        workers: Processes and threads, 0 (the default) for one for each processor; they never change a result.
        related: Whether pairs on one subject that reuse nothing are matches too.
        templates: "counted" (the default) reports articles on different events in one wording once, as a template;
            "all" also pair by pair.
        site_text: "counted" (the default) only counts pairs within one site that share nothing but captions, teasers
            and paragraphs which the site repeats; with "all" they are matches too.
        languages: Whether translations are looked for at level full, which needs the extra `languages`; by default
            where that is installed.

    Returns:
        A `Report` with `matches`, `clusters`, `templates`, `scores`, what was `skipped` or `capped`, and how many
        matches were `set_aside` as pairs of one template or as site text; no copy ever is. Articles that cannot be
        used (an empty text, no id) are in `skipped` with a reason. An id that comes again is skipped with the same
        text, and kept as `id#2` with another. The same articles give the same report in any order, but for such ids.

    Raises:
        UsageError: An item is no article; `scan_paths` takes files and folders.
        ConfigError: A setting is out of its range, or a threshold or `related` is given for level near.

    On macOS and Windows a script needs `if __name__ == "__main__":` around a large scan, or `workers=1`.

    >>> import dedup
    >>> text = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> pile = [dedup.Article("a", text), dedup.Article("b", text), dedup.Article("c", "")]
    >>> report = dedup.scan(pile, level="near", workers=1)
    >>> [(match.left, match.right, match.kind.value) for match in report.matches]
    [('a', 'b', 'exact')]
    """
    chosen = settings(
        "scan", config, level=level, threshold=threshold, workers=workers, related=related, templates=templates,
        site_text=site_text, languages=languages,
    )  # fmt: skip
    clock = Clock()
    with clock.measure("read"):
        intake, archive = store_new(articles, against, "scan")
    return _scan_store(intake, Sketcher(chosen), chosen, clock, archive)


def scan_paths(
    paths: Paths,
    options: ReadOptions | None = None,
    config: Config | None = None,
    stdin: BinaryIO | None = None,
    *,
    against: Paths = (),
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    related: bool | None = None,
    templates: Pairs | str | None = None,
    site_text: Pairs | str | None = None,
    languages: bool | None = None,
    kept: Kept = NOTHING_KEPT,
) -> Report:
    """Return what `scan` finds among the articles of files, folders and standard input (`-`).

    Parameters:
        paths: A path or several, as for `read_articles`.
        options: Names of JSON fields, formats and limits of size (`dedup.ReadOptions`).
        config, level, threshold, workers, related, templates, site_text, languages: As for `scan`.
        stdin: What is read for `-` instead of this process's standard input.
        against: Files and folders of an archive, or the folder of an index: as for `scan`.
        kept: Work of an earlier call that was killed, and where this one keeps its own (`dedup scan --resume`).

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
    chosen = settings(
        "scan_paths", config, level=level, threshold=threshold, workers=workers, related=related, templates=templates,
        site_text=site_text, languages=languages,
    )  # fmt: skip
    require("scan_paths", options, (ReadOptions, type(None)), "dedup.ReadOptions as its options")
    given, archive = checked_paths("scan_paths", paths), Archive.of("scan_paths", against)
    clock, sketcher = Clock(), Sketcher(chosen)
    with clock.measure("read"):
        intake = store_paths(given, options or ReadOptions(), stdin, sketcher.take, archive.files)
    return _scan_store(intake, sketcher, chosen, clock, archive, kept)


@dataclass(frozen=True)
class Clock:
    """Wall-clock seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        begin = time.perf_counter()
        progress.begin(stage)
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def store_new(
    articles: Iterable[Article | Skipped], against: Iterable[Article | Skipped] | ArticleIndex | None, call: str
) -> tuple[Intake, Archive]:
    """Return the articles of a call, those of an archive after them, and the index that is asked instead."""
    if isinstance(against, ArticleIndex):
        return store_articles(articles, call=call), Archive(opened=against)
    return store_articles(articles, against, call), NO_ARCHIVE


def begin_kept(kept: Kept, store: ArticleStore, new: int, config: Config) -> None:
    """Find what an earlier call has done of the same work; at level near all is done in the time that finding takes."""
    if kept.path is not None and config.level is Level.FULL:
        kept.begin(key_of_work(store, new, config))


def _scan_store(
    intake: Intake,
    sketcher: Sketcher,
    config: Config,
    clock: Clock,
    archive: Archive = NO_ARCHIVE,
    kept: Kept = NOTHING_KEPT,
) -> Report:
    store, skipped = intake.store, tuple(intake.skipped)
    new = len(store) if intake.new is None else intake.new
    ids, named = store.ids[:new], archive.named(store.named)
    if not new:
        nothing = MatchTable(()), ClusterTable(()), skipped, ScoreTable(())
        return Report((), *nothing, {}, dict(clock.seconds), named, tuple(intake.notes), made_by=made_by(config))
    begin_kept(kept, store, new, config)
    with clock.measure("sketch"):
        sketches = sketcher.finish(store)
    with clock.measure("candidates"):
        found = candidates(store, sketches, config, new)
        learnt = sketches.learnt
        del sketches  # a kilobyte an article that nobody needs any more
    scores = ScoreTable(ids)
    if config.level is Level.FULL and config.scores:
        with clock.measure("score"):
            scores = score_all(store, learnt, config, new, kept)
    with clock.measure("verify"):
        packed = mark_old(verify(store, found, learnt, scores, config, kept), store.ids[new:])
        packed = chain(packed, archive.matches(store, range(new), config))
        matches = MatchTable(settle_containers(packed, named))
    with clock.measure("cluster"):
        settled = _settled(matches, named, config, store.attributed or archive.asks)
    capped = {name: count for name, count in asdict(found.capped).items() if count}
    with clock.measure("languages"):
        across = find_translations(store, settled.matches.verdicts, config, new, kept)
        translations = list(mark_old(across.matches, store.ids[new:]))
        if wrong := taken_for_rewrites(matches, translations):
            settled = _settled(matches.without(wrong), named, config, store.attributed or archive.asks)
        matches = with_translations(settled.matches, translations)
        capped |= across.refused
    composed = Compositions(matches, named) if config.level is Level.FULL else None
    return Report(
        ids, matches, settled.clusters, skipped, scores, capped, dict(clock.seconds), named, tuple(intake.notes),
        TemplateTable(settled.templates), settled.set_aside, composed, made_by(config),
    )  # fmt: skip


class _Settled(NamedTuple):
    """The clusters of some matches, and what is left of these without those of templates and of site text."""

    clusters: ClusterTable
    matches: MatchTable
    templates: list[Template]
    set_aside: dict[str, int]  # how many matches, and why


def _settled(matches: MatchTable, named: Named, config: Config, dated: bool) -> _Settled:
    first = founder(matches.verdicts, named, dated)
    clusters = ClusterTable(find_clusters(matches.verdicts, lambda ids: grams_of(named, ids), first))
    return _Settled(clusters, *settle_repeats(named, matches, clusters, config))


def grams_of(named: Named, ids: Sequence[str]) -> dict[str, U64]:
    """Return the three-word grams of some articles."""
    batch = tokenise_bytes(*join_texts([named(id_).text for id_ in ids]))
    texts = np.split(batch.hashes, batch.word_offsets[1:-1])
    return {id_: word_triples(hashes) for id_, hashes in zip(ids, texts, strict=True)}


def settle_repeats(
    named: Named, matches: MatchTable, clusters: Sequence[Cluster], config: Config
) -> tuple[MatchTable, list[Template], dict[str, int]]:
    """Return the matches without those of templates and of site text, the templates, and how many were set aside."""
    verdicts = matches.verdicts
    templates = find_templates(verdicts)
    of_templates = template_matches(verdicts, templates) if config.templates is Pairs.COUNTED else set()
    of_sites = site_text_matches(named, matches, clusters) if config.site_text is Pairs.COUNTED else set()
    of_sites -= of_templates
    set_aside = {"templates": len(of_templates), "site_text": len(of_sites)}
    kept = matches.without(of_templates | of_sites) if of_templates or of_sites else matches
    return kept, templates, {why: count for why, count in set_aside.items() if count}


def candidates(store: ArticleStore, sketches: Sketches, config: Config, new: int | None = None) -> Candidates:
    """Return the pairs of articles that are worth a look, each with one of the first `new`: the others are old."""
    ranks = None
    if len(np.unique(sketches.digests[:, 0])) < len(store):  # only exact copies are told apart by their ids
        ranks = np.empty(len(store), np.uint32)
        ranks[sorted(range(len(store)), key=store.ids.__getitem__)] = np.arange(len(store), dtype=np.uint32)
    found = find_candidates(
        sketches.digests,
        sketches.shingles,
        sketches.weighted,
        None if sketches.weighted is None else sketches.learnt.frequencies.feature_classes,
        ranks=ranks,
        config=config.candidates,
        workers=worker_count(config.workers),
    )
    if new is None or new == len(store):
        return found
    wanted = found.pairs[:, 0] < new
    columns = found.pairs[wanted], found.stages[wanted], found.shared[wanted], found.resemblance[wanted]
    return Candidates(*columns, found.capped)


def score_all(
    store: ArticleStore, learnt: Learnt, config: Config, new: int | None = None, kept: Kept = NOTHING_KEPT
) -> ScoreTable:
    """Return the score of every article (of the first `new`), in worker processes."""
    new = len(store) if new is None else new
    chunks = [
        range(i, min(i + SCORE_CHUNK, batch.stop))
        for batch in store.batches(range(new))
        for i in range(batch.start, batch.stop, SCORE_CHUNK)
    ]
    state = (store, learnt.repeated)
    parts = kept.map(b"score", _score_chunk, state, chunks, _processes(new, config), SCORES)
    return ScoreTable(store.ids[:new], chain.from_iterable(parts))


def _score_chunk(state: tuple[ArticleStore, U64], numbers: range) -> list[bytes]:
    store, repeated = state
    return score_texts(*store.texts(numbers), repeated)


Pair = tuple[int, int, Stage, float]  # left, right, what made them candidates, estimated resemblance


@dataclass(frozen=True, eq=False)
class _Verification:
    """What a worker needs to verify pairs."""

    store: ArticleStore
    scores: ScoreTable
    verifier: Verifier


def verify(
    store: ArticleStore,
    found: Candidates,
    learnt: Learnt,
    scores: ScoreTable,
    config: Config,
    kept: Kept = NOTHING_KEPT,
    label: bytes = b"",
) -> Iterator[PackedMatch]:
    """Return the verdicts on all candidates that are more than nothing; at level near without alignment."""
    columns = (*found.pairs.T.tolist(), map(Stage, found.stages.tolist()), found.resemblance.tolist())
    pairs: list[Pair] = list(zip(*columns, strict=True))
    return verify_pairs(store, pairs, learnt, scores, config, kept, label)


def verify_pairs(
    store: ArticleStore,
    pairs: list[Pair],
    learnt: Learnt,
    scores: ScoreTable,
    config: Config,
    kept: Kept = NOTHING_KEPT,
    label: bytes = b"",
) -> Iterator[PackedMatch]:
    """Return the verdicts on pairs of articles; what has no score in the table is scored where a verdict asks.

    `label` tells apart, in what is kept, pairs of the same numbers in other articles or with other weights.
    """
    state = _Verification(store, scores, Verifier(learnt.frequencies, config, learnt.repeated))
    chunks = [pairs[i : i + PAIR_CHUNK] for i in range(0, len(pairs), PAIR_CHUNK)]
    full = config.level is Level.FULL
    processes = _processes(len(pairs), config) if full or store.attributed else 1  # else nothing is read again
    work = _verify_chunk if full else _near_chunk
    return chain.from_iterable(kept.map(b"verify" + label, work, state, chunks, processes, MATCHES))


def _verify_chunk(state: _Verification, pairs: list[Pair]) -> list[PackedMatch]:
    numbers = sorted({number for pair in pairs for number in pair[:2]})
    at = {number: place for place, number in enumerate(numbers)}
    articles, blob, offsets = state.store.read(numbers)
    scores = [_score_at(state.scores, number) for number in numbers]
    places = [(at[a], at[b], stage) for a, b, stage, _ in pairs]
    return verify_articles(state.verifier, articles, (blob, offsets), places, scores)


def _score_at(scores: ScoreTable, number: int) -> Score:
    return (lambda _: scores.at(number)) if number < len(scores) else score_prepared


def _near_chunk(state: _Verification, pairs: list[Pair]) -> list[PackedMatch]:
    store, least = state.store, state.verifier.config.near_resemblance
    article = store.article if store.attributed else lambda number: Article(store.ids[number], "")
    return near_verdicts(((article(a), article(b), stage, alike) for a, b, stage, alike in pairs), least)


def _processes(work: int, config: Config) -> int:
    return worker_count(config.workers) if work >= LEAST_SHARED_WORK else 1
