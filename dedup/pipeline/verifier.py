"""From a candidate pair to its verdict: alignment, judgement, evidence. One way for scan, compare and the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dedup.alignment import align_pairs, align_words
from dedup.compiled.arrays import U8, U64
from dedup.config import Config
from dedup.judge import JudgeConfig, Prepared, PreparedBatch, judge
from dedup.judge.original import Provenance, by_date
from dedup.judge.verdict import UNKNOWN
from dedup.language.frequencies import Frequencies
from dedup.pipeline.sites import same_site
from dedup.records import Alignment, Article, ArticleScore, Kind, Match, Passage, Span, WordAlignment
from dedup.text import join_texts, tokenise_bytes
from dedup.text.boilerplate import NO_LINES, mark_batch
from dedup.text.tokeniser import TokenBatch

# Of the pairs that level near calls near-duplicates, the share that are copies: 23 of 23 in the background pack, the
# rewrites, the fixtures and pairs of one template, by the rule of succession (benchmarks/quality/background.py).
NEAR_COPIES = 0.96

SURE = JudgeConfig().sure_original
Score = Callable[[Prepared], ArticleScore | None]


class Verifier:
    """Verifies pairs with the frequencies, the settings and the repeated lines of one scan or index."""

    def __init__(self, frequencies: Frequencies, config: Config, repeated: U64 = NO_LINES) -> None:
        """`repeated`: the lines that come back on the pages of a site (`dedup.text.boilerplate.RepeatedLines`)."""
        self._frequencies = frequencies
        self.config = config
        self._repeated = repeated

    def prepare(self, article: Article, score: Score | None = None) -> Prepared:
        """Return an article ready for all its pairs; `score` makes its own score where a verdict asks for that."""
        batch = tokenise_bytes(*join_texts([article.text]))
        return Prepared(article, batch.hashes, lambda: self._marked(batch, [article]), 0, score)

    def prepare_all(
        self, articles: Sequence[Article], blob: U8, offsets: U64, scores: Sequence[Score | None]
    ) -> list[Prepared]:
        """`prepare` for many articles at once; the texts as `ArticleStore.read` gives them."""
        made = self._marked(tokenise_bytes(blob, offsets), articles)
        words = np.split(made.tokens.hashes, made.tokens.word_offsets[1:-1])
        return [
            Prepared(article, words[i], lambda: made, i, score)
            for i, (article, score) in enumerate(zip(articles, scores, strict=True))
        ]

    def _marked(self, batch: TokenBatch, articles: Sequence[Article]) -> PreparedBatch:
        mark_batch(batch, [article.source for article in articles], self._repeated)
        return PreparedBatch.of(batch, self._frequencies)

    def match_all(self, articles: Sequence[Prepared], pairs: Sequence[tuple[int, int]]) -> list[Match]:
        """Return the matches of pairs of numbers in what `prepare_all` gave, without those where nothing is reused."""
        if not pairs:
            return []
        numbers = np.array(pairs, np.int64)
        aligned = align_pairs(articles[0].batch.tokens, numbers, self._frequencies, self.config.align)
        verdicts = (
            self._judged(articles[a], articles[b], words, self.config.judge)
            for (a, b), words in zip(pairs, aligned, strict=True)
        )
        return [match for match in verdicts if match]

    def _judged(self, left: Prepared, right: Prepared, words: WordAlignment, config: JudgeConfig) -> Match | None:
        match = judge(left, right, words, config)
        return match and replace(match, same_site=same_site(left.article, right.article))

    def match(self, left: Prepared, right: Prepared, config: JudgeConfig | None = None) -> Match | None:
        """Return the match of two articles, None where nothing is reused; the same in either order."""
        if len(left.hashes) and np.array_equal(left.hashes, right.hashes):
            return exact_match(left.article, right.article, (config or self.config.judge).sure_original)
        words = align_words(left.tokens, right.tokens, self._frequencies, self.config.align)
        return self._judged(left, right, words, config or self.config.judge)

    def compare(self, left: Prepared, right: Prepared) -> Match:
        """Return the verdict on two articles where nothing at all is a verdict too (`Kind.NONE`)."""
        asked = self.config.judge
        found = self.match(left, right, asked)
        found = found or self.match(left, right, replace(asked, related=True, related_stems=0.0))
        if found is None:
            first, second = sorted((left.article.id, right.article.id))
            return Match(first, second, Kind.NONE, 0.0, None, UNKNOWN, Alignment(()))
        unasked = found.kind is Kind.RELATED and not asked.related
        return replace(found, kind=Kind.NONE) if unasked else found


def exact_match(left: Article, right: Article, least: float = SURE, bodies: tuple[Span, Span] | None = None) -> Match:
    """Return the match of two articles of the same words: nothing to align, and only a date tells the original.

    `bodies` are the `body_span` of either text, where the texts themselves are not at hand.
    """
    spans = bodies or (body_span(left.text), body_span(right.text))
    if right.id < left.id:
        left, right, spans = right, left, spans[::-1]
    found = by_date(left, right, least)
    alignment = Alignment((Passage(spans[0], spans[1], 1.0),), _odds(found))
    return Match(
        left.id, right.id, Kind.EXACT, 1.0, found.original, found.reason, alignment,
        original_confidence=found.confidence, same_site=same_site(left, right), shared=(1.0, 1.0),
    )  # fmt: skip


def _odds(found: Provenance) -> dict[str, float]:
    return {"original_odds": round(found.odds, 4), "word_jaccard": 1.0}


def signature_match(left: Article, right: Article, resemblance: float | None) -> Match:
    """Return the match of two articles by their signatures alone; `resemblance` is None where all words are the same.

    `resemblance` (0..1) is the estimated one of their word 5-grams; texts are not looked at. The probability of a
    near-duplicate is the share of such pairs that a full scan calls copies.
    """
    if right.id < left.id:
        left, right = right, left
    found = by_date(left, right, SURE)
    kind, probability = (Kind.EXACT, 1.0) if resemblance is None else (Kind.NEAR, NEAR_COPIES)
    alike = 1.0 if resemblance is None else round(resemblance, 4)
    return Match(
        left.id, right.id, kind, probability, found.original, found.reason,
        Alignment((), _odds(found) | {"word_jaccard": alike}), original_confidence=found.confidence,
        resemblance=alike, same_site=same_site(left, right),
    )  # fmt: skip


def body_span(text: str) -> Span:
    """Return the span of a text without the white space around it."""
    return len(text) - len(text.lstrip()), len(text.rstrip())
