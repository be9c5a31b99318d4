"""Train the probability of a copy and measure it: `dedup/data/judge_trees.json` and tables for `benchmarks/README.md`.

    python -m benchmarks.training.train_copies [--packs ../shared/eval] [--cache FILE] [--tables] [--write]

The log odds are the mean of boosted trees (Friedman 2001) and of a logistic regression over the same features, both
monotone: what speaks for a copy never counts against one. Trees are sharper near what they were trained on, the
regression goes on where they stop. The mean is calibrated by one slope for each band of lengths on log odds of
examples that were held out. Every figure is of held-out examples: each rewrite set in turn, everything else by halves
of the events. `--tables`: each family of examples left out of training, and each group of features.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from benchmarks.training.judge_data import (
    Example,
    background_examples,
    cross_examples,
    method_examples,
    pack_examples,
    rewrite_simulations,
)  # fmt: skip
from benchmarks.training.judge_families import family_examples
from benchmarks.training.train_judge import apply
from benchmarks.training.train_judge import fit as fit_linear
from dedup.alignment import align_words
from dedup.compiled.arrays import F32, F64
from dedup.judge import prepare
from dedup.judge.columns import PAIR, PAIR_VERSION
from dedup.judge.features import measure
from dedup.language.frequencies import Frequencies
from dedup.records import Article
from dedup.resources import resource
from dedup.text import tokenise
from dedup.text.boilerplate import mark

MODEL = resource("judge_trees.json")
SETS = ("wmt21-is-en", "wmt21-ja-en", "wmt21-ru-en", "l2r", "sheepdog-train")
HELD_OUT = (SETS[:3], ("l2r",), ("sheepdog-train",))  # one language pair of one evaluation is no new set to the others
HALVES = 2  # of the events, for what is in no rewrite set
CONFLICTS = ("unmatched", "partial_reuse", "date_conflict", "number_conflict", "name_conflict", "fact_conflict")
FREE = ("length_ratio", "length", "fact_dates")
# Of the data sets, not of copies; `names` and `numbers` without smoothing; and what only the kinds are told by.
LEFT_OUT = ("verbatim", "longest_run", "common", "plain_runs", "plain_words", "runs", "quoted", "names", "numbers",
            "evidence")  # fmt: skip
TREES = {"max_iter": 72, "max_leaf_nodes": 8, "learning_rate": 0.18, "min_samples_leaf": 40, "l2_regularization": 5.0,
         "max_bins": 127}  # fmt: skip
STRENGTH = 3.0  # inverse of the L2 penalty on standardised weights of the regression
BOUNDS: dict[int, tuple[float | None, float | None]] = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
BANDS = (0, 120, 250, 10**9)  # words of the shorter text
# Weight of each group: the sum over its pairs.
SET_WEIGHTS = {
    "rewrite": 2.0,
    "crop": 1.0,
    "brief": 0.5,
    "sibling": 0.25,
    "cut": 0.35,
    "part": 0.2,
    "cross": 1.0,
    "cased": 0.5,
}
GROUP_WEIGHTS = {"repost": 1.0, "background": 1.0, "hard copy": 0.3, "basil": 3.0, "hard": 2.0, "unread": 1.0,
                 "partial": 1.0, "template": 2.5, "renamed": 1.0, "turned": 0.7, "dipper": 1.0, "lead": 5.0,
                 "lead_read": 3.0, "lead_unread": 4.0, "serial": 1.5, "cased": 0.7,
                 "formula": 1.5, "listing": 0.5}  # fmt: skip
FEATURES = {
    "order": ("order", "kendall", "order_length", "name_order"),
    "smoothed facts": ("fact_names", "fact_numbers", "facts"),
    "dates": ("fact_dates", "date_conflict"),
    "conflicts": ("number_conflict", "name_conflict", "fact_conflict"),
    "places": ("local", "local_facts"),
    "in-order chain": ("chain", "chain_words", "chain_plain", "chain_square"),
}
FAMILIES = ("crop", "dipper", "renamed", "turned", "template", "formula", "listing", "lead", "serial", "cased", "brief")
Rows = NDArray[np.bool_]


def base(name: str) -> str:
    return name[:-4] if name.endswith(("_max", "_min")) else name


NAMES = tuple(name for name in PAIR if base(name) not in LEFT_OUT)


def sign_of(name: str) -> int:
    """Which way a feature may count: 1 for a copy, -1 against, 0 either."""
    return -1 if base(name) in CONFLICTS else 0 if base(name) in FREE else 1


def family_of(e: Example) -> str:
    """The family of a simulated or mined example, or nothing."""
    kind = e.kind.replace("window_", "crop_")
    return next((family for family in FAMILIES if kind.startswith(family)), "")


def group_of(e: Example) -> tuple[str, str]:
    if e.kind.startswith("cased_"):
        return ("", "cased") if e.set not in SETS else (e.set, "cased")
    if e.set in SETS:
        part = e.kind.split("_")[0].replace("window", "crop")
        return e.set, part if part in ("crop", "brief") else e.kind if e.kind in SET_WEIGHTS else "rewrite"
    return "", "hard copy" if e.set == "hard" and e.copy else e.kind if e.kind.startswith("lead") else e.set


@dataclass(frozen=True, eq=False)
class Data:
    """Examples with the features of `NAMES` and what training needs of them; shapes (n, ...)."""

    examples: list[Example]
    features: F32
    copy: Rows
    weights: F64  # 0: for scoring only
    words: F64  # of the shorter text
    half: NDArray[np.int64]
    own: NDArray[np.int64]  # which of `HELD_OUT` it belongs to, or -1


def data_of(examples: list[Example], vectors: F64) -> Data:
    """The examples with the chosen columns of their vectors, weighted by groups, one half of all for copies."""
    columns = [PAIR.index(name) for name in NAMES]
    copy = np.array([e.copy is True for e in examples])
    groups = [group_of(e) for e in examples]
    counts = Counter(groups)
    weights = np.array([
        0.0 if e.copy is None or e.set == "seeds" else (SET_WEIGHTS if g[0] else GROUP_WEIGHTS)[g[1]] / counts[g]
        for e, g in zip(examples, groups, strict=True)
    ])  # fmt: skip
    for side in (copy, ~copy):
        weights[side] *= len(examples) / 2 / weights[side].sum()
    words = np.array([min(len(e.left.split()), len(e.right.split())) for e in examples], np.float64)
    own = np.array([next((k for k, sets in enumerate(HELD_OUT) if e.set in sets), -1) for e in examples])
    half = np.array([e.fold % HALVES for e in examples])
    return Data(examples, vectors[:, columns].astype(np.float32), copy, weights, words, half, own)


class Fitted(NamedTuple):
    """Trees and a regression over the same features."""

    trees: Any
    linear: dict[str, Any]  # as `train_judge.fit` gives it
    names: Sequence[str]

    def log_odds(self, x: F32) -> F64:
        """The mean of both; (k, features) -> (k,)."""
        odds: F64 = (self.trees.decision_function(x) + apply(self.linear, x.astype(np.float64), tuple(self.names))) / 2
        return odds


def fit(data: Data, rows: Rows, names: Sequence[str] = NAMES) -> Fitted:
    """Trees and a regression over some of the features, from some of the examples."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = rows & (data.weights > 0)
    model = HistGradientBoostingClassifier(
        **TREES, monotonic_cst=[sign_of(name) for name in names], early_stopping=False, random_state=1
    )
    x, y, weights = chosen(data, names)[rows], data.copy[rows], data.weights[rows]
    model.fit(x, y, sample_weight=weights)
    bounds = [BOUNDS[sign_of(name)] for name in names]
    return Fitted(model, fit_linear(x.astype(np.float64), y.astype(float), weights, names, STRENGTH, bounds), names)


