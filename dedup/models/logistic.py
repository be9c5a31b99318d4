"""Logistic regressions over named columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64
from dedup.models.files import check_version, positions

STEEPEST = 60.0  # log odds beyond this are told apart by no floating point probability that matters


@dataclass(frozen=True, eq=False)
class Logistic:
    """A logistic regression over some columns of a vector or of the rows of a matrix."""

    columns: NDArray[np.intp]  # (w,) where its features stand
    weights: F64  # (w,) per unit of the raw feature
    intercept: float

    def logit(self, rows: F64) -> F64:
        """Return the log odds of each row: (f,) gives a scalar array, (k, f) gives (k,)."""
        odds: F64 = rows[..., self.columns] @ self.weights + self.intercept
        return odds

    def probability(self, rows: F64) -> F64:
        """Return the probability of each row, 0..1: (f,) gives a scalar array, (k, f) gives (k,)."""
        result: F64 = 1.0 / (1.0 + np.exp(-np.clip(self.logit(rows), -STEEPEST, STEEPEST)))
        return result

    @staticmethod
    def read(entry: Mapping[str, Any], columns: tuple[str, ...], version: str, where: str) -> Logistic:
        """Return the regression of an entry of a model file.

        The entry has `feature_version`, `intercept`, and `features` as {name: {mean, scale, weight}}, each weight per
        standard deviation. `columns` are the names that rows will have. Raises `ModelMismatch` for another version or
        unknown columns; `where` names the entry in the message.
        """
        check_version(entry, version, where)
        features = entry["features"]
        weights = np.array([f["weight"] / f["scale"] for f in features.values()], np.float64)
        shift = sum(f["weight"] * f["mean"] / f["scale"] for f in features.values())
        return Logistic(positions(features, columns, where), weights, entry["intercept"] - shift)
