"""Directions turned beside a number that both have: "up 17.4%" and "a fall of 17.4%", "over 300" and "under 300".

In re-worded sentences no gap shows them; the number holds them in place instead. Public, compiled: `turned_numbers`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32, U64
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word
from dedup.evidence.changed_numbers import HEDGES, MOST_NUMBERS, sentence_of, where
from dedup.evidence.numbers import DOLLAR, PERCENT, same_quantity
from dedup.evidence.opposites import BOUNDS, RISES, TURNED, has_meaning, opposite
from dedup.evidence.profile import SPACE
from dedup.evidence.rows import Difference, Row
from dedup.evidence.sides import FIRST, LAST, Side
from dedup.records import Flag

DIRECTION = int(Difference.DIRECTION)
BEFORE, BEHIND = 4, 2  # words before and behind a number in which its direction is looked for
ASCII = 128
_WORDS = b"than up to from no not against the".split()
THAN, UP, TO, FROM, NO, NOT, AGAINST, THE = (np.uint64(hash_word(word)) for word in _WORDS)
# Words behind a number with which something else begins: "raise prices by 4% and cut jobs".
_JOINING = "and but or as while when after before since though although despite"
JOINING = np.array(sorted(hash_word(word.encode()) for word in _JOINING.split()), np.uint64)
# Words that say how exact a number is where "than" follows, and nothing of a direction.
_COMPARING = ("more", "less", "fewer", "most", "least", "higher", "lower")
COMPARING = np.array(sorted(hash_word(word.encode()) for word in _COMPARING), np.uint64)
_BOILERPLATE, _BREAK = int(Flag.BOILERPLATE), int(Flag.BREAK)


@borrowing
def _is_in(words: U64, word: np.uint64) -> bool:
    """Return whether a sorted array has a word."""
    at = np.searchsorted(words, word)
    return bool(at < len(words) and words[at] == word)


@borrowing
def _rises(side: Side, i: Int, first: Int) -> bool:
    """Return whether word `i` says that something rises or falls, and not how exact the number at `first` is."""
    word = side.hashes[i]
    if not has_meaning(word, RISES) or _is_in(HEDGES, word):
        return False
    if i + 2 != first:
        return True
    then = side.hashes[i + 1]
    return not (then == THAN and _is_in(COMPARING, word)) and not (then == TO and word == UP)


@borrowing
def _breaks(side: Side, i: Int) -> bool:
    """Return whether more than spaces and the sign of a currency or of per cent stands before word `i`."""
    if not side.flags[i] & _BREAK or i == 0:
        return bool(side.flags[i] & _BREAK)
    for at in range(np.int64(side.ends[i - 1]), np.int64(side.starts[i])):
        if side.data[at] < ASCII and side.data[at] not in (SPACE, DOLLAR, PERCENT):
            return True
    return False


@borrowing
def _direction(side: Side, q: Int) -> Int:
    """Return the word nearest to a quantity that says which way it goes, or -1.

    It stands on this side of a break and of any other quantity.
    """
    first, last = side.ranges[q, FIRST], side.ranges[q, LAST]
    before, behind = -1, -1
    for i in range(first - 1, max(-1, first - 1 - BEFORE), -1):
        if _breaks(side, i + 1) or side.quantity[i] >= 0:
            break
        if _rises(side, i, first):
            before = i
            break
    for i in range(last, min(len(side.hashes), last + BEHIND)):
        if _breaks(side, i) or side.quantity[i] >= 0 or _is_in(JOINING, side.hashes[i]):
            break
        if _rises(side, i, first):
            behind = i
            break
    return behind if before < 0 or (behind >= 0 and behind - last + 1 < first - before) else before


@borrowing
def _role(side: Side, q: Int, i: Int) -> np.uint64:
    """Return TO or FROM where it stands between a direction and its quantity ("slowed to 2%"), else 0 ("grew 2%")."""
    for k in range(i + 1, side.ranges[q, FIRST]):
        word = side.hashes[k]
        if word == FROM or (word == TO and side.hashes[k - 1] != UP):
            return np.uint64(word)
    return np.uint64(0)


@borrowing
def _against(side: Side, q: Int) -> np.uint64:
    """Return the stem of what a quantity is told against ("2% against the dollar"), or 0."""
    last = side.ranges[q, LAST]
    for i in range(last, min(len(side.hashes) - 2, last + BEHIND)):
        if side.hashes[i] == AGAINST:
            return np.uint64(side.stems[i + 2] if side.hashes[i + 1] == THE else side.stems[i + 1])
    return np.uint64(0)


@borrowing
def _same_role(left: Side, p: Int, i: Int, right: Side, q: Int, j: Int) -> bool:
    """Return whether the directions at `i` and `j` are told of one thing, as far as the words beside say."""
    one, two = _against(left, p), _against(right, q)
    return bool(_role(left, p, i) == _role(right, q, j) and (one == two or one == 0 or two == 0))


@borrowing
def _bound(side: Side, q: Int) -> Int:
    """Return the word right before a quantity that bounds it ("over", "less than"), or -1; "no less than" is "over"."""
    i = side.ranges[q, FIRST] - 1
    if i < 0 or _breaks(side, i + 1):
        return -1
    if not has_meaning(side.hashes[i], BOUNDS):
        i = i - 1 if side.hashes[i] == THAN else -1
        if i < 0 or not _is_in(COMPARING, side.hashes[i]):
            return -1
    return -1 if i > 0 and side.hashes[i - 1] in (NO, NOT) else i


@borrowing
def _only_equal(mine: Side, p: Int, other: Side) -> Int:
    """Return the one quantity of the other article that equals one of mine in number and dimension, or -1."""
    found = -1
    for q in range(len(other.amounts)):
        if not same_quantity(mine.amounts[p], mine.dimensions[p], other.amounts[q], other.dimensions[q]):
            continue
        if found >= 0 or mine.amounts[p] != other.amounts[q] or mine.dimensions[p] != other.dimensions[q]:
            return -1
        found = q
    return found


@borrowing
def _is_told(found: I32, count: int, i: Int, j: Int) -> bool:
    """Return whether one of `count` rows has the left word `i` or the right word `j`."""
    for k in range(count):
        row = found[k]
        if row[Row.LEFT_FIRST] <= i < row[Row.LEFT_LAST] or row[Row.RIGHT_FIRST] <= j < row[Row.RIGHT_LAST]:
            return True
    return False


@borrowing
def _add(left: Side, i: Int, right: Side, j: Int, found: I32, count: int) -> int:
    """Write a row of two words where one says the opposite of the other and none is told already."""
    if i < 0 or j < 0 or count >= len(found) or opposite(left.hashes[i], right.hashes[j]) != TURNED:
        return count
    if _is_told(found, count, i, j):
        return count
    row = found[count]
    row[Row.KIND], row[Row.BEFORE], row[Row.AFTER] = DIRECTION, 0, 0
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = i, i + 1, j, j + 1
    return count + 1


@borrowing
def turned_numbers(left: Side, right: Side, pairs: I32, cosine: F32, found: I32, count: int) -> int:
    """Write the directions that were turned and are not among `count` rows; return the number of rows.

    Shapes: `pairs` (p, 2) numbers of sentences, `cosine` (p,) their similarity.
    """
    if max(len(left.amounts), len(right.amounts)) > MOST_NUMBERS:
        return count
    last = len(right.sentences) - 2
    for p in range(len(left.amounts)):
        i, bound = _direction(left, p), _bound(left, p)
        if (i < 0 and bound < 0) or left.flags[left.ranges[p, FIRST]] & _BOILERPLATE:
            continue
        q = _only_equal(left, p, right)
        if q < 0 or _only_equal(right, q, left) != p:
            continue
        low, high = where(pairs, cosine, 0, sentence_of(left, p), last)
        if low <= sentence_of(right, q) <= high:
            j = _direction(right, q)
            if min(i, j) >= 0 and _same_role(left, p, i, right, q, j):
                count = _add(left, i, right, j, found, count)
            count = _add(left, bound, right, _bound(right, q), found, count)
    return count
