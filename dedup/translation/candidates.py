"""Which articles of two languages are worth a comparison.

Public: `Sketches`, `Sketch`, `sketch_of`, `candidates`, `worth_reading`.

An article is known by its mean sentence and by the means of its blocks of three sentences: the first finds whole
translations, the others a part of one between other text. Every pair is looked at (exact blocks of products), so the
answer depends on nothing but the articles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64
from dedup.translation.config import TranslationConfig
from dedup.translation.encoder import I8, quantise

BLOCK = 3  # sentences
ALIKE = np.float32(0.4)  # cosine that unrelated sentences seldom have
ROWS, COLUMNS = 1024, 4096  # blocks whose products are in memory at a time
MOST_WAITING = 1 << 22  # pairs that wait for the best of them to be taken


class Sketch(NamedTuple):
    """What an article is found by."""

    mean: I8  # (d,)
    blocks: I8  # (k, d)


def sketch_of(vectors: I8, starts: Sequence[int] | None = None) -> Sketch:
    """Return the sketch of the centred vectors of an article's sentences, (n, d) with n > 0.

    `starts` says where blocks begin; without it every third sentence does.
    """
    wide = vectors.astype(np.int64)
    begins = np.arange(0, len(wide), BLOCK) if starts is None else np.array(starts)
    blocks = np.add.reduceat(wide, begins, axis=0)
    return Sketch(quantise(wide.sum(axis=0, keepdims=True).astype(np.float64))[0], quantise(blocks.astype(np.float64)))


@dataclass(frozen=True, eq=False)
class Sketches:
    """The sketches of all articles that may have a counterpart, sorted by language, then by date."""

    numbers: I64  # (n,) of the articles, by which ties are broken
    languages: NDArray[np.int64]  # (n,) rising
    days: NDArray[np.float64]  # (n,) when they were published, NaN where that is unknown
    means: I8  # (n, d)
    blocks: I8  # (b, d) all blocks
    offsets: I64  # (n + 1,) where each article's blocks begin

    @staticmethod
    def of(numbers: Sequence[int], languages: Sequence[str], days: Sequence[float], made: Sequence[Sketch]) -> Sketches:
        """Return the sketches of articles, given in any order."""
        codes = {code: place for place, code in enumerate(sorted(set(languages)))}
        order = sorted(
            range(len(numbers)), key=lambda n: (languages[n], np.nan_to_num(days[n], nan=np.inf), numbers[n])
        )
        sizes = [len(made[n].blocks) for n in order]
        return Sketches(
            np.array([numbers[n] for n in order], np.int64),
            np.array([codes[languages[n]] for n in order], np.int64),
            np.array([days[n] for n in order], np.float64),
            np.array([made[n].mean for n in order], np.int8),
            np.concatenate([made[n].blocks for n in order]) if order else np.empty((0, 0), np.int8),
            np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        )


def candidates(sketches: Sketches, config: TranslationConfig) -> list[tuple[int, int]]:
    """Return the pairs of numbers worth a comparison, the smaller first, sorted.

    Of each article the best in other languages by the mean sentence and the best by blocks.
    """
    by_mean, by_block = _Best(config.best), _Best(config.best)
    ranges = list(_ranges(sketches, ROWS)), list(_ranges(sketches, COLUMNS))
    for rows in ranges[0]:
        for columns in ranges[1]:
            if columns.stop > rows.start:
                _compare(sketches, rows, columns, config, (by_mean, by_block))
    found = np.concatenate([by_mean.pairs(), by_block.pairs()])
    numbers = np.sort(sketches.numbers[found], axis=1)
    return [(int(a), int(b)) for a, b in np.unique(numbers, axis=0)]


class _Best:
    """The pairs that are among the best of either article; of equal ones those of the first places."""

    def __init__(self, most: int) -> None:
        self._most, self._waiting = most, 0
        self._parts: list[tuple[I64, I64, F32]] = []  # left and right places, values

    def add(self, left: I64, right: I64, values: F32) -> None:
        """Take some pairs."""
        self._parts.append((left, right, values))
        self._waiting += len(left)
        if self._waiting > MOST_WAITING:
            self._settle()

    def _settle(self) -> None:
        left, right, values = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        best = self._ranked(left, right, values) | self._ranked(right, left, values)
        self._parts, self._waiting = [(left[best], right[best], values[best])], 0

    def _ranked(self, one: I64, other: I64, values: F32) -> NDArray[np.bool_]:
        """Return which pairs are among the best of their first article."""
        order = np.lexsort((other, -values, one))
        begins = np.r_[True, np.diff(one[order]) != 0]
        places = np.arange(len(order))
        rank = places - np.maximum.accumulate(np.where(begins, places, 0))
        chosen = np.zeros(len(order), bool)
        chosen[order[rank < self._most]] = True
        return chosen

    def pairs(self) -> I64:
        """Return the places of the pairs, (k, 2)."""
        if not self._parts:
            return np.empty((0, 2), np.int64)
        self._settle()
        return np.stack(self._parts[0][:2], axis=1)


def _ranges(sketches: Sketches, most: int) -> Iterator[slice]:
    """Return ranges of articles with so many blocks together."""
    begin, count = 0, len(sketches.numbers)
    while begin < count:
        end = int(np.searchsorted(sketches.offsets, sketches.offsets[begin] + most, "right")) - 1
        yield slice(begin, end := max(begin + 1, min(end, count)))
        begin = end


def _compare(
    sketches: Sketches, rows: slice, columns: slice, config: TranslationConfig, best: tuple[_Best, _Best]
) -> None:
    """Compare some articles with others, each pair of them in one direction."""
    places = np.arange(rows.start, rows.stop)[:, None], np.arange(columns.start, columns.stop)[None, :]
    fit = sketches.languages[rows, None] != sketches.languages[None, columns]
    fit &= places[0] < places[1]
    # Without a date the difference is no number, and not larger than anything.
    fit &= ~(np.abs(sketches.days[rows, None] - sketches.days[None, columns]) > config.days)
    if not fit.any():
        return
    one, two = (sketches.offsets[part.start : part.stop + 1] for part in (rows, columns))
    blocks = _cosines(sketches.blocks[one[0] : one[-1]], sketches.blocks[two[0] : two[-1]])
    blocks = _largest(_largest(blocks, one - one[0]).T, two - two[0]).T
    means = _cosines(sketches.means[rows], sketches.means[columns])
    for values, least, into in ((means, config.mean_cosine, best[0]), (blocks, config.block_cosine, best[1])):
        left, right = np.nonzero(fit & (values >= least))
        into.add(left + rows.start, right + columns.start, values[left, right])


def _largest(values: F32, offsets: I64) -> F32:
    """Return the largest values of each group of rows, (groups, columns)."""
    sizes = np.diff(offsets)
    found: F32 = values[offsets[:-1]]
    for number in range(1, int(sizes.max())):  # a row of every group at a time: four times as fast as `reduceat`
        longer = np.nonzero(sizes > number)[0]
        found[longer] = np.maximum(found[longer], values[offsets[longer] + number])
    return found


def worth_reading(one: I8, two: I8, config: TranslationConfig) -> bool:
    """Return whether sentences of two candidates, (n, d) and (m, d), have partners enough to read all of both.

    Partners are each other's best; what they are alike beyond `ALIKE` is added up. Few sentences say nothing.
    """
    if min(len(one), len(two)) <= BLOCK:
        return True
    cosines = _cosines(one, two)
    best, rows = cosines.argmax(axis=1), np.arange(len(one))
    partners = cosines[rows, best][cosines.argmax(axis=0)[best] == rows]
    return float(np.maximum(partners - ALIKE, 0.0).sum(dtype=np.float64)) >= config.partners


def _cosines(one: I8, two: I8) -> F32:
    """Return the cosines of rows: whole numbers below 2**24 are exact in float32, in whatever order they are added."""
    a, b = one.astype(np.float32), two.astype(np.float32)
    cosines: F32 = a @ b.T
    for rows, axis in ((a, 1), (b, 0)):
        cosines /= np.expand_dims(np.sqrt(np.maximum((rows * rows).sum(axis=1), np.float32(1.0))), axis)
    return cosines
