"""The stems of each pair of articles in one numbering, with their probability and their weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.alignment.words import F32, I32, I64, Articles
from dedup.records import U64
from dedup.text.machine import Array, Int, helper, kernel


class Numbering(NamedTuple):
    """The stems of `p` pairs, flat: those of the left article in its own numbering, then those only the right has.

    Shapes: `l` stems of left articles, `r` of right articles, `v` of pairs, in all.
    """

    left_offsets: I64  # (p + 1,) where each left article's stems begin in `to_right`
    right_offsets: I64  # (p + 1,) where each right article's stems begin in `to_pair`
    offsets: I64  # (p + 1,) where each pair's stems begin
    to_right: I32  # (l,) number of each stem of the left article in the right one, -1 where it has none
    to_pair: I32  # (r,) number in the pair of each stem of the right article
    probability: F32  # (v,) blended from background and pair
    weights: F32  # (v,) inverse sentence frequency, nats


def number_pairs(articles: Articles, background: F32, pairs: I64, share: float) -> Numbering:
    """The numbering of pairs (p, 2) of a batch's articles.

    `background`: probability of each stem of the batch, whose share in what is blended is `share`.
    """
    left, right = pairs.T
    sizes = np.diff(articles.stem_offsets)
    left_offsets, right_offsets = _offsets(sizes[left]), _offsets(sizes[right])
    offsets = np.zeros(len(pairs) + 1, np.int64)
    to_right, to_pair = np.empty(left_offsets[-1], np.int32), np.empty(right_offsets[-1], np.int32)
    probability = np.empty(len(to_right) + len(to_pair), np.float32)
    numbering = Numbering(left_offsets, right_offsets, offsets, to_right, to_pair, probability, probability)
    number_stems(articles, pairs, background, share, np.full(len(background), -1, np.int32), numbering)
    probability = probability[: offsets[-1]]
    weights = stem_weights(probability, np.repeat(_sentence_words(articles, pairs), np.diff(offsets)))
    return numbering._replace(probability=probability, weights=weights)


def _offsets(sizes: I64) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def _sentence_words(articles: Articles, pairs: I64) -> F32:
    """Words of an average sentence of each pair; (p,)."""
    words, sentences = np.diff(articles.word_offsets), np.diff(articles.sentence_offsets)
    means: NDArray[np.float64] = words[pairs].sum(axis=1) / np.maximum(1, sentences[pairs].sum(axis=1))
    return means.astype(np.float32)


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


@helper
def _blended(background: float, count: Int, share: float, pair_share: float) -> float:
    """A word's probability: its background's and its frequency in the pair."""
    return np.float32(np.float32(share) * background + pair_share * count)


@kernel
def number_stems(articles: Array, pairs: Array, background: Array, share: float, place: Array, out: Array) -> None:
    """Fill `out`, except for its weights. `place`, by stem of the batch, is all -1 before and after."""
    words, stems = articles.word_offsets, articles.stem_offsets
    n = 0
    for p in range(len(pairs)):
        left, right = pairs[p, 0], pairs[p, 1]
        total = max(1, words[left + 1] - words[left] + words[right + 1] - words[right])
        pair_share = (1.0 - share) / total  # of one word
        first = n
        for i in range(stems[left], stems[left + 1]):
            place[articles.stems[i]] = n - first
            out.to_right[out.left_offsets[p] + n - first] = -1
            n += 1
        own = n - first
        for i in range(stems[right], stems[right + 1]):
            at, counts = np.int64(place[articles.stems[i]]), articles.stem_counts[i]
            if at >= 0:
                out.to_right[out.left_offsets[p] + at] = i - stems[right]
                counts += articles.stem_counts[stems[left] + at]
            else:
                at = n - first
                n += 1
            out.to_pair[out.right_offsets[p] + i - stems[right]] = at
            out.probability[first + at] = _blended(background[articles.stems[i]], counts, share, pair_share)
        for k in range(own):
            i = stems[left] + k
            place[articles.stems[i]] = -1
            if out.to_right[out.left_offsets[p] + k] < 0:
                counts = articles.stem_counts[i]
                out.probability[first + k] = _blended(background[articles.stems[i]], counts, share, pair_share)
        out.offsets[p + 1] = n
