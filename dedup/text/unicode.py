"""One record for every code point: its class, a few properties and its folded form, read from a shipped table.

The table is built once (`benchmarks/training/build_unicode.py`) and shipped, because the Unicode database differs
between
Python versions and signatures must stay comparable. A fold is a single code point: lower case, compatibility form
(full width), one apostrophe. Accents are kept, and decomposed ones are composed (`Tables.pairs`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U32, U64
from dedup.resources import resource

# Classes: the low four bits of a record.
OTHER, LETTER, DIGIT, GRAM, IGNORED, APOSTROPHE, POINT, COMMA, END, WIDE_END, NEWLINE, RETURN = range(12)
CLASS = 15
# Properties: the other bits.
CAPITAL = 16  # upper or title case
LOWER = 32  # lower case
SPACE = 64  # white space
LATIN = 128  # a letter of the Latin script
LOOKALIKE = 256  # a letter of Greek, Cyrillic or Armenian, the scripts whose letters pass for Latin ones
COMBINING = 512  # the second of a pair that composes
SOFT = 1024  # a space, a hyphen or an ignored character: does not break a phrase

PAGE = 256  # code points in a page of the table
LOOKALIKE_START, LOOKALIKE_END = 0x370, 0x590  # code points of `Tables.lookalikes`

# Where things stand in `packed`.
PAGES_AT = 2
LOOKALIKES_AT = PAGES_AT + 0x1100
ASCII_AT = LOOKALIKES_AT + LOOKALIKE_END - LOOKALIKE_START
DELTA_SHIFT = 11  # a record has 11 bits
RECORD = (1 << DELTA_SHIFT) - 1


class Tables(NamedTuple):
    """What the kernels get. Code point c: `records[pages[c >> 8] * 256 + (c & 255)]`, fold c + `deltas` of that."""

    pages: NDArray[np.uint16]  # (0x1100,)
    records: NDArray[np.uint16]  # (pages * 256,)
    deltas: NDArray[np.int32]  # (pages * 256,)
    lookalikes: U32  # folded Latin letter for each code point from LOOKALIKE_START, 0 where there is none
    pairs: U64  # (p,) sorted: folded letter << 32 | combining mark
    composed: U32  # (p,) folded composition of each pair


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The shipped tables, read-only arrays."""
    with np.load(resource("unicode.npz")) as stored:
        arrays = [stored[name] for name in Tables._fields]
    for array in arrays:
        array.flags.writeable = False
    return Tables(*arrays)


@lru_cache(maxsize=1)
def packed() -> NDArray[np.int32]:
    """All tables in one array for the kernels (one argument, no reference counts).

    Layout: [start of the pairs, their number], for each page where its entries start (`PAGES_AT`), look-alikes
    (`LOOKALIKES_AT`), entries (delta << `DELTA_SHIFT` | record; ASCII from `ASCII_AT`), then the letters of all pairs,
    their marks and their compositions.
    """
    table = tables()
    entries = table.deltas << DELTA_SHIFT | table.records
    keys = table.pairs
    pairs = [keys >> np.uint64(32), keys & np.uint64(0xFFFFFFFF), table.composed]
    starts = ASCII_AT + PAGE * table.pages.astype(np.int32)
    header = [ASCII_AT + len(entries), len(keys)]
    whole = np.concatenate([header, starts, table.lookalikes, entries, *pairs]).astype(np.int32)
    whole.flags.writeable = False
    return whole


def record_of(code: int) -> int:
    """Class and properties of a code point."""
    table = tables()
    return int(table.records[int(table.pages[code >> 8]) * PAGE + (code & 255)])


def class_of(character: str) -> int:
    """The class of one character."""
    return record_of(ord(character)) & CLASS


def fold(character: str) -> str:
    """Its folded form, a single character."""
    table, code = tables(), ord(character)
    return chr(code + int(table.deltas[int(table.pages[code >> 8]) * PAGE + (code & 255)]))


def unmask(character: str) -> str:
    """The folded Latin letter that a Greek or Cyrillic one looks like, else the character itself."""
    table, at = tables(), ord(character) - LOOKALIKE_START
    latin = int(table.lookalikes[at]) if 0 <= at < len(table.lookalikes) else 0
    return chr(latin) if latin else character


def compose(letter: str, mark: str) -> str | None:
    """One folded character for a folded letter and a combining mark, if there is one."""
    table, key = tables(), ord(letter) << 32 | ord(mark)
    at = int(np.searchsorted(table.pairs, np.uint64(key)))
    return chr(int(table.composed[at])) if at < len(table.pairs) and int(table.pairs[at]) == key else None
