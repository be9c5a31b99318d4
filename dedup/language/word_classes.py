"""Closed classes of English words, and one open-addressing table that tells a kernel what a hashed word is.

`FUNCTION_WORDS` is what two wordings of one sentence may differ in without a swap of words: articles, prepositions,
pronouns, conjunctions, auxiliaries. Two other lists stand elsewhere because their words decide something else, and
merging them would change results: `function_words` of `data/score.json` (a longer list that is trained into the heads;
it has "said", "made" and "first", which are content here: "stated" for "said" is a swap), and the short list
of `findings.grammar_rules`, before whose words a wrong article proves nothing.

Public: `WordClass`, `FUNCTION_WORDS`, `Dimension`, `UNIT_SUFFIXES`, `code_table`, `classify` (compiled).
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64, U8, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word

Index = int | np.signedinteger[Any]  # what a kernel's integer argument looks like from outside


class WordClass(IntEnum):
    """What a word is; 0 for all that is in no closed class, so that an array of zeros means that."""

    CONTENT = 0
    FUNCTION = 1
    NEGATOR = 2
    UNITS = 3  # a number word from zero to nineteen
    TENS = 4
    SCALE = 5  # hundred, million, dozen
    UNIT = 6  # of measure
    ARTICLE = 7
    CUE = 8  # can stand for a negation


class Dimension(IntEnum):
    """What a number counts."""

    NONE = 0
    LENGTH = 1
    MASS = 2
    TIME = 3
    SHARE = 4
    USD = 5
    EUR = 6
    RUB = 7
    YEN = 8
    AREA = 9
    VOLUME = 10
    CELSIUS = 11
    FAHRENHEIT = 12
    POUND = 20
    ORDINAL = 21
    DECADE = 22


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
    "bn": 1e9, "bln": 1e9, "billions": 1e9, "trillion": 1e12, "trn": 1e12, "tn": 1e12, "dozen": 12.0,
    "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "cr": 1e7,
}  # fmt: skip

# Unit words: dimension and factor to its base, so that "24 months" equals "two years". The value packs both.
_DIMENSIONS: dict[Dimension, dict[float, str]] = {
    Dimension.LENGTH: {
        1.0: "m meter meters metre metres", 1e3: "km kms kilometer kilometers kilometre kilometres",
        1609.34: "mile miles", .9144: "yard yards yd yds", .3048: "foot feet ft",
        .01: "cm centimeter centimeters centimetre centimetres",
        .001: "mm millimeter millimeters millimetre millimetres", .0254: "inch inches"},
    Dimension.AREA: {1.0: "hectare hectares", .4047: "acre acres"},
    Dimension.VOLUME: {1.0: "liter liters litre litres", 3.7854: "gallon gallons"},
    Dimension.MASS: {1.0: "kg kilogram kilograms kilo kilos", 1e3: "ton tons tonne tonnes", .4536: "lb lbs"},
    Dimension.TIME: {
        1.0: "second seconds", 60.0: "minute minutes", 3600.0: "hour hours", 86400.0: "day days",
        604800.0: "week weeks", 2629800.0: "month months", 31557600.0: "year years"},
    Dimension.SHARE: {1.0: "percent pct percentage"},
    Dimension.USD: {1.0: "dollar dollars", .01: "cent cents"},
    Dimension.EUR: {1.0: "euro euros"},
    Dimension.RUB: {1.0: "rouble roubles ruble rubles"},
    Dimension.YEN: {1.0: "yen"},
}  # fmt: skip
DIMENSION_STEP = 1e10  # a unit's value is dimension * step + factor; no factor reaches the step
# Units that are written at the end of a number, three letters at most. Speeds and the like have no dimension, as when
# they are words of their own. "2m" is two metres or two million, "5k" a run or a sum: neither.
_SUFFIXES: dict[Dimension, dict[float, str]] = {
    Dimension.NONE: {1.0: "am pm mph kph kmh gb mb tb mw gw kw ml cc mg oz bhp hp mhz ghz"},
    Dimension.LENGTH: {.001: "mm", .01: "cm", .0254: "in ins", .3048: "ft", 1e3: "km kms", 1609.34: "mi"},
    Dimension.AREA: {1.0: "ha"},
    Dimension.CELSIUS: {1.0: "c"},
    Dimension.FAHRENHEIT: {1.0: "f"},
    Dimension.MASS: {.001: "g", 1.0: "kg kgs", .4536: "lb lbs", 1e3: "t"},
    Dimension.TIME: {1.0: "sec", 60.0: "min", 3600.0: "hr hrs"},
    Dimension.SHARE: {1.0: "pc pct"},
    Dimension.POUND: {.01: "p"},
}  # fmt: skip


def _values(units: dict[Dimension, dict[float, str]]) -> dict[str, float]:
    """Return the value of each unit."""
    return {
        word: dimension * DIMENSION_STEP + factor
        for dimension, factors in units.items()
        for factor, words in factors.items()
        for word in words.split()
    }


UNIT_SUFFIXES = _values(_SUFFIXES)


def _entries() -> dict[str, tuple[int, float]]:
    """Return the class and the value of each word; where a word is in two classes, the later one holds."""
    found: dict[str, tuple[int, float]] = {}
    plain = {
        WordClass.FUNCTION: _FUNCTION,
        WordClass.ARTICLE: _ARTICLES,
        WordClass.CUE: _CUES,
        WordClass.NEGATOR: _NEGATORS,
    }
    for class_, words in plain.items():
        found |= dict.fromkeys(words.split(), (class_, 0.0))
    found |= {w: (WordClass.UNITS, float(v)) for v, w in enumerate(_UNITS.split())}
    found |= {w: (WordClass.TENS, 10.0 * v) for v, w in enumerate(_TENS.split(), 2)}
    found |= {w: (WordClass.SCALE, v) for w, v in _SCALES.items()}
    found |= {word: (WordClass.UNIT, value) for word, value in _values(_DIMENSIONS).items()}
    return found


TABLE_SIZE = 1024  # a power of two, at least twice the number of entries


@lru_cache(maxsize=1)
def code_table() -> tuple[U64, U8, F64]:
    """Return keys (0 where empty), classes and values of the table, each of shape (1024,), linear probing."""
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
    """Return the class (of `WordClass`) and the value of each word; both arrays have shape (n,)."""
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
