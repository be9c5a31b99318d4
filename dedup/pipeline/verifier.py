"""From a candidate pair to its verdict: alignment, judgement, evidence. One way for scan, compare and the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedup.alignment import align_pairs, align_words
from dedup.compiled.arrays import U8, U64
from dedup.config import Config
from dedup.judge import JudgeConfig, Prepared, judge, prepare, prepare_batch
from dedup.judge.original import by_date
from dedup.language.frequencies import Frequencies
from dedup.records import Alignment, Article, Kind, Match, Passage, RewriteScore, Span, WordAlignment
from dedup.text import TokenBatch, tokenise, tokenise_bytes
from dedup.text.boilerplate import NO_LINES, mark, mark_batch

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Ready:
    """An article made ready for all its pairs, and its own score where there is one."""

    article: Article
    prepared: Prepared
    score: RewriteScore | None = None


class Verifier:
    """Verifies pairs with the frequencies, the settings and the repeated lines of one scan or index."""

    def __init__(self, frequencies: Frequencies, config: Config, repeated: U64 = NO_LINES) -> None:
        """`repeated`: the lines that come back on the pages of a site (`dedup.text.boilerplate.RepeatedLines`)."""
        self._frequencies = frequencies
        self._config = config
        self._repeated = repeated

    def ready(self, article: Article, score: RewriteScore | None = None) -> Ready:
        """An article's tokens, boilerplate marked, and what the judge keeps of it."""
        tokens = mark(tokenise(article.text), article.source, self._repeated)
        return Ready(article, prepare(tokens, self._frequencies), score)

    def ready_all(
        self, articles: Sequence[Article], blob: U8, offsets: U64, scores: Sequence[RewriteScore | None]
    ) -> tuple[list[Ready], TokenBatch]:
        """`ready` of many articles at once, and their tokens; the texts as `ArticleStore.read` gives them."""
        batch = tokenise_bytes(blob, offsets)
        mark_batch(batch, [article.source for article in articles], self._repeated)
        prepared = prepare_batch(batch, self._frequencies)
        return list(map(Ready, articles, prepared, scores)), batch

    def match_all(self, readies: Sequence[Ready], batch: TokenBatch, pairs: Sequence[tuple[int, int]]) -> list[Match]:
        """`match` of pairs of numbers in a batch, without those where nothing is reused."""
        words = align_pairs(batch, np.array(pairs, np.int64).reshape(-1, 2), self._frequencies, self._config.align)
        verdicts = (
            self._judged(readies[a], readies[b], aligned, self._config.judge)
            for (a, b), aligned in zip(pairs, words, strict=True)
        )
        return [match for match in verdicts if match]

    def match(self, left: Ready, right: Ready, config: JudgeConfig | None = None) -> Match | None:
        """The match of two articles, None where nothing is reused; the same in either order."""
        a, b = left.prepared.tokens, right.prepared.tokens
        if len(a) and np.array_equal(a.hashes, b.hashes):
            return exact_match(left.article, right.article)
        words = align_words(a, b, self._frequencies, self._config.align)
        return self._judged(left, right, words, config or self._config.judge)

    def _judged(self, left: Ready, right: Ready, words: WordAlignment, config: JudgeConfig) -> Match | None:
        scores = left.score, right.score
        both = left.prepared, right.prepared
        return judge(left.article, right.article, *both, words, self._frequencies, scores, config)

    def compare(self, left: Ready, right: Ready) -> Match:
        """The verdict on two articles where nothing at all is a verdict too (`Kind.NONE`)."""
        asked = self._config.judge
        found = self.match(left, right, asked)
        found = found or self.match(left, right, replace(asked, related=True, related_stems=0.0))
        if found is None:
            first, second = sorted((left.article.id, right.article.id))
            return Match(first, second, Kind.NONE, 0.0, None, UNKNOWN, Alignment(()))
        unasked = found.kind is Kind.RELATED and not asked.related
        return replace(found, kind=Kind.NONE) if unasked else found


def exact_match(left: Article, right: Article) -> Match:
    """The match of two articles of the same words: there is nothing to align, and only a date tells the original."""
    if right.id < left.id:
        left, right = right, left
    original, confidence = by_date(left, right) or (None, 0.5)
    passage = Passage(_body(left.text), _body(right.text), 1.0)
    reason = "earlier date" if original else UNKNOWN
    return Match(
        left.id, right.id, Kind.EXACT, 1.0, original, reason, Alignment((passage,)), original_confidence=confidence
    )


def signature_match(left: Article, right: Article, resemblance: float | None) -> Match:
    """The match of two articles by their signatures alone; `resemblance` is None where all words are the same.

    The estimated resemblance of near-duplicates (0..1) stands for the probability; texts are not looked at.
    """
    if right.id < left.id:
        left, right = right, left
    original, confidence = by_date(left, right) or (None, 0.5)
    reason = "earlier date" if original else UNKNOWN
    kind, probability = (Kind.EXACT, 1.0) if resemblance is None else (Kind.NEAR, round(resemblance, 4))
    alignment = Alignment((), {"resemblance": probability})
    return Match(left.id, right.id, kind, probability, original, reason, alignment, original_confidence=confidence)


def _body(text: str) -> Span:
    return len(text) - len(text.lstrip()), len(text.rstrip())
