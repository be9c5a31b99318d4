"""Figures of a ranking by probability, and of the probabilities themselves.

Public: `average_precision`, `auc`, `Point`, `curve`, `Bin`, `reliability`, `brier`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.evaluation.intervals import Flags, Numbers, Share, share_of

F64 = NDArray[np.float64]
EDGES = (0.0, 0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0)  # of the bins of probability
MOST_POINTS = 400  # of a curve: more cannot be seen


class Point(NamedTuple):
    """What comes of calling a copy whatever has at least this probability."""

    threshold: float
    precision: float
    recall: float


class Bin(NamedTuple):
    """Pairs of similar probability: the mean of what was said, and how many truly are copies."""

    low: float
    high: float
    said: float
    true: Share


def _ranked(probability: F64, copy: Flags) -> tuple[F64, NDArray[np.int64], NDArray[np.int64]]:
    """Return each different probability, falling, with the copies and the pairs that have at least this one."""
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    return falling[last], np.cumsum(copy[order])[last], last + 1


def curve(probability: F64, copy: Flags) -> list[Point]:
    """Return precision and recall at each threshold, from the highest; at most some hundred, evenly thinned."""
    if not copy.any():
        return []
    thresholds, true, called = _ranked(probability, copy)
    points = [
        Point(float(t), float(k / n), float(k / copy.sum())) for t, k, n in zip(thresholds, true, called, strict=True)
    ]
    step = max(1, len(points) // MOST_POINTS)
    return points[::step] if (len(points) - 1) % step == 0 else [*points[::step], points[-1]]


def average_precision(probability: F64, copy: Flags) -> float | None:
    """Return the mean of the precision over all copies found, from the most probable down (no interpolation).

    Pairs of one probability are taken together. None where no pair is a copy.
    """
    if not copy.any():
        return None
    _, true, called = _ranked(probability, copy)
    gained = np.diff(np.concatenate([[0], true])) / copy.sum()
    return float((gained * true / called).sum())


def auc(probability: F64, copy: Flags) -> float | None:
    """Return the share of couples of a copy and another pair in which the copy is more probable; a tie is half."""
    if copy.all() or not copy.any():
        return None
    others = np.sort(probability[~copy])
    mine = probability[copy]
    below = np.searchsorted(others, mine, "left") + np.searchsorted(others, mine, "right")
    return float(below.mean() / 2 / len(others))


def reliability(probability: F64, copy: Flags, groups: Numbers) -> list[Bin]:
    """Return the bins of probability that are not empty."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = (probability >= low) & ((probability < high) | (high == EDGES[-1]))
        if inside.any():
            bins.append(Bin(low, high, float(probability[inside].mean()), share_of(copy[inside], groups[inside])))
    return bins


def calibration_error(bins: list[Bin]) -> float:
    """Return the mean distance between what was said and what is true, over pairs, 0..1."""
    pairs = sum(one.true.pairs for one in bins)
    return sum(abs(one.said - (one.true.value or 0.0)) * one.true.pairs for one in bins) / max(1, pairs)


def brier(probability: F64, copy: Flags) -> float:
    """Return the mean square of the difference of probability and truth, 0..1; 0 is best (Brier 1950)."""
    return float(np.mean((probability - copy) ** 2))
