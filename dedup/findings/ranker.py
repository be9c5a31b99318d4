"""Boosted trees that rank candidates, and how the candidates of one article support each other.

Public: `Ranker`, `load_ranker`, `rank`, `score_places`, and for compiled callers `best_of_places`, `told_of_places`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, I64
from dedup.compiled.decorators import kernel
from dedup.models import Trees, read_json

# What an article is taken to have had before it began, so that short ones are calm.
PRIOR_SWAPS, PRIOR_WORDS = 0.3, 300
OTHERS_WEIGHT = 0.5  # chosen on clean news of other sites: benchmarks/quality/evidence.py


class Ranker(NamedTuple):
    """Boosted trees over the features of a candidate, and the scores from which on a finding is told."""

    trees: Trees
    strong: float  # set on clean news
    weak: float


def load_ranker(path: Path, columns: tuple[str, ...], version: str) -> Ranker:
    """Read trees written by `benchmarks/training/train_evidence.py`. Raises `ModelMismatch` where its columns
    differ."""
    raw = read_json(path)
    return Ranker(Trees.read(raw, columns, version, str(path)), raw["strong"], raw["weak"])


def rank(features: F32, ranker: Ranker) -> F32:
    """Log odds, shape (k,), that each candidate was swapped."""
    return ranker.trees.log_odds(features)


@kernel
def best_of_places(places: I32, odds: F32, words: int) -> tuple[I64, F32]:
    """Kernel of `score_places`."""
    chosen, n = np.empty(len(places), np.int64), 0
    for k in range(len(places)):
        if n == 0 or places[chosen[n - 1]] != places[k]:
            chosen[n] = k
            n += 1
        elif odds[k] > odds[chosen[n - 1]]:
            chosen[n - 1] = k
    scores, total = np.empty(n, np.float32), 0.0
    for k in range(n):
        total += 1 / (1 + np.exp(1 - np.float64(odds[chosen[k]])))
    for k in range(n):
        own = np.float64(odds[chosen[k]])
        others = (total - 1 / (1 + np.exp(1 - own)) + PRIOR_SWAPS) / (words + PRIOR_WORDS) * 1000
        scores[k] = own + OTHERS_WEIGHT * np.log(others)
    return chosen[:n], scores


@kernel
def told_of_places(places: I32, odds: F32, words: int, weak: float) -> tuple[I64, F32]:
    """Return what `score_places` gives, of those places alone that reach the score `weak`."""
    chosen, scores = best_of_places(places, odds, words)
    told = (scores >= weak).nonzero()[0]
    return chosen[told], scores[told]


def score_places(places: I32, odds: F32, words: int) -> tuple[I64, F32]:
    """The best candidate of each place, and its score: its log odds, raised where the article has many like it.

    Half the logarithm of the expected number of other swaps per 1,000 words is added: in full it finds twice as much
    in spun text but marks whole articles of an unfamiliar kind. Equal places must stand side by side.
    """
    chosen, scores = best_of_places(places, odds, words)
    return chosen, scores
