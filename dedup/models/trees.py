"""Boosted trees over named columns (gradient boosting: Friedman 2001), applied in single precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, U32
from dedup.compiled.decorators import kernel
from dedup.models.files import check_version, positions

Node = list[float]  # column, threshold (go left when the feature is at most this), left, right (-1: a leaf), value


class Trees(NamedTuple):
    """Boosted trees as arrays: `n` nodes, `t` trees. A leaf leads to itself, so that all trees take `depths` steps."""

    roots: I32  # (t,) first node of each tree
    depths: I32  # (t,) steps after which a tree has surely come to a leaf
    thresholds: F32  # (n,) threshold of a node, log odds of a leaf
    links: U32  # (n, 3) column (of a leaf: 0), left node, right node
    bias: float

    def log_odds(self, rows: F32) -> F32:
        """Return the log odds of each row; (k, f) gives (k,)."""
        odds: F32 = log_odds(rows, self.roots, self.depths, self.thresholds, self.links, self.bias)
        return odds

    @staticmethod
    def read(entry: Mapping[str, Any], columns: tuple[str, ...], version: str, where: str) -> Trees:
        """Return the trees of an entry of a model file.

        The entry has `feature_version`, `features` (names, by which the nodes count columns), `bias`, and `trees` as
        lists of `Node`. Raises `ModelMismatch` for another version or unknown columns.
        """
        check_version(entry, version, where)
        return Trees.of(entry["trees"], entry["bias"], positions(entry["features"], columns, where).tolist())

    @staticmethod
    def of(trees: list[list[Node]], bias: float, columns: list[int]) -> Trees:
        """Return trees from their nodes; column c of a node stands in column `columns[c]` of the rows."""
        sizes = [len(tree) for tree in trees]
        roots = np.cumsum([0, *sizes])[:-1].astype(np.int32)
        thresholds, links = np.zeros(sum(sizes), np.float32), np.zeros((sum(sizes), 3), np.uint32)
        for root, tree in zip(roots.tolist(), trees, strict=True):
            for at, (column, threshold, left, right, value) in enumerate(tree, root):
                leaf = left < 0
                thresholds[at] = value if leaf else threshold
                links[at] = (0, at, at) if leaf else (columns[int(column)], left + root, right + root)
        return Trees(roots, np.array([_depth(tree) for tree in trees], np.int32), thresholds, links, bias)


def _depth(tree: list[Node], at: int = 0) -> int:
    _, _, left, right, _ = tree[at]
    return 0 if left < 0 else 1 + max(_depth(tree, int(left)), _depth(tree, int(right)))


@kernel
def log_odds(rows: F32, roots: I32, depths: I32, thresholds: F32, links: U32, bias: float) -> F32:
    """All rows go down a tree together, to its full depth: there is no branch to be guessed wrong."""
    odds, at = np.full(len(rows), bias, np.float32), np.empty(len(rows), np.uint32)
    for t in range(len(roots)):
        at[:] = roots[t]
        for _ in range(depths[t]):
            for k in range(len(at)):
                node = at[k]
                at[k] = links[node, 2 - (rows[k, links[node, 0]] <= thresholds[node])]
        for k in range(len(at)):
            odds[k] += thresholds[at[k]]
    return odds
