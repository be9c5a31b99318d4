"""One article as the evidence kernels see it, and what it has that another article does not.

Public: `Side` (one article), `Sides` (a batch, flat), `sides_of`, `side_at`, `meet`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U32, U64
from dedup.compiled.decorators import borrowing_kernel, helper
from dedup.evidence.names import LONGEST, spelling
from dedup.evidence.numbers import read_quantity
from dedup.evidence.profile import LOWER, WORDS, Profile, Profiles, find_key
from dedup.language.vocabulary import Vocabulary
from dedup.language.word_classes import ARTICLE, CONTENT, TENS, UNITS
from dedup.records import Flag, Tokens
from dedup.text.tokeniser import TokenBatch

_CAPITAL, _DIGIT, _FURNITURE, _GRAM = int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BOILERPLATE), int(Flag.GRAM)


class Side(NamedTuple):
    """One article as the kernels see it. Shapes: `n` words, `w` different ones, `m` sentences, `q` quantities."""

    data: U8  # (bytes,)
    hashes: U64  # (n,)
    stems: U64
    starts: U32
    ends: U32
    flags: U8
    sentences: U32  # (m + 1,)
    codes: U8  # (n,) of `lexicon`
    spellings: U8  # (n, 24) phonetic, of names; otherwise undefined
    sizes: I32  # (n,) of the spellings, 0 where there is none
    quantity: I32  # (n,) which quantity a word belongs to, or -1
    amounts: F64  # (q,)
    dimensions: F64  # (q,)
    ranges: I32  # (q, 2) words of each quantity
    numbers: I32  # (n,) which of the different words stands at each place
    words: U64  # (w,) as in `Profile`, with their weights, marks and table
    weights: F32
    marks: U8
    cells: I32


class Sides(NamedTuple):
    """What the sides of a batch have beyond tokens and profile; an article's entries begin where its words do."""

    codes: U8
    spellings: U8
    sizes: I32
    quantity: I32
    amounts: F64
    dimensions: F64
    ranges: I32
    counts: I32  # (a,) quantities


def sides_of(batch: TokenBatch, vocabulary: Vocabulary) -> Sides:
    """The sides of all articles of a batch."""
    n = len(batch.hashes)
    out = Sides(
        np.empty(n, np.uint8), np.empty((n, LONGEST), np.uint8), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(n), np.empty(n), np.empty((n, 2), np.int32), np.empty(len(batch), np.int32),
    )  # fmt: skip
    v = vocabulary
    places = batch.starts, batch.ends, batch.flags, batch.word_offsets
    _fill(batch.blob, batch.offsets, *places, v.numbers, v.codes, v.values, np.empty(LONGEST, np.int32), out)
    return out


def side_at(sides: Sides, profiles: Profiles, profile: Profile, batch: TokenBatch, tokens: Tokens, i: int) -> Side:
    """The side of article `i` as views."""
    s, first, last = sides, int(batch.word_offsets[i]), int(batch.word_offsets[i + 1])
    words, quantities = slice(first, last), slice(first, first + int(sides.counts[i]))
    return Side(
        batch.blob[int(batch.offsets[i]) : int(batch.offsets[i + 1])],
        tokens.hashes, tokens.stems, tokens.starts, tokens.ends, tokens.flags, tokens.sentences,
        s.codes[words], s.spellings[words], s.sizes[words], s.quantity[words],
        s.amounts[quantities], s.dimensions[quantities], s.ranges[quantities],
        profiles.numbers[words], profile.words, profile.weights, profile.marks, profile.cells,
    )  # fmt: skip


@borrowing_kernel
def _fill(
    blob: U8, offsets: U64, starts: U32, ends: U32, flags: U8, word_offsets: I64, numbers: I32, codes: U8, values: F64,
    raw: I32, out: Sides,
) -> None:  # fmt: skip
    """Writes what the sides of a batch have of their own."""
    for i in range(len(starts)):  # furniture negates nothing and holds nothing in place
        out.codes[i] = ARTICLE if flags[i] & _FURNITURE else codes[numbers[i]]
        out.quantity[i] = -1
    for a in range(len(offsets) - 1):
        w0, w1, base, limit = word_offsets[a], word_offsets[a + 1], np.int64(offsets[a]), np.int64(offsets[a + 1])
        found, reached = w0, w0
        for i in range(w0, w1):
            size = 0
            if flags[i] & _CAPITAL and not flags[i] & _DIGIT and out.codes[i] == CONTENT:
                size = spelling(blob, base + np.int64(starts[i]), base + np.int64(ends[i]), out.spellings[i], raw)
            out.sizes[i] = max(size, 0)
            if i < reached or flags[i] & _GRAM or not (flags[i] & _DIGIT or out.codes[i] in (UNITS, TENS)):
                continue
            amount, dimension, last = read_quantity(
                blob, base, limit, starts, ends, flags, out.codes, numbers, values, i, w1
            )
            reached = last
            if amount >= 0.0:
                out.amounts[found], out.dimensions[found] = amount, dimension
                out.ranges[found, 0], out.ranges[found, 1] = i - w0, last - w0
                for k in range(i, last):
                    out.quantity[k] = found - w0
                found += 1
        out.counts[a] = found - w0


@helper
def meet(left: Side, right: Side) -> tuple[I32, U8, U8, U8, U8]:
    """For each word of the right its number on the left or -1; marks of the words of both sides.

    The marks of the left words, then those of the right: it does not stand in the other article; either article writes
    it in lower case.
    """
    n, m, v, w = len(left.numbers), len(right.numbers), len(left.words), len(right.words)
    theirs, foreign, lower = np.empty(w, np.int32), np.ones(v, np.uint8), np.empty(v, np.uint8)
    other_lower = np.empty(w, np.uint8)
    for k in range(v):
        lower[k] = 1 if left.marks[k] & LOWER else 0
    for k in range(w):
        t = find_key(left.words, left.cells, WORDS, right.words[k])
        theirs[k], other_lower[k] = t, 1 if right.marks[k] & LOWER else 0
        if t >= 0:
            foreign[t] = 0
            lower[t] |= other_lower[k]
            other_lower[k] = lower[t]
    strange, small = np.empty(n, np.uint8), np.empty(n, np.uint8)
    for i in range(n):
        strange[i], small[i] = foreign[left.numbers[i]], lower[left.numbers[i]]
    shared, other_strange, other_small = np.empty(m, np.int32), np.empty(m, np.uint8), np.empty(m, np.uint8)
    for j in range(m):
        k = right.numbers[j]
        shared[j], other_small[j] = theirs[k], other_lower[k]
        other_strange[j] = 1 if theirs[k] < 0 else 0
    return shared, strange, small, other_strange, other_small