def chosen(data: Data, names: Sequence[str]) -> F32:
    return data.features[:, [NAMES.index(name) for name in names]]


def held_out(data: Data, names: Sequence[str] = NAMES, sets: Sequence[int] = (0, 1, 2), halves: int = HALVES) -> F64:
    """Log odds of each example by models that have seen neither its set nor its half of the events."""
    odds, x = np.zeros(len(data.copy)), chosen(data, names)
    count = np.zeros(len(odds))
    for out in sets:
        for half in range(halves):
            seen = (data.own != out) & ~((data.own < 0) & (data.half == half))
            unseen = ((data.own < 0) & (data.half == half)) | (data.own == out)
            odds[unseen] += fit(data, seen, names).log_odds(x[unseen])
            count[unseen] += 1
    found: F64 = odds / np.maximum(count, 1)
    return np.where(count > 0, found, np.nan)


COPIES = (
    "mt", "human_translation", "llm", "llm_reframe", "sibling", "cut", "crop_mt", "window_mt", "crop_llm", "window_llm",
    "crop_llm_reframe", "window_llm_reframe", "brief_mt", "brief_llm", "brief_llm_reframe", "dipper", "renamed",
    "turned", "spun", "garbled", "edited", "repost", "cased",
)  # fmt: skip
OTHERS = (
    "same_event", "lead", "lead_read", "lead_unread", "template", "formula", "listing", "serial", "unread", "cross",
    "part", "partial", "independent", "shared", "cased",
)  # fmt: skip


