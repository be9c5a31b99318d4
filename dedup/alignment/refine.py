"""Passage boundaries at word level: move each end to where the likelihood of reuse is greatest.

One side's range is held as a bag of words (`bags`), against which the words of the other side are scored. An end that
falls on a sentence boundary earns a bonus. Sides take turns until nothing moves.
"""

from __future__ import annotations

import math
from enum import IntEnum, auto
from typing import NamedTuple

import numpy as np

from dedup.alignment.bags import Bag, TextPair, empty_bag, hold_range, restore_bag, scale_of, turned_to
from dedup.alignment.clusters import Clusters, SortScratch, sort_stably
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import other_stretches
from dedup.alignment.layout import ArticleStart, longest
from dedup.alignment.numbering import Pairs, PairStart, Text, fields_of, pairs_of, texts_of
from dedup.alignment.ranges import ENDS, SIDES, End, Side
from dedup.compiled.arrays import F32, F64, I32, I64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_kernel
from dedup.models import Columns

ROUNDS = 5  # of alternating sides; ranges are stable before that in most cases (study)
MOST_UNIONS = 64  # times that rectangles are united, and sweeps at a time: a bound on what a text can be made to cost


class Need(IntEnum):
    """What a rectangle of a pair needs while the pair is refined."""

    NOTHING = 0
    REFINING = 1
    NO_MORE = 2  # it is united with another


class Measure(Columns):
    """Columns of what is known of either side of a refined rectangle."""

    SCORE = auto()  # nats
    MATCHED = auto()  # words that the other side pays for


class RefineSettings(NamedTuple):
    """How rectangles are refined: values of `AlignConfig`."""

    alpha: float
    locality: float
    reach: int
    bonus: float
    least: float


class Refined(NamedTuple):
    """Refined rectangles of `p` pairs, `k` in all."""

    offsets: I64  # (p + 1,) where each pair's begin
    rectangles: I32  # (k, 2, 2) words, by `Side` and `End`
    measures: F64  # (k, 2, Measure) by `Side`
    others: F64  # (k, 2) scores of the best other stretches, by `Side`


class RefineScratch(NamedTuple):
    """Memory for pairs of `v` stems."""

    left_bag: Bag
    right_bag: Bag
    least: F32  # (v,) as `Scale.least`
    needs: I32  # of the rectangles of a pair: `Need`
    sort: SortScratch  # of the rectangles of a pair by their first word on the left


def refine(pairs: Pairs, clusters: Clusters, config: AlignConfig) -> Refined:
    """Return the clusters of pairs as refined rectangles: those that score `least_evidence` nats or more.

    Rectangles of a pair that come to overlap on both sides are united. The memory of `clusters` is used up.
    """
    settings = RefineSettings(
        float(config.alpha),
        float(config.locality),
        config.reach,
        float(config.boundary_bonus),
        float(config.least_evidence),
    )
    n, k = longest(pairs.articles.offsets[:, ArticleStart.WORDS]), longest(clusters.offsets)
    v, total = longest(pairs.numbering.offsets[:, PairStart.STEMS]), len(clusters.rectangles)
    bags, sort = (tuple(Bag.empty(v)), tuple(Bag.empty(v))), tuple(SortScratch.empty(k, n + 1))
    memory = *bags, np.empty(v, np.float32), np.empty(k, np.int32), sort
    measures, others = np.zeros((total, SIDES, len(Measure))), np.empty((total, SIDES))
    found = Refined(np.zeros_like(clusters.offsets), clusters.rectangles, measures, others)
    refine_rectangles(fields_of(pairs), clusters.offsets, tuple(settings), memory, tuple(found))
    kept = found.offsets[-1]
    return Refined(found.offsets, found.rectangles[:kept], measures[:kept], others[:kept])


@borrowing
def _walk(
    text: Text, begin: Int, words: Int, step: Int, from_words: Int, bag: Bag, miss: float, bonus: float
) -> tuple[Int, float, Int]:
    """Score the words of one side against the bag, from `begin` on forwards or backwards (`step` 1 or -1).

    Returns how many words score best, of those from `from_words` to `words`; the score of all; how many the bag pays
    for. Each occurrence in the bag pays once, and pays again in the next walk.
    """
    restore_bag(bag)
    best, best_value, total, matched = words, -1e30, 0.0, 0
    for k in range(words):
        i = begin + step * k
        stem = text.ids[i]
        if bag.room[stem] > 0:
            total += bag.gain[stem]
            bag.room[stem] -= 1
            matched += 1
        else:
            total += miss
        if k + 1 >= from_words:
            value = total + bonus if text.marks[i + (step > 0)] else total
            if value > best_value:
                best, best_value = k + 1, value
    return best, total, matched


