"""Summaries: a stretch of one text that draws on the whole of the other, which sentence pairs cannot show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.alignment.candidates import empty_bags
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import SOFTENING, best_outside
from dedup.alignment.numbering import BOTH, WORD, Numbering
from dedup.alignment.refine import Scale, Side, empty_bag, fill_bag
from dedup.alignment.words import WORDS, Articles, longest
from dedup.compiled.arrays import F64, I64
from dedup.compiled.decorators import Array, Int, borrowing, borrowing_kernel

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
        float(config.summary_evidence), np.zeros((2, v), np.float32), empty_bags(v)[0], found,
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


@borrowing
def stretch_on_boundaries(side: Array, bag: Array, miss: float, bonus: float) -> Array:
    """The range with the best sum against the bag, with a bonus for each end on a sentence boundary (Kadane 1984)."""
    best, total = 0.0, -1e30
    first: Int = np.int64(0)
    last: Int = np.int64(0)
    start: Int = np.int64(0)
    for i in range(len(side.ids)):
        fresh = bonus if side.marks[i] else 0.0
        if total < fresh:
            total, start = fresh, i
        total += bag.gain[side.ids[i]] if bag.room[side.ids[i]] > 0 else miss
        value = total + bonus if side.marks[i + 1] else total
        if value > best:
            best, first, last = value, start, i + 1
    return first, last


@borrowing
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


@borrowing_kernel
def find_stretches(
    article_offsets: Array, ids: Array, marks: Array, pairs: Array, asked: Array, offsets: Array, right_ids: Array,
    shared: Array, probability: Array, weights: Array, alpha: float, bonus: float, share: float, least_words: Int,
    evidence: float, work: Array, bag: Array, out: Array,
) -> None:  # fmt: skip
    """Fill `out`; see `find_summaries`. `work` (2, v): all zero."""
    mine, never = work[0], work[1]
    miss = math.log(1.0 - alpha)
    for q in range(len(asked)):
        begin, end = offsets[asked[q], BOTH], offsets[asked[q] + 1, BOTH]
        p = asked[q]
        a, b = pairs[p, 0], pairs[p, 1]
        own, own_end = article_offsets[a, WORDS], article_offsets[a + 1, WORDS]
        mark, mark_end = article_offsets[b, WORDS] + b, article_offsets[b + 1, WORDS] + b + 1
        left = Side(ids[own:own_end], marks[own + a : own_end + a + 1])
        right = Side(right_ids[offsets[p, WORD] : offsets[p + 1, WORD]], marks[mark:mark_end])
        weight = weights[begin:end]
        for side in range(2):
            text, other = (right, left) if side else (left, right)
            whole = other.ids
            if len(whole) * share < least_words:
                continue
            empty_bag(bag)
            for stem in range(end - begin):
                never[stem] = 0
            scale = Scale(probability[begin:end], shared[begin:end], never, alpha, max(1, len(whole)))
            fill_bag(bag, whole, np.int64(0), len(whole), scale)
            first, last = stretch_on_boundaries(text, bag, miss, bonus)
            words = last - first
            if words <= 0 or not least_words <= words <= share * len(whole):
                continue
            score, matched, total = 0.0, 0, 0.0
            for i in range(first, last):
                stem = text.ids[i]
                score += bag.gain[stem] if bag.room[stem] > 0 else miss
                if bag.room[stem] > 0:
                    matched += 1
                    if mine[stem] == 0 and weight[stem] >= LEAST_WEIGHT:
                        mine[stem] = weight[stem]
                        total += weight[stem]
            if score > 0.0 and score >= evidence:
                row = out[q, side]
                rest = best_outside(text.ids, first, last, bag, miss)
                empty_bag(bag)
                for k in range(2):
                    size = int((NARROW_WINDOW if k else LOCAL_WINDOW) * words)
                    row[6 + k] = heaviest_window(whole, size, mine, bag.room) / max(total, 1e-9)
                contrast = math.log((score + SOFTENING) / (rest + SOFTENING))
                contrast = contrast if len(text.ids) >= LEAST_TEXT * words else 0.0
                row[0], row[1], row[2], row[3], row[4] = first, last, score, score / words, matched / words
                row[5], row[6] = min(max(contrast, 0.0), HIGHEST_CONTRAST), max(0.0, row[6] - LOCAL_FROM)
                row[8] = math.log(words / len(whole))
            for i in range(first, last):
                mine[text.ids[i]] = 0
        empty_bag(bag)
