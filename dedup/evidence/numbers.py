"""Quantities in a text: "7.2 million", "7,200,000" and "seven" read as numbers, with the dimension of their unit.

Public: `WordText`; all compiled: `read_quantity`, `same_quantity`, `is_one_clock`, `is_digit`, `suffix`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F64, I32, U8
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word
from dedup.evidence.text import Text
from dedup.language.word_classes import DIMENSION_STEP, UNIT_SUFFIXES, Dimension, Index, WordClass
from dedup.records import Flag

NO_DIMENSION, LENGTH, MASS, SHARE = map(float, (Dimension.NONE, Dimension.LENGTH, Dimension.MASS, Dimension.SHARE))
TIME, AREA, VOLUME = map(float, (Dimension.TIME, Dimension.AREA, Dimension.VOLUME))
CELSIUS, FAHRENHEIT = map(float, (Dimension.CELSIUS, Dimension.FAHRENHEIT))
USD, EUR, POUND = map(float, (Dimension.USD, Dimension.EUR, Dimension.POUND))
ORDINAL, DECADE = float(Dimension.ORDINAL), float(Dimension.DECADE)
ROUNDING = 0.05  # relative: "about 800" for 796 is the same quantity, 20 for 24 is not
CONVERTED = 0.04  # relative: eight feet are given as 2.5 metres
NONE = -1.0  # the value where there is no number
MOST_DIGITS = 15  # of a number that a float64 holds
LEAST_YEAR, MOST_YEAR = 1000.0, 2100.0
MOST_HOURS, MINUTES_OF_HOUR = 24.0, 60.0
INCH, INCHES_OF_FOOT = 0.0254, 12
YEAR_OF_AGE = 31557600.0  # the value of "years", which an age does not have: "52-year-old" is "aged 52"

ZERO, NINE, POINT, COMMA, PERCENT, COLON = map(ord, "09.,%:")
DEGREE_SIGN = "°".encode()[-1]
DOLLAR, POUND_SIGN, EURO_SIGN = ord("$"), tuple("£".encode()), tuple("€".encode())
_DIGIT, _BREAK = int(Flag.DIGIT), int(Flag.BREAK)


def _packed(suffix: str) -> int:
    """Return a suffix of one to three letters as `suffix` reads it."""
    return int.from_bytes(suffix.encode(), "little")


S, M, MN, B, BN, K = map(_packed, ("s", "m", "mn", "b", "bn", "k"))
ST, ND, RD, TH = map(_packed, ("st", "nd", "rd", "th"))
# Letters before a sum, without a space between: "R4.8bn", "Rs500", "KSh31m".
CURRENCIES = np.array([_packed(unit) for unit in ("r", "rs", "sh", "ksh", "ush", "inr", "zar", "usd", "eur", "gbp")])
OLD, PER, CENT = (np.uint64(hash_word(word)) for word in (b"old", b"per", b"cent"))
DEGREE, DEGREES, C, F = (np.uint64(hash_word(word)) for word in (b"degree", b"degrees", b"c", b"f"))
_SCALES = b"celsius", b"centigrade", b"fahrenheit"
CELSIUS_WORD, CENTIGRADE, FAHRENHEIT_WORD = (np.uint64(hash_word(word)) for word in _SCALES)
_BETWEEN = "more further additional extra other full whole straight consecutive successive"
BETWEEN = np.array(sorted(hash_word(word.encode()) for word in _BETWEEN.split()), np.uint64)
GLUED = np.array([_packed(unit) for unit in UNIT_SUFFIXES], np.int64)
GLUED_VALUES = np.array(list(UNIT_SUFFIXES.values()))


class WordText(NamedTuple):
    """The text of a batch with what its words are."""

    text: Text
    codes: U8  # (n,) of `WordClass`, one for each running word
    numbers: I32  # (n,) which word of the vocabulary stands at each place
    values: F64  # (v,) of the words of the vocabulary


@borrowing
def is_digit(byte: Int) -> bool:
    """Return whether a byte is an ASCII digit."""
    return bool(ZERO <= byte <= NINE)


@borrowing
def _is_mark(data: U8, at: Index, end: Index) -> bool:
    """Return whether a combining mark (U+0300 to U+036F) begins here, as of a number that is struck through."""
    return bool(at + 1 < end and (data[at] == 0xCC or (data[at] == 0xCD and data[at + 1] < 0xB0)))


@borrowing
def suffix(data: U8, at: Index, end: Index) -> Int:
    """Return the one to three letters that end a word, in lower case and packed; 0 where there are more."""
    packed, size = np.int64(0), 0
    while at < end:
        if _is_mark(data, at, end):
            at += 2
            continue
        if size == 3:
            return 0
        packed |= np.int64(data[at] | 32) << (8 * size)
        size += 1
        at += 1
    return packed


@borrowing
def _unpacked(unit: float) -> tuple[float, float]:
    """Return factor and dimension of a unit's value; a factor has four decimals at most, which are exact again."""
    kind = np.floor(unit / DIMENSION_STEP)
    return np.round((unit - kind * DIMENSION_STEP) * 1e4) / 1e4, kind


