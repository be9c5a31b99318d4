"""Compiled: which lines and parentheses of an article are boilerplate, and which lines come back on other pages.

A line is the words from one `Flag.LINE` to the next; phrases and lines are compared as sequences of word hashes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.compiled.decorators import Address, Array, Bits, Int, helper, inlined, kernel
from dedup.compiled.hashing import LENGTH_FACTOR, MIX_FACTOR
from dedup.compiled.intrinsics import address_of, find_sorted, load8, load32, load64, multiply_fold, store8
from dedup.records import Flag

# What a phrase says, as in dedup/data/boilerplate.tsv.
LINE, START, COLON, END, CREDIT, COMMENTS, RELATED = 1, 2, 4, 8, 16, 32, 64

MOST_START_WORDS = 20  # in a line that begins with a phrase
MOST_COLON_WORDS = 40  # tags and captions are longer
MOST_END_WORDS = 40
MOST_CREDIT_WORDS = 14
LONGEST_PREFIX, LONGEST_SUFFIX, LONGEST_LINE = 6, 4, 16  # words of the longest phrase of each kind

LEAST_BODY = 50  # words before a heading that may end the article
LEAST_BODY_SHARE = 0.25  # and their share of the page, where comments follow
MOST_TEASER_SHARE = 0.15  # running text after a heading of teasers, as a share of the body before it
RUNNING_WORDS = 8  # a line with a full stop and fewer words is no running text
MOST_TEASER_WORDS, MOST_TEASERS = 25, 8  # marked after a heading that does not end the article
LEAST_KEPT, LEAST_KEPT_SHARE = 30, 0.2  # words outside boilerplate; with fewer, nothing is boilerplate

LEAST_BODY_LINE = 8  # words of a line that tells one article from another
BODY_KEYS, SAME_KEYS = 8, 3  # two articles with 3 of 8 smallest line hashes in common are versions of one article
MOST_LINE_WORDS = 60  # longer lines are not looked for on other pages
LEAST_REPEATS = 3  # distinct articles of one site that have the line
LEAST_REPEAT_SHARE = 0.002  # and their share of the site's articles
MOST_COMPARED = 64  # articles with one line that are compared

BOILERPLATE, F_LINE, F_DIGIT = int(Flag.BOILERPLATE), int(Flag.LINE), int(Flag.DIGIT)
F_BREAK, F_UPPER = int(Flag.BREAK), int(Flag.UPPER)
TABLE_BITS = 12  # cells of the phrase table: some five for each phrase
LAST_CELL = (1 << TABLE_BITS) - 1
SEED, MIX = np.uint64(LENGTH_FACTOR), np.uint64(MIX_FACTOR)
NUMBER = np.uint64(0x23)  # stands for any word with a digit
NO_KIND = np.uint8(0)


@inlined
def extend(sequence: Bits, word: Bits) -> Bits:
    """Hash of a sequence with one word more; an empty one is `SEED`."""
    return multiply_fold(sequence ^ word, MIX) + SEED


@inlined
def hash_at(hashes: Address, i: Int) -> Bits:
    """Hash of word `i`."""
    return load64(hashes + 8 * i)


@inlined
def offset_at(offsets: Address, i: Int) -> Int:
    """Byte offset of word `i`."""
    return load32(offsets + 4 * i)


@inlined
def set_boilerplate(flags: Address, i: Int) -> None:
    """Flag word `i` as boilerplate."""
    store8(flags + i, load8(flags + i) | BOILERPLATE)


@inlined
def clear_boilerplate(flags: Address, i: Int) -> None:
    """Take the flag from word `i`."""
    store8(flags + i, load8(flags + i) & ~BOILERPLATE)


@inlined
def kinds_of(keys: Address, kinds: Address, sequence: Bits) -> Int:
    """Kinds of the phrase with this hash, by open addressing; 0 for none."""
    slot = np.int64(sequence >> np.uint64(20)) & LAST_CELL
    while hash_at(keys, slot) != 0 and hash_at(keys, slot) != sequence:
        slot = (slot + 1) & LAST_CELL
    return load8(kinds + slot)


@helper
def next_mark(data: Address, at: Int, end: Int) -> Int:
    """The first byte from `at` on that is no space, 0 at the end."""
    while at < end:
        byte = load8(data + at)
        if byte != 32 and byte != 9:
            return byte
        at += 1
    return 0


@helper
def line_kinds(
    hashes: Address,
    ends: Address,
    flags: Address,
    first: Int,
    last: Int,
    data: Address,
    end: Int,
    keys: Address,
    kinds: Address,
) -> Int:
    """What the line of words first..last is: LINE for boilerplate, COMMENTS or RELATED for a heading, 0 for text."""
    n = last - first
    sequence = SEED
    for k in range(min(n, LONGEST_LINE)):
        i = first + k
        sequence = extend(sequence, NUMBER if load8(flags + i) & F_DIGIT else hash_at(hashes, i))
        if k >= LONGEST_PREFIX and k + 1 < n:
            continue
        kind = kinds_of(keys, kinds, sequence)
        if kind == 0:
            continue
        if k + 1 == n and kind & (LINE | COMMENTS | RELATED):
            return kind
        if (kind & START and n <= MOST_START_WORDS) or (
            kind & COLON and n <= MOST_COLON_WORDS and next_mark(data, offset_at(ends, i), end) == 58
        ):
            return LINE
    if n <= MOST_END_WORDS:
        for size in range(2, min(n, LONGEST_SUFFIX) + 1):
            sequence = SEED
            for i in range(last - size, last):
                sequence = extend(sequence, hash_at(hashes, i))
            if kinds_of(keys, kinds, sequence) & END:
                return LINE
    return 0


@helper
def line_end(flags: Address, first: Int, last: Int) -> Int:
    """First word of the line after the one that begins with word `first`."""
    i = first + 1
    while i < last and not load8(flags + i) & F_LINE:
        i += 1
    return i


@helper
def is_running(ends: Address, first: Int, last: Int, data: Address, end: Int) -> Any:
    """Whether a line reads like text: some words and a full stop, not three."""
    if last - first < RUNNING_WORDS:
        return False
    at = offset_at(ends, last - 1)
    mark = next_mark(data, at, end)
    if mark == 0xE2:  # a closing quote ends text, an ellipsis (E2 80 A6) a teaser
        return at + 2 < end and load8(data + at + 2) != 0xA6
    return mark in (33, 34, 39, 41, 63) or (mark == 46 and (at + 1 >= end or load8(data + at + 1) != 46))


@helper
def mark_credits(
    hashes: Address, starts: Address, ends: Address, flags: Address, first: Int, last: Int, data: Address, end: Int,
    keys: Address, kinds: Address, advertisement: Bits,
) -> None:  # fmt: skip
    """Mark parentheses that hold a credit, and the capitals of an advertisement's label inside a paragraph."""
    for i in range(first, last):
        if hash_at(hashes, i) == advertisement and load8(flags + i) & F_UPPER:
            set_boilerplate(flags, i)
        if not load8(flags + i) & F_BREAK or offset_at(starts, i) == 0 or load8(data + offset_at(starts, i) - 1) != 40:
            continue
        sequence = SEED
        credit = False
        for k in range(i, min(i + 3, last)):
            sequence = extend(sequence, hash_at(hashes, k))
            mark = next_mark(data, offset_at(ends, k), end)
            if kinds_of(keys, kinds, sequence) & CREDIT and (mark == 58 or mark == 47 or k > i):
                credit = True
        if not credit:
            continue
        for k in range(i, min(i + MOST_CREDIT_WORDS, last)):
            if next_mark(data, offset_at(ends, k), end) == 41:
                for j in range(i, k + 1):
                    set_boilerplate(flags, j)
                break


