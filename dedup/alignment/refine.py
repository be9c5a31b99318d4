"""Passage boundaries at word level: move each end to where the likelihood of reuse is greatest.

One side's range is held as a bag of words (counts c, size n). A word of the other side that the bag holds scores
ln((1 - a) + a c / (n f)) with f its probability in the language, any other word ln(1 - a): the log-likelihood ratio
of "drawn from the bag with chance a" against "ordinary language". Each occurrence in the bag pays only once, so that
a frequent word cannot carry a range on. An end that falls on a sentence boundary earns a bonus.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from dedup.alignment.clusters import stable_order
from dedup.alignment.words import F32, F64, I32
from dedup.records import U8

ROUNDS = 5  # of alternating sides; ranges are stable before that in most cases (DESIGN finding 4)
MEASURES = 4  # numbers that describe a refined rectangle: score left, score right, words matched left, matched right


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


@njit("void(i4[::1], i8, i8, f4[::1], f8, i8, f4[::1], i4[::1])", cache=True, nogil=True)
def _fill_bag(
    ids: I32, first: int, last: int, probability: F32, alpha: float, window: int, gain: F32, room: I32
) -> None:
    """Make `gain` and `room` (both by stem; room all zero before) those of the bag of the words first..last."""
    for i in range(first, last):
        room[ids[i]] += 1
    size = max(1, last - first)
    for i in range(first, last):
        stem = ids[i]
        share = max(room[stem] / size, 1.0 / window)
        gain[stem] = math.log((1.0 - alpha) + alpha * share / probability[stem])


@njit("void(i4[::1], i8, i8, i4[::1])", cache=True, nogil=True)
def _empty_bag(ids: I32, first: int, last: int, room: I32) -> None:
    for i in range(first, last):
        room[ids[i]] = 0


@njit("i8(i4[::1], u1[::1], i8, i8, i8, f4[::1], i4[::1], f8, f8)", cache=True, nogil=True)
def _best_end(
    ids: I32, bounds: U8, first: int, last: int, reach: int, gain: F32, room: I32, miss: float, bonus: float
) -> int:
    """The end within `reach` words of `last` that makes the range from `first` score best."""
    best, best_value, total = last, -1e30, 0.0
    stop = min(len(ids), last + reach)
    for i in range(first, stop):
        stem = ids[i]
        if room[stem] > 0:
            total += gain[stem]
        else:
            total += miss
        room[stem] -= 1
        if i + 1 >= last - reach:
            value = total + bonus if bounds[i + 1] else total
            if value > best_value:
                best, best_value = i + 1, value
    for i in range(first, stop):
        room[ids[i]] += 1
    return best


@njit("i8(i4[::1], u1[::1], i8, i8, i8, f4[::1], i4[::1], f8, f8)", cache=True, nogil=True)
def _best_start(
    ids: I32, bounds: U8, first: int, last: int, reach: int, gain: F32, room: I32, miss: float, bonus: float
) -> int:
    """The start within `reach` words of `first` that makes the range up to `last` score best."""
    best, best_value, total = first, -1e30, 0.0
    stop = max(0, first - reach)
    for i in range(last - 1, stop - 1, -1):
        stem = ids[i]
        if room[stem] > 0:
            total += gain[stem]
        else:
            total += miss
        room[stem] -= 1
        if i <= first + reach:
            value = total + bonus if bounds[i] else total
            if value > best_value:
                best, best_value = i, value
    for i in range(stop, last):
        room[ids[i]] += 1
    return best


@njit("UniTuple(f8, 2)(i4[::1], i8, i8, f4[::1], i4[::1], f8)", cache=True, nogil=True)
def _score(ids: I32, first: int, last: int, gain: F32, room: I32, miss: float) -> tuple[float, float]:
    """The score of a range against the bag, and how many of its words the bag pays for."""
    total, matched = 0.0, 0
    for i in range(first, last):
        stem = ids[i]
        if room[stem] > 0:
            total += gain[stem]
            matched += 1
        else:
            total += miss
        room[stem] -= 1
    for i in range(first, last):
        room[ids[i]] += 1
    return total, float(matched)


@njit("void(i4[::1], i4[::1], u1[::1], u1[::1], f4[::1], i4[::1], f8[::1], f4[::1], i4[::1], f8, f8, i8, i8, f8)",
      cache=True, nogil=True)  # fmt: skip
def _refine_one(
    left: I32, right: I32, left_bounds: U8, right_bounds: U8, probability: F32, rectangle: I32, measures: F64,
    gain: F32, room: I32, left_alpha: float, right_alpha: float, window: int, reach: int, bonus: float,
) -> None:  # fmt: skip
    """Move the four ends of `rectangle` in place until stable, and fill in its `measures`."""
    left_miss, right_miss = math.log(1.0 - left_alpha), math.log(1.0 - right_alpha)
    a, b, c, d = int(rectangle[0]), int(rectangle[1]), int(rectangle[2]), int(rectangle[3])
    for _ in range(ROUNDS):
        before = (a, b, c, d)
        _fill_bag(right, c, d, probability, left_alpha, window, gain, room)
        b = _best_end(left, left_bounds, a, b, reach, gain, room, left_miss, bonus)
        a = _best_start(left, left_bounds, a, b, reach, gain, room, left_miss, bonus)
        _empty_bag(right, c, d, room)
        _fill_bag(left, a, b, probability, right_alpha, window, gain, room)
        d = _best_end(right, right_bounds, c, d, reach, gain, room, right_miss, bonus)
        c = _best_start(right, right_bounds, c, d, reach, gain, room, right_miss, bonus)
        _empty_bag(left, a, b, room)
        if (a, b, c, d) == before:
            break
    _fill_bag(right, c, d, probability, left_alpha, window, gain, room)
    measures[0], measures[2] = _score(left, a, b, gain, room, left_miss)
    _empty_bag(right, c, d, room)
    _fill_bag(left, a, b, probability, right_alpha, window, gain, room)
    measures[1], measures[3] = _score(right, c, d, gain, room, right_miss)
    _empty_bag(left, a, b, room)
    rectangle[0], rectangle[1], rectangle[2], rectangle[3] = a, b, c, d


@njit("b1(i4[::1], i4[::1])", cache=True, nogil=True)
def _unite(p: I32, q: I32) -> bool:
    """Make `p` the hull of both where they overlap on both sides."""
    if p[0] >= q[1] or q[0] >= p[1] or p[2] >= q[3] or q[2] >= p[3]:
        return False
    p[0], p[1] = min(p[0], q[0]), max(p[1], q[1])
    p[2], p[3] = min(p[2], q[2]), max(p[3], q[3])
    return True


@njit("i8(i4[:, ::1], f8[:, ::1], u1[::1], i8, i8)", cache=True, nogil=True)
def _merge(rectangles: I32, measures: F64, dirty: U8, n: int, words: int) -> int:
    """Unite the first `n` rectangles where they overlap on both sides, in place; how many are left.

    A sweep from left to right over a text of `words` words, repeated until nothing changes. Measures travel with their
    rectangles; united ones are marked dirty.
    """
    alive = np.ones(n, np.uint8)
    keys, order = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):  # element by element: array assignments take numba seconds to compile
        keys[i], order[i] = rectangles[i, 0], i
    order = stable_order(keys, order, words + 1)
    changed = True
    while changed:
        changed = False
        for i in range(n):
            for j in range(i + 1, n):
                one, other = order[i], order[j]
                if not alive[one] or rectangles[other, 0] >= rectangles[one, 1]:
                    break
                if alive[other] and _unite(rectangles[one], rectangles[other]):
                    alive[other] = 0
                    dirty[one] = 1
                    changed = True
    k = 0
    for i in range(n):
        if alive[i]:
            for side in range(MEASURES):  # a rectangle has as many numbers
                rectangles[k, side], measures[k, side] = rectangles[i, side], measures[i, side]
            dirty[k] = dirty[i]
            k += 1
    return k


@njit("Tuple((i4[:, ::1], f8[:, ::1]))(i4[::1], i4[::1], u1[::1], u1[::1], f4[::1], i4[:, ::1], f8, f8, i8, i8, f8)",
      cache=True, nogil=True)  # fmt: skip
def refine(
    left: I32, right: I32, left_bounds: U8, right_bounds: U8, probability: F32, rectangles: I32,
    left_alpha: float, right_alpha: float, window: int, reach: int, bonus: float,
) -> tuple[I32, F64]:  # fmt: skip
    """Refine rectangles of words, uniting those that come to overlap on both sides.

    `left`, `right`: stem numbers; `..._bounds` (n + 1,): 1 where a sentence begins or the text ends; `probability` by
    stem. Returns the rectangles (k, 4) and their measures (k, 4): score left, score right, words matched left, right.
    """
    n = len(rectangles)
    rectangles = rectangles.copy()
    measures = np.zeros((n, MEASURES), np.float64)
    dirty = np.ones(n, np.uint8)
    gain = np.zeros(len(probability), np.float32)
    room = np.zeros(len(probability), np.int32)
    while True:
        for i in range(n):
            if dirty[i]:
                _refine_one(left, right, left_bounds, right_bounds, probability, rectangles[i], measures[i], gain,
                            room, left_alpha, right_alpha, window, reach, bonus)  # fmt: skip
        dirty[:] = 0
        before = n
        n = _merge(rectangles, measures, dirty, before, len(left))
        if n == before:
            return rectangles[:n].copy(), measures[:n].copy()
