"""One article as the features of its pairs need it: its different words and stems, and where its word sequences stand.

Public: `Profile` (one article), `Profiles` (a batch, flat), `profiles_of`, the marks; compiled: `find_key`,
`find_gram`, `gram_key`.

An article's words, stems and grams of two, three and five words each have a table with open addressing, made once, so
that a pair of articles looks one of them up in the other. Sums of weights are exact whatever the order: weights are
float32 of at most 17, the least 2^-18 or 0, so that some thousand of them fit into the 53 bits of a float64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U32, U64
from dedup.compiled.decorators import Bits, Int, borrowing, borrowing_kernel
from dedup.language.vocabulary import MIX, Vocabulary
from dedup.records import Flag
from dedup.text.tokeniser import TokenBatch

# Marks of a word, and the first two of a stem. Kept: outside page furniture; plain: and outside quotation marks; named:
# a capital that no sentence start explains; lower: in lower case somewhere; rare: not established in the background.
KEPT, PLAIN, NAMED, NUMERIC, LOWER, RARE = 1, 2, 4, 8, 16, 32
WORDS, STEMS, PAIRS, TRIPLES, FIVES = range(5)  # the tables
TABLES, LEAST_CELLS, ROOM = 5, 16, 1.5  # cells of a table for each word of the article
FIRST_PAIR, FIRST_TRIPLE = 1, 2  # marks of a place: its gram stands nowhere before
ONE_PAIR, ONE_TRIPLE = 4, 8  # and this gram, of which it is the first, stands nowhere else
# What is summed over an article's different entries: weights, but numbers for triples, fives and numerals; then counts.
(
    SUM_STEMS, SUM_PLAIN, SUM_WORDS, SUM_PAIRS, SUM_NAMES, SUM_TRIPLES, SUM_FIVES, SUM_NUMBERS, PLAIN_WORDS, SENTENCES,
) = range(10)  # fmt: skip
SUMS = 10

_FURNITURE, _CAPITAL, _DIGIT, _BREAK = int(Flag.BOILERPLATE), int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BREAK)
_STEP = np.uint64(0xC2B2AE3D27D4EB4F)  # odd, from xxHash (Collet)


class Profile(NamedTuple):
    """One article. Shapes: `n` words without furniture, `w` different words, `s` different stems, `m` sentences."""

    hashes: U64  # (n,)
    plain: U8  # (n,) 1 outside quotation marks
    text: I32  # (n,) which of the different words stands at each place
    firsts: U8  # (n,) FIRST_PAIR, FIRST_TRIPLE, ONE_PAIR, ONE_TRIPLE
    fives: I32  # (n,) the first place of the five words that stand here
    words: U64  # (w,) in order of appearance, those of furniture too
    weights: F32  # (w,) inverse document frequency, ln
    marks: U8  # (w,)
    stem_of: I32  # (w,)
    stems: U64  # (s,)
    stem_weights: F32  # (s,)
    stem_marks: U8  # (s,) KEPT, PLAIN
    cells: I32  # the tables one after the other, each of a power of two: place + 1, 0 where empty
    sentence: I32  # (m,) words left in each
    quoted: F32  # (m,) share of its words inside quotation marks
    sums: F64  # (SUMS,)


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
    sums: F64  # (a, SUMS)
    counts: I32  # (a, 3) n, w, s


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
        np.zeros((articles, SUMS)), np.empty((articles, 3), np.int32),
    )  # fmt: skip


def profiles_of(batch: TokenBatch, vocabulary: Vocabulary) -> Profiles:
    """The profiles of all articles of a batch."""
    out = _empty(batch)
    places = batch.hashes, batch.starts, batch.ends, batch.flags
    scratch = np.full(len(vocabulary.words), -1, np.int32), np.full(len(vocabulary.stems), -1, np.int32)
    bounds = batch.word_offsets, batch.sentences, batch.sentence_offsets
    _fill(batch.blob, batch.offsets, *places, *bounds, vocabulary, *scratch, out)
    return out


def profile_at(profiles: Profiles, batch: TokenBatch, i: Int) -> Profile:
    """The profile of article `i` as views."""
    p, at, bounds = profiles, int(batch.word_offsets[i]), batch.sentence_offsets
    n, w, s = profiles.counts[i].tolist()
    text, words, stems = slice(at, at + n), slice(at, at + w), slice(at, at + s)
    sentences = slice(bounds[i], max(bounds[i], bounds[i + 1] - 1))
    return Profile(
        p.hashes[text], p.plain[text], p.text[text], p.firsts[text], p.fives[text],
        p.words[words], p.weights[words], p.marks[words], p.stem_of[words],
        p.stems[stems], p.stem_weights[stems], p.stem_marks[stems],
        p.cells[p.cell_offsets[i] : p.cell_offsets[i + 1]], p.sentence[sentences], p.quoted[sentences], p.sums[i],
    )  # fmt: skip


@borrowing
def find_key(keys: U64, cells: I32, table: Int, key: Bits) -> Int:
    """Number of a hash in a table of different ones, or -1."""
    size = len(cells) // TABLES
    at = np.int64((key * MIX) >> np.uint64(24)) & (size - 1)
    cell = cells[table * size + at]
    while cell > 0:
        if keys[cell - 1] == key:
            return int(cell - 1)
        at = (at + 1) & (size - 1)
        cell = cells[table * size + at]
    return -1


@borrowing
def _step(key: Bits, word: Bits) -> Bits:
    """Hash of a sequence of words and one more."""
    return (key ^ (key >> np.uint64(31))) * _STEP + word


@borrowing
def gram_key(hashes: U64, i: Int, size: Int) -> Bits:
    """Hash of the `size` words from place `i` on."""
    key = hashes[i]
    for k in range(1, size):
        key = _step(key, hashes[i + k])
    return key


@borrowing
def find_gram(
    mine: U64, cells: I32, begin: Int, cell_count: Int, offset: Int, other: U64, i: Int, size: Int, key: Bits
) -> Int:
    """First place in an article of the `size` words at place `i` of another, or -1 - the empty cell of its table.

    The article's words begin at `offset` of `mine`, the cells of its table at `begin`; places count from the offset.
    """
    at = np.int64((key * MIX) >> np.uint64(24)) & (cell_count - 1)
    while cells[begin + at] > 0:
        place = np.int64(cells[begin + at]) - 1
        same = True
        for k in range(size):
            if mine[offset + place + k] != other[i + k]:
                same = False
                break
        if same:
            return int(place)
        at = (at + 1) & (cell_count - 1)
    return int(-1 - begin - at)


@borrowing
def _enter(hashes: U64, cells: I32, begin: Int, cell_count: Int, offset: Int, i: Int, size: Int, key: Bits) -> Int:
    """First place of the `size` words at place `i`, which are entered if they are new."""
    place = find_gram(hashes, cells, begin, cell_count, offset, hashes, offset + i, size, key)
    if place >= 0:
        return place
    cells[-1 - place] = i + 1
    return i


@borrowing
def _enter_key(cells: I32, begin: Int, cell_count: Int, number: Int, key: Bits) -> None:
    """Enter a hash that is not in the table yet."""
    at = np.int64((key * MIX) >> np.uint64(24)) & (cell_count - 1)
    while cells[begin + at] > 0:
        at = (at + 1) & (cell_count - 1)
    cells[begin + at] = number + 1


@borrowing
def _quotation(blob: U8, start: Int, end: Int, inside: bool) -> bool:
    """Whether what follows bytes [start, end), which hold no word, is inside double quotation marks.

    They are straight, curly or angled; a line end closes them.
    """
    for at in range(start, end):
        byte = blob[at]
        if byte == 34:
            inside = not inside
        elif byte == 10:
            inside = False
        elif byte == 0xE2 and at + 2 < end and blob[at + 1] == 0x80:
            if blob[at + 2] == 0x9C:
                inside = True
            elif blob[at + 2] == 0x9D:
                inside = False
        elif byte == 0xC2 and at + 1 < end:
            if blob[at + 1] == 0xAB:
                inside = True
            elif blob[at + 1] == 0xBB:
                inside = False
    return inside


@borrowing
def _marks(flag: Int) -> Int:
    marks = 0 if flag & _CAPITAL else LOWER
    if not flag & _FURNITURE:
        marks |= KEPT
        if flag & _DIGIT:
            marks |= NUMERIC
        elif flag & _CAPITAL and not flag & _BREAK:
            marks |= NAMED
    return marks


@borrowing
def _fill_sums(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """Tables of the different words and stems, and the sums of their weights."""
    sums, words, stems = out.sums[a], out.counts[a, 1], out.counts[a, 2]
    for k in range(w0, w0 + words):
        _enter_key(out.cells, begin + WORDS * cell_count, cell_count, k - w0, out.words[k])
        mark, weight = out.marks[k], out.weights[k]
        out.stem_marks[w0 + out.stem_of[k]] |= mark & (KEPT | PLAIN)
        if mark & KEPT:
            sums[SUM_WORDS] += weight
            sums[SUM_NAMES] += weight if mark & NAMED else 0.0
            sums[SUM_NUMBERS] += 1.0 if mark & NUMERIC else 0.0
    for k in range(w0, w0 + stems):
        _enter_key(out.cells, begin + STEMS * cell_count, cell_count, k - w0, out.stems[k])
        if out.stem_marks[k] & KEPT:
            sums[SUM_STEMS] += out.stem_weights[k]
            sums[SUM_PLAIN] += out.stem_weights[k] if out.stem_marks[k] & PLAIN else 0.0


@borrowing
def _fill_pairs(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """The table of the pairs of words, and which of them stand where for the first or the only time."""
    n, hashes, total = int(out.counts[a, 0]), out.hashes, 0.0
    for at in range(w0, w0 + n):
        out.firsts[at], out.fives[at] = FIRST_PAIR | FIRST_TRIPLE | ONE_PAIR | ONE_TRIPLE, at - w0
    for i in range(n - 1):
        at = w0 + i
        place = _enter(hashes, out.cells, begin, cell_count, w0, i, 2, _step(hashes[at], hashes[at + 1]))
        if place == i:
            total += float(out.weights[w0 + out.text[at]] + out.weights[w0 + out.text[at + 1]])
        else:
            out.firsts[at] = 0
            out.firsts[w0 + place] &= FIRST_PAIR | FIRST_TRIPLE | ONE_TRIPLE
    out.sums[a, SUM_PAIRS] = total


@borrowing
def _fill_triples(out: Profiles, a: Int, w0: Int, begin: Int, cell_count: Int) -> None:
    """The tables of the triples whose pair comes more than once, and of the fives whose triple does; their numbers."""
    n, hashes = int(out.counts[a, 0]), out.hashes
    triples, fives = begin + (TRIPLES - PAIRS) * cell_count, begin + (FIVES - PAIRS) * cell_count
    again = 0
    for i in range(n - 2):
        at = w0 + i
        if out.firsts[at] & ONE_PAIR:
            continue
        place = _enter(hashes, out.cells, triples, cell_count, w0, i, 3, gram_key(hashes, at, 3))
        if place == i:
            out.firsts[at] |= FIRST_TRIPLE | ONE_TRIPLE
        else:
            out.firsts[w0 + place] &= FIRST_PAIR | FIRST_TRIPLE | ONE_PAIR
            again += 1
    out.sums[a, SUM_TRIPLES] = max(n - 2, 0) - again
    again = 0
    for i in range(n - 4):
        at = w0 + i
        if out.firsts[at] & ONE_TRIPLE:
            continue
        out.fives[at] = _enter(hashes, out.cells, fives, cell_count, w0, i, 5, gram_key(hashes, at, 5))
        again += 1 if out.fives[at] < i else 0
    out.sums[a, SUM_FIVES] = max(n - 4, 0) - again


@borrowing
def _number_words(out: Profiles, a: Int, w0: Int, w1: Int, v: Vocabulary, mine: I32, mine_stem: I32) -> None:
    """Numbers the article's different words and stems; `mine` are those of the vocabulary, before `w0`: none yet."""
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
    out.counts[a, 1], out.counts[a, 2] = words - w0, stems - w0


