"""The stems of each pair of articles in one numbering, with their probability and their weight."""

from __future__ import annotations

from enum import auto
from typing import NamedTuple, Protocol

import numpy as np

from dedup.alignment.layout import Articles, ArticleStart, StemColumn, sizes_of, stems_of, words_of
from dedup.alignment.ranges import Side
from dedup.compiled.arrays import F32, I32, I64, U8, U64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_inlined, borrowing_kernel
from dedup.models import Columns


class StemFrequencies(Protocol):
    """What the alignment asks of the background: how probable a word with this stem is."""

    def stem_probability(self, stems: U64) -> F32:
        """Return the share of the running words of news that have each stem; (n,) -> (n,), all above 0."""
        ...


class PairStart(Columns):
    """Columns of `Numbering.offsets`: where a pair's rows begin."""

    LEFT_STEMS = auto()  # in `to_right`
    RIGHT_STEMS = auto()  # in `to_pair`
    STEMS = auto()  # in `shared`, `probability` and `weights`
    RIGHT_WORDS = auto()  # in `right_ids`


class Numbering(NamedTuple):
    """The stems of `p` pairs, flat: those of the left article in its own numbering, then those only the right has.

    Shapes: `l` stems of left articles, `r` of right articles, `v` of pairs, `n` words of right articles in all.
    """

    offsets: I64  # (p + 1, PairStart)
    to_right: I32  # (l,) number of each stem of the left article in the right one, -1 where it has none
    to_pair: I32  # (r,) number in the pair of each stem of the right article
    right_ids: I32  # (n,) stem of each word of the right article, in the pair's numbering
    shared: U8  # (v,) 1 for stems that both articles have
    probability: F32  # (v,) blended from background and pair
    weights: F32  # (v,) inverse sentence frequency, nats


class Pairs(NamedTuple):
    """Pairs of articles as every step of the alignment reads them. Shapes: `p` pairs."""

    articles: Articles
    numbering: Numbering
    numbers: I64  # (p, 2) of the left and the right article among `articles`


class StemCounts(NamedTuple):
    """Memory for the numbering of `v` stems of pairs at the most, of `b` stems of the batch."""

    place: I32  # (b,) number of each stem in the left article at hand; all -1 before and after a pair
    known: I32  # (v,) number of each stem in the batch
    counts: I32  # (v,) words of the pair that have it


class Text(NamedTuple):
    """One article of a pair. Shapes: `n` words."""

    ids: I32  # (n,) stem in the numbering of the pair
    marks: U8  # (n + 1,) 1 where a sentence begins, and at the end


def number_pairs(articles: Articles, background: F32, numbers: I64, share: float) -> Pairs:
    """Return pairs (p, 2) of some articles in their numbering.

    `background`: probability of each stem of the batch, whose share in what is blended is `share`.
    """
    left, right = sizes_of(articles.offsets)[numbers.T]
    offsets = np.zeros((len(numbers) + 1, len(PairStart)), np.int64)
    offsets[1:, PairStart.LEFT_STEMS] = left[:, ArticleStart.STEMS].cumsum()
    offsets[1:, PairStart.RIGHT_STEMS] = right[:, ArticleStart.STEMS].cumsum()
    offsets[1:, PairStart.RIGHT_WORDS] = right[:, ArticleStart.WORDS].cumsum()
    to_right, to_pair, right_ids = (
        np.empty(offsets[-1, column], np.int32)
        for column in (PairStart.LEFT_STEMS, PairStart.RIGHT_STEMS, PairStart.RIGHT_WORDS)
    )
    most, nothing = len(to_right) + len(to_pair), np.empty(0, np.float32)
    shared, known, counts = np.zeros(most, np.uint8), np.empty(most, np.int32), np.empty(most, np.int32)
    place = np.full(len(background), -1, np.int32)
    numbering = Numbering(offsets, to_right, to_pair, right_ids, shared, nothing, nothing)
    number_stems(fields_of(Pairs(articles, numbering, numbers)), (place, known, counts))
    n, sizes = offsets[-1, PairStart.STEMS], sizes_of(offsets[:, PairStart.STEMS])
    words, sentences = (left + right)[:, ArticleStart.WORDS], (left + right)[:, ArticleStart.SENTENCES]
    one = (1.0 - share) / np.maximum(1, words)  # the share that a word of the pair adds
    probability = (share * background[known[:n]] + np.repeat(one, sizes) * counts[:n]).astype(np.float32)
    length = (words / np.maximum(1, sentences)).astype(np.float32)  # of an average sentence
    weights = stem_weights(probability, np.repeat(length, sizes))
    numbering = Numbering(offsets, to_right, to_pair, right_ids, shared[:n], probability, weights)
    return Pairs(articles, numbering, numbers)


