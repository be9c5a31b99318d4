"""Compiled: the wanted strings of JSON lines, straight from the bytes.

It knows plain lines only: one object, no wanted field twice, the wanted ones strings. At anything else it stops and
leaves the line to the definition (`dedup.read.rows`), so that no rule stands here twice.
"""

from __future__ import annotations

from enum import auto
from typing import Any, NamedTuple

import numpy as np

from dedup.compiled.arrays import I64, U8, U64
from dedup.compiled.decorators import Address, Array, Int, borrowing_kernel, helper, inlined, kernel
from dedup.compiled.intrinsics import address_of, bit_count, line_feeds, load8, load64, store8
from dedup.models import Columns
from dedup.read.json_strings import BACKSLASH, ODD, QUOTE, copy_string

COLON, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = 58, 44, 123, 125, 91, 93
LINE_FEED, RETURN, TAB, SPACE, MINUS, ZERO, NINE, POINT, LETTER_F = 10, 13, 9, 32, 45, 48, 57, 46, 102
NULL = int.from_bytes(b"null", "little")
TRUE = int.from_bytes(b"true", "little")
FALSE = int.from_bytes(b"alse", "little")
FOUR_BYTES = np.uint64(0xFFFFFFFF)

PADDING = 128  # bytes after the last one of a buffer that the scanner may read and write
MOST_DEPTH = 60  # of nested lists and objects, one bit each in 64; orjson takes more
MOST_DIGITS = 18  # of a whole number that surely fits 64 bits, and of a fraction that surely is no special case


class Wants(Columns):
    """The fields of an article that a row may have, and the columns that they go to."""

    TEXT = auto()
    ID = auto()
    TITLE = auto()
    URL = auto()
    SOURCE = auto()
    PUBLISHED = auto()


class Place(Columns):
    """Where a row stood: its line from 1, where that begins, and its bytes without the line feed."""

    LINE = auto()
    START = auto()
    LENGTH = auto()


class Count(Columns):
    """What is counted from call to call."""

    ROWS = auto()
    LINES = auto()


# For the kernels, which take plain numbers at no cost.
TEXT, ID = int(Wants.TEXT), int(Wants.ID)  # with rules of their own; the others are strings that may be missing
LINE, START, LENGTH = int(Place.LINE), int(Place.START), int(Place.LENGTH)
ROWS, LINES = int(Count.ROWS), int(Count.LINES)


@helper
def number_end(at: Address) -> tuple[Address, Any]:
    """The address after the number at `at` (`ODD` for none, or one left to orjson), and whether it is a whole one."""
    first = at
    at += load8(at) == MINUS
    digits = at
    while ZERO <= load8(at) <= NINE:
        at += 1
    whole = at - digits
    if whole == 0 or whole > MOST_DIGITS or (load8(digits) == ZERO and (whole > 1 or digits > first)):
        return ODD, False
    if load8(at) != POINT:
        return (ODD if load8(at) | 0x20 == 101 else at), True
    point = at
    at += 1
    while ZERO <= load8(at) <= NINE:
        at += 1
    if at == point + 1 or at - point > MOST_DIGITS or load8(at) | 0x20 == 101:
        return ODD, False
    return at, False


@inlined
def skip_space(at: Address) -> Address:
    """The first byte from `at` on that is no space inside a line."""
    byte = load8(at)
    while byte == SPACE or byte == TAB or byte == RETURN:  # noqa: SIM109 - a tuple here is three times slower
        at += 1
        byte = load8(at)
    return at


@helper
def key_end(at: Address) -> Address:
    """The closing quote of the key whose first character is at `at`; `ODD` for escapes and other alphabets."""
    while True:
        byte = load8(at)
        if byte == QUOTE:
            return at
        if byte < SPACE or byte >= 0x80 or byte == BACKSLASH:
            return ODD
        at += 1


