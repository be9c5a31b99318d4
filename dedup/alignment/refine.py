"""Passage boundaries at word level: move each end to where the likelihood of reuse is greatest.

One side's range is held as a bag of words (counts c, size n). A word of the other side that the bag holds scores
ln((1 - a) + a c / (n f)) with f its probability in the language, any other word ln(1 - a): the log-likelihood ratio
of "drawn from the bag with chance a" against "ordinary language". Each occurrence in the bag pays only once, so that
a frequent word cannot carry a range on. An end that falls on a sentence boundary earns a bonus.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dedup.alignment.clusters import sort_stably
from dedup.alignment.words import F32, I32, I64
from dedup.records import U8
from dedup.text.machine import Array, Int, helper

ROUNDS = 5  # of alternating sides; ranges are stable before that in most cases (DESIGN finding 4)
CLEAN, DIRTY, GONE = 0, 1, 2  # a rectangle that is refined, one to refine, one that another has swallowed
MEASURES = 4  # numbers that describe a refined rectangle: score left, score right, words matched left, matched right


class Side(NamedTuple):
    """One article of a pair as refinement reads it. Shapes: `n` words."""

    ids: I32  # (n,) stem in the numbering of the pair
    marks: U8  # (n + 1,) 1 where a sentence begins, and at the end


class Scale(NamedTuple):
    """What a word in a bag is worth. Shapes: `v` stems."""

    probability: F32  # (v,)
    shared: U8  # (v,) 1 for the stems that both articles have: nothing asks what any other one is worth
    least: F32  # (v,) the least gain of a word that a bag holds, once computed; 0 before
    alpha: float  # chance that a reused word comes from the other side
    window: int  # a word that a bag holds counts for at least one in so many


class Bag(NamedTuple):
    """A range of one side as a bag of words, as the other side sees it; empty to begin with. Shapes: `v` stems."""

    gain: F32  # (v,) what each occurrence of a stem it holds is worth, nats
    room: I32  # (v,) how many occurrences it still pays for, 0 for stems it does not hold
    held: I32  # (v,) the stems it holds
    state: I64  # (3,) first and last word of the range, and the number of stems held


def range_score_plainly(words: list[int], bag: list[int], probability: list[float], alpha: float) -> float:
    """The readable reference of the score of a range of words against a bag, from left to right."""
    left = {w: bag.count(w) for w in bag}
    counts = dict(left)
    total = 0.0
    for w in words:
        if left.get(w, 0) > 0:
            total += math.log((1 - alpha) + alpha * counts[w] / (len(bag) * probability[w]))
            left[w] -= 1
        else:
            total += math.log(1 - alpha)
    return total


@helper
def _gain(share: float, probability: float, alpha: float) -> float:
    return math.log((1.0 - alpha) + alpha * share / probability)


@helper
def empty_bag(bag: Array) -> None:
    """Make the bag hold nothing."""
    for k in range(bag.state[2]):
        bag.room[bag.held[k]] = 0
    bag.state[0] = bag.state[1] = bag.state[2] = 0


@helper
def fill_bag(bag: Array, ids: Array, first: Int, last: Int, scale: Array) -> None:
    """Make the bag hold the words first..last, if it does not yet; only those whose stems both sides have matter."""
    if bag.state[0] == first and bag.state[1] == last:
        return
    empty_bag(bag)
    n, size = 0, max(1, last - first)
    for i in range(first, last):
        stem = ids[i]
        if scale.shared[stem]:
            if bag.room[stem] == 0:
                bag.held[n] = stem
                n += 1
            bag.room[stem] += 1
    for k in range(n):
        stem = bag.held[k]
        if bag.room[stem] * scale.window > size:
            bag.gain[stem] = _gain(bag.room[stem] / size, scale.probability[stem], scale.alpha)
        else:
            if scale.least[stem] == 0:
                scale.least[stem] = _gain(1.0 / scale.window, scale.probability[stem], scale.alpha)
            bag.gain[stem] = scale.least[stem]
    bag.state[0], bag.state[1], bag.state[2] = first, last, n


@helper
def _best_end(side: Array, first: Int, last: Int, reach: Int, bag: Array, miss: float, bonus: float) -> Int:
    """The end within `reach` words of `last` that makes the range from `first` score best."""
    best, best_value, total = last, -1e30, 0.0
    stop = min(len(side.ids), last + reach)
    for i in range(first, stop):
        stem = side.ids[i]
        if bag.room[stem] > 0:
            total += bag.gain[stem]
        else:
            total += miss
        bag.room[stem] -= 1
        if i + 1 >= last - reach:
            value = total + bonus if side.marks[i + 1] else total
            if value > best_value:
                best, best_value = i + 1, value
    for i in range(first, stop):
        bag.room[side.ids[i]] += 1
    return best


@helper
def _best_start(side: Array, first: Int, last: Int, reach: Int, bag: Array, miss: float, bonus: float) -> Int:
    """The start within `reach` words of `first` that makes the range up to `last` score best."""
    best, best_value, total = first, -1e30, 0.0
    stop = max(0, first - reach)
    for i in range(last - 1, stop - 1, -1):
        stem = side.ids[i]
        if bag.room[stem] > 0:
            total += bag.gain[stem]
        else:
            total += miss
        bag.room[stem] -= 1
        if i <= first + reach:
            value = total + bonus if side.marks[i] else total
            if value > best_value:
                best, best_value = i, value
    for i in range(stop, last):
        bag.room[side.ids[i]] += 1
    return best


@helper
def _score(side: Array, first: Int, last: Int, bag: Array, miss: float) -> tuple[float, float]:
    """The score of a range against the bag, and how many of its words the bag pays for."""
    total, matched = 0.0, 0
    for i in range(first, last):
        stem = side.ids[i]
        if bag.room[stem] > 0:
            total += bag.gain[stem]
            matched += 1
        else:
            total += miss
        bag.room[stem] -= 1
    for i in range(first, last):
        bag.room[side.ids[i]] += 1
    return total, float(matched)


@helper
def _refine_one(
    left: Array, right: Array, scale: Array, bags: Array, rectangle: Array, measures: Array, reach: Int, bonus: float
) -> None:
    """Move the four ends of `rectangle` in place until stable, and fill in its `measures`."""
    left_bag, right_bag = bags
    miss = math.log(1.0 - scale.alpha)
    a, b, c, d = int(rectangle[0]), int(rectangle[1]), int(rectangle[2]), int(rectangle[3])
    for _ in range(ROUNDS):
        before = (a, b, c, d)
        fill_bag(right_bag, right.ids, c, d, scale)
        b = _best_end(left, a, b, reach, right_bag, miss, bonus)
        a = _best_start(left, a, b, reach, right_bag, miss, bonus)
        fill_bag(left_bag, left.ids, a, b, scale)
        d = _best_end(right, c, d, reach, left_bag, miss, bonus)
        c = _best_start(right, c, d, reach, left_bag, miss, bonus)
        if (a, b, c, d) == before:
            break
    fill_bag(right_bag, right.ids, c, d, scale)
    measures[0], measures[2] = _score(left, a, b, right_bag, miss)
    fill_bag(left_bag, left.ids, a, b, scale)
    measures[1], measures[3] = _score(right, c, d, left_bag, miss)
    rectangle[0], rectangle[1], rectangle[2], rectangle[3] = a, b, c, d


@helper
def _unite(p: Array, q: Array) -> bool:
    """Make `p` the hull of both where they overlap on both sides."""
    if p[0] >= q[1] or q[0] >= p[1] or p[2] >= q[3] or q[2] >= p[3]:
        return False
    p[0], p[1] = min(p[0], q[0]), max(p[1], q[1])
    p[2], p[3] = min(p[2], q[2]), max(p[3], q[3])
    return True


@helper
def _merge(rectangles: Array, measures: Array, dirty: Array, n: Int, words: Int, work: Array, reached: Array) -> Int:
    """Unite the first `n` rectangles where they overlap on both sides, in place; how many are left.

    A sweep from left to right over a text of `words` words, repeated until nothing changes. Measures travel with their
    rectangles; united ones are marked dirty. `work` (4, n), `reached` (words + 2,): scratch.
    """
    keys, other_order, order = work[0], work[1], work[2]
    for i in range(n):
        keys[i], other_order[i] = rectangles[i, 0], i
    sort_stably(keys, n, words + 1, other_order, order, reached)
    changed = True
    while changed:
        changed = False
        for i in range(n):
            for j in range(i + 1, n):
                one, other = order[i], order[j]
                if dirty[one] == GONE or rectangles[other, 0] >= rectangles[one, 1]:
                    break
                if dirty[other] != GONE and _unite(rectangles[one], rectangles[other]):
                    dirty[one], dirty[other] = DIRTY, GONE
                    changed = True
    k = 0
    for i in range(n):
        if dirty[i] != GONE:
            for side in range(MEASURES):  # a rectangle has as many numbers
                rectangles[k, side], measures[k, side] = rectangles[i, side], measures[i, side]
            dirty[k] = dirty[i]
            k += 1
    return k


@helper
def refine(
    left: Array, right: Array, scale: Array, bags: Array, rectangles: Array, measures: Array, n: Int,
    reach: Int, bonus: float, work: Array, reached: Array,
) -> Int:  # fmt: skip
    """Refine the first `n` rectangles of words in place, uniting those that come to overlap on both sides.

    Returns how many are left, and fills in their measures (n, 4): score left, score right, words matched left, right.
    `bags`: what the right side sees of the left one, and the other way round; `work` (4, n), `reached`: scratch.
    """
    dirty = work[3]
    for i in range(n):
        dirty[i] = DIRTY
    before = -1
    while n != before:
        for i in range(n):
            if dirty[i] == DIRTY:
                _refine_one(left, right, scale, bags, rectangles[i], measures[i], reach, bonus)
                dirty[i] = CLEAN
        before = n
        n = _merge(rectangles, measures, dirty, n, len(left.ids), work, reached)
    return n
