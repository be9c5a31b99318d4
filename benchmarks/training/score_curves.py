"""What the values of the heads mean: quantiles of clean news and logistic curves, by length.

Public: `curves`, `tampered_curves`, `probabilities`, `PRIOR`, `TAMPERED`.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.training.score_heads import LIMIT, Data, Fitted, Mask, set_weights
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import BANDS, PERCENTILES, band_of, quantiles_of

ABROAD, LEAST_ABROAD = ("bbc", "masakhanews"), 50  # sets of other countries; documents of a length for a tail of theirs
PRIOR = 0.1  # share of articles of each kind that the probabilities assume

# Not trained: no honest text has three words in look-alike letters, invisible characters or a decorated alphabet.
TAMPERED: Fitted = {
    "bias": 0.0,
    "findings": {"homoglyph": 1.0, "invisible": 1.0, "styled": 1.0},
    "limits": {"other": LIMIT},
    "numeric": {},
}
TAMPERED_CURVE = (4.0, -3.0)  # one such word in 400 is .16, two are .55, three .82


def careful(quantiles: list[float], abroad: F64) -> list[float]:
    """Quantiles of clean news whose tail is no lower than that of the sets of other countries, where there are some."""
    if len(abroad) < LEAST_ABROAD:
        return quantiles
    other, tail = quantiles_of(abroad), PERCENTILES.index(90.0)
    return [max(a, b) if k >= tail else a for k, (a, b) in enumerate(zip(quantiles, other, strict=True))]


def curves(data: Data, values: F64, positive: Mask) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, and a logistic curve at equal odds, for each band of lengths."""
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    weight, home = set_weights(data.set, data.human), ~np.isin(data.set, ABROAD)
    quantiles, lines = [], []
    for band in range(len(BANDS)):
        clean, found = data.human & (bands == band), positive & (bands == band)
        quantiles.append(careful(quantiles_of(values[clean], weight[clean]), values[clean & ~home]))
        found = found if found.sum() >= 100 else positive
        x = np.concatenate([values[clean], values[found]])
        odds = np.concatenate([weight[clean] / weight[clean].sum(), np.full(found.sum(), 1 / found.sum())])
        y = np.repeat([False, True], [clean.sum(), found.sum()])
        model = LogisticRegression(C=100.0).fit(x[:, None], y, sample_weight=odds * len(x) / 2)
        lines.append([round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)])
    return quantiles, lines


def probabilities(data: Data, values: F64, lines: list[list[float]]) -> F64:
    """Probability of all documents by the logistic curves of their lengths."""
    slope, offset = np.array(lines)[[band_of(int(w)) for w in data.samples.words]].T
    found: F64 = 1 / (1 + np.exp(-(slope * values + offset + np.log(PRIOR / (1 - PRIOR)))))
    return found


def tampered_curves(data: Data) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, which has next to nothing of the kind, and a curve that is not trained."""
    values = np.sum([weight * data.rate(kind) for kind, weight in TAMPERED["findings"].items()], axis=0)
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    clean = [values[data.human & (bands == band)] for band in range(len(BANDS))]
    return [quantiles_of(part) for part in clean], [list(TAMPERED_CURVE)] * len(BANDS)
