"""Agreement of two divisions of the same articles into clusters, and of two people who label the same pairs.

Public: `ClusterFigures`, `cluster_figures`, `adjusted_rand`, `kappa`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import comb
from typing import NamedTuple

from dedup.evaluation.gold import Connected, Pair


class ClusterFigures(NamedTuple):
    """How well clusters were found; 0..1, but for the index, which is 0 by chance and may be less."""

    articles: int
    adjusted_rand: float
    precision: float | None  # of the pairs within one cluster; None where there is none
    recall: float | None
    f1: float | None


def cluster_figures(ids: Iterable[str], truly: Iterable[Pair], found: Iterable[Pair]) -> ClusterFigures:
    """Return the figures of the clusters that pairs make of some articles, against those that true pairs make."""
    names = sorted(ids)
    gold, mine = (_divided(names, pairs) for pairs in (truly, found))
    both = _pairs(zip(gold, mine, strict=True))
    true, called = _pairs(gold), _pairs(mine)
    precision, recall = both / called if called else None, both / true if true else None
    f1 = 2 * both / (true + called) if true + called else None
    return ClusterFigures(len(names), adjusted_rand(gold, mine), precision, recall, f1)


def _divided(names: Sequence[str], pairs: Iterable[Pair]) -> list[str]:
    connected, known = Connected(), set(names)
    for left, right in pairs:
        if left in known and right in known:
            connected.join(left, right)
    return [connected.root(name) for name in names]


def _pairs(clusters: Iterable[object]) -> int:
    return sum(comb(size, 2) for size in Counter(clusters).values())


def adjusted_rand(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the adjusted Rand index of two divisions of the same things (Hubert and Arabie 1985): 1 is the same."""
    both, mine, theirs = _pairs(zip(one, other, strict=True)), _pairs(one), _pairs(other)
    everything = comb(len(one), 2)
    expected = mine * theirs / everything if everything else 0.0
    most = (mine + theirs) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def kappa(one: Sequence[bool], other: Sequence[bool]) -> float | None:
    """Return Cohen's kappa (1960) of two people's answers to the same questions: 1 is the same, 0 what chance gives.

    None where there is nothing to compare, or both gave one and the same answer throughout.
    """
    if not one:
        return None
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    yes, theirs = sum(one) / len(one), sum(other) / len(other)
    chance = yes * theirs + (1 - yes) * (1 - theirs)
    return None if chance == 1.0 else (agreed - chance) / (1 - chance)
