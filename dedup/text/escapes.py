"""Compiled: articles whose words are broken or written by escapes, read from a copy in which those mean what they say.

Escapes are bytes as in addresses (`%20`) and in mail (`=20`, `=` at the end of a line), letters as entities (`&#116;`),
and what stands inside words: comments, tags, soft hyphens as entities, emphasis of Markdown (`ha**rb**our`). A kind
counts in an article that has some of it, so that no ordinary text is touched.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Int, helper, inlined
from dedup.compiled.intrinsics import load8, load32, store8
from dedup.text.disguises import is_digit, is_named, name_end, numbered_entity, tag_end
from dedup.text.rules import (
    BYTES_A_PERCENT,
    INLINE_TAG,
    LEAST_ESCAPES,
    LEAST_LINE,
    LONGEST_TAG,
    MOST_MARKS,
    MOST_STARS,
    SOFT_NAME,
)
from dedup.text.unicode import CLASS, GRAM, IGNORED, LETTER
from dedup.text.word_kernel import put
from dedup.text.words import entry_of, is_word_class, put_range, record_at

PERCENT, AMPERSAND, STAR, SEMICOLON, LESS, EQUALS = 37, 38, 42, 59, 60, 61
COMMENT = int.from_bytes(b"<!--", "little")
DROPPED = -1  # in the place of a code point: the escape stands for nothing


@inlined
def is_escape_sign(byte: Int) -> bool:
    """Whether escapes begin with a byte."""
    return bool(byte in (PERCENT, AMPERSAND, STAR, LESS, EQUALS))


@inlined
def hex_digit(byte: Int) -> Int:
    """What a hexadecimal digit stands for; a negative number for all other bytes."""
    if is_digit(byte):
        return byte - 48
    return (byte | 32) - 87 if 97 <= byte | 32 <= 102 else -256


@helper
def is_inside(data: Address, begin: Int, at: Int, after: Int, end: Int, table: Address) -> bool:
    """Whether a part of an article stands between letters or digits; emphasis has to stand between letters."""
    if at == begin:
        return False
    last = at - 1
    while last > begin and at - last < 4 and load8(data + last) & 0xC0 == 0x80:  # inside a character
        last -= 1
    before, behind = record_at(data, last, at, table)[0] & CLASS, record_at(data, after, end, table)[0] & CLASS
    if load8(data + at) == STAR:  # "20*30" is a product
        return bool(before == LETTER and behind == LETTER)
    return bool(is_word_class(before) and is_word_class(behind))


@helper
def mark_end(data: Address, at: Int, end: Int, names: Address, count: Int) -> Int:
    """Where the comment or the tag of letters ends that begins at `at`; `at` where none does."""
    if at + 7 <= end and load32(data + at) == COMMENT:
        for k in range(at + 4, min(end, at + LONGEST_TAG) - 2):
            if load8(data + k) == 45 and load8(data + k + 1) == 45 and load8(data + k + 2) == 62:  # -->
                return k + 3
        return at
    first = at + 2 if load8(data + at + 1) == 47 else at + 1  # /
    inline = is_named(data, first, name_end(data, first, end), names, count, INLINE_TAG)
    return tag_end(data, at, end, names, count) if inline else at


@helper
def marks_end(data: Address, at: Int, end: Int, names: Address, count: Int) -> Int:
    """Where the comments and tags end that begin at `at`, a few at most."""
    for _ in range(MOST_MARKS):
        after = mark_end(data, at, end, names, count) if at < end and load8(data + at) == LESS else at
        if after == at:
            break
        at = after
    return at


@helper
def stars_end(data: Address, at: Int, end: Int) -> Int:
    """Where the emphasis ends that begins at `at`."""
    k = at
    while k < end and k < at + MOST_STARS and load8(data + k) == STAR:
        k += 1
    return k


@helper
def letter_entity(data: Address, at: Int, end: Int, table: Address, names: Address, count: Int) -> tuple[Int, Int]:
    """Where an entity ends that stands for a letter or digit, and its code point, or `DROPPED` for what nobody sees."""
    after, code = numbered_entity(data, at, end)
    if after > at:
        kind = entry_of(table, code) & CLASS
        if is_word_class(kind) or kind == GRAM:
            return after, code
        return (after, DROPPED) if kind == IGNORED else (at, DROPPED)
    last = name_end(data, at + 1, end)
    soft = last < end and load8(data + last) == SEMICOLON and is_named(data, at + 1, last, names, count, SOFT_NAME)
    return (last + 1, DROPPED) if soft else (at, DROPPED)


@helper
def soft_break(data: Address, begin: Int, at: Int, end: Int) -> Int:
    """How many bytes the end of a line takes that mail has broken behind the "=" at `at`; 0 where it has not."""
    size = 3 if at + 2 < end and load8(data + at + 1) == 13 and load8(data + at + 2) == 10 else 2
    if at + size > end or load8(data + at + size - 1) != 10 or at == begin or load8(data + at - 1) == EQUALS:
        return 0  # a line of "===" is a rule
    for k in range(1, LEAST_LINE):  # "a =" at the end of a short line is no mail
        if at - k < begin or load8(data + at - k) == 10:
            return 0
    return size


@helper
def escape_at(
    data: Address, begin: Int, at: Int, end: Int, table: Address, names: Address, count: Int
) -> tuple[Int, Int]:
    """Where the escape ends that begins at `at`, and the byte or code point that it means; `at` where none does."""
    sign, after, code = load8(data + at), at, np.int64(DROPPED)
    if sign in (PERCENT, EQUALS):
        size = soft_break(data, begin, at, end) if sign == EQUALS else 0
        if size > 0:
            return at + size, code
        if at + 2 < end:
            code = hex_digit(load8(data + at + 1)) * 16 + hex_digit(load8(data + at + 2))
        return (at + 3, code) if code >= 0 else (at, code)
    if sign == AMPERSAND:
        after, code = letter_entity(data, at, end, table, names, count)
    elif sign == STAR:
        after = stars_end(data, at, end)
    elif sign == LESS:
        after = marks_end(data, at, end, names, count)
    if after > at and code == DROPPED and not is_inside(data, begin, at, after, end, table):
        after = at
    return after, code


@helper
def escapes_of(data: Address, begin: Int, end: Int, table: Address, names: Address, count: Int) -> Int:
    """One bit for each sign whose escapes count in an article. Those of mail are told by the breaks of their lines."""
    percent = ampersand = star = less = equals = 0
    at = begin
    while at < end:
        sign, after, code = load8(data + at), at, np.int64(DROPPED)
        if is_escape_sign(sign):
            after, code = escape_at(data, begin, at, end, table, names, count)
        if after > at:
            percent += sign == PERCENT
            ampersand += sign == AMPERSAND
            star += sign == STAR
            less += sign == LESS
            equals += sign == EQUALS and code == DROPPED
        at = max(after, at + 1)
    least = max(LEAST_ESCAPES, (end - begin) // BYTES_A_PERCENT)
    found = (percent >= least) << PERCENT | (ampersand >= LEAST_ESCAPES) << AMPERSAND
    return (
        found | (star >= LEAST_ESCAPES) << STAR | (less >= LEAST_ESCAPES) << LESS | (equals >= LEAST_ESCAPES) << EQUALS
    )


@helper
def without_escapes(
    data: Address, begin: Int, end: Int, signs: Int, table: Address, names: Address, count: Int, copy: Address,
    places: Address,
) -> Int:  # fmt: skip
    """Write an article without the escapes of some signs to `copy`, and where each byte stood; returns its size."""
    at = begin
    out = 0
    while at < end:
        sign, after, code = load8(data + at), at, np.int64(0)
        if is_escape_sign(sign) and signs >> sign & 1:
            after, code = escape_at(data, begin, at, end, table, names, count)
        last = out
        if after == at:
            store8(copy + out, sign)
            after, out = at + 1, out + 1
        elif code >= 0 and sign == AMPERSAND:
            out = put(copy, out, code)
        elif code >= 0:
            store8(copy + out, code)
            out += 1
        for k in range(last, out):
            put_range(places, 2 * k, at - begin, after - begin)
        at = after
    return out
