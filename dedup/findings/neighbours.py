"""What a function word beside a place asks of the word that stands there: one, many, a form of the verb.

Public: `NeighbourClass`, `ClassTable`, `CLASS_TABLE`, and for compiled callers `class_of`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.decorators import borrowing
from dedup.compiled.hashing import hash_word
from dedup.language.background import BREAK, NUMBER
from dedup.language.sorted_keys import row_of, starts_of


class NeighbourClass(IntEnum):
    """The values are feature values, on which the shipped trees were trained."""

    OTHER = 0
    MANY = 1  # asks for a plural
    ONE = 2  # asks for a singular
    HE = 3  # a pronoun with a verb in -s
    THEY = 4  # a pronoun with a verb without
    MODAL = 5  # asks for a base form
    HAVE = 6  # asks for a participle
    BE = 7
    PREPOSITION = 8
    POSSESSIVE = 9
    CONJUNCTION = 10  # or a word of time
    NUMBER = 11
    BREAK = 12


_WORDS = {
    NeighbourClass.MANY: """
        these those many several few various both two three four five six seven eight nine ten numerous multiple
    """,
    NeighbourClass.ONE: "a an this that each every another one either neither much",
    NeighbourClass.HE: "he she it",
    NeighbourClass.THEY: "they we you i",
    NeighbourClass.MODAL: """
        to will would can could may might must should shall do does did not don't doesn't didn't won't can't cannot
    """,
    NeighbourClass.HAVE: "have has had having haven't hasn't hadn't",
    NeighbourClass.BE: "is are was were be been being am isn't aren't wasn't weren't",
    NeighbourClass.PREPOSITION: """
        of in on at by for from with into about over against as under after before between through during without
    """,
    NeighbourClass.POSSESSIVE: "the his her its their our my your",
    NeighbourClass.CONJUNCTION: """
        and or but which who if when because than while so last next today yesterday tomorrow ago now also not
    """,
}
_OTHER, _NUMBER, _BREAK = (int(c) for c in (NeighbourClass.OTHER, NeighbourClass.NUMBER, NeighbourClass.BREAK))


class ClassTable(NamedTuple):
    """The class of each function word, by its sorted hash. Shapes: `n` words."""

    starts: U32  # `starts_of` the keys
    keys: U64  # (n,)
    values: U8  # (n,) of `NeighbourClass`


def _table() -> ClassTable:
    classes = {hash_word(word.encode()): value for value, words in _WORDS.items() for word in words.split()}
    keys = np.array(sorted(classes), np.uint64)
    return ClassTable(starts_of(keys), keys, np.array([classes[key] for key in sorted(classes)], np.uint8))


CLASS_TABLE = _table()


@borrowing
def class_of(word: np.uint64, table: ClassTable) -> int:
    """Return the `NeighbourClass` of a normalised word."""
    if word == BREAK:
        return _BREAK
    if word == NUMBER:
        return _NUMBER
    row = row_of(table.starts, table.keys, word)
    return int(table.values[row]) if row >= 0 else _OTHER
