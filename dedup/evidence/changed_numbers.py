"""Numbers that a re-worded sentence changed, which no gap shows, because the words around them are others.

A number that the other article has nowhere, and where its sentence stands there one that the first article has
nowhere: where both count the same, and neither fits anything else there, one was changed into the other. Rounding is
no change: "more than 600,000" for 640,000.

Public, all compiled: `changed_numbers`, `same_as_told`; `where`, `sentence_of`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32
from dedup.compiled.decorators import Int, borrowing, helper
from dedup.compiled.hashing import hash_word
from dedup.evidence.numbers import (
    AREA,
    COLON,
    COMMA,
    DECADE,
    LENGTH,
    MASS,
    NO_DIMENSION,
    ORDINAL,
    POINT,
    SHARE,
    TIME,
    VOLUME,
    is_digit,
    is_one_clock,
    same_quantity,
    suffix,
)
from dedup.evidence.rows import Difference, Row
from dedup.evidence.sides import FIRST, LAST, Side
from dedup.language.word_classes import WordClass
from dedup.records import Flag

NUMBERS = int(Difference.NUMBER)
MEASURED = LENGTH, MASS, AREA, VOLUME  # what is told in several units
BESIDE = 3  # words before and behind a number, one of which is the same where both count the same
MOST_NUMBERS = 100  # of an article: a bound on the time; more are tables
MOST_MISSING = 16  # of an article; one that lacks more tells of something else
SAME = 1e-9  # relative
FAR = 10.0  # times; a number that is so much larger counts something else
HEDGE_REACH = 2  # words before a number in which a hedge is looked for: "more than Rs 600"
HEDGED = 0.05  # relative: "about 76" for 74
CUT_OFF = 0.25  # relative, where the digits behind the first one or two were cut off: "over 600,000" for 640,000
# Words after which a number is no exact one.
_HEDGES = "than over almost nearly about around some roughly close approximately circa under least"
HEDGES = np.array(sorted(hash_word(word.encode()) for word in _HEDGES.split()), np.uint64)
ONE, IN, OF, OUT = (np.uint64(hash_word(word)) for word in (b"one", b"in", b"of", b"out"))
HALVES = tuple(int.from_bytes(half.encode(), "little") for half in ("am", "pm", "a.m", "p.m"))
_BOILERPLATE = int(Flag.BOILERPLATE)


@borrowing
def _is_hedged(side: Side, q: Int) -> bool:
    """Return whether one of the words before a quantity says that it is not exact."""
    first = side.ranges[q, FIRST]
    for i in range(max(0, first - HEDGE_REACH), first):
        at = np.searchsorted(HEDGES, side.hashes[i])
        if at < len(HEDGES) and HEDGES[at] == side.hashes[i]:
            return True
    return False


@borrowing
def _is_rough(rough: float, fine: float) -> bool:
    """Return whether a number can stand for another after a hedge: near it, or its first digits."""
    away = abs(rough - fine) / max(rough, fine, 1e-9)
    if away <= HEDGED or rough <= 0.0:
        return bool(away <= HEDGED)
    for size in range(1, 3):  # significant digits
        step = 10.0 ** (np.floor(np.log10(rough)) + 1 - size)
        if abs(np.round(rough / step) * step - rough) < 1e-9 * rough:
            return bool(away <= CUT_OFF and abs(rough - fine) < step)
    return False


@borrowing
def _glued(side: Side, i: Int) -> Int:
    """Return the letters of a unit that a word of digits ends in, packed, 0 for none; -1 for a word without digits."""
    at, end = np.int64(side.starts[i]), np.int64(side.ends[i])
    if not is_digit(side.data[at]):
        return -1
    while at < end and (is_digit(side.data[at]) or side.data[at] in (POINT, COMMA)):
        at += 1
    return suffix(side.data, at, end)


@borrowing
def _same_unit(left: Side, p: Int, right: Side, q: Int) -> bool:
    """Return whether two quantities have one unit: their last words, or the letters that these end in."""
    i, j = left.ranges[p, LAST] - 1, right.ranges[q, LAST] - 1
    one, two = _glued(left, i), _glued(right, j)
    return bool(left.stems[i] == right.stems[j] if one < 0 and two < 0 else one == two)


@borrowing
def _says_half(side: Side, i: Int) -> bool:
    """Return whether word `i` is "am", "pm", "a.m" or "p.m"."""
    start = np.int64(side.starts[i])
    letters = suffix(side.data, start, np.int64(side.ends[i]))
    return bool(letters in HALVES)


@borrowing
def _on_a_clock(side: Side, q: Int) -> bool:
    """Return whether a quantity is a time by what follows: a colon ("17:47"), or "am" or "pm"."""
    i, last = side.ranges[q, FIRST], side.ranges[q, LAST]
    end = np.int64(side.ends[i])
    if (end < len(side.data) and side.data[end] == COLON) or _glued(side, last - 1) in HALVES:
        return True
    return bool(last < len(side.hashes) and _says_half(side, last))


@borrowing
def _is_dotted(side: Side, q: Int) -> bool:
    """Return whether a point stands before the last three digits of a quantity's number: "18.000" may be 18,000."""
    i = side.ranges[q, FIRST]
    end = np.int64(side.ends[i])
    return bool(end - np.int64(side.starts[i]) > 4 and side.data[end - 4] == POINT and is_digit(side.data[end - 1]))


