"""Train the judge and measure it: `dedup/data/judge.json` and the tables for `benchmarks/README.md`.

    python -m benchmarks.training.train_judge [--packs ../shared/eval] [--wordnet FOLDER] [--write]

The probability of a copy is a logistic regression whose weights may not change sign: what speaks for a copy never
counts against one. Everything is reported with each rewrite set held out in turn, the other sets split by event.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.training.judge_data import (
    FOLDS,
    Example,
    background_examples,
    cross_examples,
    method_examples,
    pack_examples,
    rewrite_simulations,
)
from dedup.alignment import align_words
from dedup.compiled.arrays import F64
from dedup.evidence.spans import differences
from dedup.judge import JudgeConfig, Prepared, columns, prepare
from dedup.judge.columns import METHOD, METHODS, ORIGINAL, PAIR, STYLES, Asymmetry
from dedup.judge.features import measure as pair_measures
from dedup.judge.method import TRIPLES, VERBATIM, method_features
from dedup.judge.original import changes_of, original_features
from dedup.judge.style import Style
from dedup.language.frequencies import Frequencies
from dedup.records import Article
from dedup.resources import resource
from dedup.text import tokenise

MODEL = resource("judge.json")
SETS = ("wmt21-is-en", "wmt21-ja-en", "wmt21-ru-en", "l2r", "sheepdog-train")
SPLIT = ("basil", "hard", "unread", "partial", "repost", "background")  # sets split by event
AGAINST = ("unmatched", "partial_reuse", "quoted")  # features that may only speak against a copy
LEFT_OUT = (
    "length",
    "verbatim",
    "longest_run",
    "common",
    "plain_runs",
    "plain_words",
)  # of the data sets, not of copies
FREE = ("length_ratio",)
LIMIT = float(np.log(JudgeConfig().threshold / (1 - JudgeConfig().threshold)))  # log odds at the default threshold
STRENGTH = 3.0  # inverse of the L2 penalty on standardised weights (.3 finds .02 fewer reframings)
METHOD_STRENGTH, STYLE_STRENGTH = 0.03, 0.1  # the same for the method and the style (.03 to .3, .1 to 1 are alike)
CLASS_POWER = 0.5  # weight of a class of n examples: n^.5, between equal classes and equal pairs
STYLE_WORDS = 700  # commonest words of the background
ORIGINAL_SETS = ("background", "l2r", "sheepdog-train")  # a translation pack has no original in English
NAMES_COUNT = 0.8  # least weight of corrupted names: few simulated generators have any, real translations do
ORIGINAL_KINDS = ("llm", "llm_reframe", "spun", "garbled", "edited", "cut")  # whose left text is the original
METHOD_OF = {"edited": "edited", "spun": "spun", "mt": "back_translated", "llm": "llm", "llm_reframe": "llm",
             "human_translation": "human"}  # fmt: skip
# Weight of each group: the sum over its pairs.
SET_WEIGHTS = {"rewrite": 1.0, "sibling": 0.25, "cut": 0.35, "part": 0.2, "cross": 1.0}
GROUP_WEIGHTS = {"repost": 1.0, "background": 1.0, "hard copy": 0.3, "basil": 3.0, "hard": 2.0, "unread": 1.0,
                 "partial": 1.0}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Data:
    """Examples with their vectors; shapes (n, ...)."""

    examples: list[Example]
    features: F64
    methods: F64  # the columns of the style are zero
    originals: F64
    rates: F64  # common words, right less left
    words: tuple[str, ...]

    def where(self, wanted: Callable[[Example], bool]) -> NDArray[np.bool_]:
        """Which examples are wanted; shape (n,)."""
        return np.array([wanted(e) for e in self.examples])


def measure(examples: list[Example], frequencies: Frequencies) -> Data:
    """The vectors of all examples."""
    rows: list[tuple[F64, F64, F64, F64]] = []
    words_used = common_words(examples)
    style, none = Style(words_used, (), np.zeros((0, len(words_used)))), np.zeros(len(METHODS))
    for e in examples:
        a, b = _prepared(e.left, frequencies), _prepared(e.right, frequencies)
        words, x, y = align_words(a.tokens, b.tokens, frequencies), a.profile, b.profile
        measured, changes = pair_measures(a, b, words), changes_of(a.side, b.side, differences(a.side, b.side, words))
        size, count = (len(x.hashes), len(y.hashes)), (int((x.sentence > 0).sum()), int((y.sentence > 0).sum()))
        methods = method_features(measured.vector, changes, size, count, (none, none))
        original = original_features(x, y, changes, measured)
        rows.append((measured.vector, methods, original, style.rates(y.hashes) - style.rates(x.hashes)))
    vectors, methods, originals, rates = (np.array(column) for column in zip(*rows, strict=True))
    return Data(examples, vectors, methods, originals, rates, words_used)


def _prepared(text: str, frequencies: Frequencies) -> Prepared:
    return prepare(Article("", text), tokenise(text), frequencies)


def common_words(examples: list[Example]) -> tuple[str, ...]:
    """The words in most of the background texts."""
    texts = sorted({e.left for e in examples if e.set == "unread"})
    counts = Counter(word for text in texts for word in set(re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())))
    return tuple(word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:STYLE_WORDS])


def base(name: str) -> str:
    return name.rsplit("_", 1)[0] if name.endswith(("_max", "_min")) else name


def bounds_of(name: str) -> tuple[float | None, float | None]:
    if base(name) in FREE:
        return None, None
    return (None, 0.0) if base(name) in AGAINST else (0.0, None)


def weights_of(data: Data) -> F64:
    """Weight of each example: groups as in `GROUP_WEIGHTS`, one half of the whole for copies, one for the others."""
    groups: dict[tuple[str, str], list[int]] = {}
    for i, e in enumerate(data.examples):
        if e.copy is None or e.set == "seeds":
            continue
        if e.set in SETS:
            key = e.set, e.kind if e.kind in SET_WEIGHTS else "rewrite"
        else:
            key = "", "hard copy" if e.set == "hard" and e.copy else e.set
        groups.setdefault(key, []).append(i)
    weights = np.zeros(len(data.examples))
    for (set_, group), members in groups.items():
        weights[members] = (SET_WEIGHTS if set_ else GROUP_WEIGHTS)[group] / len(members)
    for copy in (True, False):
        mine = data.where(lambda e, copy=copy: e.copy is copy)  # type: ignore[misc]
        weights[mine] *= len(weights) / 4 / weights[mine].sum()
    return weights


def fit(
    x: F64, y: F64, weights: F64, names: Iterable[str], strength: float, bounds: list[tuple[float | None, float | None]]
) -> dict[str, Any]:
    """A weighted logistic regression within bounds, as JSON: intercept, and mean, scale and weight of each feature."""
    mean = np.average(x, axis=0, weights=weights)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights)) + 1e-6
    z, sign = (x - mean) / scale, np.where(y > 0, 1.0, -1.0)

    def loss(t: F64) -> tuple[float, F64]:
        margin = sign * (z @ t[1:] + t[0])
        slope = -sign * weights / (1 + np.exp(np.minimum(margin, 500)))
        value = float((weights * np.logaddexp(0, -margin)).sum() + (t[1:] ** 2).sum() / 2 / strength)
        return value, np.concatenate([[slope.sum()], z.T @ slope + t[1:] / strength])

    t = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=[(None, None), *bounds]).x
    kept = {
        name: {"mean": round(float(m), 6), "scale": round(float(s), 6), "weight": round(float(w), 6)}
        for name, m, s, w in zip(names, mean, scale, t[1:], strict=True)
        if abs(w) > 1e-4
    }
    return {"intercept": round(float(t[0]), 6), "features": kept}


def apply(model: dict[str, Any], x: F64, names: tuple[str, ...]) -> F64:
    """Log odds of each row."""
    odds = np.full(len(x), float(model["intercept"]))
    for name, f in model["features"].items():
        odds += (x[:, names.index(name)] - f["mean"]) / f["scale"] * f["weight"]
    return odds


COPY_NAMES = tuple(name for name in PAIR if base(name) not in LEFT_OUT)
COPY_COLUMNS = [PAIR.index(name) for name in COPY_NAMES]


def fit_copy(data: Data, train: NDArray[np.bool_], weights: F64) -> dict[str, Any]:
    chosen = train & (weights > 0)
    y = data.where(lambda e: e.copy is True).astype(float)
    bounds = [bounds_of(name) for name in COPY_NAMES]
    return fit(data.features[chosen][:, COPY_COLUMNS], y[chosen], weights[chosen], COPY_NAMES, STRENGTH, bounds)


def held_out(data: Data, weights: F64) -> dict[str, F64]:
    """Log odds of all examples for each set held out: its own pairs, and the split sets by the fold they are not in."""
    folds, sets = np.array([e.fold for e in data.examples]), np.array([e.set for e in data.examples])
    split = np.isin(sets, SPLIT)
    found = {}
    for out in SETS:
        odds = np.zeros(len(sets))
        for fold in range(FOLDS):
            model = fit_copy(data, (sets != out) & ~(split & (folds == fold)), weights)
            scores = apply(model, data.features, PAIR)
            odds[split & (folds == fold)] = scores[split & (folds == fold)]
            odds[~split] += scores[~split] / FOLDS
        found[out] = odds
    return found


def report_copies(data: Data, odds: dict[str, F64]) -> None:
    """The tables: recall by kind, share of each negative group called a copy, reliability."""
    kinds, sets = np.array([e.kind for e in data.examples]), np.array([e.set for e in data.examples])
    basil = sets == "basil"
    print(
        "| kind (its set held out) | pairs | recall, 0 of same_event | at 1 % | at the threshold | AUC |\n"
        + "|---" * 6
        + "|"
    )
    pooled: list[F64] = []
    for kind in ("mt", "human_translation", "llm", "llm_reframe", "sibling", "cut"):
        rows = []
        for set_ in SETS:
            mine, against = odds[set_][(kinds == kind) & (sets == set_)], np.sort(odds[set_][basil])[::-1]
            limit = against[int(0.01 * len(against))]
            rows += [(v > against[0], v > limit, v > LIMIT, (v > against).mean()) for v in mine]
        table = np.array(rows, float)
        if kind not in ("sibling", "cut"):
            pooled.append(table)
        none, one, half, auc = table.mean(axis=0)
        print(f"| {kind} | {len(table)} | {none:.3f} | {one:.3f} | {half:.3f} | {auc:.4f} |")
    print(f"| all but siblings and cuts | | | | | {np.concatenate(pooled)[:, 3].mean():.4f} |\n")
    print("| group (by event, mean over the held-out sets) | pairs | called a copy at the threshold |\n|---|---|---|")
    for name, mine in (
        ("basil, same_event", basil), ("unread pairs of one subject", sets == "unread"),
        *((f"read: {label}", (sets == "hard") & (kinds == label)) for label in
          ("independent", "shared", "partial", "edited", "copy")),
        ("simulated partial copies", sets == "partial"), ("simulated reposts", sets == "repost"),
        ("simulated editors and spinners", sets == "background"),
        *((f"part of a rewrite in another text, {s}", (sets == s) & (kinds == "part")) for s in SETS),
        *((f"two groups of {s}", (sets == s) & (kinds == "cross")) for s in SETS),
    ):  # fmt: skip
        use = [sets[mine][0]] if sets[mine][0] in SETS else SETS
        print(f"| {name} | {mine.sum()} | {np.mean([(odds[s][mine] > LIMIT).mean() for s in use]):.4f} |")


def report_reliability(data: Data, odds: dict[str, F64], weights: F64) -> None:
    """Predicted and observed share of copies in bins of the probability, each pair by a model that has not seen it."""
    sets = np.array([e.set for e in data.examples])
    own = np.mean([odds[s] for s in SETS], axis=0)
    for set_ in SETS:
        own[sets == set_] = odds[set_][sets == set_]
    p, y = 1 / (1 + np.exp(-own)), data.where(lambda e: e.copy is True)
    used = weights > 0
    print("\n| probability | pairs | mean | copies (weighted) |\n|---|---|---|---|")
    edges = (0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1.0001)
    for low, high in pairwise(edges):
        b = used & (p >= low) & (p < high)
        if b.any():
            mean, share = np.average(p[b], weights=weights[b]), np.average(y[b], weights=weights[b])
            print(f"| {low}-{min(1, high)} | {b.sum()} | {mean:.3f} | {share:.3f} |")


def labels_of(data: Data) -> NDArray[np.str_]:
    """The method of each example, empty where it is unknown."""
    return np.array(["" if e.set == "hard" else METHOD_OF.get(e.kind, "") for e in data.examples])


def fit_style(rates: F64, labels: NDArray[np.str_], words: tuple[str, ...]) -> Style:
    """Weights of the common words by how the copies of each method change their rates (right less left)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STYLE_STRENGTH, max_iter=300)
    model.fit(rates, labels, sample_weight=class_weights(labels, 0.0))
    return Style(words, tuple(model.classes_), np.round(model.coef_, 4))


