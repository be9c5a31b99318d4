"""Word alignment inside aligned sentences, and the stretches between its anchors where the wording differs.

Blocks of sentences that belong together are aligned word by word (global alignment, Needleman & Wunsch 1970, with
weights for equal words, equal stems, names that sound alike and numbers). What stays unaligned between two stable
stretches of anchors is a slot: a candidate for a swap, a changed name, a changed number, a lost negation.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32, U8
from dedup.compiled.decorators import Int, borrowing, helper
from dedup.evidence.names import NEAR_MISS, similarity
from dedup.evidence.sides import Side
from dedup.language.word_classes import ARTICLE, FUNCTION, NEGATOR

NONE, EXACT, STEM, NAME, NUMBER = range(5)  # how a word is aligned
SWAP, NAMES, NUMBERS, NEGATION = range(4)  # kinds of slot, in the order of `KINDS`

# Least similarity of two sentences that are compared word by word, and what share of the best one's a second has.
LEAST_SENTENCE = 0.25
MOST_SENTENCES = 3  # of one block on one side
MOST_CELLS = 40_000  # of one alignment matrix
WORDS_IN_SLOT = 4

# Alignment weights in twentieths; a word without a partner costs GAP, two unlike words in one place SUBSTITUTE.
MATCH_CONTENT, MATCH_FUNCTION, MATCH_STEM, MATCH_NAME, MATCH_NUMBER = 40, 14, 30, 26, 18
GAP, SUBSTITUTE = 5, 6
LEFT, UP, DIAGONAL = range(3)  # moves
LEAST_SHARE = 0.3  # of the shorter side's words of a block must be aligned


@helper
def sentence_blocks(pairs: I32, cosine: F32, left_sentences: int, right_sentences: int) -> I32:
    """Ranges (left first, left last, right first, right last) of sentences to compare, half-open; shape (b, 4).

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
        blocks[count, 0], blocks[count, 1], blocks[count, 2], blocks[count, 3] = low, high, first, last
        count += 1
    return blocks[:count]


@borrowing
def _gains(left: Side, x: Int, right: Side, shared: I32, b0: Int, m: Int, gains: I32, ways: U8, row: Int) -> None:
    """What word `x` gains in the place of each of `m` words, and how it is aligned there: EXACT, STEM or NONE."""
    word, stem = left.numbers[x], left.stems[x]
    match = MATCH_FUNCTION if left.codes[x] in (FUNCTION, ARTICLE) else MATCH_CONTENT
    for j in range(m):
        exact, kin = word == shared[b0 + j], stem == right.stems[b0 + j]
        gains[j] = match if exact else (MATCH_STEM if kin else -SUBSTITUTE)
        ways[row + j] = EXACT if exact else (STEM if kin else NONE)


@borrowing
def _rare_gains(
    left: Side, x: Int, right: Side, b0: Int, special: I32, count: Int, foreign: U8, other_foreign: U8, gains: I32,
    ways: U8, row: Int, names: I32,
) -> None:  # fmt: skip
    """The same where words are neither equal nor of one stem: both of a quantity, both negations, names alike."""
    number, negator, name = left.quantity[x] >= 0, left.codes[x] == NEGATOR, left.sizes[x] > 1
    for s in range(count):
        j = np.int64(special[s])
        y = b0 + j
        if ways[row + j] != NONE:
            continue
        if number and right.quantity[y] >= 0:
            gains[j], ways[row + j] = MATCH_NUMBER, NUMBER
        elif negator and right.codes[y] == NEGATOR:
            gains[j], ways[row + j] = MATCH_STEM, STEM
        elif name and right.sizes[y] > 1 and (foreign[x] or other_foreign[y]):
            alike = similarity(left.spellings, x, left.sizes[x], right.spellings, y, right.sizes[y], names[0])
            if alike >= NEAR_MISS:
                gains[j], ways[row + j] = MATCH_NAME, NAME


@borrowing
def _score_row(i: Int, m: Int, score: I32, gains: I32, moves: U8, row: Int) -> None:
    """One row of the matrix: `score` is turned from the row above into row `i`, with the move that leads to each cell.

    Scores are kept times four, the move in the two bits below: the greatest sum is the best move, of equal ones the
    diagonal before the one from above before the one from the left, without a branch.
    """
    corner = score[0]
    for j in range(m):
        above = score[j + 1]
        gains[j] = max(corner + 4 * gains[j] + DIAGONAL, above - 4 * GAP + UP)
        corner = above
    before = -4 * GAP * i
    score[0] = before
    for j in range(m):
        best = max(np.int64(gains[j]), before - 4 * GAP + LEFT)
        before = best & -4
        score[j + 1], moves[row + j] = before, best & 3


