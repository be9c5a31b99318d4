"""How well the rest of a text would explain a range of the other: what chance and the shared topic give for nothing."""

from __future__ import annotations

import math

import numpy as np

from dedup.alignment.bags import Bag, TextPair, hold_range, turned_to, word_value
from dedup.alignment.ranges import SIDES, End
from dedup.compiled.arrays import F64, I32
from dedup.compiled.decorators import Int, borrowing

SOFTENING = 5.0  # nats added to both scores of a contrast: the size of one rare word
WIDEST = 8192  # words on either side of a rectangle that are searched: passages are many where texts are long


@borrowing
def best_outside(ids: I32, first: Int, last: Int, bag: Bag, miss: float) -> float:
    """Best sum over a stretch of words before `first` or from `last` on, against the bag (Kadane 1984)."""
    best, total = 0.0, 0.0
    for i in range(len(ids) - (last - first)):
        if i == first:
            total = 0.0
        total += word_value(bag, ids[i if i < first else i + last - first], miss)
        total = max(total, 0.0)
        best = max(best, total)
    return best


@borrowing
def other_stretches(pair: TextPair, rectangle: I32, best: F64) -> None:
    """The scores of the best stretches outside a rectangle for the other side's range, by `Side`; (2,).

    They are looked for in the `WIDEST` words before and after it.
    """
    miss = math.log(1.0 - pair.scale.alpha)
    for side in range(SIDES):
        text, other, bag = turned_to(pair, side)
        first, last = np.int64(rectangle[side, End.FIRST]), np.int64(rectangle[side, End.LAST])
        best[side] = 0.0
        if first > 0 or last < len(text.ids):
            hold_range(bag, other, rectangle[1 - side], pair.scale)
            begin = max(np.int64(0), first - WIDEST)
            best[side] = best_outside(text.ids[begin : last + WIDEST], first - begin, last - begin, bag, miss)


def log_ratio(value: F64, other: F64, softening: float) -> F64:
    """Return ln of the ratio of two scores that are at or above 0, softened so that small ones do not decide."""
    result: F64 = np.log((np.maximum(value, 0.0) + softening) / (other + softening))
    return result
