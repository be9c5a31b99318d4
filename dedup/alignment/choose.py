"""Which candidates to report, so that passages overlap on neither side more than they must."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.config import AlignConfig
from dedup.alignment.model import Filters
from dedup.alignment.pairs import PairBatch, Range, Rectangle
from dedup.alignment.summary import Stretch
from dedup.models import Logistic

Found = list[tuple[Rectangle, float]]  # with their similarity


class Choice(NamedTuple):
    """What the passages of one pair are chosen from."""

    pairs: PairBatch
    number: int  # of the pair
    sizes: Range  # words of the left and of the right article
    rectangles: list[Rectangle]
    matched: list[float]
    probability: list[float]  # of each rectangle, by the filter
    chains: list[tuple[int, int, int, int, int]]
    config: AlignConfig

    def long_enough(self, rectangle: Rectangle) -> bool:
        """Whether it has the bytes that a passage must have."""
        return self.pairs.long_enough(self.number, rectangle, self.config.least_characters)


def choose_passages(pairs: PairBatch, filters: Filters, config: AlignConfig) -> list[Found]:
    """The passages of each pair, in no order."""
    choices = _choices(pairs, filters.passages, config)
    found = [choose(one) if one.rectangles or one.chains else [] for one in choices]
    if config.summaries:
        asked = [p for p, one in enumerate(choices) if _leave_room(one.sizes, found[p], config)]
        for p, stretches in zip(asked, pairs.stretches(asked, config), strict=True):
            if any(stretches):
                found[p] = choose_summary(choices[p], stretches, found[p], filters.summaries)
    return found


def _choices(pairs: PairBatch, model: Logistic, config: AlignConfig) -> list[Choice]:
    candidates, sizes = pairs.candidates, pairs.sizes()
    probability = model.probability(candidates.features).tolist()
    rectangles, matched = list(map(tuple, candidates.rectangles.tolist())), candidates.matched.tolist()
    chains = list(map(tuple, candidates.chains.tolist()))
    k, v = candidates.offsets.tolist(), candidates.chain_offsets.tolist()
    return [
        Choice(
            pairs, p, sizes[p], rectangles[k[p] : k[p + 1]], matched[k[p] : k[p + 1]], probability[k[p] : k[p + 1]],
            chains[v[p] : v[p + 1]], config,
        )
        for p in range(len(pairs))
    ]  # fmt: skip


def choose(pair: Choice) -> Found:
    """The passages to report: verbatim chains first, then rectangles from the most probable down.

    A chain takes the place of the rectangles that it mostly covers, and disappears in those that are more than it.
    """
    probability, config = pair.probability, pair.config
    passed = [k for k, value in enumerate(probability) if value >= config.threshold]
    passed.sort(key=lambda k: -probability[k])
    rectangles = [(pair.rectangles[k], pair.matched[k]) for k in passed]
    chains: Found = []
    for a, b, c, d, matched in sorted(pair.chains, key=lambda chain: -chain[4]):
        shares = [(_overlap(r, (a, b, c, d)), k) for k, (r, _) in enumerate(rectangles)]
        if all(share == 0 or share >= config.verbatim_share for share, _ in shares):
            chains.append(((a, b, c, d), matched / max(b - a, d - c)))
        rectangles = [rectangles[k] for share, k in shares if share < config.verbatim_share]
    found: Found = []
    for rectangle, similarity in chains + rectangles:
        part = _cut(rectangle, [taken for taken, _ in found], config.most_overlap)
        if part and pair.long_enough(part):
            found.append((part, similarity))
    return found


def choose_summary(pair: Choice, stretches: list[Stretch | None], found: Found, model: Logistic) -> Found:
    """The more probable summary alone, if there is one and the passages found are only parts of it; else `found`."""
    config = pair.config
    best, chosen = config.summary_threshold, found
    for side, stretch in enumerate(stretches):
        if stretch is None:
            continue
        accepted = np.array(pair.probability) >= config.threshold
        probability = float(model.probability(stretch.features(accepted)[None])[0])
        ends = (stretch.first, stretch.last)
        if probability >= best and _only_parts(ends, found, side, config):
            whole = (0, pair.sizes[1 - side])
            rectangle = (*whole, *ends) if side else (*ends, *whole)
            if pair.long_enough(rectangle):
                best, chosen = probability, [(rectangle, stretch.shape[1])]
    return chosen


def _leave_room(sizes: Range, found: Found, config: AlignConfig) -> bool:
    """Whether no passage is longer than a summary on that side may be: a test that costs nothing."""
    return any(
        all(r[2 * side + 1] - r[2 * side] <= config.summary_share * sizes[1 - side] for r, _ in found)
        for side in range(2)
    )


def _only_parts(stretch: Range, found: Found, side: int, config: AlignConfig) -> bool:
    """Whether all passages lie mostly inside a stretch of one side, and none is verbatim."""
    for rectangle, matched in found:
        a, b = rectangle[2 * side], rectangle[2 * side + 1]
        verbatim = b - a >= config.verbatim_words and matched >= config.verbatim_density
        if verbatim or 2 * (min(b, stretch[1]) - max(a, stretch[0])) < b - a:
            return False
    return True


def _overlap(rectangle: Rectangle, other: Rectangle) -> float:
    """Share of the words of a rectangle that another covers; 0 unless they overlap on both sides."""
    a, b, c, d = rectangle
    left, right = min(b, other[1]) - max(a, other[0]), min(d, other[3]) - max(c, other[2])
    return (left + right) / (b - a + d - c) if left > 0 and right > 0 else 0.0


def _cut(rectangle: Rectangle, taken: list[Rectangle], most: float) -> Rectangle | None:
    """The rectangle without the words that others hold already; None where those are more than `most` of a side."""
    a, b, c, d = rectangle
    for first, last, right_first, right_last in taken:
        left = _cut_range(a, b, first, last, most)
        right = _cut_range(c, d, right_first, right_last, most)
        if left is None or right is None:
            return None
        (a, b), (c, d) = left, right
    return (a, b, c, d)


def _cut_range(first: int, last: int, low: int, high: int, most: float) -> tuple[int, int] | None:
    if first >= high or low >= last:
        return first, last
    if min(last, high) - max(first, low) > most * (last - first):
        return None
    return (high, last) if low <= first else (first, low)
