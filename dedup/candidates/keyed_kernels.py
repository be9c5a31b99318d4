"""The compiled part of `keyed` that the join of all articles at once does not have."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.candidates.kernels import keep_best, shared_rarity
from dedup.compiled.decorators import Array, Int, kernel


@kernel
def best_of_pairs(
    signatures: Array, full: Array, pairs: Array, classes: Array, rarity: Array, threshold: Any, best: Int, out: Array
) -> tuple[Int, Int]:
    """The best pairs of each left row into `out`, as `count_collisions` chooses them; how many, and how many lost out.

    `pairs` are rows of `signatures`, which stand in the order of their ranks, sorted by the left one.
    """
    scores = np.empty(best, np.float32)
    lost: Int = 0
    found, first = 0, 0
    while first < len(pairs):
        left, last, kept = np.int64(pairs[first, 0]), first, 0
        while last < len(pairs) and pairs[last, 0] == left:
            right = np.int64(pairs[last, 1])
            weight = shared_rarity(signatures, left, right, classes, rarity)
            score = np.float32(weight) / np.float32(min(full[left], full[right]))
            if score >= threshold:
                lost += np.int64(kept == best)
                kept = keep_best(score, right, kept, best, found, scores, out)
            last += 1
        out[found : found + kept, 0] = left
        found, first = found + kept, last
    return found, lost
