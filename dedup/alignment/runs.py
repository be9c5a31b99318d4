"""Exact common runs of words, chained over small differences: passages that were copied as they stood."""

from __future__ import annotations

import numpy as np
from numba import njit

from dedup.alignment.words import I32, Pair
from dedup.records import U64

MOST_PLACES = 32  # places of one gram on the right that are tried; repeated text beyond that adds nothing
FACTOR = 0x9E3779B97F4A7C15  # odd: base of the rolling hash of grams, modulo 2^64


def verbatim_chains(pair: Pair, run: int, jump: int, least: int, density: float) -> I32:
    """Chains of exact runs of at least `run` words, at most `jump` words apart on either side.

    Kept where at least `least` words match and they are at least `density` (0..1) of the longer side.
    Returns (k, 5): left first, left last, right first, right last, words matched; no two overlap on the left.
    """
    chains = chain_runs(common_runs(pair.left.hashes, pair.right.hashes, run), jump)
    longer = np.maximum(chains[:, 1] - chains[:, 0], chains[:, 3] - chains[:, 2])
    kept: I32 = chains[(chains[:, 4] >= least) & (chains[:, 4] >= density * longer)]
    return kept


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


@njit("u8[::1](u8[::1], i8)", cache=True, nogil=True)
def _grams(words: U64, run: int) -> U64:
    """A rolling hash of every `run` words."""
    n = len(words) - run + 1
    grams = np.empty(max(0, n), np.uint64)
    factor, top, value = np.uint64(FACTOR), np.uint64(1), np.uint64(0)
    for _ in range(run):
        top = np.uint64(top * factor)
    for i in range(len(words)):
        value = np.uint64(value * factor + words[i])
        if i >= run:
            value = np.uint64(value - top * words[i - run])
        if i >= run - 1:
            grams[i - run + 1] = value
    return grams


@njit("i4[:, ::1](u8[::1], u8[::1], i8)", cache=True, nogil=True)
def common_runs(left: U64, right: U64, run: int) -> I32:
    """From left to right, the longest exact match of at least `run` words at each place not matched before.

    Takes word hashes, (n,) and (m,). Returns (k, 3): left first, right first, words.
    """
    left_grams, right_grams = _grams(left, run), _grams(right, run)
    bits = 4
    while (1 << bits) < 2 * len(right_grams):
        bits += 1
    head = np.full(1 << bits, -1, np.int32)
    following = np.full(len(right_grams), -1, np.int32)
    shift = np.uint64(64 - bits)
    for j in range(len(right_grams) - 1, -1, -1):
        slot = np.int64(np.uint64(right_grams[j] * np.uint64(FACTOR)) >> shift)
        following[j] = head[slot]
        head[slot] = j
    found = np.empty((len(left) // run + 1, 3), np.int32)
    k, i = 0, 0
    while i < len(left_grams):
        best, place, tried = 0, -1, 0
        j = head[np.int64(np.uint64(left_grams[i] * np.uint64(FACTOR)) >> shift)]
        while j >= 0 and tried < MOST_PLACES:
            if right_grams[j] == left_grams[i]:
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
    return found[:k].copy()


@njit("i4[:, ::1](i4[:, ::1], i8)", cache=True, nogil=True)
def chain_runs(runs: I32, jump: int) -> I32:
    """Join each run to the one before it where both sides go on within `jump` words; (k, 5) as `verbatim_chains`."""
    chains = np.empty((len(runs), 5), np.int32)
    k = 0
    for i in range(len(runs)):
        a, c, n = runs[i, 0], runs[i, 1], runs[i, 2]
        if k > 0 and a - chains[k - 1, 1] <= jump and 0 <= c - chains[k - 1, 3] <= jump:
            chains[k - 1, 1], chains[k - 1, 3] = a + n, c + n
            chains[k - 1, 4] += n
        else:
            chains[k, 0], chains[k, 1], chains[k, 2], chains[k, 3], chains[k, 4] = a, a + n, c, c + n, n
            k += 1
    return chains[:k].copy()
