"""From gaps to differences: which stretches of aligned sentences are a swap, a changed name or number, a negation.

Public: `find_differences`; `dedup.evidence.spans` is the door. Whether a gap is a difference worth telling is decided
by `worth_telling.keep`; what no gap shows is looked for block by block: names changed inside a stem, names that sound
alike elsewhere, lost negations; and in the whole articles: numbers changed among other words, and what
goes the other way beside the same number.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32
from dedup.compiled.decorators import borrowing, kernel
from dedup.evidence.changed_numbers import changed_numbers
from dedup.evidence.exchanges import add_exchanged, add_moved, is_exchanged
from dedup.evidence.names import similarity
from dedup.evidence.negations import is_lost, lost_negation
from dedup.evidence.profile import RARE
from dedup.evidence.rows import Block, Difference, Link, Range, Row
from dedup.evidence.sides import Side, View, meet
from dedup.evidence.turned_numbers import turned_numbers
from dedup.evidence.word_alignment import (
    LEAST_SHARE,
    MOST_CELLS,
    ROW,
    Scratch,
    align_block,
    block_gaps,
    free_lone_words,
    scratch_for,
    sentence_blocks,
)
from dedup.evidence.worth_telling import fits, forms, is_name, keep, named

SURE_NAME = 0.7  # similarity of two names that is enough where the places differ or one of them is known on both sides
LONG_NAME = 5  # sounds; shorter names must stand in the same place
SAME_STEM_CONTEXT = 4  # that are taken to stand around a name changed inside its stem
NEGATION_SHARE = 0.5  # of the block's words aligned where a lost negation is believed
MOST_DIFFERENCES = 2000
ROOM_FOR_BLOCK, ROOM_FOR_GAPS, ROOM_FOR_NAMES = 200, 100, 2  # rows left free for what a block has, and for each part
NAMES, NUMBERS, NEGATION = int(Difference.NAME), int(Difference.NUMBER), int(Difference.NEGATION)
SWAP = int(Difference.SWAP)


@borrowing
def _is_rare(side: Side, i: int) -> bool:
    return bool(side.marks[side.numbers[i]] & RARE)


@borrowing
def _sounding_name(i: int, mine: View, other: View, first: int, last: int, names: I32) -> int:
    """Return the name in words [first, last) of the other side that sounds like name `i`, or -1."""
    best, found = SURE_NAME, -1
    if not named(mine, i):
        return -1
    a, b = mine.side, other.side
    rare = _is_rare(a, i)
    for j in range(first, last):
        if b.sizes[j] < LONG_NAME or other.lower[j] or (b.hashes[j] == a.hashes[i] and _is_rare(b, j) and rare):
            continue
        alike = similarity(a.keys, i, a.sizes[i], b.keys, j, b.sizes[j], names[0])
        if alike >= best and (found < 0 or alike > best) and not forms(a, i, b, j, names):
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
    first, most = count, MOST_DIFFERENCES - ROOM_FOR_NAMES
    count = add_exchanged(left, right, shared, gaps, size, found, count, most)
    count = add_moved(left, right, shared, block, found, first, count, most)
    exchanged = count
    for g in range(size):
        if gaps[g, Row.KIND] == Difference.SWAP and not fits(gaps[g]):
            continue  # most gaps, so before the call that hands both articles over
        if count >= most or is_exchanged(found, first, exchanged, gaps[g, Row.LEFT_FIRST], gaps[g, Row.LEFT_LAST]):
            continue
        if keep(gaps[g], left, right, block, around, scratch.names):
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
        if right.side.sizes[j] > 1 and is_name(i, j, SAME_STEM_CONTEXT, left, right, names):
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
    count = changed_numbers(left, right, pairs, cosine, found, count)
    count = turned_numbers(left, right, pairs, cosine, found, count)
    return found[:count].copy()