@borrowing
def _scaled(value: float, suffix: Int, money: bool) -> tuple[float, float]:
    """Return value and dimension of digits with a suffix: "90s", "3rd", "60mph", "2m" of money (it may be metres)."""
    if suffix == S:
        return value, DECADE
    if suffix in (ST, ND, RD, TH):
        return value, ORDINAL
    if (suffix == M and money) or suffix == MN:
        return value * 1e6, NO_DIMENSION
    if (suffix == B and money) or suffix == BN:
        return value * 1e9, NO_DIMENSION
    if suffix == K and money:
        return value * 1e3, NO_DIMENSION
    for k in range(len(GLUED)):
        if suffix == GLUED[k]:
            factor, kind = _unpacked(GLUED_VALUES[k])
            return value * factor, kind
    return NONE, NO_DIMENSION


@borrowing
def _read_digits(data: U8, start: Index, end: Index, money: bool) -> tuple[float, float]:
    """Return value and dimension of a word that begins with a digit; -1 where it is no number ("3d", "20-f")."""
    value, scale, digits, point = 0.0, 1.0, 0, False
    at = start
    while at < end:
        c = data[at]
        if _is_mark(data, at, end):
            at += 2
            continue
        if is_digit(c):
            value = value * 10.0 + (c - ZERO)
            digits += 1
            if point:
                scale *= 10.0
        elif c == POINT and not point:
            point = True
        elif c == POINT:
            return NONE, NO_DIMENSION
        elif c == COMMA:
            if at + 3 >= end or (at + 4 < end and is_digit(data[at + 4])):
                return NONE, NO_DIMENSION
        else:
            break
        at += 1
    if digits == 0 or digits > MOST_DIGITS:
        return NONE, NO_DIMENSION
    value /= scale
    if at == end:
        return value, NO_DIMENSION
    found: tuple[float, float] = _scaled(value, suffix(data, at, end), money)
    return found


@borrowing
def _after_currency(data: U8, start: Index, end: Index) -> Index:
    """Return where the digits of a word begin: behind a currency's letters, where it begins with them."""
    at = start
    while at < end and at < start + 4 and not is_digit(data[at]):
        at += 1
    if at in (start, end) or at > start + 3:
        return start
    letters = suffix(data, start, at)
    for known in CURRENCIES:
        if letters == known:
            return at
    return start


@borrowing
def _three_digits(data: U8, base: Index, before: Index, start: Index, end: Index) -> bool:
    """Return whether a word of three digits stands one space (or no-break space) after byte `before`."""
    if end - start != 3 or start - before > 3 or data[base + before] == COMMA:
        return False
    start += base
    return bool(is_digit(data[start]) and is_digit(data[start + 1]) and is_digit(data[start + 2]))


@borrowing
def _sign_before(data: U8, base: Index, start: Index) -> float:
    """Return the currency whose sign stands before byte `start`; texts begin at byte `base`."""
    if start >= base + 1 and data[start - 1] == DOLLAR:
        return USD
    if start >= base + 2 and data[start - 2] == POUND_SIGN[0] and data[start - 1] == POUND_SIGN[1]:
        return POUND
    if (
        start >= base + 3
        and data[start - 3] == EURO_SIGN[0]
        and data[start - 2] == EURO_SIGN[1]
        and data[start - 1] == EURO_SIGN[2]
    ):
        return EUR
    return NO_DIMENSION