@borrowing
def _end_sentence(out: Profiles, a: Int, s: Int, words: Int, quoted: Int) -> None:
    out.sentence[s], out.quoted[s] = words, quoted / max(1, words)
    out.sums[a, SENTENCES] += 1.0 if words > 0 else 0.0
    out.sums[a, PLAIN_WORDS] += words - quoted


@borrowing
def _read_places(
    out: Profiles, a: Int, w0: Int, w1: Int, blob: U8, base: Int, starts: U32, ends: U32, flags: U8, hashes: U64,
    sentences: U32, s: Int,
) -> None:  # fmt: skip
    """Writes the words that are no furniture, with what is plain; marks the different words; ends the sentences."""
    inside: bool = False
    kept, at, words, quoted = w0, np.int64(0), 0, 0
    for i in range(w0, w1):
        while i - w0 >= sentences[s + 1]:
            _end_sentence(out, a, s, words, quoted)
            s, words, quoted = s + 1, 0, 0
        start, flag, k = np.int64(starts[i]), flags[i], out.numbers[i]
        if at < start and not (start - at == 1 and blob[base + at] == 32):
            inside = _quotation(blob, base + at, base + start, inside)
        at = max(at, np.int64(ends[i]))
        plain = 0 if inside else 1
        marks = _marks(flag)
        out.marks[w0 + k] |= marks | (PLAIN if plain and marks & KEPT else 0)
        if marks & KEPT:
            out.hashes[kept], out.text[kept], out.plain[kept] = hashes[i], k, plain
            kept += 1
            words += 1
            quoted += 1 - plain
    if w1 > w0:
        _end_sentence(out, a, s, words, quoted)
    out.counts[a, 0] = kept - w0


@borrowing_kernel
def _fill(
    blob: U8, offsets: U64, hashes: U64, starts: U32, ends: U32, flags: U8, word_offsets: I64, sentences: U32,
    sentence_offsets: I64, vocabulary: Vocabulary, mine: I32, mine_stem: I32, out: Profiles,
) -> None:  # fmt: skip
    """Writes the profiles of a batch; `mine` and `mine_stem`: -1 for each word and stem of the vocabulary."""
    for a in range(len(offsets) - 1):
        w0, w1, s = word_offsets[a], word_offsets[a + 1], sentence_offsets[a]
        _number_words(out, a, w0, w1, vocabulary, mine, mine_stem)
        _read_places(out, a, w0, w1, blob, np.int64(offsets[a]), starts, ends, flags, hashes, sentences, s)
        begin, cell_count = out.cell_offsets[a], (out.cell_offsets[a + 1] - out.cell_offsets[a]) // TABLES
        _fill_sums(out, a, w0, begin, cell_count)
        _fill_pairs(out, a, w0, begin + PAIRS * cell_count, cell_count)
        _fill_triples(out, a, w0, begin + PAIRS * cell_count, cell_count)
