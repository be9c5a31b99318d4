"""Summaries: a stretch of one text that draws on the whole of the other, which sentence pairs cannot show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.alignment.candidates import bags_for, sides_of
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import SOFTENING, best_stretch
from dedup.alignment.numbering import BOTH, Numbering
from dedup.alignment.refine import Scale, empty_bag, fill_bag
from dedup.alignment.words import F64, I64, Articles, longest
from dedup.text.machine import Array, Int, helper, kernel

SUMMARY_FEATURES = ("rate", "matched", "contrast", "local", "narrow", "relative", "claimed")
HIGHEST_CONTRAST = 1.5  # beyond it more contrast says no more (PAN13; 1.2 and 2 are no better)
LOCAL_FROM = 0.7  # share of the weight in one window from which a stretch starts to look local (PAN13; .6 and .8 alike)
LOCAL_WINDOW, NARROW_WINDOW = 1.5, 0.5  # times the stretch: windows of the other text (the first from the study)
LEAST_TEXT = 3.0  # times the stretch: a shorter text has no rest to compare with
LEAST_WEIGHT = 2.0  # nats: a lighter stem stands in most sentences and says nothing about where


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stretch of a text that the whole other text explains best."""

    first: int
    last: int
    score: float
    claims: F64  # (k,) share of it that each refined rectangle explains
    shape: tuple[float, ...]  # all `SUMMARY_FEATURES` but the last

    def features(self, accepted: NDArray[np.bool_]) -> F64:
        """`SUMMARY_FEATURES`, given which rectangles pass their filter.

        rate: score per word; matched: share of its words that the other text holds; contrast: ln of the score against
        the best other stretch, 0 where the rest of its text is too short to tell; local: how much of its weight one
        window of the other text holds, above `LOCAL_FROM`; narrow: the same for a narrow window, from 0; relative: ln
        of its length against the other text's; claimed: share that accepted rectangles explain, at most 1.
        """
        return np.array([*self.shape, min(1.0, float(self.claims[accepted].sum()))])


def find_summaries(articles: Articles, numbering: Numbering, pairs: I64, asked: I64, config: AlignConfig) -> F64:
    """The stretch of each side that may sum the other one up, for the `asked` (q,) of some pairs (p, 2).

    Shape (q, 2, 9), left side first: first and last word, the same where there is none, score, and the features of
    `Stretch.shape`.
    """
    found = np.zeros((len(asked), 2, 3 + len(SUMMARY_FEATURES) - 1))
    v = longest(numbering.offsets[:, BOTH])
    find_stretches(
        articles.offsets, articles.ids, articles.marks, pairs, asked, numbering.offsets, numbering.right_ids,
        numbering.shared, numbering.probability, numbering.weights, float(config.summary_alpha),
        float(config.boundary_bonus), float(config.summary_share), config.summary_words,
        float(config.summary_evidence), np.zeros((2, v), np.float32), bags_for(v)[0], found,
    )  # fmt: skip
    return found


def best_range_plainly(values: list[float], bounds: list[int], bonus: float) -> float:
    """The readable reference of the value of the range that `stretch_on_boundaries` finds; 0 where none is above it."""

    def value(i: int, j: int) -> float:
        return sum(values[i:j]) + bonus * (bounds[i] + bounds[j])

    n = len(values)
    return max([0.0, *(value(i, j) for i in range(n) for j in range(i + 1, n + 1))])


def heaviest_window_plainly(ids: list[int], size: int, weight: list[float]) -> float:
    """The readable reference of `heaviest_window`."""
    return max((sum(weight[w] for w in set(ids[i : i + size])) for i in range(len(ids))), default=0.0)


@helper
def stretch_on_boundaries(side: Array, bag: Array, miss: float, bonus: float) -> tuple[int, int]:
    """The range with the best sum against the bag, with a bonus for each end on a sentence boundary (Kadane 1984)."""
    best, first, last = 0.0, 0, 0
    total, start = -1e30, 0
    for i in range(len(side.ids)):
        fresh = bonus if side.marks[i] else 0.0
        if total < fresh:
            total, start = fresh, i
        total += bag.gain[side.ids[i]] if bag.room[side.ids[i]] > 0 else miss
        value = total + bonus if side.marks[i + 1] else total
        if value > best:
            best, first, last = value, start, i + 1
    return first, last


