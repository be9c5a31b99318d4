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
from dedup.evidence.negations import lost_negation, only_negation
from dedup.evidence.numbers import NO_DIMENSION, same_quantity
from dedup.evidence.profile import RARE
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
MOST_DIFFERENCES = 2000
ROOM_FOR_BLOCK, ROOM_FOR_GAPS, ROOM_FOR_NAMES = 200, 100, 2  # rows left free for what a block has, and for each part

NAMES, NUMBERS, NEGATION = int(Difference.NAME), int(Difference.NUMBER), int(Difference.NEGATION)
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
def _named(view: View, i: int) -> bool:
    """Return whether word `i` is a name here: a capital that no sentence start explains, never in lower case."""
    return view.side.sizes[i] > 1 and not view.lower[i] and not view.side.flags[i] & _BREAK


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
    if a != b and a != NO_DIMENSION and b != NO_DIMENSION:
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
    left: View, right: View, block: Block, around: Block, scratch: Scratch, found: I32, count: int
) -> int:  # fmt: skip
    """Write the gaps of a block that are differences."""
    gaps = scratch.gaps
    size = min(block_gaps(block, left, gaps), MOST_DIFFERENCES - count - ROOM_FOR_GAPS)
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
def _from_negations(left: View, right: View, block: Block, found: I32, count: int) -> int:
    """Write the negations that one side lost."""
    a0, a1, b0, b1 = block
    i = only_negation(left, a0, a1)
    if i >= 0:
        j = lost_negation(i, left, right, a0, a1, b0, b1)
        if j >= 0:
            count = _add(found, count, NEGATION, i, i + 1, j, j)
    j = only_negation(right, b0, b1)
    if j >= 0:
        i = lost_negation(j, right, left, b0, b1, a0, a1)
        if i >= 0:
            count = _add(found, count, NEGATION, i, i, j, j + 1)
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
    around = _block(sentences, left.side, right.side, 1)
    count = _from_gaps(left, right, block, around, scratch, found, count)
    count = _from_stems(left, right, block, scratch.names, found, count)
    count = _from_sounds(left, right, around, scratch.names, found, count)
    return _from_negations(left, right, block, found, count) if share >= NEGATION_SHARE else count


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
