"""The kernels of the alignment in plain Python: the definition of what each computes."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from dedup.compiled.arrays import F32, I32, U64


def cluster_seeds(seeds: I32, gap: int) -> list[list[tuple[int, int]]]:
    """Split along one side, then the other, until nothing splits."""
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


def best_stretch(values: list[float]) -> float:
    """The sum that `best_outside` finds on each side; an empty stretch gives 0."""
    sums = [sum(values[i:j]) for i in range(len(values)) for j in range(i + 1, len(values) + 1)]
    return max([0.0, *sums])


def number_stems(left: U64, right: U64) -> tuple[I32, I32, U64, I32]:
    """Numbers of both sides' words, the stems, and how often each stands."""
    number: dict[int, int] = {}
    ids = [number.setdefault(int(stem), len(number)) for stem in [*left, *right]]
    counts = np.bincount(ids, minlength=len(number)).astype(np.int32)
    both = np.array(ids, np.int32)
    return both[: len(left)], both[len(left) :], np.array(list(number), np.uint64), counts


def range_score(words: list[int], bag: list[int], probability: list[float], alpha: float) -> float:
    """The score of a range of words against a bag, from left to right."""
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


def common_runs(left: list[int], right: list[int], run: int) -> list[tuple[int, int, int]]:
    """From left to right, the longest match of at least `run` words at each place not matched before."""

    def length(i: int, j: int) -> int:
        n = 0
        while i + n < len(left) and j + n < len(right) and left[i + n] == right[j + n]:
            n += 1
        return n

    found, i = [], 0
    while i < len(left):
        best = max(((length(i, j), -j) for j in range(len(right))), default=(0, 0))
        if best[0] >= run:
            found.append((i, -best[1], best[0]))
        i += best[0] if best[0] >= run else 1
    return found


def similar_sentences(
    left: I32, left_bounds: I32, right: I32, right_bounds: I32, weights: F32, least: float
) -> tuple[list[tuple[int, int]], list[float], list[float]]:
    """Pairs, cosine, Dice, where both sides' stems are in one numbering."""

    def sentences(ids: I32, bounds: I32) -> list[dict[int, int]]:
        parts = [[int(w) for w in ids[a:b]] for a, b in pairwise(bounds)]
        return [{w: part.count(w) for w in part} for part in parts]

    def dot(a: dict[int, int], b: dict[int, int]) -> float:
        return sum(n * b[w] * float(weights[w]) ** 2 for w, n in a.items() if w in b)

    pairs, cosines, dices = [], [], []
    for i, a in enumerate(sentences(left, left_bounds)):
        for j, b in enumerate(sentences(right, right_bounds)):
            length = math.sqrt(dot(a, a) * dot(b, b))
            cosine = dot(a, b) / length if length else 0.0
            if cosine >= least and a.keys() & b.keys():
                pairs.append((i, j))
                cosines.append(min(1.0, cosine))
                dices.append(2 * len(a.keys() & b.keys()) / (len(a) + len(b)))
    return pairs, cosines, dices


def best_range(values: list[float], bounds: list[int], bonus: float) -> float:
    """The value of the range that `stretch_on_boundaries` finds; 0 where none is above it."""

    def value(i: int, j: int) -> float:
        return sum(values[i:j]) + bonus * (bounds[i] + bounds[j])

    n = len(values)
    return max([0.0, *(value(i, j) for i in range(n) for j in range(i + 1, n + 1))])


def heaviest_window(ids: list[int], size: int, weight: list[float]) -> float:
    """The greatest weight of the distinct stems in any `size` words in a row."""
    return max((sum(weight[w] for w in set(ids[i : i + size])) for i in range(len(ids))), default=0.0)
