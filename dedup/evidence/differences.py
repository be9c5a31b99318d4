"""From gaps to differences: which stretches of aligned sentences are a swap, a changed name or number, a negation.

Public: `find_differences`; `dedup.evidence.spans` is the door. Whether a gap is a difference worth telling is decided
by `_keep`; what no gap shows is looked for block by block: names changed inside a stem, names that sound alike
elsewhere, lost negations.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32
from dedup.compiled.decorators import Int, borrowing, kernel
from dedup.evidence.names import is_inflection, similarity
from dedup.evidence.negations import has_unanswered, is_lost, lost_negation
from dedup.evidence.numbers import COMMA, NO_DIMENSION, same_quantity
from dedup.evidence.opposites import DENIED, SWAPPED, is_denied_form, opposite
from dedup.evidence.profile import RARE, SPACE
from dedup.evidence.rows import Block, Difference, Link, Range, Row
from dedup.evidence.sides import FIRST, LAST, Side, View, meet
from dedup.evidence.word_alignment import (
    LEAST_SHARE,
    MOST_CELLS,
    ROW,
    WORDS_IN_GAP,
    Scratch,
    align_block,
    block_gaps,
    free_lone_words,
    holds_nothing,
    scratch_for,
    sentence_blocks,
)
from dedup.language.word_classes import WordClass
from dedup.records import Flag

CONTEXT = 3  # anchors on both sides of a gap together, at least one on each
FUNCTION_CONTEXT = 5  # the same where only function words differ
SURE_NAME = 0.7  # similarity of two names that is enough where the places differ or one of them is known on both sides
LONG_NAME = 5  # sounds; shorter names must stand in the same place
NAME_CONTEXT = 2  # anchors on both sides together where a name that is less similar is believed
SAME_STEM_CONTEXT = 4  # that are taken to stand around a name changed inside its stem
NEGATION_SHARE = 0.5  # of the block's words aligned where a lost negation is believed
SURE_CONTEXT = 5  # the same where a word that says the opposite is believed although it stands elsewhere too
WORDS_TURNED = 2  # words on either side among which one is looked for that says the opposite
MOST_DIFFERENCES = 2000
ROOM_FOR_BLOCK, ROOM_FOR_GAPS, ROOM_FOR_NAMES = 200, 100, 2  # rows left free for what a block has, and for each part

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
def _named(view: View, i: int) -> bool:
    """Return whether word `i` is a name here: a capital that no sentence start explains, never in lower case."""
    if view.side.sizes[i] <= 1 or view.lower[i]:
        return False
    return not view.side.flags[i] & _BREAK or (i > 0 and _after_comma(view.side, i))


@borrowing
def _forms(left: Side, i: int, right: Side, j: int, names: I32) -> bool:
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
def _sizes(row: I32) -> tuple[Int, Int]:
    left, right = row[Row.LEFT_LAST] - row[Row.LEFT_FIRST], row[Row.RIGHT_LAST] - row[Row.RIGHT_FIRST]
    return np.int64(left), np.int64(right)


@borrowing
def _fits(row: I32) -> bool:
    """Return whether a gap has one to four words on both sides and anchors before and after that can be enough."""
    n, m = _sizes(row)
    words = n >= 1 and m >= 1 and n <= WORDS_IN_GAP and m <= WORDS_IN_GAP
    held = row[Row.BEFORE] >= 1 and row[Row.AFTER] >= 1
    return bool(words and held and _anchors(row) >= CONTEXT + (1 if n + m > 2 else 0))


@borrowing
def _is_swap(row: I32, left: Side, right: Side, block: Block) -> bool:
    """Return whether a gap that fits is a swap of words: the longer and the emptier, the more anchors it needs."""
    i, i_end, j, j_end = row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST]
    (n, m), anchors = _sizes(row), _anchors(row)
    few, other_few = _only_function_words(left, i, i_end), _only_function_words(right, j, j_end)
    needed = CONTEXT + (1 if n + m > 2 else 0) + (1 if n + m > 4 else 0) + (1 if few or other_few else 0)
    if anchors < needed or (few and other_few and n + m > 2):
        return False
    if not _inside(left, i, i_end) or not _inside(right, j, j_end):
        return False
    if _moved(left, i, i_end, right, block.right_first, block.right_last):
        return False
    if _moved(right, j, j_end, left, block.left_first, block.left_last):
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
    n, m = _sizes(row)
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
def _is_name(i: int, j: int, anchors: int, left: View, right: View, names: I32) -> bool:
    """Return whether two words aligned in one place are two forms of a name, one of them strange."""
    if left.lower[i] or right.lower[j] or not (_named(left, i) or _named(right, j)):
        return False
    if not (left.foreign[i] or right.foreign[j]) or _forms(left.side, i, right.side, j, names):
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
def _keep(row: I32, left: View, right: View, block: Block, around: Block, names: I32) -> bool:
    """Return whether a gap is a difference worth telling; turn a swap of two strange names into a name."""
    i, j = np.int64(row[Row.LEFT_FIRST]), np.int64(row[Row.RIGHT_FIRST])
    if row[Row.KIND] == NAMES:
        return bool(_is_name(i, j, _anchors(row), left, right, names))
    if row[Row.KIND] == NUMBERS:
        changed = _is_number(row, left.side, right.side, around)
        if changed:
            _widen_number(row, left.side, right.side)
        return bool(changed)
    row[Row.KIND] = _turned(row, left, right, block)
    if row[Row.KIND] != SWAP:
        return True
    if not _is_swap(row, left.side, right.side, block):
        return False
    n, m = _sizes(row)
    single = n == 1 and m == 1
    strange = single and left.foreign[i] and right.foreign[j] and not _forms(left.side, i, right.side, j, names)
    if strange and _named(left, i) and _named(right, j):
        row[Row.KIND] = NAMES
    return True


@borrowing
def _is_rare(side: Side, i: int) -> bool:
    return bool(side.marks[side.numbers[i]] & RARE)


@borrowing
def _sounding_name(i: int, mine: View, other: View, first: int, last: int, names: I32) -> int:
    """Return the name in words [first, last) of the other side that sounds like name `i`, or -1."""
    best, found = SURE_NAME, -1
    if not _named(mine, i):
        return -1
    a, b = mine.side, other.side
    rare = _is_rare(a, i)
    for j in range(first, last):
        if b.sizes[j] < LONG_NAME or other.lower[j] or (b.hashes[j] == a.hashes[i] and _is_rare(b, j) and rare):
            continue
        alike = similarity(a.keys, i, a.sizes[i], b.keys, j, b.sizes[j], names[0])
        if alike >= best and (found < 0 or alike > best) and not _forms(a, i, b, j, names):
            best, found = alike, j
    return found


@borrowing
def _around(side: Side, low: int, high: int, reach: int) -> tuple[int, int]:
    """Return the words of sentences [low - reach, high + reach)."""
    last = min(len(side.sentences) - 1, high + reach)
    return int(np.int64(side.sentences[max(0, low - reach)])), int(np.int64(side.sentences[last]))


@borrowing
def _block(sentences: I32, left: Side, right: Side, reach: int) -> Block:
    """Return the words of a block of sentences and of `reach` sentences around it."""
    a0, a1 = _around(left, sentences[Range.LEFT_FIRST], sentences[Range.LEFT_LAST], reach)
    b0, b1 = _around(right, sentences[Range.RIGHT_FIRST], sentences[Range.RIGHT_LAST], reach)
    return Block(a0, a1, b0, b1)


@borrowing
def _add(found: I32, count: int, kind: int, i: int, i_end: int, j: int, j_end: int) -> int:
    """Write a row that stands in no gap; return the number of rows."""
    row = found[count]
    row[Row.KIND], row[Row.BEFORE], row[Row.AFTER] = kind, 0, 0
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST], row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = i, i_end, j, j_end
    return count + 1


@borrowing
def _from_gaps(
    left: View, right: View, shared: I32, block: Block, around: Block, scratch: Scratch, found: I32, count: int
) -> int:  # fmt: skip
    """Write the gaps of a block that are differences."""
    gaps = scratch.gaps
    size = min(block_gaps(block, left, gaps), MOST_DIFFERENCES - count - ROOM_FOR_GAPS)
    count = _from_exchanges(left, right, shared, gaps, size, found, count)
    for g in range(size):
        if gaps[g, Row.KIND] == Difference.SWAP and not _fits(gaps[g]):
            continue  # most gaps, so before the call that hands both articles over
        if _keep(gaps[g], left, right, block, around, scratch.names):
            for c in range(ROW):
                found[count, c] = gaps[g, c]
            count += 1
    return count


@borrowing
def _from_stems(left: View, right: View, block: Block, names: I32, found: I32, count: int) -> int:
    """Write the names that were changed inside a stem."""
    for i in range(block.left_first, block.left_last):
        if left.how[i] != Link.STEM or left.side.sizes[i] <= 1 or count >= MOST_DIFFERENCES - ROOM_FOR_NAMES:
            continue
        j = np.int64(left.partner[i])
        if right.side.sizes[j] > 1 and _is_name(i, j, SAME_STEM_CONTEXT, left, right, names):
            count = _add(found, count, NAMES, i, i + 1, j, j + 1)
    return count


@borrowing
def _is_strange_name(view: View, i: int) -> bool:
    """Return whether a word can be a name that the other article has in another form."""
    return bool(view.foreign[i] and view.side.sizes[i] >= LONG_NAME and _is_rare(view.side, i))


@borrowing
def _from_sounds(left: View, right: View, around: Block, names: I32, found: I32, count: int) -> int:
    """Write the strange names of either side that sound like one of the other near the block."""
    a0, a1, b0, b1 = around
    for i in range(a0, a1):
        if count < MOST_DIFFERENCES - ROOM_FOR_NAMES and _is_strange_name(left, i):
            j = _sounding_name(i, left, right, b0, b1, names)
            if j >= 0:
                count = _add(found, count, NAMES, i, i + 1, j, j + 1)
    for j in range(b0, b1):
        if count < MOST_DIFFERENCES - ROOM_FOR_NAMES and _is_strange_name(right, j):
            i = _sounding_name(j, right, left, a0, a1, names)
            if i >= 0:
                count = _add(found, count, NAMES, i, i + 1, j, j + 1)
    return count


@borrowing
def _is_told(found: I32, first: int, count: int, i: int, j: int, i_end: int, j_end: int) -> bool:
    """Return whether a row from `first` on is a negation at these words; turn a swap there into one."""
    for k in range(first, count):
        row = found[k]
        mine = i < i_end and row[Row.LEFT_FIRST] <= i < row[Row.LEFT_LAST]
        other = j < j_end and row[Row.RIGHT_FIRST] <= j < row[Row.RIGHT_LAST]
        if (mine or other) and row[Row.KIND] in (SWAP, NEGATION):
            row[Row.KIND] = NEGATION
            return True
    return False


@borrowing
def _from_negations(left: View, right: View, block: Block, found: I32, first: int, count: int) -> int:
    """Write the negations that one side lost; the rows of the block begin at `first`."""
    a0, a1, b0, b1 = block
    for i in range(a0, a1):
        if is_lost(i, left, right, a0, a1) and count < MOST_DIFFERENCES - ROOM_FOR_NAMES:
            j, end = lost_negation(i, left, right, a0, a1, b0, b1)
            if j >= 0 and not _is_told(found, first, count, i, j, i + 1, end):
                count = _add(found, count, NEGATION, i, i + 1, j, end)
    for j in range(b0, b1):
        if is_lost(j, right, left, b0, b1) and count < MOST_DIFFERENCES - ROOM_FOR_NAMES:
            i, end = lost_negation(j, right, left, b0, b1, a0, a1)
            if i >= 0 and not _is_told(found, first, count, i, j, end, j + 1):
                count = _add(found, count, NEGATION, i, end, j, j + 1)
    return count


@borrowing
def _same_names(left: View, i: int, i_end: int, right: View, j: int, j_end: int, shared: I32) -> bool:
    """Return whether words [i, i_end) on the left and [j, j_end) on the right are the same, the last one a name."""
    if i_end - i != j_end - j or not (_named(left, i_end - 1) or _named(right, j_end - 1)):
        return False
    for k in range(i_end - i):  # noqa: SIM110 - a kernel has no generators
        if left.side.numbers[i + k] != shared[j + k]:
            return False
    return True


@borrowing
def _is_exchange(one: I32, two: I32, left: View, right: View, shared: I32) -> bool:
    """Return whether two gaps of a block hold two names, one the other's on the other side, with a verb between."""
    if one[Row.KIND] != SWAP or two[Row.KIND] != SWAP or min(_sizes(one)[1], _sizes(two)[1]) < 1:
        return False
    crossed = _same_names(
        left, one[Row.LEFT_FIRST], one[Row.LEFT_LAST], right, two[Row.RIGHT_FIRST], two[Row.RIGHT_LAST], shared
    ) and _same_names(
        left, two[Row.LEFT_FIRST], two[Row.LEFT_LAST], right, one[Row.RIGHT_FIRST], one[Row.RIGHT_LAST], shared
    )
    return bool(crossed)


