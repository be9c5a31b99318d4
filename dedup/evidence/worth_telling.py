"""Whether a gap between aligned words is a difference worth telling, and of what kind: `keep` and what it asks."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import I32
from dedup.compiled.decorators import Int, borrowing
from dedup.evidence.changed_numbers import same_as_told
from dedup.evidence.names import is_inflection, similarity
from dedup.evidence.negations import has_unanswered
from dedup.evidence.numbers import COMMA, NO_DIMENSION, same_quantity
from dedup.evidence.opposites import DENIED, SWAPPED, is_denied_form, opposite
from dedup.evidence.profile import SPACE
from dedup.evidence.rows import Block, Difference, Link, Row
from dedup.evidence.sides import FIRST, LAST, Side, View
from dedup.evidence.word_alignment import (
    WORDS_IN_GAP,
    holds_nothing,
)
from dedup.language.word_classes import WordClass
from dedup.records import Flag

CONTEXT = 3  # anchors on both sides of a gap together, at least one on each
FUNCTION_CONTEXT = 5  # the same where only function words differ
SURE_NAME = 0.7  # similarity of two names that is enough where the places differ or one of them is known on both sides
NAME_CONTEXT = 2  # anchors on both sides together where a name that is less similar is believed
SURE_CONTEXT = (
    5  # the same where a name, or a word that says the opposite, is believed although it stands elsewhere too
)
WORDS_TURNED = 2  # words on either side among which one is looked for that says the opposite
NAMES, NUMBERS, NEGATION = int(Difference.NAME), int(Difference.NUMBER), int(Difference.NEGATION)
DIRECTION, EXCHANGE, SWAP = int(Difference.DIRECTION), int(Difference.EXCHANGE), int(Difference.SWAP)
_BREAK, _BOILERPLATE = int(Flag.BREAK), int(Flag.BOILERPLATE)


@borrowing
def _inside(side: Side, first: int, last: int) -> bool:
    """Return whether words [first, last) hold together: no break inside, no quantity, no boilerplate."""
    for i in range(first, last):
        if side.quantity[i] >= 0 or side.flags[i] & _BOILERPLATE or (i > first and side.flags[i] & _BREAK):
            return False
    return True


@borrowing
def _moved(side: Side, first: int, last: int, other: Side, b0: int, b1: int) -> bool:
    """Return whether a content word of [first, last) stands in the other block too: it moved, nothing was swapped."""
    for i in range(first, last):
        if holds_nothing(side.codes[i]):
            continue
        for j in range(b0, b1):
            if other.stems[j] == side.stems[i]:
                return True
    return False


@borrowing
def _only_articles(side: Side, first: int, last: int) -> bool:
    count = 0
    for i in range(first, last):
        count += 1 if side.codes[i] == WordClass.ARTICLE else 0
    return bool(count == last - first)


@borrowing
def _only_function_words(side: Side, first: int, last: int) -> bool:
    count = 0
    for i in range(first, last):
        count += 1 if holds_nothing(side.codes[i]) else 0
    return bool(count == last - first)


@borrowing
def _after_comma(side: Side, i: int) -> bool:
    """Return whether a comma and a space, which start no sentence, are all that lies before word `i`."""
    end, start = np.int64(side.ends[i - 1]), np.int64(side.starts[i])
    return bool(start - end == len(", ") and side.data[end] == COMMA and side.data[end + 1] == SPACE)


@borrowing
def named(view: View, i: int) -> bool:
    """Return whether word `i` is a name here: a capital that no sentence start explains, never in lower case."""
    if view.side.sizes[i] <= 1 or view.lower[i]:
        return False
    return not view.side.flags[i] & _BREAK or (i > 0 and _after_comma(view.side, i))


@borrowing
def forms(left: Side, i: int, right: Side, j: int, names: I32) -> bool:
    """Return whether two words are forms of one name."""
    same = is_inflection(
        left.data, np.int64(left.starts[i]), np.int64(left.ends[i]),
        right.data, np.int64(right.starts[j]), np.int64(right.ends[j]), names,
    )  # fmt: skip
    return bool(same)


@borrowing
def _anchors(row: I32) -> Int:
    return np.int64(row[Row.BEFORE]) + np.int64(row[Row.AFTER])


@borrowing
def sizes(row: I32) -> tuple[Int, Int]:
    """Return the number of words of a row on the left and on the right."""
    left, right = row[Row.LEFT_LAST] - row[Row.LEFT_FIRST], row[Row.RIGHT_LAST] - row[Row.RIGHT_FIRST]
    return np.int64(left), np.int64(right)


@borrowing
def fits(row: I32) -> bool:
    """Return whether a gap has one to four words on both sides and anchors before and after that can be enough."""
    n, m = sizes(row)
    words = n >= 1 and m >= 1 and n <= WORDS_IN_GAP and m <= WORDS_IN_GAP
    held = row[Row.BEFORE] >= 1 and row[Row.AFTER] >= 1
    return bool(words and held and _anchors(row) >= CONTEXT + (1 if n + m > 2 else 0))


@borrowing
def _are_articles(left: Side, i: Int, right: Side, j: Int) -> bool:
    return bool(left.codes[i] == WordClass.ARTICLE and right.codes[j] == WordClass.ARTICLE)


@borrowing
def _without_articles(row: I32, left: Side, right: Side) -> None:
    """Take articles that both sides of a gap begin or end with out of it: "mistake a", "error an"."""
    n, m = sizes(row)
    i_end, j_end = np.int64(row[Row.LEFT_LAST]) - 1, np.int64(row[Row.RIGHT_LAST]) - 1
    if n > 1 and m > 1 and _are_articles(left, i_end, right, j_end):
        row[Row.LEFT_LAST], row[Row.RIGHT_LAST] = i_end, j_end
        n, m = n - 1, m - 1
    i, j = np.int64(row[Row.LEFT_FIRST]), np.int64(row[Row.RIGHT_FIRST])
    if n > 1 and m > 1 and _are_articles(left, i, right, j):
        row[Row.LEFT_FIRST], row[Row.RIGHT_FIRST] = i + 1, j + 1


@borrowing
def _is_swap(row: I32, left: Side, right: Side, block: Block) -> bool:
    """Return whether a gap that fits is a swap of words: the longer and the emptier, the more anchors it needs."""
    i, i_end, j, j_end = row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST]
    (n, m), anchors = sizes(row), _anchors(row)
    few, other_few = _only_function_words(left, i, i_end), _only_function_words(right, j, j_end)
    needed = CONTEXT + (1 if n + m > 2 else 0) + (1 if n + m > 4 else 0) + (1 if few or other_few else 0)
    if anchors < needed or (few and other_few and n + m > 2):
        return False
    if not _inside(left, i, i_end) or not _inside(right, j, j_end):
        return False
    gone = _moved(left, i, i_end, right, block.right_first, block.right_last)
    come = _moved(right, j, j_end, left, block.left_first, block.left_last)
    names = left.sizes[i_end - 1] > 1 and right.sizes[j_end - 1] > 1  # one of which may stand elsewhere too
    if (gone and come) or ((gone or come) and not (names and anchors >= SURE_CONTEXT)):
        return False
    if _only_articles(left, i, i_end) or _only_articles(right, j, j_end):
        return False
    return not (few and other_few) or anchors >= FUNCTION_CONTEXT


@borrowing
def _has_moved(j: int, view: View, first: int, last: int, stem: np.uint64) -> bool:
    """Return whether a stem stands unaligned in words [first, last), elsewhere than at word `j`."""
    for k in range(first, last):  # noqa: SIM110 - a kernel has no generators
        if k != j and view.how[k] == Link.NONE and view.side.stems[k] == stem:
            return True
    return False


@borrowing
def _opposite(i: int, j: int, left: Side, right: Side) -> int:
    """Return what two words in one place come to: `SWAPPED`, `TURNED` or `DENIED`."""
    found = opposite(left.hashes[i], right.hashes[j])
    if found != SWAPPED:
        return int(found)
    i0, i1 = np.int64(left.starts[i]), np.int64(left.ends[i])
    j0, j1 = np.int64(right.starts[j]), np.int64(right.ends[j])
    denied = is_denied_form(left.data, i0, i1, right.data, j0, j1)
    return DENIED if denied or is_denied_form(right.data, j0, j1, left.data, i0, i1) else SWAPPED


@borrowing
def _turned(row: I32, left: View, right: View, block: Block) -> int:
    """Return the kind of a gap where one word says the opposite of the other's, SWAP elsewhere; narrow its row."""
    i, i_end, j, j_end = row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST]
    n, m = sizes(row)
    if n > WORDS_TURNED or m > WORDS_TURNED or not _inside(left.side, i, i_end) or not _inside(right.side, j, j_end):
        return SWAP
    for a in range(i, i_end):
        for b in range(j, j_end):
            found = _opposite(a, b, left.side, right.side)
            if found == SWAPPED:
                continue
            moved = _has_moved(b, right, block.right_first, block.right_last, left.side.stems[a])
            moved |= _has_moved(a, left, block.left_first, block.left_last, right.side.stems[b])
            if found == DENIED:  # "possible" and "not impossible" are one
                moved |= has_unanswered(left, right, block.left_first, block.left_last, a)
                moved |= has_unanswered(right, left, block.right_first, block.right_last, b)
            if not moved or (found != DENIED and _anchors(row) >= SURE_CONTEXT):
                row[Row.LEFT_FIRST], row[Row.LEFT_LAST] = a, a + 1
                row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = b, b + 1
                return NEGATION if found == DENIED else DIRECTION
    return SWAP


