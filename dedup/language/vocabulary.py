"""The different words of a batch of articles, numbered, and what is known of each: looked up once, not at every place.

Public: `Vocabulary`, `vocabulary_of`, `Background`, `number` (compiled).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8, U32, U64
from dedup.compiled.decorators import kernel
from dedup.language.word_classes import classify, code_table

RARE_SHARE = 2e-4  # of the background's articles; a word in fewer is not an established name
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Fibonacci hashing
FIRST_BITS = 12  # a table begins with 4096 cells and grows by four


class Background(Protocol):
    """What judge and evidence ask of the background of news."""

    @property
    def documents(self) -> int:
        """Return the number of articles."""
        ...

    def word_documents(self, hashes: U64) -> U32:
        """Return the number of articles with each word; (n,) -> (n,)."""
        ...

    def stem_documents(self, stems: U64) -> U32:
        """Return the number of articles with each stem; (n,) -> (n,)."""
        ...


class Vocabulary(NamedTuple):
    """The words of a batch. Shapes: `n` running words, `v` different ones, `s` different stems."""

    numbers: I32  # (n,) which word stands at each place
    words: U64  # (v,) hashes
    weights: F32  # (v,) inverse document frequency, ln
    rare: U8  # (v,) 1 where the background does not know the word as established
    codes: U8  # (v,) of `WordClass`
    values: F64  # (v,) of number words and units, as `word_classes` packs them
    stem_numbers: I32  # (v,) which stem each word has
    stems: U64  # (s,) hashes
    stem_weights: F32  # (s,)


@kernel
def number(hashes: U64) -> tuple[I32, I32]:
    """Return the number of each hash in order of appearance, shape (n,), and where each different one stands first."""
    n, count, bits = len(hashes), 0, FIRST_BITS
    numbers, firsts, different = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.uint64)
    cells = np.zeros(1 << bits, np.int32)  # number + 1 of the hash in each cell
    for i in range(n):
        if 2 * count >= 1 << bits:
            bits += 2
            cells = np.zeros(1 << bits, np.int32)
            for k in range(count):
                at = np.int64((different[k] * MIX) >> np.uint64(64 - bits))
                while cells[at] > 0:
                    at = (at + 1) & ((1 << bits) - 1)
                cells[at] = k + 1
        key = hashes[i]
        at = np.int64((key * MIX) >> np.uint64(64 - bits))
        while cells[at] > 0 and different[cells[at] - 1] != key:
            at = (at + 1) & ((1 << bits) - 1)
        if cells[at] == 0:
            different[count], firsts[count] = key, i
            count += 1
            cells[at] = count
        numbers[i] = cells[at] - 1
    return numbers, firsts[:count]


@lru_cache(maxsize=4)
def _inverse(total: int) -> F32:
    """Return ln(total / documents) with add-one smoothing for 0 to `total` documents; unknown words weigh most."""
    weights: F32 = np.log((total + 1.0) / np.arange(1.0, total + 2.0)).astype(np.float32)
    return weights


def vocabulary_of(hashes: U64, stems: U64, background: Background) -> Vocabulary:
    """Return the vocabulary of some running words; a word's stem is that of its first occurrence, as of all others."""
    numbers, firsts = number(hashes)
    words, total = hashes[firsts], background.documents
    stem_numbers, stem_firsts = number(stems[firsts])
    different_stems = stems[firsts[stem_firsts]]
    documents = background.word_documents(words)
    rare = (documents < RARE_SHARE * total).astype(np.uint8)
    codes, values = classify(words, *code_table())
    weights = _inverse(total)
    stem_weights = weights[background.stem_documents(different_stems)]
    return Vocabulary(
        numbers, words, weights[documents], rare, codes, values, stem_numbers, different_stems, stem_weights
    )  # fmt: skip
