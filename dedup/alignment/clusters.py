"""Similar sentences that stand close together on both sides, as rectangles of words: where refinement starts."""

from __future__ import annotations

import numpy as np
from numba import njit

from dedup.alignment.words import I32, I64, Pair


def rectangles(pair: Pair, seeds: I32, gap: int) -> I32:
    """The word ranges that clusters of similar sentences span; (p, 2) -> (k, 4) left first, last, right first, last.

    Inside a cluster neighbouring seeds are at most `gap` sentences apart on both sides.
    """
    return cluster_ranges(seeds, cluster_seeds(seeds, gap), pair.left.sentences, pair.right.sentences)


def cluster_seeds_plainly(seeds: I32, gap: int) -> list[list[tuple[int, int]]]:
    """The readable reference of `cluster_seeds`: split along one side, then the other, until nothing splits."""
    clusters = [sorted((int(a), int(b)) for a, b in seeds)]
    while True:
        before = len(clusters)
        for side in (0, 1):
            parts: list[list[tuple[int, int]]] = []
            for cluster in clusters:
                reached: int | None = None
                for seed in sorted(cluster, key=lambda s: s[side]):
                    if reached is None or seed[side] - reached > gap:
                        parts.append([])
                    parts[-1].append(seed)
                    reached = seed[side]
            clusters = parts
        if len(clusters) == before:
            return sorted(sorted(c) for c in clusters)


@njit("i8[::1](i8[::1], i8[::1], i8)", cache=True, nogil=True)
def stable_order(keys: I64, order: I64, size: int) -> I64:
    """`order`, stably sorted by `keys` (0 to `size` - 1): a counting sort."""
    reached = np.zeros(size + 1, np.int64)
    for key in keys:
        reached[key + 1] += 1
    for k in range(size):
        reached[k + 1] += reached[k]
    result = np.empty_like(order)
    for item in order:
        result[reached[keys[item]]] = item
        reached[keys[item]] += 1
    return result


@njit("i8[::1](i4[:, ::1], i8)", cache=True, nogil=True)
def cluster_seeds(seeds: I32, gap: int) -> I64:
    """A label for each seed: alternating one-dimensional splits at jumps of more than `gap`, until stable."""
    n = len(seeds)
    labels = np.zeros(n, np.int64)
    if n == 0:
        return labels
    count, unchanged, side = 1, 0, 0
    keys, order = np.empty(n, np.int64), np.empty(n, np.int64)
    while unchanged < 2:
        size = 0
        for i in range(n):  # element by element: array assignments take numba seconds to compile
            keys[i], order[i] = seeds[i, side], i
            size = max(size, seeds[i, side] + 1)
        order = stable_order(keys, order, size)
        order = stable_order(labels, order, count)
        fresh = np.empty(n, np.int64)
        new = 0
        for k in range(n):
            item = order[k]
            if k > 0 and (labels[item] != labels[order[k - 1]] or keys[item] - keys[order[k - 1]] > gap):
                new += 1
            fresh[item] = new
        unchanged = unchanged + 1 if new + 1 == count else 0
        labels, count, side = fresh, new + 1, 1 - side
    return labels


@njit("i4[:, ::1](i4[:, ::1], i8[::1], i4[::1], i4[::1])", cache=True, nogil=True)
def cluster_ranges(seeds: I32, labels: I64, left: I32, right: I32) -> I32:
    """Of each label, the words from its first to its last sentence on both sides; `left`, `right`: sentence bounds."""
    count = 0
    for label in labels:
        count = max(count, label + 1)
    ranges = np.empty((count, 4), np.int32)
    for one in ranges:
        one[0], one[1], one[2], one[3] = len(left), -1, len(right), -1
    for i in range(len(seeds)):
        one = ranges[labels[i]]
        one[0], one[1] = min(one[0], seeds[i, 0]), max(one[1], seeds[i, 0])
        one[2], one[3] = min(one[2], seeds[i, 1]), max(one[3], seeds[i, 1])
    for one in ranges:
        one[0], one[1], one[2], one[3] = left[one[0]], left[one[1] + 1], right[one[2]], right[one[3] + 1]
    return ranges