@borrowing
def _read_grouped(text: Text, base: Index, i: Int, n: Int) -> tuple[float, float, Int]:
    """Return value and dimension of the number at word `i`, and the word after it: thousands may be words of their own.

    "640 016" is one number; it ends before word `n`.
    """
    data, starts, ends, flags = text.blob, text.starts, text.ends, text.flags
    start, end, used = base + np.int64(starts[i]), base + np.int64(ends[i]), i + 1
    sign, digits = _sign_before(data, base, start), _after_currency(data, start, end)
    value, kind = _read_digits(data, digits, end, sign != NO_DIMENSION or digits > start)
    while (
        0.0 < value < 1e12 and value == np.floor(value) and kind == NO_DIMENSION and used < n
        and ends[i] - starts[i] <= 3 and not flags[used] & _BREAK
        and _three_digits(data, base, np.int64(ends[used - 1]), np.int64(starts[used]), np.int64(ends[used]))
    ):  # fmt: skip
        start = base + np.int64(starts[used])
        hundreds, tens, ones = data[start] - ZERO, data[start + 1] - ZERO, data[start + 2] - ZERO
        value = value * 1e3 + hundreds * 100.0 + tens * 10.0 + ones
        used += 1
    if used == i + 1 and used < n and kind == NO_DIMENSION and sign == NO_DIMENSION and value < MOST_HOURS:
        minutes = _minutes(data, base + np.int64(ends[i]), base + np.int64(starts[used]), base + np.int64(ends[used]))
        if minutes >= 0.0:
            return np.floor(value) + minutes / 100.0, kind, used + 1
    return value, sign if sign != NO_DIMENSION and kind == NO_DIMENSION else kind, used


@borrowing
def _minutes(data: U8, before: Index, start: Index, end: Index) -> float:
    """Return the minutes of a clock, 0 to 59, in a word that a colon joins to the hours ("5:30" is "5.30"), or -1.

    The word may end in "am" or "pm".
    """
    if start != before + 1 or data[before] != COLON or end < start + 2:
        return NONE
    if not is_digit(data[start]) or not is_digit(data[start + 1]) or (end > start + 2 and is_digit(data[start + 2])):
        return NONE
    minutes = (data[start] - ZERO) * 10.0 + (data[start + 1] - ZERO)
    return minutes if minutes < MINUTES_OF_HOUR else NONE


@borrowing
def _read_amount(words: WordText, base: Index, i: Int, n: Int) -> tuple[float, float, Int]:
    """Return value and dimension of the digits or number words at word `i`, without scale and unit."""
    text, codes, numbers, values = words
    value = values[numbers[i]]
    if text.flags[i] & _DIGIT:
        found: tuple[float, float, Int] = _read_grouped(text, base, i, n)
        return found
    if codes[i] == WordClass.UNITS and (value != 1.0 or (i + 1 < n and codes[i + 1] == WordClass.SCALE)):
        return float(value), NO_DIMENSION, i + 1  # "one" is rarely a number
    if codes[i] != WordClass.TENS:
        return NONE, NO_DIMENSION, i + 1
    follows = i + 1 < n and codes[i + 1] == WordClass.UNITS and not text.flags[i + 1] & _BREAK
    if follows and 0 < values[numbers[i + 1]] < 10:
        return float(value) + values[numbers[i + 1]], NO_DIMENSION, i + 2
    return float(value), NO_DIMENSION, i + 1


@borrowing
def _read_inches(words: WordText, base: Index, i: Int, n: Int) -> tuple[float, Int]:
    """Return the inches of a height that begin at word `i`, in metres, and the word after them; 0 where none do."""
    text, codes, numbers, values = words
    if i >= n or text.flags[i] & _BREAK or not text.flags[i] & _DIGIT:
        return 0.0, i
    value, kind, used = _read_grouped(text, base, i, n)
    if kind == NO_DIMENSION and used < n and codes[used] == WordClass.UNIT:
        factor, kind = _unpacked(values[numbers[used]])
        value, used = value * factor, used + 1
    inches = value / INCH
    whole = kind == LENGTH and 0.0 < inches < INCHES_OF_FOOT and abs(inches - np.round(inches * 2.0) / 2.0) < 1e-6
    return (value, used) if whole else (0.0, i)


@borrowing
def _read_degrees(text: Text, base: Index, i: Int, n: Int) -> tuple[float, Int]:
    """Return the scale of a temperature that words [i, n) name behind its number, and the word after it.

    That is "degrees Celsius", "Fahrenheit", "degrees C" or "°C"; without a scale there is no dimension.
    """
    at, sign = i, False
    if at < n:
        for k in range(base + np.int64(text.ends[at - 1]), base + np.int64(text.starts[at])):
            sign = sign or text.blob[k] == DEGREE_SIGN
    if at < n and text.hashes[at] in (DEGREE, DEGREES) and not text.flags[at] & _BREAK:
        at += 1
    if at == n or (text.flags[at] & _BREAK and not sign):
        return NO_DIMENSION, i
    word = text.hashes[at]
    if word in (CENTIGRADE, CELSIUS_WORD) or (word == C and (sign or at > i)):
        return CELSIUS, at + 1
    if word == FAHRENHEIT_WORD or (word == F and (sign or at > i)):
        return FAHRENHEIT, at + 1
    return NO_DIMENSION, i


