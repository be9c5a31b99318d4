"""Quantities in a text: "7.2 million", "7,200,000" and "seven" read as numbers, with the dimension of their unit.

Public: `read_quantity`, `same_quantity` (both compiled).
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F64, I32, U8, U32
from dedup.compiled.decorators import Int, borrowing
from dedup.language.word_classes import DIMENSION_STEP, SCALE, TENS, UNIT, UNITS, Index
from dedup.records import Flag

NO_DIMENSION, LENGTH, MASS, SHARE, USD, EUR, POUND, ORDINAL, DECADE = 0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 20.0, 21.0, 22.0
ROUNDING = 0.05  # relative: "about 800" for 796 is the same quantity, 20 for 24 is not
CONVERTED = 0.04  # relative: eight feet are given as 2.5 metres
_DIGIT, _BREAK = int(Flag.DIGIT), int(Flag.BREAK)


@borrowing
def _read_digits(data: U8, start: Index, end: Index, money: bool) -> tuple[float, float]:
    """Value and dimension of a word that begins with a digit; -1 where it is no number ("3d", "20-f")."""
    value, scale, digits, point = 0.0, 1.0, 0, False
    at = start
    while at < end:
        c = data[at]
        if 48 <= c <= 57:
            value = value * 10.0 + (c - 48)
            digits += 1
            if point:
                scale *= 10.0
        elif c == 46 and not point:
            point = True
        elif c == 46 or c == 44:
            if c == 46:
                return -1.0, 0.0
            if at + 3 >= end or (at + 4 < end and 48 <= data[at + 4] <= 57):
                return -1.0, 0.0
        else:
            break
        at += 1
    if digits == 0 or digits > 15:
        return -1.0, 0.0
    value /= scale
    rest = end - at
    if rest == 0:
        return value, NO_DIMENSION
    a = data[at] | 32
    b = data[at + 1] | 32 if rest > 1 else 0
    if rest == 1 and a == 115:
        return value, DECADE
    if rest == 2 and (
        (a == 115 and b == 116) or (a == 110 and b == 100) or (a == 114 and b == 100) or (a == 116 and b == 104)
    ):
        return value, ORDINAL
    if (rest == 1 and a == 109 and money) or (rest == 2 and a == 109 and b == 110):  # "2m" may be metres
        return value * 1e6, NO_DIMENSION
    if (rest == 1 and a == 98 and money) or (rest == 2 and a == 98 and b == 110):
        return value * 1e9, NO_DIMENSION
    if rest == 1 and a == 107 and money:
        return value * 1e3, NO_DIMENSION
    return -1.0, 0.0


@borrowing
def _three_digits(data: U8, base: Index, before: Index, start: Index, end: Index) -> bool:
    """Whether a word of three digits stands one space (or no-break space) after byte `before`."""
    if end - start != 3 or start - before > 3 or data[base + before] == 44:
        return False
    start += base
    return bool(48 <= data[start] <= 57 and 48 <= data[start + 1] <= 57 and 48 <= data[start + 2] <= 57)


@borrowing
def _sign_before(data: U8, base: Index, start: Index) -> float:
    if start >= base + 1 and data[start - 1] == 36:
        return USD
    if start >= base + 2 and data[start - 2] == 0xC2 and data[start - 1] == 0xA3:
        return POUND
    if start >= base + 3 and data[start - 3] == 0xE2 and data[start - 2] == 0x82 and data[start - 1] == 0xAC:
        return EUR
    return NO_DIMENSION


@borrowing
def _read_grouped(
    data: U8, base: Index, starts: U32, ends: U32, flags: U8, i: Int, n: Int
) -> tuple[float, float, Int]:  # fmt: skip
    """Value and dimension of the number at word `i`, and the word after it: thousands may be words of their own."""
    start, end, used = base + np.int64(starts[i]), base + np.int64(ends[i]), i + 1
    sign = _sign_before(data, base, start)
    value, kind = _read_digits(data, start, end, sign != NO_DIMENSION)
    while (
        0.0 < value < 1e12 and value == np.floor(value) and kind == NO_DIMENSION and used < n
        and ends[i] - starts[i] <= 3 and not flags[used] & _BREAK
        and _three_digits(data, base, np.int64(ends[used - 1]), np.int64(starts[used]), np.int64(ends[used]))
    ):  # fmt: skip
        start = base + np.int64(starts[used])
        value = value * 1e3 + (data[start] - 48) * 100.0 + (data[start + 1] - 48) * 10.0 + (data[start + 2] - 48)
        used += 1
    return value, sign if sign != NO_DIMENSION and kind == NO_DIMENSION else kind, used


@borrowing
def read_quantity(
    data: U8, base: Index, limit: Index, starts: U32, ends: U32, flags: U8, codes: U8, numbers: I32, values: F64,
    i: Int, n: Int,
) -> tuple[float, float, Int]:  # fmt: skip
    """Amount in base units and dimension of the quantity that begins at word `i`, and the word after it; -1: none.

    The text is `data[base:limit]`, its last word `n - 1`; `codes` are the words' codes, `values[numbers]` their values.
    """
    value, kind, used = -1.0, NO_DIMENSION, i + 1
    if flags[i] & _DIGIT:
        value, kind, used = _read_grouped(data, base, starts, ends, flags, i, n)
    elif codes[i] == UNITS and (values[numbers[i]] != 1.0 or (i + 1 < n and codes[i + 1] == SCALE)):
        value = float(values[numbers[i]])  # "one" is rarely a number
    elif codes[i] == TENS:
        value = float(values[numbers[i]])
        if i + 1 < n and codes[i + 1] == UNITS and 0 < values[numbers[i + 1]] < 10 and not flags[i + 1] & _BREAK:
            value += values[numbers[i + 1]]
            used = i + 2
    if value < 0.0:
        return value, kind, used
    while used < n and codes[used] == SCALE and not flags[used] & _BREAK and used < i + 4:
        value *= values[numbers[used]]
        used += 1
    stop = base + np.int64(ends[used - 1])
    if stop < limit and data[stop] == 37 and kind == NO_DIMENSION:
        kind = SHARE
    if used < n and codes[used] == UNIT and kind == NO_DIMENSION and not flags[used] & _BREAK:
        unit = values[numbers[used]]
        kind = np.floor(unit / DIMENSION_STEP)
        value *= unit - kind * DIMENSION_STEP
        used += 1
        if used < n and kind == SHARE and codes[used] == UNIT and values[numbers[used]] == SHARE * DIMENSION_STEP + 1.0:
            used += 1
    return value, kind, used


@borrowing
def _is_year(amount: float, dimension: float) -> bool:
    return dimension == NO_DIMENSION and 1000.0 <= amount <= 2100.0 and amount == np.floor(amount)


@borrowing
def same_quantity(a: float, a_dimension: float, b: float, b_dimension: float) -> bool:
    """Whether two quantities can be the same: equal, one a rounding of the other, or one clock on 12 and 24 hours."""
    if a == b:
        return True
    if a_dimension != NO_DIMENSION and b_dimension != NO_DIMENSION and a_dimension != b_dimension:
        return False
    if (_is_year(a, a_dimension) and _is_year(b, b_dimension)) or a_dimension == ORDINAL or b_dimension == ORDINAL:
        return False
    if (a < 13.0 and b == a + 12.0) or (b < 13.0 and a == b + 12.0):
        return a_dimension == NO_DIMENSION and b_dimension == NO_DIMENSION
    low, high = min(a, b), max(a, b)
    if a_dimension == b_dimension and a_dimension in (LENGTH, MASS) and high - low < CONVERTED * high:
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
