"""One article as the features of its pairs need it: its different words and stems, and where its word sequences stand.

Public: `Profile` (one article), `Profiles` (a batch, flat), `profiles_of`, `profile_at`, `Mark`, `Place`, `Sum`.

An article's words, stems and grams of two, three and five words each have a table (`evidence.grams`), made once, so
that a pair of articles looks one of them up in the other. Sums of weights are exact whatever the order: weights are
float32 of at most 17, the least 2^-18 or 0, so that some thousand of them fit into the 53 bits of a float64.
"""

from __future__ import annotations

from enum import IntFlag, auto
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U64
from dedup.compiled.decorators import Int, borrowing, borrowing_kernel
from dedup.evidence.grams import (
    FIVES,
    LEAST_CELLS,
    PAIRS,
    ROOM,
    STEMS,
    TABLES,
    TRIPLES,
    WORDS,
    enter,
    enter_key,
    gram_key,
    gram_step,
)
from dedup.evidence.text import Text
from dedup.language.vocabulary import Vocabulary
from dedup.models import Columns
from dedup.records import Flag
from dedup.text.tokeniser import TokenBatch


class Mark(IntFlag):
    """What is known of a word of an article; a stem has the first two."""

    KEPT = 1  # outside boilerplate
    PLAIN = 2  # and outside quotation marks
    NAMED = 4  # a capital that no sentence start explains
    NUMERIC = 8
    LOWER = 16  # in lower case somewhere
    RARE = 32  # not established in the background


class Place(IntFlag):
    """What is known of the grams that begin at a word."""

    FIRST_PAIR = 1  # stands nowhere before
    FIRST_TRIPLE = 2
    ONE_PAIR = 4  # and stands nowhere else
    ONE_TRIPLE = 8


class Sum(Columns):
    """What is summed over an article's different entries outside boilerplate, or over its places."""

    STEMS = auto()  # weights
    STEMS_PLAIN = auto()  # weights of those outside quotation marks
    WORDS = auto()  # weights
    PAIRS = auto()  # weights
    NAMES = auto()  # weights
    TRIPLES = auto()  # numbers, as all that follow
    FIVES = auto()
    NUMBERS = auto()
    PLAIN_WORDS = auto()  # running words outside quotation marks
    SENTENCES = auto()  # that have a word


class Count(Columns):
    """How many entries of a batch's arrays an article has."""

    TEXT = auto()  # words outside boilerplate
    WORDS = auto()  # different words
    STEMS = auto()  # different stems


KEPT, PLAIN, NAMED, NUMERIC = int(Mark.KEPT), int(Mark.PLAIN), int(Mark.NAMED), int(Mark.NUMERIC)
LOWER, RARE = int(Mark.LOWER), int(Mark.RARE)
FIRST_PAIR, FIRST_TRIPLE = int(Place.FIRST_PAIR), int(Place.FIRST_TRIPLE)
ONE_PAIR, ONE_TRIPLE = int(Place.ONE_PAIR), int(Place.ONE_TRIPLE)
_FIRST = FIRST_PAIR | FIRST_TRIPLE | ONE_PAIR | ONE_TRIPLE
SPACE, QUOTE, LINE_END = ord(" "), ord('"'), ord("\n")
OPEN, CLOSE = tuple("“".encode()), tuple("”".encode())  # of the same first two bytes
OPEN_ANGLED, CLOSE_ANGLED = tuple("«".encode()), tuple("»".encode())  # of the same first byte
_BOILERPLATE, _CAPITAL, _DIGIT, _BREAK = int(Flag.BOILERPLATE), int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BREAK)


