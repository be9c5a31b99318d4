"""Lost negations: a "not" of one article where the other has none.

Public, all compiled: `only_negation`, `lost_negation`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U8
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word
from dedup.evidence.rows import Link
from dedup.evidence.sides import Side, View
from dedup.evidence.word_alignment import holds_nothing, is_anchor
from dedup.language.word_classes import WordClass
from dedup.records import Flag

NEGATION_REACH = 3  # words between a negation and the anchors around it
SHORTEST = 5  # letters of a word whose beginning or end can negate it
OR = np.uint64(hash_word(b"or"))  # "whether or not" denies nothing

PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non")
SUFFIX = "less"
LOWER = 0x20  # the bit of a lower-case ASCII letter
_DIGIT = int(Flag.DIGIT)


def _packed(letters: str) -> int:
    """Return up to four letters as one number, the first in the lowest byte."""
    return sum(ord(letter) << 8 * place for place, letter in enumerate(letters))


_TWO = tuple(_packed(prefix) for prefix in PREFIXES if len(prefix) == 2)
_THREE = tuple(_packed(prefix) for prefix in PREFIXES if len(prefix) == 3)
_SUFFIX, _SUFFIX_SIZE = _packed(SUFFIX), len(SUFFIX)


@borrowing
def _read(data: U8, start: Int, size: Int, case: Int) -> Int:
    """Return some bytes packed; `case` is `LOWER` for ASCII letters in lower case, or 0."""
    value: Int = 0
    for k in range(size):
        value |= np.int64(data[start + k] | case) << 8 * k
    return value


@borrowing
def _negative(side: Side, i: int) -> bool:
    """Return whether a word can stand for a negation: by its beginning, its end, or one of the cue words."""
    if side.codes[i] in (WordClass.NEGATOR, WordClass.CUE):
        return True
    start, end = np.int64(side.starts[i]), np.int64(side.ends[i])
    if end - start < SHORTEST:
        return False
    two, three = _read(side.data, start, 2, LOWER), _read(side.data, start, 3, LOWER)
    for prefix in _TWO:
        if two == prefix:
            return True
    for prefix in _THREE:
        if three == prefix:
            return True
    return bool(_read(side.data, end - _SUFFIX_SIZE, _SUFFIX_SIZE, 0) == _SUFFIX)


@borrowing
def only_negation(view: View, first: int, last: int) -> int:
    """Return the only negation of a block if it is not aligned, or -1; "not only" and the like are none."""
    side, found = view.side, -1
    for i in range(first, last):
        if side.codes[i] != WordClass.NEGATOR:
            continue
        if found >= 0:
            return -1
        found = i
        if i + 1 < last:  # "not only", "No. 30"
            code = side.codes[i + 1]
            if code in (WordClass.CUE, WordClass.NEGATOR) or side.flags[i + 1] & _DIGIT:
                return -1
        if i > first and side.codes[i - 1] == WordClass.FUNCTION and side.hashes[i - 1] == OR:
            return -1
    return found if found >= 0 and view.how[found] == Link.NONE else -1


@borrowing
def lost_negation(i: int, mine: View, other: View, a0: int, a1: int, b0: int, b1: int) -> int:
    """Return the word of the other side before which the negation `i` is missing, or -1.

    The block is words [a0, a1) of my side and [b0, b1) of the other.
    """
    for j in range(b0, b1):
        if _negative(other.side, j):
            return -1
    before, after = i - 1, i + 1
    while before >= a0 and not is_anchor(mine.how[before]):
        before -= 1
    while after < a1 and not is_anchor(mine.how[after]):
        after += 1
    if before < a0 or after >= a1 or i - before > NEGATION_REACH or after - i > NEGATION_REACH:
        return -1
    gap = mine.partner[after] - mine.partner[before]
    held = False
    for k in range(max(a0, before - 2), min(a1, after + 3)):
        held |= is_anchor(mine.how[k]) and not holds_nothing(mine.side.codes[k])
    if gap < 1 or gap > NEGATION_REACH or not held:
        return -1
    return int(mine.partner[before] + 1)