@borrowing
def refine_one(pair: TextPair, rectangle: I32, measures: F64, reach: Int, bonus: float) -> None:
    """Move the four ends of `rectangle` (2, 2) in place until stable, and fill in its `measures` (2, Measure).

    The loop has one place that fills a bag and one that walks, so that both become part of it.
    """
    miss = math.log(1.0 - pair.scale.alpha)
    moved, measuring, rounds = True, False, 0
    while not measuring:
        measuring = not moved or rounds == ROUNDS
        moved, rounds = False, rounds + 1
        for side in range(SIDES):
            text, other, bag = turned_to(pair, side)
            hold_range(bag, other, rectangle[1 - side], pair.scale)
            ends = rectangle[side]
            for backwards in range(1 if measuring else 2):
                first, last = np.int64(ends[End.FIRST]), np.int64(ends[End.LAST])
                begin, step, most = first, 1, last - first
                if backwards:
                    begin, step, most = last - 1, -1, last - max(0, first - reach)
                elif not measuring:
                    most = min(len(text.ids), last + reach) - first
                words, score, matched = _walk(text, begin, most, step, last - first - reach, bag, miss, bonus)
                if measuring:
                    measures[side, Measure.SCORE], measures[side, Measure.MATCHED] = score, matched
                elif backwards:
                    moved = moved or last - words != first
                    ends[End.FIRST] = last - words
                else:
                    moved = moved or first + words != last
                    ends[End.LAST] = first + words


@borrowing
def _overlap(one: I32, other: I32) -> bool:
    """Whether two rectangles overlap on both sides."""
    for side in range(SIDES):
        if one[side, End.FIRST] >= other[side, End.LAST] or other[side, End.FIRST] >= one[side, End.LAST]:
            return False
    return True


@borrowing
def _copy(target: Refined, k: Int, source: Refined, i: Int) -> None:
    for side in range(SIDES):
        for end in range(ENDS):
            target.rectangles[k, side, end] = source.rectangles[i, side, end]
        target.measures[k, side, Measure.SCORE] = source.measures[i, side, Measure.SCORE]
        target.measures[k, side, Measure.MATCHED] = source.measures[i, side, Measure.MATCHED]


@borrowing
def unite(some: Refined, needs: I32, n: Int, order: I32) -> Int:
    """Unite the first `n` rectangles where they overlap on both sides, in place; how many are left.

    A sweep along the left text, in which `order` sorts them, repeated until nothing changes. Measures travel with their
    rectangles; united ones need refining.
    """
    changed, sweeps = True, 0
    while changed and sweeps < MOST_UNIONS:
        changed, sweeps = False, sweeps + 1
        for i in range(n):
            for j in range(i + 1, n):
                p, q = order[i], order[j]
                one, other = some.rectangles[p], some.rectangles[q]
                if needs[p] == Need.NO_MORE or other[Side.LEFT, End.FIRST] >= one[Side.LEFT, End.LAST]:
                    break
                if needs[q] == Need.NO_MORE or not _overlap(one, other):
                    continue
                for side in range(SIDES):  # make the one the hull of both
                    one[side, End.FIRST] = min(one[side, End.FIRST], other[side, End.FIRST])
                    one[side, End.LAST] = max(one[side, End.LAST], other[side, End.LAST])
                needs[p], needs[q] = Need.REFINING, Need.NO_MORE
                changed = True
    k = 0
    for i in range(n):
        if needs[i] != Need.NO_MORE:
            _copy(some, k, some, i)
            needs[k] = needs[i]
            k += 1
    return k


@borrowing
def _refine_all(pair: TextPair, some: Refined, n: Int, settings: RefineSettings, scratch: RefineScratch) -> Int:
    """Refine and unite the first `n` rectangles, those of one pair, until nothing changes; how many are left."""
    needs, sort = scratch.needs, scratch.sort
    for k in range(n):
        needs[k] = Need.REFINING
    before, unions = n + 1, 0
    while n != before:
        unions += 1
        for k in range(n):
            if needs[k] == Need.REFINING:
                refine_one(pair, some.rectangles[k], some.measures[k], settings.reach, settings.bonus)
            needs[k], sort.keys[k], sort.order[k] = Need.NOTHING, some.rectangles[k, Side.LEFT, End.FIRST], k
        before = n
        if unions <= MOST_UNIONS:  # the last time round they are only refined
            sort_stably(sort.keys, n, len(pair.left.ids) + 1, sort.order, sort.other, sort.reached)
            n = unite(some, needs, n, sort.other)
    return n


@borrowing_kernel
def refine_rectangles(fields: Fields, rough: I64, chosen: Fields, memory: Fields, result: Fields) -> None:
    """Refine the rectangles of the result, where `rough` (p + 1,) says they begin, and fill in the rest; see
    `refine`."""
    kept = 0
    pairs, settings, found = pairs_of(fields), RefineSettings(*chosen), Refined(*result)
    scratch = RefineScratch(Bag(*memory[0]), Bag(*memory[1]), memory[2], memory[3], SortScratch(*memory[4]))
    for p in range(len(pairs.numbers)):
        if rough[p + 1] > rough[p]:
            left, right = texts_of(pairs, p)
            window = max(1, int((len(left.ids) + len(right.ids)) / settings.locality))
            scale = scale_of(pairs, p, scratch.least, settings.alpha, window)
            pair = TextPair(left, right, scratch.left_bag, scratch.right_bag, scale)
            some = Refined(rough, found.rectangles[rough[p] :], found.measures[rough[p] :], found.others)
            n = _refine_all(pair, some, rough[p + 1] - rough[p], settings, scratch)
            for k in range(n):
                score = some.measures[k, Side.LEFT, Measure.SCORE] + some.measures[k, Side.RIGHT, Measure.SCORE]
                if score >= settings.least:
                    _copy(found, kept, some, k)
                    other_stretches(pair, found.rectangles[kept], found.others[kept])
                    kept += 1
            empty_bag(pair.left_bag)
            empty_bag(pair.right_bag)
        found.offsets[p + 1] = kept
