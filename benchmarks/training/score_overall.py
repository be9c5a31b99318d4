"""How the heads are brought together into one number, and its figures beside those of the best head of each family.

Boosted trees learn, from texts of all kinds against clean news, what the deviations of the heads, the length and the
strong findings say together. Before, each kind had a share of the false alarms and the kinds were added up: three heads
that may each raise one false alarm in a hundred raise three, so that each of them got a part of the hundredth (figures
in the model card).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.training.score_figures import line
from benchmarks.training.score_heads import FOLDS, Data, Fitted, Mask, balanced, kinds, set_weights
from benchmarks.training.train_evidence import tree_of
from dedup.compiled.arrays import F32, F64
from dedup.scoring.calibration import BANDS, Calibration
from dedup.scoring.overall import BAD, MOST, TOLD, VERSION, Combination, Evidence, evidence

FREE = (Evidence.TRANSLATED, Evidence.LENGTH)  # of all others more may only raise the value
# What each kind weighs against the others, and clean news against all of them together: the finds of the three at 1 %
# (groups held out) then come nearest to those of their own heads. Clean news of 1 to 10 differs by .01.
WEIGHTS, CLEAN = {"spun": 1.2, "corrupted": 1.1, "llm": 1.6}, 3.0
TREES = {"max_iter": 100, "max_leaf_nodes": 6, "learning_rate": 0.1, "l2_regularization": 5.0, "min_samples_leaf": 30}
LENGTHS = (150, 200, 300, 450)  # words, where bands of lengths end whose weights are made equal
RARER = 8.0  # times that a document may count where its kind has few of its length
SEED = 5
RATIOS = ("tampered",)  # heads that no clean text raises: their own likelihood ratio counts
EVEN = 0.004  # share of clean news with an overall score of .5 and more
EVEN_ODDS = float(np.log(9))  # of a prior of one article in ten
SLOPE = 1.5  # log odds of a unit of the combination
LEAST = 60  # documents of a set that is shown


def deviations(data: Data, values: dict[str, F64], quantiles: dict[str, list[list[float]]]) -> F64:
    """Return the deviations of all documents from clean news, a column for each head of `TOLD`."""
    none = {head: [0.0] * len(BANDS) for head in quantiles}
    read = Calibration(quantiles, {}, none, 0.5)
    columns = [
        [read.deviation(head, int(w), float(v)) for w, v in zip(data.samples.words, values[head], strict=True)]
        for head in TOLD
    ]
    far: F64 = np.clip(np.array(columns).T, -MOST, MOST)
    return far


def rows_of(data: Data, far: F64) -> F32:
    """Return what the trees look at for all documents, (documents, len(Evidence))."""
    parts = zip(far.tolist(), data.samples.words.tolist(), data.samples.found, strict=True)
    rows = [evidence(dict(zip(TOLD, row, strict=True)), words, found) for row, words, found in parts]
    return np.array(rows, np.float32)


def _threshold(values: F64, weight: F64, share: float) -> float:
    """The value that a share of the weight lies above."""
    order = np.argsort(-values, kind="stable")
    passed = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][np.searchsorted(passed, share)])


def _clean_threshold(data: Data, values: F64, share: float) -> float:
    weight = set_weights(data.set, data.human)[data.human]
    return _threshold(values[data.human], weight, share)


def _weights(data: Data) -> F64:
    """Weights of the documents that the trees are fitted to; 0 for others.

    Each kind has the lengths of clean news, so that a length alone says nothing: the LLM texts are all short.
    """
    weight, lengths = set_weights(data.set, data.human), np.digitize(data.samples.words, LENGTHS)
    weight *= CLEAN / weight.sum()
    shares = np.bincount(lengths, weight, len(LENGTHS) + 1) / CLEAN
    for kind in BAD:
        positive = kinds(data)[kind]
        own = balanced(data, positive, data.human) * positive
        own *= np.minimum(shares * own.sum() / np.maximum(np.bincount(lengths, own, len(shares)), 1e-9), RARER)[lengths]
        weight += WEIGHTS[kind] / sum(WEIGHTS.values()) * own / own.sum()
    return np.asarray(weight * data.human.sum())


def fit_trees(data: Data, rows: F32, inside: Mask) -> Fitted:
    """Return the entry of `score.json` with trees fitted to the documents that are true in `inside`."""
    weight, bad = _weights(data), ~data.human
    chosen = inside & (weight > 0)
    signs = [int(column not in FREE) for column in Evidence]
    model = HistGradientBoostingClassifier(**TREES, monotonic_cst=signs, early_stopping=False, random_state=SEED).fit(
        rows[chosen], bad[chosen], sample_weight=weight[chosen]
    )
    trees = [tree_of(stage[0].nodes) for stage in model._predictors]
    bias = float(model._baseline_prediction[0, 0])
    return {"feature_version": VERSION, "features": list(Evidence.names()), "bias": bias, "trees": trees}


def combination_of(fitted: Fitted, lower: float) -> Fitted:
    """Return the combination that `score.json` holds: trees whose value is 0 where it was `lower`."""
    bias = round(fitted["bias"] - lower, 4)
    return {**fitted, "bias": bias, "ratios": list(RATIOS), "even": round(EVEN_ODDS, 4)}


def overall_values(rows: F32, fitted: Fitted) -> F64:
    """Return the value of all documents, without `RATIOS`."""
    return Combination.of(fitted, "overall").values(rows)


def fit_overall(data: Data, far: F64, unseen: Mask | None = None) -> tuple[Fitted, F64]:
    """Return the combination, and the value of each document by trees that have not seen its group.

    `unseen`: documents that the trees are not fitted to. 0 lies where a share of clean news does that `spun` does not
    lift by itself.
    """
    known = np.ones(len(far), bool) if unseen is None else ~unseen
    rows, certain, values = rows_of(data, far), np.zeros(len(far)), np.zeros(len(far))
    folds = [(data.fold == fold, fit_trees(data, rows, (data.fold != fold) & known)) for fold in range(FOLDS)]
    for own, fitted in folds:
        certain[own] = Combination.of(combination_of(fitted, 0.0), "overall").certain(rows[own])
    lower = _clean_threshold(data, certain, EVEN)
    for own, fitted in folds:
        values[own] = overall_values(rows[own], combination_of(fitted, lower))
    return combination_of(fit_trees(data, rows, known), lower), values


def show_overall(data: Data, values: dict[str, F64], overall: F64) -> None:
    """The head of each family and the overall score on the same documents: humans of the set, then of all sets."""
    print("\noverall: groups held out | the head of the family, then the overall score")
    for name, positive in kinds(data).items():
        for own in np.unique(data.set[positive]) if name in BAD else ():
            found, clean = positive & (data.set == own), data.human & (data.set == own)
            if min(found.sum(), clean.sum()) >= LEAST:
                line(f"{name}, {own}: head", values[name][found], values[name][clean])
                line(f"{name}, {own}: overall", overall[found], overall[clean])
        if name in BAD:
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


def overall_curve() -> list[list[float]]:
    """The curve of the overall score: even odds, at the prior, where its value is 0."""
    return [[SLOPE, round(EVEN_ODDS, 4)]] * len(BANDS)
