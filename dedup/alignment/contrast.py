"""How well the rest of a text would explain a range of the other: what chance and the shared topic give for nothing."""

from __future__ import annotations

import math

from dedup.alignment.refine import fill_bag
from dedup.text.machine import Array, Int, helper

SOFTENING = 5.0  # nats added to both scores of a contrast: the size of one rare word


def best_stretch_plainly(values: list[float]) -> float:
    """The readable reference of the sum that `best_stretch` finds; an empty stretch gives 0."""
    sums = [sum(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)]
    return max([0.0, *sums])


@helper
def best_stretch(ids: Array, first: Int, last: Int, bag: Array, miss: float) -> float:
    """Best sum over a stretch of words first..last against the bag (Kadane 1984)."""
    best, total = 0.0, 0.0
    for i in range(first, last):
        total += bag.gain[ids[i]] if bag.room[ids[i]] > 0 else miss
        total = max(total, 0.0)
        best = max(best, total)
    return best


@helper
def _best_outside(
    ids: Array, first: Int, last: Int, bag: Array, other: Array, begin: Int, end: Int, scale: Array
) -> Array:
    """Best sum over a stretch before `first` or after `last`, against the words begin..end of the other text."""
    if first == 0 and last == len(ids):
        return 0.0
    miss = math.log(1.0 - scale.alpha)
    fill_bag(bag, other, begin, end, scale)
    return max(best_stretch(ids, 0, first, bag, miss), best_stretch(ids, last, len(ids), bag, miss))


@helper
def other_stretches(left: Array, right: Array, scale: Array, bags: Array, rectangles: Array, best: Array) -> None:
    """For each rectangle, the score of the best stretch outside it for the other side's range: (k, 2), left, right."""
    for k in range(len(rectangles)):
        a, b, c, d = rectangles[k]
        best[k, 0] = _best_outside(left.ids, a, b, bags[1], right.ids, c, d, scale)
        best[k, 1] = _best_outside(right.ids, c, d, bags[0], left.ids, a, b, scale)
