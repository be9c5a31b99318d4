"""The verdict on a pair: kind, calibrated probability, probable original, method and evidence.

Public: `judge`, `copy_probability`, `kind_of`, `as_container`, `mirrored`, `method_vector`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dedup.compiled.arrays import F64, I32
from dedup.evidence.contradictions import CONTRADICTION, contradictions
from dedup.evidence.profile import Mark, Profile, Sum
from dedup.evidence.sides import Side
from dedup.evidence.spans import differences, spans, to_evidence
from dedup.judge.columns import PAIR, Sided, Single, larger, single, smaller
from dedup.judge.config import JudgeConfig
from dedup.judge.container import container_of
from dedup.judge.features import Measured, measure
from dedup.judge.method import method_features, model_shares, probable_method
from dedup.judge.model import shipped_models
from dedup.judge.original import Changes, by_date, changes_of, original_features, probable_original
from dedup.judge.prepare import Prepared
from dedup.models import positions
from dedup.records import COPIES, Alignment, Article, Kind, Match, Passage, WordAlignment

UNKNOWN = "unknown"  # why there is no original
LISTED = np.uint8(Mark.NAMED | Mark.NUMERIC)
PROSE = 0.1  # of the least evidence is enough between texts in sentences
# Least share of the article that is covered more, where both have verbatim parts beside much that is their own. Two
# stories above the same captions and teasers cover .3 to .7, copies of one release .76 and more (background pack).
WHOLE = 0.75
DIGITS = 9  # of a probability: the same on every machine
# What a match tells of its features: enough to see why, few enough for a hundred thousand matches. The larger side's
# and the smaller side's share of words in passages, the in-order chain, the order, weighted stems, three-word grams.
TOLD = ("passages_max", "passages_min", "chain_max", "rising_max", "stems_max", "triples_max")
_TOLD_AT = positions(TOLD, PAIR, "what a match tells")
# As numbers: before Python 3.12, looking up a member costs half a microsecond, and these are asked for at every pair.
_EVIDENCE = single(Single.EVIDENCE)
_FACT_CONFLICT = single(Single.FACT_CONFLICT)
_FACTS = larger(Sided.FACTS)
_PARTIAL_REUSE, _BOTH_REUSE = larger(Sided.PARTIAL_REUSE), smaller(Sided.PARTIAL_REUSE)
_PASSAGES = larger(Sided.PASSAGES)
_PLAIN_RUNS = larger(Sided.PLAIN_RUNS)
_RISING = larger(Sided.RISING)
_SHARED = int(Sided.PASSAGES)
_STEMS = larger(Sided.STEMS)
_TRIPLES = larger(Sided.TRIPLES)
_PLAIN_WORDS, _SENTENCES = single(Single.PLAIN_WORDS), int(Sum.SENTENCES)
_MIRROR, _MIRRORED_PAIR = np.array([2, 3, 0, 1]), np.array([1, 0])


def judge(left: Prepared, right: Prepared, words: WordAlignment, config: JudgeConfig | None = None) -> Match | None:
    """Return the match of two articles, or None where nothing is reused (`related` on request).

    `words` is the alignment of these articles in this order. The match is the same for both orders; its `left` is the
    smaller id.
    """
    one, two = left.article, right.article
    if (two.id, two.text) < (one.id, one.text):
        return judge(right, left, mirrored(words), config)
    config, measured = config or JudgeConfig(), measure(left, right, words)
    a, b = left.profile.hashes, right.profile.hashes
    exact = len(a) == len(b) > 0 and np.array_equal(a, b)
    probability = 1.0 if exact else _probability(left, right, measured.vector, config)
    kind = Kind.EXACT if exact else kind_of(measured.vector, probability, config)
    if kind is None:
        return None
    texts = one.text, two.text
    alignment = Alignment(passages(left.side, right.side, texts, words), _told(measured.vector))
    if kind is Kind.RELATED:
        return Match(one.id, two.id, kind, probability, None, UNKNOWN, alignment)
    rows = differences(left.side, right.side, words)
    evidence, shared = to_evidence(left.side, right.side, texts, rows), _shared(measured)
    container, told = (None, {}) if exact else container_of(left, right, words, shared, config)
    if container is not None:
        match = Match(one.id, two.id, kind, probability, None, UNKNOWN, alignment, evidence, shared=shared)
        return as_container(match, container, one, two, config.sure_original)
    if kind not in COPIES:
        return Match(one.id, two.id, kind, probability, None, UNKNOWN, alignment, evidence, shared=shared)
    alignment.features.update(told)
    turned = contradictions(evidence, texts)
    match = Match(
        one.id, two.id, kind, probability, None, UNKNOWN, alignment, (*turned, *evidence), contradictions=len(turned),
        shared=shared,
    )  # fmt: skip
    return _with_origin(match, left, right, words, measured, rows, config)


def as_container(match: Match, container: str, left: Article, right: Article, least: float) -> Match:
    """Return a match as one of an article that contains the other: only dates say which of the two was first."""
    found, evidence = by_date(left, right, least), tuple(one for one in match.evidence if one.type != CONTRADICTION)
    turned = contradictions(evidence, (left.text, right.text))
    features = {name: value for name, value in match.alignment.features.items() if name in TOLD}
    alignment = replace(match.alignment, features=features)
    return replace(
        match, kind=Kind.CONTAINS, original=found.original, original_reason=found.reason, alignment=alignment,
        original_confidence=found.confidence, date_conflict=False, evidence=(*turned, *evidence),
        contradictions=len(turned), method=None, method_probabilities={}, container=container,
    )  # fmt: skip


def _shared(measured: Measured) -> tuple[float, float]:
    """Return the share of either article's words that stands in passages."""
    return round(float(measured.left[_SHARED]), 4), round(float(measured.right[_SHARED]), 4)


