"""How well passages were found: precision, recall, granularity and plagdet.

Public: `PassageFigures`, `passage_figures`.

As PAN measures it (Potthast, Stein, Barrón-Cedeño, Rosso 2010): macro-averaged over true and found passages, in
characters of both texts. Plagdet is the F1 of both, less where one true passage was found in pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.records import Passage, Span

Passages = Sequence[Passage]


class PassageFigures(NamedTuple):
    """Figures of all passages of some pairs; None where nothing was true, or nothing was found."""

    true: int
    found: int
    precision: float | None
    recall: float | None
    granularity: float
    plagdet: float


class _Met(NamedTuple):
    """What a passage has in common with those of the other list."""

    covered: int  # characters of both texts
    times: int  # passages that it meets


def passage_figures(pairs: Iterable[tuple[Passages, Passages]]) -> PassageFigures:
    """Return the figures of pairs, each given as its true and its found passages."""
    recalls, precisions, pieces = [], [], []
    for true, found in pairs:
        mine = [_met(one, found) for one in true]
        recalls += [_share(one, met) for one, met in zip(true, mine, strict=True)]
        precisions += [_share(one, _met(one, true)) for one in found]
        pieces += [met.times for met in mine if met.times]
    recall = sum(recalls) / len(recalls) if recalls else None
    precision = sum(precisions) / len(precisions) if precisions else None
    granularity = sum(pieces) / len(pieces) if pieces else 1.0
    both = (recall or 0.0) + (precision or 0.0)
    f1 = 2 * (recall or 0.0) * (precision or 0.0) / both if both else 0.0
    plagdet = f1 / math.log2(1 + granularity)
    return PassageFigures(len(recalls), len(precisions), precision, recall, granularity, plagdet)


def _met(one: Passage, others: Passages) -> _Met:
    """Return what a passage shares with those that overlap it in both texts."""
    meeting = [other for other in others if _meets(one.left, other.left) and _meets(one.right, other.right)]
    covered = _covered(one.left, [other.left for other in meeting])
    covered += _covered(one.right, [other.right for other in meeting])
    return _Met(covered, len(meeting))


def _share(one: Passage, met: _Met) -> float:
    size = sum(end - start for start, end in (one.left, one.right))
    return met.covered / size if size else 0.0


def _meets(one: Span, other: Span) -> bool:
    return min(one[1], other[1]) > max(one[0], other[0])


def _covered(span: Span, others: Iterable[Span]) -> int:
    """Return how many characters of a span the others cover; what two of them cover counts once."""
    covered, reached = 0, span[0]
    for start, end in sorted(others):
        covered += max(0, min(end, span[1]) - max(start, reached))
        reached = max(reached, end)
    return covered
