"""Exact common runs of words, chained over small differences: passages that were copied as they stood."""

from __future__ import annotations

import numpy as np

from dedup.alignment.config import AlignConfig
from dedup.alignment.numbering import LEFT, Numbering
from dedup.alignment.words import WORDS, Articles, sizes_of
from dedup.compiled.arrays import I32, I64
from dedup.compiled.decorators import Array, Int, borrowing, borrowing_kernel

MOST_PLACES = 32  # places of one gram on the right that are tried; repeated text beyond that adds nothing
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: base of the rolling hash of grams, modulo 2^64


def find_chains(articles: Articles, numbering: Numbering, pairs: I64, config: AlignConfig) -> tuple[I64, I32]:
    """Chains of exact runs of `verbatim_run` words, at most `verbatim_jump` words apart on either side.

    Kept where `verbatim_words` match and they are at least `verbatim_density` of the longer side. Returns where each
    pair's begin, (p + 1,), and (k, 5): left first, left last, right first, right last, words matched; no two of a pair
    overlap on the left.
    """
    sizes = sizes_of(articles.offsets[:, WORDS])[pairs]
    n, most = int(sizes.max(initial=0)), int(sizes[:, 0].sum()) // config.verbatim_words
    offsets, chains = np.zeros(len(pairs) + 1, np.int64), np.empty((most, 5), np.int32)
    chain_pairs(
        articles.offsets, articles.ids, articles.hashes, pairs, numbering.offsets, numbering.to_right,
        config.verbatim_run, config.verbatim_jump, config.verbatim_words, float(config.verbatim_density),
        np.empty((2, n), np.uint64), np.empty(1 << max(4, (2 * n).bit_length()), np.int32), np.empty(n, np.int32),
        np.empty((n, 3), np.int32), offsets, chains,
    )  # fmt: skip
    return offsets, chains[: offsets[-1]].copy()


def common_runs_plainly(left: list[int], right: list[int], run: int) -> list[tuple[int, int, int]]:
    """The readable reference of `common_runs`."""

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


@borrowing
def least_shared(words: int, density: float) -> float:
    """How many words of each kept chain stand in a row with stems that both articles have, at the very least.

    A chain of M >= `words` matches at `density` or more has at most M / density - M other words, which cut it into
    one part more than they are.
    """
    return words * density / (words * (1.0 - density) + density)


@borrowing
def longest_shared(ids: Array, other: Array) -> Int:
    """Most words in a row whose stems the other article has; `other`: the numbers of the stems there, or below 0."""
    longest = row = 0
    for stem in ids:
        row = row + 1 if other[stem] >= 0 else 0
        longest = max(longest, row)
    return longest


@borrowing
def _fill_grams(words: Array, run: Int, grams: Array) -> Int:
    """A rolling hash of every `run` words; how many they are."""
    top, value = np.uint64(1), np.uint64(0)
    for _ in range(run):
        top = np.uint64(top * FACTOR)
    for i in range(len(words)):
        value = np.uint64(value * FACTOR + words[i])
        if i >= run:
            value = np.uint64(value - top * words[i - run])
        if i >= run - 1:
            grams[i - run + 1] = value
    return max(0, len(words) - run + 1)


@borrowing
def common_runs(left: Array, right: Array, run: Int, grams: Array, heads: Array, following: Array, found: Array) -> Int:
    """From left to right, the longest exact match of at least `run` words at each place not matched before.

    Takes word hashes, (n,) and (m,). Fills in rows of `found` - left first, right first, words - and returns how many.
    Scratch for the longer side: `grams` (2, n), `heads` with a power of two of at least 2 n slots, `following` (n,).
    """
    one, other = grams[0], grams[1]
    bits = 4
    while (1 << bits) < 2 * len(right):
        bits += 1
    shift = np.uint64(64 - bits)
    for i in range(1 << bits):
        heads[i] = -1
    size = _fill_grams(left, run, one)
    for j in range(_fill_grams(right, run, other) - 1, -1, -1):
        slot: Int = np.int64(np.uint64(other[j] * FACTOR) >> shift)
        following[j] = heads[slot]
        heads[slot] = j
    k, i = 0, 0
    while i < size:
        best, place, tried = 0, -1, 0
        j = heads[np.int64(np.uint64(one[i] * FACTOR) >> shift)]
        while j >= 0 and tried < MOST_PLACES:
            if other[j] == one[i]:
                tried += 1
                n = 0
                while i + n < len(left) and j + n < len(right) and left[i + n] == right[j + n]:
                    n += 1
                if n > best:
                    best, place = n, j
            j = following[j]
        if best >= run:
            found[k, 0], found[k, 1], found[k, 2] = i, place, best
            k += 1
            i += best
        else:
            i += 1
    return k


@borrowing
def chain_runs(runs: Array, n: Int, jump: Int, least: Int, density: float, chains: Array) -> Int:
    """Join each of the first `n` runs to the one before it where both sides go on within `jump` words.

    Kept where at least `least` words match and they are at least `density` (0..1) of the longer side. Fills in rows of
    `chains` - left first, left last, right first, right last, words matched - and returns how many; no two overlap on
    the left.
    """
    k, i = 0, 0
    while i < n:
        a, c, matched = runs[i, 0], runs[i, 1], runs[i, 2]
        b, d = a + matched, c + matched
        i += 1
        while i < n and runs[i, 0] - b <= jump and 0 <= runs[i, 1] - d <= jump:
            b, d = runs[i, 0] + runs[i, 2], runs[i, 1] + runs[i, 2]
            matched += runs[i, 2]
            i += 1
        if matched >= least and matched >= density * max(b - a, d - c):
            chains[k, 0], chains[k, 1], chains[k, 2], chains[k, 3], chains[k, 4] = a, b, c, d, matched
            k += 1
    return k


@borrowing_kernel
def chain_pairs(
    article_offsets: Array, ids: Array, hashes: Array, pairs: Array, stem_offsets: Array, to_right: Array, run: Int,
    jump: Int, least: Int, density: float, grams: Array, heads: Array, following: Array, runs: Array, offsets: Array,
    chains: Array,
) -> None:  # fmt: skip
    """Fill the last two; see `find_chains`."""
    in_a_row = least_shared(least, density)
    k = 0
    for p in range(len(pairs)):
        left, right = pairs[p, 0], pairs[p, 1]
        first, last = article_offsets[left, WORDS], article_offsets[left + 1, WORDS]
        if longest_shared(ids[first:last], to_right[stem_offsets[p, LEFT] :]) >= in_a_row:
            other = hashes[article_offsets[right, WORDS] : article_offsets[right + 1, WORDS]]
            n = common_runs(hashes[first:last], other, run, grams, heads, following, runs)
            k += chain_runs(runs, n, jump, least, density, chains[k:])
        offsets[p + 1] = k
