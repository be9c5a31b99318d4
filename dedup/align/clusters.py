"""Similar sentences that stand close together on both sides, as rectangles of words: where refinement starts."""

from __future__ import annotations

import numpy as np
from numba import njit

from dedup.align.words import I32, I64, Pair


def rectangles(pair: Pair, seeds: I32, gap: int) -> I32:
    """The word ranges that clusters of similar sentences span; (p, 2) -> (k, 4) left first, last, right first, last.

    Inside a cluster neighbouring seeds are at most `gap` sentences apart on both sides.
    """
    if not len(seeds):
        return np.empty((0, 4), np.int32)
    labels = cluster_seeds(seeds, gap)
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    low = np.minimum.reduceat(seeds[order], starts)
    high = np.maximum.reduceat(seeds[order], starts) + 1
    left, right = pair.left.sentences, pair.right.sentences
    return np.stack([left[low[:, 0]], left[high[:, 0]], right[low[:, 1]], right[high[:, 1]]], axis=1)


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
def _stable_order(keys: I64, order: I64, size: int) -> I64:
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
    count, unchanged, side = 1, 0, 0
    keys = np.empty(n, np.int64)
    while unchanged < 2:
        keys[:] = seeds[:, side]
        order = _stable_order(keys, np.arange(n), keys.max() + 1 if n else 1)
        order = _stable_order(labels, order, count)
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
