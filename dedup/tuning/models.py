"""Models of the judge that are learnt from labelled pairs, and what they say of pairs that they have not seen.

Public: `Learn`, `Examples`, `fit`, `out_of_fold`, `folds_of`, `log_losses`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64
from dedup.evaluation.intervals import Flags, Numbers
from dedup.judge.own import LOG_ODDS, OWN, OwnModel, log_odds

FOLDS = 5
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1)  # inverse of the L2 penalty on standardised weights
SMALLEST = 1e-9  # of a standard deviation, below which a feature is the same in all pairs
SEED = 0
LEAST = 1e-6  # probabilities are cut here where their logarithm is taken


class Learn(StrEnum):
    """What is learnt besides the threshold."""

    NOTHING = "nothing"  # the shipped probability stays
    CALIBRATION = "calibration"  # intercept and slope on the shipped log odds (Platt 1999)
    WEIGHTS = "weights"  # a logistic regression over the shipped log odds and all features of a pair
    AUTO = "auto"  # the simplest that is not clearly worse than the best


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled pairs as models take them; `n` pairs."""

    rows: F64  # (n, len(OWN)): the shipped log odds, and the features
    copy: Flags  # (n,)
    groups: Numbers  # (n,) which pairs stay together
    shipped: F64  # (n,) what the judge says without anything learnt
    factor: F64  # (n,) by how much it lessens the probability of the model for want of evidence
    exact: Flags  # (n,) the same words: 1, whatever a model says

    @staticmethod
    def of(vectors: F64, model: F64, shipped: F64, copy: Flags, groups: Numbers) -> Examples:
        """Return examples from what `measure_pairs` gives."""
        odds = np.array([log_odds(float(p)) for p in model])
        exact = shipped == 1.0
        factor = np.where(exact, 1.0, np.minimum(1.0, shipped / np.maximum(model, 1e-12)))
        return Examples(np.column_stack([odds, vectors]), copy, groups, shipped, factor, exact)

    def said(self, model: OwnModel | None) -> F64:
        """Return the probability that the judge gives each pair with a model, (n,)."""
        if model is None:
            return self.shipped
        from dedup.judge.columns import PAIR_VERSION
        from dedup.models import Logistic

        found = Logistic.read(model.entry(), OWN, PAIR_VERSION, "tuning").probability(self.rows)
        return np.where(self.exact, 1.0, found * self.factor)


def folds_of(examples: Examples) -> Numbers:
    """Return the number of the fold of each pair; groups stay whole, and copies are spread evenly."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = np.zeros(len(examples.copy), np.int64)
    count = min(FOLDS, len(np.unique(examples.groups)))
    split = StratifiedGroupKFold(count, shuffle=True, random_state=SEED)
    for number, (_, held_out) in enumerate(split.split(examples.rows, examples.copy, examples.groups)):
        folds[held_out] = number
    return folds


def fit(examples: Examples, at: NDArray[np.bool_], learn: Learn, strength: float = 1.0) -> OwnModel | None:
    """Return a model learnt from some of the pairs, each sort of pair as it is; None where nothing is to be learnt."""
    from sklearn.linear_model import LogisticRegression

    if learn is Learn.NOTHING:
        return None
    rows, copy = examples.rows[at], examples.copy[at]
    spread = rows.std(axis=0)
    wanted = np.arange(len(OWN)) == OWN.index(LOG_ODDS) if learn is Learn.CALIBRATION else spread > SMALLEST
    columns = np.flatnonzero(wanted)
    mean, scale = rows[:, columns].mean(axis=0), np.maximum(spread[columns], SMALLEST)
    model = LogisticRegression(C=strength, max_iter=2_000)
    model.fit((rows[:, columns] - mean) / scale, copy)
    weights = model.coef_[0]
    named = zip((OWN[c] for c in columns), mean, scale, weights, strict=True)
    return OwnModel(
        _digits(model.intercept_[0]), tuple((n, _digits(m), _digits(s), _digits(w)) for n, m, s, w in named)
    )


def _digits(value: float) -> float:
    """Return a number as profiles have it: nine digits, the same in the file and in memory."""
    return float(f"{value:.9g}")


def out_of_fold(examples: Examples, folds: Numbers, learn: Learn, strength: float = 1.0) -> F64:
    """Return the probability of each pair by a model that has not seen its fold, (n,)."""
    said = np.zeros(len(folds))
    for fold in np.unique(folds):
        held_out = folds == fold
        if len(np.unique(examples.copy[~held_out])) < 2:
            said[held_out] = examples.shipped[held_out]
            continue
        said[held_out] = examples.said(fit(examples, ~held_out, learn, strength))[held_out]
    return said


def log_losses(said: F64, copy: Flags) -> F64:
    """Return minus the logarithm of the probability of what is true, for each pair."""
    cut = np.clip(said, LEAST, 1.0 - LEAST)
    losses: F64 = -np.log(np.where(copy, cut, 1.0 - cut))
    return losses