@helper
def same_bytes(left: Address, right: Address, size: Int) -> Any:
    """Whether two stretches of bytes are equal."""
    k = 0
    while k < size and load8(left + k) == load8(right + k):
        k += 1
    return k == size


@helper
def says_something(at: Address, end: Address) -> Any:
    """Whether there is a printable ASCII character; if not, the definition has to look for other spaces."""
    while at < end:
        if SPACE < load8(at) < 127:
            return True
        at += 1
    return False


@helper
def literal_end(at: Address) -> Address:
    """The address after `null`, `true` or `false`; `ODD` for anything else."""
    word = np.int64(load64(at) & FOUR_BYTES)
    if word in (NULL, TRUE):
        return at + 4
    return at + 5 if load8(at) == LETTER_F and np.int64(load64(at + 1) & FOUR_BYTES) == FALSE else ODD


@helper
def skip_key(at: Address, scratch: Address) -> Address:
    """The value after the key at `at` (its quote) and a colon; `ODD` if that does not stand there."""
    if load8(at) != QUOTE:
        return ODD
    at, _ = copy_string(at + 1, scratch)
    if at == ODD:
        return ODD
    at = skip_space(at)
    return skip_space(at + 1) if load8(at) == COLON else ODD


@helper
def skip_nested(at: Address, scratch: Address) -> Address:
    """The address after the object or list at `at`; `ODD` if it is broken or deeper than `MOST_DEPTH`.

    One bit a level, the lowest the innermost: 1 in an object, 0 in a list.
    """
    levels, depth = np.uint64(0), 0
    while True:
        byte = load8(at)
        if byte in (OPEN, OPEN_LIST):
            in_object = byte == OPEN
            at = skip_space(at + 1)
            if load8(at) != (CLOSE if in_object else CLOSE_LIST):
                at = skip_key(at, scratch) if in_object else at
                if at == ODD or depth == MOST_DEPTH:
                    return ODD
                levels, depth = levels << np.uint64(1) | np.uint64(in_object), depth + 1
                continue
            at += 1
        elif byte == QUOTE:
            at, _ = copy_string(at + 1, scratch)
        elif byte == MINUS or ZERO <= byte <= NINE:
            at, _ = number_end(at)
        else:
            at = literal_end(at)
        while True:
            if at == ODD or depth == 0:
                return at
            at = skip_space(at)
            in_object = levels & np.uint64(1) != 0
            if load8(at) == COMMA:
                at = skip_space(at + 1)
                at = skip_key(at, scratch) if in_object else at
                break
            if load8(at) != (CLOSE if in_object else CLOSE_LIST):
                return ODD
            levels, depth, at = levels >> np.uint64(1), depth - 1, at + 1
        if at == ODD:
            return ODD


@kernel
def count_lines(blob: Array, size: Int) -> Int:
    """Line feeds in blob[:size], and perhaps up to 63 bytes after it."""
    at, n = address_of(blob), np.int64(0)
    for i in range(at, at + size, 64):
        n += np.int64(bit_count(line_feeds(i)))
    return n


class Wanted(NamedTuple):
    """What is taken from each line: column c is the field with the name `names[offsets[c]:offsets[c + 1]]`."""

    names: U8  # one after the other; an empty name leaves its column empty
    offsets: I64  # (columns + 1,)
    most_line: int  # bytes of a line, above which it is left to the definition
    most_text: int  # bytes of a text, above which it may have too many characters and is left to the definition


class Taken(NamedTuple):
    """Where the values go; `n` rows at most."""

    targets: I64  # (columns + 1,) the addresses of the columns' bytes, then one of bytes that nobody wants
    ends: U64  # (columns, n + 1) where the value of each row ends, from 0 on
    places: I64  # (n, places) where each row stood
    counts: I64  # (counts,) what was taken so far


@inlined
def column_of(key: Address, size: Int, wanted: Wanted) -> Int:
    """The column of a field with this name, the number of columns for a field that is not wanted."""
    columns = len(wanted.offsets) - 1
    found, base = columns, address_of(wanted.names)
    for c in range(columns):
        length = wanted.offsets[c + 1] - wanted.offsets[c]
        if length > 0 and length == size and same_bytes(key, base + wanted.offsets[c], length):
            found = c
    return found


