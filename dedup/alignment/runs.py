"""Exact common runs of words, chained over small differences: passages that were copied as they stood."""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.alignment.config import AlignConfig
from dedup.alignment.layout import GOLDEN, ArticleStart, sizes_of, words_of
from dedup.alignment.numbering import Pairs, PairStart
from dedup.alignment.ranges import ENDS, SIDES, End, Side
from dedup.compiled.arrays import I32, I64, U64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_kernel
from dedup.models import Columns

MOST_PLACES = 32  # places of one gram on the right that are tried; repeated text beyond that adds nothing
FEWEST_BITS = 4  # of a table of grams: 2^bits cells


class Chains(NamedTuple):
    """Chains of exact runs of `p` pairs, `k` in all; no two of a pair overlap on the left."""

    offsets: I64  # (p + 1,) where each pair's begin
    ends: I32  # (k, 2, 2) words, by `Side` and `End`
    matched: I32  # (k,) words that match


class ChainWords(NamedTuple):
    """What chains are made of: fields of `Articles` and `Numbering`, and the pairs (p, 2)."""

    offsets: I64
    ids: I32
    hashes: U64
    numbers: I64
    stem_offsets: I64
    to_right: I32


class ChainSettings(NamedTuple):
    """Which runs make a chain, and which chains are kept: values of `AlignConfig`."""

    run: int  # words of an exact run
    jump: int  # words between two runs, on either side
    words: int  # least words that match
    density: float  # least share of the longer side that they are, 0..1


class RunColumn(Columns):
    """Columns of `RunScratch.runs`."""

    LEFT = auto()  # first word
    RIGHT = auto()
    WORDS = auto()


class RunScratch(NamedTuple):
    """Memory for the common runs of two articles of `n` words at the most."""

    left_grams: U64  # (n,) a hash of every few words
    right_grams: U64  # (n,)
    heads: I32  # the first gram of the right article in each cell of a hash table, a power of two and at least 2 n
    following: I32  # (n,) the next gram in the same cell
    runs: I32  # (n, RunColumn)

    @staticmethod
    def empty(n: int) -> RunScratch:
        """Return memory for articles of `n` words."""
        heads = np.empty(1 << max(FEWEST_BITS, (2 * n).bit_length()), np.int32)
        (left, right), runs = np.empty((2, n), np.uint64), np.empty((n, len(RunColumn)), np.int32)
        return RunScratch(left, right, heads, np.empty(n, np.int32), runs)


def find_chains(pairs: Pairs, config: AlignConfig) -> Chains:
    """Return chains of exact runs of `verbatim_run` words, at most `verbatim_jump` words apart on either side.

    Kept where `verbatim_words` match and they are at least `verbatim_density` of the longer side.
    """
    sizes = sizes_of(pairs.articles.offsets[:, ArticleStart.WORDS])[pairs.numbers]
    most = int(sizes[:, Side.LEFT].sum()) // config.verbatim_words
    settings = ChainSettings(
        config.verbatim_run, config.verbatim_jump, config.verbatim_words, float(config.verbatim_density)
    )
    found = Chains(
        np.zeros(len(sizes) + 1, np.int64), np.empty((most, SIDES, ENDS), np.int32), np.empty(most, np.int32)
    )
    articles, numbering = pairs.articles, pairs.numbering
    words = ChainWords(
        articles.offsets, articles.ids, articles.hashes, pairs.numbers, numbering.offsets, numbering.to_right
    )
    chain_pairs(tuple(words), tuple(settings), tuple(RunScratch.empty(int(sizes.max(initial=0)))), tuple(found))
    n = found.offsets[-1]
    return Chains(found.offsets, found.ends[:n].copy(), found.matched[:n].copy())


@borrowing
def least_shared(words: int, density: float) -> float:
    """How many words of each kept chain stand in a row with stems that both articles have, at the very least.

    A chain of M >= `words` matches at `density` or more has at most M / density - M other words, which cut it into
    one part more than they are.
    """
    return words * density / (words * (1.0 - density) + density)


@borrowing
def _longest_shared(ids: I32, other: I32) -> Int:
    """Most words in a row whose stems the other article has; `other`: the numbers of the stems there, or below 0."""
    longest = row = 0
    for stem in ids:
        row = row + 1 if other[stem] >= 0 else 0
        longest = max(longest, row)
    return longest


@borrowing
def _fill_grams(words: U64, run: Int, grams: U64) -> Int:
    """A rolling hash of every `run` words, modulo 2^64; how many they are."""
    top, value = np.uint64(1), np.uint64(0)
    for _ in range(run):
        top = np.uint64(top * GOLDEN)
    for i in range(len(words)):
        value = np.uint64(value * GOLDEN + words[i])
        if i >= run:
            value = np.uint64(value - top * words[i - run])
        if i >= run - 1:
            grams[i - run + 1] = value
    return max(0, len(words) - run + 1)


