"""Word alignment inside aligned sentences, and the stretches between its anchors where the wording differs.

Blocks of sentences that belong together are aligned word by word (global alignment, Needleman & Wunsch 1970, with
weights for equal words, equal stems, names that sound alike and numbers). What stays unaligned between two stable
stretches of anchors is a slot: a candidate for a swap, a changed name, a changed number, a lost negation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.judge.lexicon import ARTICLE, CONTENT, FUNCTION, NEGATOR
from dedup.judge.names import LONGEST, NEAR_MISS, similarity, spelling
from dedup.records import U8, U32, U64, Flag
from dedup.text.machine import helper, kernel

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

NONE, EXACT, STEM, NAME, NUMBER = range(5)  # how a word is aligned
SWAP, NAMES, NUMBERS, NEGATION = range(4)  # kinds of slot, in the order of `KINDS`

# Least similarity of two sentences that are compared word by word, and what share of the best one's a second has.
LEAST_SENTENCE = 0.25
MOST_SENTENCES = 3  # of one block on one side
MOST_CELLS = 40_000  # of one alignment matrix
WORDS_IN_SLOT = 4

# Alignment weights; a word without a partner costs GAP, two unlike words in one place SUBSTITUTE.
MATCH_CONTENT, MATCH_FUNCTION, MATCH_STEM, MATCH_NAME, MATCH_NUMBER = 2.0, 0.7, 1.5, 1.3, 0.9
GAP, SUBSTITUTE = 0.25, 0.3
LEAST_SHARE = 0.3  # of the shorter side's words of a block must be aligned

_CAPITAL, _BREAK, _DIGIT, _FURNITURE = int(Flag.CAPITAL), int(Flag.BREAK), int(Flag.DIGIT), int(Flag.FURNITURE)


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


@kernel
def sounds(data: U8, starts: U32, ends: U32, flags: U8, codes: U8) -> tuple[U8, I32]:
    """Phonetic spellings of the capitalised words, shape (n, 24), and their lengths (0: not a name), shape (n,)."""
    n = len(starts)
    spellings, sizes = np.zeros((n, LONGEST), np.uint8), np.zeros(n, np.int32)
    for i in range(n):
        if flags[i] & _CAPITAL and not flags[i] & (_DIGIT | _FURNITURE) and codes[i] == CONTENT:
            size = spelling(data, np.int64(starts[i]), np.int64(ends[i]), spellings[i])
            sizes[i] = max(size, 0)
    return spellings, sizes


@helper
def _weight(code: int) -> float:
    return MATCH_FUNCTION if code in (FUNCTION, ARTICLE) else MATCH_CONTENT


@helper
def align_block(
    a0: int, a1: int, b0: int, b1: int,
    hashes: U64, stems: U64, codes: U8, numbers: U8, foreign: U8, spellings: U8, sizes: I32,
    other_hashes: U64, other_stems: U64, other_codes: U8, other_numbers: U8, other_foreign: U8, other_spellings: U8,
    other_sizes: I32,
    partner: I32, how: U8,
) -> float:  # fmt: skip
    """Aligns words [a0, a1) with [b0, b1), writes `partner` and `how` of the left words; the share aligned.

    `numbers` marks words of a quantity; `foreign` words that do not occur in the other article.
    """
    n, m = a1 - a0, b1 - b0
    score = np.empty(m + 1)
    move = np.empty((n + 1, m + 1), np.uint8)  # 0 up, 1 left, 2 diagonal without a match, 3 + how: a match
    for j in range(m + 1):
        score[j], move[0, j] = -GAP * j, 1
    for i in range(1, n + 1):
        x = a0 + i - 1
        hash_x, stem_x, match = hashes[x], stems[x], _weight(codes[x])
        number, negator, name = numbers[x] > 0, codes[x] == NEGATOR, sizes[x] > 1
        corner, score[0], move[i, 0] = score[0], -GAP * i, 0
        for j in range(1, m + 1):
            y = b0 + j - 1
            gain, step = -SUBSTITUTE, 2
            if hash_x == other_hashes[y]:
                gain, step = match, 3 + EXACT
            elif stem_x == other_stems[y]:
                gain, step = MATCH_STEM, 3 + STEM
            elif number and other_numbers[y]:
                gain, step = MATCH_NUMBER, 3 + NUMBER
            elif negator and other_codes[y] == NEGATOR:
                gain, step = MATCH_STEM, 3 + STEM
            elif (
                name
                and other_sizes[y] > 1
                and (foreign[x] or other_foreign[y])
                and similarity(spellings[x], sizes[x], other_spellings[y], other_sizes[y]) >= NEAR_MISS
            ):
                gain, step = MATCH_NAME, 3 + NAME
            best, way = corner + gain, step
            corner = score[j]
            if corner - GAP > best:
                best, way = corner - GAP, 0
            if score[j - 1] - GAP > best:
                best, way = score[j - 1] - GAP, 1
            score[j], move[i, j] = best, way
    i, j, aligned = n, m, 0
    while i > 0 or j > 0:
        way = move[i, j]
        if way >= 2 and i > 0 and j > 0:
            if way > 2:
                partner[a0 + i - 1], how[a0 + i - 1] = b0 + j - 1, way - 3
                aligned += 1
            i -= 1
            j -= 1
        elif (way == 0 and i > 0) or j == 0:
            i -= 1
        else:
            j -= 1
    return aligned / max(1, min(n, m))


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
