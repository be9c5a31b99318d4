"""The words of a batch of articles without boilerplate, laid out for the alignment of any number of their pairs.

What belongs to an article - its words, sentences and terms - is laid out once. Stems are numbered by article, in order
of appearance, and in the batch.
"""

from __future__ import annotations

from enum import auto
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import I32, I64, U8, U32, U64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_inlined, borrowing_kernel
from dedup.models import Columns
from dedup.records import Flag, Tokens
from dedup.text import TokenBatch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: odd, with well spread bits (Fibonacci hashing)
TABLE_BITS = 12  # of the smallest table of stems: an article or two
BOILERPLATE = np.uint8(Flag.BOILERPLATE)


class ArticleStart(Columns):
    """Columns of `Articles.offsets`: where an article's rows begin."""

    WORDS = auto()
    SENTENCES = auto()
    STEMS = auto()


class SentenceColumn(Columns):
    """Columns of `Articles.sentences`."""

    FIRST_WORD = auto()
    FIRST_TERM = auto()
    NUMBER = auto()  # in the article's `Tokens`


class TermColumn(Columns):
    """Columns of `Articles.terms`."""

    STEM = auto()
    COUNT = auto()  # how often the sentence has it
    SENTENCE = auto()
    NEXT = auto()  # the next term with the same stem, -1 for none


class StemColumn(Columns):
    """Columns of `Articles.stems`."""

    NUMBER = auto()  # in the batch
    WORDS = auto()  # how many have it
    FIRST_TERM = auto()  # the first with it


class Articles(NamedTuple):
    """Articles without their boilerplate, flat. Shapes: `a` articles, `n` words, `m` sentences, `v` stems in all.

    Everything counts from the beginning of its article. A sentence that is all boilerplate has disappeared. A term is
    a stem of a sentence; an article's terms stand where its words begin, sentence by sentence, and may be fewer.
    """

    offsets: I64  # (a + 1, ArticleStart)
    words: I32  # (n,) where each word stands in the article's `Tokens`
    ids: I32  # (n,) number of its stem in the article
    hashes: U64  # (n,)
    marks: U8  # (n + a,) 1 where a sentence begins, and at the end of each article
    sentences: I32  # (m + a, SentenceColumn); after those of an article a row that says how many words and terms it has
    terms: I32  # (n, TermColumn)
    stems: I32  # (v, StemColumn)


class WordArrays(NamedTuple):
    """What the layout reads of a `TokenBatch`, whose names these are."""

    stems: U64
    hashes: U64
    flags: U8
    word_offsets: I64
    sentences: U32
    sentence_offsets: I64


class TableState(Columns):
    """Places in `StemTable.state`."""

    BITS = auto()  # the cells in use are 2^bits
    SIZE = auto()  # stems known


class StemTable(NamedTuple):
    """The stems of a batch by number, found by open addressing. Shapes: `n` words, `c` cells, a power of two >= 2 n.

    Only as many cells are used as the stems so far need, so that they stay in the cache.
    """

    cells: I32  # (c,) the number of a stem, -1 for none
    known: U64  # (n,) the stem of each number
    state: I64  # (TableState)


class LayoutScratch(NamedTuple):
    """Memory for the stems of the article at hand. Shapes: `n` words of the batch."""

    place: I32  # (n,) number in the article of each stem of the batch; all -1 before and after an article
    latest: I32  # (n,) latest term of each stem of the article