def stem_weights(probability: F32, length: F32) -> F32:
    """Return the inverse sentence frequency of stems in nats; (n,) each.

    That is -ln of the chance that a sentence of `length` words contains a stem of this `probability`.
    """
    # In double precision: numpy's logarithms of float32 differ by the vector instructions that a processor has.
    product = length.astype(np.float64) * probability
    weights: F32 = (-np.log(-np.expm1(-product))).astype(np.float32)
    return weights


def fields_of(pairs: Pairs) -> Fields:
    """Return the fields of some pairs for a kernel, which makes `pairs_of` them."""
    return tuple(pairs.articles), tuple(pairs.numbering), pairs.numbers


@borrowing_inlined
def pairs_of(fields: Fields) -> Pairs:
    """The pairs of what `fields_of` gave."""
    return Pairs(Articles(*fields[0]), Numbering(*fields[1]), fields[2])


@borrowing_kernel
def number_stems(fields: Fields, scratch: Fields) -> None:
    """Fill the numbering of some pairs, `probability` and `weights` apart, and `known` and `counts` of the scratch."""
    n: Int = 0
    pairs, memory = pairs_of(fields), StemCounts(*scratch)
    for p in range(len(pairs.numbers)):
        n = _number_pair(pairs, p, memory, n)
        pairs.numbering.offsets[p + 1, PairStart.STEMS] = n


@borrowing
def _number_pair(pairs: Pairs, p: Int, scratch: StemCounts, first: Int) -> Int:
    """Number the stems of one pair from `first` on; returns the next free number."""
    articles, numbering = pairs.articles, pairs.numbering
    place, known, counts = scratch.place, scratch.known, scratch.counts
    left, right, n = pairs.numbers[p, Side.LEFT], pairs.numbers[p, Side.RIGHT], first
    to_right = numbering.to_right[numbering.offsets[p, PairStart.LEFT_STEMS] :]
    to_pair = numbering.to_pair[numbering.offsets[p, PairStart.RIGHT_STEMS] :]
    (first_own, last_own), (first_other, last_other) = (
        stems_of(articles.offsets, left),
        stems_of(articles.offsets, right),
    )
    own, other = articles.stems[first_own:last_own], articles.stems[first_other:last_other]
    for i in range(len(own)):
        place[own[i, StemColumn.NUMBER]] = i
        to_right[i] = -1
        known[n], counts[n] = own[i, StemColumn.NUMBER], own[i, StemColumn.WORDS]
        n += 1
    for i in range(len(other)):
        at: Int = first + place[other[i, StemColumn.NUMBER]]
        if at >= first:
            to_right[at - first] = i
            numbering.shared[at] = 1
            counts[at] += other[i, StemColumn.WORDS]
        else:
            at = n
            known[n], counts[n] = other[i, StemColumn.NUMBER], other[i, StemColumn.WORDS]
            n += 1
        to_pair[i] = at - first
    for i in range(len(own)):
        place[own[i, StemColumn.NUMBER]] = -1
    begin, end = words_of(articles.offsets, right)
    ids = articles.ids[begin:end]
    right_ids = numbering.right_ids[numbering.offsets[p, PairStart.RIGHT_WORDS] :]
    for i in range(len(ids)):
        right_ids[i] = to_pair[ids[i]]
    return n


@borrowing
def pair_stems(pairs: Pairs, p: Int) -> tuple[Int, Int]:
    """The stems of a pair, by their first and last row."""
    return pairs.numbering.offsets[p, PairStart.STEMS], pairs.numbering.offsets[p + 1, PairStart.STEMS]


@borrowing
def texts_of(pairs: Pairs, p: Int) -> tuple[Text, Text]:
    """The left and the right article of a pair."""
    articles, numbering = pairs.articles, pairs.numbering
    a, b = pairs.numbers[p, Side.LEFT], pairs.numbers[p, Side.RIGHT]
    first, last = words_of(articles.offsets, a)
    left = Text(articles.ids[first:last], articles.marks[first + a : last + a + 1])
    first, last = words_of(articles.offsets, b)
    begin, end = numbering.offsets[p, PairStart.RIGHT_WORDS], numbering.offsets[p + 1, PairStart.RIGHT_WORDS]
    right = Text(numbering.right_ids[begin:end], articles.marks[first + b : last + b + 1])
    return left, right
