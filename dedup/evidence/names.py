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

# Endings of forms of one name, without their plural s: a place or a person on the left, who or what belongs to it on
# the right. Pairs that names and surnames differ in (Mario and Maria, Palme and Palmer, Rossi and Rosso) are none.
_FORMS = {
    "": "ian ean an ese uese ish i ic ist ism ite land er al ion ional ive ation ative sky ski",
    "a": "an ian ean ese ish ic ist ism ite",
    "e": "ian ean ese ish ic ist ism ite ional",
    "o": "an ian ese ist ism",
    "y": "ian ean ish ic ist ism ies",
    "ia": "i ish ic",
    "ey": "ish",
    "ium": "ian",
    "ist": "ism istic",
    "ic": "ism",
    "ish": "ism",
    "an": "ism",
    "ian": "ism",
    "ion": "ional ive",
    "ica": "ic ican",
}
PLURAL = "es"
LONG_STEM = 6  # letters before "er" or "i" that make a demonym (Londoner, Israeli) rather than another surname (Parker)


def _table(endings: list[str]) -> NDArray[np.uint8]:
    """Return endings as rows of letters, 0 after the last."""
    table = np.zeros((len(endings), max(map(len, endings))), np.uint8)
    for row, ending in enumerate(endings):
        table[row, : len(ending)] = np.frombuffer(ending.encode(), np.uint8)
    return table


_PAIRS = [(place, form) for place, forms in _FORMS.items() for form in forms.split()]
PLACE_TABLE, FORM_TABLE = (_table(list(column)) for column in zip(*_PAIRS, strict=True))
LONG_STEMS: NDArray[np.bool_] = np.array([not place and form in ("er", "i") for place, form in _PAIRS])
ABBREVIATION = 4  # letters: Nov is November, Sen is Senator
ABBREVIATED = 3  # letters at least that an abbreviation leaves out: Ann and Anna are two names
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
def _ends_in(word: I32, start: Index, end: Index, table: U8, k: int) -> bool:
    """Return whether letters [start, end) of a word are the ending in row `k` of a table."""
    width = table.shape[1]
    if end - start > width or (end - start < width and table[k, end - start]):
        return False
    for i in range(end - start):  # noqa: SIM110 - a kernel has no generators
        if word[start + i] != table[k, i]:
            return False
    return True


@borrowing
def _are_forms(a: I32, na: Index, b: I32, nb: Index, stem: int) -> bool:
    """Return whether two words without plural and possessive are a name and a form of it, after a common stem."""
    if na == nb == stem:
        return True
    for k in range(len(LONG_STEMS)):
        if LONG_STEMS[k] and stem < LONG_STEM:
            continue
        if _ends_in(a, stem, na, PLACE_TABLE, k) and _ends_in(b, stem, nb, FORM_TABLE, k):
            return True
        if _ends_in(b, stem, nb, PLACE_TABLE, k) and _ends_in(a, stem, na, FORM_TABLE, k):
            return True
    return False


@borrowing
def _singular(word: I32, size: int, drop: int) -> int:
    """Return the size of a word without a plural ending of `drop` letters, "s" or "es"; as it is where it has none."""
    if drop == 0 or size < SHORTEST_STEM + drop or word[size - 1] != S:
        return size
    return size - drop if drop == 1 or word[size - 2] == E else size


@borrowing
def _without_possessive(word: I32, size: int) -> int:
    if size > 2 and word[size - 2] == APOSTROPHE and word[size - 1] == S:
        return size - 2
    return size - 1 if size > 2 and word[size - 1] == APOSTROPHE else size


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
    if shared in (na, nb) and SHORTEST_STEM <= shared <= ABBREVIATION and abs(na - nb) >= ABBREVIATED:
        return True
    for drop in range(len(PLURAL) + 1):
        for other_drop in range(len(PLURAL) + 1):
            size, other_size = _singular(a, na, drop), _singular(b, nb, other_drop)
            for stem in range(min(shared, size, other_size), max(SHORTEST_STEM, shared - 3) - 1, -1):
                if _are_forms(a, size, b, other_size, stem):
                    return True
    return False
