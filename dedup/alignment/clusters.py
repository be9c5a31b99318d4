"""Similar sentences that stand close together on both sides, as rectangles of words: where refinement starts."""

from __future__ import annotations

from typing import NamedTuple

from dedup.alignment.words import I32, I64
from dedup.text.machine import Array, Int, helper


class Sorting(NamedTuple):
    """Scratch for `n` items with keys below `k`."""

    keys: I32  # (n,)
    order: I32  # (n,)
    other: I32  # (n,)
    reached: I64  # (k + 1,)


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


@helper
def sort_stably(keys: Array, n: Int, size: Int, order: Array, result: Array, reached: Array) -> None:
    """`result`: the first `n` items of `order`, stably sorted by `keys` (0 to `size` - 1), with a counting sort."""
    for k in range(size + 1):
        reached[k] = 0
    for i in range(n):
        reached[keys[i] + 1] += 1
    for k in range(size):
        reached[k + 1] += reached[k]
    for i in range(n):
        item = order[i]
        result[reached[keys[item]]] = item
        reached[keys[item]] += 1


@helper
def cluster_seeds(seeds: Array, n: Int, gap: Int, labels: Array, work: Array) -> Int:
    """Label the first `n` seeds: alternating splits along one side at jumps of more than `gap`, until stable.

    Returns how many labels there are; `work`: a `Sorting` for the seeds, sentence numbers and labels.
    """
    for i in range(n):
        labels[i] = 0
    count, unchanged, side = min(n, 1), 0, 0
    while unchanged < 2 and n > 0:
        size = 0
        for i in range(n):
            work.keys[i], work.order[i] = seeds[i, side], i
            size = max(size, seeds[i, side] + 1)
        sort_stably(work.keys, n, size, work.order, work.other, work.reached)
        sort_stably(labels, n, count, work.other, work.order, work.reached)
        fresh, label, reached = -1, -1, 0
        for k in range(n):
            item = work.order[k]
            if fresh < 0 or labels[item] != label or work.keys[item] - reached > gap:
                fresh += 1
            label, reached = labels[item], work.keys[item]
            labels[item] = fresh
        unchanged = unchanged + 1 if fresh + 1 == count else 0
        count, side = fresh + 1, 1 - side
    return count


@helper
def cluster_ranges(seeds: Array, n: Int, labels: Array, count: Int, left: Array, right: Array, ranges: Array) -> None:
    """Of each label, the words from its first to its last sentence on both sides; `left`, `right`: sentence bounds."""
    for k in range(count):
        ranges[k, 0], ranges[k, 1], ranges[k, 2], ranges[k, 3] = len(left), -1, len(right), -1
    for i in range(n):
        k = labels[i]
        for side in range(2):
            ranges[k, 2 * side] = min(ranges[k, 2 * side], seeds[i, side])
            ranges[k, 2 * side + 1] = max(ranges[k, 2 * side + 1], seeds[i, side])
    for k in range(count):
        ranges[k, 0], ranges[k, 1] = left[ranges[k, 0]], left[ranges[k, 1] + 1]
        ranges[k, 2], ranges[k, 3] = right[ranges[k, 2]], right[ranges[k, 3] + 1]
