"""Somebody's own probability of a copy, learnt from labelled pairs on top of the shipped one.

Public: `OwnModel`, `OWN`. A logistic regression over the log odds of the shipped model and over features of the pair:
with the log odds alone it is a calibration (Platt 1999), with more it is own weights of the judge. `dedup.tuning`
trains it; profiles carry it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64
from dedup.errors import ModelMismatch
from dedup.judge.columns import PAIR, PAIR_VERSION
from dedup.models import Logistic

LOG_ODDS = "log_odds"  # of the shipped model
OWN = (LOG_ODDS, *PAIR)
FURTHEST = 30.0  # log odds of the shipped model are cut here: beyond, they tell nothing more

Feature = tuple[str, float, float, float]  # name, mean, scale, weight per standard deviation


@dataclass(frozen=True)
class OwnModel:
    """A logistic regression over some of `OWN`; equal to another with the same numbers."""

    intercept: float
    features: tuple[Feature, ...]
    version: str = PAIR_VERSION  # of the features

    def probability(self, shipped: float, vector: F64) -> float:
        """Return the probability that one article is a copy of the other, 0..1.

        `shipped` is that of the shipped model, `vector` (len(PAIR),) the features of the pair.
        """
        return float(_regression(self).probability(np.concatenate([[log_odds(shipped)], vector])))

    def entry(self) -> dict[str, Any]:
        """Return the model as an entry of a profile."""
        named = {name: {"mean": mean, "scale": scale, "weight": weight} for name, mean, scale, weight in self.features}
        return {"feature_version": self.version, "intercept": self.intercept, "features": named}

    @staticmethod
    def read(entry: Mapping[str, Any], where: str) -> OwnModel:
        """Return the model of an entry. Raises `ModelMismatch` where it is none, or not of these features."""
        try:
            features = tuple(
                (name, float(one["mean"]), float(one["scale"]), float(one["weight"]))
                for name, one in entry["features"].items()
            )
            made = OwnModel(float(entry["intercept"]), features, str(entry["feature_version"]))
            numbers = [made.intercept, *(value for one in features for value in one[1:])]
            if not all(map(math.isfinite, numbers)) or any(one[2] <= 0 for one in features):
                raise ModelMismatch(f"{where}: its numbers must be finite, and scales above 0")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelMismatch(f"{where}: is no model of the judge ({error})") from None
        Logistic.read(made.entry(), OWN, PAIR_VERSION, where)
        return made


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, cut where they tell nothing more."""
    if not 0.0 < probability < 1.0:
        return FURTHEST if probability else -FURTHEST
    return max(-FURTHEST, min(FURTHEST, math.log(probability / (1.0 - probability))))


@lru_cache(maxsize=8)
def _regression(model: OwnModel) -> Logistic:
    return Logistic.read(model.entry(), OWN, PAIR_VERSION, "the judge's own model")
