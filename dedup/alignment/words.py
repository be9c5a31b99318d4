"""The words of a batch of articles without page furniture, and of its pairs in one numbering: what every step works on.

What belongs to an article - its words, sentences and terms - is laid out once, whatever the number of its pairs. Stems
are numbered by article, in order of appearance; a pair keeps the numbers of its left article and adds those stems that
only the right one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

import numpy as np

from dedup.compiled.arrays import F32, I32, I64, U8, U32, U64
from dedup.compiled.decorators import Array, Int, borrowing, borrowing_kernel
from dedup.records import Flag, Tokens

SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Fibonacci hashing of the slot
TABLE_BITS = 12  # of the smallest table of stems: an article or two
FURNITURE = np.uint8(Flag.BOILERPLATE)


class StemFrequencies(Protocol):
    """What the alignment asks of the background: how probable a word with this stem is."""

    def stem_probability(self, stems: U64) -> F32:
        """Share of the running words of news that have each stem; (n,) -> (n,), all above 0."""
        ...


class Batch(Protocol):
    """The tokens of `a` articles as flat arrays: what the alignment reads of a `dedup.text.tokeniser.TokenBatch`."""

    @property
    def blob(self) -> U8:
        """UTF-8 of all articles."""

    @property
    def offsets(self) -> U64:
        """Where each article begins in `blob`; (a + 1,)."""

    @property
    def hashes(self) -> U64:
        """Of each word; (n,) as `stems`, `starts`, `ends` and `flags`."""

    @property
    def stems(self) -> U64:
        """Of each word."""

    @property
    def starts(self) -> U32:
        """Byte offsets from the beginning of the article."""

    @property
    def ends(self) -> U32:
        """Byte offsets from the beginning of the article."""

    @property
    def flags(self) -> U8:
        """Bits of `Flag`."""

    @property
    def word_offsets(self) -> I64:
        """Where each article's words begin; (a + 1,)."""

    @property
    def sentences(self) -> U32:
        """First word of each sentence and the number of words of each article, counted from its first word; (s,)."""

    @property
    def sentence_offsets(self) -> I64:
        """Where each article's sentence bounds begin; (a + 1,)."""


@dataclass(frozen=True, slots=True)
class SmallBatch:
    """Some articles' tokens, one after the other."""

    blob: U8
    offsets: U64
    hashes: U64
    stems: U64
    starts: U32
    ends: U32
    flags: U8
    word_offsets: I64
    sentences: U32
    sentence_offsets: I64


def batch_of(*articles: Tokens) -> SmallBatch:
    """The batch of some articles (at least one)."""

    def ends(sizes: list[int]) -> I64:
        return np.array([0, *accumulate(sizes)], np.int64)

    return SmallBatch(
        np.frombuffer(b"".join(a.data for a in articles), np.uint8),
        ends([len(a.data) for a in articles]).astype(np.uint64),
        np.concatenate([a.hashes for a in articles]),
        np.concatenate([a.stems for a in articles]),
        np.concatenate([a.starts for a in articles]),
        np.concatenate([a.ends for a in articles]),
        np.concatenate([a.flags for a in articles]),
        ends([len(a) for a in articles]),
        np.concatenate([a.sentences for a in articles]),
        ends([len(a.sentences) for a in articles]),
    )


WORDS, SENTENCES, STEMS = 0, 1, 2  # columns of `Articles.offsets`
FIRST_WORD, FIRST_TERM, NUMBER = 0, 1, 2  # columns of `Articles.sentences`
STEM, COUNT, SENTENCE, NEXT = 0, 1, 2, 3  # columns of `Articles.terms`
KNOWN_AS, WORDS_WITH, FIRST_WITH = 0, 1, 2  # columns of `Articles.stems`


class Articles(NamedTuple):
    """Articles without their furniture, flat. Shapes: `a` articles, `n` words, `m` sentences, `v` stems in all.

    Everything counts from the beginning of its article. A sentence that is all furniture has disappeared. A term is a
    stem of a sentence; an article's terms stand where its words begin, sentence by sentence, and may be fewer.
    """

    offsets: I64  # (a + 1, 3) where each article's words, sentences and stems begin
    words: I32  # (n,) where each word stands in the article's `Tokens`
    ids: I32  # (n,) number of its stem in the article
    hashes: U64  # (n,)
    marks: U8  # (n + a,) 1 where a sentence begins, and at the end of each article
    sentences: I32  # (m + a, 3) first word, first term, number in the article's `Tokens`; then how many words and terms
    terms: I32  # (n, 4) stem, how often the sentence has it, sentence, the next term with the same stem (-1 for none)
    stems: I32  # (v, 3) number in the batch, words with it, first term with it


