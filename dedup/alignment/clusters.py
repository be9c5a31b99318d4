"""Similar sentences that stand close together on both sides, as rectangles of words: where refinement starts."""

from __future__ import annotations

import numpy as np

from dedup.alignment.similarity import SentencePairs
from dedup.alignment.words import FIRST_WORD, SENTENCES, Articles, longest, sentences_of
from dedup.compiled.arrays import I32, I64
from dedup.compiled.decorators import Array, Int, borrowing, borrowing_kernel

NOT_YET = np.int32(2**31 - 1)  # above every number of a sentence


def find_clusters(articles: Articles, pairs: I64, similar: SentencePairs, least: float, gap: int) -> tuple[I64, I32]:
    """The word ranges that clusters of similar sentences span, for each pair of articles.

    Seeds are the pairs of sentences of Dice `least` or more; inside a cluster neighbouring ones are at most `gap`
    sentences apart on both sides. Returns where each pair's clusters begin, (p + 1,), and (k, 4): words, left first,
    left last, right first, right last.
    """
    strong = similar.dice >= np.float32(least)
    before = np.zeros(len(strong) + 1, np.int64)
    strong.cumsum(out=before[1:])
    offsets = before[similar.offsets]
    seeds, found = similar.sentences[strong], np.zeros(len(pairs) + 1, np.int64)
    ranges, n = np.empty((len(seeds), 4), np.int32), longest(offsets)
    size = max(n, longest(articles.offsets[:, SENTENCES])) + 1
    cluster_seeds(
        articles.offsets, articles.sentences, pairs, offsets, seeds, gap, np.empty((4, n), np.int32),
        np.empty(size, np.int32), found, ranges,
    )  # fmt: skip
    return found, ranges[: found[-1]]


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


@borrowing
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


@borrowing
def label_seeds(seeds: Array, gap: Int, labels: Array, keys: Array, order: Array, other: Array, reached: Array) -> Int:
    """Label seeds by cluster, alternating splits along one side until stable; how many labels there are.

    The last four are scratch: `reached` has room for the greatest number of a sentence or of seeds, and one.
    """
    n = len(seeds)
    for i in range(n):
        labels[i] = 0
    unchanged, side = 0, 0
    count: Int = np.int64(min(n, 1))
    while unchanged < 2 and n > 0:
        size = np.int64(0)
        for i in range(n):
            keys[i], order[i] = seeds[i, side], i
            size = max(size, np.int64(seeds[i, side] + 1))
        for turn in range(2):  # by label, and in it by place
            by, size = (labels, count) if turn else (keys, size)
            before, after = (other, order) if turn else (order, other)
            sort_stably(by, n, size, before, after, reached)
        fresh, label, last = -1, -1, 0
        for k in range(n):
            item = order[k]
            if fresh < 0 or labels[item] != label or keys[item] - last > gap:
                fresh += 1
            label, last = labels[item], keys[item]
            labels[item] = fresh
        unchanged = unchanged + 1 if fresh + 1 == count else 0
        count, side = fresh + 1, 1 - side
    return count


@borrowing_kernel
def cluster_seeds(
    article_offsets: Array, sentences: Array, pairs: Array, offsets: Array, seeds: Array, gap: Int, work: Array,
    reached: Array, found: Array, ranges: Array,
) -> None:  # fmt: skip
    """Fill the last two; see `find_clusters`. `work` (4, n), `reached`: scratch for a pair of n seeds."""
    labels, keys, order, other = work[0], work[1], work[2], work[3]
    k = 0
    for p in range(len(pairs)):
        some, base = seeds[offsets[p] : offsets[p + 1]], k
        k += label_seeds(some, gap, labels, keys, order, other, reached)
        for i in range(base, k):
            ranges[i, 0], ranges[i, 1], ranges[i, 2], ranges[i, 3] = NOT_YET, -1, NOT_YET, -1
        for i in range(len(some)):
            one = base + labels[i]
            for side in range(2):
                ranges[one, 2 * side] = min(ranges[one, 2 * side], some[i, side])
                ranges[one, 2 * side + 1] = max(ranges[one, 2 * side + 1], some[i, side])
        for side in range(2):
            begin, end = sentences_of(article_offsets, pairs[p, side])
            bounds = sentences[begin:end]
            for i in range(base, k):
                ranges[i, 2 * side] = bounds[ranges[i, 2 * side], FIRST_WORD]
                ranges[i, 2 * side + 1] = bounds[ranges[i, 2 * side + 1] + 1, FIRST_WORD]
        found[p + 1] = k