@borrowing
def _from_exchanges(left: View, right: View, shared: I32, gaps: I32, size: int, found: I32, count: int) -> int:
    """Write the names of a block that stand in each other's place, a row for each place."""
    for g in range(size):
        n, m = _sizes(gaps[g])
        if n < 1 or n > WORDS_IN_GAP or m < 1 or m > WORDS_IN_GAP or gaps[g, Row.KIND] != SWAP:
            continue
        last = gaps[g, Row.LEFT_LAST] - 1
        if left.side.sizes[last] <= 1 or left.lower[last]:
            continue
        for h in range(g + 1, size):
            if count < MOST_DIFFERENCES - ROOM_FOR_NAMES and _is_exchange(gaps[g], gaps[h], left, right, shared):
                for k in (g, h):
                    for c in range(ROW):
                        found[count, c] = gaps[k, c]
                    found[count, Row.KIND] = EXCHANGE
                    count += 1
    return count


@borrowing
def _link_back(left: View, right: View, block: Block) -> None:
    """Write how the right words of a block are aligned."""
    for j in range(block.right_first, block.right_last):
        right.partner[j], right.how[j] = -1, Link.NONE
    for i in range(block.left_first, block.left_last):
        if left.how[i] != Link.NONE:
            right.partner[left.partner[i]], right.how[left.partner[i]] = i, left.how[i]


