"""One record for every code point: its class, a few properties and its folded form, read from a shipped table.

The table is built once (`benchmarks/training/build_unicode.py`) and shipped, because the Unicode database differs
between Python versions and signatures must stay comparable. A fold is lower case, the compatibility form (full width,
circled, small capitals), one apostrophe; Greek loses its accents, as its capitals do, and the dotless i of Turkish is
an i. Other accents are kept, and decomposed ones are composed (`Tables.pairs`, `hangul`). A ligature folds to a number
of `Tables.expansions`.
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
COMBINING = 512  # the second of a pair that composes; of grams, a mark that belongs to the one before
SOFT = 1024  # a space, a hyphen or an ignored character: does not break a phrase

PAGE = 256  # code points in a page of the table
LOOKALIKE_START, LOOKALIKE_END = 0x370, 0x590  # code points of `Tables.lookalikes`
CYRILLIC_START, ARMENIAN_START = 0x400, 0x530
ALIKE_ALWAYS, ALIKE_AS_WRITTEN = 1 << 24, 1 << 25  # taken for the Latin letter in both cases, in the case at hand
LATIN_LETTER = (1 << 24) - 1  # the other bits of a look-alike
LATIN_1, LATIN_1_END, LATIN_2, LATIN_2_END = 0xC0, 0x250, 0x1E00, 0x1F00  # code points of `Tables.bases`
VIETNAMESE, VIETNAMESE_END = 0x1EA0, 0x1EFA  # letters that hardly any other language has
HORNED = (0x1A1, 0x1B0)  # folded o and u with horn: Vietnamese too
EXPANSIONS_START, EXPANSIONS_END = 0xE0200, 0xE1000  # never assigned: folds that stand for several letters
LONGEST_EXPANSION = 4
MARKS, MARKS_END = 0x300, 0x370  # marks that are dropped where they do not compose, as are ...
ARABIC_MARKS, ARABIC_MARKS_END = 0x653, 0x656  # ... those

# Scripts that the look-alikes in a word are folded to.
AS_IS, TO_LATIN, TO_CYRILLIC, TO_GREEK = range(4)

# Where things stand in `packed`.
PAGES_AT = 3
LOOKALIKES_AT = PAGES_AT + 0x1100
REVERSE_AT = LOOKALIKES_AT + LOOKALIKE_END - LOOKALIKE_START
BASES_AT = REVERSE_AT + 256
ASCII_AT = BASES_AT + LATIN_1_END - LATIN_1 + LATIN_2_END - LATIN_2
DELTA_SHIFT = 11  # a record has 11 bits
RECORD = (1 << DELTA_SHIFT) - 1


class Tables(NamedTuple):
    """What the kernels get. Code point c: `records[pages[c >> 8] * 256 + (c & 255)]`, fold c + `deltas` of that."""

    pages: NDArray[np.uint16]  # (0x1100,)
    records: NDArray[np.uint16]  # (pages * 256,)
    deltas: NDArray[np.int32]  # (pages * 256,)
    lookalikes: U32  # folded Latin letter (and bits) for each code point from LOOKALIKE_START, 0 where there is none
    reverse: U32  # (2, 128) folded Cyrillic and Greek letter that an ASCII letter looks like, 0 where there is none
    bases: U32  # letter without its marks for each code point of LATIN_1 and LATIN_2
    expansions: U32  # (e, LONGEST_EXPANSION) folded letters, 0 after the last
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

    Layout: [start of the pairs, their number, start of the expansions], for each page where its entries start
    (`PAGES_AT`), look-alikes (`LOOKALIKES_AT`), `reverse` (`REVERSE_AT`), `bases` (`BASES_AT`), entries (delta <<
    `DELTA_SHIFT` | record; ASCII from `ASCII_AT`), then the letters of all pairs, their marks and their
    compositions, then the expansions."""
    table = tables()
    entries = table.deltas << DELTA_SHIFT | table.records
    keys = table.pairs
    pairs = [keys >> np.uint64(32), keys & np.uint64(0xFFFFFFFF), table.composed]
    starts = ASCII_AT + PAGE * table.pages.astype(np.int32)
    header = [ASCII_AT + len(entries), len(keys), ASCII_AT + len(entries) + 3 * len(keys)]
    fixed = (table.lookalikes, table.reverse.ravel(), table.bases)
    whole = np.concatenate([header, starts, *fixed, entries, *pairs, table.expansions.ravel()]).astype(np.int32)
    whole.flags.writeable = False
    return whole


def record_of(code: int) -> int:
    """Class and properties of a code point."""
    table = tables()
    return int(table.records[int(table.pages[code >> 8]) * PAGE + (code & 255)])


def class_of(character: str) -> int:
    """The class of one character."""
    return record_of(ord(character)) & CLASS
