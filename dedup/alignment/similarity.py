"""TF-IDF similarity of the sentences of two articles: the seeds of passages, and the judge's measure of order.

Terms are stems. The weight of a stem is -ln of the chance that a sentence contains it (inverse sentence frequency),
where that chance blends the background of news with the two articles at hand.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedup.alignment.words import F32, I32
from dedup.text.machine import Array, Int, helper

MOST_PARTNERS = 64  # pairs kept of one left sentence, the first ones: text that repeats itself must not fill the memory


class Terms(NamedTuple):
    """The distinct stems of each sentence of one article. Shapes: `m` sentences, `t` terms, `v` stems."""

    first: I32  # (m + 1,) first term of each sentence, then t
    ids: I32  # (t,) stem
    counts: I32  # (t,) how often the sentence has it
    sentences: I32  # (t,)
    next: I32  # (t,) the next term with the same stem, -1 for none
    by_stem: I32  # (v,) the first one


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


@helper
def terms_of(articles: Array, a: Int) -> Array:
    """The terms of one article of a batch."""
    first, last = articles.word_offsets[a], articles.word_offsets[a + 1]
    sentences = articles.terms[articles.sentence_offsets[a] + a : articles.sentence_offsets[a + 1] + a + 1]
    return Terms(
        sentences, articles.term_ids[first:last], articles.term_counts[first:last], articles.term_sentences[first:last],
        articles.term_next[first:last], articles.stem_terms[articles.stem_offsets[a] : articles.stem_offsets[a + 1]],
    )  # fmt: skip


@helper
def sentence_lengths(terms: Array, numbers: Array, weights: Array, lengths: Array) -> None:
    """Euclidean length of each sentence's weighted term vector; `numbers`: those of its stems in `weights`."""
    for s in range(len(terms.first) - 1):
        total = np.float32(0.0)
        for t in range(terms.first[s], terms.first[s + 1]):
            x = weights[numbers[terms.ids[t]]] * np.float32(terms.counts[t])
            total += x * x
        lengths[s] = math.sqrt(total)


@helper
def similar_sentences(
    left: Array, right: Array, to_right: Array, weights: Array, left_lengths: Array, right_lengths: Array,
    least: float, dots: Array, common: Array, pairs: Array, cosine: Array, dice: Array,
) -> Int:  # fmt: skip
    """Fill in the sentence pairs of cosine `least` or more, with their cosine and Dice of stem sets; how many they are.

    Only shared stems cost anything. `dots`, `common`: by right sentence, all zero before and after. A left sentence
    keeps its first `MOST_PARTNERS` pairs.
    """
    n = 0
    for s in range(len(left.first) - 1):
        for t in range(left.first[s], left.first[s + 1]):
            stem = left.ids[t]
            if to_right[stem] < 0:
                continue
            weight = weights[stem] * weights[stem] * np.float32(left.counts[t])
            u = right.by_stem[to_right[stem]]
            while u >= 0:
                dots[right.sentences[u]] += weight * np.float32(right.counts[u])
                common[right.sentences[u]] += 1
                u = right.next[u]
        terms = left.first[s + 1] - left.first[s]
        most = n + MOST_PARTNERS
        for r in range(len(right.first) - 1):
            if common[r] == 0:
                continue
            product = left_lengths[s] * right_lengths[r]
            if dots[r] >= least * product and product > 0 and n < most:
                pairs[n, 0], pairs[n, 1] = s, r
                cosine[n] = min(np.float32(1.0), dots[r] / product)
                dice[n] = 2.0 * common[r] / (terms + right.first[r + 1] - right.first[r])
                n += 1
            dots[r] = 0
            common[r] = 0
    return n
