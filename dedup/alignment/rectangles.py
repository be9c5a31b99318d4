"""Refined rectangles of words - the passages that a pair may have - and what describes them for the filter."""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.alignment.clusters import find_clusters
from dedup.alignment.config import AlignConfig
from dedup.alignment.contrast import SOFTENING, log_ratio
from dedup.alignment.numbering import Pairs
from dedup.alignment.ranges import End, Side
from dedup.alignment.refine import Measure, Refined, refine
from dedup.alignment.similarity import SentencePairs
from dedup.compiled.arrays import F64, I32, I64
from dedup.models import Columns

PASSAGE_VERSION = "passage-1"  # of the features of a rectangle


class PassageFeature(Columns):
    """What describes a rectangle; the same when left and right are exchanged."""

    EVIDENCE = auto()  # ln(1 + score of both sides)
    RATE = auto()  # score per word
    MATCHED = auto()  # share of the words of both sides that the other side pays for, 0..1
    CONTRAST_LOW = auto()  # ln of the score against the best other stretch of the same text, for the worse side
    CONTRAST_HIGH = auto()  # and for the better one


class Rectangles(NamedTuple):
    """What the passages of `p` pairs are chosen from. Shapes: `k` rectangles in all."""

    offsets: I64  # (p + 1,) where each pair's rectangles begin
    ends: I32  # (k, 2, 2) words, by `Side` and `End`
    features: F64  # (k, PassageFeature)

    @property
    def matched(self) -> F64:
        """Share of the words of both sides that the other side pays for, 0..1, of each rectangle; (k,)."""
        return self.features[:, PassageFeature.MATCHED]


def find_rectangles(pairs: Pairs, similar: SentencePairs, config: AlignConfig) -> Rectangles:
    """Return the refined rectangles of pairs, which start from clusters of their similar sentences."""
    refined = refine(pairs, find_clusters(pairs, similar, config.seed_dice, config.seed_gap), config)
    return Rectangles(refined.offsets, refined.rectangles, passage_features(refined))


def passage_features(refined: Refined) -> F64:
    """Return the features of each rectangle, (k, PassageFeature)."""
    sizes = refined.rectangles[:, :, End.LAST] - refined.rectangles[:, :, End.FIRST]
    words = np.maximum(1, sizes[:, Side.LEFT] + sizes[:, Side.RIGHT])
    scores, matched = refined.measures[:, :, Measure.SCORE], refined.measures[:, :, Measure.MATCHED]
    score = scores[:, Side.LEFT] + scores[:, Side.RIGHT]
    contrast = log_ratio(scores, refined.others, SOFTENING)
    features = np.empty((len(words), len(PassageFeature)))
    features[:, PassageFeature.EVIDENCE] = np.log1p(np.maximum(score, 0.0))
    features[:, PassageFeature.RATE] = score / words
    features[:, PassageFeature.MATCHED] = (matched[:, Side.LEFT] + matched[:, Side.RIGHT]) / words
    features[:, PassageFeature.CONTRAST_LOW] = contrast.min(axis=1)
    features[:, PassageFeature.CONTRAST_HIGH] = contrast.max(axis=1)
    return features
