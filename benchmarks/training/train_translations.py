"""Train the probability of a translation: `dedup/data/translation.json` and `translation.npz`.

    python -m benchmarks.training.train_translations [--packs ../shared/eval] [--cache FILE] [--write]

A logistic regression over `dedup.translation.features`, on whole pairs, pairs with one side cut to a half, and pairs
with a half of one side between other text of its language. Each figure is of pairs of languages that were held out.
Needs the extra `languages`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.training.translation_data import Example, examples, load_pack
from dedup.compiled.arrays import F64
from dedup.resources import resource
from dedup.translation.features import PAIR, PAIR_VERSION, Measure, measure
from dedup.translation.use_encoder import UseEncoder

STRENGTH = 0.3  # inverse of the L2 penalty on standardised weights
FOLDS = 12
WEIGHTS = {"translation": 1.0, "sibling": 0.6, "other": 1.0, "same_event": 8.0}
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


def logits(entry: dict[str, Any], rows: F64) -> F64:
    """Return the log odds that a model entry gives."""
    total = np.full(len(rows), entry["intercept"])
    for name, f in entry["features"].items():
        total += f["weight"] * (rows[:, PAIR.index(name)] - f["mean"]) / f["scale"]
    return total


def weights_of(chosen: Sequence[Example]) -> F64:
    """Return the weight of each example: look-alikes together as much as translations."""
    raw = np.array([WEIGHTS[one.kind] for one in chosen])
    labels = np.array([one.label for one in chosen])
    raw[labels] *= raw[~labels].sum() / raw[labels].sum()
    return raw


def held_out(chosen: Sequence[Example], rows: F64) -> F64:
    """Return the log odds of each example by a model that saw no pair of its two languages."""
    tongues = sorted({one.languages for one in chosen})
    fold = {pair: number % FOLDS for number, pair in enumerate(tongues)}
    folds = np.array([fold[one.languages] for one in chosen])
    labels, weights, found = np.array([one.label for one in chosen]), weights_of(chosen), np.zeros(len(chosen))
    for number in range(FOLDS):
        rest, test = folds != number, folds == number
        found[test] = logits(fit(rows[rest], labels[rest], weights[rest]), rows[test])
    return found


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

    for form in ("whole", "half", "mixed"):
        of = [one if one.form == form else None for one in chosen]
        for domain in ("news", "other"):
            direct = [one is not None and one.kind == "translation" and one.domain == domain for one in of]
            share(f"{form}: {domain}, source and translation", direct)
        share(f"{form}: siblings", [one is not None and one.kind == "sibling" for one in of])
        share(f"{form}: ar, th, ja-zh", [one is not None and one.label and weak(one.languages) for one in of])
        for kind in ("other", "same_event"):
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
    chosen = list(examples(pack))
    rows = vectors_of(chosen)
    labels = np.array([one.label for one in chosen])
    odds = held_out(chosen, rows)
    for probability in (0.5, 0.9, 0.95, 0.98, 0.99):
        print(f"\nprobability {probability}")
        show(chosen, odds, float(np.log(probability / (1 - probability))))
    entry = fit(rows, labels, weights_of(chosen))
    for name, feature in entry["features"].items():
        print(f"{name:16} {feature['weight']:7.3f}")
    print("left out:", sorted(set(PAIR) - entry["features"].keys()), len(Measure))
    if args.write:
        model = {"encoder": encoder.name, "model": entry}
        resource("translation.json").write_text(json.dumps(model, indent=1) + "\n", "utf-8")
        languages = np.array(list(pack.means))
        means = np.array([pack.means[language] for language in languages], np.float16)
        np.savez(resource("translation.npz"), languages=languages, means=means)


if __name__ == "__main__":
    main()