@helper
def is_repeated(hashes: Address, first: Int, last: Int, source: Bits, repeated: Address, count: Int) -> Any:
    """Whether the line stands in the sorted array of repeated lines of this source."""
    if count == 0 or last - first > MOST_LINE_WORDS:
        return False
    sequence = SEED
    for i in range(first, last):
        sequence = extend(sequence, hash_at(hashes, i))
    return find_sorted(repeated, count, extend(sequence, source))


@helper
def ends_article(
    ends: Address, flags: Address, kind: Int, body: Int, first: Int, last: Int, words: Int, data: Address, end: Int
) -> Any:
    """Whether all of the words first..last are boilerplate, given the heading before them and the words before it."""
    if body < LEAST_BODY:
        return False
    if kind & COMMENTS:
        return body >= LEAST_BODY_SHARE * words
    running = 0
    while first < last:
        following = line_end(flags, first, last)
        if is_running(ends, first, following, data, end):
            running += following - first
        first = following
    return running <= MOST_TEASER_SHARE * body


@helper
def mark_article(
    hashes: Address, starts: Address, ends: Address, flags: Address, words: Int, data: Address, end: Int,
    keys: Address, kinds: Address, advertisement: Bits, source: Bits, repeated: Address, count: Int,
) -> None:  # fmt: skip
    """Set `BOILERPLATE` in the flags of one article, whose text is the bytes 0..end at `data`."""
    first, body, teasers = 0, 0, 0
    for i in range(words):
        clear_boilerplate(flags, i)
    while first < words:
        last = line_end(flags, first, words)
        kind = line_kinds(hashes, ends, flags, first, last, data, end, keys, kinds)
        if kind == 0 and is_repeated(hashes, first, last, source, repeated, count):
            kind = LINE
        if kind & (COMMENTS | RELATED):
            if ends_article(ends, flags, kind, body, last, words, words, data, end):
                last = words
            teasers = MOST_TEASERS if kind & RELATED else 0
        elif kind == 0 and teasers > 0:
            teaser = last - first <= MOST_TEASER_WORDS and not is_running(ends, first, last, data, end)
            kind, teasers = (LINE, teasers - 1) if teaser else (0, 0)
        if kind:
            for i in range(first, last):
                set_boilerplate(flags, i)
        else:
            body += last - first
        first = last
    mark_credits(hashes, starts, ends, flags, 0, words, data, end, keys, kinds, advertisement)
    kept = 0
    for i in range(words):
        kept += not load8(flags + i) & BOILERPLATE
    if kept < LEAST_KEPT and kept < LEAST_KEPT_SHARE * words:
        for i in range(words):
            clear_boilerplate(flags, i)


