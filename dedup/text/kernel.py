"""The compiled tokeniser: what `dedup.text.reference` defines, on the UTF-8 bytes of a batch of articles.

Two steps an article: the byte range of every word (`dedup.text.words`), then a loop over those ranges that hashes the
words (`hash_batch`) or also notes stems, flags and sentences (`tokenise_batch`). Eight bytes of a word are read at
once, so a buffer must go on for `PADDING` bytes after the last article. ASCII words never leave registers; a word with
any other character is folded into a scratch buffer.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from dedup.records import Flag
from dedup.text.machine import Array, Bits, Int, bit_count, load64, multiply_fold
from dedup.text.reference import LAST_FACTOR, LENGTH_FACTOR, LONGEST_SENTENCE, MIX_FACTOR, SHORTEST_SENTENCE
from dedup.text.reference import STEM_LENGTH as STEM
from dedup.text.tokeniser import PADDING as PADDING
from dedup.text.unicode import (
    CAPITAL,
    CLASS,
    COMBINING,
    DIGIT,
    END,
    GRAM,
    IGNORED,
    LATIN,
    LOOKALIKE,
    LOOKALIKE_START,
    LOWER,
    NEWLINE,
    POINT,
    RETURN,
    SOFT,
    SPACE,
    WIDE_END,
)  # fmt: skip
from dedup.text.words import find_words, find_words_in_blocks, record_at

LENGTH64, MIX64, LAST64 = np.uint64(LENGTH_FACTOR), np.uint64(MIX_FACTOR), np.uint64(LAST_FACTOR)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ABOVE_ASCII = np.uint64(0x8080808080808080)
LETTER_BIT = np.uint64(0x4040404040404040)  # of the ASCII characters in words, letters alone have it
LOWER_BIT = np.uint64(0x2020202020202020)  # sets lower case; digits, apostrophe, point and comma have it anyway
DIGIT_BIT = np.uint64(0x1010101010101010)  # of the characters without LETTER_BIT, digits alone have it
STEM_MASK = ALL >> np.uint64(64 - 8 * STEM)

F_CAPITAL, F_UPPER, F_DIGIT, F_MIXED = int(Flag.CAPITAL), int(Flag.UPPER), int(Flag.DIGIT), int(Flag.MIXED)
F_GRAM, F_LINE, F_BREAK = int(Flag.GRAM), int(Flag.LINE), int(Flag.BREAK)

# What `gap_between` adds to the flags LINE and BREAK.
PARAGRAPH, NEW_LINE, STOP, ABBREVIATING_STOP = 0x1000, 0x2000, 0x4000, 0x8000


@njit(cache=True, nogil=True)
def finish(h: Bits) -> Bits:
    """The last step of the hash of a word."""
    h = (h ^ h >> np.uint64(32)) * LAST64
    return h ^ h >> np.uint64(29)


@njit(cache=True, nogil=True)
def hash_folded(buffer: Array, size: Int) -> Bits:
    """Hash of the first `size` bytes of a buffer that can be read for 8 more."""
    h = np.uint64(size) * LENGTH64
    for at in range(0, size, 8):
        left = size - at
        x = load64(buffer, at)
        if left < 8:
            x &= ALL >> np.uint64(64 - 8 * left)
        h = multiply_fold(h ^ x, MIX64)
    return finish(h)


@njit(cache=True, nogil=True)
def hash_ascii(data: Array, start: Int, size: Int) -> tuple[Bits, bool]:
    """Hash of a word as it stands, and whether it is all ASCII; if not, the hash means nothing."""
    h = np.uint64(size) * LENGTH64
    above = np.uint64(0)
    while size > 8:
        x = load64(data, start)
        above |= x
        h = multiply_fold(h ^ (x | LOWER_BIT), MIX64)
        start, size = start + 8, size - 8
    mask = ALL >> np.uint64(64 - 8 * size)
    x = load64(data, start) & mask
    above |= x
    h = multiply_fold(h ^ (x | (LOWER_BIT & mask)), MIX64)
    return finish(h), above & ABOVE_ASCII == 0


@njit(cache=True, nogil=True)
def ascii_flags(data: Array, start: Int, size: Int) -> Int:
    """CAPITAL, UPPER and DIGIT of an ASCII word."""
    lower, digit = np.uint64(0), np.uint64(0)
    letters = np.int64(0)
    first = data[start]
    for at in range(start, start + size, 8):
        x = load64(data, at)
        left = start + size - at
        if left < 8:
            x &= ALL >> np.uint64(64 - 8 * left)
        letter = x & LETTER_BIT
        letters += np.int64(bit_count(letter))
        lower |= letter & (x << np.uint64(1))
        digit |= (~x & LETTER_BIT) & (x & DIGIT_BIT) << np.uint64(2)
    flags = F_CAPITAL if 65 <= first <= 90 else 0
    if letters >= 2 and lower == 0:
        flags |= F_UPPER
    return flags | (F_DIGIT if digit != 0 else 0)


@njit(cache=True, nogil=True)
def put(buffer: Array, at: Int, code: Int) -> Int:
    """Write a code point as UTF-8; returns the offset after it."""
    if code < 0x80:
        buffer[at] = code
        return at + 1
    if code < 0x800:
        buffer[at], buffer[at + 1] = 0xC0 | code >> 6, 0x80 | (code & 63)
        return at + 2
    if code < 0x10000:
        buffer[at], buffer[at + 1], buffer[at + 2] = 0xE0 | code >> 12, 0x80 | (code >> 6 & 63), 0x80 | (code & 63)
        return at + 3
    buffer[at], buffer[at + 1] = 0xF0 | code >> 18, 0x80 | (code >> 12 & 63)
    buffer[at + 2], buffer[at + 3] = 0x80 | (code >> 6 & 63), 0x80 | (code & 63)
    return at + 4


@njit(cache=True, nogil=True)
def composed(tables: Array, letter: Int, mark: Int) -> Int:
    """Composition of a folded letter and a mark, 0 where there is none."""
    key = np.uint64(letter << 32 | mark)
    at = np.searchsorted(tables.pairs, key)
    return np.int64(tables.composed[at]) if at < len(tables.pairs) and tables.pairs[at] == key else 0


@njit(cache=True, nogil=True)
def decode_known(data: Array, at: Int, size: Int) -> Int:
    """Code point of a character that is known to be whole."""
    code = np.int64(data[at])
    if size > 1:
        code &= 0x7F >> size
        for k in range(1, size):
            code = code << 6 | (np.int64(data[at + k]) & 0x3F)
    return code


@njit(cache=True, nogil=True)
def describe(data: Array, start: Int, end: Int, tables: Array) -> Int:
    """Flags of the word itself: capital, upper, digit, mixed, gram."""
    capitals, seen, first = 0, 0, 0
    at = start
    while at < end:
        record, size = record_at(data, at, end, tables)
        first = record if at == start else first
        capitals += record & CAPITAL != 0
        seen |= record & (LATIN | LOOKALIKE | LOWER) | (1 << 16 if record & CLASS == DIGIT else 0)
        at += size
    flags = F_CAPITAL if first & CAPITAL else 0
    flags |= F_UPPER if capitals >= 2 and not seen & LOWER else 0
    flags |= F_DIGIT if seen >> 16 else 0
    flags |= F_MIXED if seen & LATIN and seen & LOOKALIKE else 0
    return flags | (F_GRAM if first & CLASS == GRAM else 0)


@njit(cache=True, nogil=True)
def fold_word(data: Array, start: Int, end: Int, mixed: bool, tables: Array, buffer: Array) -> tuple[Int, Int, Int]:
    """Write the folded word to `buffer`; returns its bytes, the bytes of its stem and its code points."""
    out = stem = count = 0
    pending = -1
    at = start
    while at < end:
        record, size = record_at(data, at, end, tables)
        if record & CLASS != IGNORED:
            code = decode_known(data, at, size)
            if mixed and LOOKALIKE_START <= code < LOOKALIKE_START + len(tables.lookalikes):
                latin = np.int64(tables.lookalikes[code - LOOKALIKE_START])
                code = latin if latin != 0 else code
            code += np.int64(tables.deltas[np.int64(tables.pages[code >> 8]) << 8 | (code & 255)])
            whole = composed(tables, pending, code) if pending >= 0 and record & COMBINING else 0
            if whole != 0:
                pending = whole
            else:
                if pending >= 0:
                    out, count = put(buffer, out, pending), count + 1
                    stem = out if count <= STEM else stem
                pending = code
        at += size
    out, count = put(buffer, out, pending), count + 1
    return out, out if count <= STEM else stem, count


@njit(cache=True, nogil=True)
def gap_between(data: Array, start: Int, end: Int, tables: Array) -> Int:
    """Flags LINE and BREAK of a gap, and what it says about the end of a sentence."""
    flags = lines = 0
    wide = point = stop = spaced = returned = False
    at = start
    while at < end:
        record, size = record_at(data, at, end, tables)
        kind = record & CLASS
        if not record & SOFT:
            flags |= F_BREAK
        if kind in (NEWLINE, RETURN):
            flags |= F_LINE
            lines += not (returned and data[at] == 10)
        wide = wide or kind == WIDE_END
        point = point or kind == POINT
        stop = stop or kind == END
        spaced = spaced or ((point or stop) and record & SPACE != 0)
        returned = kind == RETURN
        at += size
    if wide or lines >= 2:
        return flags | PARAGRAPH
    if lines:
        return flags | NEW_LINE
    if spaced:
        return flags | (STOP if stop else ABBREVIATING_STOP)
    return flags


@njit(cache=True, nogil=True)
def longest(offsets: Array) -> Int:
    """Bytes of the longest article."""
    most = np.int64(0)
    for i in range(len(offsets) - 1):
        most = max(most, np.int64(offsets[i + 1]) - np.int64(offsets[i]))
    return most


@njit(cache=True, nogil=True)
def find(data: Array, begin: Int, end: Int, tables: Array, edges: Array) -> Int:
    """Word ranges of one article, in blocks where that is possible."""
    n = find_words_in_blocks(data, begin, end, tables, edges)
    return n if n >= 0 else find_words(data, begin, end, tables, edges)


@njit(cache=True, nogil=True)
def hash_batch(data: Array, offsets: Array, tables: Array, hashes: Array, word_offsets: Array) -> None:
    """Hashes of all words of a batch, one article after the other; article i has words word_offsets[i:i + 2]."""
    most = longest(offsets)
    edges, buffer = np.empty(most + 4, np.uint32), np.empty(2 * most + 16, np.uint8)
    out = 0
    word_offsets[0] = 0
    for i in range(len(offsets) - 1):
        begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        n = find(data, begin, end, tables, edges)
        for j in range(0, n, 2):
            start, size = begin + np.int64(edges[j]), np.int64(edges[j + 1]) - np.int64(edges[j])
            h, simple = hash_ascii(data, start, size)
            if not simple:
                mixed = describe(data, start, start + size, tables) & F_MIXED != 0
                h = hash_folded(buffer, fold_word(data, start, start + size, mixed, tables, buffer)[0])
            hashes[out] = h
            out += 1
        word_offsets[i + 1] = out


@njit(cache=True, nogil=True)
def tokenise_batch(
    data: Array,
    offsets: Array,
    tables: Array,
    abbreviations: Array,
    words: Array,
    word_offsets: Array,
    sentences: Array,
    sentence_offsets: Array,
) -> None:
    """All of `Tokens` for a batch; `words` is (hashes, stems, starts, ends, flags), offsets inside each article."""
    hashes, stems, starts, ends, flags = words
    most = longest(offsets)
    edges, buffer = np.empty(most + 4, np.uint32), np.empty(2 * most + 16, np.uint8)
    out = made = 0
    word_offsets[0] = sentence_offsets[0] = 0
    for i in range(len(offsets) - 1):
        begin, finis = np.int64(offsets[i]), np.int64(offsets[i + 1])
        n = find(data, begin, finis, tables, edges)
        sentences[made] = 0
        first_sentence, last, reached = made, 0, begin
        before, initial = np.uint64(0), False
        made += 1
        for j in range(0, n, 2):
            word = j >> 1
            start, end = begin + np.int64(edges[j]), begin + np.int64(edges[j + 1])
            h, simple = hash_ascii(data, start, end - start)
            if simple:
                about, count = ascii_flags(data, start, end - start), end - start
                lower = data[start] >= 97
                stem = h
                if count > STEM:
                    x = load64(data, start) & STEM_MASK | (LOWER_BIT & STEM_MASK)
                    stem = finish(multiply_fold(np.uint64(STEM) * LENGTH64 ^ x, MIX64))
            else:
                about = describe(data, start, end, tables)
                size, stem_size, count = fold_word(data, start, end, about & F_MIXED != 0, tables, buffer)
                h, stem = hash_folded(buffer, size), hash_folded(buffer, stem_size)
                lower = record_at(data, start, end, tables)[0] & LOWER != 0
            gap = 0
            if start > reached and not (start == reached + 1 and data[reached] == 32):
                gap = gap_between(data, reached, start, tables)
            over = gap & PARAGRAPH != 0 or (not lower and gap & (NEW_LINE | STOP) != 0)
            if gap & ABBREVIATING_STOP and not lower and not initial:
                at = np.searchsorted(abbreviations, before)
                over = at == len(abbreviations) or abbreviations[at] != before
            if word and ((over and word - last >= SHORTEST_SENTENCE) or word - last >= LONGEST_SENTENCE):
                sentences[made], last = word, word
                made += 1
            hashes[out], stems[out] = h, stem
            starts[out], ends[out] = start - begin, end - begin
            flags[out] = about | (gap & (F_LINE | F_BREAK)) | (0 if word else F_LINE | F_BREAK)
            reached, before, initial = max(reached, end), h, count == 1 and not about & F_DIGIT
            out += 1
        if n:
            if made - first_sentence > 1 and (n >> 1) - last < SHORTEST_SENTENCE:
                made -= 1
            sentences[made] = n >> 1
            made += 1
        word_offsets[i + 1], sentence_offsets[i + 1] = out, made
