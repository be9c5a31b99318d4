"""Names that stand in each other's place: "Kerry thanked Moran" and "Moran thanked Kerry".

Public, all compiled: `add_exchanged` finds two gaps that hold the same two names; `add_moved` what alignment hides by
aligning one name with itself, so that the other seems to have moved: behind the partner of the word before a name
stands another name, which the first article has further on, where the second has the first name, and most words
between the two are the same. `is_exchanged` asks for what they wrote.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import I32
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word
from dedup.evidence.rows import Block, Difference, Link, Row
from dedup.evidence.sides import Side, View
from dedup.evidence.word_alignment import ROW, WORDS_IN_GAP
from dedup.evidence.worth_telling import named, sizes
from dedup.records import Flag

_CAPITAL, _BREAK = int(Flag.CAPITAL), int(Flag.BREAK)
EXCHANGE, SWAP = int(Difference.EXCHANGE), int(Difference.SWAP)
SAME_BETWEEN = 0.5  # of the words between two names that are exchanged
# "Kerry and Moran" says what "Moran and Kerry" says.
LISTED = np.array(sorted(hash_word(word.encode()) for word in ("and", "or", "with", "nor", "plus")), np.uint64)


@borrowing
def _same_names(left: View, i: int, i_end: int, right: View, j: int, j_end: int, shared: I32) -> bool:
    """Return whether words [i, i_end) on the left and [j, j_end) on the right are the same, the last one a name."""
    if i_end - i != j_end - j or not (named(left, i_end - 1) or named(right, j_end - 1)):
        return False
    for k in range(i_end - i):  # noqa: SIM110 - a kernel has no generators
        if left.side.numbers[i + k] != shared[j + k]:
            return False
    return True


@borrowing
def _only_lists(view: View, first: Int, last: Int) -> bool:
    """Return whether the words between two names are other names, "and" and the like: they stand in a list."""
    for k in range(first, last):
        at = np.searchsorted(LISTED, view.side.hashes[k])
        listed = at < len(LISTED) and LISTED[at] == view.side.hashes[k]
        if not listed and not named(view, k):
            return False
    return True


@borrowing
def _is_exchange(one: I32, two: I32, left: View, right: View, shared: I32) -> bool:
    """Return whether two gaps of a block hold two names, one the other's on the other side, with a verb between."""
    if one[Row.KIND] != SWAP or two[Row.KIND] != SWAP or min(sizes(one)[1], sizes(two)[1]) < 1:
        return False
    if _only_lists(left, np.int64(one[Row.LEFT_LAST]), np.int64(two[Row.LEFT_FIRST])):
        return False
    crossed = _same_names(
        left, one[Row.LEFT_FIRST], one[Row.LEFT_LAST], right, two[Row.RIGHT_FIRST], two[Row.RIGHT_LAST], shared
    ) and _same_names(
        left, two[Row.LEFT_FIRST], two[Row.LEFT_LAST], right, one[Row.RIGHT_FIRST], one[Row.RIGHT_LAST], shared
    )
    return bool(crossed)


@borrowing
def add_exchanged(left: View, right: View, shared: I32, gaps: I32, size: int, found: I32, count: int, most: int) -> int:
    """Write the names of a block that stand in each other's gaps, a row for each place, up to `most` rows in all."""
    for g in range(size):
        n, m = sizes(gaps[g])
        if n < 1 or n > WORDS_IN_GAP or m < 1 or m > WORDS_IN_GAP or gaps[g, Row.KIND] != SWAP:
            continue
        last = gaps[g, Row.LEFT_LAST] - 1
        if left.side.sizes[last] <= 1 or left.lower[last]:
            continue
        for h in range(g + 1, size):
            if count + 2 <= most and _is_exchange(gaps[g], gaps[h], left, right, shared):
                for k in (g, h):
                    for c in range(ROW):
                        found[count, c] = gaps[k, c]
                    found[count, Row.KIND] = EXCHANGE
                    count += 1
    return count


@borrowing
def _goes_on(side: Side, i: Int, last: Int) -> bool:
    """Return whether word `i` has a capital and no break before it: after a name, it is part of it."""
    return bool(i < last and side.flags[i] & _CAPITAL and not side.flags[i] & _BREAK)


@borrowing
def _name_end(view: View, i: Int, last: Int) -> int:
    """Return the word behind the name that begins at word `i`, which is `i` where none does."""
    end, known = i, False
    while end < last and (_goes_on(view.side, end, last) or (end == i and named(view, end))):
        known |= named(view, end)
        end += 1
    return int(end if known else i)


@borrowing
def _same(mine: I32, i: Int, other: I32, j: Int, size: Int) -> int:
    """Return how many of `size` words from `i` and from `j` on are the same; words have the numbers of `meet`."""
    count = 0
    for k in range(size):
        count += 1 if mine[i + k] == other[j + k] else 0
    return count


@borrowing
def _find(name: I32, i: Int, size: Int, view: View, words: I32, first: Int, last: Int) -> int:
    """Return where in words [first, last) of a view a whole name stands, -1 where it does not.

    The name is the `size` words from `i` on of `name`; `words` are those of the view.
    """
    for j in range(first, last - size + 1):
        if _same(name, i, words, j, size) == size and not _goes_on(view.side, j + size, last):
            return j
    return -1


@borrowing
def is_exchanged(found: I32, first: int, count: int, i: Int, i_end: Int) -> bool:
    """Return whether an exchange among rows [first, count) has one of the left words [i, i_end)."""
    for k in range(first, count):
        if found[k, Row.KIND] == EXCHANGE and found[k, Row.LEFT_FIRST] < i_end and i < found[k, Row.LEFT_LAST]:
            return True
    return False


@borrowing
def _write(found: I32, count: int, i: Int, i_end: Int, j: Int, j_end: Int) -> int:
    row = found[count]
    row[Row.KIND], row[Row.BEFORE], row[Row.AFTER] = EXCHANGE, 0, 0
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = i, i_end, j, j_end
    return count + 1


@borrowing
def add_moved(left: View, right: View, shared: I32, block: Block, found: I32, first: int, count: int, most: int) -> int:
    """Write the names of a block that are exchanged and not among rows [first, count), a row for each place.

    Returns the number of rows, up to `most`.
    """
    mine, a1, b1 = left.side.numbers, np.int64(block.left_last), np.int64(block.right_last)
    i, b0 = np.int64(block.left_first), np.int64(block.right_first)
    while i < a1:
        i_end = np.int64(_name_end(left, i, a1))
        if i_end == i:
            i += 1
            continue
        p = b0
        if i > block.left_first:
            p = np.int64(left.partner[i - 1]) + 1 if left.how[i - 1] == Link.EXACT else b1
        p_end = np.int64(_name_end(right, p, b1))
        size, other = i_end - i, p_end - p
        if other > 0 and not (size == other and _same(mine, i, shared, p, size) == size):
            j = _find(shared, p, other, left, mine, i_end, a1)
            q = _find(mine, i, size, right, shared, p_end, b1)
            between = j - i_end
            found_both = j > i_end and q - p_end == between and count + 2 <= most
            if found_both and not _only_lists(left, i_end, j) and not is_exchanged(found, first, count, i, i_end):
                alike = _same(mine, i_end, shared, p_end, between) >= SAME_BETWEEN * between
                if alike:
                    count = _write(found, count, i, i_end, p, p_end)
                    count = _write(found, count, j, j + other, q, q + size)
        i = i_end
    return count