@borrowing
def is_name(i: int, j: int, anchors: int, left: View, right: View, names: I32) -> bool:
    """Return whether two words aligned in one place are two forms of a name, one of them strange."""
    if left.lower[i] or right.lower[j] or not (named(left, i) or named(right, j)):
        return False
    if not (left.foreign[i] or right.foreign[j]) or forms(left.side, i, right.side, j, names):
        return False
    a, b = left.side, right.side
    alike = similarity(a.keys, i, a.sizes[i], b.keys, j, b.sizes[j], names[0])
    sure = alike >= SURE_NAME or (left.foreign[i] and right.foreign[j])
    return bool(sure and (anchors >= NAME_CONTEXT or alike >= SURE_NAME))


@borrowing
def _has_amount(side: Side, first: int, last: int, amount: float, dimension: float) -> bool:
    """Return whether words [first, last) have the same quantity."""
    for i in range(first, last):
        q = side.quantity[i]
        if q >= 0 and same_quantity(side.amounts[q], side.dimensions[q], amount, dimension):
            return True
    return False


@borrowing
def _is_number(row: I32, left: Side, right: Side, around: Block) -> bool:
    """Return whether two quantities in one place are a changed number: neither stands nearby on the other side."""
    p, q = left.quantity[row[Row.LEFT_FIRST]], right.quantity[row[Row.RIGHT_FIRST]]
    if p < 0 or q < 0:
        return False
    a, b = left.dimensions[p], right.dimensions[q]
    if a != b and a != NO_DIMENSION and b != NO_DIMENSION:  # converted, unless the number stayed: dollars, euros
        return bool(left.amounts[p] == right.amounts[q] and _anchors(row) > CONTEXT)
    if same_as_told(left, p, right, q):
        return False
    if _has_amount(right, around.right_first, around.right_last, left.amounts[p], a):
        return False
    if _has_amount(left, around.left_first, around.left_last, right.amounts[q], b):
        return False
    i, j = left.ranges[p, LAST], right.ranges[q, LAST]
    followed = i < len(left.stems) and j < len(right.stems) and left.stems[i] == right.stems[j]
    return bool(followed or (a == b and a != NO_DIMENSION) or _anchors(row) >= CONTEXT + 1)