@borrowing
def _is_special(side: Side, i: Int) -> bool:
    """Whether a word can be aligned with one of another stem: of a quantity, a negation, a name."""
    return bool(side.quantity[i] >= 0 or side.codes[i] == NEGATOR or side.sizes[i] > 1)


@borrowing
def align_block(
    a0: Int, a1: Int, b0: Int, b1: Int, left: Side, right: Side, shared: I32, foreign: U8, other_foreign: U8,
    work: tuple[I32, I32, I32, U8, U8, I32], partner: I32, how: U8,
) -> float:  # fmt: skip
    """Aligns words [a0, a1) with [b0, b1), writes `partner` and `how` of the left words; the share aligned.

    `shared` and the marks `foreign` are those of `sides.meet`. `work` is scratch: a row of scores, one of gains, one of
    words, a move and the way two words are aligned for each cell, a row for names.
    """
    n, m, count = a1 - a0, b1 - b0, 0
    score, gains, special, moves, ways, names = work
    score[0] = 0
    for j in range(m):
        score[j + 1] = -4 * GAP * (j + 1)
        if _is_special(right, b0 + j):
            special[count] = j
            count += 1
    for i in range(n):
        _gains(left, a0 + i, right, shared, b0, m, gains, ways, i * m)
        if count and _is_special(left, a0 + i):
            _rare_gains(left, a0 + i, right, b0, special, count, foreign, other_foreign, gains, ways, i * m, names)
        _score_row(i + 1, m, score, gains, moves, i * m)
    i, j, aligned = n, m, 0
    while i > 0 and j > 0:
        cell = (i - 1) * m + j - 1
        if moves[cell] == DIAGONAL and ways[cell] != NONE:
            partner[a0 + i - 1], how[a0 + i - 1] = b0 + j - 1, ways[cell]
            aligned += 1
        i -= 0 if moves[cell] == LEFT else 1
        j -= 0 if moves[cell] == UP else 1
    return float(aligned / max(1, min(n, m)))


@borrowing
def steady(a0: int, a1: int, partner: I32, how: U8, codes: U8) -> None:
    """Frees lone function words: alone between two gaps they hold nothing in place."""
    for i in range(a0, a1):
        if how[i] == NONE or codes[i] not in (FUNCTION, ARTICLE):
            continue
        before = i > a0 and how[i - 1] != NONE and partner[i - 1] == partner[i] - 1
        after = i + 1 < a1 and how[i + 1] != NONE and partner[i + 1] == partner[i] + 1
        if not before and not after:
            partner[i], how[i] = -1, NONE


@borrowing
def _firm(i: int, step: int, low: int, high: int, partner: I32, how: U8) -> int:
    """How many anchors in a row, up to 3, stand at word `i` and on in direction `step`; the edge counts as one."""
    count, at = 0, i
    while low <= at < high and count < 3 and how[at] in (EXACT, STEM):
        if count > 0 and partner[at] != partner[at - step] + step:
            break
        count += 1
        at += step
    return count if low <= at < high or count >= 3 else count + 1


@borrowing
def block_slots(
    a0: int, a1: int, b0: int, b1: int, partner: I32, how: U8, slots: I32, count: int
) -> int:  # fmt: skip
    """Appends the stretches between anchors: rows (kind, left first, left last, right first, right last, context).

    Context is the number of anchors in a row before the slot and after it, up to 3 each: 10 * before + after.
    """
    i, reached = a0, b0
    while i <= a1 and count < len(slots):
        stop = i
        while stop < a1 and how[stop] == NONE:
            stop += 1
        right_stop = b1 if stop == a1 else partner[stop]
        if stop > i or right_stop > reached:
            before, after = _firm(i - 1, -1, a0, a1, partner, how), _firm(stop, 1, a0, a1, partner, how)
            row = slots[count]
            row[0], row[1], row[2], row[3], row[4], row[5] = SWAP, i, stop, reached, right_stop, 10 * before + after
            count += 1
        if stop < a1 and how[stop] in (NAME, NUMBER) and count < len(slots):
            before, after = _firm(stop - 1, -1, a0, a1, partner, how), _firm(stop + 1, 1, a0, a1, partner, how)
            row = slots[count]
            row[0] = NAMES if how[stop] == NAME else NUMBERS
            row[1], row[2], row[3], row[4], row[5] = stop, stop + 1, right_stop, right_stop + 1, 10 * before + after
            count += 1
        i, reached = stop + 1, right_stop + 1
    return count
