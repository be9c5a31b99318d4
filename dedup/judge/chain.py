"""Aligned sentences of two articles: partners, the best in-order chain, and whether they come in the same order.

The weight of the best in-order chain of sentence pairs is what tells a rewrite from an independent article on the same
event: quotes in common come in any order, a rewrite keeps the order of its source.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, F64, I32
from dedup.compiled.decorators import helper, kernel

ALIGNED = 0.3  # least cosine of a sentence that counts as aligned where order is measured
VERBATIM = 0.9  # least cosine of a sentence that was taken over as it is


@kernel
def chain_weights(pairs: I32, gains: F64, right_sentences: int) -> F64:
    """Return the greatest sum of gains over pairs that rise on the left and do not fall on the right.

    Two left sentences may share a right one that says both. The pairs are sorted by left, then right.
    Shapes: `gains` (p, kinds of gain) -> (kinds of gain,).
    """
    kinds = gains.shape[1]
    best = np.zeros((right_sentences + 1, kinds))  # Fenwick trees of prefix maxima over the right sentences
    done, total = np.empty((len(pairs), kinds)), np.zeros(kinds)
    first = 0
    while first < len(pairs):
        last = first
        while last < len(pairs) and pairs[last, 0] == pairs[first, 0]:
            for c in range(kinds):
                done[last, c] = 0.0
            at = np.int64(pairs[last, 1]) + 1
            while at > 0:
                for c in range(kinds):
                    done[last, c] = max(done[last, c], best[at, c])
                at -= at & -at
            for c in range(kinds):
                done[last, c] += gains[last, c]
                total[c] = max(total[c], done[last, c])
            last += 1
        for p in range(first, last):
            at = np.int64(pairs[p, 1]) + 1
            while at <= right_sentences:
                for c in range(kinds):
                    best[at, c] = max(best[at, c], done[p, c])
                at += at & -at
        first = last
    return total


@helper
def best_partners(pairs: I32, cosine: F32, side: int, sentences: int) -> tuple[I32, F32]:
    """Return the most similar sentence of the other article for each (-1: none), and the similarity; shape (m,)."""
    partner, value = np.full(sentences, -1, np.int32), np.zeros(sentences, np.float32)
    for p in range(len(pairs)):
        i = pairs[p, side]
        if cosine[p] > value[i]:
            value[i], partner[i] = cosine[p], pairs[p, 1 - side]
    return partner, value


@helper
def rising(partner: I32, value: F32, words: I32) -> tuple[float, float]:
    """Return the order of aligned sentences: longest rising run of partners / their number, neighbours in order.

    Both with a half's worth of two sentences added, so that a single aligned sentence proves next to nothing.
    """
    tails = np.empty(len(partner) + 1, np.int32)
    size, count, steps, kept, before = 0, 0, 0, 0, -1
    for i in range(len(partner)):
        if value[i] < ALIGNED or words[i] == 0:
            continue
        count += 1
        if before >= 0:
            steps += 1
            kept += 1 if 0 <= partner[i] - before <= 2 else 0
        before = partner[i]
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if tails[middle] <= partner[i]:
                low = middle + 1
            else:
                high = middle
        tails[low] = partner[i]
        size = max(size, low + 1)
    return (size + 1.0) / (count + 2.0), (kept + 1.0) / (steps + 2.0)
