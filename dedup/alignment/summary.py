"""Summaries: a stretch of one text that draws on the whole of the other, which sentence pairs cannot show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.alignment.bags import Bag, Scale, empty_bag, fill_bag, scale_of, word_value
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import SOFTENING, best_outside
from dedup.alignment.layout import longest
from dedup.alignment.numbering import Pairs, PairStart, Text, fields_of, pair_stems, pairs_of, texts_of
from dedup.alignment.ranges import ENDS, SIDES, End, Range
from dedup.compiled.arrays import F32, F64, I32, I64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_kernel
from dedup.models import Columns

SUMMARY_VERSION = "summary-1"  # of the features of a stretch
HIGHEST_CONTRAST = 1.5  # beyond it more contrast says no more (PAN13; 1.2 and 2 are no better)
LOCAL_FROM = 0.7  # share of the weight in one window from which a stretch starts to look local (PAN13; .6 and .8 alike)
LOCAL_WINDOW, NARROW_WINDOW = 1.5, 0.5  # times the stretch: windows of the other text (the first from the study)
LEAST_TEXT = 3.0  # times the stretch: a shorter text has no rest to compare with
LEAST_WEIGHT = 2.0  # nats: a lighter stem stands in most sentences and says nothing about where


class SummaryFeature(Columns):
    """What describes a stretch that may sum the other text up."""

    RATE = auto()  # score per word
    MATCHED = auto()  # share of its words that the other text holds
    CONTRAST = auto()  # ln of the score against the best other stretch, 0 where the rest of its text is too short
    LOCAL = auto()  # how much of its weight one window of the other text holds, above `LOCAL_FROM`
    NARROW = auto()  # the same for a narrow window, from 0
    RELATIVE = auto()  # ln of its length against the other text's
    CLAIMED = auto()  # share that accepted rectangles explain, at most 1


class Stretches(NamedTuple):
    """The stretch of either side that may sum the other one up. Shapes: `q` pairs."""

    ends: I32  # (q, 2, 2) words, by `Side` and `End`; both ends are 0 where there is none
    features: F64  # (q, 2, SummaryFeature) by `Side`; what is `CLAIMED` is not known yet


class SummarySettings(NamedTuple):
    """Which stretches may be summaries: values of `AlignConfig`."""

    alpha: float
    bonus: float
    share: float
    least_words: int
    evidence: float


class SummaryScratch(NamedTuple):
    """Memory for pairs of `v` stems."""

    bag: Bag
    least: F32  # (v,) as `Scale.least`
    weights: F32  # (v,) of the stems of a stretch; all 0 before and after it


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stretch of a text that the whole other text explains best."""

    words: Range
    claims: F64  # (k,) share of it that each refined rectangle explains
    described: F64  # (SummaryFeature) without what is `CLAIMED`

    @property
    def matched(self) -> float:
        """Share of its words that the other text holds."""
        return float(self.described[SummaryFeature.MATCHED])

    def features(self, accepted: NDArray[np.bool_]) -> F64:
        """Return its features, (SummaryFeature), given which rectangles (k,) pass their filter."""
        features = self.described.copy()
        features[SummaryFeature.CLAIMED] = min(1.0, float(self.claims[accepted].sum()))
        return features


def find_summaries(pairs: Pairs, asked: I64, config: AlignConfig) -> Stretches:
    """Return the stretch of each side that may sum the other one up, for the `asked` (q,) of some pairs."""
    v = longest(pairs.numbering.offsets[:, PairStart.STEMS])
    settings = SummarySettings(
        float(config.summary_alpha),
        float(config.boundary_bonus),
        float(config.summary_share),
        config.summary_words,
        float(config.summary_evidence),
    )
    memory = tuple(Bag.empty(v)), np.empty(v, np.float32), np.zeros(v, np.float32)
    found = Stretches(np.zeros((len(asked), SIDES, ENDS), np.int32), np.zeros((len(asked), SIDES, len(SummaryFeature))))
    find_stretches(fields_of(pairs), asked, tuple(settings), memory, tuple(found))
    return found


@borrowing
def stretch_on_boundaries(text: Text, bag: Bag, miss: float, bonus: float) -> tuple[Int, Int]:
    """The range with the best sum against the bag, with a bonus for each end on a sentence boundary (Kadane 1984)."""
    best, total = 0.0, -1e30
    first: Int = np.int64(0)
    last: Int = np.int64(0)
    start: Int = np.int64(0)
    for i in range(len(text.ids)):
        fresh = bonus if text.marks[i] else 0.0
        if total < fresh:
            total, start = fresh, i
        total += word_value(bag, text.ids[i], miss)
        value = total + bonus if text.marks[i + 1] else total
        if value > best:
            best, first, last = value, start, i + 1
    return first, last


