"""Where an article came from: the stretches that earlier articles have, what share is whose, what is its own.

Public: `trace`, `trace_paths`.

A scan looks for articles that are alike as a whole; here one article is looked at stretch by stretch, so that twenty
words of an article among thirty thousand are found. Each window of the article asks for those of the pile that have
most of its rare words and word pairs; these are aligned. Articles of other languages are asked for by the meaning of
their sentences, as in a scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.alignment import align_words
from dedup.checks import Paths, checked_paths, require, require_article
from dedup.compiled.arrays import F32, I64, U64
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT, pair_hashes
from dedup.config import Config, settings
from dedup.index.articles import ArticleIndex
from dedup.judge.verdict import passages
from dedup.language.frequencies import Frequencies
from dedup.pipeline.archive import Archive
from dedup.pipeline.index_languages import Passing
from dedup.pipeline.indexes import open_index
from dedup.pipeline.intake import Intake, store_articles, store_paths
from dedup.pipeline.verifier import Verifier
from dedup.read import ReadOptions
from dedup.records import Article, Match, Passage, Skipped
from dedup.results.composition import Composition, compose
from dedup.results.published import earlier
from dedup.text import hash_bytes, join_texts
from dedup.translation.translator import translator

WINDOW, STEP = 40, 20  # words of the article that ask together
BEST = 8  # articles that each window asks for (benchmarks/quality/composition.py)
LEAST_WEIGHT = 2.0  # of the features in common: about three rare ones
LEAST_SHORT, LONG, LEAST_LONG = 0.6, 55, 0.5  # similarity of a stretch, and of one of so many words
LEAST_ACROSS = 0.5  # of sentences of two languages
PART = 512  # articles of an index that are looked at together

Some = tuple[Sequence[Article], U64, I64]  # articles with their words and where each begins


class Traced(NamedTuple):
    """What `trace_paths` returns."""

    composition: Composition
    articles: int  # in the pile or the index
    skipped: tuple[Skipped, ...]  # of the pile


class _Windows:
    """The rare words and word pairs of an article, by window."""

    def __init__(self, words: U64, frequencies: Frequencies) -> None:
        classes = frequencies.feature_classes
        features = np.concatenate([words, pair_hashes(words)]) if len(words) else words
        weights = classes[features >> np.uint64(CLASS_SHIFT)].astype(np.float32) / 255.0
        places = np.concatenate([np.arange(len(words)), np.arange(max(0, len(words) - 1))])
        told = weights > 0.0
        weights, places = weights[told], places[told]
        self.keys, numbers = np.unique(features[told], return_inverse=True)
        self.cells = np.zeros(1 << CLASS_BITS, bool)  # of what is not here, nothing is looked up
        self.cells[self.keys >> np.uint64(CLASS_SHIFT)] = True
        starts = range(0, max(1, len(words) - WINDOW + STEP), STEP)
        self.weights: F32 = np.zeros((len(self.keys), len(starts)), np.float32)
        for window, start in enumerate(starts):
            inside = (places >= start) & (places < start + WINDOW)
            self.weights[numbers[inside], window] = weights[inside]
        self.best: list[list[tuple[float, str]]] = [[] for _ in starts]  # by window: minus the weight in common, id
        self.articles: dict[str, Article] = {}

    def look_at(self, some: Some) -> None:
        """Take the articles that have most in common with a window."""
        articles, words, offsets = some
        if not len(articles) or not len(self.keys):
            return
        has = np.zeros((len(articles), len(self.keys)), np.float32)
        owner = np.repeat(np.arange(len(articles)), np.diff(offsets))
        pairs = pair_hashes(words)
        inner = owner[1:] == owner[:-1]
        for features, whose in ((words, owner), (pairs[inner], owner[1:][inner])):
            maybe = np.flatnonzero(self.cells[features >> np.uint64(CLASS_SHIFT)])
            at = np.minimum(np.searchsorted(self.keys, features[maybe]), len(self.keys) - 1)
            hit = self.keys[at] == features[maybe]
            has[whose[maybe[hit]], at[hit]] = 1.0
        common = has @ self.weights
        for window, best in enumerate(self.best):
            self._keep(best, articles, common[:, window])
        kept = {id_ for best in self.best for _, id_ in best}
        new = {article.id: article for article in articles if article.id in kept}
        self.articles = {id_: one for id_, one in (self.articles | new).items() if id_ in kept}

    @staticmethod
    def _keep(best: list[tuple[float, str]], articles: Sequence[Article], weights: NDArray[np.float32]) -> None:
        least = max(LEAST_WEIGHT, -best[-1][0] if len(best) == BEST else 0.0)
        found = np.flatnonzero(weights >= least).tolist()
        best[:] = sorted([*best, *((-round(float(weights[n]), 3), articles[n].id) for n in found)])[:BEST]


class _Across(NamedTuple):
    """What finds articles of other languages that say the same as stretches of an article."""

    look_at: Callable[[Sequence[Article]], None]
    matches: Callable[[], list[Match]]
    article: Callable[[str], Article | None]


def _across(article: Article, config: Config, index: ArticleIndex | None) -> _Across:
    """Return what looks for translations of an article: in an index, or among those of a pile that it is shown."""
    if index is not None:
        found = index.translations(article, config.languages) if config.languages is not False else []
        return _Across(lambda _: None, lambda: found, index.get)
    chosen = translator(config.languages, config.translation)
    if chosen is None:
        return _Across(lambda _: None, list, lambda _: None)
    passing = Passing(article, chosen)
    return _Across(passing.look_at, passing.matches, passing.article)


def trace(
    article: Article,
    against: Iterable[Article | Skipped] | ArticleIndex,
    config: Config | None = None,
    *,
    languages: bool | None = None,
) -> Composition:
    """Return which stretches of an article came from which earlier articles, and what share is its own.

    Parameters:
        article: The article in question; best with its date, and theirs: what was published later is no source.
        against: Articles it may have drawn on, in any order, or an open index. The article itself, by id and text, is
            left out.
        config: The settings of a scan, of which `align`, `languages` and `translation` are used.
        languages: Whether sources in other languages are looked for, which needs the extra `languages`; by default
            where that is installed, and in an index where it keeps their vectors.

    Returns:
        A `Composition`: `stretches`, `sources` with their shares, and the share that is its `own`. Of several articles
        that have a stretch, the one that explains most of the article is its source; the others are in `also`.

    Raises:
        UsageError: An argument is no article, or not iterable.

    >>> import dedup
    >>> story = (
    ...     "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. "
    ...     "Divers had found cracks in two of its piers, and the ferry company will carry workers across the Ostrel. "
    ... )
    >>> pile = [dedup.Article("old", story + "Skippers of the Ostrel line called it the end of their trade.")]
    >>> made = dedup.trace(dedup.Article("new", story + "Nobody in the town hall wanted to say what comes next."), pile)
    >>> [(source, round(share, 1)) for source, share in made.sources]
    [('old', 0.8)]
    """
    require_article("trace", article, "make it with dedup.Article(id, text)")
    chosen = settings("trace", config, languages=languages)
    if isinstance(against, ArticleIndex):
        return traced(article, _of_index(against), chosen, against)
    return traced(article, parts_of(store_articles(against, call="trace")), chosen)


def trace_paths(
    article: Article,
    against: Paths,
    options: ReadOptions | None = None,
    config: Config | None = None,
    stdin: BinaryIO | None = None,
    *,
    languages: bool | None = None,
) -> Traced:
    """Return what `trace` finds among the articles of files and folders, or in the folder of an index.

    Parameters:
        article, config, languages: As for `trace`.
        against: A path or several, as for `read_articles`, or the folder of an index.
        options: Names of JSON fields, formats and limits of size (`dedup.ReadOptions`).
        stdin: What is read for `-` instead of this process's standard input.

    Raises:
        InputError: A path does not exist.
        UsageError: An argument is no path, or an index is named together with other paths.
    """
    require_article("trace_paths", article, "make it with dedup.Article(id, text)")
    require("trace_paths", options, (ReadOptions, type(None)), "dedup.ReadOptions as its options")
    chosen, archive = settings("trace_paths", config, languages=languages), Archive.of("trace_paths", against)
    if archive.index is not None:
        with open_index(archive.index, config=chosen, create=False) as index:
            return Traced(traced(article, _of_index(index), chosen, index), len(index), ())
    intake = store_paths(checked_paths("trace_paths", against), options or ReadOptions(), stdin)
    return Traced(traced(article, parts_of(intake), chosen), len(intake.store), tuple(intake.skipped))


def _of_index(index: ArticleIndex) -> Iterator[Some]:
    part: list[Article] = []
    for article in index:
        part.append(article)
        if len(part) == PART:
            yield _hashed(part)
            part = []
    yield _hashed(part)


def _hashed(part: Sequence[Article]) -> Some:
    return (part, *hash_bytes(*join_texts(article.text for article in part)))


def parts_of(intake: Intake) -> Iterator[Some]:
    """Return an iterator over the articles of a pile, some at a time."""
    store = intake.store
    for numbers in store.batches(range(len(store))):
        for first in range(numbers.start, numbers.stop, PART):
            articles, blob, offsets = store.read(range(first, min(first + PART, numbers.stop)))
            yield (articles, *hash_bytes(blob, offsets))


def traced(article: Article, parts: Iterable[Some], config: Config, index: ArticleIndex | None = None) -> Composition:
    """Return the composition of an article from the articles of a pile, or of the index that the parts are of."""
    frequencies, across = Frequencies.shipped(), _across(article, config, index)
    windows = _Windows(hash_bytes(*join_texts([article.text]))[0], frequencies)
    for some in parts:
        windows.look_at(some)
        across.look_at(some[0])
    shared = _translated(article, across.matches())
    others = {id_: found for id_ in shared if (found := across.article(id_)) is not None}
    shared = {id_: shared[id_] for id_ in others}  # the others have been removed from the index meanwhile
    shared |= _copied(article, windows.articles, Verifier(frequencies, config), frequencies)
    return _composed(article, shared, others | windows.articles)


def _translated(article: Article, matches: Iterable[Match]) -> dict[str, Sequence[Passage]]:
    """Return what an article shares with those of other languages, the article on the left."""
    shared: dict[str, Sequence[Passage]] = {}
    for match in matches:
        same = match.left == article.id
        passages = [one if same else one._replace(left=one.right, right=one.left) for one in match.alignment.passages]
        shared[match.right if same else match.left] = [one for one in passages if one.similarity >= LEAST_ACROSS]
    return shared


def _copied(
    article: Article, others: Mapping[str, Article], verifier: Verifier, frequencies: Frequencies
) -> dict[str, Sequence[Passage]]:
    """Return what an article shares, word for word or reworded, with each of some others."""
    mine = verifier.prepare(article)
    shared: dict[str, Sequence[Passage]] = {}
    plain = replace(verifier.config.align, summaries=False)  # to sum an article up in a stretch proves nothing
    for id_, other in sorted(others.items()):
        if (id_, other.text) == (article.id, article.text):
            continue
        theirs = verifier.prepare(other)
        words = align_words(mine.tokens, theirs.tokens, frequencies, plain)
        found = passages(mine.side, theirs.side, (article.text, other.text), words)
        if found := tuple(one for one in found if _is_taken(one, article.text)):
            shared[id_] = found
    return shared


def _is_taken(passage: Passage, text: str) -> bool:
    """Return whether a passage is alike enough for its length: reports of one event share less in any stretch."""
    words = len(text[slice(*passage.left)].split())
    return passage.similarity >= (LEAST_LONG if words >= LONG else LEAST_SHORT)


def _composed(article: Article, shared: Mapping[str, Sequence[Passage]], others: Mapping[str, Article]) -> Composition:
    """Return the composition of an article from what it shares with others, those of a later date left out."""
    later = [id_ for id_ in shared if earlier(article, others[id_])]
    return compose(article.id, article.text, {i: p for i, p in shared.items() if i not in later}, later)