def lay_out(batch: Batch, numbers: I64) -> tuple[Articles, U64]:
    """Some articles of a batch (a,), and their stems in the order of their numbers."""
    a, bounds = len(numbers), int(sizes_of(batch.sentence_offsets)[numbers].sum())
    n = int(sizes_of(batch.word_offsets)[numbers].sum())
    ids, words, place, latest = np.empty((4, n), np.int32)
    known = np.empty(n, np.uint64)
    articles = Articles(
        np.zeros((a + 1, 3), np.int64), words, ids, np.empty(n, np.uint64), np.zeros(n + a, np.uint8),
        np.empty((bounds, 3), np.int32), np.empty((n, 4), np.int32), np.empty((n, 3), np.int32),
    )  # fmt: skip
    place.fill(-1)
    stems, hashes, flags = map(np.ascontiguousarray, (batch.stems, batch.hashes, batch.flags))
    numbered = lay_out_articles(
        numbers, stems, hashes, flags, batch.word_offsets, batch.sentences, batch.sentence_offsets,
        np.empty(1 << max(TABLE_BITS, (2 * n).bit_length()), np.int32), known, place, latest, articles,
    )  # fmt: skip
    return articles, known[:numbered]


@borrowing
def _slot(stem: Array, slots: Array, bits: Int, known: Array) -> Int:
    """The slot of a stem in a table of 2^`bits`: the one that holds its number, or the free one where it would go."""
    at = np.int64(np.uint64(stem * SPREAD) >> np.uint64(64 - bits))
    while slots[at] >= 0 and known[slots[at]] != stem:
        at = (at + 1) & ((1 << bits) - 1)
    return at


@borrowing
def _spread(slots: Array, bits: Int, known: Array, size: Int) -> None:
    """Put the numbers of the first `size` known stems into an empty table of 2^`bits`."""
    for at in range(1 << bits):
        slots[at] = -1
    for number in range(size):
        slots[_slot(known[number], slots, bits, known)] = number


@borrowing_kernel
def lay_out_articles(
    numbers: Array, stems: Array, hashes: Array, flags: Array, word_offsets: Array, bounds: Array, bound_offsets: Array,
    slots: Array, known: Array, place: Array, latest: Array, out: Array,
) -> Int:  # fmt: skip
    """Fill `out`, and `known` with the stems of the batch by number; how many they are.

    `slots`: scratch, at least twice as many as words and a power of two, of which a table takes as much as it needs, so
    that it stays in the cache; `place`: all -1 before and after, number of each stem of the batch in the article;
    `latest`: scratch, latest term of each of the article's stems.
    """
    offsets, words, ids, kept_hashes, marks, sentences, terms, distinct = out
    bits, size = np.int64(TABLE_BITS), np.int64(0)
    _spread(slots, bits, known, size)
    n = m = v = 0
    for a in range(len(numbers)):
        base, first_bound = word_offsets[numbers[a]], bound_offsets[numbers[a]]
        first_word, first_stem, term = n, v, 0
        for s in range(first_bound, bound_offsets[numbers[a] + 1] - 1):
            begin, begin_terms = n, term
            for i in range(base + bounds[s], base + bounds[s + 1]):
                if flags[i] & FURNITURE:
                    continue
                slot = _slot(stems[i], slots, bits, known)
                number: Int = slots[slot]
                if number < 0:
                    number = size
                    slots[slot], known[size] = size, stems[i]
                    size += 1
                    if 2 * size > 1 << bits:
                        bits += 1
                        _spread(slots, bits, known, size)
                stem = place[number]
                if stem < 0:
                    stem = v - first_stem
                    place[number], latest[stem] = stem, -1
                    distinct[v, KNOWN_AS], distinct[v, WORDS_WITH], distinct[v, FIRST_WITH] = number, 0, term
                    v += 1
                words[n], ids[n], kept_hashes[n] = i - base, stem, hashes[i]
                distinct[first_stem + stem, WORDS_WITH] += 1
                n += 1
                before = latest[stem]
                if before >= begin_terms:
                    terms[first_word + before, COUNT] += 1
                    continue
                if before >= 0:
                    terms[first_word + before, NEXT] = term
                at = first_word + term
                terms[at, STEM], terms[at, COUNT], terms[at, NEXT] = stem, 1, -1
                terms[at, SENTENCE] = m - offsets[a, SENTENCES]
                latest[stem] = term
                term += 1
            if n > begin:
                at = m + a
                sentences[at, FIRST_WORD], sentences[at, FIRST_TERM] = begin - first_word, begin_terms
                sentences[at, NUMBER] = s - first_bound
                marks[begin + a] = 1
                m += 1
        marks[n + a] = 1
        sentences[m + a, FIRST_WORD], sentences[m + a, FIRST_TERM] = n - first_word, term
        for k in range(first_stem, v):
            place[distinct[k, KNOWN_AS]] = -1
        offsets[a + 1, WORDS], offsets[a + 1, SENTENCES], offsets[a + 1, STEMS] = n, m, v
    return size


def sizes_of(offsets: I64) -> I64:
    """How many rows each item has, given where its rows begin; (n + 1, ...) -> (n, ...)."""
    return offsets[1:] - offsets[:-1]


def longest(offsets: I64) -> int:
    """The most rows of one item, given where each item's begin; (n + 1,)."""
    return int(sizes_of(offsets).max(initial=0))


@borrowing
def sentences_of(offsets: Array, a: Int) -> Array:
    """The rows of an article among `Articles.sentences`, with the one at its end: first, last."""
    return offsets[a, SENTENCES] + a, offsets[a + 1, SENTENCES] + a + 1
