"""How well the rest of a text would explain a range of the other: what chance and the shared topic give for nothing."""

from __future__ import annotations

import numpy as np
from numba import njit

from dedup.alignment.refine import _empty_bag, _fill_bag
from dedup.alignment.words import F32, F64, I32


def best_stretch_plainly(values: list[float]) -> float:
    """The readable reference of the sum that `_best_stretch` finds; an empty stretch gives 0."""
    sums = [sum(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)]
    return max([0.0, *sums])


@njit("f8(i4[::1], i8, i8, f4[::1], i4[::1], f8)", cache=True, nogil=True)
def _best_stretch(ids: I32, first: int, last: int, gain: F32, room: I32, miss: float) -> float:
    """Best sum over a stretch of words first..last against the bag (Kadane 1984)."""
    best, total = 0.0, 0.0
    for i in range(first, last):
        total += gain[ids[i]] if room[ids[i]] > 0 else miss
        total = max(total, 0.0)
        best = max(best, total)
    return best


@njit("f8[:, ::1](i4[::1], i4[::1], f4[::1], i4[:, ::1], f8, f8, i8)", cache=True, nogil=True)
def other_stretches(
    left: I32, right: I32, probability: F32, rectangles: I32, left_alpha: float, right_alpha: float, window: int
) -> F64:
    """For each rectangle, the score of the best stretch outside it for the other side's range: (k, 2), left, right."""
    gain = np.zeros(len(probability), np.float32)
    room = np.zeros(len(probability), np.int32)
    left_miss, right_miss = np.log(1.0 - left_alpha), np.log(1.0 - right_alpha)
    best = np.zeros((len(rectangles), 2), np.float64)
    for k in range(len(rectangles)):
        a, b, c, d = rectangles[k]
        _fill_bag(right, c, d, probability, left_alpha, window, gain, room)
        before = _best_stretch(left, 0, a, gain, room, left_miss)
        best[k, 0] = max(before, _best_stretch(left, b, len(left), gain, room, left_miss))
        _empty_bag(right, c, d, room)
        _fill_bag(left, a, b, probability, right_alpha, window, gain, room)
        before = _best_stretch(right, 0, c, gain, room, right_miss)
        best[k, 1] = max(before, _best_stretch(right, d, len(right), gain, room, right_miss))
        _empty_bag(left, a, b, room)
    return best
