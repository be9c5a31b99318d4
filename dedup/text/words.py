"""Where the words of an article stand, compiled: one byte at a time, or 64 at a time through bit masks.

Both give the byte ranges of `tests.reference.tokeniser`. `find_words` knows every script; `find_words_in_blocks` leaves
articles with scripts without spaces to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.compiled.decorators import Address, Bits, Int, helper, inlined
from dedup.compiled.intrinsics import BLOCK, bit_count, load8, load32, lowest_bit, store32, word_masks
from dedup.text.unicode import (
    APOSTROPHE,
    ASCII_AT,
    CLASS,
    COMBINING,
    COMMA,
    DIGIT,
    GRAM,
    IGNORED,
    LETTER,
    OTHER,
    PAGES_AT,
    POINT,
    RECORD,
    SPACE,
)

REPLACEMENT = 0xFFFD  # what a byte that is no part of UTF-8 counts as
HAS_GRAMS = -1
MOST_BETWEEN = 3  # spaces and ignored characters between two characters of a script without spaces

ONE = np.uint64(1)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
LAST_BIT = np.uint64(63)


@helper
def decode(data: Address, at: Int, end: Int) -> tuple[Int, Int]:
    """Code point and byte length of the character at `at`; surrogates (three bytes) are taken as they are."""
    lead = load8(data + at)
    if lead < 0x80:
        return lead, 1
    size = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 0
    if size == 0 or at + size > end:
        return REPLACEMENT, 1
    code = lead & (0x7F >> size)
    for k in range(1, size):
        inner = load8(data + at + k)
        if inner & 0xC0 != 0x80:
            return REPLACEMENT, 1
        code = code << 6 | (inner & 0x3F)
    if code > 0x10FFFF or (size == 3 and code < 0x800) or (size == 4 and code < 0x10000):
        return REPLACEMENT, 1
    return code, size


@inlined
def entry(table: Address, i: Int) -> Int:
    """Number `i` of the packed table."""
    return load32(table + 4 * i)


@inlined
def put_range(edges: Address, n: Int, start: Int, end: Int) -> None:
    """Write numbers n and n + 1 of the edges."""
    store32(edges + 4 * n, start)
    store32(edges + 4 * n + 4, end)


@inlined
def entry_of(table: Address, code: Int) -> Int:
    """Record and fold of a code point, as packed."""
    return entry(table, entry(table, PAGES_AT + (code >> 8)) + (code & 255))


@inlined
def record_at(data: Address, at: Int, end: Int, table: Address) -> tuple[Int, Int]:
    """Class with properties, and byte length, of the character at `at`; OTHER at the end."""
    if at >= end:
        return OTHER, 0
    lead = load8(data + at)
    if lead < 0x80:
        return entry(table, ASCII_AT + lead) & RECORD, 1
    code, size = decode(data, at, end)
    return entry_of(table, code) & RECORD, size


@inlined
def is_word_class(kind: Int) -> Any:
    """Whether it is the class of a letter or a digit."""
    return kind in (LETTER, DIGIT)


@helper
def gram_end(data: Address, at: Int, end: Int, table: Address) -> Int:
    """Where a gram's marks end that stand from `at` on: those of voiced kana, in decomposed and half-width text."""
    while True:
        record, size = record_at(data, at, end, table)
        if record & CLASS != GRAM or record & COMBINING == 0:
            return at
        at += size


@helper
def next_gram(data: Address, at: Int, end: Int, table: Address) -> tuple[Int, Int]:
    """Where the next gram begins after a few spaces and ignored characters at most, and its size; 0 for none."""
    for _ in range(MOST_BETWEEN + 1):
        record, size = record_at(data, at, end, table)
        kind = record & CLASS
        if kind == GRAM:
            return at, size
        if kind != IGNORED and (kind != OTHER or record & SPACE == 0):
            break
        at += size
    return at, 0


@helper
def find_words(data: Address, begin: Int, end: Int, table: Address, edges: Address) -> Int:
    """Write start and end of each word, counted from `begin`, to `edges`; returns how many were written."""
    n = 0
    at = begin
    while at < end:
        record, size = record_at(data, at, end, table)
        kind = record & CLASS
        if kind == GRAM:
            before, at, count = at, gram_end(data, at + size, end, table), 1
            while True:
                following, size = next_gram(data, at, end, table)
                if size == 0:
                    break
                at = gram_end(data, following + size, end, table)
                put_range(edges, n, before - begin, at - begin)
                n, before, count = n + 2, following, count + 1
            if count == 1:
                put_range(edges, n, before - begin, at - begin)
                n += 2
        elif is_word_class(kind):
            start, at = at, at + size
            last = at
            while True:
                before_kind = kind
                record, size = record_at(data, at, end, table)
                kind = record & CLASS
                if is_word_class(kind):
                    last = at + size
                elif kind == APOSTROPHE:
                    after = record_at(data, at + size, end, table)[0] & CLASS
                    if not (is_word_class(before_kind) and is_word_class(after)):
                        break
                elif kind in (POINT, COMMA):
                    after = record_at(data, at + size, end, table)[0] & CLASS
                    if not (before_kind == DIGIT and after == DIGIT):
                        break
                elif kind != IGNORED:
                    break
                at += size
            put_range(edges, n, start - begin, last - begin)
            n += 2
        else:
            at += size
    return n


