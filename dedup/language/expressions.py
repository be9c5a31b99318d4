"""Set expressions and names of two words: pairs that news has far more often than chance would put them side by side.

The table is built by `benchmarks/training/build_expressions.py`. A background holds the counts of more pairs, but by
hashes from which no pair can be listed, and knows of no pair whether it is a name.

Public: `Expressions`, `Meant`, `shipped_expressions`, `meant_by`, `FUNCTION_SHARE`, and for compiled callers
`expression_row`, `mask_of`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U8, U16, U32, U64
from dedup.compiled.decorators import inlined
from dedup.language.sorted_keys import starts_of
from dedup.language.substitutions import CURATED, LEARNT, WORDNET, Substitutions
from dedup.language.tables import COUNTS
from dedup.resources import resource

FUNCTION_SHARE = 2.3e-3  # of all words, from which on a word is a function word, part of no expression
_ONE, _LOW6 = np.uint64(1), np.uint64(63)


class Expressions(NamedTuple):
    """`e` expressions of `n` words. A mask has the bit of each row, by its last six bits: most rows are told apart."""

    starts: U32  # (2**16 + 1,) `starts_of` the hashes
    hashes: U64  # (n,) sorted hashes of the words
    offsets: I64  # (n + 1,) where the expressions that begin with a word begin
    seconds: U16  # (e,) row of the second word, ascending for each first word
    counts: F32  # (e,) articles of the background that have it
    names: U8  # (e,) whether both words are mostly capitalised there
    masks: U64  # (n,) of the words that follow each word

    def written(self, row: int, first: int) -> tuple[str, str]:
        """Return the words of an expression, by its row and that of its first word; a name with capitals."""
        words = _words()[first], _words()[int(self.seconds[row])]
        return (words[0].capitalize(), words[1].capitalize()) if self.names[row] else words


class Meant(NamedTuple):
    """The words of expressions that each row of the substitutions may stand for. Shapes: `k` rows."""

    first_offsets: I64  # (k + 1,) where those of a row begin
    firsts: I64  # (a,) rows of words in `Expressions` that begin one
    second_offsets: I64  # (k + 1,)
    seconds: I64  # (b,) rows of words that end one
    masks: U64  # (k,) of the seconds of each row


@cache
def _words() -> list[str]:
    with np.load(resource("expressions.npz")) as file:
        return bytes(file["words"]).decode().split("\n")


@inlined
def mask_of(row: np.int64) -> np.uint64:
    """Return the bit of a row in masks, nothing for -1."""
    return _ONE << (np.uint64(row) & _LOW6) if row >= 0 else np.uint64(0)


@inlined
def expression_row(seconds: U16, low: np.int64, end: np.int64, wanted: np.int64) -> np.int64:
    """Return which of the rows from `low` to before `end` has the wanted second word, or -1."""
    high = end
    while low < high:
        middle = (low + high) // 2
        if np.int64(seconds[middle]) < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and np.int64(seconds[low]) == wanted else np.int64(-1)


def _masks(rows: I64, offsets: I64) -> U64:
    """The mask of each of the ranges of rows."""
    bits = np.append(_ONE << (rows.astype(np.uint64) & _LOW6), np.uint64(0))
    return np.where(np.diff(offsets) > 0, np.bitwise_or.reduceat(bits, offsets[:-1]), np.uint64(0))


@cache
def shipped_expressions() -> Expressions:
    """Return the expressions that come with the package; read once."""
    with np.load(resource("expressions.npz")) as file:
        hashes, pairs, counts, names = (file[name] for name in ("hashes", "pairs", "counts", "names"))
    offsets, seconds = np.searchsorted(pairs[:, 0], np.arange(len(hashes) + 1)), pairs[:, 1].copy()
    masks = _masks(seconds.astype(np.int64), offsets)
    return Expressions(starts_of(hashes), hashes, offsets, seconds, COUNTS[counts], names, masks)


def _kept(rows: I64, kept: NDArray[np.bool_], offsets: U32) -> tuple[I64, I64]:
    """Where the kept rows of each range begin, and the kept rows."""
    return np.concatenate([[0], np.cumsum(kept)])[offsets.astype(np.int64)], rows[kept]


def meant_by(substitutions: Substitutions, expressions: Expressions) -> Meant:
    """Return which words of expressions the words of the substitutions may stand for; synonyms only.

    Words that merely occur alike are left out: with two words to choose for, they make any pair into an expression.
    """
    at = np.searchsorted(expressions.hashes, substitutions.hashes).clip(max=len(expressions.hashes) - 1)
    rows = np.where(expressions.hashes[at] == substitutions.hashes, at, -1)[substitutions.targets]
    kept = (rows >= 0) & (substitutions.sources & (CURATED | LEARNT | WORDNET) != 0)
    begins, ends = np.diff(expressions.offsets) > 0, np.isin(np.arange(len(expressions.hashes)), expressions.seconds)
    first_offsets, firsts = _kept(rows, kept & begins[rows], substitutions.offsets)
    second_offsets, seconds = _kept(rows, kept & ends[rows], substitutions.offsets)
    return Meant(first_offsets, firsts, second_offsets, seconds, _masks(seconds, second_offsets))