@inlined
def skip_value(at: Address, scratch: Address) -> Address:
    """The address after a value that is not wanted; `ODD` for one that is left to the definition."""
    byte = load8(at)
    if byte == QUOTE:
        return copy_string(at + 1, scratch)[0]
    if byte == MINUS or ZERO <= byte <= NINE:
        return number_end(at)[0]
    return skip_nested(at, scratch) if byte in (OPEN, OPEN_LIST) else literal_end(at)


@inlined
def take_value(at: Address, column: Int, row: Int, wanted: Wanted, taken: Taken) -> Address:
    """Take the value at `at` into a column; the address after it, `ODD` for one that is left to the definition."""
    target = taken.targets[column] + np.int64(taken.ends[column, row])
    byte = load8(at)
    if byte == QUOTE:
        at, reached = copy_string(at + 1, target)
        taken.ends[column, row + 1] = reached - taken.targets[column]
        if column == TEXT and (reached - target > wanted.most_text or not says_something(target, reached)):
            return ODD
        return at
    if column == ID and (byte == MINUS or ZERO <= byte <= NINE):
        start = at
        at, whole = number_end(at)
        if at == ODD or not whole:
            return ODD
        for k in range(at - start):
            store8(target + k, load8(start + k))
        taken.ends[ID, row + 1] = taken.ends[ID, row] + np.uint64(at - start)
        return at
    if column != TEXT and np.int64(load64(at) & FOUR_BYTES) == NULL:
        return at + 4
    return ODD


@inlined
def take_row(at: Address, row: Int, wanted: Wanted, taken: Taken) -> Address:
    """Take the object at `at` as row `row`; the address of the line feed after it, `ODD` for anything else."""
    columns, seen, mark = len(wanted.offsets) - 1, 0, COMMA
    for c in range(columns):
        taken.ends[c, row + 1] = taken.ends[c, row]
    while mark == COMMA:
        at = skip_space(at + 1)
        if load8(at) != QUOTE:
            return ODD
        key = at + 1
        at = key_end(key)
        if at == ODD:
            return ODD
        column = column_of(key, at - key, wanted)
        at = skip_space(at + 1)
        if load8(at) != COLON or (column < columns and seen >> column & 1):
            return ODD
        seen |= 1 << column
        at = skip_space(at + 1)
        scratch = taken.targets[columns]
        at = take_value(at, column, row, wanted, taken) if column < columns else skip_value(at, scratch)
        if at == ODD:
            return ODD
        at = skip_space(at)
        mark = load8(at)
    if mark != CLOSE or not seen & (1 << TEXT):
        return ODD
    at = skip_space(at + 1)
    return at if load8(at) == LINE_FEED else ODD


@borrowing_kernel
def scan_lines(blob: Array, first: Int, last: Int, wanted: Wanted, taken: Taken) -> Int:
    """Take rows from the lines in blob[first:last], each ended by a line feed; returns where it stopped.

    That is `last`, or the beginning of a line that it leaves to the definition. At least `PADDING` bytes of the blob
    and of each target follow the last one, to be read and written.
    """
    base = address_of(blob)
    counts, places = taken.counts, taken.places
    at = base + first
    while at < base + last:
        line, row = at, counts[ROWS]
        at = skip_space(at)
        if load8(at) != LINE_FEED:
            at = take_row(at, row, wanted, taken) if load8(at) == OPEN else ODD
            if at == ODD or at - line > wanted.most_line:
                return line - base
            places[row, LINE], places[row, START], places[row, LENGTH] = counts[LINES] + 1, line - base, at - line
            counts[ROWS] = row + 1
        elif at - line > wanted.most_line:
            return line - base
        counts[LINES] += 1
        at += 1
    return at - base