def _with_origin(
    match: Match, left: Prepared, right: Prepared, words: WordAlignment, measured: Measured, rows: I32,
    config: JudgeConfig,
) -> Match:  # fmt: skip
    """Return the match of a copy with its probable original and, of a rewrite, the method."""
    changes, models = changes_of(left.side, right.side, rows), shipped_models()
    asymmetry = original_features(left, right, words, changes, measured)
    method: tuple[str | None, dict[str, float]] = (None, {})
    if match.kind is Kind.REWRITE:
        told = method_vector(left, right, measured, changes)
        method = probable_method(told, models.methods, config.sure_method)
    shares = model_shares(method[1])
    found = probable_original(left, right, asymmetry, measured, models.original, shares, config.sure_original)
    match.alignment.features["original_odds"] = round(found.odds, 4)
    match.alignment.features["word_jaccard"] = round(word_jaccard(left.profile, right.profile), 4)
    return replace(
        match, original=found.original, original_reason=found.reason, original_confidence=found.confidence,
        method=method[0], method_probabilities=method[1], date_conflict=found.conflict,
    )  # fmt: skip


def word_jaccard(left: Profile, right: Profile) -> float:
    """Return the share of the different words of two articles that both have, 0..1."""
    common = len(np.intersect1d(left.words, right.words, assume_unique=True))
    return common / max(1, len(left.words) + len(right.words) - common)


def method_vector(left: Prepared, right: Prepared, measured: Measured, changes: Changes) -> F64:
    """Return the features that tell of the method, in the order of `columns.METHOD`."""
    a, b = left.profile, right.profile
    sentences = int(a.sums[_SENTENCES]), int(b.sums[_SENTENCES])
    sizes = len(a.hashes), len(b.hashes)
    return method_features(measured.vector, changes, sizes, sentences, (left.style, right.style))


