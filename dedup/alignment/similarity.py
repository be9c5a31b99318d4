"""TF-IDF similarity of the sentences of two articles: the seeds of passages, and the judge's measure of order.

Terms are stems. The weight of a stem is -ln of the chance that a sentence contains it (inverse sentence frequency),
where that chance blends the background of news with the two articles at hand.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit

from dedup.alignment.words import F32, I32, Pair, StemFrequencies, pair_of
from dedup.records import Tokens

MOST_PARTNERS = 64  # pairs kept of one left sentence, the first ones: text that repeats itself must not fill the memory
BACKGROUND_SHARE = 0.6  # of a word's probability, the rest is its frequency in the pair (DESIGN finding 4)


def sentence_pairs(left: Tokens, right: Tokens, frequencies: StemFrequencies, least: float) -> tuple[I32, F32]:
    """Pairs of sentences whose TF-IDF cosine is at least `least` (0..1, above 0).

    Returns `(pairs, cosine)`: shape (p, 2), the left and the right sentence's number in `Tokens.sentences`, sorted;
    and shape (p,), 0..1. Page furniture is ignored.
    """
    pair = pair_of(left, right, frequencies)
    found, cosine, _ = similar_sentences(*sentence_terms(pair), stem_weights(pair), least, 0.0)
    return original_numbers(pair, found), cosine


def sentence_terms(pair: Pair) -> tuple[I32, I32, I32, I32]:
    """The first four arguments of `similar_sentences`."""
    return pair.left_ids, pair.left.sentences, pair.right_ids, pair.right.sentences


def original_numbers(pair: Pair, found: I32) -> I32:
    """Sentence pairs numbered as in the articles' `Tokens`, furniture included; shape (p, 2)."""
    return np.stack([pair.left.numbers[found[:, 0]], pair.right.numbers[found[:, 1]]], axis=1)


def word_probability(pair: Pair, background_share: float = BACKGROUND_SHARE) -> F32:
    """Probability of each stem, blended from background and pair; shape (v,), 0..1."""
    total = max(1, int(pair.counts.sum()))
    blended = background_share * pair.probability + (1.0 - background_share) / total * pair.counts
    return blended.astype(np.float32)


def stem_weights(pair: Pair, background_share: float = BACKGROUND_SHARE) -> F32:
    """Inverse sentence frequency of each stem: -ln of the chance that a sentence of average length contains it."""
    words = len(pair.left_ids) + len(pair.right_ids)
    length = words / max(1, len(pair.left.numbers) + len(pair.right.numbers))
    weights: F32 = -np.log(-np.expm1(-length * word_probability(pair, background_share)))
    return weights.astype(np.float32)


def similar_sentences_plainly(
    left: I32, left_bounds: I32, right: I32, right_bounds: I32, weights: F32, least: float, least_dice: float
) -> tuple[list[tuple[int, int]], list[float], list[float]]:
    """The readable reference of `similar_sentences`."""

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
            dice = 2 * len(a.keys() & b.keys()) / (len(a) + len(b))
            if cosine >= least and dice >= least_dice:
                pairs.append((i, j))
                cosines.append(min(1.0, cosine))
                dices.append(dice)
    return pairs, cosines, dices


@njit("Tuple((i4[::1], i4[::1], i4[::1]))(i4[::1], i4[::1], i8)", cache=True, nogil=True)
def _terms(ids: I32, bounds: I32, size: int) -> tuple[I32, I32, I32]:
    """Each sentence's distinct stems: where each sentence's begin (m + 1,), the stems, and their counts."""
    m = len(bounds) - 1
    first = np.zeros(m + 1, np.int32)
    stems = np.empty(len(ids), np.int32)
    counts = np.empty(len(ids), np.int32)
    place = np.full(size, -1, np.int32)
    n = 0
    for s in range(m):
        for i in range(bounds[s], bounds[s + 1]):
            at = place[ids[i]]
            if at >= first[s]:
                counts[at] += 1
            else:
                place[ids[i]] = n
                stems[n] = ids[i]
                counts[n] = 1
                n += 1
        first[s + 1] = n
    return first, stems[:n].copy(), counts[:n].copy()


