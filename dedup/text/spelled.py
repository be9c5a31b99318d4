"""Compiled: articles that are spelled out, "T h e   h a r b o u r" or "T-h-e h-a-r-b-o-u-r", read as they were before.

Where most words are single letters, what stands between most of them is the separator. A copy of the article without
it is tokenised, and a list of places says where each byte of the copy stands in the article. The separator stays where
it ends words: doubled, or beside a longer word.
"""

from __future__ import annotations

from dedup.compiled.decorators import Address, Int, helper, inlined
from dedup.compiled.intrinsics import load8, load32, store8
from dedup.text.rules import LEAST_LETTERS, LEAST_LETTERS_SHARE, LONGEST_SEPARATOR, SAMPLE
from dedup.text.unicode import CLASS, LETTER
from dedup.text.words import is_word_class, put_range, record_at


@inlined
def is_letter_alone(data: Address, begin: Int, edges: Address, j: Int, table: Address) -> bool:
    """Whether the word at edge `j` is a single letter."""
    start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
    if end - start > 4:
        return False
    record, size = record_at(data, start, end, table)
    return bool(size == end - start and record & CLASS == LETTER)


@inlined
def bytes_at(data: Address, at: Int, size: Int) -> Int:
    """One to four bytes of a text and their number, as one integer; 0 for more."""
    if size > LONGEST_SEPARATOR:
        return 0
    return (load32(data + at) & ((1 << 8 * size) - 1)) << 3 | size


@helper
def gap_of_letters(data: Address, begin: Int, edges: Address, j: Int, table: Address) -> Int:
    """What stands between the word at edge `j` and the one before, of `bytes_at`; 0 unless both are single letters."""
    if not is_letter_alone(data, begin, edges, j, table) or not is_letter_alone(data, begin, edges, j - 2, table):
        return 0
    end = load32(edges + 4 * j - 4)
    return bytes_at(data, begin + end, load32(edges + 4 * j) - end)


@helper
def may_be_spelled_out(data: Address, begin: Int, edges: Address, n: Int, table: Address) -> bool:
    """Whether a quarter of some words, evenly taken, are single letters: spares most articles the search."""
    alone, step = 0, 2 * (n // (2 * SAMPLE))
    if n // 2 < LEAST_LETTERS:
        return False
    for k in range(min(SAMPLE, n // 2)):
        alone += is_letter_alone(data, begin, edges, k * max(2, step), table)
    return bool(alone >= SAMPLE // 4)


@helper
def separator(data: Address, begin: Int, edges: Address, n: Int, table: Address) -> Int:
    """What stands between the letters of an article that is spelled out, of `bytes_at`; 0 for all others."""
    least = max(LEAST_LETTERS, LEAST_LETTERS_SHARE * (n // 2))
    if not may_be_spelled_out(data, begin, edges, n, table):
        return 0
    candidate = balance = found = others = 0
    for j in range(2, n, 2):  # the only value that can be more than half of all (Boyer and Moore)
        gap = gap_of_letters(data, begin, edges, j, table)
        if gap:
            candidate = gap if balance == 0 else candidate
            balance += 1 if gap == candidate else -1
        others += gap == 0
        if others > n // 2 - least:
            return 0
    for j in range(2, n, 2):
        found += gap_of_letters(data, begin, edges, j, table) == candidate != 0
    return candidate if found >= least else 0


@helper
def without_separator(
    data: Address, begin: Int, end: Int, between: Int, table: Address, copy: Address, places: Address
) -> Int:
    """Write an article without its separator to `copy`, the bounds of each byte to `places`; returns its size.

    A separator goes where a single character, or the beginning or end of other signs, stands on either side of it.
    """
    length = between & 7
    at, out = begin, 0
    beside = word = parted = False  # whether the character before the last, and the last, are letters; a separator
    while at < end:
        record, size = record_at(data, at, end, table)
        here = at + length <= end and bytes_at(data, at, length) == between
        if here:
            after = at + length
            size_after = record_at(data, after, end, table)[1]
            next_word = is_word_class(record_at(data, after + size_after, end, table)[0] & CLASS)
            doubled = parted or (after + length <= end and bytes_at(data, after, length) == between)
            if at > begin and size_after and not (doubled or beside or next_word):
                at, beside, word, parted = after, word, False, True
                continue
            size = length
        for k in range(size):
            store8(copy + out, load8(data + at + k))
            put_range(places, 2 * out, at + k - begin, at + k + 1 - begin)
            out += 1
        at, beside, word, parted = at + size, word, not here and is_word_class(record & CLASS), here
    return out
