"""The words of a batch of articles without page furniture, and of its pairs in one numbering: what every step works on.

What belongs to an article - its words, sentences and terms - is laid out once, whatever the number of its pairs. Stems
are numbered by article, in order of appearance; a pair keeps the numbers of its left article and adds those stems that
only the right one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.records import U8, U32, U64, Flag, Tokens
from dedup.text.machine import Array, Int, helper, kernel

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Fibonacci hashing of the slot
FURNITURE = np.uint8(Flag.FURNITURE)


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
        return np.cumsum([0, *sizes], dtype=np.int64)

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


class Articles(NamedTuple):
    """Articles without their furniture, flat. Shapes: `a` articles, `n` words, `m` sentences, `v` stems in all.

    Everything counts from the beginning of its article. A sentence that is all furniture has disappeared. A term is a
    stem of a sentence: they stand where the article's words begin, sentence by sentence, and may be fewer.
    """

    word_offsets: I64  # (a + 1,)
    sentence_offsets: I64  # (a + 1,)
    stem_offsets: I64  # (a + 1,)
    words: I32  # (n,) where each word stands in the article's `Tokens`
    ids: I32  # (n,) number of its stem in the article
    hashes: U64  # (n,)
    marks: U8  # (n + a,) 1 where a sentence begins, and at the end of each article
    sentences: I32  # (m,) which sentence of the article's `Tokens` each one is
    terms: I32  # (m + a,) first term of each sentence, then their number
    bounds: I32  # (m + a,) first word of each sentence, then their number
    term_ids: I32  # (n,) stem
    term_counts: I32  # (n,) how often the sentence has it
    term_sentences: I32  # (n,)
    term_next: I32  # (n,) the next term with the same stem, -1 for none
    stem_terms: I32  # (v,) first term with each stem
    stem_counts: I32  # (v,) words with each stem
    stems: I32  # (v,) number of each stem in the batch


def lay_out(batch: Batch) -> tuple[Articles, U64]:
    """The articles of a batch, and its stems in the order of their numbers."""
    a, n = len(batch.word_offsets) - 1, len(batch.stems)
    m = len(batch.sentences)
    offsets, words, places = (np.zeros((3, a + 1), np.int64), np.empty((7, n), np.int32), np.empty((3, m), np.int32))
    articles = Articles(
        *offsets, words[0], words[1], np.empty(n, np.uint64), np.zeros(n + a, np.uint8), *places, *words[2:6],
        *np.empty((3, n), np.int32),
    )  # fmt: skip
    bits = max(4, (2 * n).bit_length())
    slots, known = np.full(1 << bits, -1, np.int32), np.empty(n, np.uint64)
    numbered = lay_out_articles(
        np.ascontiguousarray(batch.stems), np.ascontiguousarray(batch.hashes), np.ascontiguousarray(batch.flags),
        np.ascontiguousarray(batch.word_offsets), np.ascontiguousarray(batch.sentences),
        np.ascontiguousarray(batch.sentence_offsets), slots, bits, known, np.full(n, -1, np.int32), words[6], articles,
    )  # fmt: skip
    return articles, known[:numbered]


@helper
def _number(stem: Array, slots: Array, shift: Array, mask: Int, known: Array, size: Int) -> Int:
    """The number of a stem among the `size` that are known; `size` itself, and noted, where it is new."""
    at = np.int64(np.uint64(stem * SPREAD) >> shift)
    while slots[at] >= 0 and known[slots[at]] != stem:
        at = (at + 1) & mask
    if slots[at] < 0:
        slots[at] = size
        known[size] = stem
    return np.int64(slots[at])


@kernel
def lay_out_articles(
    stems: Array, hashes: Array, flags: Array, word_offsets: Array, sentences: Array, sentence_offsets: Array,
    slots: Array, bits: Int, known: Array, place: Array, latest: Array, out: Array,
) -> Int:  # fmt: skip
    """Fill `out`; how many stems the batch has. Their numbers are in `slots` (all -1 before), themselves in `known`.

    `place`: all -1 before and after, number of each stem of the batch in the article; `latest`: scratch, latest term of
    each of the article's stems.
    """
    mask, shift = np.int64((1 << bits) - 1), np.uint64(64 - bits)
    n = m = v = size = 0
    for a in range(len(word_offsets) - 1):
        base, first_word, first_stem, terms, kept = word_offsets[a], n, v, 0, 0
        bounds = m + a
        for s in range(sentence_offsets[a], sentence_offsets[a + 1] - 1):
            out.bounds[bounds + kept], out.terms[bounds + kept] = n - first_word, terms
            begin, begin_terms = n, terms
            for i in range(base + sentences[s], base + sentences[s + 1]):
                if flags[i] & FURNITURE:
                    continue
                number = _number(stems[i], slots, shift, mask, known, size)
                size = max(size, number + 1)
                if place[number] < 0:
                    place[number] = v - first_stem
                    latest[v - first_stem] = -1
                    out.stems[v], out.stem_counts[v] = number, 0
                    v += 1
                stem = place[number]
                out.words[n], out.ids[n], out.hashes[n] = i - base, stem, hashes[i]
                out.stem_counts[first_stem + stem] += 1
                n += 1
                term = latest[stem]
                if term >= begin_terms:
                    out.term_counts[first_word + term] += 1
                    continue
                if term < 0:
                    out.stem_terms[first_stem + stem] = terms
                else:
                    out.term_next[first_word + term] = terms
                at = first_word + terms
                out.term_ids[at], out.term_counts[at], out.term_sentences[at] = stem, 1, kept
                out.term_next[at], latest[stem] = -1, terms
                terms += 1
            if n > begin:
                out.sentences[m + kept] = s - sentence_offsets[a]
                out.marks[begin + a] = 1
                kept += 1
        m += kept
        out.bounds[m + a], out.terms[m + a], out.marks[n + a] = n - first_word, terms, 1
        for k in range(first_stem, v):
            place[out.stems[k]] = -1
        out.word_offsets[a + 1], out.sentence_offsets[a + 1], out.stem_offsets[a + 1] = n, m, v
    return size
