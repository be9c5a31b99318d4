"""The verdict on a pair: kind, calibrated probability, probable original, method and evidence."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F64
from dedup.evidence.profile import SENTENCES
from dedup.evidence.sides import Side
from dedup.evidence.spans import differences, spans, to_evidence
from dedup.judge.config import JudgeConfig
from dedup.judge.features import NAMES, measure
from dedup.judge.method import method_features, probable_method
from dedup.judge.model import shipped_models
from dedup.judge.original import changes_of, original_features, probable_original
from dedup.judge.prepare import Prepared, prepare
from dedup.language.vocabulary import Background
from dedup.records import COPIES, Alignment, Article, ArticleScore, Kind, Match, Passage, Tokens, WordAlignment

Scores = tuple[ArticleScore | None, ArticleScore | None]
_AT = {name: number for number, name in enumerate(NAMES)}
# What a match tells of its features: enough to see why, few enough for a hundred thousand matches. The larger side's
# and the smaller side's share of words in passages, the in-order chain, the order, weighted stems, three-word grams.
DIGITS = 9  # of a probability: the same on every machine
_MIRROR, _MIRRORED_PAIR = np.array([2, 3, 0, 1]), np.array([1, 0])
TOLD = ("passages_max", "passages_min", "chain_max", "rising_max", "stems_max", "triples_max")
_TOLD_AT = np.array([_AT[name] for name in TOLD])


def judge(
    left: Article,
    right: Article,
    left_tokens: Tokens | Prepared,
    right_tokens: Tokens | Prepared,
    words: WordAlignment,
    frequencies: Background,
    scores: Scores | None = None,
    config: JudgeConfig | None = None,
) -> Match | None:
    """The match of two articles, or None where nothing is reused (`related` on request).

    `words` is the alignment of these tokens in this order; `scores` are the articles' own rewrite scores, if known. The
    match is the same for both orders of the articles; its `left` is the smaller id.
    """
    if (right.id, right.text) < (left.id, left.text):
        scores = (scores[1], scores[0]) if scores else None
        return judge(right, left, right_tokens, left_tokens, mirrored(words), frequencies, scores, config)
    a = left_tokens if isinstance(left_tokens, Prepared) else prepare(left_tokens, frequencies)
    b = right_tokens if isinstance(right_tokens, Prepared) else prepare(right_tokens, frequencies)
    config, models = config or JudgeConfig(), shipped_models()
    vector, shares = measure(a.profile, b.profile, words)
    n, m = len(a.profile.hashes), len(b.profile.hashes)
    exact = n == m > 0 and np.array_equal(a.profile.hashes, b.profile.hashes)
    probability = 1.0 if exact else round(float(models.copy.probability(vector)), DIGITS)
    kind = Kind.EXACT if exact else kind_of(vector, probability, config)
    if kind is None:
        return None
    texts = left.text, right.text
    alignment = Alignment(passages(a.side, b.side, texts, words), _told(vector))
    if kind is Kind.RELATED:
        return Match(left.id, right.id, kind, probability, None, "unknown", alignment)
    rows = differences(a.side, b.side, words)
    evidence = to_evidence(a.side, b.side, texts, rows)
    if kind not in COPIES:
        return Match(left.id, right.id, kind, probability, None, "unknown", alignment, evidence)
    changes = changes_of(a.side, b.side, rows)
    asymmetry = original_features(a.profile, b.profile, changes, shares)
    id_, reason, confidence = probable_original(
        left, right, asymmetry, models.original, scores or (None, None), config.sure_original
    )
    method: str | None = None
    methods: dict[str, float] = {}
    if kind is Kind.REWRITE:
        count = int(a.profile.sums[SENTENCES]), int(b.profile.sums[SENTENCES])
        told = method_features(vector, changes, (n, m), count, (a.style, b.style))
        method, methods = probable_method(told, models.methods, config.sure_method)
    return Match(
        left.id, right.id, kind, probability, id_, reason, alignment, evidence, confidence, method, methods
    )  # fmt: skip


def kind_of(vector: F64, probability: float, config: JudgeConfig) -> Kind | None:
    """The kind of a pair that is not exact, from its features and the probability of a copy."""
    if probability >= config.threshold:
        return Kind.NEAR if vector[_AT["triples_max"]] >= config.near_triples else Kind.REWRITE
    verbatim = (
        np.expm1(vector[_AT["plain_words"]]) >= config.partial_words
        and vector[_AT["plain_runs_max"]] >= config.partial_share
    )
    doubtful = probability >= config.doubtful and vector[_AT["passages_max"]] >= config.doubtful_share
    if doubtful and vector[_AT["rising_max"]] < config.ordered and vector[_AT["patchy_max"]] < config.partial_share:
        return Kind.SHARED_ORIGIN
    if verbatim or doubtful:
        return Kind.PARTIAL
    return Kind.RELATED if config.related and vector[_AT["stems_max"]] >= config.related_stems else None


def mirrored(words: WordAlignment) -> WordAlignment:
    """The alignment seen from the other article."""
    if len(words.passages) < 2:
        passages, similarity = np.take(words.passages, _MIRROR, axis=1), words.similarity
    else:
        order = np.lexsort((words.passages[:, 0], words.passages[:, 2]))
        passages, similarity = words.passages[order[:, None], _MIRROR], words.similarity[order]
    pairs = words.sentence_pairs
    rank = np.argsort(pairs[:, 1], kind="stable")  # they come by left, then right sentence
    return WordAlignment(passages, similarity, pairs[rank[:, None], _MIRRORED_PAIR], words.sentence_similarity[rank])


def passages(left: Side, right: Side, texts: tuple[str, str], words: WordAlignment) -> tuple[Passage, ...]:
    """The passages in characters, ordered by where they stand on the left."""
    if not len(words.passages):
        return ()
    places = spans(left, right, texts, words.passages)
    similarity = words.similarity.tolist()
    return tuple(Passage((a, b), (c, d), round(s, 4)) for (a, b, c, d), s in zip(places, similarity, strict=True))


def _told(vector: F64) -> dict[str, float]:
    return {name: round(value, 4) for name, value in zip(TOLD, vector[_TOLD_AT].tolist(), strict=True)}
