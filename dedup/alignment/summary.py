"""Summaries: a stretch of one text that draws on the whole of the other, which sentence pairs cannot show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.alignment.contrast import _best_stretch
from dedup.alignment.refine import _empty_bag, _fill_bag
from dedup.alignment.words import F32, F64, I32
from dedup.records import U8

SUMMARY_FEATURES = ("rate", "matched", "contrast", "local", "narrow", "relative", "claimed")
SOFTENING = 5.0  # nats added to both scores of the contrast: the size of one rare word
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


def best_summary(
    text: I32, bounds: U8, whole: I32, probability: F32, weights: F32, alpha: float, bonus: float
) -> tuple[int, int, float, tuple[float, ...]]:
    """The stretch of `text` (stem numbers) that scores best against all words of `whole`: first, last, score, shape.

    First and last are the same where none scores above 0.
    """
    first, last, score, other, matched, local, narrow = summary_stretch(
        text, bounds, whole, probability, weights, alpha, bonus
    )
    if last <= first or score <= 0.0:
        return 0, 0, 0.0, ()
    words = last - first
    contrast = math.log((score + SOFTENING) / (other + SOFTENING)) if len(text) >= LEAST_TEXT * words else 0.0
    contrast = min(max(contrast, 0.0), HIGHEST_CONTRAST)
    shape = (score / words, matched, contrast, max(0.0, local - LOCAL_FROM), narrow, math.log(words / len(whole)))
    return first, last, score, shape


def best_range_plainly(values: list[float], bounds: list[int], bonus: float) -> float:
    """The readable reference of the value of the range that `summary_stretch` finds; 0 where none is above it."""

    def value(i: int, j: int) -> float:
        return sum(values[i:j]) + bonus * (bounds[i] + bounds[j])

    n = len(values)
    return max([0.0, *(value(i, j) for i in range(n) for j in range(i + 1, n + 1))])


def heaviest_window_plainly(ids: list[int], size: int, weight: list[float]) -> float:
    """The readable reference of `heaviest_window`."""
    return max((sum(weight[w] for w in set(ids[i : i + size])) for i in range(len(ids))), default=0.0)


@njit("UniTuple(i8, 2)(i4[::1], u1[::1], f4[::1], i4[::1], f8, f8)", cache=True, nogil=True)
def _stretch_on_boundaries(ids: I32, bounds: U8, gain: F32, room: I32, miss: float, bonus: float) -> tuple[int, int]:
    """The range with the best sum against the bag, with a bonus for each end on a sentence boundary (Kadane 1984)."""
    best, first, last = 0.0, 0, 0
    total, start = -1e30, 0
    for i in range(len(ids)):
        fresh = bonus if bounds[i] else 0.0
        if total < fresh:
            total, start = fresh, i
        total += gain[ids[i]] if room[ids[i]] > 0 else miss
        value = total + bonus if bounds[i + 1] else total
        if value > best:
            best, first, last = value, start, i + 1
    return first, last


@njit("f8(i4[::1], i8, f4[::1], i4[::1])", cache=True, nogil=True)
def heaviest_window(ids: I32, size: int, weight: F32, counts: I32) -> float:
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


@njit(
    "Tuple((i8, i8, f8, f8, f8, f8, f8))(i4[::1], u1[::1], i4[::1], f4[::1], f4[::1], f8, f8)", cache=True, nogil=True
)
def summary_stretch(
    text: I32, bounds: U8, whole: I32, probability: F32, weights: F32, alpha: float, bonus: float
) -> tuple[int, int, float, float, float, float, float]:
    """First and last word of the stretch, its score, the best other one's, the shares matched, local and narrow."""
    gain = np.zeros(len(probability), np.float32)
    room = np.zeros(len(probability), np.int32)
    miss = math.log(1.0 - alpha)
    _fill_bag(whole, 0, len(whole), probability, alpha, max(1, len(whole)), gain, room)
    first, last = _stretch_on_boundaries(text, bounds, gain, room, miss, bonus)
    score, matched = 0.0, 0
    mine = np.zeros(len(probability), np.float32)
    total = 0.0
    for i in range(first, last):
        stem = text[i]
        score += gain[stem] if room[stem] > 0 else miss
        matched += 1 if room[stem] > 0 else 0
        if room[stem] > 0 and mine[stem] == 0 and weights[stem] >= LEAST_WEIGHT:
            mine[stem] = weights[stem]
            total += weights[stem]
    other = max(_best_stretch(text, 0, first, gain, room, miss), _best_stretch(text, last, len(text), gain, room, miss))
    _empty_bag(whole, 0, len(whole), room)
    words = max(1, last - first)
    local = heaviest_window(whole, int(LOCAL_WINDOW * words), mine, room) / max(total, 1e-9)
    narrow = heaviest_window(whole, int(NARROW_WINDOW * words), mine, room) / max(total, 1e-9)
    return first, last, score, other, matched / words, local, narrow
