"""Which rectangles, chains and summaries to report, so that passages overlap on neither side more than they must."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.alignment.config import AlignConfig
from dedup.alignment.model import Filters
from dedup.alignment.pairs import PairBatch
from dedup.alignment.ranges import Range, Rectangle, Side
from dedup.alignment.summary import Stretch
from dedup.models import Logistic

BUCKET = 256  # words: in texts of many passages only those that stand near each other are compared
FEW = 32  # ranges that are compared with all others


class Buckets:
    """Ranges of words of one side by number, found again by where they stand."""

    def __init__(self) -> None:
        self._numbers: dict[int, list[int]] = {}

    def put(self, words: Range, number: int) -> None:
        """Enter a range; numbers count from 0."""
        for bucket in range(words.first // BUCKET, (words.last - 1) // BUCKET + 1):
            self._numbers.setdefault(bucket, []).append(number)

    def near(self, words: Range) -> set[int]:
        """Return the numbers of all ranges that overlap one, and of some more beside it."""
        buckets = range(words.first // BUCKET, (words.last - 1) // BUCKET + 1)
        return {number for bucket in buckets for number in self._numbers.get(bucket, ())}


class Found(NamedTuple):
    """A passage of a pair, in words, and the share of its words that the other side pays for."""

    words: Rectangle
    similarity: float


class Choice(NamedTuple):
    """What the passages of one pair are chosen from."""

    pairs: PairBatch
    number: int  # of the pair
    sizes: list[int]  # words of the left and of the right article
    ends: list[list[list[int]]]  # of each rectangle
    matched: list[float]
    probability: list[float]  # of each rectangle, by the filter
    chains: list[tuple[list[list[int]], int]]  # ends, and the words that match
    config: AlignConfig

    def rectangle(self, k: int) -> Found:
        """Return the k-th rectangle."""
        return Found(Rectangle.of(self.ends[k]), self.matched[k])

    def long_enough(self, rectangle: Rectangle) -> bool:
        """Return whether it has the bytes that a passage must have."""
        return self.pairs.long_enough(self.number, rectangle, self.config.least_characters)


def choose_passages(pairs: PairBatch, filters: Filters, config: AlignConfig) -> list[list[Found]]:
    """Return the passages of each pair, in no order."""
    choices = _choices(pairs, filters.passages, config)
    found = [choose(one) if one.ends or one.chains else [] for one in choices]
    if config.summaries:
        asked = [p for p, one in enumerate(choices) if _leave_room(one.sizes, found[p], config)]
        for p, stretches in zip(asked, pairs.stretches(asked, config), strict=True):
            if any(stretches):
                found[p] = choose_summary(choices[p], stretches, found[p], filters.summaries)
    return found


def _choices(pairs: PairBatch, model: Logistic, config: AlignConfig) -> list[Choice]:
    sizes, some, verbatim = pairs.sizes(), pairs.rectangles, pairs.chains
    probability = model.probability(some.features).tolist()
    ends, matched = some.ends.tolist(), some.matched.tolist()
    chains = list(zip(verbatim.ends.tolist(), verbatim.matched.tolist(), strict=True))
    k, v = some.offsets.tolist(), verbatim.offsets.tolist()
    return [
        Choice(
            pairs, p, sizes[p], ends[k[p] : k[p + 1]], matched[k[p] : k[p + 1]], probability[k[p] : k[p + 1]],
            chains[v[p] : v[p + 1]], config,
        )
        for p in range(len(pairs))
    ]  # fmt: skip


def choose(pair: Choice) -> list[Found]:
    """Return the passages to report: verbatim chains first, then rectangles from the most probable down.

    A chain takes the place of the rectangles that it mostly covers, and disappears in those that are more than it.
    """
    probability, config = pair.probability, pair.config
    passed = [k for k, value in enumerate(probability) if value >= config.threshold]
    passed.sort(key=lambda k: -probability[k])
    chains, rectangles = _verbatim(pair, [pair.rectangle(k) for k in passed])
    found: list[Found] = []
    lefts, rights = Buckets(), Buckets()
    some = chains + rectangles
    for one in some:
        near = found
        if len(some) > FEW:
            near = [found[k] for k in sorted(lefts.near(one.words.left) | rights.near(one.words.right))]
        part = _cut(one.words, [taken.words for taken in near], config.most_overlap)
        if part and pair.long_enough(part):
            if len(some) > FEW:
                lefts.put(part.left, len(found))
                rights.put(part.right, len(found))
            found.append(one if part is one.words else Found(part, one.similarity))
    return found


def _verbatim(pair: Choice, rectangles: list[Found]) -> tuple[list[Found], list[Found]]:
    """Return the chains that are passages, those of most words first, and the rectangles whose place none takes."""
    least, chains, buckets = pair.config.verbatim_share, [], Buckets()
    if not pair.chains:
        return [], rectangles
    for k, one in enumerate(rectangles):
        buckets.put(one.words.left, k)
    replaced: set[int] = set()
    for ends, matched in sorted(pair.chains, key=lambda one: -one[1]):
        chain = Rectangle.of(ends)
        near = buckets.near(chain.left) - replaced
        shares = {k: share for k in near if (share := _covered(rectangles[k].words, chain))}
        if all(share >= least for share in shares.values()):
            chains.append(Found(chain, matched / max(chain.left.size, chain.right.size)))
        replaced.update(k for k, share in shares.items() if share >= least)
    return chains, [one for k, one in enumerate(rectangles) if k not in replaced]


def choose_summary(pair: Choice, stretches: list[Stretch | None], found: list[Found], model: Logistic) -> list[Found]:
    """Return the more probable summary alone, if there is one and the passages found are only parts of it; else
    `found`."""
    config = pair.config
    best, chosen = config.summary_threshold, found
    for side, stretch in enumerate(stretches):
        if stretch is None:
            continue
        accepted = np.array(pair.probability) >= config.threshold
        probability = float(model.probability(stretch.features(accepted)[None])[0])
        if probability >= best and _only_parts(stretch.words, found, side, config):
            whole = Range(0, pair.sizes[1 - side])
            rectangle = Rectangle(whole, stretch.words) if side == Side.RIGHT else Rectangle(stretch.words, whole)
            if pair.long_enough(rectangle):
                best, chosen = probability, [Found(rectangle, stretch.matched)]
    return chosen


def _leave_room(sizes: list[int], found: list[Found], config: AlignConfig) -> bool:
    """Whether no passage is longer than a summary on that side may be: a test that costs nothing."""
    return any(all(one.words[side].size <= config.summary_share * sizes[1 - side] for one in found) for side in Side)


def _only_parts(stretch: Range, found: list[Found], side: int, config: AlignConfig) -> bool:
    """Whether all passages lie mostly inside a stretch of one side, and none is verbatim."""
    for rectangle, matched in found:
        part = rectangle[side]
        verbatim = part.size >= config.verbatim_words and matched >= config.verbatim_density
        if verbatim or 2 * part.overlap(stretch) < part.size:
            return False
    return True


def _covered(rectangle: Rectangle, other: Rectangle) -> float:
    """Share of the words of a rectangle that another covers; 0 unless they overlap on both sides."""
    left, right = rectangle.left.overlap(other.left), rectangle.right.overlap(other.right)
    return (left + right) / (rectangle.left.size + rectangle.right.size) if left > 0 and right > 0 else 0.0


def _cut(rectangle: Rectangle, taken: list[Rectangle], most: float) -> Rectangle | None:
    """The rectangle without the words that others hold already; None where those are more than `most` of a side."""
    for other in taken:
        left, right = _cut_range(rectangle.left, other.left, most), _cut_range(rectangle.right, other.right, most)
        if left is None or right is None:
            return None
        rectangle = Rectangle(left, right)
    return rectangle


def _cut_range(words: Range, other: Range, most: float) -> Range | None:
    overlap = words.overlap(other)
    if overlap <= 0:
        return words
    if overlap > most * words.size:
        return None
    return Range(other.last, words.last) if other.first <= words.first else Range(words.first, other.first)