def rows_of(data: Data, kind: str, copy: bool) -> Rows:
    """The examples of a kind; "cased": of all kinds."""
    found: Rows = np.array([
        (e.kind.startswith("cased") if kind == "cased" else e.kind == kind) and e.copy is copy for e in data.examples
    ])  # fmt: skip
    return found


def report(data: Data, odds: F64) -> None:
    """Recall of copies and the share of others called copies, at even odds."""
    negatives = np.sort(odds[rows_of(data, "same_event", False) & ~np.isnan(odds)])[::-1]
    one = negatives[len(negatives) // 100]
    print("| copies | pairs | called | above all same_event | above all but 1 % |\n|---|---|---|---|---|")
    for kind in COPIES:
        mine = odds[rows_of(data, kind, True)]
        mine = mine[~np.isnan(mine)]
        if len(mine):
            shares = [(mine > limit).mean() for limit in (0.0, negatives[0], one)]
            print(f"| {kind} | {len(mine)} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    apart = odds[np.array([e.kind.endswith("_apart") for e in data.examples])]
    print(f"\nUndecided, crops that begin with different parts of the story: {len(apart)}, called {(apart > 0).sum()}")
    print("\n| no copies | pairs | called copies | share |\n|---|---|---|---|")
    for kind in OTHERS:
        mine = odds[rows_of(data, kind, False)]
        mine = mine[~np.isnan(mine)]
        if len(mine):
            print(f"| {kind} | {len(mine)} | {(mine > 0).sum()} | {(mine > 0).mean():.4f} |")


def slopes(data: Data, odds: F64) -> list[float]:
    """For each band of lengths, the slope that makes probabilities of held-out log odds most likely.

    There is no intercept, so that even odds stay even: the operating point is that of the trees.
    """
    found = []
    used = (data.weights > 0) & ~np.isnan(odds)
    for low, high in pairwise(BANDS):
        rows = used & (data.words >= low) & (data.words < high)
        margin = np.where(data.copy[rows], odds[rows], -odds[rows])

        def loss(slope: float, margin: F64 = margin, weights: F64 = data.weights[rows]) -> float:
            return float((weights * np.logaddexp(0, -slope * margin)).sum())

        found.append(round(float(minimize_scalar(loss, bounds=(0.05, 2.0), method="bounded").x), 4))
    return found


def report_reliability(data: Data, odds: F64, by_band: list[float]) -> None:
    """Predicted and observed share of copies by probability and length."""
    print("\n| words of the shorter | probability | pairs | mean | copies (weighted) |\n|---|---|---|---|---|")
    for (low, high), slope in zip(pairwise(BANDS), by_band, strict=True):
        rows = (data.weights > 0) & ~np.isnan(odds) & (data.words >= low) & (data.words < high)
        p = 1 / (1 + np.exp(-np.clip(slope * odds, -60, 60)))
        for first, last in pairwise((0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0001)):
            b = rows & (p >= first) & (p < last)
            if b.any():
                mean, share = (np.average(v[b], weights=data.weights[b]) for v in (p, data.copy))
                band = f"{low}-{high}" if high < 10**9 else f"{low} and more"
                print(f"| {band} | {first}-{min(1, last)} | {b.sum()} | {mean:.3f} | {share:.3f} |")


def report_families(data: Data) -> None:
    """Each family of examples when none of it was in training."""
    print("\n| family left out of training | pairs | copies called | others called |\n|---|---|---|---|")
    for family in FAMILIES:
        mine = np.array([family_of(e) == family for e in data.examples])
        odds = fit(data, ~mine).log_odds(data.features[mine])
        shares = [odds[data.copy[mine] == side] > 0 for side in (True, False)]
        print(f"| {family} | {mine.sum()} | " + " | ".join(f"{s.mean():.3f}" if len(s) else "" for s in shares) + " |")


def report_features(data: Data) -> None:
    """Recall and false ones when a group of features is left out; both LLM sets and half of the events held out."""
    kinds = [("llm", True), ("llm_reframe", True), ("lead", False), ("lead_unread", False), ("template", False)]
    kinds += [("cased", True)]
    print("\n| features left out | crops | " + " | ".join(kind for kind, _ in kinds) + " |\n" + "|---" * 8 + "|")
    unseen = np.isin(data.own, (1, 2)) | ((data.own < 0) & (data.half == 0))
    crops = np.array([e.kind in ("crop_llm", "crop_llm_reframe") for e in data.examples])
    parts = [crops, *(rows_of(data, kind, copy) for kind, copy in kinds)]
    for group, left in {"nothing": (), **FEATURES}.items():
        names = [name for name in NAMES if base(name) not in left]
        odds = fit(data, ~unseen, names).log_odds(chosen(data, names))
        shares = [(odds[rows & unseen] > 0).mean() for rows in parts]
        print(f"| {group} | " + " | ".join(f"{share:.3f}" for share in shares) + " |", flush=True)


def _node(node: Any) -> list[float]:
    """A node of scikit-learn's as `dedup.models.trees.Node`; six digits of a threshold lie between the same bins."""
    if node["is_leaf"]:
        return [0, 0.0, -1, -1, round(float(node["value"]), 5)]
    threshold = float(f"{node['num_threshold']:.6g}")
    return [int(node["feature_idx"]), threshold, int(node["left"]), int(node["right"]), 0.0]


def as_json(model: Fitted, by_band: list[float]) -> dict[str, Any]:
    """The trees as `dedup.models.Trees` reads them, with the calibration."""
    trees = [[_node(node) for node in predictor.nodes] for (predictor,) in model.trees._predictors]
    calibration = [{"words": low, "slope": slope} for (low, _), slope in zip(pairwise(BANDS), by_band, strict=True)]
    return {
        "about": "Built by benchmarks/training/train_copies.py; nodes: column, threshold, left, right, value.",
        "feature_version": PAIR_VERSION,
        "features": list(NAMES),
        "bias": round(float(model.trees._baseline_prediction.ravel()[0]), 6),
        "calibration": calibration,
        "linear": {"feature_version": PAIR_VERSION, **model.linear},
        "trees": trees,
    }


def write(model: dict[str, Any]) -> None:
    """Write the model, a tree on each line."""
    head = json.dumps({name: value for name, value in model.items() if name != "trees"}, indent=1)
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in model["trees"])
    MODEL.write_text(f'{head[:-2]},\n "trees": [\n{trees}\n ]\n}}\n', "utf-8")


def measured(packs: Path) -> tuple[list[Example], F64]:
    """All examples and their vectors, by `PAIR`."""
    pack = pack_examples(packs)
    examples = [*pack, *rewrite_simulations(pack), *cross_examples(packs), *background_examples(packs)]
    examples += method_examples(packs, None)
    examples += family_examples(packs, examples)
    frequencies = Frequencies.shipped()
    return examples, np.array(list(_vectors(examples, frequencies)))


def _vectors(examples: list[Example], frequencies: Frequencies) -> Iterator[F64]:
    for e in examples:
        left, right = (prepare(Article("", text), mark(tokenise(text)), frequencies) for text in (e.left, e.right))
        yield measure(left, right, align_words(left.tokens, right.tokens, frequencies)).vector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--cache", type=Path, default=None, help="file to keep the examples and their vectors in")
    parser.add_argument("--tables", action="store_true", help="leave each family and each group of features out too")
    parser.add_argument("--write", action="store_true", help="write the model into the package")
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        found: tuple[list[Example], F64] = pickle.loads(options.cache.read_bytes())
    else:
        found = measured(options.packs)
        if options.cache:
            options.cache.write_bytes(pickle.dumps(found))
    data = data_of(*found)
    odds = held_out(data)
    print(f"{len(odds)} examples")
    report(data, odds)
    by_band = slopes(data, odds)
    report_reliability(data, odds, by_band)
    if options.write:
        write(as_json(fit(data, np.ones(len(data.copy), np.bool_)), by_band))
    if options.tables:
        report_families(data)
        report_features(data)


if __name__ == "__main__":
    main()
