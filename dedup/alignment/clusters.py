"""Similar sentences that stand close together on both sides, as rectangles of words: where refinement starts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.layout import ArticleStart, SentenceColumn, longest, sentences_of
from dedup.alignment.numbering import Pairs
from dedup.alignment.ranges import ENDS, SIDES, End
from dedup.alignment.similarity import SentencePairs
from dedup.compiled.arrays import I32, I64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_kernel

NOT_YET = np.int32(2**31 - 1)  # above every number of a sentence
MOST_SPLITS = 64  # times that seeds are split along a side: two to six in articles, eight in texts of 500 KB


class Clusters(NamedTuple):
    """The word ranges that clusters of similar sentences span. Shapes: `p` pairs, `k` clusters in all."""

    offsets: I64  # (p + 1,) where each pair's begin
    rectangles: I32  # (k, 2, 2) words, by `Side` and `End`


class SortScratch(NamedTuple):
    """Memory for the sorting of `n` items whose keys are below `s`."""

    labels: I32  # (n,)
    keys: I32  # (n,)
    order: I32  # (n,)
    other: I32  # (n,)
    reached: I32  # (s + 1,)

    @staticmethod
    def empty(items: int, keys: int) -> SortScratch:
        """Return memory for so many items and keys below `keys`."""
        labels, places, order, other = np.empty((4, items), np.int32)
        return SortScratch(labels, places, order, other, np.empty(keys + 1, np.int32))


def find_clusters(pairs: Pairs, similar: SentencePairs, least: float, gap: int) -> Clusters:
    """Return the word ranges that clusters of similar sentences span, for each pair of articles.

    Seeds are the pairs of sentences of Dice `least` or more; inside a cluster neighbouring ones are at most `gap`
    sentences apart on both sides.
    """
    strong = similar.dice >= np.float32(least)
    before = np.zeros(len(strong) + 1, np.int64)
    strong.cumsum(out=before[1:])
    offsets = before[similar.offsets]
    seeds, n = similar.sentences[strong], longest(offsets)
    scratch = SortScratch.empty(n, max(n, longest(pairs.articles.offsets[:, ArticleStart.SENTENCES])))
    found = Clusters(np.zeros_like(offsets), np.empty((len(seeds), SIDES, ENDS), np.int32))
    starts, sentences = pairs.articles.offsets, pairs.articles.sentences
    cluster_seeds(starts, sentences, pairs.numbers, offsets, seeds, gap, tuple(scratch), tuple(found))
    return Clusters(found.offsets, found.rectangles[: found.offsets[-1]])


@borrowing
def sort_stably(keys: I32, n: Int, size: Int, order: I32, result: I32, reached: I32) -> None:
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
def label_seeds(seeds: I32, gap: Int, scratch: SortScratch) -> Int:
    """Label seeds (n, 2) by cluster, alternating splits along one side until stable; returns how many labels.

    The labels are those of the scratch, whose keys are numbers of sentences and labels.
    """
    labels, keys, order, other, n = scratch.labels, scratch.keys, scratch.order, scratch.other, len(seeds)
    for i in range(n):
        labels[i] = 0
    unchanged, side, splits = 0, 0, 0
    count: Int = np.int64(min(n, 1))
    while unchanged < SIDES and n > 0 and splits < MOST_SPLITS:
        splits += 1
        size = np.int64(0)
        for i in range(n):
            keys[i], order[i] = seeds[i, side], i
            size = max(size, np.int64(seeds[i, side] + 1))
        sort_stably(keys, n, size, order, other, scratch.reached)
        sort_stably(labels, n, count, other, order, scratch.reached)  # by label, and in it by place
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


@borrowing
def _span(seeds: I32, labels: I32, spans: I32) -> None:
    """Fill in the sentences that each label spans, (k, 2, 2): the first and the last one."""
    for i in range(len(spans)):
        for side in range(SIDES):
            spans[i, side, End.FIRST], spans[i, side, End.LAST] = NOT_YET, -1
    for i in range(len(seeds)):
        for side in range(SIDES):
            span = spans[labels[i], side]
            span[End.FIRST] = min(span[End.FIRST], seeds[i, side])
            span[End.LAST] = max(span[End.LAST], seeds[i, side])


@borrowing_kernel
def cluster_seeds(
    article_offsets: I64, sentences: I32, numbers: I64, offsets: I64, seeds: I32, gap: int, memory: Fields,
    result: Fields,
) -> None:  # fmt: skip
    """Fill the result; see `find_clusters`. `offsets`: where the seeds of each pair begin, (p + 1,)."""
    k: Int = 0
    scratch, found = SortScratch(*memory), Clusters(*result)
    for p in range(len(numbers)):
        some, base = seeds[offsets[p] : offsets[p + 1]], k
        k += label_seeds(some, gap, scratch)
        spans = found.rectangles[base:k]
        _span(some, scratch.labels, spans)
        for side in range(SIDES):
            first, last = sentences_of(article_offsets, numbers[p, side])
            rows = sentences[first:last]
            for i in range(len(spans)):
                span = spans[i, side]
                span[End.FIRST] = rows[span[End.FIRST], SentenceColumn.FIRST_WORD]
                span[End.LAST] = rows[span[End.LAST] + 1, SentenceColumn.FIRST_WORD]
        found.offsets[p + 1] = k
