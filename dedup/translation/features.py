"""What a pair of articles of two languages is measured by.

Public: `Measure`, `PAIR`, `PAIR_VERSION`, `FACTS`, `Text`, `measure`, `measure_meaning`, `fill_facts`, `within`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import auto
from functools import cached_property
from itertools import pairwise

import numpy as np

from dedup.compiled.arrays import F64
from dedup.models import Columns
from dedup.records import Article, Span
from dedup.translation.chain import FLOOR, Bead, Side, best_chain, places, similarities
from dedup.translation.facts import Fact, Facts, facts_of, significant

PAIR_VERSION = "translation-2"
STRONG = 0.55  # cosine of sentences that say the same, nearly always


class Measure(Columns):
    """The features of a pair, all 0 to 1 unless said. None depends on which article is the left one."""

    CHAIN_SHORT = auto()  # what the chain pays by character of the shorter article
    CHAIN_LONG = auto()  # the same of the longer one
    COVERED_MAX = auto()  # share of an article's length in beads, the larger
    COVERED_MIN = auto()
    MUTUAL = auto()  # sentences that are each other's best partner, of the shorter article's
    BEST_MATCH = auto()  # mean cosine of a sentence with its best partner, the larger of both articles, -1 to 1
    STRONG_SHARE = auto()  # share of the shorter article's length in beads over `STRONG`
    ORDER = auto()  # of mutual best partners, the share in one order, smoothed
    RUN = auto()  # longest run of neighbouring beads, of the beads, smoothed
    LOCAL = auto()  # ln(1 + what the best stretch of the chain pays / 100 characters), 0 and more
    BEADS = auto()  # mean cosine of the beads, weighed by length
    NUMBERS = auto()  # numbers that stand in both, smoothed
    NUMBERS_BESIDE = auto()  # numbers of beads that stand on both sides of the bead, smoothed
    DATES = auto()  # months and weekdays that stand in both, smoothed
    NAMES = auto()  # names that stand in the other article, by sound where scripts differ, smoothed
    LENGTHS = auto()  # |ln| of the ratio of the lengths, 0 and more
    DOCUMENT = auto()  # cosine of the mean sentences, -1 to 1
    LENGTH = auto()  # ln of the shorter article's length in characters of English
    FEW = auto()  # 1 / sentences of the article that has fewer: of two or three some agree by chance


PAIR = Measure.names()
FACTS = (Measure.NUMBERS, Measure.NUMBERS_BESIDE, Measure.DATES, Measure.NAMES)  # all below 1


@dataclass(frozen=True, eq=False)
class Text:
    """An article ready for all its pairs."""

    article: Article
    language: str
    spans: Sequence[Span]  # of its sentences
    side: Side

    @cached_property
    def facts(self) -> Facts:
        """What the article states, found when it is asked for: most pairs are decided without."""
        return facts_of(self.article.text, self.language)


def measure(left: Text, right: Text) -> tuple[F64, list[Bead]]:
    """Return the features of a pair, (len(PAIR),), and its chain."""
    vector, beads = measure_meaning(left, right)
    fill_facts(vector, left, right, beads)
    return vector, beads


def measure_meaning(left: Text, right: Text) -> tuple[F64, list[Bead]]:
    """Return the features of a pair as if it agreed in all facts, and its chain."""
    single = similarities(left.side, right.side)
    beads = best_chain(left.side, right.side, single)
    vector = np.zeros(len(PAIR))
    _fill_chain(vector, left.side, right.side, beads)
    _fill_partners(vector, single, left.side.weights, right.side.weights)
    vector[list(FACTS)] = 1.0
    sizes = left.side.weights.sum(), right.side.weights.sum()
    vector[Measure.LENGTHS] = abs(np.log(max(sizes[0], 1.0) / max(sizes[1], 1.0)))
    vector[Measure.LENGTH] = np.log(max(1.0, min(sizes)))
    vector[Measure.FEW] = 1.0 / max(1, min(single.shape))
    vector[Measure.DOCUMENT] = document_cosine(left.side, right.side)
    return vector, beads


def document_cosine(left: Side, right: Side) -> float:
    """Return the cosine of the mean sentences of two articles."""
    a, b = left.vectors.sum(axis=0, dtype=np.float64), right.vectors.sum(axis=0, dtype=np.float64)
    return float(a @ b / max(1.0, np.sqrt((a @ a) * (b @ b))))


def _fill_chain(vector: F64, left: Side, right: Side, beads: Sequence[Bead]) -> None:
    gains = np.array([bead.gain for bead in beads])
    sizes = sorted((left.weights.sum(), right.weights.sum()))
    vector[Measure.CHAIN_SHORT] = gains.sum() / max(sizes[0], 1.0)
    vector[Measure.CHAIN_LONG] = gains.sum() / max(sizes[1], 1.0)
    rows = places(beads)
    lengths = np.array([[left.weights[a:b].sum(), right.weights[c:d].sum()] for a, b, c, d in rows]).reshape(-1, 2)
    cosines = np.array([bead.cosine for bead in beads])
    totals = np.array([left.weights.sum(), right.weights.sum()])
    covered = lengths.sum(axis=0) / np.maximum(totals, 1.0)
    vector[Measure.COVERED_MAX], vector[Measure.COVERED_MIN] = covered.max(), covered.min()
    if not beads:
        return
    shorter = int(np.argmin(totals))
    vector[Measure.STRONG_SHARE] = lengths[cosines > STRONG, shorter].sum() / max(totals[shorter], 1.0)
    vector[Measure.BEADS] = (cosines * lengths.min(axis=1)).sum() / max(lengths.min(axis=1).sum(), 1.0)
    vector[Measure.RUN] = (_longest_run(rows) + 1) / (len(beads) + 2)
    vector[Measure.LOCAL] = np.log1p(_best_stretch(rows, gains, left.weights, right.weights) / 100)


def _longest_run(rows: np.ndarray) -> int:
    best = run = 1
    for before, after in pairwise(rows):
        run = run + 1 if before[1] == after[0] and before[3] == after[2] else 1
        best = max(best, run)
    return best


def _best_stretch(rows: np.ndarray, gains: F64, left: F64, right: F64) -> float:
    """Return the most that neighbouring beads pay, less a part of what is left out between them (Kadane)."""
    best = total = last = 0.0
    for number, ((a, _, c, _), gain) in enumerate(zip(rows, gains, strict=True)):
        skipped = 0.0
        if number:
            skipped = FLOOR / 2 * max(left[rows[number - 1][1] : a].sum(), right[rows[number - 1][3] : c].sum())
        total = max(0.0, last - skipped) + gain
        last, best = total, max(best, total)
    return best


def _fill_partners(vector: F64, single: F64, left: F64, right: F64) -> None:
    if not single.size:
        return
    best_right, best_left = single.argmax(axis=1), single.argmax(axis=0)
    mutual = [(i, int(j)) for i, j in enumerate(best_right) if best_left[j] == i and single[i, j] > FLOOR]
    vector[Measure.MUTUAL] = len(mutual) / min(single.shape)
    means = (single.max(axis=1) * left).sum() / left.sum(), (single.max(axis=0) * right).sum() / right.sum()
    vector[Measure.BEST_MATCH] = max(means)
    vector[Measure.ORDER] = (_rising([j for _, j in mutual]) + 1) / (len(mutual) + 2)


def _rising(places_: Sequence[int]) -> int:
    """Return the length of the longest rising run of some of the places (patience sorting)."""
    tops: list[int] = []
    for place in places_:
        at = int(np.searchsorted(tops, place))
        tops[at : at + 1] = [place]
    return len(tops)


def fill_facts(vector: F64, left: Text, right: Text, beads: Sequence[Bead]) -> None:
    """Fill in the `FACTS` of a pair."""
    one, two = left.facts, right.facts
    vector[Measure.NUMBERS] = _agreeing(_keys(one.numbers, significant), _keys(two.numbers, significant))
    vector[Measure.DATES] = _agreeing(_keys(one.dates), _keys(two.dates))
    shares = [
        (sum(other.says(name) for name in names) + 2.4) / (len(names) + 3)
        for names, other in ((_keys(one.names), two), (_keys(two.names), one))
    ]
    vector[Measure.NAMES] = max(shares)
    vector[Measure.NUMBERS_BESIDE] = _beside(left, right, beads)


def _keys(facts: Sequence[Fact], form: Callable[[str], str] = str) -> set[str]:
    return {form(fact.key) for fact in facts}


def _agreeing(one: set[str], two: set[str]) -> float:
    return (len(one & two) + 0.8) / (min(len(one), len(two)) + 1)


def _beside(left: Text, right: Text, beads: Sequence[Bead]) -> float:
    same = stated = 0
    for bead in beads:
        mine = _keys(within(left, left.facts.numbers, bead.left, bead.lefts), significant)
        theirs = _keys(within(right, right.facts.numbers, bead.right, bead.rights), significant)
        same += len(mine & theirs)
        stated += max(len(mine), len(theirs))
    return (same + 0.8) / (stated + 1)


def within(text: Text, facts: Sequence[Fact], first: int, count: int) -> list[Fact]:
    """Return the facts that stand in some sentences."""
    start, end = text.spans[first][0], text.spans[first + count - 1][1]
    return [fact for fact in facts if start <= fact.span[0] < end]