@borrowing
def _widen_number(row: I32, left: Side, right: Side) -> None:
    """Make the row of a number that of the whole quantities."""
    p, q = left.quantity[row[Row.LEFT_FIRST]], right.quantity[row[Row.RIGHT_FIRST]]
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST] = left.ranges[p, FIRST], left.ranges[p, LAST]
    row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = right.ranges[q, FIRST], right.ranges[q, LAST]


@borrowing
def keep(row: I32, left: View, right: View, block: Block, around: Block, names: I32) -> bool:
    """Return whether a gap is a difference worth telling; turn a swap of two strange names into a name."""
    i, j = np.int64(row[Row.LEFT_FIRST]), np.int64(row[Row.RIGHT_FIRST])
    if row[Row.KIND] == NAMES:
        return bool(is_name(i, j, _anchors(row), left, right, names))
    if row[Row.KIND] == NUMBERS:
        changed = _is_number(row, left.side, right.side, around)
        if changed:
            _widen_number(row, left.side, right.side)
        return bool(changed)
    row[Row.KIND] = _turned(row, left, right, block)
    if row[Row.KIND] != SWAP:
        return True
    _without_articles(row, left.side, right.side)
    if not _is_swap(row, left.side, right.side, block):
        return False
    i, j = np.int64(row[Row.LEFT_FIRST]), np.int64(row[Row.RIGHT_FIRST])
    n, m = sizes(row)
    single = n == 1 and m == 1
    strange = single and left.foreign[i] and right.foreign[j] and not forms(left.side, i, right.side, j, names)
    if strange and named(left, i) and named(right, j):
        row[Row.KIND] = NAMES
    return True
