"""What an article says happened: its names, numbers and dates, and where the words stand that it uses once.

A formula filled in for another event shares its wording and none of its facts; a short rewrite shares its facts and
little wording. Public: `Facts` (one article), `facts_of`; `judge.fact_features` compares two.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F64, I32, U8, U64
from dedup.compiled.decorators import Array, Int, borrowing, kernel
from dedup.evidence.profile import KEPT, LOWER, NAMED, Profile
from dedup.evidence.sides import FIRST, Side
from dedup.language.calendar import CALENDAR, CAPITAL_ONLY, LOWER_ONLY
from dedup.language.phonetic_key import LONGEST
from dedup.language.word_classes import WordClass
from dedup.records import Flag
from dedup.text import tokenise

_CAPITAL, _BOILERPLATE, _CONTENT = int(Flag.CAPITAL), int(Flag.BOILERPLATE), int(WordClass.CONTENT)
CALENDAR_CELLS = 1024  # a power of two, at least twice the number of words
ANY_CASE, ONLY_CAPITAL, ONLY_LOWER = range(3)
MOSTLY = 0.5  # share of words with a capital from which a text is in capitals or Title Case
LEAST_WORDS = 12  # without a capital, from which a text is in lower case


class Facts(NamedTuple):
    """The facts of one article. Shapes: `n` words without boilerplate, `s` stems, `k` names, `q` quantities."""

    names: I32  # (k,) which of the different words are names, in order of appearance
    keys: U8  # (k, 24) their phonetic keys
    sizes: I32  # (k,) of the keys
    quantity: I32  # (n,) which quantity a word belongs to, or -1
    amounts: F64  # (q,)
    dimensions: F64  # (q,)
    firsts: I32  # (s + 1,) where the places of each stem begin in `places`
    places: I32  # (n,) by stem, rising
    dates: int  # a bit for each `Moment`
    one_case: int  # 1: the text is in lower case, capitals or Title Case, which hides what is a name


@lru_cache(maxsize=1)
def _calendar() -> tuple[U64, U8, U8]:
    """Return keys (0 where empty), bits and cases of a table of calendar words with linear probing."""
    keys, bits = np.zeros(CALENDAR_CELLS, np.uint64), np.zeros(CALENDAR_CELLS, np.uint8)
    cases = np.zeros(CALENDAR_CELLS, np.uint8)
    special = dict.fromkeys(CAPITAL_ONLY.split(), ONLY_CAPITAL) | dict.fromkeys(LOWER_ONLY.split(), ONLY_LOWER)
    for moment, words in CALENDAR.items():
        for word in words.split():
            h = int(tokenise(word).hashes[0])
            at = h % CALENDAR_CELLS
            while keys[at] and keys[at] != h:
                at = (at + 1) % CALENDAR_CELLS
            keys[at], bits[at], cases[at] = h, moment, special.get(word, ANY_CASE)
    return keys, bits, cases


def facts_of(side: Side, profile: Profile) -> Facts:
    """Return the facts of an article."""
    return Facts(*_facts_of(side, profile, *_calendar()))


@borrowing
def _in_one_case(side: Side) -> int:
    """Return 1 where most words have a capital, or none of at least `LEAST_WORDS` has one."""
    words, capitals = 0, 0
    for i in range(len(side.flags)):
        if not side.flags[i] & _BOILERPLATE:
            words += 1
            capitals += 1 if side.flags[i] & _CAPITAL else 0
    return 1 if capitals > MOSTLY * words or (capitals == 0 and words >= LEAST_WORDS) else 0


@borrowing
def _mark_dates(side: Side, one_case: Int, keys: U64, bits: U8, cases: U8, found: U8) -> Int:
    """Mark which different words are dates; return the bits of those outside boilerplate."""
    mask = np.int64(0)
    for k in range(len(side.words)):
        found[k] = 0
        at = np.int64(side.words[k] & np.uint64(CALENDAR_CELLS - 1))
        while keys[at] != np.uint64(0) and keys[at] != side.words[k]:
            at = (at + 1) & (CALENDAR_CELLS - 1)
        if keys[at] == np.uint64(0) or not side.marks[k] & KEPT:
            continue
        lower = side.marks[k] & LOWER
        if (cases[at] == ONLY_CAPITAL and (lower or one_case)) or (cases[at] == ONLY_LOWER and not lower):
            continue
        found[k] = 1
        mask |= np.int64(1) << np.int64(bits[at])
    return mask


@borrowing
def _fill_places(profile: Profile, firsts: I32, places: I32) -> None:
    """Write where the places of each stem begin (a zero for each stem and one more), and the places by stem."""
    n, s = len(profile.text), len(profile.stems)
    for i in range(n):
        firsts[profile.stem_of[profile.text[i]] + 1] += 1
    for k in range(s):
        firsts[k + 1] += firsts[k]
    for i in range(n):  # each first place moves up to where the next stem's begin
        k = profile.stem_of[profile.text[i]]
        places[firsts[k]] = i
        firsts[k] += 1
    for k in range(s, 0, -1):
        firsts[k] = firsts[k - 1]
    firsts[0] = 0


@borrowing
def _is_name(side: Side, dates: U8, i: Int) -> bool:
    k = side.numbers[i]
    mark = side.marks[k]
    return bool(mark & NAMED and not mark & LOWER and side.codes[i] == _CONTENT and not dates[k])


@borrowing
def _fill_quantities(side: Side, quantity: I32, amounts: F64, dimensions: F64) -> Int:
    """Write the quantities outside boilerplate and which one each word there belongs to; return their number."""
    kept, q = 0, 0
    for i in range(len(side.numbers)):
        if side.flags[i] & _BOILERPLATE:
            continue
        each = side.quantity[i]
        if each >= 0 and side.ranges[each, FIRST] == i:
            amounts[q], dimensions[q] = side.amounts[each], side.dimensions[each]
            q += 1
        quantity[kept] = q - 1 if each >= 0 else -1
        kept += 1
    return q


@borrowing
def _find_names(side: Side, dates: U8, seen: U8, at: I32) -> Int:
    """Write where the different names stand first; return their number."""
    k = 0
    for i in range(len(side.numbers)):
        word = side.numbers[i]
        if seen[word] == 0 and not side.flags[i] & _BOILERPLATE and _is_name(side, dates, i):
            seen[word] = 1
            at[k] = i
            k += 1
    return k


@borrowing
def _copy_names(side: Side, at: I32, names: I32, sounds: U8, sizes: I32) -> None:
    for k in range(len(names)):
        names[k], sizes[k] = side.numbers[at[k]], side.sizes[at[k]]
        for x in range(sizes[k]):
            sounds[k, x] = side.keys[at[k], x]


@kernel
def _facts_of(
    side: Side, profile: Profile, keys: U64, bits: U8, cases: U8
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Int, Int]:
    """Return the fields of `Facts`; the loops are elsewhere, so that no reference is counted in them."""
    n, w = len(profile.text), len(side.words)
    one_case, dates = _in_one_case(side), np.empty(w, np.uint8)
    mask = _mark_dates(side, one_case, keys, bits, cases, dates)
    firsts, places = np.zeros(len(profile.stems) + 1, np.int32), np.empty(n, np.int32)
    _fill_places(profile, firsts, places)
    quantity, amounts, dimensions = np.empty(n, np.int32), np.empty(len(side.amounts)), np.empty(len(side.amounts))
    q = _fill_quantities(side, quantity, amounts, dimensions)
    at = np.empty(w, np.int32)
    k = 0 if one_case else _find_names(side, dates, np.zeros(w, np.uint8), at)
    names, sizes, sounds = np.empty(k, np.int32), np.empty(k, np.int32), np.empty((k, LONGEST), np.uint8)
    _copy_names(side, at, names, sounds, sizes)
    return names, sounds, sizes, quantity, amounts[:q], dimensions[:q], firsts, places, mask, one_case