@helper
def heaviest_window(ids: Array, size: Int, weight: Array, counts: Array) -> float:
    """Greatest weight of the distinct stems in any `size` words in a row; `counts` is all zero before and after."""
    best, total = 0.0, 0.0
    for i in range(len(ids)):
        stem = ids[i]
        if counts[stem] == 0:
            total += weight[stem]
        counts[stem] += 1
        if i >= size:
            gone = ids[i - size]
            counts[gone] -= 1
            if counts[gone] == 0:
                total -= weight[gone]
        best = max(best, total)
    for stem in ids:
        counts[stem] = 0
    return best


@helper
def _held_share(ids: Array, first: int, last: int, bag: Array) -> float:
    """Share of the words first..last that the bag holds."""
    matched = 0
    for i in range(first, last):
        matched += 1 if bag.room[ids[i]] > 0 else 0
    return matched / (last - first)


@helper
def _mark_heavy(ids: Array, first: Int, last: Int, bag: Array, weights: Array, mine: Array) -> float:
    """Note the weights of the heavy stems of first..last that the bag holds in `mine`; their sum."""
    total = 0.0
    for i in range(first, last):
        stem = ids[i]
        if bag.room[stem] > 0 and mine[stem] == 0 and weights[stem] >= LEAST_WEIGHT:
            mine[stem] = weights[stem]
            total += weights[stem]
    return total


@helper
def _describe(
    text: Array, whole: Array, first: Int, last: Int, score: float, bag: Array, miss: float, weights: Array,
    mine: Array, out: Array,
) -> None:  # fmt: skip
    """Fill `out` with the features of a stretch; `bag` holds all of `whole`, and nothing afterwards."""
    words = last - first
    other = max(best_stretch(text, 0, first, bag, miss), best_stretch(text, last, len(text), bag, miss))
    contrast = math.log((score + SOFTENING) / (other + SOFTENING)) if len(text) >= LEAST_TEXT * words else 0.0
    matched = _held_share(text, first, last, bag)
    total = max(_mark_heavy(text, first, last, bag, weights, mine), 1e-9)
    empty_bag(bag)
    local = heaviest_window(whole, int(LOCAL_WINDOW * words), mine, bag.room) / total
    narrow = heaviest_window(whole, int(NARROW_WINDOW * words), mine, bag.room) / total
    for i in range(first, last):
        mine[text[i]] = 0
    out[0], out[1], out[2] = score / words, matched, min(max(contrast, 0.0), HIGHEST_CONTRAST)
    out[3], out[4], out[5] = max(0.0, local - LOCAL_FROM), narrow, math.log(words / len(whole))


@helper
def summary_stretch(
    side: Array, whole: Array, scale: Array, bag: Array, weights: Array, bonus: float, share: float, words: Int,
    evidence: float, mine: Array, out: Array,
) -> None:  # fmt: skip
    """Fill `out` with the stretch of one side that scores best against all words of the other, if it may be a summary.

    `mine`, by stem: all zero before and after.
    """
    if len(whole) * share < words:
        return
    miss = math.log(1.0 - scale.alpha)
    fill_bag(bag, whole, 0, len(whole), scale)
    first, last = stretch_on_boundaries(side, bag, miss, bonus)
    score = 0.0
    for i in range(first, last):
        score += bag.gain[side.ids[i]] if bag.room[side.ids[i]] > 0 else miss
    if last > first and words <= last - first <= share * len(whole) and score > 0.0 and score >= evidence:
        out[0], out[1], out[2] = first, last, score
        _describe(side.ids, whole, first, last, score, bag, miss, weights, mine, out[3:])
    empty_bag(bag)


@kernel
def find_stretches(
    article_offsets: Array, ids: Array, marks: Array, pairs: Array, asked: Array, offsets: Array, right_ids: Array,
    shared: Array, probability: Array, weights: Array, alpha: float, bonus: float, share: float, words: Int,
    evidence: float, work: Array, bag: Array, out: Array,
) -> None:  # fmt: skip
    """Fill `out`; see `find_summaries`. `work` (2, v): all zero."""
    mine, never = work[0], work[1]
    for q in range(len(asked)):
        first, last = offsets[asked[q], BOTH], offsets[asked[q] + 1, BOTH]
        left, right = sides_of(article_offsets, ids, marks, right_ids, offsets, pairs, asked[q])
        for side in range(2):
            text, other = (right, left) if side else (left, right)
            for stem in range(last - first):
                never[stem] = 0
            scale = Scale(probability[first:last], shared[first:last], never, alpha, max(1, len(other.ids)))
            summary_stretch(
                text, other.ids, scale, bag, weights[first:last], bonus, share, words, evidence, mine, out[q, side]
            )