@borrowing
def _counts_on(words: WordText, i: Int) -> bool:
    """Return whether word `i` stands between a number and its unit and changes neither: "three more days"."""
    word = words.text.hashes[i]
    at = np.searchsorted(BETWEEN, word)
    return bool(at < len(BETWEEN) and BETWEEN[at] == word and not words.text.flags[i] & _BREAK)


@borrowing
def read_quantity(words: WordText, base: Index, limit: Index, i: Int, n: Int) -> tuple[float, float, Int]:
    """Return amount in base units and dimension of the quantity that begins at word `i`, and the word after it.

    The amount is -1 where there is none. The article's text is bytes [base, limit), its last word `n - 1`.
    """
    text, codes, numbers, values = words
    value, kind, used = _read_amount(words, base, i, n)
    if value < 0.0:
        return value, kind, used
    while used < n and codes[used] == WordClass.SCALE and not text.flags[used] & _BREAK and used < i + 4:
        value *= values[numbers[used]]
        used += 1
    stop = base + np.int64(text.ends[used - 1])
    if stop < limit and text.blob[stop] == PERCENT and kind == NO_DIMENSION:
        kind = SHARE
    two_words = used + 1 < n and text.hashes[used] == PER and text.hashes[used + 1] == CENT
    if two_words and kind == NO_DIMENSION:
        kind, used = SHARE, used + 2
    if kind == NO_DIMENSION:
        kind, used = _read_degrees(text, base, used, n)
    if kind == NO_DIMENSION and used + 1 < n and codes[used + 1] == WordClass.UNIT and _counts_on(words, used):
        used += 1
    if used < n and codes[used] == WordClass.UNIT and kind == NO_DIMENSION and not text.flags[used] & _BREAK:
        factor, kind = _unpacked(values[numbers[used]])
        old = used + 1 < n and text.hashes[used + 1] == OLD and not text.flags[used + 1] & _BREAK
        if factor == YEAR_OF_AGE and old:
            return value, NO_DIMENSION, used + 2
        value *= factor
        used += 1
    if kind == LENGTH:  # "5ft 8in" is one length
        inches, used = _read_inches(words, base, used, n)
        value += inches
    return value, kind, used


@borrowing
def _is_year(amount: float, dimension: float) -> bool:
    return dimension == NO_DIMENSION and LEAST_YEAR <= amount <= MOST_YEAR and amount == np.floor(amount)


@borrowing
def is_one_clock(a: float, b: float) -> bool:
    """Return whether two numbers can be one time on 12 and 24 hours."""
    return bool(min(a, b) < 13.0 and abs(abs(a - b) - 12.0) < 1e-6)


@borrowing
def same_quantity(a: float, a_dimension: float, b: float, b_dimension: float) -> bool:
    """Return whether two quantities can be the same: equal, rounded, or one clock on 12 and 24 hours."""
    if a == b:
        return True
    if a_dimension != NO_DIMENSION and b_dimension != NO_DIMENSION and a_dimension != b_dimension:
        return False
    if (_is_year(a, a_dimension) and _is_year(b, b_dimension)) or a_dimension == ORDINAL or b_dimension == ORDINAL:
        return False
    if is_one_clock(a, b):
        return a_dimension == NO_DIMENSION and b_dimension == NO_DIMENSION
    low, high = min(a, b), max(a, b)
    measured = a_dimension in (LENGTH, MASS, AREA, VOLUME)
    if a_dimension == b_dimension and measured and high - low < CONVERTED * high:
        return True
    if high <= 0.0 or (high - low) / high > ROUNDING:
        return False
    for size in range(1, 7):  # significant digits
        for rough, fine in ((low, high), (high, low)):
            step = 10.0 ** (np.floor(np.log10(rough)) + 1 - size)
            if (
                abs(np.round(rough / step) * step - rough) < 1e-9 * rough
                and abs(np.round(fine / step) * step - rough) < 1e-9 * rough
            ):
                return True
    return False
