"""Pages with several stories: whether one article holds the other whole, beside text that tells something else.

Public: `container_of`.

A digest, a live blog or two articles on one page share all of a story with its article, as a copy that was made longer
does. What tells them apart is the rest: the rest of a longer copy goes on about the same people, places and things, the
rest of a digest does not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.judge.config import JudgeConfig
from dedup.judge.origin import ALIGNED
from dedup.judge.prepare import Prepared
from dedup.records import CONTAINER, Flag, WordAlignment

LEFT, RIGHT = "left", "right"
TELLING = 2.5  # least inverse document frequency, ln, of stems that say what a text is about
USUAL, PRIOR, PRIOR_STEMS = 0.05, 0.5, 3.0  # so that short texts prove nothing
# Log odds that the rest is another story (`benchmarks/quality/composition.py --containers`).
INTERCEPT, COHESION, COMMON, STEMS = 1.84, -11.97, -20.13, 1.28
_BOILERPLATE = np.uint8(Flag.BOILERPLATE)
Mask = NDArray[np.bool_]


class Rest(NamedTuple):
    """What an article has beyond what it shares with another."""

    share: float  # of its words, 0..1
    run: int  # words of its longest stretch
    cohesion: float  # weight of its stems that the shared text has too, over what is usual within the shared text
    common: float  # share of the telling stems, of the rest or the shared text, that both have
    stems: int  # different telling stems, of the rest or the shared text, whichever has fewer

    @property
    def other_story(self) -> float:
        """The probability that it tells another story than the shared text, 0..1."""
        odds = INTERCEPT + COHESION * self.cohesion + COMMON * self.common + STEMS * math.log1p(self.stems)
        return round(1.0 / (1.0 + math.exp(-odds)), 4)


def container_of(
    left: Prepared, right: Prepared, words: WordAlignment, shared: tuple[float, float], config: JudgeConfig
) -> tuple[str | None, dict[str, float]]:
    """Return which article contains the other and other stories, "left" or "right", or None; and how probable that is.

    The probability is there, as the feature `CONTAINER`, where what else stands in the page may tell
    (`pipeline.containers`). `words` is the alignment of these articles in this order, `shared` the shares of their
    words in passages.
    """
    if max(shared) < config.part_share or min(shared) > 1.0 - config.rest_share:
        return None, {}
    side = 0 if shared[0] < shared[1] else 1
    rest = rest_of(right if side else left, words, side)
    if rest.share < config.rest_share or rest.run < config.rest_words or rest.other_story < config.possible_story:
        return None, {}
    sure = rest.other_story >= config.other_story
    return (RIGHT if side else LEFT) if sure else None, {CONTAINER: rest.other_story}


def rest_of(article: Prepared, words: WordAlignment, side: int) -> Rest:
    """Return what an article, the left (0) or the right one (1) of an alignment, has beyond what it shares."""
    text = article.side.flags & _BOILERPLATE == 0
    aligned = _aligned(article, words, side)
    stems = article.profile.stem_of[article.side.numbers]
    weights = article.profile.stem_weights[stems].astype(np.float64)
    mine, rest = text & aligned, text & ~aligned
    times = np.bincount(stems[mine], minlength=len(article.profile.stems))
    usual = _share(weights[mine], times[stems[mine]] > 1) + USUAL
    telling = weights > TELLING
    others, own = np.unique(stems[rest & telling]), np.unique(stems[mine & telling])
    fewer, both = min(len(others), len(own)), len(np.intersect1d(others, own, assume_unique=True))
    cohesion = _share(weights[rest], times[stems[rest]] > 0) / usual
    share, common = float(rest.sum() / max(1, text.sum())), (both + PRIOR) / (fewer + PRIOR_STEMS)
    return Rest(share, _longest(aligned[text]), cohesion, common, fewer)


def _aligned(article: Prepared, words: WordAlignment, side: int) -> Mask:
    """Return which words of an article stand in passages or in sentences with a partner."""
    aligned = np.zeros(len(article.side.numbers), bool)
    for first, last in words.passages[:, 2 * side : 2 * side + 2].tolist():
        aligned[first:last] = True
    bounds = article.side.sentences
    for sentence in np.unique(words.sentence_pairs[words.sentence_similarity >= ALIGNED, side]).tolist():
        aligned[int(bounds[sentence]) : int(bounds[sentence + 1])] = True
    return aligned


def _share(weights: NDArray[np.float64], chosen: Mask) -> float:
    """Return the share of the weights that is chosen."""
    return float(weights[chosen].sum() / (weights.sum() + 1e-9))


def _longest(aligned: Mask) -> int:
    """Return the most words in a row that are not aligned."""
    places = np.flatnonzero(np.concatenate(([True], aligned, [True])))
    return int(np.diff(places).max()) - 1
