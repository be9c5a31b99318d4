"""Train the probability of a translation: `dedup/data/translation.json` and `translation.npz`.

    python -m benchmarks.training.train_translations [--packs ../shared/eval] [--cache FILE] [--write]

A logistic regression over `dedup.translation.features`, on whole pairs, pairs with one side cut to a half, pairs with a
half of one side between other text of its language, the pairs nearest to the encoder that are no translations, and
texts of one or two sentences with their translations and with what is nearest to them. Then it is calibrated: scaled,
with a constant for each language, on pairs weighed so that in every language translations and others count alike. Each
figure is of pairs of languages that were held out, their constants learnt from other pairs.
Needs the extra `languages`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.training.translation_data import Example, all_examples, load_pack
from dedup.compiled.arrays import F64
from dedup.resources import resource
from dedup.translation.features import PAIR, PAIR_VERSION, Measure, measure
from dedup.translation.use_encoder import UseEncoder

STRENGTH = 0.3  # inverse of the L2 penalty on standardised weights
FOLDS = 12
WEIGHTS = {"translation": 1.0, "sibling": 0.6, "other": 1.0, "same_event": 8.0, "near": 1.0}
# Of texts of one or two sentences, beside others: with 0 .120 of those nearest to the encoder are called, with .3 .005,
# with 1 .003; of halves of two translations of a third text .954, .931 and .916 are found.
SHORT = 0.3
SHRINK = 0.3  # inverse of the L2 penalty on the constants of the languages
FREE = 10.0  # what the log odds are multiplied by, so that their scale is hardly penalised
ROUNDS = 30  # of balancing
BINS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.95, 1.01)  # of probabilities
# What a weight may be: a look-alike that agrees in more must not become less likely.
ABOVE = ("chain_short", "chain_long", "covered_max", "covered_min", "mutual", "best_match", "strong_share", "order",
         "run", "local", "beads", "numbers", "numbers_beside", "dates", "names")  # fmt: skip


def vectors_of(chosen: Sequence[Example]) -> F64:
    """Return the features of each example, (n, len(PAIR))."""
    return np.array([measure(*sorted((one.left, one.right), key=lambda t: t.article.id))[0] for one in chosen])


def fit(rows: F64, labels: np.ndarray, weights: F64) -> dict[str, Any]:
    """Return a model entry; features whose weight has the wrong sign are left out, the worst first."""
    columns = list(PAIR)
    while True:
        at = [PAIR.index(name) for name in columns]
        mean, scale = rows[:, at].mean(axis=0), rows[:, at].std(axis=0) + 1e-9
        model = LogisticRegression(C=STRENGTH, max_iter=2000)
        model.fit((rows[:, at] - mean) / scale, labels, sample_weight=weights)
        signed = zip(model.coef_[0], columns, strict=True)
        wrong = [(weight, name) for weight, name in signed if name in ABOVE and weight < 0]
        if not wrong:
            break
        columns.remove(min(wrong)[1])
    features = {
        name: {"mean": round(float(m), 6), "scale": round(float(s), 6), "weight": round(float(w), 6)}
        for name, m, s, w in zip(columns, mean, scale, model.coef_[0], strict=True)
    }
    return {"feature_version": PAIR_VERSION, "intercept": round(float(model.intercept_[0]), 6), "features": features}


def calibrated(
    entry: dict[str, Any], rows: F64, labels: np.ndarray, raw: F64, tongues: Sequence[str]
) -> dict[str, Any]:
    """Return a model: the entry, scaled, and a constant for each language; `raw` are weights before any balance."""
    codes = sorted({code for pair in tongues for code in pair.split("-")})
    of = np.array([[code in pair.split("-") for code in codes] for pair in tongues])
    odds = logits({"model": entry, "languages": {}}, rows, tongues)
    found = LogisticRegression(C=SHRINK, max_iter=3000)
    found.fit(np.hstack([odds[:, None] * FREE, of]), labels, sample_weight=balanced(raw, labels, of))
    scale = float(found.coef_[0][0]) * FREE
    features = {name: one | {"weight": round(one["weight"] * scale, 6)} for name, one in entry["features"].items()}
    intercept = round(entry["intercept"] * scale + float(found.intercept_[0]), 6)
    constants = dict(zip(codes, found.coef_[0][1:].round(4).tolist(), strict=True))
    return {"model": entry | {"features": features, "intercept": intercept}, "languages": constants}


def balanced(raw: F64, labels: np.ndarray, of: np.ndarray) -> F64:
    """Return weights by which translations and others count alike in each language (raking)."""
    weights = raw.copy()
    for _ in range(ROUNDS):
        for inside in of.T:
            ratio = np.sqrt(weights[inside & labels].sum() / weights[inside & ~labels].sum())
            weights[inside & ~labels] *= ratio
            weights[inside & labels] /= ratio
    return weights


def logits(model: dict[str, Any], rows: F64, tongues: Sequence[str]) -> F64:
    """Return the log odds that a model gives to pairs of these languages."""
    entry = model["model"]
    total = np.array([sum(model["languages"].get(code, 0.0) for code in pair.split("-")) for pair in tongues])
    total += entry["intercept"]
    for name, f in entry["features"].items():
        total += f["weight"] * (rows[:, PAIR.index(name)] - f["mean"]) / f["scale"]
    return total


def weights_of(chosen: Sequence[Example]) -> F64:
    """Return the weight of each example before any balance."""
    return np.array([WEIGHTS[one.kind] * (SHORT if one.form == "short" else 1.0) for one in chosen])


def fitted(chosen: Sequence[Example], rows: F64) -> dict[str, Any]:
    """Return the model of some examples: trained with look-alikes as heavy as translations, then calibrated."""
    raw, labels = weights_of(chosen), np.array([one.label for one in chosen])
    weights = np.where(labels, raw * raw[~labels].sum() / raw[labels].sum(), raw)
    return calibrated(fit(rows, labels, weights), rows, labels, raw, [one.languages for one in chosen])


def held_out(chosen: Sequence[Example], rows: F64) -> F64:
    """Return the log odds of each example by a model that saw no pair of its two languages."""
    tongues = sorted({one.languages for one in chosen})
    fold = {pair: number % FOLDS for number, pair in enumerate(tongues)}
    folds = np.array([fold[one.languages] for one in chosen])
    found = np.zeros(len(chosen))
    for number in range(FOLDS):
        rest, test = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        model = fitted([chosen[int(n)] for n in rest], rows[rest])
        found[test] = logits(model, rows[test], [chosen[int(n)].languages for n in test])
    return found


def show_calibration(chosen: Sequence[Example], odds: F64) -> None:
    """Print what share of pairs are translations, by their probability; in each language both weigh alike."""
    codes = sorted({code for one in chosen for code in one.languages.split("-")})
    of = np.array([[code in one.languages.split("-") for code in codes] for one in chosen])
    labels = np.array([one.label for one in chosen])
    weights = balanced(weights_of(chosen), labels, of)
    probability, hard = 1 / (1 + np.exp(-odds)), np.array([weak(one.languages) for one in chosen])
    for name, group in (("ar, th, ja-zh", hard), ("other languages", ~hard)):
        for low, high in pairwise(BINS):
            inside = group & (probability >= low) & (probability < high)
            share = weights[inside & labels].sum() / max(weights[inside].sum(), 1e-9)
            print(f"{name:20} probability {low:.2f} to {high:.2f}: {inside.sum():6} pairs, translations {share:.3f}")


def weak(languages: str) -> bool:
    """Return whether a pair of languages is one that the encoder is weak in."""
    return languages == "ja-zh" or bool({"ar", "th"} & set(languages.split("-")))


def show(chosen: Sequence[Example], odds: F64, least: float) -> None:
    """Print what is called at a threshold of the log odds."""

    def share(name: str, wanted: list[bool]) -> None:
        picked = odds[np.array(wanted)]
        if len(picked):
            ends = f"lowest {picked.min():6.2f} highest {picked.max():6.2f}"
            print(f"{name:44} {len(picked):6} {(picked >= least).mean():.4f}  {ends}")

    for form in ("whole", "half", "mixed", "short"):
        of = [one if one.form == form else None for one in chosen]
        for domain in ("news", "other"):
            direct = [one is not None and one.kind == "translation" and one.domain == domain for one in of]
            share(f"{form}: {domain}, source and translation", direct)
        share(f"{form}: siblings", [one is not None and one.kind == "sibling" for one in of])
        share(f"{form}: ar, th, ja-zh", [one is not None and one.label and weak(one.languages) for one in of])
        for kind in ("other", "same_event", "near"):
            share(f"{form}: {kind}", [one is not None and one.kind == kind for one in of])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--cache", type=Path, help="where the vectors of the pack are kept")
    parser.add_argument("--write", action="store_true", help="write the model into dedup/data")
    args = parser.parse_args()
    encoder = UseEncoder()
    pack = load_pack(args.packs, encoder, args.cache)
    chosen = all_examples(pack)
    rows = vectors_of(chosen)
    odds = held_out(chosen, rows)
    for probability in (0.5, 0.9, 0.95, 0.98, 0.99):
        print(f"\nprobability {probability}")
        show(chosen, odds, float(np.log(probability / (1 - probability))))
    show_calibration(chosen, odds)
    model = fitted(chosen, rows)
    for name, feature in model["model"]["features"].items():
        print(f"{name:16} {feature['weight']:7.3f}")
    print("left out:", sorted(set(PAIR) - model["model"]["features"].keys()), len(Measure), model["languages"])
    if args.write:
        data = {"encoder": encoder.name, **model}
        resource("translation.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
        languages = np.array(list(pack.means))
        means = np.array([pack.means[language] for language in languages], np.float16)
        np.savez(resource("translation.npz"), languages=languages, means=means)


if __name__ == "__main__":
    main()
