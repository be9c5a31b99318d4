"""Lost negations: a "not" of one article where the other has none.

Each negation is looked at by itself: what the other article denies in its own words, and has aligned, silences
nothing. Public, all compiled: `is_lost`, `lost_negation`, `has_unanswered`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U8
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word
from dedup.evidence.opposites import LOWER, PREFIXES
from dedup.evidence.rows import Link
from dedup.evidence.sides import Side, View
from dedup.evidence.word_alignment import holds_nothing, is_anchor
from dedup.language.word_classes import WordClass
from dedup.records import Flag

NEGATION_REACH = 3  # words between a negation and the anchors around it
SHORTEST = 5  # letters of a word whose beginning or end can negate it
OR = np.uint64(hash_word(b"or"))  # "whether or not" denies nothing
# After these words "not" denies nothing that the sentence says: "not only", "no doubt".
_ADDING = ("only", "just", "merely", "simply", "least", "doubt")
ADDING = np.array(sorted(hash_word(word.encode()) for word in _ADDING), np.uint64)

SUFFIX = "less"
# Stems (five letters) of common words that begin or end like a negation and are none.
_AFFIRMING = """
    inclu indus inter infor inves incre indiv incid insid insti intel inten indic influ initi injur india intro invol
    impor impro impac image immed immig imple union unive unite uniqu unit uncle until under distr discu disco displ
    dista disea disti disas irela irish iran iraq irani iraqi islan illus illne insis insta insur inspe inher inhab
    innov input inqui inner indee index inaug incom infla infra ingre inlan inmat inves unles unloa unvei unfol
    disci discr dispa dispo dispu distu diver unani bless bles unifo inspi invit impos impri impre imply
"""
AFFIRMING = np.array(sorted({hash_word(stem.encode()[:5]) for stem in _AFFIRMING.split()}), np.uint64)
APOSTROPHES = ord("'"), "’".encode()[-1]
T = ord("t")
NO_SIZE = len("no")
_DIGIT, _CAPITAL, _BREAK = int(Flag.DIGIT), int(Flag.CAPITAL), int(Flag.BREAK)


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
    """Return whether a word can stand for a negation: one of the cue words, or by its beginning or end."""
    if side.codes[i] in (WordClass.NEGATOR, WordClass.CUE):
        return True
    start, end = np.int64(side.starts[i]), np.int64(side.ends[i])
    if side.codes[i] != WordClass.CONTENT or end - start < SHORTEST or side.flags[i] & _CAPITAL:
        return False
    at = np.searchsorted(AFFIRMING, side.stems[i])
    if at < len(AFFIRMING) and AFFIRMING[at] == side.stems[i]:
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
def _unanswered(view: View, i: int, other: View) -> bool:
    """Return whether word `i` is aligned with nothing, or, as a negation, with a word that is none."""
    if view.how[i] == Link.NONE:
        return True
    negator = view.side.codes[i] == WordClass.NEGATOR
    return bool(negator and other.side.codes[view.partner[i]] != WordClass.NEGATOR)


@borrowing
def _denies_nothing(side: Side, i: int, first: int, last: int) -> bool:
    """Return whether a negation adds or counts instead of denying: "not only", "No. 30", "No, ", "whether or not"."""
    if i + 1 < last:
        at = np.searchsorted(ADDING, side.hashes[i + 1])
        adding = at < len(ADDING) and ADDING[at] == side.hashes[i + 1]
        if adding or side.codes[i + 1] == WordClass.NEGATOR or side.flags[i + 1] & _DIGIT:
            return True
        if side.flags[i + 1] & _BREAK and np.int64(side.ends[i] - side.starts[i]) == NO_SIZE:
            return True
    return bool(i > first and (side.hashes[i - 1] == OR or side.codes[i - 1] == WordClass.NEGATOR))


@borrowing
def is_lost(i: int, mine: View, other: View, first: int, last: int) -> bool:
    """Return whether word `i` of words [first, last) is a negation that is aligned with none on the other side."""
    if mine.side.codes[i] != WordClass.NEGATOR or not _unanswered(mine, i, other):
        return False
    return not _denies_nothing(mine.side, i, first, last)


@borrowing
def _contracted(side: Side, i: int) -> bool:
    """Return whether a negation holds a verb too: "wouldn't"."""
    end = np.int64(side.ends[i])
    return bool(side.data[end - 1] == T and side.data[end - 2] in APOSTROPHES)


@borrowing
def has_unanswered(view: View, other: View, first: int, last: int, but: int) -> bool:
    """Return whether words [first, last) hold a negative word that is aligned with none, apart from word `but`."""
    for j in range(first, last):  # noqa: SIM110 - a kernel has no generators
        if j != but and _unanswered(view, j, other) and _negative(view.side, j):
            return True
    return False


@borrowing
def _denied_is_kept(view: View, i: int, first: int, last: int) -> bool:
    """Return whether what the negation denies, the next content word or else the one before, is aligned."""
    for k in range(i + 1, min(last, i + 1 + NEGATION_REACH)):
        if not holds_nothing(view.side.codes[k]):
            return bool(view.how[k] != Link.NONE)
    for k in range(i - 1, max(first, i - 1 - NEGATION_REACH) - 1, -1):
        if not holds_nothing(view.side.codes[k]):
            return bool(view.how[k] != Link.NONE)
    return False


@borrowing
def lost_negation(i: int, mine: View, other: View, a0: int, a1: int, b0: int, b1: int) -> tuple[int, int]:
    """Return the words of the other side in whose place, or before which, the negation `i` is missing, or (-1, -1).

    The block is words [a0, a1) of my side and [b0, b1) of the other; its ends hold the words beside them in place.
    """
    if has_unanswered(other, mine, b0, b1, -1) or has_unanswered(mine, other, max(a0, i - 2), min(a1, i + 3), i):
        return -1, -1
    if not _denied_is_kept(mine, i, a0, a1):
        return -1, -1
    if mine.how[i] != Link.NONE:
        return int(mine.partner[i]), int(mine.partner[i] + 1)
    before, after = i - 1, i + 1
    while before >= a0 and not is_anchor(mine.how[before]):
        before -= 1
    while after < a1 and not is_anchor(mine.how[after]):
        after += 1
    if i - before > NEGATION_REACH or after - i > NEGATION_REACH:
        return -1, -1
    first = mine.partner[before] + 1 if before >= a0 else np.int64(b0)
    last = np.int64(mine.partner[after]) if after < a1 else np.int64(b1)
    held = False
    for k in range(max(a0, before - 2), min(a1, after + 3)):
        held |= is_anchor(mine.how[k]) and not holds_nothing(mine.side.codes[k])
    if last < first or last - first >= NEGATION_REACH or not held:
        return -1, -1
    return int(first), int(last if last - first == 1 and _contracted(mine.side, i) else first)
