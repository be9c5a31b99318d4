"""Boosted trees that rank candidates, and how the candidates of one article support each other.

Public: `Ranker`, `load_ranker`, `shipped_ranker`, `rank`, `score_places`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.rewrite.tables import F32, I64

I32 = NDArray[np.int32]

# What an article is taken to have had before it began, so that short ones are calm.
PRIOR_SWAPS, PRIOR_WORDS = 0.3, 300
OTHERS_WEIGHT = 0.5  # chosen on clean news of other sites: benchmarks/evidence.py

_RANKER = Path(__file__).parents[1] / "data" / "swaps_ranker.json"


class Ranker(NamedTuple):
    """Boosted trees over the features of a candidate: `n` nodes, `t` trees."""

    roots: I32  # (t,) first node of each tree
    nodes: (
        F32  # (n, 4) feature, threshold (go left when the feature is at most this), left, right; a leaf: -1, log odds
    )
    bias: float
    strong: float  # score from which on a finding is strong, set on clean news
    weak: float


@cache
def shipped_ranker() -> Ranker:
    """The trees that come with the package."""
    return load_ranker(_RANKER)


def load_ranker(path: Path) -> Ranker:
    """Read trees written by `benchmarks/train_evidence.py`."""
    raw = json.loads(path.read_text("utf-8"))
    sizes = [len(tree) for tree in raw["trees"]]
    nodes = np.zeros((sum(sizes), 4), np.float32)
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.int32)
    for root, tree in zip(roots.tolist(), raw["trees"], strict=True):
        for at, (feature, threshold, left, right, value) in enumerate(tree, root):
            nodes[at] = (-1, value, 0, 0) if left < 0 else (feature, threshold, left + root, right + root)
    return Ranker(roots, nodes, raw["bias"], raw["strong"], raw["weak"])


@njit(cache=True, nogil=True)
def _rank(features: F32, roots: I32, nodes: F32, bias: float) -> F32:
    scores = np.full(len(features), bias, np.float32)
    for k in range(len(features)):
        for root in roots:
            at = np.int64(root)
            while nodes[at, 0] >= 0:
                side = 2 if features[k, np.int64(nodes[at, 0])] <= nodes[at, 1] else 3
                at = np.int64(nodes[at, side])
            scores[k] += nodes[at, 1]
    return scores


def rank(features: F32, ranker: Ranker) -> F32:
    """Log odds, shape (k,), that each candidate was swapped."""
    scores: F32 = _rank(features, ranker.roots, ranker.nodes, ranker.bias)
    return scores


@njit(cache=True, nogil=True)
def _score_places(places: I32, odds: F32, words: int) -> tuple[I64, F32]:
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


def score_places(places: I32, odds: F32, words: int) -> tuple[I64, F32]:
    """The best candidate of each place, and its score: its log odds, raised where the article has many like it.

    Half the logarithm of the expected number of other swaps per 1,000 words is added: in full it finds twice as much
    in spun text but marks whole articles of an unfamiliar kind. Equal places must stand side by side.
    """
    chosen, scores = _score_places(places, odds, words)
    return chosen, scores
