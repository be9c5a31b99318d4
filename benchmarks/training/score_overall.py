"""How the heads are brought together into one number, and its figures beside those of the best head of each family.

Each kind of text has a share of the false alarms (`SHARES`): the deviation that this share of clean news passes is its
threshold. What lies above a threshold counts `STEEP` a standard deviation; `dedup.scoring.overall` adds the kinds up.
Three heads that may each raise one false alarm in a hundred would raise three; so spun, which stands out most, gets
few, and llm most. A regression over all heads instead (with weights of one head for the kind of another) found less at
1 %: .46 instead of .66 of unseen LLM texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_figures import line
from benchmarks.training.score_heads import FOLDS, Data, Fitted, Mask, kinds, set_weights
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import BANDS, Calibration
from dedup.scoring.heads import CALM, PER
from dedup.scoring.overall import LEAK, MOST, Combination

SHARES = {"spun": 0.003, "corrupted": 0.001, "llm": 0.006}  # of clean news; "translated" is a hint that does not count
STEEP = 3.0  # a standard deviation; with 2 spun loses .02 of its finds at 1 %, with 5 none finds more
# Without a strong finding of these types a head counts up to its own threshold: on clean texts of countries and
# subjects that no clean set has, spun alone went to 4.8 standard deviations without any.
SURE = {"spun": ["article", "doubled", "swap"]}
RATIOS = ("tampered",)  # heads that no clean text raises: their own likelihood ratio counts
COUNTED = tuple(SHARES)
EVEN = 0.004  # share of clean news with an overall score of .5 and more
EVEN_ODDS = float(np.log(9))  # of a prior of one article in ten
SLOPE = 0.7  # log odds of a unit of the combination
LEAST = 60  # documents of a set that is shown


@dataclass(frozen=True, eq=False)
class Far:
    """How far documents lie from clean news. Shapes: `d` documents, `k` kinds in the order of `COUNTED`."""

    deviations: F64  # (d, k)
    strong: dict[str, list[int]]  # by head of `SURE`: strong findings of each document

    def capped(self, caps: dict[str, Any]) -> F64:
        """Return the deviations as far as they count with the caps of a combination."""
        far = self.deviations.copy()
        for head, cap in Combination.of({"kinds": {}, "ratios": [], "caps": caps}).caps.items():
            column, kind = COUNTED.index(head), cap.findings[0]
            rows = zip(far[:, column], self.strong[head], strict=True)
            far[:, column] = [cap(value, {kind: count}) for value, count in rows]
        return far


def deviations(data: Data, values: dict[str, F64], quantiles: dict[str, list[list[float]]]) -> Far:
    """Return the deviations of all documents from clean news, a column for each kind."""
    none = {head: [0.0] * len(BANDS) for head in quantiles}
    read = Calibration(quantiles, {}, none, 0.5)
    columns = [
        [read.deviation(head, int(w), float(v)) for w, v in zip(data.samples.words, values[head], strict=True)]
        for head in COUNTED
    ]
    strong = {head: strong_findings(data, types) for head, types in SURE.items()}
    return Far(np.clip(np.array(columns).T, -MOST, MOST), strong)


def strong_findings(data: Data, types: Sequence[str]) -> list[int]:
    """Return how many strong findings of some types each document has, from their rates."""
    rates = [sum(found.get(f"{kind}.strong", 0.0) for kind in types) for found in data.samples.found]
    return [round(rate * (int(n) + CALM) / PER) for rate, n in zip(rates, data.samples.total, strict=True)]


def _threshold(values: F64, weight: F64, share: float) -> float:
    """The value that a share of the weight lies above."""
    order = np.argsort(-values, kind="stable")
    passed = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][np.searchsorted(passed, share)])


def fit_overall(data: Data, far: Far, rows: Mask | None = None) -> Fitted:
    """Return the combination that `score.json` holds, fitted to the clean documents that are true in `rows`."""
    clean, made, caps = data.human if rows is None else data.human & rows, {}, {}
    weight = set_weights(data.set, clean)[clean]
    for column, (kind, share) in enumerate(SHARES.items()):
        limit = round(_threshold(far.deviations[clean, column], weight, share), 4)
        made[kind] = {"bias": round(-STEEP * limit, 4), "weights": {kind: STEEP}}
        if kind in SURE:
            caps[kind] = {"findings": SURE[kind], "limits": [limit]}
    return {"kinds": made, "ratios": list(RATIOS), "caps": caps}


def overall_values(far: Far, fitted: Fitted) -> F64:
    """Return the value of all documents: `Combination.odds` for many at once, without `RATIOS`."""
    combination, counted, terms = Combination.of(fitted), far.capped(fitted["caps"]), []
    for kind, weights in combination.weights.items():
        columns = [COUNTED.index(head) for head in weights]
        terms.append(combination.biases[kind] + counted[:, columns] @ np.array([*weights.values()]))
    values: F64 = np.logaddexp.reduce(terms, axis=0)
    return values


def crossed_overall(data: Data, far: Far) -> F64:
    """Return the value of each document by a combination that has not seen its group."""
    values = np.zeros(len(far.deviations))
    for fold in range(FOLDS):
        inside = data.fold != fold
        values[~inside] = overall_values(far, fit_overall(data, far, inside))[~inside]
    return values


def show_overall(data: Data, values: dict[str, F64], overall: F64) -> None:
    """The head of each family and the overall score on the same documents: humans of the set, then of all sets."""
    print("\noverall: groups held out | the head of the family, then the overall score")
    for name, positive in kinds(data).items():
        for own in np.unique(data.set[positive]) if name in COUNTED else ():
            found, clean = positive & (data.set == own), data.human & (data.set == own)
            if min(found.sum(), clean.sum()) >= LEAST:
                line(f"{name}, {own}: head", values[name][found], values[name][clean])
                line(f"{name}, {own}: overall", overall[found], overall[clean])
        if name in COUNTED:
            line(f"{name}, all sets: head", values[name][positive], values[name][data.human])
            line(f"{name}, all sets: overall", overall[positive], overall[data.human])


def show_alarms(data: Data, probability: F64, limit: float = 0.5) -> None:
    """Clean documents above a probability, by set and section."""
    print(f"\noverall: clean documents above {limit}, by set and section")
    section: NDArray[np.str_] = np.where(np.isin(data.set, ("bbc", "masakhanews")), data.generator, "")
    for own in np.unique(data.set[data.human]):
        inside = data.human & (data.set == own)
        for part in np.unique(section[inside]):
            rows = inside & (section == part)
            above = int((probability[rows] > limit).sum())
            print(f"{own} {part:16} {rows.sum():5} {above:3} {above / rows.sum():.3f}")


def overall_curve(data: Data, values: F64, fitted: Fitted) -> list[list[float]]:
    """The curve of the overall score: even odds, at the prior, where a share of all clean news is passed.

    No lower than what a head may reach without a strong finding: such a text alone is never more likely than not.
    """
    weight = set_weights(data.set, data.human)[data.human]
    beyond = [LEAK * STEEP * (MOST - cap["limits"][0]) for cap in fitted["caps"].values()]
    limit = max(_threshold(values[data.human], weight, EVEN), *beyond)
    return [[SLOPE, round(EVEN_ODDS - SLOPE * limit, 4)]] * len(BANDS)