@borrowing
def _other_notation(mine: Side, p: Int, other: Side, q: Int) -> bool:
    """Return whether one number is the other's without its point or colon: 18.000 and 18,000, 18:30 and 1830."""
    a, b = mine.amounts[p], other.amounts[q]
    if abs(a * 1e3 - b) < SAME * b:
        return bool(_is_dotted(mine, p))
    return bool(abs(a * 1e2 - b) < SAME * b and _on_a_clock(mine, p))


@borrowing
def _is_share_told(mine: Side, p: Int, other: Side, q: Int) -> bool:
    """Return whether one number is the second of "one in five" or "two out of five", and the other that share."""
    i = mine.ranges[p, FIRST] - 1
    if other.dimensions[q] != SHARE or mine.dimensions[p] != NO_DIMENSION or i < 1:
        return False
    if mine.hashes[i] != IN and mine.hashes[i] != OF:
        return False
    i -= 2 if i > 1 and mine.hashes[i - 1] == OUT else 1
    k, part = mine.quantity[i], 1.0
    if k < 0 and mine.hashes[i] != ONE:  # that is no quantity by itself
        return False
    if k >= 0:
        part = mine.amounts[k]
    return bool(abs(part * 100.0 - mine.amounts[p] * other.amounts[q]) <= HEDGED * 100.0 * part)


@borrowing
def same_as_told(left: Side, p: Int, right: Side, q: Int) -> bool:
    """Return whether two quantities can be the same, as numbers or by a hedge before one of them.

    In one unit nothing was converted, and hours from 13 on are those of a clock only where a time is told.
    """
    a, b, one, two = left.amounts[p], right.amounts[q], left.dimensions[p], right.dimensions[q]
    if is_one_clock(a, b):
        return bool(one == two and (_on_a_clock(left, p) or _on_a_clock(right, q)))
    counted = one == two and one in MEASURED and _same_unit(left, p, right, q)
    if same_quantity(a, SHARE if counted else one, b, SHARE if counted else two):
        return True
    if _other_notation(left, p, right, q) or _other_notation(right, q, left, p):
        return True
    if _is_share_told(left, p, right, q) or _is_share_told(right, q, left, p):
        return True
    if one != two and NO_DIMENSION not in (one, two):
        return False
    return bool((_is_rough(a, b) and _is_hedged(left, p)) or (_is_rough(b, a) and _is_hedged(right, q)))


@borrowing
def _is_missing(mine: Side, p: Int, other: Side) -> bool:
    """Return whether the other article has no quantity that can be the same."""
    for q in range(len(other.amounts)):  # noqa: SIM110 - a kernel has no generators
        if same_as_told(mine, p, other, q):
            return False
    return True


@borrowing
def _is_beside(side: Side, q: Int, i: Int) -> bool:
    """Return whether word `i` is in the article, no part of a quantity's words, and says what is counted."""
    if i < 0 or i >= len(side.stems) or side.ranges[q, FIRST] <= i < side.ranges[q, LAST]:
        return False
    return bool(side.codes[i] in (WordClass.CONTENT, WordClass.UNIT) or side.quantity[i] >= 0)


@borrowing
def _same_beside(left: Side, p: Int, right: Side, q: Int) -> bool:
    """Return whether a word beside one quantity stands beside the other too."""
    for i in range(left.ranges[p, FIRST] - BESIDE, left.ranges[p, LAST] + BESIDE):
        if not _is_beside(left, p, i):
            continue
        for j in range(right.ranges[q, FIRST] - BESIDE, right.ranges[q, LAST] + BESIDE):
            if _is_beside(right, q, j) and left.stems[i] == right.stems[j]:
                return True
    return False


@borrowing
def _counts_the_same(left: Side, p: Int, right: Side, q: Int) -> bool:
    """Return whether two quantities can be of one thing: by dimension and unit, or by a word beside both."""
    a, b, one, two = left.amounts[p], right.amounts[q], left.dimensions[p], right.dimensions[q]
    if max(a, b) >= FAR * min(a, b):
        return False
    if one != two:  # "21,500 pounds" may be what 9,750 kilograms are
        other = two if one == NO_DIMENSION else one
        apart = NO_DIMENSION not in (one, two) or other in MEASURED or other in (TIME, ORDINAL, DECADE)
        return bool(not apart and _same_beside(left, p, right, q))
    if one != NO_DIMENSION and (one not in (TIME, *MEASURED) or _same_unit(left, p, right, q)):
        return True
    return bool(_same_beside(left, p, right, q))