@kernel
def mark_batch(
    blob: Array, offsets: Array, hashes: Array, starts: Array, ends: Array, flags: Array, word_offsets: Array,
    keys: Array, kinds: Array, advertisement: Bits, sources: Array, repeated: Array,
) -> None:  # fmt: skip
    """`mark_article` for each article of a batch; all arrays contiguous."""
    data, phrases, phrase_kinds, known = address_of(blob), address_of(keys), address_of(kinds), address_of(repeated)
    first, start, end, flag = address_of(hashes), address_of(starts), address_of(ends), address_of(flags)
    for i in range(len(word_offsets) - 1):
        a, words = word_offsets[i], word_offsets[i + 1] - word_offsets[i]
        begin, size = np.int64(offsets[i]), np.int64(offsets[i + 1]) - np.int64(offsets[i])
        mark_article(
            first + 8 * a, start + 4 * a, end + 4 * a, flag + a, words, data + begin, size, phrases, phrase_kinds,
            advertisement, sources[i], known, len(repeated),
        )  # fmt: skip


@kernel
def hash_lines(
    hashes: Array, flags: Array, word_offsets: Array, sources: Array, lines: Array, line_offsets: Array, bodies: Array
) -> None:
    """Keys of the lines (with their source) and the body keys (articles, BODY_KEYS) of a batch."""
    n = 0
    flag = address_of(flags)
    line_offsets[0] = 0
    for article in range(len(word_offsets) - 1):
        first, words = word_offsets[article], word_offsets[article + 1]
        whole = SEED
        bodies[article] = np.uint32(0xFFFFFFFF)
        while first < words:
            last = line_end(flag, first, words)
            sequence = SEED
            for i in range(first, last):
                sequence = extend(sequence, hashes[i])
            whole = extend(whole, sequence)
            if last - first <= MOST_LINE_WORDS:
                lines[n] = extend(sequence, sources[article])
                n += 1
            if last - first >= LEAST_BODY_LINE:
                mixed = sequence
                for k in range(BODY_KEYS):
                    mixed = extend(mixed, SEED)
                    bodies[article, k] = min(bodies[article, k], np.uint32(mixed >> np.uint64(32)))
            first = last
        for k in range(BODY_KEYS):
            if bodies[article, k] == np.uint32(0xFFFFFFFF):
                bodies[article, k] = np.uint32(whole >> np.uint64(32))
        line_offsets[article + 1] = n


@kernel
def repeated_lines(lines: Array, articles: Array, bodies: Array, least: Array, out: Array) -> Int:
    """Lines that stand in enough distinct articles, written to `out`; returns how many.

    `lines` is sorted, equal ones by body; `articles` says where each stands, `least` (per article) how many are enough.
    """
    n = 0
    first = 0
    kept = np.empty(MOST_COMPARED, np.int64)
    while first < len(lines):
        last = first + 1
        while last < len(lines) and lines[last] == lines[first]:
            last += 1
        needed = np.int64(least[articles[first]])
        count = 0
        for i in range(first, last):
            if count >= needed or last - first < needed:
                break
            new = True
            for j in range(min(count, MOST_COMPARED)):
                same = 0
                for k in range(BODY_KEYS):
                    same += bodies[articles[i], k] == bodies[kept[j], k]
                new = new and same < SAME_KEYS
            if new:
                if count < MOST_COMPARED:
                    kept[count] = articles[i]
                count += 1
        if count >= needed:
            out[n] = lines[first]
            n += 1
        first = last
    return n
