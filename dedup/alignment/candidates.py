"""Candidate passages of pairs: similar sentences, refined rectangles of words, what describes them, verbatim chains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.clusters import find_clusters, sort_stably
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import SOFTENING, log_ratio, other_stretches
from dedup.alignment.numbering import BOTH, WORD, Numbering
from dedup.alignment.refine import CLEAN, DIRTY, MEASURES, Bag, Scale, Side, empty_bag, refine_one, unite
from dedup.alignment.runs import find_chains
from dedup.alignment.similarity import SentencePairs, find_sentences
from dedup.alignment.words import WORDS, Articles, longest
from dedup.compiled.arrays import F64, I32, I64
from dedup.compiled.decorators import Array, Int, borrowing_kernel

PASSAGE_FEATURES = ("evidence", "rate", "matched", "contrast_low", "contrast_high")


class Candidates(NamedTuple):
    """What the alignment of `p` pairs chooses from. Shapes: `k` rectangles, `v` verbatim chains in all."""

    sentences: SentencePairs
    offsets: I64  # (p + 1,) where each pair's rectangles begin
    rectangles: I32  # (k, 4) words: left first, left last, right first, right last
    features: F64  # (k, 5) in the order of `PASSAGE_FEATURES`
    chain_offsets: I64  # (p + 1,) where its chains begin
    chains: I32  # (v, 5) as `find_chains`

    @property
    def matched(self) -> F64:
        """Share of the words of both sides that the other side pays for, 0..1, of each rectangle; (k,)."""
        return self.features[:, PASSAGE_FEATURES.index("matched")]


def candidates_of(articles: Articles, numbering: Numbering, pairs: I64, config: AlignConfig) -> Candidates:
    """Seeds, clusters, refinement and verbatim chains of pairs (p, 2)."""
    similar = find_sentences(articles, numbering, pairs, config.seed_cosine)
    offsets, rough = find_clusters(articles, pairs, similar, config.seed_dice, config.seed_gap)
    measures, others, found = np.zeros((len(rough), MEASURES)), np.empty((len(rough), 2)), np.zeros_like(offsets)
    n, v, k = map(longest, (articles.offsets[:, WORDS], numbering.offsets[:, BOTH], offsets))
    refine_rectangles(
        articles.offsets, articles.ids, articles.marks, pairs, numbering.offsets, numbering.right_ids, numbering.shared,
        numbering.probability, offsets, rough, measures, others, found, float(config.alpha), float(config.locality),
        config.reach, float(config.boundary_bonus), float(config.least_evidence), *empty_bags(v),
        np.empty(v, np.float32), np.empty((4, k), np.int32), np.empty(n + 2, np.int32),
    )  # fmt: skip
    kept = found[-1]
    features = passage_features(rough[:kept], measures[:kept], others[:kept])
    chain_offsets, chains = find_chains(articles, numbering, pairs, config)
    return Candidates(similar, found, rough[:kept], features, chain_offsets, chains)


def empty_bags(v: int) -> tuple[Bag, Bag]:
    """Two bags for pairs of `v` stems."""
    one, other = (
        Bag(np.empty(v, np.float32), np.zeros(v, np.int32), np.empty((v, 2), np.int32), np.zeros(3, np.int64))
        for _ in range(2)
    )
    return one, other


def passage_features(found: I32, measures: F64, others: F64) -> F64:
    """`PASSAGE_FEATURES` of each rectangle, (k, 5); the same when left and right are exchanged.

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


@borrowing_kernel
def refine_rectangles(
    article_offsets: Array, ids: Array, marks: Array, pairs: Array, offsets: Array, right_ids: Array, shared: Array,
    probability: Array, rough: Array, rectangles: Array, measures: Array, others: Array, found: Array, alpha: float,
    locality: float, reach: Int, bonus: float, least: float, left_bag: Array, right_bag: Array, never: Array,
    work: Array, reached: Array,
) -> None:  # fmt: skip
    """Refine the rectangles of each pair in place, where `rough` says they begin; keep those that score `least`.

    Rectangles of a pair that come to overlap on both sides are united. Fills in `measures` (k, 4) - score left, score
    right, words matched left, right -, `others` (k, 2) as `other_stretches`, and where each pair's rectangles begin
    then, `found`. Scratch: `never` (v,), `work` (4, k) and `reached` (n + 2,) for pairs of `n` words a side.
    """
    keys, order, sorted_order, dirty = work[0], work[1], work[2], work[3]
    kept = 0
    for p in range(len(pairs)):
        n = rough[p + 1] - rough[p]
        if n > 0:
            a, b = pairs[p, 0], pairs[p, 1]
            own, own_end = article_offsets[a, WORDS], article_offsets[a + 1, WORDS]
            mark, mark_end = article_offsets[b, WORDS] + b, article_offsets[b + 1, WORDS] + b + 1
            left = Side(ids[own:own_end], marks[own + a : own_end + a + 1])
            right = Side(right_ids[offsets[p, WORD] : offsets[p + 1, WORD]], marks[mark:mark_end])
            first, last = offsets[p, BOTH], offsets[p + 1, BOTH]
            for stem in range(last - first):
                never[stem] = 0
            window = max(1, int((len(left.ids) + len(right.ids)) / locality))
            scale = Scale(probability[first:last], shared[first:last], never, alpha, window)
            mine, values = rectangles[rough[p] :], measures[rough[p] :]
            for k in range(n):
                dirty[k] = DIRTY
            before = n + 1
            while n != before:
                for k in range(n):
                    if dirty[k] == DIRTY:
                        refine_one(left, right, scale, left_bag, right_bag, mine[k], values[k], reach, bonus)
                    dirty[k], keys[k], order[k] = CLEAN, mine[k, 0], k
                before = n
                sort_stably(keys, n, len(left.ids) + 1, order, sorted_order, reached)
                n = unite(mine, values, dirty, n, sorted_order)
            for k in range(n):
                if values[k, 0] + values[k, 1] >= least:
                    for side in range(MEASURES):  # a rectangle has as many numbers
                        rectangles[kept, side], measures[kept, side] = mine[k, side], values[k, side]
                    other_stretches(left, right, scale, left_bag, right_bag, rectangles[kept], others[kept])
                    kept += 1
            empty_bag(left_bag)
            empty_bag(right_bag)
        found[p + 1] = kept
