"""Which articles of two languages are worth a comparison. Public: `Sketches`, `Sketch`, `sketch_of`, `candidates`.

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
QUERIES = 128  # articles whose products with a part of the others are in memory at a time
PART = 4096  # rows of the others


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
    """The sketches of all articles that may have a counterpart, sorted by language."""

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
        order = sorted(range(len(numbers)), key=lambda n: (languages[n], numbers[n]))
        sizes = [len(made[n].blocks) for n in order]
        return Sketches(
            np.array([numbers[n] for n in order], np.int64),
            np.array([codes[languages[n]] for n in order], np.int64),
            np.array([days[n] for n in order], np.float64),
            np.array([made[n].mean for n in order], np.int8),
            np.concatenate([made[n].blocks for n in order]) if order else np.empty((0, 0), np.int8),
            np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        )


def candidates(sketches: Sketches, config: TranslationConfig, first: I64 | None = None) -> list[tuple[int, int]]:
    """Return the pairs of numbers worth a comparison, the smaller first, sorted.

    Of each article the best in other languages by the mean sentence and the best by blocks; `first` are the numbers of
    articles of which one must be in each pair.
    """
    found: set[tuple[int, int]] = set()
    asked = np.ones(len(sketches.numbers), bool) if first is None else np.isin(sketches.numbers, first)
    for begin in range(0, len(sketches.numbers), QUERIES):
        rows = np.arange(begin, min(begin + QUERIES, len(sketches.numbers)))
        for row, others in _best_of(sketches, rows, config):
            found.update(
                (min(a, b), max(a, b))
                for other in others
                if asked[row] or asked[other]
                for a, b in [(int(sketches.numbers[row]), int(sketches.numbers[other]))]
            )
    return sorted(found)


def _best_of(sketches: Sketches, rows: I64, config: TranslationConfig) -> Iterator[tuple[int, list[int]]]:
    """Return for some articles (rows of the sketches) those that they should be compared with."""
    asked = slice(int(rows[0]), int(rows[-1]) + 1)
    by_mean = np.full((len(rows), len(sketches.numbers)), -1.0, np.float32)
    by_block = by_mean.copy()
    one = sketches.offsets[asked.start : asked.stop + 1]
    for begin, end in _parts(sketches):
        fit = sketches.languages[asked, None] != sketches.languages[None, begin:end]
        # Without a date the difference is no number, and not larger than anything.
        fit &= ~(np.abs(sketches.days[asked, None] - sketches.days[None, begin:end]) > config.days)
        if not fit.any():
            continue
        two = sketches.offsets[begin : end + 1]
        means = _cosines(sketches.means[asked], sketches.means[begin:end])
        blocks = _cosines(sketches.blocks[one[0] : one[-1]], sketches.blocks[two[0] : two[-1]])
        blocks = np.maximum.reduceat(np.maximum.reduceat(blocks, two[:-1] - two[0], axis=1), one[:-1] - one[0], axis=0)
        by_mean[:, begin:end][fit], by_block[:, begin:end][fit] = means[fit], blocks[fit]
    for place, row in enumerate(rows):
        chosen = _top(by_mean[place], config.mean_cosine, config.best)
        chosen |= _top(by_block[place], config.block_cosine, config.best)
        yield int(row), sorted(chosen)


def _parts(sketches: Sketches) -> Iterator[tuple[int, int]]:
    """Return ranges of articles with some thousand blocks together."""
    begin, count = 0, len(sketches.numbers)
    while begin < count:
        end = int(np.searchsorted(sketches.offsets, sketches.offsets[begin] + PART, "right")) - 1
        end = max(begin + 1, min(end, count))
        yield begin, end
        begin = end


def _cosines(one: I8, two: I8) -> F32:
    """Return the cosines of rows: whole numbers below 2**24 are exact in float32, in whatever order they are added."""
    a, b = one.astype(np.float32), two.astype(np.float32)
    norms = np.sqrt((a * a).sum(axis=1))[:, None] * np.sqrt((b * b).sum(axis=1))[None, :]
    cosines: F32 = (a @ b.T) / np.maximum(norms, np.float32(1.0))
    return cosines


def _top(values: F32, least: float, most: int) -> set[int]:
    """Return the places of the largest values; of equal ones the first."""
    fit = np.nonzero(values >= least)[0]
    order = np.lexsort((fit, -values[fit]))[:most]
    return set(fit[order].tolist())
