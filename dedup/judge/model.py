"""The shipped models of the judge: logistic regressions, trained elsewhere, applied with plain arithmetic.

`data/judge.json` names every feature with its mean, scale and weight; `benchmarks/train_judge.py` rebuilds it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.judge.style import Style
from dedup.judge.vocabulary import F64


@dataclass(frozen=True, eq=False)
class Logistic:
    """One logistic regression over some of the features of a vector."""

    columns: NDArray[np.intp]
    weights: F64  # per unit of the raw feature
    intercept: float

    def logit(self, vector: F64) -> float:
        """Log odds; shape (f,) -> scalar."""
        return float(vector[self.columns] @ self.weights) + self.intercept

    def probability(self, vector: F64) -> float:
        """0..1, the same on every machine to 9 digits."""
        return round(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.logit(vector))))), 9)

    @staticmethod
    def read(entry: dict[str, Any], names: tuple[str, ...]) -> Logistic:
        """From the JSON form: `intercept` and `features` {name: {mean, scale, weight}}."""
        features = entry["features"]
        weights = np.array([f["weight"] / f["scale"] for f in features.values()], np.float64)
        shift = sum(f["weight"] * f["mean"] / f["scale"] for f in features.values())
        return Logistic(
            np.array([names.index(name) for name in features], np.intp), weights, entry["intercept"] - shift
        )


@dataclass(frozen=True, eq=False)
class Models:
    """What the judge decides by."""

    copy: Logistic  # over `features.NAMES`
    original: Logistic  # over `original.NAMES`: log odds that the left one is the original
    methods: dict[str, Logistic]  # over `method.NAMES`: a softmax
    style: Style


@lru_cache(maxsize=1)
def shipped_models() -> Models:
    """The models in `data/judge.json`."""
    from dedup.judge import features, method, original

    data = json.loads(files("dedup").joinpath("data/judge.json").read_text("utf-8"))
    return Models(
        Logistic.read(data["copy"], features.NAMES),
        Logistic.read(data["original"], original.NAMES),
        {name: Logistic.read(entry, method.NAMES) for name, entry in data["methods"].items()},
        Style.read(data["style"]),
    )
