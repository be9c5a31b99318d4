"""Logistic regressions over some columns of a vector, read by the names of its features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64


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
