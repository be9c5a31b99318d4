"""The in-order chain: which sentences of two articles say the same, one for one or one for several.

Public: `Bead`, `Side`, `centred`, `similarities`, `best_chain`.

A bead pays the length that both its sides have, times how far its cosine lies above that of unrelated sentences; the
chain is the one that pays most in all (dynamic programming over sentences, as Gale and Church 1993, by meaning).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64
from dedup.translation.encoder import I8

FLOOR = 0.3  # cosine of unrelated sentences, at most (study; .25 and .35 are no better)
MERGE = 0.02  # cosine that a bead of several sentences must be better by
MOST = 3  # sentences on the larger side of a bead
# Characters of a language for one of English, in news translations.
DENSITY = {"ja": 0.38, "zh": 0.32, "ko": 0.5, "ar": 0.8, "th": 0.87}
STEPS = ((1, 1), *((1, k) for k in range(2, MOST + 1)), *((k, 1) for k in range(2, MOST + 1)))


class Bead(NamedTuple):
    """Sentences from `left` on, `lefts` of them, and those of the other side that say the same."""

    left: int
    lefts: int
    right: int
    rights: int
    cosine: float
    gain: float


@dataclass(frozen=True, eq=False)
class Side:
    """The sentences of an article as the chain sees them."""

    vectors: I8  # (n, d) without what all sentences of the language have in common
    weights: F64  # (n,) lengths in characters of English

    @staticmethod
    def of(vectors: I8, lengths: Sequence[int], language: str) -> Side:
        """Return the sentences of an article from their vectors and lengths in characters."""
        return Side(vectors, np.array(lengths, np.float64) / DENSITY.get(language, 1.0))


def similarities(left: Side, right: Side, lefts: int = 1, rights: int = 1) -> F64:
    """Return the cosine of each run of `lefts` sentences with each of `rights`, (n - lefts + 1, m - rights + 1)."""
    a, b = _runs(left.vectors, lefts), _runs(right.vectors, rights)
    norms = np.sqrt((a * a).sum(axis=1))[:, None] * np.sqrt((b * b).sum(axis=1))[None, :]
    cosines: F64 = (a @ b.T) / np.maximum(norms, 1.0)  # whole numbers: exact, in whatever order they are added up
    return cosines


def _runs(vectors: I8, length: int) -> F64:
    wide = vectors.astype(np.float64)
    return sum((wide[k : len(wide) - length + 1 + k] for k in range(1, length)), wide[: len(wide) - length + 1])


def best_chain(left: Side, right: Side, single: F64) -> list[Bead]:
    """Return the chain that pays most, in the order of both articles; `single` are their `similarities`."""
    n, m = single.shape
    if not n or not m:
        return []
    gains, cosines = {}, {}
    for lefts, rights in STEPS:
        if lefts > n or rights > m:
            continue
        cosine = single if (lefts, rights) == (1, 1) else similarities(left, right, lefts, rights)
        size = np.minimum(_runs_of(left.weights, lefts)[:, None], _runs_of(right.weights, rights)[None, :])
        gains[lefts, rights] = size * (cosine - FLOOR - MERGE * (lefts + rights > 2))
        cosines[lefts, rights] = cosine
    return _traced(_paid(n, m, gains), gains, cosines)


def _runs_of(weights: F64, length: int) -> F64:
    total = np.concatenate(([0.0], np.cumsum(weights)))
    return total[length:] - total[:-length]


def _paid(n: int, m: int, gains: dict[tuple[int, int], F64]) -> F64:
    """Return what the best chain of the first i and j sentences pays, (n + 1, m + 1)."""
    paid = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        row = paid[i - 1].copy()
        for (lefts, rights), gain in gains.items():
            if lefts <= i:
                np.maximum(row[rights:], paid[i - lefts, : m + 1 - rights] + gain[i - lefts], out=row[rights:])
        np.maximum.accumulate(row, out=paid[i])
    return paid


def _traced(paid: F64, gains: dict[tuple[int, int], F64], cosines: dict[tuple[int, int], F64]) -> list[Bead]:
    beads = []
    i, j = paid.shape[0] - 1, paid.shape[1] - 1
    while i and j and paid[i, j] > 0:
        if paid[i, j] == paid[i, j - 1]:
            j -= 1
        elif paid[i, j] == paid[i - 1, j]:
            i -= 1
        else:
            lefts, rights = next(
                (a, b)
                for (a, b), gain in gains.items()
                if a <= i and b <= j and paid[i, j] == paid[i - a, j - b] + gain[i - a, j - b]
            )
            i, j = i - lefts, j - rights
            found = float(cosines[lefts, rights][i, j]), float(gains[lefts, rights][i, j])
            beads.append(Bead(i, lefts, j, rights, *found))
    return beads[::-1]


def places(beads: Sequence[Bead]) -> NDArray[np.int64]:
    """Return the beads as rows of left begin, left end, right begin, right end, (k, 4)."""
    rows = [(one.left, one.left + one.lefts, one.right, one.right + one.rights) for one in beads]
    return np.array(rows, np.int64).reshape(len(rows), 4)