def class_weights(labels: NDArray[np.str_], power: float) -> F64:
    """Weight of each example so that a class of n has weight n^power in all; mean 1."""
    sizes = {label: float((labels == label).sum()) for label in set(labels)}
    weights = np.array([sizes[label] ** (power - 1) for label in labels])
    scaled: F64 = weights * (len(weights) / weights.sum())
    return scaled


def styled(data: Data, rows: NDArray[np.intp], style: Style) -> F64:
    """The vectors of `method_features` of some examples with the distances of a style."""
    found = data.methods[rows].copy()
    found[:, STYLES[[METHODS.index(method) for method in style.methods]]] = np.abs(data.rates[rows] @ style.weights.T)
    return found


def fit_methods(data: Data, rows: NDArray[np.intp]) -> tuple[dict[str, dict[str, Any]], Style]:
    """A softmax over the vectors and the style's distances, those of each third by a style learnt on the others."""
    from sklearn.linear_model import LogisticRegression

    rows = rows[data.features[rows, TRIPLES] < VERBATIM]
    labels = labels_of(data)[rows]
    third = np.random.default_rng(0).integers(0, 3, len(rows))
    x = np.zeros((len(rows), len(METHOD)))
    for k in range(3):
        part = fit_style(data.rates[rows[third != k]], labels[third != k], data.words)
        x[third == k] = styled(data, rows[third == k], part)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    model = LogisticRegression(C=METHOD_STRENGTH, max_iter=500)
    model.fit((x - mean) / scale, labels, sample_weight=class_weights(labels, CLASS_POWER))
    models = {}
    for label, weights, intercept in zip(model.classes_, model.coef_, model.intercept_, strict=True):
        named = zip(METHOD, mean, scale, weights, strict=True)
        features = {
            name: {"mean": round(float(m), 6), "scale": round(float(s), 6), "weight": round(float(w), 5)}
            for name, m, s, w in named
        }
        models[str(label)] = {"intercept": round(float(intercept), 5), "features": features}
    return models, fit_style(data.rates[rows], labels, data.words)