@helper
def trim_ignored(data: Address, begin: Int, table: Address, edges: Address, n: Int) -> Int:
    """Take ignored characters off both ends of each range, drop ranges that have nothing else."""
    kept = 0
    for j in range(0, n, 2):
        at, stop = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
        first, last = -1, -1
        while at < stop:
            record, size = record_at(data, at, stop, table)
            if is_word_class(record & CLASS):
                first = at if first < 0 else first
                last = at + size
            at += size
        if first >= 0:
            put_range(edges, kept, first - begin, last - begin)
            kept += 2
    return kept


@inlined
def put_eight(edges: Address, n: Int, bits: Bits, offset: Int) -> Bits:
    """Write the positions of the eight lowest bits from number n of the edges on; returns the other bits."""
    for k in range(8):
        store32(edges + 4 * (n + k), offset + np.int64(lowest_bit(bits)))
        bits &= bits - ONE
    return bits


@inlined
def put_bits(edges: Address, n: Int, bits: Bits, offset: Int) -> Int:
    """Write the positions of all bits, eight at a time to spare branches; returns the new number of edges."""
    count = np.int64(bit_count(bits))
    bits = put_eight(edges, n, bits, offset)
    bits = put_eight(edges, n + 8, bits, offset)
    if bits != 0:
        bits = put_eight(edges, n + 16, bits, offset)
        at = n + 24
        while bits != 0:
            bits = put_eight(edges, at, bits, offset)
            at += 8
    return n + count


@inlined
def joined(marks: Bits, wanted: Bits, before: Bits, after: bool) -> Bits:
    """Those of some marks that hold a word together: a wanted byte stands on either side.

    `before` and `after`: whether one ends the block before, and begins the block after.
    """
    return marks & (wanted << ONE | before) & (wanted >> ONE | np.uint64(after) << LAST_BIT)


@helper
def find_words_in_blocks(data: Address, begin: Int, end: Int, table: Address, edges: Address) -> Int:
    """As `find_words`, 64 bytes a step; `HAS_GRAMS` when there is a script without spaces.

    One bit a byte: `word` for what belongs to a word, `solid` for its letters and digits, `digit`; `spill` masks are
    the bytes of a character that goes on into the next block.
    """
    n = 0
    last_word = last_solid = last_digit = np.uint64(0)
    spill_word = spill_solid = spill_digit = np.uint64(0)
    spilled, ignored = 0, False
    for at in range(begin, end, BLOCK):
        word, digit, apostrophe, point, above = word_masks(data + at)
        if end - at < BLOCK:
            valid = (ONE << np.uint64(end - at)) - ONE
            word, digit, apostrophe, point, above = (
                word & valid, digit & valid, apostrophe & valid, point & valid, above & valid
            )  # fmt: skip
        solid = word
        if above != 0:
            word, solid, digit = word | spill_word, solid | spill_solid, digit | spill_digit
            above &= ALL << np.uint64(spilled)
            spill_word = spill_solid = spill_digit = np.uint64(0)
            spilled = 0
            while above != 0:
                k = np.int64(lowest_bit(above))
                record, size = record_at(data, at + k, end, table)
                kind = record & CLASS
                bits = ((ONE << np.uint64(size)) - ONE) << np.uint64(k)
                above &= ~bits
                in_word = kind == IGNORED or is_word_class(kind)
                if kind == GRAM:
                    return HAS_GRAMS
                if kind == APOSTROPHE:
                    before = solid >> np.uint64(k - 1) if k > 0 else last_solid
                    after = record_at(data, at + k + size, end, table)[0] & CLASS
                    in_word = before & ONE != 0 and is_word_class(after)
                if k + size > BLOCK:
                    spilled = k + size - BLOCK
                over = (ONE << np.uint64(spilled)) - ONE
                if in_word:
                    word |= bits
                    spill_word = over
                if is_word_class(kind):
                    solid |= bits
                    spill_solid = over
                if kind == DIGIT:
                    digit |= bits
                    spill_digit = over
                ignored = ignored or kind == IGNORED
        if apostrophe | point != 0:
            after = record_at(data, at + BLOCK, end, table)[0] & CLASS if (apostrophe | point) >> LAST_BIT != 0 else 0
            word |= joined(apostrophe, solid, last_solid, is_word_class(after))
            word |= joined(point, digit, last_digit, after == DIGIT)
        n = put_bits(edges, n, word ^ (word << ONE | last_word), at - begin)
        last_word, last_solid, last_digit = word >> LAST_BIT, solid >> LAST_BIT, digit >> LAST_BIT
    if n & 1:
        store32(edges + 4 * n, end - begin)
        n += 1
    return trim_ignored(data, begin, table, edges, n) if ignored else n