def batch_of(*articles: Tokens) -> TokenBatch:
    """Return the batch of some articles (at least one), one after the other."""

    def ends(sizes: list[int]) -> I64:
        return np.array([0, *accumulate(sizes)], np.int64)

    return TokenBatch(
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


def lay_out(batch: TokenBatch, numbers: I64) -> tuple[Articles, U64]:
    """Return some articles of a batch, given their numbers (a,), and the stems by their number in the layout."""
    a, bounds = len(numbers), int(sizes_of(batch.sentence_offsets)[numbers].sum())
    n = int(sizes_of(batch.word_offsets)[numbers].sum())
    ids, words, place, latest = np.empty((4, n), np.int32)
    articles = Articles(
        np.zeros((a + 1, len(ArticleStart)), np.int64),
        words,
        ids,
        np.empty(n, np.uint64),
        np.zeros(n + a, np.uint8),
        np.empty((bounds, len(SentenceColumn)), np.int32),
        np.empty((n, len(TermColumn)), np.int32),
        np.empty((n, len(StemColumn)), np.int32),
    )
    place.fill(-1)
    cells = np.empty(1 << max(TABLE_BITS, (2 * n).bit_length()), np.int32)
    table = StemTable(cells, np.empty(n, np.uint64), np.zeros(len(TableState), np.int64))
    stems, hashes, flags = map(np.ascontiguousarray, (batch.stems, batch.hashes, batch.flags))
    arrays = WordArrays(stems, hashes, flags, batch.word_offsets, batch.sentences, batch.sentence_offsets)
    lay_out_articles(numbers, tuple(arrays), tuple(table), (place, latest), tuple(articles))
    return articles, table.known[: table.state[TableState.SIZE]]


@borrowing_inlined
def _cell(stem: Int, table: StemTable) -> Int:
    """The cell that holds a stem's number, or the free one where it would go."""
    bits = table.state[TableState.BITS]
    at = np.int64(np.uint64(stem * GOLDEN) >> np.uint64(64 - bits))
    while table.cells[at] >= 0 and table.known[table.cells[at]] != stem:
        at = (at + 1) & ((1 << bits) - 1)
    return at


@borrowing
def _spread(table: StemTable, bits: Int) -> None:
    """Put the numbers of all known stems into 2^bits cells."""
    table.state[TableState.BITS] = bits
    for at in range(1 << bits):
        table.cells[at] = -1
    for number in range(table.state[TableState.SIZE]):
        table.cells[_cell(table.known[number], table)] = number


@borrowing_inlined
def _number_of(stem: Int, table: StemTable) -> Int:
    """The number of a stem, a new one if it is not known yet."""
    at = _cell(stem, table)
    number: Int = np.int64(table.cells[at])
    if number < 0:
        number = table.state[TableState.SIZE]
        table.cells[at], table.known[number] = number, stem
        table.state[TableState.SIZE] = number + 1
        if 2 * (number + 1) > 1 << table.state[TableState.BITS]:
            _spread(table, table.state[TableState.BITS] + 1)
    return number


@borrowing_inlined
def _add_term(terms: I32, latest: I32, stem: Int, sentence: Int, first: Int, term: Int) -> Int:
    """Count a stem in its sentence, whose terms begin with `first`; `term`: the next free one, which is returned."""
    before = latest[stem]
    if before >= first:
        terms[before, TermColumn.COUNT] += 1
        return term
    if before >= 0:
        terms[before, TermColumn.NEXT] = term
    terms[term, TermColumn.STEM], terms[term, TermColumn.COUNT] = stem, 1
    terms[term, TermColumn.SENTENCE], terms[term, TermColumn.NEXT] = sentence, -1
    latest[stem] = term
    return term + 1


@borrowing
def _lay_out_article(
    a: Int, number: Int, batch: WordArrays, table: StemTable, scratch: LayoutScratch, out: Articles
) -> None:
    """Fill the rows of article `a`, which is article `number` of the batch."""
    first_word, first_sentence = out.offsets[a, ArticleStart.WORDS], out.offsets[a, ArticleStart.SENTENCES]
    terms, stems = out.terms[first_word:], out.stems[out.offsets[a, ArticleStart.STEMS] :]
    base, first_bound = batch.word_offsets[number], batch.sentence_offsets[number]
    n, m, v, term = first_word, first_sentence, 0, 0
    for s in range(first_bound, batch.sentence_offsets[number + 1] - 1):
        begin, first_term = n, term
        for i in range(base + batch.sentences[s], base + batch.sentences[s + 1]):
            if batch.flags[i] & BOILERPLATE:
                continue
            known = _number_of(batch.stems[i], table)
            stem = scratch.place[known]
            if stem < 0:
                stem = v
                scratch.place[known], scratch.latest[stem] = stem, -1
                stems[v, StemColumn.NUMBER], stems[v, StemColumn.WORDS], stems[v, StemColumn.FIRST_TERM] = (
                    known,
                    0,
                    term,
                )
                v += 1
            stems[stem, StemColumn.WORDS] += 1
            out.words[n], out.ids[n], out.hashes[n] = i - base, stem, batch.hashes[i]
            n += 1
            term = _add_term(terms, scratch.latest, stem, m - first_sentence, first_term, term)
        if n > begin:
            row = out.sentences[m + a]
            row[SentenceColumn.FIRST_WORD], row[SentenceColumn.FIRST_TERM] = begin - first_word, first_term
            row[SentenceColumn.NUMBER] = s - first_bound
            out.marks[begin + a] = 1
            m += 1
    out.marks[n + a] = 1
    row = out.sentences[m + a]
    row[SentenceColumn.FIRST_WORD], row[SentenceColumn.FIRST_TERM] = n - first_word, term
    for k in range(v):
        scratch.place[stems[k, StemColumn.NUMBER]] = -1
    out.offsets[a + 1, ArticleStart.WORDS], out.offsets[a + 1, ArticleStart.SENTENCES] = n, m
    out.offsets[a + 1, ArticleStart.STEMS] = out.offsets[a, ArticleStart.STEMS] + v


@borrowing_kernel
def lay_out_articles(numbers: I64, batch: Fields, table: Fields, scratch: Fields, out: Fields) -> None:
    """Fill `out` with the articles of these numbers (a,), and `table` with their stems; fields of `WordArrays` and so
    on."""
    words, stems = WordArrays(*batch), StemTable(*table)
    memory, articles = LayoutScratch(*scratch), Articles(*out)
    _spread(stems, TABLE_BITS)
    for a in range(len(numbers)):
        _lay_out_article(a, numbers[a], words, stems, memory, articles)


def sizes_of(offsets: I64) -> I64:
    """Return how many rows each item has, given where its rows begin; (n + 1, ...) -> (n, ...)."""
    return offsets[1:] - offsets[:-1]


def longest(offsets: I64) -> int:
    """Return the most rows of one item, given where each item's begin; (n + 1,)."""
    return int(sizes_of(offsets).max(initial=0))


# Where the rows of an article begin and end: a function that counts no references returns no part of an array.
@borrowing
def words_of(offsets: I64, a: Int) -> tuple[Int, Int]:
    """The words of an article, given `Articles.offsets`."""
    return offsets[a, ArticleStart.WORDS], offsets[a + 1, ArticleStart.WORDS]


@borrowing
def sentences_of(offsets: I64, a: Int) -> tuple[Int, Int]:
    """The sentences of an article and the row after them, given `Articles.offsets`."""
    return offsets[a, ArticleStart.SENTENCES] + a, offsets[a + 1, ArticleStart.SENTENCES] + a + 1


@borrowing
def stems_of(offsets: I64, a: Int) -> tuple[Int, Int]:
    """The stems of an article, given `Articles.offsets`."""
    return offsets[a, ArticleStart.STEMS], offsets[a + 1, ArticleStart.STEMS]