def report_methods(data: Data) -> None:
    """Accuracy of the method with each generator held out in turn (human translations: by fold)."""
    labels = labels_of(data)
    folds = [f" fold {e.fold}" if e.kind == "human_translation" else "" for e in data.examples]
    makers = np.array([e.generator + fold for e, fold in zip(data.examples, folds, strict=True)])
    print("\n| generator held out | class | pairs | right | right of those over .5 | called |\n" + "|---" * 6 + "|")
    hits: list[tuple[str, F64, F64]] = []
    for maker in sorted(set(makers[labels != ""])):
        mine, others = (labels != "") & (makers == maker), (labels != "") & (makers != maker)
        models, style = fit_methods(data, np.flatnonzero(others))
        x, names = styled(data, np.flatnonzero(mine), style), sorted(models)
        odds = np.stack([apply(models[n], x, METHOD) for n in names])
        sure = 1 / np.exp(odds - odds.max(axis=0)).sum(axis=0) >= 0.5
        called = np.array(names)[odds.argmax(axis=0)]
        near = data.features[mine, TRIPLES] >= VERBATIM
        called[near], sure[near] = "edited", True
        right = called == labels[mine]
        hits.append((labels[mine][0], right, sure))
        told = ", ".join(f"{n} {(called == n).sum()}" for n in names if (called == n).any())
        told_sure = f"{right[sure].mean():.3f} ({sure.mean():.2f})" if sure.any() else "-"
        print(f"| {maker} | {labels[mine][0]} | {len(right)} | {right.mean():.3f} | {told_sure} | {told} |")
    by_class = {c: np.concatenate([r for k, r, _ in hits if k == c]).mean() for c in sorted({k for k, *_ in hits})}
    right, sure = (np.concatenate([h[k] for h in hits]) for k in (1, 2))
    told = ", ".join(f"{c} {share:.3f}" for c, share in by_class.items())
    print(
        f"\nAccuracy over pairs {right.mean():.3f}; of the {sure.mean():.3f} over .5: {right[sure].mean():.3f}; {told}"
    )


