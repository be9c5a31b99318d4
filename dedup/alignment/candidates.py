"""Candidate passages of a pair: refined rectangles of words, what describes them, and verbatim chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedup.alignment.clusters import rectangles
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import other_stretches
from dedup.alignment.model import log_ratio
from dedup.alignment.refine import refine
from dedup.alignment.runs import verbatim_chains
from dedup.alignment.similarity import sentence_terms, similar_sentences, stem_weights, word_probability
from dedup.alignment.summary import Stretch, best_summary
from dedup.alignment.words import F32, F64, I32, Pair, Side
from dedup.records import U8

PASSAGE_FEATURES = ("evidence", "rate", "matched", "contrast_low", "contrast_high")
SOFTENING = 5.0  # nats added to both scores of a contrast: the size of one rare word


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the alignment chooses from. Shapes: `k` rectangles, `v` verbatim chains, `p` pairs of sentences."""

    rectangles: I32  # (k, 4) words: left first, left last, right first, right last
    features: F64  # (k, 5) in the order of `PASSAGE_FEATURES`
    matched: F64  # (k,) share of the words of both sides that the other side pays for, 0..1
    chains: I32  # (v, 5) the same four, and the words that match exactly
    sentence_pairs: I32  # (p, 2) sentences of the `Pair`, sorted
    cosine: F32  # (p,)
    probability: F32  # (v,) of each stem, blended from background and pair
    weights: F32  # (v,) inverse sentence frequency of each stem


def candidates_of(pair: Pair, config: AlignConfig) -> Candidates:
    """Seeds, clusters, refinement and verbatim chains of one pair."""
    share = config.background_share
    weights = stem_weights(pair, share)
    sentences, cosine, dice = similar_sentences(*sentence_terms(pair), weights, config.seed_cosine, 0.0)
    rough = rectangles(pair, sentences[dice >= config.seed_dice], config.seed_gap)
    probability = word_probability(pair, share)
    alpha = config.alpha
    window = max(1, int((len(pair.left_ids) + len(pair.right_ids)) / config.locality))
    found, measures = refine(
        pair.left_ids, pair.right_ids, boundaries(pair.left), boundaries(pair.right), probability, rough,
        alpha, alpha, window, config.reach, config.boundary_bonus,
    )  # fmt: skip
    kept = measures[:, 0] + measures[:, 1] >= config.least_evidence
    found, measures = np.ascontiguousarray(found[kept]), measures[kept]
    others = other_stretches(pair.left_ids, pair.right_ids, probability, found, alpha, alpha, window)
    features = passage_features(found, measures, others)
    chains = verbatim_chains(
        pair, config.verbatim_run, config.verbatim_jump, config.verbatim_words, config.verbatim_density
    )
    return Candidates(found, features, features[:, 2], chains, sentences, cosine, probability, weights)


def summaries_of(pair: Pair, candidates: Candidates, config: AlignConfig) -> list[Stretch | None]:
    """The stretch of the left text that may sum the right one up, and that of the right for the left."""
    left, right = (pair.left_ids, boundaries(pair.left)), (pair.right_ids, boundaries(pair.right))
    ranges = candidates.rectangles
    return [
        _summary(*left, pair.right_ids, candidates, ranges[:, :2], config),
        _summary(*right, pair.left_ids, candidates, ranges[:, 2:], config),
    ]


def _summary(
    text: I32, bounds: U8, whole: I32, candidates: Candidates, ranges: I32, config: AlignConfig
) -> Stretch | None:
    if len(whole) * config.summary_share < config.summary_words:
        return None
    first, last, score, shape = best_summary(
        text, bounds, whole, candidates.probability, candidates.weights, config.summary_alpha, config.boundary_bonus
    )
    words = last - first
    if score < config.summary_evidence or not config.summary_words <= words <= config.summary_share * len(whole):
        return None
    shared = np.minimum(last, ranges[:, 1]) - np.maximum(first, ranges[:, 0])
    return Stretch(first, last, score, np.maximum(shared, 0) * candidates.matched / words, shape)


def boundaries(side: Side) -> U8:
    """1 where a sentence begins, and at the end; shape (n + 1,)."""
    marks = np.zeros(len(side.words) + 1, np.uint8)
    marks[side.sentences] = 1
    return marks


def passage_features(found: I32, measures: F64, others: F64) -> F64:
    """`PASSAGE_FEATURES` of each rectangle; the same when left and right are exchanged.

    evidence: ln(1 + score of both sides); rate: score per word; matched: share of words matched; contrast_low and
    _high: ln of the score against the best other stretch of the same text, for the worse and the better side.
    """
    words = np.maximum(1, found[:, 1] - found[:, 0] + found[:, 3] - found[:, 2])
    score = measures[:, 0] + measures[:, 1]
    contrast = log_ratio(measures[:, :2], others, SOFTENING)
    columns = (
        np.log1p(np.maximum(score, 0.0)),
        score / words,
        (measures[:, 2] + measures[:, 3]) / words,
        contrast.min(axis=1),
        contrast.max(axis=1),
    )
    return np.stack(columns, axis=1)
