"""The stems of each pair of articles in one numbering, with their probability and their weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.words import KNOWN_AS, SENTENCES, STEMS, WORDS, WORDS_WITH, Articles, sizes_of
from dedup.compiled.arrays import F32, I32, I64, U8, U64
from dedup.compiled.decorators import Array, Int, borrowing_kernel

LEFT, RIGHT, BOTH, WORD = 0, 1, 2, 3  # columns of `Numbering.offsets`


class Numbering(NamedTuple):
    """The stems of `p` pairs, flat: those of the left article in its own numbering, then those only the right has.

    Shapes: `l` stems of left articles, `r` of right articles, `v` of pairs, `n` words of right articles in all.
    """

    offsets: I64  # (p + 1, 4) where each pair's rows begin in `to_right`, `to_pair`, `weights` and `right_ids`
    to_right: I32  # (l,) number of each stem of the left article in the right one, -1 where it has none
    to_pair: I32  # (r,) number in the pair of each stem of the right article
    right_ids: I32  # (n,) stem of each word of the right article, in the pair's numbering
    shared: U8  # (v,) 1 for stems that both articles have
    probability: F32  # (v,) blended from background and pair
    weights: F32  # (v,) inverse sentence frequency, nats


def number_pairs(articles: Articles, background: F32, pairs: I64, share: float) -> Numbering:
    """The numbering of pairs (p, 2) of a batch's articles.

    `background`: probability of each stem of the batch, whose share in what is blended is `share`.
    """
    sizes = sizes_of(articles.offsets)
    left, right = sizes[pairs.T]
    offsets = np.zeros((len(pairs) + 1, 4), np.int64)
    offsets[1:, LEFT], offsets[1:, RIGHT] = left[:, STEMS].cumsum(), right[:, STEMS].cumsum()
    offsets[1:, WORD] = right[:, WORDS].cumsum()
    to_right, to_pair, right_ids = (np.empty(offsets[-1, column], np.int32) for column in (LEFT, RIGHT, WORD))
    most = len(to_right) + len(to_pair)
    shared, known, counts = np.zeros(most, np.uint8), np.empty(most, np.int32), np.empty(most, np.int32)
    place = np.full(len(background), -1, np.int32)
    number_stems(
        articles.offsets, articles.ids, articles.stems, pairs, place, offsets, to_right, to_pair, right_ids, shared,
        known, counts,
    )  # fmt: skip
    n, sizes = offsets[-1, BOTH], sizes_of(offsets[:, BOTH])
    words, sentences = (left + right)[:, WORDS], (left + right)[:, SENTENCES]
    one = (1.0 - share) / np.maximum(1, words)  # the share that a word of the pair adds
    probability = (share * background[known[:n]] + np.repeat(one, sizes) * counts[:n]).astype(np.float32)
    length = (words / np.maximum(1, sentences)).astype(np.float32)  # of an average sentence
    weights = stem_weights(probability, np.repeat(length, sizes))
    return Numbering(offsets, to_right, to_pair, right_ids, shared[:n], probability, weights)


def stem_weights(probability: F32, length: F32) -> F32:
    """Inverse sentence frequency: -ln of the chance that a sentence of `length` words contains a stem; (n,) each."""
    weights: F32 = -np.log(-np.expm1(-length * probability))
    return weights


def number_stems_plainly(left: U64, right: U64) -> tuple[I32, I32, U64, I32]:
    """The readable reference of `number_stems`: numbers of both sides' words, the stems, and how often each stands."""
    number: dict[int, int] = {}
    ids = [number.setdefault(int(stem), len(number)) for stem in [*left, *right]]
    counts = np.bincount(ids, minlength=len(number)).astype(np.int32)
    both = np.array(ids, np.int32)
    return both[: len(left)], both[len(left) :], np.array(list(number), np.uint64), counts


@borrowing_kernel
def number_stems(
    article_offsets: Array, ids: Array, stems: Array, pairs: Array, place: Array, offsets: Array, to_right: Array,
    to_pair: Array, right_ids: Array, shared: Array, known: Array, counts: Array,
) -> None:  # fmt: skip
    """Fill the fields of `Numbering` from `offsets` on, and of each stem its number in the batch and words in the pair.

    `place`, by stem of the batch, is all -1 before and after.
    """
    n: Int = 0
    for p in range(len(pairs)):
        left, right = pairs[p, 0], pairs[p, 1]
        own, other = article_offsets[left, STEMS], article_offsets[right, STEMS]
        first, link, back = n, offsets[p, LEFT], offsets[p, RIGHT]
        for i in range(own, article_offsets[left + 1, STEMS]):
            place[stems[i, KNOWN_AS]] = i - own
            to_right[link + i - own] = -1
            known[n], counts[n] = stems[i, KNOWN_AS], stems[i, WORDS_WITH]
            n += 1
        last = n
        for i in range(other, article_offsets[right + 1, STEMS]):
            at: Int = first + place[stems[i, KNOWN_AS]]
            if at >= first:
                to_right[link + at - first] = i - other
                shared[at] = 1
                counts[at] += stems[i, WORDS_WITH]
            else:
                at = n
                known[n], counts[n] = stems[i, KNOWN_AS], stems[i, WORDS_WITH]
                n += 1
            to_pair[back + i - other] = at - first
        for k in range(first, last):
            place[known[k]] = -1
        for i in range(article_offsets[right, WORDS], article_offsets[right + 1, WORDS]):
            right_ids[offsets[p, WORD] + i - article_offsets[right, WORDS]] = to_pair[back + ids[i]]
        offsets[p + 1, BOTH] = n
