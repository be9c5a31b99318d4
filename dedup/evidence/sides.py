"""One article as the evidence kernels see it, and what it has that another article does not.

Public: `Side` (one article), `Sides` (a batch, flat), `sides_of`, `side_at`, `View` (beside another), `meet`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8, U32, U64
from dedup.compiled.decorators import Int, borrowing, borrowing_kernel, helper
from dedup.evidence.grams import WORDS, find_key
from dedup.evidence.numbers import WordText, read_quantity
from dedup.evidence.profile import LOWER, Profile, Profiles
from dedup.evidence.text import Text
from dedup.language.phonetic_key import LONGEST, phonetic_key
from dedup.language.vocabulary import Vocabulary
from dedup.language.word_classes import WordClass
from dedup.records import Flag
from dedup.text.tokeniser import TokenBatch

_CAPITAL, _DIGIT, _BOILERPLATE, _GRAM = int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BOILERPLATE), int(Flag.GRAM)
FIRST, LAST = 0, 1  # columns of a range of words, half-open


class Side(NamedTuple):
    """One article as the kernels see it. Shapes: `n` words, `w` different ones, `m` sentences, `q` quantities."""

    data: U8  # (bytes,)
    hashes: U64  # (n,)
    stems: U64
    starts: U32
    ends: U32
    flags: U8
    sentences: U32  # (m + 1,)
    codes: U8  # (n,) of `WordClass`; boilerplate is as an article: it negates nothing and holds nothing in place
    keys: U8  # (n, 24) phonetic keys of names; otherwise undefined
    sizes: I32  # (n,) of the keys, 0 where there is none
    quantity: I32  # (n,) which quantity a word belongs to, or -1
    amounts: F64  # (q,)
    dimensions: F64  # (q,)
    ranges: I32  # (q, 2) FIRST and LAST word of each quantity
    numbers: I32  # (n,) which of the different words stands at each place
    words: U64  # (w,) as in `Profile`, with their weights, marks and table
    weights: F32
    marks: U8
    cells: I32


class Sides(NamedTuple):
    """What the sides of a batch have beyond tokens and profile; an article's entries begin where its words do."""

    codes: U8
    keys: U8
    sizes: I32
    quantity: I32
    amounts: F64
    dimensions: F64
    ranges: I32
    counts: I32  # (a,) quantities


def sides_of(batch: TokenBatch, vocabulary: Vocabulary) -> Sides:
    """Return the sides of all articles of a batch whose boilerplate is marked."""
    n = len(batch.hashes)
    out = Sides(
        np.empty(n, np.uint8), np.empty((n, LONGEST), np.uint8), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(n), np.empty(n), np.empty((n, 2), np.int32), np.empty(len(batch), np.int32),
    )  # fmt: skip
    words = WordText(Text.of(batch), out.codes, vocabulary.numbers, vocabulary.values)
    _fill(words, vocabulary.codes, np.empty(LONGEST, np.int32), out)
    return out


def side_at(sides: Sides, profiles: Profiles, profile: Profile, batch: TokenBatch, i: int) -> Side:
    """Return the side of article `i` as views; `profile` is that of the article."""
    s, b, first, last = sides, batch, int(batch.word_offsets[i]), int(batch.word_offsets[i + 1])
    words, quantities = slice(first, last), slice(first, first + int(sides.counts[i]))
    return Side(
        b.blob[int(b.offsets[i]) : int(b.offsets[i + 1])],
        b.hashes[words], b.stems[words], b.starts[words], b.ends[words], b.flags[words],
        b.sentences[int(b.sentence_offsets[i]) : int(b.sentence_offsets[i + 1])],
        s.codes[words], s.keys[words], s.sizes[words], s.quantity[words],
        s.amounts[quantities], s.dimensions[quantities], s.ranges[quantities],
        profiles.numbers[words], profile.words, profile.weights, profile.marks, profile.cells,
    )  # fmt: skip


@borrowing
def _fill_article(words: WordText, a: Int, raw: I32, out: Sides) -> None:
    """Write phonetic keys and quantities of one article."""
    text = words.text
    w0, w1 = text.word_offsets[a], text.word_offsets[a + 1]
    base, limit = np.int64(text.offsets[a]), np.int64(text.offsets[a + 1])
    found, reached = w0, w0
    for i in range(w0, w1):
        flag, code = text.flags[i], out.codes[i]
        size = 0
        if flag & _CAPITAL and not flag & _DIGIT and code == WordClass.CONTENT:
            start, end = base + np.int64(text.starts[i]), base + np.int64(text.ends[i])
            size = phonetic_key(text.blob, start, end, out.keys[i], raw)
        out.sizes[i] = max(size, 0)
        numeric = flag & _DIGIT or code == WordClass.UNITS or code == WordClass.TENS
        if i < reached or flag & _GRAM or not numeric:
            continue
        amount, dimension, last = read_quantity(words, base, limit, i, w1)
        reached = last
        if amount >= 0.0:
            out.amounts[found], out.dimensions[found] = amount, dimension
            out.ranges[found, FIRST], out.ranges[found, LAST] = i - w0, last - w0
            for k in range(i, last):
                out.quantity[k] = found - w0
            found += 1
    out.counts[a] = found - w0


@borrowing_kernel
def _fill(words: WordText, classes: U8, raw: I32, out: Sides) -> None:
    """Write what the sides of a batch have of their own; `classes` are those of the vocabulary."""
    text = words.text
    for i in range(len(text.starts)):
        out.codes[i], out.quantity[i] = classes[words.numbers[i]], -1
        if text.flags[i] & _BOILERPLATE:
            out.codes[i] = WordClass.ARTICLE
    for a in range(len(text.offsets) - 1):
        _fill_article(words, a, raw, out)


class View(NamedTuple):
    """An article beside another. What is known of its words there, each of shape (n,)."""

    side: Side
    foreign: U8  # 1: the word does not stand in the other article
    lower: U8  # 1: either article writes it in lower case
    partner: I32  # which word of the other it is aligned with, or -1
    how: U8  # how it is aligned, of `word_alignment.Link`


@helper
def _view(side: Side, foreign: U8, lower: U8) -> View:
    """Return the view of an article from what is known of its different words; nothing is aligned yet."""
    n = len(side.numbers)
    strange, small = np.empty(n, np.uint8), np.empty(n, np.uint8)
    for i in range(n):
        strange[i], small[i] = foreign[side.numbers[i]], lower[side.numbers[i]]
    return View(side, strange, small, np.full(n, -1, np.int32), np.zeros(n, np.uint8))


@helper
def meet(left: Side, right: Side) -> tuple[View, View, I32]:
    """Return both articles beside each other, and for each word of the right its number on the left or -1."""
    m, v, w = len(right.numbers), len(left.words), len(right.words)
    theirs, foreign, lower = np.empty(w, np.int32), np.ones(v, np.uint8), np.empty(v, np.uint8)
    other_foreign, other_lower = np.empty(w, np.uint8), np.empty(w, np.uint8)
    for k in range(v):
        lower[k] = 1 if left.marks[k] & LOWER else 0
    for k in range(w):
        t = find_key(left.words, left.cells, WORDS, right.words[k])
        theirs[k], other_lower[k] = t, 1 if right.marks[k] & LOWER else 0
        other_foreign[k] = 1 if t < 0 else 0
        if t >= 0:
            foreign[t] = 0
            lower[t] |= other_lower[k]
            other_lower[k] = lower[t]
    shared = np.empty(m, np.int32)
    for j in range(m):
        shared[j] = theirs[right.numbers[j]]
    return _view(left, foreign, lower), _view(right, other_foreign, other_lower), shared
