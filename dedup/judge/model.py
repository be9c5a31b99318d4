"""The shipped models of the judge, trained elsewhere: trees for the probability of a copy, logistic regressions.

`data/judge_trees.json` holds the trees over named features, which `benchmarks/training/train_copies.py` rebuilds;
`data/judge.json` names the features of the others with mean, scale and weight (`benchmarks/training/train_judge.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64
from dedup.judge import columns
from dedup.judge.columns import Single, single
from dedup.judge.style import Style
from dedup.models import Logistic, Trees, read_json
from dedup.resources import resource

STEEPEST = 60.0  # log odds beyond this are told apart by no probability that matters
_LENGTH = single(Single.LENGTH)


@dataclass(frozen=True, eq=False)
class Copies:
    """The probability of a copy: the mean log odds of trees and a regression, steeper or less by length of the texts.

    Trees are sharper near what they were trained on, the regression goes on where they stop.

    Even odds stay even: calibration moves no pair across the default threshold.
    """

    trees: Trees  # over `columns.PAIR`
    linear: Logistic  # over the same
    bands: F64  # (b,) ln of the least words of the shorter text, rising
    slopes: F64  # (b,)

    def probability(self, vector: F64) -> float:
        """Return the calibrated probability that one of two articles is a copy of the other, 0..1."""
        band = int(np.searchsorted(self.bands, vector[_LENGTH], "right")) - 1
        trees = float(self.trees.log_odds(vector.astype(np.float32)[None, :])[0])
        odds = (trees + float(self.linear.logit(vector))) / 2.0 * float(self.slopes[band])
        return 1.0 / (1.0 + math.exp(-max(-STEEPEST, min(STEEPEST, odds))))

    @staticmethod
    def read(entry: Mapping[str, Any], where: str) -> Copies:
        """Return the model of an entry of a model file. Raises `ModelMismatch` where it does not fit the features."""
        trees = Trees.read(entry, columns.PAIR, columns.PAIR_VERSION, where)
        bands = np.array([band["words"] for band in entry["calibration"]], np.float64)
        slopes = np.array([band["slope"] for band in entry["calibration"]], np.float64)
        linear = Logistic.read(entry["linear"], columns.PAIR, columns.PAIR_VERSION, f"{where}, linear")
        return Copies(trees, linear, np.log(np.maximum(bands, 1.0)), slopes)


@dataclass(frozen=True, eq=False)
class Models:
    """What the judge decides by."""

    copy: Copies
    original: dict[
        str, Logistic
    ]  # over `columns.ORIGINAL`: log odds that the left one is it; `model_shares` mixes them
    methods: dict[str, Logistic]  # over `columns.METHOD`: a softmax
    style: Style  # for `columns.METHODS`


def read_originals(entry: Mapping[str, Any], where: str) -> dict[str, Logistic]:
    """Return the models of the original by name. Raises `ModelMismatch` where one does not fit the features."""
    version = columns.ORIGINAL_VERSION
    return {name: Logistic.read(each, columns.ORIGINAL, version, f"{where}.{name}") for name, each in entry.items()}


@lru_cache(maxsize=1)
def shipped_models() -> Models:
    """Return the shipped models. Raises `ModelMismatch` where they do not fit the features."""
    path, trees = resource("judge.json"), resource("judge_trees.json")
    data = read_json(path)
    return Models(
        Copies.read(read_json(trees), str(trees)),
        read_originals(data["original"], f"{path}, original"),
        {
            name: Logistic.read(entry, columns.METHOD, columns.METHOD_VERSION, f"{path}, methods.{name}")
            for name, entry in data["methods"].items()
        },
        Style.read(data["style"], columns.METHODS, f"{path}, style"),
    )
