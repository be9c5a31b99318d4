"""From slots to differences: which stretches of aligned sentences are a swap, a changed name or number, a negation.

Public: `find_differences`; `dedup.evidence.spans` is the door.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, I32, U8
from dedup.compiled.decorators import borrowing, kernel
from dedup.compiled.hashing import hash_word
from dedup.evidence.names import LONGEST, is_inflection, similarity
from dedup.evidence.numbers import NO_DIMENSION, same_quantity
from dedup.evidence.profile import RARE
from dedup.evidence.sides import Side, meet
from dedup.evidence.word_alignment import (
    EXACT,
    LEAST_SHARE,
    MOST_CELLS,
    NAMES,
    NEGATION,
    NONE,
    NUMBERS,
    STEM,
    SWAP,
    WORDS_IN_SLOT,
    align_block,
    block_slots,
    sentence_blocks,
    steady,
)
from dedup.language.word_classes import ARTICLE, CUE, FUNCTION, NEGATOR
from dedup.records import Flag

CONTEXT = 3  # anchors on both sides of a slot together, at least one on each
FUNCTION_CONTEXT = 5  # the same where only function words differ
SURE_NAME = 0.7  # similarity of two names that is enough where the places differ or one of them is known on both sides
LONG_NAME = 5  # sounds; shorter names must stand in the same place
NEGATION_SHARE = 0.5  # of the block's words aligned where a lost negation is believed
NEGATION_REACH = 3  # words between a negation and the anchors around it
MOST_DIFFERENCES = 2000
OR = np.uint64(hash_word(b"or"))  # "whether or not" denies nothing

_CAPITAL, _DIGIT, _BREAK, _FURNITURE = int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BREAK), int(Flag.BOILERPLATE)


@borrowing
def _inside(side: Side, first: int, last: int) -> bool:
    """Whether words [first, last) hold together: no break inside, no quantity, no furniture."""
    for i in range(first, last):
        if side.quantity[i] >= 0 or side.flags[i] & _FURNITURE or (i > first and side.flags[i] & _BREAK):
            return False
    return True


@borrowing
def _moved(side: Side, first: int, last: int, other: Side, b0: int, b1: int) -> bool:
    """Whether a content word of [first, last) stands in the other block too: it moved, nothing was swapped."""
    for i in range(first, last):
        if side.codes[i] in (FUNCTION, ARTICLE):
            continue
        for j in range(b0, b1):
            if other.stems[j] == side.stems[i]:
                return True
    return False


@borrowing
def _only(side: Side, first: int, last: int, articles: bool) -> bool:
    count = 0
    for i in range(first, last):
        count += 1 if side.codes[i] == ARTICLE or (side.codes[i] == FUNCTION and not articles) else 0
    return count == last - first


@borrowing
def _named(side: Side, i: int, lower: U8) -> bool:
    """Whether word `i` is a name here: a capital that no sentence or quotation start explains, never in lower case."""
    return side.sizes[i] > 1 and not lower[i] and not side.flags[i] & _BREAK


@borrowing
def _forms(left: Side, i: int, right: Side, j: int, names: I32) -> bool:
    same = is_inflection(
        left.data, np.int64(left.starts[i]), np.int64(left.ends[i]),
        right.data, np.int64(right.starts[j]), np.int64(right.ends[j]), names,
    )  # fmt: skip
    return bool(same)


@borrowing
def _fits(row: I32) -> bool:
    """Whether a slot has one to four words on both sides and anchors before and after that can be enough."""
    n, m, before, after = row[2] - row[1], row[4] - row[3], row[5] // 10, row[5] % 10
    words = n >= 1 and m >= 1 and n <= WORDS_IN_SLOT and m <= WORDS_IN_SLOT
    return bool(words and before >= 1 and after >= 1 and before + after >= CONTEXT + (1 if n + m > 2 else 0))


@borrowing
def _is_swap(row: I32, left: Side, right: Side, b: I32) -> bool:
    n, m = row[2] - row[1], row[4] - row[3]
    before, after = row[5] // 10, row[5] % 10
    few, other_few = _only(left, row[1], row[2], False), _only(right, row[3], row[4], False)
    needed = CONTEXT + (1 if n + m > 2 else 0) + (1 if n + m > 4 else 0) + (1 if few or other_few else 0)
    if before + after < needed or (few and other_few and n + m > 2):
        return False
    if not _inside(left, row[1], row[2]) or not _inside(right, row[3], row[4]):
        return False
    if _moved(left, row[1], row[2], right, b[2], b[3]) or _moved(right, row[3], row[4], left, b[0], b[1]):
        return False
    if _only(left, row[1], row[2], True) or _only(right, row[3], row[4], True):
        return False
    return not (few and other_few) or before + after >= FUNCTION_CONTEXT


@borrowing
def _is_name_in_place(
    i: int, j: int, context: int, left: Side, right: Side, foreign: U8, lower: U8, other_foreign: U8, other_lower: U8,
    names: I32,
) -> bool:  # fmt: skip
    """Whether two words aligned in one place are two spellings of a name."""
    if lower[i] or other_lower[j] or not (_named(left, i, lower) or _named(right, j, other_lower)):
        return False
    if not (foreign[i] or other_foreign[j]) or _forms(left, i, right, j, names):
        return False
    alike = similarity(left.spellings, i, left.sizes[i], right.spellings, j, right.sizes[j], names[0])
    sure = alike >= SURE_NAME or (foreign[i] and other_foreign[j])
    return bool(sure and (context // 10 + context % 10 >= 2 or alike >= SURE_NAME))


@borrowing
def _has_amount(side: Side, first: int, last: int, amount: float, dimension: float) -> bool:
    for i in range(first, last):
        q = side.quantity[i]
        if q >= 0 and same_quantity(side.amounts[q], side.dimensions[q], amount, dimension):
            return True
    return False


@borrowing
def _is_number(row: I32, left: Side, right: Side, around: I32) -> bool:
    p, q = left.quantity[row[1]], right.quantity[row[3]]
    if p < 0 or q < 0:
        return False
    a, b = left.dimensions[p], right.dimensions[q]
    if a != b and a != NO_DIMENSION and b != NO_DIMENSION:
        return False
    if _has_amount(right, around[2], around[3], left.amounts[p], a) or _has_amount(
        left, around[0], around[1], right.amounts[q], b
    ):
        return False
    i, j = left.ranges[p, 1], right.ranges[q, 1]
    followed = i < len(left.stems) and j < len(right.stems) and left.stems[i] == right.stems[j]
    return bool(followed or (a == b and a != NO_DIMENSION) or row[5] // 10 + row[5] % 10 >= CONTEXT + 1)


@borrowing
def _negative(side: Side, i: int) -> bool:
    """Whether a word can stand for a negation: un-, in-, im-, dis-, non-, -less and the cue words."""
    if side.codes[i] in (NEGATOR, CUE):
        return True
    start, end = np.int64(side.starts[i]), np.int64(side.ends[i])
    if end - start < 5:
        return False
    a, b, c = side.data[start] | 32, side.data[start + 1] | 32, side.data[start + 2] | 32
    if (a == 117 and b == 110) or (a == 105 and (b == 110 or b == 109 or b == 114 or b == 108)):
        return True
    if (a == 100 and b == 105 and c == 115) or (a == 110 and b == 111 and c == 110):
        return True
    last = side.data[end - 4 : end]
    return bool(last[0] == 108 and last[1] == 101 and last[2] == 115 and last[3] == 115)


@borrowing
def _lost_negation(i: int, a0: int, a1: int, partner: I32, how: U8, side: Side, other: Side, b0: int, b1: int) -> int:
    """Word of the other side before which the negation `i` is missing, or -1."""
    for j in range(b0, b1):
        if _negative(other, j):
            return -1
    before, after = i - 1, i + 1
    while before >= a0 and how[before] not in (EXACT, STEM):
        before -= 1
    while after < a1 and how[after] not in (EXACT, STEM):
        after += 1
    if before < a0 or after >= a1 or i - before > NEGATION_REACH or after - i > NEGATION_REACH:
        return -1
    gap = partner[after] - partner[before]
    held = False
    for k in range(max(a0, before - 2), min(a1, after + 3)):
        held |= how[k] in (EXACT, STEM) and side.codes[k] not in (FUNCTION, ARTICLE)
    if gap < 1 or gap > NEGATION_REACH or not held:
        return -1
    return int(partner[before] + 1)


@borrowing
def _alone(side: Side, a0: int, a1: int) -> bool:
    """Whether the block has exactly one negation, and not of the kind "not only"."""
    count = 0
    for i in range(a0, a1):
        count += 1 if side.codes[i] == NEGATOR else 0
        if (
            side.codes[i] == NEGATOR
            and i + 1 < a1
            and (side.codes[i + 1] in (CUE, NEGATOR) or side.flags[i + 1] & _DIGIT)
        ):
            return False  # "not only", "No. 30"
        if side.codes[i] == NEGATOR and i > a0 and side.codes[i - 1] == FUNCTION and side.hashes[i - 1] == OR:
            return False
    return count == 1


@borrowing
def _rare(side: Side, i: int) -> bool:
    return bool(side.marks[side.numbers[i]] & RARE)


@borrowing
def _sounding_name(
    i: int, side: Side, other: Side, lower: U8, other_lower: U8, first: int, last: int, names: I32
) -> int:
    """The name in words [first, last) of the other side that sounds like name `i`, or -1."""
    best, found = SURE_NAME, -1
    if not _named(side, i, lower):
        return -1
    for j in range(first, last):
        if (
            other.sizes[j] < LONG_NAME
            or other_lower[j]
            or (other.hashes[j] == side.hashes[i] and _rare(other, j) and _rare(side, i))
        ):
            continue
        alike = similarity(side.spellings, i, side.sizes[i], other.spellings, j, other.sizes[j], names[0])
        if alike >= best and (found < 0 or alike > best) and not _forms(side, i, other, j, names):
            best, found = alike, j
    return found


@borrowing
def _around(side: Side, low: int, high: int, reach: int) -> tuple[int, int]:
    """Words of sentences [low - reach, high + reach)."""
    last = min(len(side.sentences) - 1, high + reach)
    return int(np.int64(side.sentences[max(0, low - reach)])), int(np.int64(side.sentences[last]))


@borrowing
def _add(found: I32, count: int, kind: int, i: int, i_end: int, j: int, j_end: int) -> int:
    row = found[count]
    row[0], row[1], row[2], row[3], row[4], row[5] = kind, i, i_end, j, j_end, 0
    return count + 1


@borrowing
def _keep(row: I32, left: Side, right: Side, words: I32, around: I32, marks: tuple[U8, U8, U8, U8], names: I32) -> bool:
    """Whether a slot is a difference worth telling; turns a swap of two strange names into a name, widens a number."""
    i, j = np.int64(row[1]), np.int64(row[3])
    foreign, lower, other_foreign, other_lower = marks
    if row[0] == NAMES:
        return bool(_is_name_in_place(i, j, row[5], left, right, foreign, lower, other_foreign, other_lower, names))
    if row[0] == NUMBERS:
        if not _is_number(row, left, right, around):
            return False
        p, q = left.quantity[i], right.quantity[j]
        row[1], row[2] = left.ranges[p, 0], left.ranges[p, 1]
        row[3], row[4] = right.ranges[q, 0], right.ranges[q, 1]
        return True
    single = row[2] - i == 1 and row[4] - j == 1
    if not _is_swap(row, left, right, words):
        return False
    strange = single and foreign[i] and other_foreign[j] and not _forms(left, i, right, j, names)
    if strange and _named(left, i, lower) and _named(right, j, other_lower):
        row[0] = NAMES
    return True


@borrowing
def _search(
    left: Side, right: Side, blocks: I32, shared: I32, marks: tuple[U8, U8, U8, U8],
    work: tuple[I32, I32, I32, U8, U8, I32], partner: I32, how: U8, back: I32, back_how: U8, slots: I32, words: I32,
    around: I32, found: I32,
) -> int:  # fmt: skip
    """Writes the differences in the blocks of sentences into `found`; how many."""
    foreign, lower, other_foreign, other_lower = marks
    names = work[5]
    count = 0
    for k in range(len(blocks)):
        a0, a1 = _around(left, blocks[k, 0], blocks[k, 1], 0)
        b0, b1 = _around(right, blocks[k, 2], blocks[k, 3], 0)
        if (a1 - a0) * (b1 - b0) > MOST_CELLS or count > MOST_DIFFERENCES - 200:
            continue
        for i in range(a0, a1):
            partner[i], how[i] = -1, NONE
        share = align_block(a0, a1, b0, b1, left, right, shared, foreign, other_foreign, work, partner, how)
        if share < LEAST_SHARE:
            continue
        steady(a0, a1, partner, how, left.codes)
        for j in range(b0, b1):
            back[j], back_how[j] = -1, NONE
        for i in range(a0, a1):
            if how[i] != NONE:
                back[partner[i]], back_how[partner[i]] = i, how[i]
        words[0], words[1], words[2], words[3] = a0, a1, b0, b1
        n0, n1 = _around(left, blocks[k, 0], blocks[k, 1], 1)
        m0, m1 = _around(right, blocks[k, 2], blocks[k, 3], 1)
        around[0], around[1], around[2], around[3] = n0, n1, m0, m1
        size = min(block_slots(a0, a1, b0, b1, partner, how, slots, 0), MOST_DIFFERENCES - count - 100)
        for s in range(size):
            if slots[s, 0] == SWAP and not _fits(slots[s]):
                continue  # most slots, so before the call that hands both articles over
            if _keep(slots[s], left, right, words, around, marks, names):
                for c in range(6):
                    found[count, c] = slots[s, c]
                count += 1
        for i in range(a0, a1):
            if count >= MOST_DIFFERENCES - 2:
                break
            if (
                how[i] == STEM
                and left.sizes[i] > 1
                and right.sizes[partner[i]] > 1
                and _is_name_in_place(i, partner[i], 22, left, right, foreign, lower, other_foreign, other_lower, names)
            ):
                count = _add(found, count, NAMES, i, i + 1, partner[i], partner[i] + 1)
        for i in range(around[0], around[1]):
            if count < MOST_DIFFERENCES - 2 and foreign[i] and _rare(left, i) and left.sizes[i] >= LONG_NAME:
                j = _sounding_name(i, left, right, lower, other_lower, around[2], around[3], names)
                if j >= 0:
                    count = _add(found, count, NAMES, i, i + 1, j, j + 1)
        for j in range(around[2], around[3]):
            if count < MOST_DIFFERENCES - 2 and other_foreign[j] and _rare(right, j) and right.sizes[j] >= LONG_NAME:
                i = _sounding_name(j, right, left, other_lower, lower, around[0], around[1], names)
                if i >= 0:
                    count = _add(found, count, NAMES, i, i + 1, j, j + 1)
        if share >= NEGATION_SHARE and _alone(left, a0, a1):
            for i in range(a0, a1):
                if left.codes[i] == NEGATOR and how[i] == NONE:
                    j = _lost_negation(i, a0, a1, partner, how, left, right, b0, b1)
                    if j >= 0:
                        count = _add(found, count, NEGATION, i, i + 1, j, j)
        if share >= NEGATION_SHARE and _alone(right, b0, b1):
            for j in range(b0, b1):
                if right.codes[j] == NEGATOR and back_how[j] == NONE:
                    i = _lost_negation(j, b0, b1, back, back_how, right, left, a0, a1)
                    if i >= 0:
                        count = _add(found, count, NEGATION, i, i, j, j + 1)
    return count


@kernel
def find_differences(left: Side, right: Side, pairs: I32, cosine: F32) -> I32:
    """Differences in aligned sentences: rows (kind, left first, left last, right first, right last, context)."""
    n, m = len(left.hashes), len(right.hashes)
    blocks = sentence_blocks(pairs, cosine, len(left.sentences) - 1, len(right.sentences) - 1)
    shared, foreign, lower, other_foreign, other_lower = meet(left, right)
    marks = (foreign, lower, other_foreign, other_lower)
    names = np.empty((2, LONGEST + 1), np.int32)
    score, gains, special = np.empty(m + 1, np.int32), np.empty(m + 1, np.int32), np.empty(m + 1, np.int32)
    work = (score, gains, special, np.empty(MOST_CELLS, np.uint8), np.empty(MOST_CELLS, np.uint8), names)
    partner, how = np.full(n, -1, np.int32), np.zeros(n, np.uint8)
    back, back_how = np.full(m, -1, np.int32), np.zeros(m, np.uint8)
    slots, found = np.empty((n + m + 2, 6), np.int32), np.empty((MOST_DIFFERENCES, 6), np.int32)
    words, around = np.empty(4, np.int32), np.empty(4, np.int32)
    count = _search(left, right, blocks, shared, marks, work, partner, how, back, back_how, slots, words, around, found)
    return found[:count].copy()
