"""The learnt filters as plain arithmetic over coefficients in a readable data file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64
from dedup.resources import resource


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: probability 1 / (1 + exp(-(intercept + coefficients x)))."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def probability(self, rows: F64) -> F64:
        """Of each row of features; (k, f) -> (k,)."""
        total = rows @ np.array(self.coefficients) + self.intercept
        result: F64 = 1.0 / (1.0 + np.exp(-np.clip(total, -60.0, 60.0)))
        return result


@dataclass(frozen=True, slots=True)
class Filters:
    """The learnt parts of the alignment."""

    passages: Logistic
    summaries: Logistic


@cache
def shipped_filters() -> Filters:
    """The filters of the data file `align.json`, which `benchmarks/quality/alignment.py --train` rebuilds."""
    entries = json.loads(resource("align.json").read_text("utf-8"))
    return Filters(**{name: _logistic(entries[name]) for name in ("passages", "summaries")})


def _logistic(entry: dict[str, Any]) -> Logistic:
    return Logistic(tuple(entry["coefficients"]), tuple(entry["coefficients"].values()), entry["intercept"])


def log_ratio(value: F64, other: F64, softening: float) -> F64:
    """ln of the ratio of two scores that are at or above 0, softened so that small ones do not decide."""
    result: F64 = np.log((np.maximum(value, 0.0) + softening) / (other + softening))
    return result
