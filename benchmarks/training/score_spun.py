"""How `spun` is made of its measures, of findings, and of what the context model says of texts that score high.

Nothing is trained on spun text: each measure is put in standard deviations of clean news, less what the surprise of the
text explains, and counts with a weight that holds for all spinners.

Public: `spun_head`, `linear_values`, `lifted`, `spun_values`.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.training.score_heads import NUMERIC, SPUN_FINDINGS, SPUN_WEIGHTS, Data, Fitted, Mask, set_weights
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import BANDS, band_of
from dedup.scoring.context_head import lift
from dedup.scoring.context_model import VERSION, Context

RIDGE = 0.01
# The context model is asked about what this share of clean news lies below: a text there is not in the last hundredth.
GATE = 0.75
CONTEXT = {"strange": 0.5, "swapped": 0.75}  # .25 to 1 of either differ by less than .005 AUC
UNFAMILIAR = 0.1  # what a standard deviation of surprise takes off the logarithm of a value: values spread there


def spun_head(data: Data) -> Fitted:
    """The measures in standard deviations of clean news, less what the surprise of the text explains; and findings."""
    columns = {name: data.scaled[:, NUMERIC.index(name)] for name in (*SPUN_WEIGHTS, "surprise")}
    weight = set_weights(data.set, data.human)[data.human]
    head: Fitted = {"numeric": {"surprise": 0.0}, "bias": 0.0, "findings": SPUN_FINDINGS}
    for name, share in SPUN_WEIGHTS.items():
        line = Ridge(alpha=RIDGE).fit(columns["surprise"][data.human, None], columns[name][data.human], weight)
        rest = columns[name] - line.predict(columns["surprise"][:, None])
        spread = rest[data.human & data.own].std() / share
        head["numeric"][name] = float(1 / spread)
        head["numeric"]["surprise"] -= float(line.coef_[0] / spread)
        head["bias"] -= float(line.intercept_ / spread)
    return head | {"context": _context(data, linear_values(data, head))}


def linear_values(data: Data, head: Fitted) -> F64:
    """Return the values of all documents without the context model."""
    columns = [weight * data.scaled[:, NUMERIC.index(name)] for name, weight in head["numeric"].items()]
    values: F64 = head["bias"] + np.sum(columns, axis=0)
    values += np.sum([share * data.rate(kind) for kind, share in SPUN_FINDINGS.items()], axis=0)
    return values


def spun_values(data: Data, head: Fitted) -> F64:
    """Return the values of all documents."""
    return lifted(data, linear_values(data, head), head["context"])


def lifted(data: Data, linear: F64, context: Fitted) -> F64:
    """Return what the context model makes of the values of all documents."""
    gates, weights = context["gates"], np.array([context["weights"][name] for name in Context.names()])
    surprise = _surprise(data)
    added = context["bias"] + data.samples.context @ weights + context["surprise"] * surprise
    factors = np.exp(context["unfamiliar"] * (context["usual"] - surprise))
    rows = zip(linear.tolist(), added.tolist(), factors.tolist(), _bands(data).tolist(), strict=True)
    return np.array([lift(value, more, factor, gates[band]) for value, more, factor, band in rows])


def _bands(data: Data) -> F64:
    return np.array([band_of(int(words)) for words in data.samples.words])


def _surprise(data: Data) -> F64:
    values: F64 = data.samples.numeric[:, NUMERIC.index("surprise")].astype(np.float64)
    return values


def _context(data: Data, linear: F64) -> Fitted:
    """What is made of the features of the context model, from the clean news that it is asked about."""
    gates = [_gate(data, linear, band) for band in range(len(BANDS))]
    high = data.human & (linear >= np.array(gates)[_bands(data)])
    usual = _surprise(data)[data.human]
    head: Fitted = {"feature_version": VERSION, "gates": gates, "surprise": 0.0, "bias": 0.0}
    head |= {"usual": float(usual.mean()), "unfamiliar": float(UNFAMILIAR / usual.std())}
    head["weights"] = dict.fromkeys(Context.names(), 0.0)
    for name, weight in CONTEXT.items():
        own, surprise, typical_fit, bias = (weight * part for part in _plane(data, name, high))
        head["weights"][name] += own
        head["weights"]["typical"] += typical_fit
        head["surprise"], head["bias"] = head["surprise"] + surprise, head["bias"] + bias
    return head


def _gate(data: Data, linear: F64, band: int) -> float:
    """The value that a share of the clean news of a length lies below."""
    chosen = data.human & (_bands(data) == band)
    weight, order = set_weights(data.set, data.human)[chosen], np.argsort(linear[chosen], kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return round(float(linear[chosen][order][np.searchsorted(reached, GATE)]), 4)


def _plane(data: Data, name: str, high: Mask) -> tuple[float, float, float, float]:
    """What puts a feature in standard deviations of clean news: weights of it, of surprise and typical fit, a bias."""
    column = data.samples.context[:, Context.names().index(name)]
    spread, explain = column[high].std(), np.stack([_surprise(data), data.samples.context[:, Context.TYPICAL]], axis=1)
    plane = Ridge(alpha=RIDGE).fit(explain[high], column[high] / spread, set_weights(data.set, high)[high])
    left = (column / spread - plane.predict(explain))[high & data.own].std()
    surprise, typical = -plane.coef_ / left
    return float(1 / spread / left), float(surprise), float(typical), float(-plane.intercept_ / left)
