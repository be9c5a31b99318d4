"""One article as the evidence kernels see it, and what it has that another article does not.

Public: `Side`, `side_of`, `absent`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.judge.lexicon import ARTICLE, classify, code_table
from dedup.judge.numbers import quantities
from dedup.judge.slots import F32, I32, sounds
from dedup.records import U8, U32, U64, Flag, Tokens
from dedup.text.machine import helper, kernel

F64 = NDArray[np.float64]

_CAPITAL = int(Flag.CAPITAL)


class Side(NamedTuple):
    """One article as the kernels see it. Shapes: `n` words, `m` sentences, `q` quantities."""

    data: U8  # (bytes,)
    hashes: U64  # (n,)
    stems: U64
    starts: U32
    ends: U32
    flags: U8
    sentences: U32  # (m + 1,)
    codes: U8  # (n,) of `lexicon`
    rare: U8  # (n,) 1 where the background does not know the word
    weight: F32  # (n,) inverse document frequency, ln
    spellings: U8  # (n, 24) phonetic, of names
    sizes: I32  # (n,) of the spellings
    quantity: I32  # (n,) which quantity a word belongs to, or -1
    amounts: F64  # (q,)
    dimensions: F64  # (q,)
    ranges: I32  # (q, 2) words of each quantity


def side_of(tokens: Tokens, rare: U8, weight: F32) -> Side:
    """Everything about one article that does not depend on the other."""
    data = np.frombuffer(tokens.data, np.uint8)
    codes, values = classify(tokens.hashes, *code_table())
    furniture = (tokens.flags & np.uint8(Flag.FURNITURE)) != 0
    codes[furniture] = ARTICLE  # it negates nothing and holds nothing in place
    spellings, sizes = sounds(data, tokens.starts, tokens.ends, tokens.flags, codes)
    quantity, amounts, dimensions, ranges = _quantities(data, tokens.starts, tokens.ends, tokens.flags, codes, values)
    return Side(
        data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, tokens.flags, tokens.sentences, codes, rare,
        weight, spellings, sizes, quantity, amounts, dimensions, ranges,
    )  # fmt: skip


@kernel
def _quantities(
    data: U8, starts: U32, ends: U32, flags: U8, codes: U8, values: F64
) -> tuple[I32, F64, F64, I32]:  # fmt: skip
    n = len(starts)
    first, last = np.empty(n, np.int32), np.empty(n, np.int32)
    amounts, dimensions = np.empty(n), np.empty(n)
    count = quantities(data, starts, ends, flags, codes, values, first, last, amounts, dimensions)
    quantity, ranges = np.full(n, -1, np.int32), np.empty((count, 2), np.int32)
    for q in range(count):
        ranges[q, 0], ranges[q, 1] = first[q], last[q]
        for i in range(first[q], last[q]):
            quantity[i] = q
    return quantity, amounts[:count].copy(), dimensions[:count].copy(), ranges


@helper
def absent(hashes: U64, flags: U8, other: U64, other_flags: U8) -> tuple[U8, U8]:
    """Marks of the words (n,) that the other article does not have, and that either writes in lower case."""
    size = 64
    while size < 2 * (len(hashes) + len(other)):
        size *= 2
    mask = np.uint64(size - 1)
    keys, state = np.zeros(size, np.uint64), np.zeros(size, np.uint8)  # 1 in other, 2 seen in lower case
    for part in range(2):
        words, marks = (other, other_flags) if part == 0 else (hashes, flags)
        for i in range(len(words)):
            at = np.int64((words[i] >> np.uint64(20)) & mask)
            while keys[at] != np.uint64(0) and keys[at] != words[i]:
                at = (at + 1) & np.int64(mask)
            keys[at] = words[i]
            state[at] |= (1 if part == 0 else 0) | (0 if marks[i] & _CAPITAL else 2)
    foreign, lower = np.zeros(len(hashes), np.uint8), np.zeros(len(hashes), np.uint8)
    for i in range(len(hashes)):
        at = np.int64((hashes[i] >> np.uint64(20)) & mask)
        while keys[at] != hashes[i]:
            at = (at + 1) & np.int64(mask)
        foreign[i], lower[i] = 1 - (state[at] & 1), (state[at] >> 1) & 1
    return foreign, lower
