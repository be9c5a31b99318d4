"""TF-IDF similarity of the sentences of two articles: the seeds of passages, and the judge's measure of order.

Terms are stems. The weight of a stem is -ln of the chance that a sentence contains it (inverse sentence frequency),
where that chance blends the background of news with the two articles at hand.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedup.alignment.numbering import BOTH, LEFT, RIGHT, Numbering
from dedup.alignment.words import (
    COUNT,
    FIRST_TERM,
    FIRST_WITH,
    NEXT,
    SENTENCE,
    SENTENCES,
    STEM,
    STEMS,
    WORDS,
    Articles,
    longest,
    sentences_of,
    sizes_of,
)
from dedup.compiled.arrays import F32, I32, I64
from dedup.compiled.decorators import Array, borrowing, borrowing_kernel

MOST_PARTNERS = 64  # pairs kept of one left sentence, the first ones: text that repeats itself must not fill the memory


class SentencePairs(NamedTuple):
    """Similar sentences of `p` pairs of articles, `n` in all, sorted by pair, left and right sentence."""

    offsets: I64  # (p + 1,)
    sentences: I32  # (n, 2) left and right
    cosine: F32  # (n,) 0..1
    dice: F32  # (n,) of the two sets of stems, 0..1


def find_sentences(articles: Articles, numbering: Numbering, pairs: I64, least: float) -> SentencePairs:
    """The pairs of sentences of cosine `least` or more, for each pair of articles; a left one has `MOST_PARTNERS`."""
    left, right = sizes_of(articles.offsets[:, SENTENCES])[pairs.T]
    most = int((left * np.minimum(right, MOST_PARTNERS)).sum())  # memory that is never written is never mapped
    m, v = max(left.max(initial=0), right.max(initial=0)), longest(numbering.offsets[:, RIGHT])
    offsets = np.zeros(len(pairs) + 1, np.int64)
    found, cosine, dice = np.empty((most, 2), np.int32), np.empty(most, np.float32), np.empty(most, np.float32)
    similar_sentences(
        articles.offsets, articles.sentences, articles.terms, articles.stems, pairs, numbering.offsets,
        numbering.to_right, numbering.to_pair, numbering.weights, least, np.empty(v, np.float32),
        np.zeros((3, m), np.float32), np.zeros(m, np.int32), offsets, found, cosine, dice,
    )  # fmt: skip
    n = offsets[-1]
    return SentencePairs(offsets, found[:n].copy(), cosine[:n].copy(), dice[:n].copy())


def similar_sentences_plainly(
    left: I32, left_bounds: I32, right: I32, right_bounds: I32, weights: F32, least: float
) -> tuple[list[tuple[int, int]], list[float], list[float]]:
    """The readable reference of `similar_sentences`: pairs, cosine, Dice; both sides' stems in one numbering."""

    def sentences(ids: I32, bounds: I32) -> list[dict[int, int]]:
        parts = [[int(w) for w in ids[a:b]] for a, b in pairwise(bounds)]
        return [{w: part.count(w) for w in part} for part in parts]

    def dot(a: dict[int, int], b: dict[int, int]) -> float:
        return sum(n * b[w] * float(weights[w]) ** 2 for w, n in a.items() if w in b)

    pairs, cosines, dices = [], [], []
    for i, a in enumerate(sentences(left, left_bounds)):
        for j, b in enumerate(sentences(right, right_bounds)):
            length = math.sqrt(dot(a, a) * dot(b, b))
            cosine = dot(a, b) / length if length else 0.0
            if cosine >= least and a.keys() & b.keys():
                pairs.append((i, j))
                cosines.append(min(1.0, cosine))
                dices.append(2 * len(a.keys() & b.keys()) / (len(a) + len(b)))
    return pairs, cosines, dices


@borrowing
def _measure(sentences: Array, terms: Array, weights: Array, lengths: Array) -> None:
    """Euclidean length of the weighted term vector of each sentence of an article."""
    for s in range(len(sentences) - 1):
        total = np.float32(0.0)
        for t in range(sentences[s, FIRST_TERM], sentences[s + 1, FIRST_TERM]):
            x = weights[terms[t, STEM]] * np.float32(terms[t, COUNT])
            total += x * x
        lengths[s] = math.sqrt(total)


@borrowing_kernel
def similar_sentences(
    article_offsets: Array, sentences: Array, terms: Array, stems: Array, pairs: Array, stem_offsets: Array,
    to_right: Array, to_pair: Array, weights: Array, least: float, own_weights: Array, work: Array, common: Array,
    offsets: Array, found: Array, cosine: Array, dice: Array,
) -> None:  # fmt: skip
    """Fill the last four, which are `SentencePairs`.

    Only shared stems cost anything. `own_weights`, by stem of the right article: scratch; `work` (3, m) and `common`
    (m,), by sentence: all zero.
    """
    left_lengths, right_lengths, dots = work[0], work[1], work[2]
    n = 0
    for p in range(len(pairs)):
        left, right = pairs[p, 0], pairs[p, 1]
        begin, end = sentences_of(article_offsets, left)
        other_begin, other_end = sentences_of(article_offsets, right)
        first, other = sentences[begin:end], sentences[other_begin:other_end]
        left_terms, right_terms = terms[article_offsets[left, WORDS] :], terms[article_offsets[right, WORDS] :]
        with_stem = stems[article_offsets[right, STEMS] :]
        partner, own = to_right[stem_offsets[p, LEFT] :], to_pair[stem_offsets[p, RIGHT] : stem_offsets[p + 1, RIGHT]]
        weight = weights[stem_offsets[p, BOTH] :]
        for stem in range(len(own)):
            own_weights[stem] = weight[own[stem]]
        _measure(first, left_terms, weight, left_lengths)
        _measure(other, right_terms, own_weights, right_lengths)
        for s in range(len(first) - 1):
            for t in range(first[s, FIRST_TERM], first[s + 1, FIRST_TERM]):
                stem = left_terms[t, STEM]
                if partner[stem] < 0:
                    continue
                value = weight[stem] * weight[stem] * np.float32(left_terms[t, COUNT])
                u = with_stem[partner[stem], FIRST_WITH]
                while u >= 0:
                    r = right_terms[u, SENTENCE]
                    dots[r] += value * np.float32(right_terms[u, COUNT])
                    common[r] += 1
                    u = right_terms[u, NEXT]
            size = first[s + 1, FIRST_TERM] - first[s, FIRST_TERM]
            most = n + MOST_PARTNERS
            for r in range(len(other) - 1):
                product = left_lengths[s] * right_lengths[r]
                if dots[r] >= least * product and common[r] > 0 and product > 0 and n < most:
                    found[n, 0], found[n, 1] = s, r
                    cosine[n] = min(np.float32(1.0), dots[r] / product)
                    dice[n] = 2.0 * common[r] / (size + other[r + 1, FIRST_TERM] - other[r, FIRST_TERM])
                    n += 1
            for r in range(len(other) - 1):
                dots[r] = 0
                common[r] = 0
        offsets[p + 1] = n