@borrowing
def _missing(mine: Side, other: Side, found: I32) -> int:
    """Write the quantities outside boilerplate that the other article lacks; return their number, 0 for too many."""
    count = 0
    if max(len(mine.amounts), len(other.amounts)) > MOST_NUMBERS:
        return 0
    for q in range(len(mine.amounts)):
        if mine.flags[mine.ranges[q, FIRST]] & _BOILERPLATE or not _is_missing(mine, q, other):
            continue
        if count == len(found):
            return 0
        found[count] = q
        count += 1
    return count


@borrowing
def sentence_of(side: Side, q: Int) -> Int:
    """Return the sentence in which a quantity begins."""
    return np.searchsorted(side.sentences, np.uint32(side.ranges[q, FIRST]), "right") - 1


@borrowing
def _partner(pairs: I32, cosine: F32, column: int, sentence: Int) -> Int:
    """Return the sentence of the other article that is most similar to one, or -1; `column` is that of mine."""
    best, partner = np.float32(0.0), -1
    for p in range(len(pairs)):
        if pairs[p, column] == sentence and cosine[p] > best:
            best, partner = cosine[p], pairs[p, 1 - column]
    return partner


@borrowing
def where(pairs: I32, cosine: F32, column: int, sentence: Int, last: Int) -> tuple[Int, Int]:
    """Return the first and the last sentence of the other article where what one sentence says can stand.

    That is its partner and those beside it, or else what lies between the partners of the sentences around it.
    """
    partner = _partner(pairs, cosine, column, sentence)
    if partner >= 0:
        return max(0, partner - 1), min(last, partner + 1)
    low, high, before, after = 0, last, -1, np.int64(2**31)
    for p in range(len(pairs)):
        mine = pairs[p, column]
        if before < mine < sentence:
            before, low = mine, _partner(pairs, cosine, column, mine)
        if sentence < mine < after:
            after, high = mine, _partner(pairs, cosine, column, mine)
    return min(low, high), max(low, high)


@borrowing
def _only_fit(left: Side, q: Int, right: Side, missing: I32, low: Int, high: Int) -> Int:
    """Return the one missing quantity of the right in sentences [low, high] that counts the same, -1 for none or more.

    Another one of its dimension in its sentence could be meant as well.
    """
    fit, sentence = -1, -1
    for k in range(len(missing)):
        there = sentence_of(right, missing[k])
        if low <= there <= high and _counts_the_same(left, q, right, missing[k]):
            if fit >= 0:
                return -1
            fit, sentence = missing[k], there
    for k in range(len(missing)):
        other = missing[k] != fit and sentence_of(right, missing[k]) == sentence
        if fit >= 0 and other and right.dimensions[missing[k]] == right.dimensions[fit]:
            return -1
    return fit


@borrowing
def _is_told(found: I32, count: int, left: Side, p: Int, right: Side, q: Int) -> bool:
    """Return whether one of `count` rows is a changed number at one of these quantities."""
    for k in range(count):
        row = found[k]
        mine = row[Row.LEFT_FIRST] < left.ranges[p, LAST] and left.ranges[p, FIRST] < row[Row.LEFT_LAST]
        other = row[Row.RIGHT_FIRST] < right.ranges[q, LAST] and right.ranges[q, FIRST] < row[Row.RIGHT_LAST]
        if row[Row.KIND] == NUMBERS and (mine or other):
            return True
    return False


@borrowing
def _write(row: I32, left: Side, p: Int, right: Side, q: Int) -> None:
    row[Row.KIND], row[Row.BEFORE], row[Row.AFTER] = NUMBERS, 0, 0
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST] = left.ranges[p, FIRST], left.ranges[p, LAST]
    row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = right.ranges[q, FIRST], right.ranges[q, LAST]


@borrowing
def _add(left: Side, right: Side, pairs: I32, cosine: F32, mine: I32, other: I32, found: I32, count: int) -> int:
    """Write the changed numbers among those that either article lacks."""
    last, right_last = len(left.sentences) - 2, len(right.sentences) - 2
    for k in range(len(mine)):
        p = mine[k]
        low, high = where(pairs, cosine, 0, sentence_of(left, p), right_last)
        q = _only_fit(left, p, right, other, low, high)
        if q < 0 or _is_told(found, count, left, p, right, q) or count >= len(found):
            continue
        low, high = where(pairs, cosine, 1, sentence_of(right, q), last)
        if _only_fit(right, q, left, mine, low, high) == p:
            _write(found[count], left, p, right, q)
            count += 1
    return count


@helper
def changed_numbers(left: Side, right: Side, pairs: I32, cosine: F32, found: I32, count: int) -> int:
    """Write the numbers that were changed and are not among `count` rows; return the number of rows.

    Shapes: `pairs` (p, 2) numbers of sentences, `cosine` (p,) their similarity.
    """
    mine, other = np.empty(MOST_MISSING, np.int32), np.empty(MOST_MISSING, np.int32)
    size = _missing(left, right, mine)
    size_there = _missing(right, left, other) if size else 0
    return int(_add(left, right, pairs, cosine, mine[:size], other[:size_there], found, count))
