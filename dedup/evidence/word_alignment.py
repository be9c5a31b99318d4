"""Word alignment inside aligned sentences, and the stretches between its anchors where the wording differs.

Blocks of sentences that belong together are aligned word by word (global alignment, Needleman & Wunsch 1970, with
weights for equal words, equal stems, names that sound alike and numbers). What stays unaligned between two stable
stretches of anchors is a gap: a candidate for a swap, a changed name, a changed number, a lost negation.

Public, all compiled: `sentence_blocks`, `align_block`, `free_lone_words`, `block_gaps`; `Scratch`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, U8
from dedup.compiled.decorators import Int, borrowing, helper
from dedup.evidence.names import NEAR_MISS, similarity
from dedup.evidence.rows import Block, Difference, Link, Range, Row
from dedup.evidence.sides import Side, View
from dedup.language.phonetic_key import LONGEST
from dedup.language.word_classes import WordClass

ROW = len(Row)
# As numbers, where helpers are given one or a choice is made: a choice between members would be compiled as an object.
NONE, EXACT, STEM, NAME, NUMBER = (int(Link[name]) for name in ("NONE", "EXACT", "STEM", "NAME", "NUMBER"))
SWAP, NAMES, NUMBERS = int(Difference.SWAP), int(Difference.NAME), int(Difference.NUMBER)

# Least similarity of two sentences that are compared word by word, and what share of the best one's a second has.
LEAST_SENTENCE = 0.25
MOST_SENTENCES = 3  # of one block on one side
MOST_CELLS = 40_000  # of one alignment matrix
WORDS_IN_GAP = 4

# Alignment weights in twentieths; a word without a partner costs SKIP, two unlike words in one place SUBSTITUTE.
MATCH_CONTENT, MATCH_FUNCTION, MATCH_STEM, MATCH_NAME, MATCH_NUMBER = 40, 14, 30, 26, 18
SKIP, SUBSTITUTE = 5, 6
LEFT, UP, DIAGONAL = range(3)  # moves
ANCHORS = 3  # that are counted on either side of a gap
LEAST_SHARE = 0.3  # of the shorter side's words of a block must be aligned


class Scratch(NamedTuple):
    """Memory that the search for differences writes in; `n` and `m` words on the left and the right."""

    score: I32  # (m + 1,) a row of the matrix
    gains: I32  # (m + 1,) what a word gains in each place
    special: I32  # (m + 1,) words that can be aligned with one of another stem
    moves: U8  # (MOST_CELLS,)
    ways: U8  # (MOST_CELLS,) how two words are aligned
    names: I32  # (2, LONGEST + 1)
    gaps: I32  # (n + m + 2, Row)


@helper
def scratch_for(n: int, m: int) -> Scratch:
    """Return memory for articles of `n` and `m` words."""
    return Scratch(
        np.empty(m + 1, np.int32),
        np.empty(m + 1, np.int32),
        np.empty(m + 1, np.int32),
        np.empty(MOST_CELLS, np.uint8),
        np.empty(MOST_CELLS, np.uint8),
        np.empty((2, LONGEST + 1), np.int32),
        np.empty((n + m + 2, ROW), np.int32),
    )


@helper
def sentence_blocks(pairs: I32, cosine: F32, left_sentences: int, right_sentences: int) -> I32:
    """Return ranges of sentences to compare, by `Range`; shape (b, 4).

    Each pair of sentences that prefer each other is a block; a neighbour that prefers a member of a block, and whose
    own favourite is there, joins (one sentence split in two, or two merged).
    """
    best_left, best_right = np.full(left_sentences, -1, np.int32), np.full(right_sentences, -1, np.int32)
    value_left, value_right = np.zeros(left_sentences, np.float32), np.zeros(right_sentences, np.float32)
    for p in range(len(pairs)):
        i, j = pairs[p, 0], pairs[p, 1]
        if cosine[p] >= LEAST_SENTENCE:
            if cosine[p] > value_left[i]:
                best_left[i], value_left[i] = j, cosine[p]
            if cosine[p] > value_right[j]:
                best_right[j], value_right[j] = i, cosine[p]
    blocks = np.empty((left_sentences, 4), np.int32)
    count = 0
    for i in range(left_sentences):
        j = best_left[i]
        if j < 0 or best_right[j] != i:
            continue
        low, high, first, last = i, i + 1, j, j + 1
        while low > 0 and high - low < MOST_SENTENCES and best_left[low - 1] == j and best_right[j] != low - 1:
            low -= 1
        while high < left_sentences and high - low < MOST_SENTENCES and best_left[high] == j and best_right[j] != high:
            high += 1
        while first > 0 and last - first < MOST_SENTENCES and best_right[first - 1] == i and best_left[i] != first - 1:
            first -= 1
        while (
            last < right_sentences and last - first < MOST_SENTENCES and best_right[last] == i and best_left[i] != last
        ):
            last += 1
        blocks[count, Range.LEFT_FIRST], blocks[count, Range.LEFT_LAST] = low, high
        blocks[count, Range.RIGHT_FIRST], blocks[count, Range.RIGHT_LAST] = first, last
        count += 1
    return blocks[:count]


@borrowing
def holds_nothing(code: Int) -> bool:
    """Return whether a word of this class holds nothing in place by itself: function words, boilerplate."""
    return bool(code in (WordClass.FUNCTION, WordClass.ARTICLE))


@borrowing
def _gains(left: Side, x: Int, right: Side, shared: I32, b0: Int, m: Int, gains: I32, ways: U8, row: Int) -> None:
    """Write what word `x` gains in the place of each of `m` words, and how it is aligned: EXACT, STEM or NONE."""
    word, stem = left.numbers[x], left.stems[x]
    match = MATCH_FUNCTION if holds_nothing(left.codes[x]) else MATCH_CONTENT
    for j in range(m):
        exact, kin = word == shared[b0 + j], stem == right.stems[b0 + j]
        gains[j] = match if exact else (MATCH_STEM if kin else -SUBSTITUTE)
        ways[row + j] = EXACT if exact else (STEM if kin else NONE)


@borrowing
def _rare_gains(left: View, x: Int, right: View, b0: Int, count: Int, scratch: Scratch, row: Int) -> None:
    """Write the same where words are neither equal nor of one stem: of a quantity, negations, names alike."""
    mine, other, gains, ways = left.side, right.side, scratch.gains, scratch.ways
    number, negator, name = mine.quantity[x] >= 0, mine.codes[x] == WordClass.NEGATOR, mine.sizes[x] > 1
    for s in range(count):
        j = np.int64(scratch.special[s])
        y = b0 + j
        if ways[row + j] != NONE:
            continue
        if number and other.quantity[y] >= 0:
            gains[j], ways[row + j] = MATCH_NUMBER, NUMBER
        elif negator and other.codes[y] == WordClass.NEGATOR:
            gains[j], ways[row + j] = MATCH_STEM, STEM
        elif name and other.sizes[y] > 1 and (left.foreign[x] or right.foreign[y]):
            alike = similarity(mine.keys, x, mine.sizes[x], other.keys, y, other.sizes[y], scratch.names[0])
            if alike >= NEAR_MISS:
                gains[j], ways[row + j] = MATCH_NAME, NAME


@borrowing
def _score_row(i: Int, m: Int, score: I32, gains: I32, moves: U8, row: Int) -> None:
    """Turn `score` from the row above into row `i` of the matrix, and write the move that leads to each cell.

    Scores are kept times four, the move in the two bits below: the greatest sum is the best move, of equal ones the
    diagonal before the one from above before the one from the left, without a branch.
    """
    corner = score[0]
    for j in range(m):
        above = score[j + 1]
        gains[j] = max(corner + 4 * gains[j] + DIAGONAL, above - 4 * SKIP + UP)
        corner = above
    before = -4 * SKIP * i
    score[0] = before
    for j in range(m):
        best = max(np.int64(gains[j]), before - 4 * SKIP + LEFT)
        before = best & -4
        score[j + 1], moves[row + j] = before, best & 3


@borrowing
def _is_special(side: Side, i: Int) -> bool:
    """Return whether a word can be aligned with one of another stem: of a quantity, a negation, a name."""
    return bool(side.quantity[i] >= 0 or side.codes[i] == WordClass.NEGATOR or side.sizes[i] > 1)


@borrowing
def _trace(block: Block, left: View, moves: U8, ways: U8) -> int:
    """Write how the left words are aligned on the best way through the matrix; return how many are."""
    a0, b0 = block.left_first, block.right_first
    i, j, aligned = block.left_last - a0, block.right_last - b0, 0
    m = j
    while i > 0 and j > 0:
        cell = (i - 1) * m + j - 1
        if moves[cell] == DIAGONAL and ways[cell] != NONE:
            left.partner[a0 + i - 1], left.how[a0 + i - 1] = b0 + j - 1, ways[cell]
            aligned += 1
        i -= 0 if moves[cell] == LEFT else 1
        j -= 0 if moves[cell] == UP else 1
    return aligned


@borrowing
def align_block(block: Block, left: View, right: View, shared: I32, scratch: Scratch) -> float:
    """Align the words of a block, write `partner` and `how` of the left ones; return the share aligned, 0..1.

    `shared` is that of `sides.meet`.
    """
    a0, b0 = block.left_first, block.right_first
    n, m, count = block.left_last - a0, block.right_last - b0, 0
    score, ways = scratch.score, scratch.ways
    score[0] = 0
    for j in range(m):
        score[j + 1] = -4 * SKIP * (j + 1)
        if _is_special(right.side, b0 + j):
            scratch.special[count] = j
            count += 1
    for i in range(n):
        _gains(left.side, a0 + i, right.side, shared, b0, m, scratch.gains, ways, i * m)
        if count and _is_special(left.side, a0 + i):
            _rare_gains(left, a0 + i, right, b0, count, scratch, i * m)
        _score_row(i + 1, m, score, scratch.gains, scratch.moves, i * m)
    return float(_trace(block, left, scratch.moves, ways) / max(1, min(n, m)))


@borrowing
def free_lone_words(first: int, last: int, view: View) -> None:
    """Free lone function words: alone between two gaps they hold nothing in place."""
    partner, how = view.partner, view.how
    for i in range(first, last):
        if how[i] == NONE or not holds_nothing(view.side.codes[i]):
            continue
        before = i > first and how[i - 1] != NONE and partner[i - 1] == partner[i] - 1
        after = i + 1 < last and how[i + 1] != NONE and partner[i + 1] == partner[i] + 1
        if not before and not after:
            partner[i], how[i] = -1, NONE


@borrowing
def is_anchor(way: Int) -> bool:
    """Return whether a word that is aligned so holds others in place."""
    return bool(way in (EXACT, STEM))


@borrowing
def _anchors(i: int, step: int, low: int, high: int, partner: I32, how: U8) -> int:
    """Return how many anchors in a row stand at word `i` and on in direction `step`; the edge counts as one."""
    count, at = 0, i
    while low <= at < high and count < ANCHORS and is_anchor(how[at]):
        if count > 0 and partner[at] != partner[at - step] + step:
            break
        count += 1
        at += step
    return count if low <= at < high or count >= ANCHORS else count + 1


@borrowing
def _write_gap(row: I32, kind: int, gap: Block, block: Block, view: View) -> None:
    """Write a row of a gap with the anchors around it."""
    low, high, partner, how = block.left_first, block.left_last, view.partner, view.how
    row[Row.KIND] = kind
    row[Row.LEFT_FIRST], row[Row.LEFT_LAST] = gap.left_first, gap.left_last
    row[Row.RIGHT_FIRST], row[Row.RIGHT_LAST] = gap.right_first, gap.right_last
    row[Row.BEFORE] = _anchors(gap.left_first - 1, -1, low, high, partner, how)
    row[Row.AFTER] = _anchors(gap.left_last, 1, low, high, partner, how)


@borrowing
def block_gaps(block: Block, view: View, gaps: I32) -> int:
    """Write the gaps of a block as rows by `Row`, kind SWAP, and names and numbers aligned; return how many."""
    i, reached, count = block.left_first, block.right_first, 0
    last, how = block.left_last, view.how
    while i <= last and count < len(gaps):
        stop = i
        while stop < last and how[stop] == NONE:
            stop += 1
        right_stop = block.right_last if stop == last else int(view.partner[stop])
        if stop > i or right_stop > reached:
            _write_gap(gaps[count], SWAP, Block(i, stop, reached, right_stop), block, view)
            count += 1
        if stop < last and how[stop] in (NAME, NUMBER) and count < len(gaps):
            kind = NAMES if how[stop] == NAME else NUMBERS
            _write_gap(gaps[count], kind, Block(stop, stop + 1, right_stop, right_stop + 1), block, view)
            count += 1
        i, reached = stop + 1, right_stop + 1
    return count
