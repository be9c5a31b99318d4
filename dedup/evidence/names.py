"""Names compared by sound and form: Kyiv is Kiev, Witkoff is Witkov, Ukraine is not Ukrainian.

Public, both compiled: `similarity` of two phonetic keys (`language.phonetic_key`), `is_inflection`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import I32, U8
from dedup.compiled.decorators import borrowing
from dedup.language.phonetic_key import APOSTROPHE, A, E, I, O, S, letters
from dedup.language.word_classes import Index

U = ord("u")
NEAR_MISS = 0.5  # least similarity of two names in the same place

# What may follow the stem of a name in its plural, possessive, demonym and adjective forms.
_SUFFIXES = """
    s es 's n an ian ans ians ese uese ish i is ic er ers ean eans ist ists ism ite ites a e ia y ys y's ies ion
    ions ive ional al ation ations ative o land
"""
SUFFIXES = tuple(s.encode() for s in _SUFFIXES.split())
_WIDEST = max(len(s) for s in SUFFIXES)
SUFFIX_TABLE: NDArray[np.uint8] = np.zeros((len(SUFFIXES), _WIDEST), np.uint8)
for _row, _suffix in enumerate(SUFFIXES):
    SUFFIX_TABLE[_row, : len(_suffix)] = np.frombuffer(_suffix, np.uint8)
ABBREVIATION = 4  # letters: Nov is November, Sen is Senator
SHORTEST_STEM = 3  # letters that two forms of one name share at least


@borrowing
def _is_vowel(sound: int) -> bool:
    return sound in (A, E, I, O, U)


@borrowing
def similarity(left: U8, x: Index, na: int, right: U8, y: Index, nb: int, row: I32) -> float:
    """Return 1 - weighted edit distance / longer length of two phonetic keys, 0..1; a vowel for a vowel costs a half.

    The keys are the first `na` and `nb` sounds of `left[x]` and `right[y]`; `row` is scratch for 25. Names that
    begin with different sounds have similarity 0, unless both begin with a vowel; so have those whose lengths alone
    keep them below `NEAR_MISS`.
    """
    if na < 2 or nb < 2 or 2 * abs(na - nb) > max(na, nb):
        return 0.0
    if left[x, 0] != right[y, 0] and not (_is_vowel(left[x, 0]) and _is_vowel(right[y, 0])):
        return 0.0
    for j in range(nb + 1):
        row[j] = 2 * j  # in halves
    for i in range(1, na + 1):
        before, sound = row[0], left[x, i - 1]
        row[0] = 2 * i
        vowel, last = _is_vowel(sound), 2 * i
        for j in range(1, nb + 1):
            cost = 0
            if sound != right[y, j - 1]:
                cost = 1 if vowel and _is_vowel(right[y, j - 1]) else 2
            last = min(before + cost, row[j] + 2, last + 2)
            before = row[j]
            row[j] = last
    return float(1.0 - 0.5 * row[nb] / max(na, nb))


@borrowing
def _known_suffix(word: I32, start: Index, end: Index) -> bool:
    if start >= end:
        return True
    for k in range(SUFFIX_TABLE.shape[0]):
        same = True
        for i in range(SUFFIX_TABLE.shape[1]):
            letter = word[start + i] if start + i < end else 0
            if letter != SUFFIX_TABLE[k, i]:
                same = False
                break
        if same and end - start <= SUFFIX_TABLE.shape[1]:
            return True
    return False


@borrowing
def _without_possessive(word: I32, size: int) -> int:
    return size - 2 if size > 2 and word[size - 2] == APOSTROPHE and word[size - 1] == S else size


@borrowing
def is_inflection(
    data: U8, start: Index, end: Index, other: U8, other_start: Index, other_end: Index, work: I32
) -> bool:
    """Return whether two words are forms of one name (plural, possessive, demonym): a shared stem and known endings.

    `work`: scratch of shape (2, 24) or more.
    """
    a, b = work[0], work[1]
    na, nb = letters(data, start, end, a), letters(other, other_start, other_end, b)
    na, nb = _without_possessive(a, na), _without_possessive(b, nb)
    shared = 0
    while shared < na and shared < nb and a[shared] == b[shared]:
        shared += 1
    for stem in range(shared, max(SHORTEST_STEM, shared - 2) - 1, -1):
        if stem in (na, nb) and stem <= ABBREVIATION:
            return True
        if _known_suffix(a, stem, na) and _known_suffix(b, stem, nb):
            return True
    return False