@borrowing
def heaviest_window(ids: I32, size: Int, weight: F32, counts: I32) -> float:
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


@borrowing
def _sum_up(ids: I32, weight: F32, miss: float, scratch: SummaryScratch) -> tuple[float, Int, float]:
    """The score of a stretch against the bag, how many of its words the bag holds, and the weight of their stems.

    The scratch gets the weights of those stems.
    """
    bag, weights = scratch.bag, scratch.weights
    score, matched, total = 0.0, 0, 0.0
    for stem in ids:
        score += word_value(bag, stem, miss)
        if bag.room[stem] > 0:
            matched += 1
            if weights[stem] == 0 and weight[stem] >= LEAST_WEIGHT:
                weights[stem] = weight[stem]
                total += weight[stem]
    return score, matched, total


@borrowing
def _describe(
    text: Text, first: Int, last: Int, whole: I32, weight: F32, miss: float, least: float, scratch: SummaryScratch,
    row: F64,
) -> bool:  # fmt: skip
    """Fill in the features of a stretch of a text, if it scores `least`; whether it does. The bag holds `whole`."""
    bag, weights, words = scratch.bag, scratch.weights, last - first
    score, matched, total = _sum_up(text.ids[first:last], weight, miss, scratch)
    enough: bool = score > 0.0 and score >= least
    if enough:
        rest = best_outside(text.ids, first, last, bag, miss)
        empty_bag(bag)
        contrast = math.log((score + SOFTENING) / (rest + SOFTENING))
        contrast = contrast if len(text.ids) >= LEAST_TEXT * words else 0.0
        total = max(total, 1e-9)
        local = heaviest_window(whole, int(LOCAL_WINDOW * words), weights, bag.room) / total
        row[SummaryFeature.RATE], row[SummaryFeature.MATCHED] = score / words, matched / words
        row[SummaryFeature.CONTRAST] = min(max(contrast, 0.0), HIGHEST_CONTRAST)
        row[SummaryFeature.LOCAL] = max(0.0, local - LOCAL_FROM)
        row[SummaryFeature.NARROW] = heaviest_window(whole, int(NARROW_WINDOW * words), weights, bag.room) / total
        row[SummaryFeature.RELATIVE] = math.log(words / len(whole))
    for i in range(first, last):
        weights[text.ids[i]] = 0
    return enough


@borrowing
def _find_stretch(
    text: Text, whole: I32, scale: Scale, weight: F32, settings: SummarySettings, scratch: SummaryScratch, ends: I32,
    row: F64,
) -> None:  # fmt: skip
    """Fill in the ends and features of the stretch of a text that sums the `whole` other one up, if there is one."""
    most = settings.share * len(whole)
    if len(whole) * settings.share < settings.least_words:
        return
    miss = math.log(1.0 - settings.alpha)
    empty_bag(scratch.bag)
    fill_bag(scratch.bag, whole, np.int64(0), len(whole), scale)
    first, last = stretch_on_boundaries(text, scratch.bag, miss, settings.bonus)
    if last <= first or not settings.least_words <= last - first <= most:
        return
    if _describe(text, first, last, whole, weight, miss, settings.evidence, scratch, row):
        ends[End.FIRST], ends[End.LAST] = first, last


@borrowing_kernel
def find_stretches(fields: Fields, asked: I64, chosen: Fields, memory: Fields, result: Fields) -> None:
    """Fill the result; see `find_summaries`."""
    pairs, settings, found = pairs_of(fields), SummarySettings(*chosen), Stretches(*result)
    scratch = SummaryScratch(Bag(*memory[0]), memory[1], memory[2])
    for q in range(len(asked)):
        p = asked[q]
        left, right = texts_of(pairs, p)
        begin, end = pair_stems(pairs, p)
        weight = pairs.numbering.weights[begin:end]
        for side in range(SIDES):
            text, whole = (right, left.ids) if side else (left, right.ids)
            scale = scale_of(pairs, p, scratch.least, settings.alpha, max(1, len(whole)))
            _find_stretch(text, whole, scale, weight, settings, scratch, found.ends[q, side], found.features[q, side])
        empty_bag(scratch.bag)
