"""Which articles of two languages are worth a comparison.

Public: `Sketches`, `Sketch`, `sketch_of`, `candidates`, `Nearest`, `language_number`, `worth_reading`.

An article is known by its mean sentence and by the means of its blocks of three sentences: the first finds whole
translations, the others a part of one between other text. Every pair is looked at (exact blocks of products), so the
answer depends on nothing but the articles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64
from dedup.translation.config import TranslationConfig
from dedup.translation.encoder import I8, one_thread, quantise

BLOCK = 3  # sentences
ALIKE = np.float32(0.4)  # cosine that unrelated sentences seldom have
ROWS, COLUMNS = 1024, 4096  # blocks whose products are in memory at a time
NEAR_COPY = 0.95  # cosine of the mean sentences of two wordings of one article in one language, at least
MOST_COPIES = 8  # by wording among the best of one article, on the average
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
    """The sketches of articles that may have a counterpart; those of a scan by language, then by date."""

    numbers: I64  # (n,) of the articles, by which ties are broken
    languages: I64  # (n,) the `language_number` of each
    days: NDArray[np.float64]  # (n,) when they were published, NaN where that is unknown
    means: I8  # (n, d)
    blocks: I8  # (b, d) all blocks
    offsets: I64  # (n + 1,) where each article's blocks begin

    @staticmethod
    def of(numbers: Sequence[int], languages: Sequence[str], days: Sequence[float], made: Sequence[Sketch]) -> Sketches:
        """Return the sketches of articles, given in any order."""
        order = sorted(
            range(len(numbers)), key=lambda n: (languages[n], np.nan_to_num(days[n], nan=np.inf), numbers[n])
        )
        sizes = [len(made[n].blocks) for n in order]
        return Sketches(
            np.array([numbers[n] for n in order], np.int64),
            np.array([language_number(languages[n]) for n in order], np.int64),
            np.array([days[n] for n in order], np.float64),
            np.array([made[n].mean for n in order], np.int8),
            np.concatenate([made[n].blocks for n in order]) if order else np.empty((0, 0), np.int8),
            np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        )

    def followed(self, other: Sketches) -> Sketches:
        """Return these sketches with others after them, in their own order."""
        columns = {name: np.concatenate([getattr(one, name) for one in (self, other)]) for name in _BESIDE}
        return Sketches(**columns, offsets=np.concatenate([self.offsets, self.offsets[-1] + other.offsets[1:]]))

    def only(self, wanted: NDArray[np.bool_]) -> Sketches:
        """Return the sketches of those articles that are `wanted` (n,)."""
        sizes = np.diff(self.offsets)
        columns = {name: getattr(self, name)[wanted] for name in _BESIDE if name != "blocks"}
        blocks, offsets = self.blocks[np.repeat(wanted, sizes)], np.concatenate(([0], np.cumsum(sizes[wanted])))
        return Sketches(**columns, blocks=blocks, offsets=offsets)

    @cached_property
    def norms(self) -> tuple[F32, F32]:
        """The lengths of the means (n,) and of the blocks (b,)."""
        return _norms(self.means), _norms(self.blocks)


_BESIDE = ("numbers", "languages", "days", "means", "blocks")  # all arrays of `Sketches` but the offsets


def language_number(code: str) -> int:
    """Return a number for a language: in the order of their codes, for codes of one length."""
    return int.from_bytes(code.encode(), "big")


def candidates(sketches: Sketches, config: TranslationConfig) -> list[tuple[int, int]]:
    """Return the pairs of numbers worth a comparison, the smaller first, sorted.

    Of each article the best in other languages by the mean sentence, and of each of its blocks the best by blocks: an
    article that is made of two stories has its own best for either.
    """
    count = len(sketches.numbers)
    owners = np.repeat(np.arange(count), np.diff(sketches.offsets))
    best = _Best(count, config.best, config.mean_cosine), _Best(len(owners), config.best, config.block_cosine)
    columns = list(_ranges(sketches, COLUMNS))
    for rows in _ranges(sketches, ROWS):
        for some in columns:
            if some.stop > rows.start:
                _compare(sketches, rows, some, config, best)
    (left, right), (block, other) = (one.pairs() for one in best)
    found = np.stack([np.concatenate([left, owners[block]]), np.concatenate([right, other])], axis=1)
    numbers = np.sort(sketches.numbers[found], axis=1)
    return [(int(a), int(b)) for a, b in np.unique(numbers, axis=0)]


class Nearest:
    """The articles of a pile that are worth a comparison with one: its own best, as in `candidates`.

    The pile may have near copies, of which a scan looks at one: they count as one among the best, and up to
    `MOST_COPIES` times as many articles as that are named.
    """

    def __init__(self, mine: Sketch, config: TranslationConfig) -> None:
        self._mine, self._wordings = mine, config.best
        most = config.best * MOST_COPIES
        self._by_mean = _Best(1, most, config.mean_cosine)
        self._by_block = _Best(len(mine.blocks), most, config.block_cosine)
        self._means: dict[int, tuple[int, I8]] = {}  # language and mean sentence of each that may be among the best

    def look_at(self, some: Sketches, wanted: NDArray[np.bool_]) -> None:
        """Take those of some articles that are `wanted` (n,): of other languages, and near enough in time."""
        chosen, sizes = np.flatnonzero(wanted), np.diff(some.offsets)
        ends = np.cumsum(sizes[chosen])
        with one_thread():
            for part in np.split(chosen, np.searchsorted(ends, np.arange(ROWS, ends[-1] if len(ends) else 0, ROWS))):
                if len(part):
                    self._compare(some, part, np.concatenate(([0], np.cumsum(sizes[part]))))
        held = self.held()
        for at in np.flatnonzero(np.isin(some.numbers, held)).tolist():
            self._means[int(some.numbers[at])] = int(some.languages[at]), some.means[at].copy()
        self._means = {number: self._means[number] for number in held}

    def _compare(self, some: Sketches, chosen: I64, offsets: I64) -> None:
        rows = np.repeat(some.offsets[chosen] - offsets[:-1], np.diff(offsets)) + np.arange(offsets[-1])
        blocks = _cosines(some.blocks[rows], self._mine.blocks, some.norms[1][rows])
        means = _cosines(some.means[chosen], self._mine.mean[None], some.norms[0][chosen])
        for best, values in ((self._by_mean, means.T), (self._by_block, _largest(blocks, offsets).T)):
            row, column = np.nonzero(best.reached(values, slice(None)))
            best.add(row, some.numbers[chosen[column]], values[row, column])

    def held(self) -> list[int]:
        """Return the numbers of all that may be among the best, sorted."""
        found: list[int] = np.unique(np.concatenate([self._by_mean.pairs()[1], self._by_block.pairs()[1]])).tolist()
        return found

    def numbers(self) -> list[int]:
        """Return the numbers of the best, sorted: those of the best wordings."""
        found = set[int]()
        for rows, places in (self._by_mean.pairs(), self._by_block.pairs()):
            for row in np.unique(rows):
                found.update(self._of_best_wordings(places[rows == row].tolist()))
        return sorted(found)

    def _of_best_wordings(self, numbers: Sequence[int]) -> Iterator[int]:
        """Return those of some articles, the best first, that are one of the best wordings or a near copy of it."""
        told = zip(*(self._means[number] for number in numbers), strict=True)
        languages, means = (np.array(column) for column in told)
        alike = (_cosines(means, means) >= NEAR_COPY) & (languages[:, None] == languages)
        wordings = list[int]()
        for place, number in enumerate(numbers):
            if not alike[place, wordings].any():
                if len(wordings) == self._wordings:
                    continue  # a near copy of one of the best may stand below it
                wordings.append(place)
            yield number


class _Best:
    """The best articles for each of some rows; of equal ones those of the smallest places."""

    def __init__(self, rows: int, most: int, least: float) -> None:
        self._most, self._waiting = most, 0
        self._least = np.full(rows, least, np.float32)  # what is worth less is not among the best
        nothing = np.empty(0, np.int64)
        self._parts: list[tuple[I64, I64, F32]] = [(nothing, nothing, np.empty(0, np.float32))]  # rows, places, values

    def reached(self, values: F32, rows: slice) -> NDArray[np.bool_]:
        """Return which values (rows, n) may be among the best of their rows."""
        reached: NDArray[np.bool_] = values >= self._least[rows, None]
        return reached

    def add(self, rows: I64, places: I64, values: F32) -> None:
        """Take some values."""
        self._parts.append((rows, places, values))
        self._waiting += len(rows)
        if self._waiting > MOST_WAITING:
            self._settle()

    def _settle(self) -> None:
        rows, places, values = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        order = np.lexsort((places, -values, rows))
        begins = np.r_[True, np.diff(rows[order]) != 0][: len(order)]
        counted = np.arange(len(order))
        rank = counted - np.maximum.accumulate(np.where(begins, counted, 0))
        last = order[rank == self._most - 1]
        self._least[rows[last]] = values[last]
        best = order[rank < self._most]
        self._parts, self._waiting = [(rows[best], places[best], values[best])], 0

    def pairs(self) -> tuple[I64, I64]:
        """Return the rows and places of the best."""
        self._settle()
        return self._parts[0][:2]


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
    fit = _fit(sketches, rows, columns, config)
    if not fit.any():
        return
    one, two = (sketches.offsets[part.start : part.stop + 1] for part in (rows, columns))
    means = _only(_cosines(sketches.means[rows], sketches.means[columns]), fit)
    _add(best[0], means, rows, columns.start)
    _add(best[0], means.T, columns, rows.start)
    blocks = _cosines(sketches.blocks[one[0] : one[-1]], sketches.blocks[two[0] : two[-1]])
    of_rows = _only(_largest(blocks.T, two - two[0]).T, np.repeat(fit, np.diff(one), axis=0))
    of_columns = _only(_largest(blocks, one - one[0]), np.repeat(fit, np.diff(two), axis=1))
    _add(best[1], of_rows, slice(one[0], one[-1]), columns.start)
    _add(best[1], of_columns.T, slice(two[0], two[-1]), rows.start)


def _fit(sketches: Sketches, rows: slice, columns: slice, config: TranslationConfig) -> NDArray[np.bool_]:
    """Return which pairs are of two languages and near enough in time, each pair once."""
    places = np.arange(rows.start, rows.stop)[:, None], np.arange(columns.start, columns.stop)[None, :]
    fit: NDArray[np.bool_] = sketches.languages[rows, None] != sketches.languages[None, columns]
    fit &= places[0] < places[1]
    # Without a date the difference is no number, and not larger than anything.
    fit &= ~(np.abs(sketches.days[rows, None] - sketches.days[None, columns]) > config.days)
    return fit


def _only(values: F32, fit: NDArray[np.bool_]) -> F32:
    kept: F32 = values if fit.all() else np.where(fit, values, np.float32(-1.0))
    return kept


def _add(best: _Best, values: F32, rows: slice, first: int) -> None:
    """Add values (rows, n) of some rows with the articles from `first` on."""
    row, column = np.nonzero(best.reached(values, rows))
    best.add(row + rows.start, column + first, values[row, column])


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


def _cosines(one: I8, two: I8, norms: F32 | None = None) -> F32:
    """Return the cosines of rows: whole numbers below 2**24 are exact in float32, in whatever order they are added.

    `norms` are those of the first rows, where they are known.
    """
    cosines: F32 = one.astype(np.float32) @ two.astype(np.float32).T
    cosines /= (_norms(one) if norms is None else norms)[:, None]
    cosines /= _norms(two)
    return cosines


def _norms(rows: I8) -> F32:
    wide = rows.astype(np.float32)
    norms: F32 = np.sqrt(np.maximum(np.einsum("ij,ij->i", wide, wide), np.float32(1.0)))
    return norms