class Profile(NamedTuple):
    """One article. Shapes: `n` words without boilerplate, `w` different words, `s` different stems, `m` sentences."""

    hashes: U64  # (n,)
    plain: U8  # (n,) 1 outside quotation marks
    text: I32  # (n,) which of the different words stands at each place
    firsts: U8  # (n,) FIRST_PAIR, FIRST_TRIPLE, ONE_PAIR, ONE_TRIPLE
    fives: I32  # (n,) the first place of the five words that stand here
    words: U64  # (w,) in order of appearance, those of boilerplate too
    weights: F32  # (w,) inverse document frequency, ln
    marks: U8  # (w,)
    stem_of: I32  # (w,)
    stems: U64  # (s,)
    stem_weights: F32  # (s,)
    stem_marks: U8  # (s,) KEPT, PLAIN
    cells: I32  # the tables one after the other, each of a power of two: place + 1, 0 where empty
    sentence: I32  # (m,) words left in each
    quoted: F32  # (m,) share of its words inside quotation marks
    sums: F64  # (len(Sum),)


class Profiles(NamedTuple):
    """The profiles of a batch: an article's entries begin where its words do, in `cells` at `cell_offsets`."""

    numbers: I32  # (all words,) which of the article's different words stands at each place
    hashes: U64
    plain: U8
    text: I32
    firsts: U8
    fives: I32
    words: U64
    weights: F32
    marks: U8
    stem_of: I32
    stems: U64
    stem_weights: F32
    stem_marks: U8
    cells: I32
    cell_offsets: I64  # (a + 1,)
    sentence: I32  # (all sentence bounds,)
    quoted: F32
    sums: F64  # (a, len(Sum))
    counts: I32  # (a, len(Count))


def _empty(batch: TokenBatch) -> Profiles:
    n, articles = len(batch.hashes), len(batch)
    least = np.maximum(LEAST_CELLS, ROOM * np.diff(batch.word_offsets))
    cells = np.zeros(articles + 1, np.int64)
    np.cumsum(TABLES * 2 ** np.ceil(np.log2(least)).astype(np.int64), out=cells[1:])
    return Profiles(
        np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.uint8), np.empty(n, np.int32),
        np.empty(n, np.uint8), np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.float32),
        np.empty(n, np.uint8), np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.float32),
        np.empty(n, np.uint8),
        np.zeros(cells[-1], np.int32), cells,
        np.empty(len(batch.sentences), np.int32), np.empty(len(batch.sentences), np.float32),
        np.zeros((articles, len(Sum))), np.empty((articles, len(Count)), np.int32),
    )  # fmt: skip


def profiles_of(batch: TokenBatch, vocabulary: Vocabulary) -> Profiles:
    """Return the profiles of all articles of a batch whose boilerplate is marked."""
    out = _empty(batch)
    scratch = np.full(len(vocabulary.words), -1, np.int32), np.full(len(vocabulary.stems), -1, np.int32)
    _fill(Text.of(batch), vocabulary, *scratch, out)
    return out


def profile_at(profiles: Profiles, batch: TokenBatch, i: int) -> Profile:
    """Return the profile of article `i` as views."""
    p, at, bounds, counts = profiles, int(batch.word_offsets[i]), batch.sentence_offsets, profiles.counts[i].tolist()
    text, words = slice(at, at + counts[Count.TEXT]), slice(at, at + counts[Count.WORDS])
    stems = slice(at, at + counts[Count.STEMS])
    sentences = slice(bounds[i], max(bounds[i], bounds[i + 1] - 1))
    return Profile(
        p.hashes[text], p.plain[text], p.text[text], p.firsts[text], p.fives[text],
        p.words[words], p.weights[words], p.marks[words], p.stem_of[words],
        p.stems[stems], p.stem_weights[stems], p.stem_marks[stems],
        p.cells[p.cell_offsets[i] : p.cell_offsets[i + 1]], p.sentence[sentences], p.quoted[sentences], p.sums[i],
    )  # fmt: skip