@borrowing
def _index_grams(words: U64, run: Int, scratch: RunScratch) -> Int:
    """Put the grams of the right article into the table; returns by how much a hash is shifted to give its cell."""
    bits, grams = FEWEST_BITS, scratch.right_grams
    while (1 << bits) < 2 * len(words):
        bits += 1
    shift = np.int64(64 - bits)
    for i in range(1 << bits):
        scratch.heads[i] = -1
    for j in range(_fill_grams(words, run, grams) - 1, -1, -1):
        cell = _gram_cell(grams[j], shift)
        scratch.following[j] = scratch.heads[cell]
        scratch.heads[cell] = j
    return shift


@borrowing
def _gram_cell(gram: Int, shift: Int) -> Int:
    return np.int64(np.uint64(gram * GOLDEN) >> np.uint64(shift))


@borrowing
def _longest_match(left: U64, right: U64, i: Int, shift: Int, scratch: RunScratch) -> tuple[Int, Int]:
    """Where the right article goes on longest like the left one from word `i` on, and for how many words."""
    gram, grams = scratch.left_grams[i], scratch.right_grams
    best, place, tried = 0, -1, 0
    j = scratch.heads[_gram_cell(gram, shift)]
    while j >= 0 and tried < MOST_PLACES:
        if grams[j] == gram:
            tried += 1
            n = 0
            while i + n < len(left) and j + n < len(right) and left[i + n] == right[j + n]:
                n += 1
            if n > best:
                best, place = n, j
        j = scratch.following[j]
    return place, best


@borrowing
def common_runs(left: U64, right: U64, run: Int, scratch: RunScratch) -> Int:
    """From left to right, the longest exact match of at least `run` words at each place not matched before.

    Takes word hashes, (n,) and (m,). Fills in the rows of `runs` and returns how many.
    """
    size, shift = _fill_grams(left, run, scratch.left_grams), _index_grams(right, run, scratch)
    k, i = 0, 0
    while i < size:
        place, words = _longest_match(left, right, i, shift, scratch)
        if words >= run:
            row = scratch.runs[k]
            row[RunColumn.LEFT], row[RunColumn.RIGHT], row[RunColumn.WORDS] = i, place, words
            k += 1
            i += words
        else:
            i += 1
    return k


@borrowing
def _chain_runs(runs: I32, n: Int, settings: ChainSettings, found: Chains, k: Int) -> Int:
    """Join each of the first `n` runs to the one before it where both sides go on within `jump` words.

    Fills in the rows of `found` from `k` on and returns the next free one.
    """
    i = 0
    while i < n:
        a, c, matched = runs[i, RunColumn.LEFT], runs[i, RunColumn.RIGHT], runs[i, RunColumn.WORDS]
        b, d = a + matched, c + matched
        i += 1
        while i < n:
            left, right, words = runs[i, RunColumn.LEFT], runs[i, RunColumn.RIGHT], runs[i, RunColumn.WORDS]
            if left - b > settings.jump or right < d or right - d > settings.jump:
                break
            b, d, matched = left + words, right + words, matched + words
            i += 1
        if matched >= settings.words and matched >= settings.density * max(b - a, d - c):
            found.ends[k, Side.LEFT, End.FIRST], found.ends[k, Side.LEFT, End.LAST] = a, b
            found.ends[k, Side.RIGHT, End.FIRST], found.ends[k, Side.RIGHT, End.LAST] = c, d
            found.matched[k] = matched
            k += 1
    return k


@borrowing_kernel
def chain_pairs(fields: Fields, chosen: Fields, memory: Fields, result: Fields) -> None:
    """Fill the result; see `find_chains`."""
    words, settings = ChainWords(*fields), ChainSettings(*chosen)
    scratch, found = RunScratch(*memory), Chains(*result)
    in_a_row = least_shared(settings.words, settings.density)
    k: Int = 0
    for p in range(len(words.numbers)):
        first, last = words_of(words.offsets, words.numbers[p, Side.LEFT])
        to_right = words.to_right[words.stem_offsets[p, PairStart.LEFT_STEMS] :]
        if _longest_shared(words.ids[first:last], to_right) >= in_a_row:
            begin, end = words_of(words.offsets, words.numbers[p, Side.RIGHT])
            n = common_runs(words.hashes[first:last], words.hashes[begin:end], settings.run, scratch)
            k = _chain_runs(scratch.runs, n, settings, found, k)
        found.offsets[p + 1] = k
