"""How the commonest words are used: what machines and humans change without changing what is said.

Every article gets one number for each method, a weighted sum of the square roots of its common words' rates. Of a pair
only the distance between the two numbers counts, so that it does not matter which one is the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64, I32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word
from dedup.models import positions

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio


@kernel
def count_words(hashes: U64, keys: U64, numbers: I32, size: int) -> F64:
    """Return how often each listed word stands in a text, (size,). `keys`, `numbers`: an open-addressing table."""
    counts = np.zeros(size)
    mask = np.int64(len(keys) - 1)
    for h in hashes:
        at = np.int64((h * _MIX) >> np.uint64(24)) & mask
        while numbers[at] >= 0:
            if keys[at] == h:
                counts[numbers[at]] += 1.0
                break
            at = (at + 1) & mask
    return counts


@dataclass(frozen=True, eq=False)
class Style:
    """The listed words with a weight for each method; `weights` has shape (methods, words)."""

    words: tuple[str, ...]
    methods: tuple[str, ...]
    weights: F64

    @cached_property
    def _table(self) -> tuple[U64, I32]:
        size = 16
        while size < 3 * len(self.words):
            size *= 2
        keys, numbers = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        for number, word in enumerate(self.words):
            h = hash_word(word.encode())
            at = (h * int(_MIX) % (1 << 64) >> 24) % size
            while numbers[at] >= 0:
                at = (at + 1) % size
            keys[at], numbers[at] = h, number
        return keys, numbers

    def rates(self, hashes: U64) -> F64:
        """Return the square roots of the listed words' occurrences per 100 words; shape (words,)."""
        counts = count_words(hashes, *self._table, len(self.words))
        rates: F64 = np.sqrt(counts * (100.0 / max(1, len(hashes))))
        return rates

    def of(self, hashes: U64) -> F64:
        """Return the article's number for each method; shape (methods,)."""
        numbers: F64 = self.weights @ self.rates(hashes)
        return numbers

    @staticmethod
    def read(entry: dict[str, Any], methods: tuple[str, ...], where: str) -> Style:
        """Return the style of an entry of a model file for these methods.

        The entry has `methods`, and `words` as {word: a weight for each method}. Raises `ModelMismatch` naming the
        methods that it lacks; `where` names the entry in the message.
        """
        weights = np.array(list(entry["words"].values()), np.float64).T
        order = positions(methods, tuple(entry["methods"]), where)
        return Style(tuple(entry["words"]), methods, np.ascontiguousarray(weights[order]))
