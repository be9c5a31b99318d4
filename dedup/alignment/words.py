"""The words of two articles in one local numbering: what every step of the alignment works on.

Page furniture is left out here, once: it neither hides a passage nor makes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.records import U32, U64, Flag, Tokens

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Fibonacci hashing of the slot


class StemFrequencies(Protocol):
    """What the alignment asks of the background: how probable a word with this stem is."""

    def stem_probability(self, stems: U64) -> F32:
        """Share of the running words of news that have each stem; (n,) -> (n,), all above 0."""
        ...


@dataclass(frozen=True, slots=True)
class Side:
    """One article without its furniture. Shapes: `n` words, `m` sentences."""

    words: I32  # (n,) where each word stands in the article's `Tokens`
    numbers: I32  # (m,) which sentence of the article each one is
    sentences: I32  # (m + 1,) first word of each sentence, then n
    stems: U64  # (n,)
    hashes: U64  # (n,)
    starts: U32  # (n,) byte offsets
    ends: U32  # (n,)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles whose stems are numbered together, 0 to `v` - 1 in order of appearance."""

    left: Side
    right: Side
    left_ids: I32
    right_ids: I32
    probability: F32  # (v,) of each stem, in the background
    counts: I32  # (v,) how often each stem stands in the pair


def side_of(tokens: Tokens) -> Side:
    """The article without its furniture; a sentence that is all furniture disappears."""
    keep: NDArray[np.bool_] = (tokens.flags & np.uint8(Flag.FURNITURE)) == 0
    bounds = tokens.sentences.astype(np.int32)
    if keep.all():
        numbers = np.arange(len(bounds) - 1, dtype=np.int32)
        words = np.arange(len(tokens), dtype=np.int32)
        return Side(words, numbers, bounds, tokens.stems, tokens.hashes, tokens.starts, tokens.ends)
    reached = np.concatenate([[0], np.cumsum(keep)]).astype(np.int32)[bounds]
    numbers = np.flatnonzero(np.diff(reached)).astype(np.int32)
    words = np.flatnonzero(keep).astype(np.int32)
    sentences = np.append(reached[numbers], reached[-1]).astype(np.int32)
    kept = tokens.stems[words], tokens.hashes[words], tokens.starts[words], tokens.ends[words]
    return Side(words, numbers, sentences, *kept)


def pair_of(left: Tokens, right: Tokens, frequencies: StemFrequencies) -> Pair:
    """Number the stems of two articles together and look their background probabilities up."""
    sides = side_of(left), side_of(right)
    left_ids, right_ids, stems, counts = number_stems(sides[0].stems, sides[1].stems)
    return Pair(*sides, left_ids, right_ids, frequencies.stem_probability(stems), counts)


def number_stems_plainly(left: U64, right: U64) -> tuple[I32, I32, U64, I32]:
    """The readable reference of `number_stems`."""
    number: dict[int, int] = {}
    ids = [number.setdefault(int(stem), len(number)) for stem in [*left, *right]]
    counts = np.bincount(ids, minlength=len(number)).astype(np.int32)
    both = np.array(ids, np.int32)
    return both[: len(left)], both[len(left) :], np.array(list(number), np.uint64), counts


@njit("Tuple((i4[::1], i4[::1], u8[::1], i4[::1]))(u8[::1], u8[::1])", cache=True, nogil=True)
def number_stems(left: U64, right: U64) -> tuple[I32, I32, U64, I32]:
    """Local numbers of both sides' stems, the stems in that order, and how often each stands in the pair."""
    total = len(left) + len(right)
    bits = 4
    while (1 << bits) < 2 * total:
        bits += 1
    mask = np.int64((1 << bits) - 1)
    slots = np.full(1 << bits, -1, np.int32)
    stems = np.empty(total, np.uint64)
    counts = np.zeros(total, np.int32)
    ids = np.empty(total, np.int32)
    size = 0
    for i in range(total):
        stem = left[i] if i < len(left) else right[i - len(left)]
        at = np.int64(np.uint64(stem * SPREAD) >> np.uint64(64 - bits))
        while slots[at] >= 0 and stems[slots[at]] != stem:
            at = (at + 1) & mask
        if slots[at] < 0:
            slots[at] = size
            stems[size] = stem
            size += 1
        ids[i] = slots[at]
        counts[slots[at]] += 1
    return ids[: len(left)].copy(), ids[len(left) :].copy(), stems[:size].copy(), counts[:size].copy()