@borrowing
def _quotation(blob: U8, start: Int, end: Int, inside: bool) -> bool:
    """Return whether what follows bytes [start, end), which hold no word, is inside double quotation marks.

    They are straight, curly or angled; a line end closes them.
    """
    for at in range(start, end):
        byte = blob[at]
        if byte == QUOTE:
            inside = not inside
        elif byte == LINE_END:
            inside = False
        elif byte == OPEN[0] and at + 2 < end and blob[at + 1] == OPEN[1]:
            if blob[at + 2] == OPEN[2]:
                inside = True
            elif blob[at + 2] == CLOSE[2]:
                inside = False
        elif byte == OPEN_ANGLED[0] and at + 1 < end:
            if blob[at + 1] == OPEN_ANGLED[1]:
                inside = True
            elif blob[at + 1] == CLOSE_ANGLED[1]:
                inside = False
    return inside


@borrowing
def _marks(flag: Int) -> Int:
    marks = 0 if flag & _CAPITAL else LOWER
    if not flag & _BOILERPLATE:
        marks |= KEPT
        if flag & _DIGIT:
            marks |= NUMERIC
        elif flag & _CAPITAL and not flag & _BREAK:
            marks |= NAMED
    return marks


@borrowing
def _fill_sums(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """Tables of the different words and stems, and the sums of their weights."""
    sums, words, stems = out.sums[a], out.counts[a, Count.WORDS], out.counts[a, Count.STEMS]
    for k in range(w0, w0 + words):
        enter_key(out.cells, begin + WORDS * cell_count, cell_count, k - w0, out.words[k])
        mark, weight = out.marks[k], out.weights[k]
        out.stem_marks[w0 + out.stem_of[k]] |= mark & (KEPT | PLAIN)
        if mark & KEPT:
            sums[Sum.WORDS] += weight
            sums[Sum.NAMES] += weight if mark & NAMED else 0.0
            sums[Sum.NUMBERS] += 1.0 if mark & NUMERIC else 0.0
    for k in range(w0, w0 + stems):
        enter_key(out.cells, begin + STEMS * cell_count, cell_count, k - w0, out.stems[k])
        if out.stem_marks[k] & KEPT:
            sums[Sum.STEMS] += out.stem_weights[k]
            sums[Sum.STEMS_PLAIN] += out.stem_weights[k] if out.stem_marks[k] & PLAIN else 0.0


@borrowing
def _fill_pairs(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """The table of the pairs of words, and which of them stand where for the first or the only time."""
    n, hashes, total = int(out.counts[a, Count.TEXT]), out.hashes, 0.0
    for at in range(w0, w0 + n):
        out.firsts[at], out.fives[at] = _FIRST, at - w0
    for i in range(n - 1):
        at = w0 + i
        place = enter(hashes, out.cells, begin, cell_count, w0, i, 2, gram_step(hashes[at], hashes[at + 1]))
        if place == i:
            total += float(out.weights[w0 + out.text[at]] + out.weights[w0 + out.text[at + 1]])
        else:
            out.firsts[at] = 0
            out.firsts[w0 + place] &= _FIRST & ~ONE_PAIR
    out.sums[a, Sum.PAIRS] = total


@borrowing
def _fill_triples(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """The tables of the triples whose pair comes more than once, and of the fives whose triple does; their numbers."""
    n, hashes = int(out.counts[a, Count.TEXT]), out.hashes
    triples, fives = begin + (TRIPLES - PAIRS) * cell_count, begin + (FIVES - PAIRS) * cell_count
    again = 0
    for i in range(n - 2):
        at = w0 + i
        if out.firsts[at] & ONE_PAIR:
            continue
        place = enter(hashes, out.cells, triples, cell_count, w0, i, 3, gram_key(hashes, at, 3))
        if place == i:
            out.firsts[at] |= FIRST_TRIPLE | ONE_TRIPLE
        else:
            out.firsts[w0 + place] &= _FIRST & ~ONE_TRIPLE
            again += 1
    out.sums[a, Sum.TRIPLES] = max(n - 2, 0) - again
    again = 0
    for i in range(n - 4):
        at = w0 + i
        if out.firsts[at] & ONE_TRIPLE:
            continue
        out.fives[at] = enter(hashes, out.cells, fives, cell_count, w0, i, 5, gram_key(hashes, at, 5))
        again += 1 if out.fives[at] < i else 0
    out.sums[a, Sum.FIVES] = max(n - 4, 0) - again


@borrowing
def _number_words(out: Profiles, a: Int, w0: Int, w1: Int, v: Vocabulary, mine: I32, mine_stem: I32) -> None:
    """Number the article's different words and stems; `mine` are those of the vocabulary, before `w0`: none yet."""
    words, stems = w0, w0
    for i in range(w0, w1):
        word = v.numbers[i]
        k: Int = np.int64(mine[word])
        if k < w0:
            k = words
            words += 1
            stem = v.stem_numbers[word]
            t: Int = np.int64(mine_stem[stem])
            if t < w0:
                t = stems
                stems += 1
                mine_stem[stem], out.stems[t], out.stem_weights[t] = t, v.stems[stem], v.stem_weights[stem]
                out.stem_marks[t] = 0
            mine[word], out.words[k], out.weights[k] = k, v.words[word], v.weights[word]
            out.stem_of[k], out.marks[k] = t - w0, RARE if v.rare[word] else 0
        out.numbers[i] = k - w0
    out.counts[a, Count.WORDS], out.counts[a, Count.STEMS] = words - w0, stems - w0


@borrowing
def _end_sentence(out: Profiles, a: Int, s: Int, words: Int, quoted: Int) -> None:
    out.sentence[s], out.quoted[s] = words, quoted / max(1, words)
    out.sums[a, Sum.SENTENCES] += 1.0 if words > 0 else 0.0
    out.sums[a, Sum.PLAIN_WORDS] += words - quoted


@borrowing
def _read_places(out: Profiles, a: Int, w0: Int, w1: Int, text: Text) -> None:
    """Write the words outside boilerplate, with what is plain; mark the different words; end the sentences."""
    inside: bool = False
    base, s = np.int64(text.offsets[a]), text.sentence_offsets[a]
    kept, at, words, quoted = w0, np.int64(0), 0, 0
    for i in range(w0, w1):
        while i - w0 >= text.sentences[s + 1]:
            _end_sentence(out, a, s, words, quoted)
            s, words, quoted = s + 1, 0, 0
        start, flag, k = np.int64(text.starts[i]), text.flags[i], out.numbers[i]
        if at < start and not (start - at == 1 and text.blob[base + at] == SPACE):
            inside = _quotation(text.blob, base + at, base + start, inside)
        at = max(at, np.int64(text.ends[i]))
        plain = 0 if inside else 1
        marks = _marks(flag)
        out.marks[w0 + k] |= marks | (PLAIN if plain and marks & KEPT else 0)
        if marks & KEPT:
            out.hashes[kept], out.text[kept], out.plain[kept] = text.hashes[i], k, plain
            kept += 1
            words += 1
            quoted += 1 - plain
    if w1 > w0:
        _end_sentence(out, a, s, words, quoted)
    out.counts[a, Count.TEXT] = kept - w0


@borrowing_kernel
def _fill(text: Text, vocabulary: Vocabulary, mine: I32, mine_stem: I32, out: Profiles) -> None:
    """Write the profiles of a batch; `mine` and `mine_stem`: -1 for each word and stem of the vocabulary."""
    for a in range(len(text.offsets) - 1):
        w0, w1 = text.word_offsets[a], text.word_offsets[a + 1]
        _number_words(out, a, w0, w1, vocabulary, mine, mine_stem)
        _read_places(out, a, w0, w1, text)
        begin, cell_count = out.cell_offsets[a], (out.cell_offsets[a + 1] - out.cell_offsets[a]) // TABLES
        _fill_sums(out, a, w0, begin, cell_count)
        _fill_pairs(out, a, w0, begin + PAIRS * cell_count, cell_count)
        _fill_triples(out, a, w0, begin + PAIRS * cell_count, cell_count)
