"""Compiled: writing that hides words from programs and not from readers.

Tags and entities that stand in a text as they are written (`<b>word</b>`, `&quot;`) are no words of it: their names
are taken out of the word ranges, and the gaps between words are read without them. In an article with many English
function words in leet ("7h3", "w17h"), digits stand for letters in every word with both, but for numbers and models.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Int, helper, inlined
from dedup.compiled.intrinsics import (
    BLOCK,
    bit_count,
    escape_marks,
    find_sorted,
    load8,
    load32,
    markup_marks,
    store8,
    word_masks,
)
from dedup.text.rules import (
    LEAST_LEET,
    LEAST_LEET_SHARE,
    LEET,
    LONGEST_NAME,
    LONGEST_TAG,
    SIGN_NAME,
    SPACE_NAME,
    TAG,
    UNIT,
)
from dedup.text.unicode import CLASS, DIGIT, GRAM, LETTER
from dedup.text.word_kernel import hash_ascii
from dedup.text.words import LAST_BIT, ONE, entry_of, put_range

# The three lowest bits of the hash of a name in the sorted list say what it means.
NAME_BITS = np.uint64(0xFFFFFFFFFFFFFFF8)
MOST_CAPITALS_OF_MODEL = 4
HIGHEST = 0x10FFFF  # the last code point
SPACE_CODE, SIGN_CODE = 32, 34  # what an entity with a name stands for in a gap: white space, or a quotation mark
# The letters that digits stand for, five bits each: 1 for "a", 0 where a digit stands for none.
LETTERS = sum(ord(letter) - 96 << 5 * int(digit) for digit, letter in LEET.items())


@inlined
def is_digit(byte: Int) -> bool:
    """Whether a byte is an ASCII digit."""
    return bool(48 <= byte <= 57)


@inlined
def is_letter(byte: Int) -> bool:
    """Whether a byte is an ASCII letter."""
    return bool(97 <= byte | 32 <= 122)


@helper
def signs_of_disguise(data: Address, begin: Int, end: Int) -> tuple[bool, Int, Int]:
    """Whether an article has a `<` or `&`, its signs that may begin escapes, letters beside digits."""
    markup, signs, mixed = np.uint64(0), np.int64(0), np.int64(0)
    last_letter, last_digit = np.uint64(0), np.uint64(0)
    for at in range(begin, end, BLOCK):
        word, digit, _, _, _ = word_masks(data + at)
        marks = escape_marks(data + at)
        if end - at < BLOCK:
            valid = (ONE << np.uint64(end - at)) - ONE
            word, digit, marks = word & valid, digit & valid, marks & valid
        letter = word & ~digit
        if marks != 0:
            signs += np.int64(bit_count(marks))
            markup |= marks & markup_marks(data + at)
        beside = digit & (letter << ONE | last_letter) | letter & (digit << ONE | last_digit)
        mixed += np.int64(bit_count(beside))
        last_letter, last_digit = letter >> LAST_BIT, digit >> LAST_BIT
    return bool(markup != 0), signs, mixed


@helper
def name_end(data: Address, at: Int, end: Int) -> Int:
    """Where the ASCII letters and digits end that stand from `at` on."""
    while at < end and (is_digit(load8(data + at)) or is_letter(load8(data + at))):
        at += 1
    return at


@helper
def is_named(data: Address, first: Int, last: Int, names: Address, count: Int, meaning: Int) -> bool:
    """Whether a word is a name with that meaning."""
    if not 0 < last - first <= LONGEST_NAME:
        return False
    h = hash_ascii(data, first, last - first)[0]
    return bool(find_sorted(names, count, h & NAME_BITS | np.uint64(meaning)))


@helper
def tag_end(data: Address, at: Int, end: Int, names: Address, count: Int) -> Int:
    """Where the tag ends that begins with the `<` at `at`; `at` where none does."""
    first = at + 2 if load8(data + at + 1) == 47 else at + 1  # /
    last, assigns = name_end(data, first, end), False
    if not is_named(data, first, last, names, count, TAG):
        return at
    for k in range(last, min(end, last + LONGEST_TAG)):
        byte = load8(data + k)
        if byte == 62:  # >
            return k + 1 if k == last or assigns or load8(data + k - 1) == 47 else at
        if byte in (60, 10) or (k == last and byte not in (32, 47)):  # < and line feed; what follows the name
            return at
        assigns = assigns or byte == 61  # =
    return at


@helper
def code_of(data: Address, first: Int, last: Int, base: Int) -> Int:
    """The code point that some ASCII letters and digits give, or -1."""
    code = 0
    for k in range(first, last):
        byte = load8(data + k)
        value = byte - 48 if is_digit(byte) else (byte | 32) - 87
        if value >= base:
            return -1
        code = min(HIGHEST + 1, code * base + value)
    return code if first < last and code <= HIGHEST else -1


@helper
def numbered_entity(data: Address, at: Int, end: Int) -> tuple[Int, Int]:
    """Where the entity with a number ends that begins at `at`, and its code point; `at` where none does."""
    hexadecimal = load8(data + at + 2) | 32 == 120  # x
    first = at + 2 + hexadecimal
    last = name_end(data, first, end)
    if load8(data + at + 1) != 35 or last >= end or load8(data + last) != 59:  # #, ;
        return at, -1
    code = code_of(data, first, last, 16 if hexadecimal else 10)
    return (last + 1, code) if code >= 0 else (at, np.int64(-1))


@helper
def entity_at(data: Address, at: Int, end: Int, table: Address, names: Address, count: Int) -> tuple[Int, Int]:
    """Where the entity ends that begins with the `&` at `at`, and its character, no letter; `at` where there is none.

    Entities that stand for letters and digits are left as they are.
    """
    after, code = numbered_entity(data, at, end)
    if after > at:
        lettered = entry_of(table, code) & CLASS in (LETTER, DIGIT, GRAM)
        return (at, np.int64(0)) if lettered else (after, code)
    last = name_end(data, at + 1, end)
    if last >= end or load8(data + last) != 59:  # ;
        return at, 0
    if is_named(data, at + 1, last, names, count, SPACE_NAME):
        return last + 1, SPACE_CODE
    return (last + 1, SIGN_CODE) if is_named(data, at + 1, last, names, count, SIGN_NAME) else (at, 0)


@helper
def markup_at(data: Address, at: Int, end: Int, table: Address, names: Address, count: Int) -> tuple[Int, Int]:
    """Where the markup ends that begins at `at`, and the character that it stands for, -1 of a tag.

    `at` where none begins there.
    """
    lead = load8(data + at)
    if lead == 60:
        return tag_end(data, at, end, names, count), -1
    return entity_at(data, at, end, table, names, count) if lead == 38 else (at, np.int64(-1))


@helper
def outside_markup(
    data: Address, begin: Int, end: Int, edges: Address, n: Int, table: Address, names: Address, count: Int
) -> Int:
    """Drop the edges of words in tags and entities; returns how many are left."""
    kept, reached = 0, begin
    for j in range(0, n, 2):
        start, stop = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
        if start >= reached:
            at = start - 1
            if at > begin and load8(data + at) in (47, 35):  # the / of </b>, the # of &#39;
                at -= 1
            if at >= begin:
                after = markup_at(data, at, end, table, names, count)[0]
                reached = after if after > start else reached
        if start >= reached:
            put_range(edges, kept, start - begin, stop - begin)
            kept += 2
    return kept


@helper
def digits_end(data: Address, at: Int, end: Int) -> Int:
    """Where the digits end that stand from `at` on."""
    while at < end and is_digit(load8(data + at)):
        at += 1
    return at


@helper
def capitals_end(data: Address, at: Int, end: Int) -> Int:
    """Where the ASCII capitals end that stand from `at` on."""
    while at < end and 65 <= load8(data + at) <= 90:
        at += 1
    return at


@helper
def is_number_or_model(data: Address, start: Int, end: Int, names: Address, count: Int) -> bool:
    """Whether a word is of the shape of F1, A380, 3D, 4x4, 90th or 10am, whatever else its digits could stand for."""
    capitals, first = capitals_end(data, start, end), digits_end(data, start, end)
    if capitals > start:
        return bool(capitals - start <= MOST_CAPITALS_OF_MODEL and digits_end(data, capitals, end) == end)
    if first == start:
        return False
    if load8(data + first) | 32 == 120 and digits_end(data, first + 1, end) == end:  # x
        return True
    return bool(capitals_end(data, first, end) == first + 1 == end or is_named(data, first, end, names, count, UNIT))


@helper
def spelled_in_letters(
    data: Address, start: Int, end: Int, buffer: Address, known: Address, known_count: Int, names: Address,
    name_count: Int,
) -> tuple[bool, bool]:  # fmt: skip
    """Whether a word is in leet, and whether one of the `known` words; if so, `buffer` holds it with its letters."""
    lettered = digits = False
    for at in range(start, end):
        byte = load8(data + at)
        if is_digit(byte):
            letter = LETTERS >> 5 * (byte - 48) & 31
            if letter == 0:
                return False, False
            byte, digits = 96 + letter, True
        elif is_letter(byte):
            lettered = True
        elif byte != 39:  # an apostrophe
            return False, False
        store8(buffer + at - start, byte)
    if not (lettered and digits):
        return False, False
    if find_sorted(known, known_count, hash_ascii(buffer, 0, end - start)[0]):
        return True, True
    return not is_number_or_model(data, start, end, names, name_count), False


@helper
def is_in_leet(
    data: Address, begin: Int, edges: Address, n: Int, mixed: Int, buffer: Address, known: Address, known_count: Int,
    names: Address, name_count: Int,
) -> bool:  # fmt: skip
    """Whether enough words of an article are English function words in leet. `mixed`: of `signs_of_disguise`."""
    least = max(LEAST_LEET, LEAST_LEET_SHARE * (n // 2))
    if mixed < least:
        return False
    found = 0
    for j in range(0, n, 2):
        start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
        found += spelled_in_letters(data, start, end, buffer, known, known_count, names, name_count)[1]
    return bool(found >= least)
