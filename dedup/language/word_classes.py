"""Closed word classes, and one open-addressing table that tells a kernel what a hashed word is.

Public: `code_table`, the codes, `classify` (compiled).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64, U8, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word

Index = int | np.signedinteger[Any]  # what a kernel's integer argument looks like from outside

CONTENT, FUNCTION, NEGATOR, UNITS, TENS, SCALE, UNIT, ARTICLE, CUE = range(9)


_ARTICLES = "a an the"
_FUNCTION = """
    of in to and for on at by with from as that this these those it its he his him she her hers they their them
    we us our you your i me my is are was were be been being am has have had having do does did will would can
    could may might shall should must who which what when where whom whose there here if or but so than then
    also too very more most just only such some any all both each other others another about into onto over
    under up down out off after before during while since until between through against among within upon
    because though although however it's he's that's there's they're we're i'm
"""
_NEGATORS = """
    not no never none nobody nothing nowhere neither nor without cannot can't don't doesn't didn't won't
    wouldn't isn't aren't wasn't weren't hasn't haven't hadn't couldn't shouldn't mustn't ain't hardly barely
"""
# Words that can stand for a negation: where one is, a "not" on the other side proves nothing.
_CUES = """
    fail fails failed failing failure refuse refuses refused refusing refusal deny denies denied denying reject
    rejects rejected lack lacks lacked lacking instead rather unable unlikely few little rarely seldom except
    impossible against stop stopped stops avoid avoided avoids prevent prevented prevents preventing ban banned
    absent absence missing false free non only but yet far exclude excluded excludes opposite contrary decline
    declined declines prohibit prohibited rule ruled miss missed lost despite
"""
_UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "mln": 1e6, "billion": 1e9,
    "bn": 1e9, "bln": 1e9, "billions": 1e9, "trillion": 1e12, "trn": 1e12, "dozen": 12.0,
}  # fmt: skip

# Unit words: dimension and factor to its base, so that "24 months" equals "two years". The value packs both.
_DIMENSIONS: dict[str, dict[float, str]] = {
    "length": {1.0: "m meter meters metre metres", 1e3: "km kms kilometer kilometers kilometre kilometres",
               1609.34: "mile miles", .3048: "foot feet ft", .01: "cm centimeter centimeters centimetre centimetres"},
    "mass": {1.0: "kg kilogram kilograms kilo kilos", 1e3: "ton tons tonne tonnes", .4536: "lb lbs"},
    "time": {1.0: "second seconds", 60.0: "minute minutes", 3600.0: "hour hours", 86400.0: "day days",
             604800.0: "week weeks", 2629800.0: "month months", 31557600.0: "year years"},
    "share": {1.0: "percent pct percentage"},
    "usd": {1.0: "dollar dollars", .01: "cent cents"},
    "eur": {1.0: "euro euros"},
    "rub": {1.0: "rouble roubles ruble rubles"},
    "yen": {1.0: "yen"},
}  # fmt: skip
DIMENSION_STEP = 1e10  # a unit's value is dimension * step + factor; no factor reaches the step


def _entries() -> dict[str, tuple[int, float]]:
    found: dict[str, tuple[int, float]] = {}
    for code, words in ((FUNCTION, _FUNCTION), (ARTICLE, _ARTICLES), (CUE, _CUES), (NEGATOR, _NEGATORS)):
        found |= dict.fromkeys(words.split(), (code, 0.0))
    found |= {w: (UNITS, float(v)) for v, w in enumerate(_UNITS.split())}
    found |= {w: (TENS, 10.0 * v) for v, w in enumerate(_TENS.split(), 2)}
    found |= {w: (SCALE, v) for w, v in _SCALES.items()}
    for number, factors in enumerate(_DIMENSIONS.values(), 1):
        for factor, words in factors.items():
            found |= dict.fromkeys(words.split(), (UNIT, number * DIMENSION_STEP + factor))
    return found


TABLE_SIZE = 1024  # a power of two, at least twice the number of entries


@lru_cache(maxsize=1)
def code_table() -> tuple[U64, U8, F64]:
    """Keys (0 where empty), codes and values of the table, each of shape (1024,), linear probing."""
    keys, codes = np.zeros(TABLE_SIZE, np.uint64), np.zeros(TABLE_SIZE, np.uint8)
    values = np.zeros(TABLE_SIZE)
    for word, (code, value) in _entries().items():
        h = hash_word(word.encode())
        at = h % TABLE_SIZE
        while keys[at]:
            at = (at + 1) % TABLE_SIZE
        keys[at], codes[at], values[at] = h, code, value
    return keys, codes, values


@kernel
def classify(hashes: U64, keys: U64, codes: U8, values: F64) -> tuple[U8, F64]:
    """Code and value of each word; both arrays have shape (n,)."""
    n = len(hashes)
    found, value = np.zeros(n, np.uint8), np.zeros(n)
    mask = np.uint64(len(keys) - 1)
    for i in range(n):
        at = np.int64(hashes[i] & mask)
        while keys[at] != np.uint64(0):
            if keys[at] == hashes[i]:
                found[i], value[i] = codes[at], values[at]
                break
            at = (at + 1) & np.int64(mask)
    return found, value
