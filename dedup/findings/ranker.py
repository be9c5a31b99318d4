"""Boosted trees that rank candidates, and how the candidates of one article support each other.

Public: `Ranker`, `load_ranker`, `shipped_ranker`, `rank`, `score_places`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, I64, U32
from dedup.compiled.decorators import kernel
from dedup.resources import resource

# What an article is taken to have had before it began, so that short ones are calm.
PRIOR_SWAPS, PRIOR_WORDS = 0.3, 300
OTHERS_WEIGHT = 0.5  # chosen on clean news of other sites: benchmarks/quality/evidence.py


class Ranker(NamedTuple):
    """Boosted trees over the features of a candidate: `n` nodes, `t` trees."""

    roots: I32  # (t,) first node of each tree
    nodes: (
        F32  # (n, 4) feature, threshold (go left when the feature is at most this), left, right; a leaf: -1, log odds
    )
    bias: float
    strong: float  # score from which on a finding is strong, set on clean news
    weak: float
    depths: I32  # (t,) steps after which a tree has surely come to a leaf; a leaf leads to itself
    thresholds: F32  # (n,) the second column of the nodes
    links: U32  # (n, 3) feature (of a leaf: 0), left, right: the others


@cache
def shipped_ranker() -> Ranker:
    """The trees that come with the package."""
    return load_ranker(resource("swaps_ranker.json"))


def load_ranker(path: Path) -> Ranker:
    """Read trees written by `benchmarks/training/train_evidence.py`."""
    raw = json.loads(path.read_text("utf-8"))
    sizes = [len(tree) for tree in raw["trees"]]
    nodes = np.zeros((sum(sizes), 4), np.float32)
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.int32)
    for root, tree in zip(roots.tolist(), raw["trees"], strict=True):
        for at, (feature, threshold, left, right, value) in enumerate(tree, root):
            nodes[at] = (-1, value, at, at) if left < 0 else (feature, threshold, left + root, right + root)
    depths = np.array([_depth(tree) for tree in raw["trees"]], np.int32)
    links = np.ascontiguousarray(np.maximum(nodes[:, [0, 2, 3]], 0).astype(np.uint32))
    return Ranker(roots, nodes, raw["bias"], raw["strong"], raw["weak"], depths, nodes[:, 1].copy(), links)


def _depth(tree: list[list[float]], at: int = 0) -> int:
    _, _, left, right, _ = tree[at]
    return 0 if left < 0 else 1 + max(_depth(tree, int(left)), _depth(tree, int(right)))


@kernel
def _rank(features: F32, roots: I32, depths: I32, thresholds: F32, links: U32, bias: float) -> F32:
    """Kernel of `rank`: all candidates go down a tree together, to its full depth: no branch to be guessed wrong."""
    scores, at = np.full(len(features), bias, np.float32), np.empty(len(features), np.uint32)
    for t in range(len(roots)):
        at[:] = roots[t]
        for _ in range(depths[t]):
            for k in range(len(at)):
                node = at[k]
                at[k] = links[node, 2 - (features[k, links[node, 0]] <= thresholds[node])]
        for k in range(len(at)):
            scores[k] += thresholds[at[k]]
    return scores


def rank(features: F32, ranker: Ranker) -> F32:
    """Log odds, shape (k,), that each candidate was swapped."""
    scores: F32 = _rank(features, ranker.roots, ranker.depths, ranker.thresholds, ranker.links, ranker.bias)
    return scores


@kernel
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