def fit_original(data: Data) -> dict[str, Any]:
    """Human texts against what machines and editors made of them, both ways, each group with equal weight."""
    known = [i for i, e in enumerate(data.examples) if e.kind in ORIGINAL_KINDS and e.set in ORIGINAL_SETS]
    sets = [f"{data.examples[i].set}, {data.examples[i].kind}" for i in known]
    weights = np.array([1000.0 / sets.count(s) for s in sets])
    x = data.originals[known]
    corrupted = Asymmetry.CORRUPTED_NAMES
    free: list[tuple[float | None, float | None]]
    free = [(NAMES_COUNT if column == corrupted else 0.0, None) for column in Asymmetry]
    for out in sorted(set(sets)):
        train = np.array([s != out for s in sets])
        model = _two_ways(x[train], weights[train], free)
        odds = apply(model, x[~train], ORIGINAL)
        sure = np.abs(odds) > np.log(0.6 / 0.4)
        print(f"| {out} | {(~train).sum()} | {sure.mean():.3f} | {(odds[sure] > 0).mean():.3f} |")
    return _two_ways(x, weights, free)


def _two_ways(x: F64, weights: F64, bounds: list[tuple[float | None, float | None]]) -> dict[str, Any]:
    y = np.concatenate([np.ones(len(x)), np.zeros(len(x))])
    return fit(np.concatenate([x, -x]), y, np.tile(weights / 2, 2), ORIGINAL, 1.0, bounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--wordnet", type=Path, default=None, help="folder of WordNet's data files: one more spinner")
    parser.add_argument("--cache", type=Path, default=None, help="file to keep the measured vectors in")
    parser.add_argument("--write", action="store_true", help="write the model into the package")
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        data: Data = pickle.loads(options.cache.read_bytes())
    else:
        pack = pack_examples(options.packs)
        made = [*rewrite_simulations(pack), *cross_examples(options.packs), *background_examples(options.packs)]
        data = measure([*pack, *made, *method_examples(options.packs, options.wordnet)], Frequencies.shipped())
        if options.cache:
            options.cache.write_bytes(pickle.dumps(data))
    weights = weights_of(data)
    odds = held_out(data, weights)
    report_copies(data, odds)
    report_reliability(data, odds, weights)
    report_methods(data)
    print("\n| original: set held out | pairs | decided | right |\n|---|---|---|---|")
    original = fit_original(data)
    everything = np.ones(len(data.examples), np.bool_)
    methods, style = fit_methods(data, np.flatnonzero(labels_of(data) != ""))
    model = {
        "about": "Built by benchmarks/training/train_judge.py; weights are per standard deviation of each feature.",
        "copy": {"feature_version": columns.PAIR_VERSION, **fit_copy(data, everything, weights)},
        "original": {"feature_version": columns.ORIGINAL_VERSION, **original, "intercept": 0.0},
        "methods": {name: {"feature_version": columns.METHOD_VERSION, **entry} for name, entry in methods.items()},
        "style": {"methods": style.methods, "words": dict(zip(style.words, style.weights.T.tolist(), strict=True))},
    }
    if options.write:
        lines = re.sub(r"\[[^][{}]*\]", lambda m: " ".join(m.group().split()), json.dumps(model, indent=1))
        MODEL.write_text(lines + "\n", "utf-8")


if __name__ == "__main__":
    main()