def _probability(left: Prepared, right: Prepared, vector: F64, config: JudgeConfig) -> float:
    """Return the probability of a copy, less in proportion where there is too little evidence for any verdict.

    Lists of names and numbers, as of results and draws, share all their words: only their order is evidence, and it
    takes more of it than between texts in sentences. Two articles that share verbatim parts, and have too much of their
    own beside them, are no copies.
    """
    found, evidence = shipped_models().copy.probability(vector), float(vector[_EVIDENCE])
    if config.own is not None:
        found = config.own.probability(found, vector)
    if evidence < config.least_evidence:
        listed = _list_share(left, right) > config.listed_share
        least = config.least_evidence if listed else config.least_evidence * PROSE
        found *= min(1.0, evidence / least * config.borderline) if evidence < least else 1.0
    if vector[_BOTH_REUSE] >= config.partial_share and vector[_PASSAGES] < WHOLE:
        found = min(found, config.borderline)
    return round(found, DIGITS)


def copy_probability(left: Prepared, right: Prepared, vector: F64, config: JudgeConfig) -> float:
    """Return what `judge` gives as the probability of a pair; `vector` (len(PAIR),) are its features."""
    same = len(left.hashes) > 0 and np.array_equal(left.hashes, right.hashes)
    return 1.0 if same else _probability(left, right, vector, config)


def _list_share(left: Prepared, right: Prepared) -> float:
    """Return the share of words that are names or numbers, of the article that has more of them.

    In a text in capitals or Title Case every word looks like a name: where the other one is not, that one tells.
    """
    shown = [one for one in (left, right) if not one.facts.one_case]
    return max(_listed(one.profile) for one in shown or (left, right))


def _listed(profile: Profile) -> float:
    """Return the share of a text's words that are names or numbers."""
    marks = profile.marks[profile.text]
    return float(np.mean(marks & LISTED != 0)) if len(marks) else 1.0


def kind_of(vector: F64, probability: float, config: JudgeConfig) -> Kind | None:
    """Return the kind of a pair that is not exact, from its features and the probability of a copy."""
    if probability >= config.threshold:
        near = vector[_TRIPLES] >= config.near_triples and vector[_FACTS] >= config.near_facts
        return Kind.NEAR if near and vector[_FACT_CONFLICT] <= config.near_conflict else Kind.REWRITE
    verbatim = np.expm1(vector[_PLAIN_WORDS]) >= config.partial_words and vector[_PLAIN_RUNS] >= config.partial_share
    borderline = probability >= config.borderline and vector[_PASSAGES] >= config.borderline_share
    unordered = vector[_RISING] < config.ordered
    if borderline and unordered and vector[_PARTIAL_REUSE] < config.partial_share:
        return Kind.SHARED_ORIGIN
    if verbatim or borderline:
        return Kind.PARTIAL
    return Kind.RELATED if config.related and vector[_STEMS] >= config.related_stems else None


def mirrored(words: WordAlignment) -> WordAlignment:
    """Return the alignment seen from the other article."""
    if len(words.passages) < 2:
        passages, similarity = np.take(words.passages, _MIRROR, axis=1), words.similarity
    else:
        order = np.lexsort((words.passages[:, 0], words.passages[:, 2]))
        passages, similarity = words.passages[order[:, None], _MIRROR], words.similarity[order]
    pairs = words.sentence_pairs
    rank = np.argsort(pairs[:, 1], kind="stable")  # they come by left, then right sentence
    return WordAlignment(passages, similarity, pairs[rank[:, None], _MIRRORED_PAIR], words.sentence_similarity[rank])


def passages(left: Side, right: Side, texts: tuple[str, str], words: WordAlignment) -> tuple[Passage, ...]:
    """Return the passages in characters, ordered by where they stand on the left."""
    if not len(words.passages):
        return ()
    places = spans(left, right, texts, words.passages)
    similarity = words.similarity.tolist()
    return tuple(Passage((a, b), (c, d), round(s, 4)) for (a, b, c, d), s in zip(places, similarity, strict=True))


def _told(vector: F64) -> dict[str, float]:
    return {name: round(value, 4) for name, value in zip(TOLD, vector[_TOLD_AT].tolist(), strict=True)}