@njit("Tuple((i4[::1], i4[::1], i4[::1]))(i4[::1], i4[::1], i4[::1], i8)", cache=True, nogil=True)
def _postings(first: I32, stems: I32, counts: I32, size: int) -> tuple[I32, I32, I32]:
    """The sentences of each stem: where each stem's begin (size + 1,), the sentences, and the counts there."""
    start = np.zeros(size + 1, np.int32)
    for stem in stems:
        start[stem + 1] += 1
    for stem in range(size):
        start[stem + 1] += start[stem]
    reached = start[:size].copy()
    where = np.empty(len(stems), np.int32)
    count = np.empty(len(stems), np.int32)
    for s in range(len(first) - 1):
        for i in range(first[s], first[s + 1]):
            at = reached[stems[i]]
            where[at] = s
            count[at] = counts[i]
            reached[stems[i]] = at + 1
    return start, where, count


@njit("f4[::1](i4[::1], i4[::1], i4[::1], f4[::1])", cache=True, nogil=True)
def _lengths(first: I32, stems: I32, counts: I32, weights: F32) -> F32:
    """Euclidean length of each sentence's weighted term vector."""
    lengths = np.zeros(len(first) - 1, np.float32)
    for s in range(len(lengths)):
        total = np.float32(0.0)
        for i in range(first[s], first[s + 1]):
            x = weights[stems[i]] * np.float32(counts[i])
            total += x * x
        lengths[s] = math.sqrt(total)
    return lengths


@njit("Tuple((i4[:, ::1], f4[::1], f4[::1]))(i4[:, ::1], f4[::1], f4[::1])", cache=True, nogil=True)
def _doubled(pairs: I32, cosine: F32, dices: F32) -> tuple[I32, F32, F32]:
    """The same arrays with twice the room."""
    n = len(pairs)
    more = np.empty((2 * n, 2), np.int32), np.empty(2 * n, np.float32), np.empty(2 * n, np.float32)
    for i in range(n):  # element by element: array assignments take numba seconds to compile
        more[0][i, 0], more[0][i, 1] = pairs[i, 0], pairs[i, 1]
        more[1][i], more[2][i] = cosine[i], dices[i]
    return more


@njit(
    "Tuple((i4[:, ::1], f4[::1], f4[::1]))(i4[::1], i4[::1], i4[::1], i4[::1], f4[::1], f8, f8)",
    cache=True,
    nogil=True,
)
def similar_sentences(
    left: I32, left_bounds: I32, right: I32, right_bounds: I32, weights: F32, least: float, least_dice: float
) -> tuple[I32, F32, F32]:
    """Sentence pairs with cosine and Dice of their stem sets at least as given: pairs (p, 2), cosine, Dice (p,).

    Postings of the right sentences are added up per left sentence, so that only shared stems cost anything. A left
    sentence keeps its first `MOST_PARTNERS` pairs.
    """
    size = len(weights)
    first, stems, counts = _terms(left, left_bounds, size)
    right_first, right_stems, right_counts = _terms(right, right_bounds, size)
    start, where, count = _postings(right_first, right_stems, right_counts, size)
    lengths = _lengths(first, stems, counts, weights)
    right_lengths = _lengths(right_first, right_stems, right_counts, weights)
    m = len(right_lengths)
    dots = np.zeros(m, np.float32)
    common = np.zeros(m, np.int32)
    pairs, cosine, dices = np.empty((64, 2), np.int32), np.empty(64, np.float32), np.empty(64, np.float32)
    n = 0
    for s in range(len(lengths)):
        for i in range(first[s], first[s + 1]):
            stem = stems[i]
            weight = weights[stem] * weights[stem] * np.float32(counts[i])
            for k in range(start[stem], start[stem + 1]):
                dots[where[k]] += weight * np.float32(count[k])
                common[where[k]] += 1
        terms = first[s + 1] - first[s]
        most = n + MOST_PARTNERS
        for r in range(m):
            if common[r] > 0:
                product = lengths[s] * right_lengths[r]
                dice = 2.0 * common[r] / (terms + right_first[r + 1] - right_first[r])
                if dots[r] >= least * product and dice >= least_dice and product > 0 and n < most:
                    if n == len(pairs):
                        pairs, cosine, dices = _doubled(pairs, cosine, dices)
                    pairs[n, 0], pairs[n, 1] = s, r
                    cosine[n], dices[n] = min(np.float32(1.0), dots[r] / product), dice
                    n += 1
                dots[r] = 0
                common[r] = 0
    return pairs[:n], cosine[:n], dices[:n]
