"""One article as the evidence kernels see it, and what it has that another article does not.

Public: `Side` (one article), `Sides` (a batch, flat), `sides_of`, `side_at`, `absent`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.judge.lexicon import ARTICLE, CONTENT, TENS, UNITS
from dedup.judge.names import LONGEST, spelling
from dedup.judge.numbers import read_quantity
from dedup.judge.profile import I64, LOWER, WORDS, Profile, Profiles, find_key
from dedup.judge.vocabulary import F32, F64, I32, Vocabulary
from dedup.records import U8, U32, U64, Flag, Tokens
from dedup.text.machine import helper, kernel
from dedup.text.tokeniser import TokenBatch

_CAPITAL, _DIGIT, _FURNITURE, _GRAM = int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.FURNITURE), int(Flag.GRAM)


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
    _fill(batch.blob, batch.offsets, *places, v.numbers, v.codes, v.values, out)
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


@kernel
def _fill(
    blob: U8, offsets: U64, starts: U32, ends: U32, flags: U8, word_offsets: I64, numbers: I32, codes: U8, values: F64,
    out: Sides,
) -> None:  # fmt: skip
    """Writes what the sides of a batch have of their own."""
    raw = np.empty(LONGEST, np.uint8)
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
def absent(mine: Side, other: Side) -> tuple[U8, U8]:
    """Marks of the words (n,) that the other article does not have, and that either writes in lower case."""
    foreign, lower = np.ones(len(mine.words), np.uint8), np.empty(len(mine.words), np.uint8)
    for k in range(len(mine.words)):
        lower[k] = 1 if mine.marks[k] & LOWER else 0
        t = find_key(other.words, other.cells, WORDS, mine.words[k])
        if t >= 0:
            foreign[k] = 0
            lower[k] |= 1 if other.marks[t] & LOWER else 0
    n = len(mine.numbers)
    foreign_words, lower_words = np.empty(n, np.uint8), np.empty(n, np.uint8)
    for i in range(n):
        foreign_words[i], lower_words[i] = foreign[mine.numbers[i]], lower[mine.numbers[i]]
    return foreign_words, lower_words
