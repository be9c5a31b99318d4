"""Spellings of one word on either side of the Atlantic: an article is read with those that the background knows.

"Colour" and "utilise" are no rare words where the background has "color" and "utilize" a thousand times. Of each pair
in `dedup/data/spellings.tsv` (made by `benchmarks/training/spellings.py`) the form that the background has much less
often is read as the other, so that a British background reads American texts in the same way.

Public: `Spellings`, `spellings_of`, `respelled`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word
from dedup.language.background import Background
from dedup.language.sorted_keys import rows_of, starts_of
from dedup.resources import resource

LESS_COMMON = 0.5  # a form seen less often than this share of the other is read as the other


@cache
def _pairs() -> U64:
    """Hashes of the shipped pairs, shape (p, 2): the American form, the British one."""
    lines = resource("spellings.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return np.array([[hash_word(word.encode()) for word in row] for row in rows], np.uint64)


class Spellings(NamedTuple):
    """Words that are read as others, for one background. Shapes: `k` words."""

    first: U32
    keys: U64  # (k,) sorted hashes of the forms that the background has less often
    others: U64  # (k,) hashes of the forms that it has more often

    @classmethod
    def of(cls, background: Background) -> Spellings:
        """Return the spellings that a background knows less well than the other form of the word."""
        pairs = _pairs()
        counts = np.stack([background.count1(np.ascontiguousarray(form)) for form in pairs.T], axis=1)
        chosen = [(pairs[:, a], pairs[:, b], counts[:, a] < LESS_COMMON * counts[:, b]) for a, b in ((1, 0), (0, 1))]
        keys = np.concatenate([rare[less] for rare, _, less in chosen])
        others = np.concatenate([usual[less] for _, usual, less in chosen])
        keys, at = np.unique(keys, return_index=True)
        return cls(starts_of(keys), keys, others[at])


@kernel
def respelled(words: U64, spellings: Spellings) -> U64:
    """Return the words (n,), hashes, with the other spelling in place of those that the background knows less well."""
    rows, result = rows_of(spellings.first, spellings.keys, words), words.copy()
    for i in range(len(words)):
        if rows[i] >= 0:
            result[i] = spellings.others[rows[i]]
    return result


@lru_cache(maxsize=4)
def spellings_of(background: Background) -> Spellings:
    """Return `Spellings.of` a background, made once."""
    return Spellings.of(background)
