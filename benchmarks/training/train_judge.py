"""Train what the judge says of a copy, and measure it: method and original, `dedup/data/judge.json`.

    python -m benchmarks.training.train_judge [--packs ../shared/eval] [--wordnet FOLDER] [--write]

Whether a pair is a copy at all is trained by `train_copies`. Methods are reported with each generator held out in
turn, the original with each set.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.training.judge_data import (
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
from dedup.judge import Prepared, columns, prepare
from dedup.judge.columns import METHOD, METHODS, STYLES
from dedup.judge.features import measure as pair_measures
from dedup.judge.method import TRIPLES, VERBATIM, method_features
from dedup.judge.original import changes_of
from dedup.judge.style import Style
from dedup.language.frequencies import Frequencies
from dedup.records import Article
from dedup.resources import resource
from dedup.text import tokenise

MODEL = resource("judge.json")
METHOD_STRENGTH, STYLE_STRENGTH = 0.03, 0.1  # the same for the method and the style (.03 to .3, .1 to 1 are alike)
CLASS_POWER = 0.5  # weight of a class of n examples: n^.5, between equal classes and equal pairs
STYLE_WORDS = 700  # commonest words of the background
METHOD_OF = {"edited": "edited", "spun": "spun", "mt": "back_translated", "llm": "llm", "llm_reframe": "llm",
             "human_translation": "human"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Data:
    """Examples with their vectors; shapes (n, ...)."""

    examples: list[Example]
    features: F64
    methods: F64  # the columns of the style are zero
    rates: F64  # common words, right less left
    words: tuple[str, ...]


def measure(examples: list[Example], frequencies: Frequencies) -> Data:
    """The vectors of all examples."""
    rows: list[tuple[F64, F64, F64]] = []
    words_used = common_words(examples)
    style, none = Style(words_used, (), np.zeros((0, len(words_used)))), np.zeros(len(METHODS))
    for e in examples:
        a, b = _prepared(e.left, frequencies), _prepared(e.right, frequencies)
        words, x, y = align_words(a.tokens, b.tokens, frequencies), a.profile, b.profile
        measured, changes = pair_measures(a, b, words), changes_of(a.side, b.side, differences(a.side, b.side, words))
        size, count = (len(x.hashes), len(y.hashes)), (int((x.sentence > 0).sum()), int((y.sentence > 0).sum()))
        methods = method_features(measured.vector, changes, size, count, (none, none))
        rows.append((measured.vector, methods, style.rates(y.hashes) - style.rates(x.hashes)))
    vectors, methods, rates = (np.array(column) for column in zip(*rows, strict=True))
    return Data(examples, vectors, methods, rates, words_used)


def _prepared(text: str, frequencies: Frequencies) -> Prepared:
    return prepare(Article("", text), tokenise(text), frequencies)


def common_words(examples: list[Example]) -> tuple[str, ...]:
    """The words in most of the background texts."""
    texts = sorted({e.left for e in examples if e.set == "unread"})
    counts = Counter(word for text in texts for word in set(re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())))
    return tuple(word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:STYLE_WORDS])


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


def model_text(model: dict[str, Any]) -> str:
    """Return the text of a model file, each list on one line."""
    return re.sub(r"\[[^][{}]*\]", lambda m: " ".join(m.group().split()), json.dumps(model, indent=1)) + "\n"


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
    report_methods(data)
    methods, style = fit_methods(data, np.flatnonzero(labels_of(data) != ""))
    model = {
        "about": "Built by benchmarks/training/train_judge.py; weights are per standard deviation of each feature.",
        "original": json.loads(MODEL.read_text(encoding="utf-8"))["original"],  # of `train_original.py`
        "methods": {name: {"feature_version": columns.METHOD_VERSION, **entry} for name, entry in methods.items()},
        "style": {"methods": style.methods, "words": dict(zip(style.words, style.weights.T.tolist(), strict=True))},
    }
    if options.write:
        MODEL.write_text(model_text(model), encoding="utf-8")


if __name__ == "__main__":
    main()
