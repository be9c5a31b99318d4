"""Candidate passages of pairs: similar sentences, refined rectangles of words, what describes them, verbatim chains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.clusters import Sorting, cluster_ranges, cluster_seeds, sort_stably
from dedup.alignment.config import AlignConfig, settings_of
from dedup.alignment.contrast import SOFTENING, other_stretches
from dedup.alignment.model import log_ratio
from dedup.alignment.numbering import Numbering
from dedup.alignment.refine import MEASURES, Bag, Scale, Side, empty_bag, refine
from dedup.alignment.runs import Grams, chain_runs, common_runs, least_shared, longest_shared
from dedup.alignment.similarity import MOST_PARTNERS, sentence_lengths, similar_sentences, terms_of
from dedup.alignment.words import F32, F64, I32, I64, Articles
from dedup.records import U8
from dedup.text.machine import Array, Int, helper, kernel

PASSAGE_FEATURES = ("evidence", "rate", "matched", "contrast_low", "contrast_high")


class Candidates(NamedTuple):
    """What the alignment chooses from. Shapes: `p` pairs, `s` pairs of sentences, `k` rectangles, `v` chains in all."""

    sentence_offsets: I64  # (p + 1,) where each pair's sentence pairs begin
    offsets: I64  # (p + 1,) where its rectangles begin
    chain_offsets: I64  # (p + 1,) where its chains begin
    sentence_pairs: I32  # (s, 2) as they are handed out: numbers of the articles' `Tokens`, sorted
    cosine: F32  # (s,)
    rectangles: I32  # (k, 4) words: left first, left last, right first, right last
    measures: F64  # (k, 4) as `refine`
    others: F64  # (k, 2) as `other_stretches`
    chains: I32  # (v, 5) as `chain_runs`


class Settings(NamedTuple):
    """The fields of `AlignConfig` that the kernel reads."""

    seed_cosine: float
    seed_dice: float
    seed_gap: int
    alpha: float
    locality: float
    reach: int
    boundary_bonus: float
    least_evidence: float
    verbatim_run: int
    verbatim_jump: int
    verbatim_words: int
    verbatim_density: float


class Work(NamedTuple):
    """Scratch for pairs of at most `n` words a side, `m` sentences a side, `v` stems and `s` pairs of sentences."""

    right_ids: I32  # (n,)
    same: I32  # (v,) 0, 1, 2, ...
    shared: U8  # (v,)
    least: F32  # (v,)
    bags: tuple[Bag, Bag]
    dots: F32  # (m,) all zero
    common: I32  # (m,) all zero
    lengths: F32  # (2, m)
    pairs: I32  # (s, 2)
    cosine: F32  # (s,)
    dice: F32  # (s,)
    labels: I32  # (s,)
    dirty: U8  # (s,)
    sorting: Sorting
    grams: Grams
    runs: I32  # (n, 3)


def most_pairs(articles: Articles, pairs: I64) -> I64:
    """How many sentence pairs each pair of articles can have at most; (p,)."""
    left, right = np.diff(articles.sentence_offsets)[pairs.T]
    most: I64 = left * np.minimum(right, MOST_PARTNERS)
    return most


def scratch(articles: Articles, numbering: Numbering, pairs: I64) -> Work:
    """Scratch for some pairs."""
    n, m = (int(np.diff(o)[pairs].max(initial=0)) for o in (articles.word_offsets, articles.sentence_offsets))
    v, s = int(np.diff(numbering.offsets).max(initial=0)), int(most_pairs(articles, pairs).max(initial=0))
    bags = [Bag(np.empty(v, np.float32), np.zeros(v, np.int32), np.empty(v, np.int32), np.zeros(3, np.int64))
            for _ in range(2)]  # fmt: skip
    grams = Grams(*np.empty((2, n), np.uint64), np.empty(1 << max(4, (2 * n).bit_length()), np.int32),
                  np.empty(n, np.int32))  # fmt: skip
    return Work(
        np.empty(n, np.int32), np.arange(v, dtype=np.int32), np.empty(v, np.uint8), np.empty(v, np.float32),
        (bags[0], bags[1]), np.zeros(m, np.float32), np.zeros(m, np.int32), np.empty((2, m), np.float32),
        np.empty((s, 2), np.int32), np.empty(s, np.float32), np.empty(s, np.float32), np.empty(s, np.int32),
        np.empty(s, np.uint8), Sorting(*np.empty((3, s), np.int32), np.empty(max(n, m, s) + 2, np.int64)), grams,
        np.empty((n + 1, 3), np.int32),
    )  # fmt: skip


def candidates_of(
    articles: Articles, numbering: Numbering, pairs: I64, mirrored: U8, work: Work, config: AlignConfig
) -> Candidates:
    """Seeds, clusters, refinement and verbatim chains of pairs (p, 2).

    The sentence pairs of `mirrored` ones (p,) are handed out with the right article first.
    """
    most = int(most_pairs(articles, pairs).sum())  # as good as free: memory that is never written is never mapped
    words = int(np.diff(articles.word_offsets)[pairs[:, 0]].sum())
    offsets = np.zeros((3, len(pairs) + 1), np.int64)
    out = Candidates(
        *offsets, np.empty((most, 2), np.int32), np.empty(most, np.float32), np.empty((most, 4), np.int32),
        np.empty((most, MEASURES)), np.empty((most, 2)), np.empty((words // config.verbatim_run + 1, 5), np.int32),
    )  # fmt: skip
    settings = Settings(*settings_of(Settings._fields, config))
    find_candidates(articles, numbering, pairs, mirrored, settings, work, out)
    s, k, v = offsets[:, -1]
    return Candidates(
        *offsets, out.sentence_pairs[:s].copy(), out.cosine[:s].copy(), out.rectangles[:k].copy(),
        out.measures[:k].copy(), out.others[:k].copy(), out.chains[:v].copy(),
    )  # fmt: skip


def passage_features(candidates: Candidates) -> F64:
    """`PASSAGE_FEATURES` of each rectangle, (k, 5); the same when left and right are exchanged.

    evidence: ln(1 + score of both sides); rate: score per word; matched: share of words matched; contrast_low and
    _high: ln of the score against the best other stretch of the same text, for the worse and the better side.
    """
    found, measures = candidates.rectangles, candidates.measures
    words = np.maximum(1, found[:, 1] - found[:, 0] + found[:, 3] - found[:, 2])
    score = measures[:, 0] + measures[:, 1]
    contrast = log_ratio(measures[:, :2], candidates.others, SOFTENING)
    columns = (
        np.log1p(np.maximum(score, 0.0)),
        score / words,
        (measures[:, 2] + measures[:, 3]) / words,
        contrast.min(axis=1),
        contrast.max(axis=1),
    )
    return np.stack(columns, axis=1)


@helper
def sides_of(articles: Array, numbering: Array, pairs: Array, p: Int, work: Array) -> Array:
    """Both sides of a pair in its own numbering; fills in which stems they share."""
    a, b, words = pairs[p, 0], pairs[p, 1], articles.word_offsets
    left = Side(articles.ids[words[a] : words[a + 1]], articles.marks[words[a] + a : words[a + 1] + a + 1])
    ids = work.right_ids[: words[b + 1] - words[b]]
    right = Side(ids, articles.marks[words[b] + b : words[b + 1] + b + 1])
    numbers = numbering.right_offsets[p]
    for i in range(len(ids)):
        ids[i] = numbering.to_pair[numbers + articles.ids[words[b] + i]]
    first, last = numbering.left_offsets[p], numbering.left_offsets[p + 1]
    for stem in range(numbering.offsets[p + 1] - numbering.offsets[p]):
        work.shared[stem] = stem < last - first and numbering.to_right[first + stem] >= 0
        work.least[stem] = 0
    return left, right


@helper
def _find_sentences(articles: Array, numbering: Array, pairs: Array, p: Int, least: float, work: Array) -> Int:
    """Similar sentences of a pair, into `work`; how many pairs they are."""
    left, right = terms_of(articles, pairs[p, 0]), terms_of(articles, pairs[p, 1])
    weights = numbering.weights[numbering.offsets[p] : numbering.offsets[p + 1]]
    to_right = numbering.to_right[numbering.left_offsets[p] : numbering.left_offsets[p + 1]]
    to_pair = numbering.to_pair[numbering.right_offsets[p] : numbering.right_offsets[p + 1]]
    sentence_lengths(left, work.same, weights, work.lengths[0])
    sentence_lengths(right, to_pair, weights, work.lengths[1])
    return similar_sentences(
        left, right, to_right, weights, work.lengths[0], work.lengths[1], least, work.dots, work.common, work.pairs,
        work.cosine, work.dice,
    )  # fmt: skip


@helper
def _give_sentences(articles: Array, left: Int, right: Int, mirrored: Int, work: Array, n: Int, out: Array, at: Int) -> None:
    """Hand the first `n` sentence pairs out, from row `at` on, sorted by what comes first."""
    for i in range(n):
        work.sorting.keys[i], work.sorting.other[i], work.sorting.order[i] = work.pairs[i, 1], i, i
    if mirrored:
        size = articles.sentence_offsets[right + 1] - articles.sentence_offsets[right]
        sort_stably(work.sorting.keys, n, size, work.sorting.other, work.sorting.order, work.sorting.reached)
    for i in range(n):
        k = work.sorting.order[i]
        out.sentence_pairs[at + i, mirrored] = articles.sentences[articles.sentence_offsets[left] + work.pairs[k, 0]]
        out.sentence_pairs[at + i, 1 - mirrored] = articles.sentences[
            articles.sentence_offsets[right] + work.pairs[k, 1]
        ]
        out.cosine[at + i] = work.cosine[k]


@helper
def _rough_rectangles(articles: Array, left: Int, right: Int, n: Int, settings: Array, work: Array, out: Array) -> Int:
    """The rectangles of clusters of seeds among the first `n` sentence pairs, which are left in `work.pairs`."""
    seeds = 0
    for i in range(n):
        if work.dice[i] >= np.float32(settings.seed_dice):
            work.pairs[seeds, 0], work.pairs[seeds, 1] = work.pairs[i, 0], work.pairs[i, 1]
            seeds += 1
    count = cluster_seeds(work.pairs, seeds, settings.seed_gap, work.labels, work.sorting)
    bounds = articles.sentence_offsets
    left_bounds = articles.bounds[bounds[left] + left : bounds[left + 1] + left + 1]
    right_bounds = articles.bounds[bounds[right] + right : bounds[right + 1] + right + 1]
    cluster_ranges(work.pairs, seeds, work.labels, count, left_bounds, right_bounds, out)
    return count


@helper
def _keep_strong(rectangles: Array, measures: Array, n: Int, least: float) -> Int:
    """Keep those of the first `n` rectangles that score enough; how many are left."""
    kept = 0
    for k in range(n):
        if measures[k, 0] + measures[k, 1] >= least:
            for side in range(MEASURES):  # a rectangle has as many numbers
                rectangles[kept, side], measures[kept, side] = rectangles[k, side], measures[k, side]
            kept += 1
    return kept


@helper
def _find_chains(articles: Array, left: Int, right: Int, settings: Array, work: Array, out: Array) -> Int:
    words = articles.word_offsets
    runs = common_runs(
        articles.hashes[words[left] : words[left + 1]], articles.hashes[words[right] : words[right + 1]],
        settings.verbatim_run, work.grams, work.runs,
    )  # fmt: skip
    return chain_runs(
        work.runs, runs, settings.verbatim_jump, settings.verbatim_words, settings.verbatim_density, out
    )  # fmt: skip


@kernel
def find_candidates(
    articles: Array, numbering: Array, pairs: Array, mirrored: Array, settings: Array, work: Array, out: Array
) -> None:
    """Fill `out`; see `Candidates`."""
    in_a_row = least_shared(settings.verbatim_words, settings.verbatim_density)
    s, k, v = 0, 0, 0
    for p in range(len(pairs)):
        left, right = pairs[p, 0], pairs[p, 1]
        n = _find_sentences(articles, numbering, pairs, p, settings.seed_cosine, work)
        _give_sentences(articles, left, right, mirrored[p], work, n, out, s)
        s += n
        sides = sides_of(articles, numbering, pairs, p, work)
        rectangles, measures = out.rectangles[k:], out.measures[k:]
        n = _rough_rectangles(articles, left, right, n, settings, work, rectangles)
        if n > 0:
            words = len(sides[0].ids) + len(sides[1].ids)
            probability = numbering.probability[numbering.offsets[p] : numbering.offsets[p + 1]]
            window = max(1, int(words / settings.locality))
            scale = Scale(probability, work.shared, work.least, settings.alpha, window)
            n = refine(
                sides[0], sides[1], scale, work.bags, rectangles, measures, n, settings.reach, settings.boundary_bonus,
                work.dirty, work.sorting,
            )  # fmt: skip
            n = _keep_strong(rectangles, measures, n, settings.least_evidence)
            other_stretches(sides[0], sides[1], scale, work.bags, rectangles[:n], out.others[k:])
            empty_bag(work.bags[0])
            empty_bag(work.bags[1])
            k += n
        to_right = numbering.to_right[numbering.left_offsets[p] : numbering.left_offsets[p + 1]]
        if longest_shared(sides[0].ids, to_right) >= in_a_row:
            v += _find_chains(articles, left, right, settings, work, out.chains[v:])
        out.sentence_offsets[p + 1], out.offsets[p + 1], out.chain_offsets[p + 1] = s, k, v