@borrowing
def _search_block(
    left: View, right: View, shared: I32, sentences: I32, scratch: Scratch, found: I32, count: int
) -> int:  # fmt: skip
    """Write the differences in one block of sentences; return the number of rows."""
    block = _block(sentences, left.side, right.side, 0)
    cells = (block.left_last - block.left_first) * (block.right_last - block.right_first)
    if cells > MOST_CELLS or count > MOST_DIFFERENCES - ROOM_FOR_BLOCK:
        return count
    for i in range(block.left_first, block.left_last):
        left.partner[i], left.how[i] = -1, Link.NONE
    share = align_block(block, left, right, shared, scratch)
    if share < LEAST_SHARE:
        return count
    free_lone_words(block.left_first, block.left_last, left)
    _link_back(left, right, block)
    around, first = _block(sentences, left.side, right.side, 1), count
    count = _from_gaps(left, right, shared, block, around, scratch, found, count)
    count = _from_stems(left, right, block, scratch.names, found, count)
    count = _from_sounds(left, right, around, scratch.names, found, count)
    return _from_negations(left, right, block, found, first, count) if share >= NEGATION_SHARE else count


@kernel
def find_differences(left: Side, right: Side, pairs: I32, cosine: F32) -> I32:
    """Return the differences in aligned sentences as rows by `Row`; shape (d, len(Row)).

    Shapes: `pairs` (p, 2) numbers of sentences, `cosine` (p,) their similarity.
    """
    blocks = sentence_blocks(pairs, cosine, len(left.sentences) - 1, len(right.sentences) - 1)
    mine, other, shared = meet(left, right)
    scratch = scratch_for(len(left.hashes), len(right.hashes))
    found, count = np.empty((MOST_DIFFERENCES, ROW), np.int32), 0
    for k in range(len(blocks)):
        count = _search_block(mine, other, shared, blocks[k], scratch, found, count)
    return found[:count].copy()
