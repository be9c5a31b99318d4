"""Word alignment inside aligned sentences, and the stretches between its anchors where the wording differs.

Blocks of sentences that belong together are aligned word by word (global alignment, Needleman & Wunsch 1970, with
weights for equal words, equal stems, names that sound alike and numbers). What stays unaligned between two stable
stretches of anchors is a slot: a candidate for a swap, a changed name, a changed number, a lost negation.
"""

from __future__ import annotations

import numpy as np

from dedup.judge.lexicon import ARTICLE, FUNCTION, NEGATOR
from dedup.judge.names import NEAR_MISS, similarity
from dedup.judge.sides import Side
from dedup.judge.vocabulary import F32, I32
from dedup.records import U8
from dedup.text.machine import helper, inlined, kernel

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
LEAST_SHARE = 0.3  # of the shorter side's words of a block must be aligned


@kernel
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


@inlined
def _gains(left: Side, x: int, right: Side, b0: int, m: int, match: int, gains: I32, moves: U8) -> None:
    """What word `x` gains in the place of each of `m` words, and how: 2 nothing, 3 + EXACT, 3 + STEM."""
    hash_x, stem_x = left.hashes[x], left.stems[x]
    for j in range(m):
        exact, stem = hash_x == right.hashes[b0 + j], stem_x == right.stems[b0 + j]
        gains[j] = match if exact else (MATCH_STEM if stem else -SUBSTITUTE)
        moves[j] = 3 + EXACT if exact else (3 + STEM if stem else 2)


@inlined
def _rare_gains(
    left: Side, x: int, right: Side, b0: int, m: int, foreign: U8, other_foreign: U8, gains: I32, moves: U8, row: I32
) -> None:
    """The same where words are neither equal nor of one stem: both of a quantity, both negations, names alike."""
    number, negator, name = left.quantity[x] >= 0, left.codes[x] == NEGATOR, left.sizes[x] > 1
    for j in range(m):
        y = b0 + j
        if moves[j] != 2:
            continue
        if number and right.quantity[y] >= 0:
            gains[j], moves[j] = MATCH_NUMBER, 3 + NUMBER
        elif negator and right.codes[y] == NEGATOR:
            gains[j], moves[j] = MATCH_STEM, 3 + STEM
        elif name and right.sizes[y] > 1 and (foreign[x] or other_foreign[y]):
            alike = similarity(left.spellings, x, left.sizes[x], right.spellings, y, right.sizes[y], row)
            if alike >= NEAR_MISS:
                gains[j], moves[j] = MATCH_NAME, 3 + NAME


@helper
def align_block(
    a0: int, a1: int, b0: int, b1: int, left: Side, right: Side, foreign: U8, other_foreign: U8,
    work: tuple[I32, I32, U8, I32], partner: I32, how: U8,
) -> float:  # fmt: skip
    """Aligns words [a0, a1) with [b0, b1), writes `partner` and `how` of the left words; the share aligned.

    `foreign` marks words that do not occur in the other article. `work` is scratch: a row of scores, one of gains, the
    moves (0 up, 1 left, 2 diagonal without a match, 3 + how: a match), a row for names.
    """
    n, m = a1 - a0, b1 - b0
    score, gains, moves, names = work
    for j in range(m + 1):
        score[j] = -GAP * j
    for i in range(1, n + 1):
        x = a0 + i - 1
        match = MATCH_FUNCTION if left.codes[x] in (FUNCTION, ARTICLE) else MATCH_CONTENT
        row = moves[(i - 1) * m : i * m]
        _gains(left, x, right, b0, m, match, gains, row)
        if left.quantity[x] >= 0 or left.codes[x] == NEGATOR or left.sizes[x] > 1:
            _rare_gains(left, x, right, b0, m, foreign, other_foreign, gains, row, names)
        corner, before = score[0], -GAP * i
        score[0] = before
        for j in range(m):
            best, way, up = corner + gains[j], row[j], score[j + 1]
            corner, before = up, before - GAP
            if up - GAP > best:
                best, way = up - GAP, np.uint8(0)
            if before > best:
                best, way = before, np.uint8(1)
            before = best
            score[j + 1], row[j] = best, way
    return float(_trace(a0, n, b0, m, moves, partner, how) / max(1, min(n, m)))


@inlined
def _trace(a0: int, n: int, b0: int, m: int, moves: U8, partner: I32, how: U8) -> int:
    """Follows the moves back from the end, writes the partners; how many words are aligned."""
    i, j, aligned = n, m, 0
    while i > 0 and j > 0:
        way = moves[(i - 1) * m + j - 1]
        if way > 2:
            partner[a0 + i - 1], how[a0 + i - 1] = b0 + j - 1, way - 3
            aligned += 1
        i -= 0 if way == 1 else 1
        j -= 0 if way == 0 else 1
    return aligned


@helper
def steady(a0: int, a1: int, partner: I32, how: U8, codes: U8) -> None:
    """Frees lone function words: alone between two gaps they hold nothing in place."""
    for i in range(a0, a1):
        if how[i] == NONE or codes[i] not in (FUNCTION, ARTICLE):
            continue
        before = i > a0 and how[i - 1] != NONE and partner[i - 1] == partner[i] - 1
        after = i + 1 < a1 and how[i + 1] != NONE and partner[i + 1] == partner[i] + 1
        if not before and not after:
            partner[i], how[i] = -1, NONE


@helper
def _firm(i: int, step: int, low: int, high: int, partner: I32, how: U8) -> int:
    """How many anchors in a row, up to 3, stand at word `i` and on in direction `step`; the edge counts as one."""
    count, at = 0, i
    while low <= at < high and count < 3 and how[at] in (EXACT, STEM):
        if count > 0 and partner[at] != partner[at - step] + step:
            break
        count += 1
        at += step
    return count if low <= at < high or count >= 3 else count + 1


@helper
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
