"""Passage boundaries at word level: move each end to where the likelihood of reuse is greatest.

One side's range is held as a bag of words (counts c, size n). A word of the other side that the bag holds scores
ln((1 - a) + a c / (n f)) with f its probability in the language, any other word ln(1 - a): the log-likelihood ratio
of "drawn from the bag with chance a" against "ordinary language". Each occurrence in the bag pays only once, so that
a frequent word cannot carry a range on. An end that falls on a sentence boundary earns a bonus.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, I64, U8
from dedup.compiled.decorators import Array, Int, borrowing

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
    held: I32  # (v, 2) the stems it holds, and how often
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


@borrowing
def _gain(share: float, probability: float, alpha: float) -> float:
    return math.log((1.0 - alpha) + alpha * share / probability)


@borrowing
def empty_bag(bag: Array) -> None:
    """Make the bag hold nothing."""
    for k in range(bag.state[2]):
        bag.room[bag.held[k, 0]] = 0
    bag.state[0] = bag.state[1] = bag.state[2] = 0


@borrowing
def _restore_bag(bag: Array) -> None:
    """Make the bag pay for all that it holds again."""
    for k in range(bag.state[2]):
        bag.room[bag.held[k, 0]] = bag.held[k, 1]


@borrowing
def fill_bag(bag: Array, ids: Array, first: Int, last: Int, scale: Array) -> None:
    """Make the bag hold the words first..last, if it does not yet; only those whose stems both sides have matter."""
    if bag.state[0] == first and bag.state[1] == last:
        _restore_bag(bag)
        return
    for k in range(bag.state[2]):
        bag.room[bag.held[k, 0]] = 0
    n, size = 0, max(1, last - first)
    for i in range(first, last):
        stem = ids[i]
        if scale.shared[stem]:
            if bag.room[stem] == 0:
                bag.held[n, 0] = stem
                n += 1
            bag.room[stem] += 1
    for k in range(n):
        stem = bag.held[k, 0]
        count = bag.room[stem]
        bag.held[k, 1] = count
        gain = scale.least[stem]
        if gain == 0 or count * scale.window > size:
            share = max(count / size, 1.0 / scale.window)
            gain = np.float32(_gain(share, scale.probability[stem], scale.alpha))
            if count * scale.window <= size:
                scale.least[stem] = gain
        bag.gain[stem] = gain
    bag.state[0], bag.state[1], bag.state[2] = first, last, n


@borrowing
def _walk(
    side: Array, begin: Int, words: Int, step: Int, from_words: Int, bag: Array, miss: float, bonus: float
) -> Array:
    """Score the words of one side against the bag, from `begin` on forwards or backwards (`step` 1 or -1).

    Returns how many words score best, of those from `from_words` to `words`; the score of all; how many the bag pays
    for. Each occurrence in the bag pays once, and pays again in the next walk.
    """
    _restore_bag(bag)
    best, best_value, total, matched = words, -1e30, 0.0, 0
    for k in range(words):
        i = begin + step * k
        stem = side.ids[i]
        if bag.room[stem] > 0:
            total += bag.gain[stem]
            bag.room[stem] -= 1
            matched += 1
        else:
            total += miss
        if k + 1 >= from_words:
            value = total + bonus if side.marks[i + (step > 0)] else total
            if value > best_value:
                best, best_value = k + 1, value
    return best, total, matched


@borrowing
def refine_one(
    left: Array, right: Array, scale: Array, left_bag: Array, right_bag: Array, rectangle: Array, measures: Array,
    reach: Int, bonus: float,
) -> None:  # fmt: skip
    """Move the four ends of `rectangle` in place until stable, and fill in its `measures`."""
    miss = math.log(1.0 - scale.alpha)
    moved, measuring, rounds = True, False, 0
    while not measuring:
        measuring = not moved or rounds == ROUNDS
        moved, rounds = False, rounds + 1
        for side in range(2):
            text, other, bag = (right, left, left_bag) if side else (left, right, right_bag)
            fill_bag(bag, other.ids, np.int64(rectangle[2 - 2 * side]), np.int64(rectangle[3 - 2 * side]), scale)
            for backwards in range(1 if measuring else 2):
                first, last = np.int64(rectangle[2 * side]), np.int64(rectangle[2 * side + 1])
                begin, step, most = first, 1, last - first
                if backwards:
                    begin, step, most = last - 1, -1, last - max(0, first - reach)
                elif not measuring:
                    most = min(len(text.ids), last + reach) - first
                best, total, matched = _walk(text, begin, most, step, last - first - reach, bag, miss, bonus)
                if measuring:
                    measures[side], measures[2 + side] = total, matched
                elif backwards:
                    moved = moved or last - best != first
                    rectangle[2 * side] = last - best
                else:
                    moved = moved or first + best != last
                    rectangle[2 * side + 1] = first + best


@borrowing
def unite(rectangles: Array, measures: Array, dirty: Array, n: Int, order: Array) -> Int:
    """Unite the first `n` rectangles where they overlap on both sides, in place; how many are left.

    A sweep along the left text, in which `order` sorts them, repeated until nothing changes. Measures travel with their
    rectangles; united ones are marked dirty.
    """
    changed = True
    while changed:
        changed = False
        for i in range(n):
            for j in range(i + 1, n):
                p, q = order[i], order[j]
                if dirty[p] == GONE or rectangles[q, 0] >= rectangles[p, 1]:
                    break
                apart = rectangles[p, 0] >= rectangles[q, 1]
                apart = apart or rectangles[p, 2] >= rectangles[q, 3] or rectangles[q, 2] >= rectangles[p, 3]
                if apart or dirty[q] == GONE:
                    continue
                for side in range(0, 4, 2):  # make the one the hull of both
                    rectangles[p, side] = min(rectangles[p, side], rectangles[q, side])
                    rectangles[p, side + 1] = max(rectangles[p, side + 1], rectangles[q, side + 1])
                dirty[p], dirty[q] = DIRTY, GONE
                changed = True
    k = 0
    for i in range(n):
        if dirty[i] != GONE:
            for side in range(MEASURES):  # a rectangle has as many numbers
                rectangles[k, side], measures[k, side] = rectangles[i, side], measures[i, side]
            dirty[k] = dirty[i]
            k += 1
    return k
