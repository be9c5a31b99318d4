"""How well the rest of a text would explain a range of the other: what chance and the shared topic give for nothing."""

from __future__ import annotations

import math

import numpy as np

from dedup.alignment.refine import fill_bag
from dedup.compiled.arrays import F64
from dedup.compiled.decorators import Array, Int, borrowing

SOFTENING = 5.0  # nats added to both scores of a contrast: the size of one rare word


def best_stretch_plainly(values: list[float]) -> float:
    """The readable reference of the sum that `best_outside` finds on each side; an empty stretch gives 0."""
    sums = [sum(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)]
    return max([0.0, *sums])


@borrowing
def best_outside(ids: Array, first: Int, last: Int, bag: Array, miss: float) -> float:
    """Best sum over a stretch of words before `first` or from `last` on, against the bag (Kadane 1984)."""
    best, total = 0.0, 0.0
    for i in range(len(ids) - (last - first)):
        if i == first:
            total = 0.0
        stem = ids[i if i < first else i + last - first]
        total += bag.gain[stem] if bag.room[stem] > 0 else miss
        total = max(total, 0.0)
        best = max(best, total)
    return best


@borrowing
def other_stretches(
    left: Array, right: Array, scale: Array, left_bag: Array, right_bag: Array, rectangle: Array, best: Array
) -> None:
    """The scores of the best stretches outside a rectangle for the other side's range, left and right; (2,)."""
    miss = math.log(1.0 - scale.alpha)
    for side in range(2):
        text, other, bag = (right, left, left_bag) if side else (left, right, right_bag)
        first, last = np.int64(rectangle[2 * side]), np.int64(rectangle[2 * side + 1])
        best[side] = 0.0
        if first > 0 or last < len(text.ids):
            fill_bag(bag, other.ids, np.int64(rectangle[2 - 2 * side]), np.int64(rectangle[3 - 2 * side]), scale)
            best[side] = best_outside(text.ids, first, last, bag, miss)


def log_ratio(value: F64, other: F64, softening: float) -> F64:
    """ln of the ratio of two scores that are at or above 0, softened so that small ones do not decide."""
    result: F64 = np.log((np.maximum(value, 0.0) + softening) / (other + softening))
    return result
