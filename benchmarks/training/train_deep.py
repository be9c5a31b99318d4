"""What the small neural model of words in their context adds to `spun`: print its figures, write its head.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.training.train_context_model HELD_OUT.bin -o dedup/data/context_model.npz
    python -m benchmarks.training.train_deep HELD_OUT.bin -o dedup/data/context_model.json

`--cache` is that of `train_score.py`. Neither the background nor the model has counted the documents, and nothing is
trained on spun text: each feature is put in standard deviations of clean news, less what the surprise of the text and
the fit of its typical word explain, and counts with a weight that holds for all spinners. Run it again when
`train_score.py` has changed `spun`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.training.score_curves import PRIOR, curves
from benchmarks.training.score_data import words_of
from benchmarks.training.score_figures import figures, show_spun, show_transfer
from benchmarks.training.score_heads import NUMERIC, Data, Fitted, set_weights
from benchmarks.training.spellings import british_spellings
from benchmarks.training.train_score import FUNCTION_WORDS, samples
from dedup.compiled.arrays import F64
from dedup.findings.finder import Finder
from dedup.language.background import Background, load_background
from dedup.language.language_model import read
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.models import read_json
from dedup.resources import resource
from dedup.scoring.context_model import VERSION, Context, ContextModel, load_context_model, measure
from dedup.scoring.deep_head import HEAD
from dedup.scoring.heads import Model, hashes, shipped_model

WEIGHTS = {
    "strange": 0.5,
    "swapped": 0.75,
}  # against the substitution gain; .25 to 1 of either differ by less than .005 AUC
CONTEXT = Context.names()
RIDGE = 0.01  # of the plane through surprise and typical fit, as in `spun_head`
EXPLAIN = ("surprise", "typical")  # what of a text explains a part of the features
TRIED = ({"strange": 0.5}, {"swapped": 0.75}, {"strange": 0.5, "swapped": 0.75}, {"strange": 1.0, "swapped": 1.0})


def features(data: Data, background: Background, spared: list[str], model: ContextModel) -> F64:
    """The features of every clean and every spun document, shape (documents, features); prints what they cost."""
    synonyms, function, spares = shipped_synonyms(), hashes(FUNCTION_WORDS.split()), hashes(spared)
    finder, targets = Finder(background, synonyms), model.number(synonyms.hashes)
    made, spent, words = np.zeros((len(data.family), len(Context))), [], []
    for i in np.flatnonzero((data.family == "human") | (data.family == "spun")):
        tokens = words_of(data.samples.documents[i].text)
        reading = read(tokens, background, synonyms, finder.frequent, spares, own=finder.expected)
        begin = time.process_time()
        made[i] = measure(model, synonyms, targets, reading, tokens, function, spares)
        spent.append(time.process_time() - begin)
        words.append(len(tokens))
    print(f"{1000 * np.mean(spent):.2f} ms of processor time an article of {np.mean(words):.0f} words on average")
    return made


def planes(data: Data, made: F64) -> dict[str, list[float]]:
    """What puts a feature in standard deviations of clean news: its scale, then as in `EXPLAIN`, then the bias."""
    explain = np.stack([_surprise(data), made[:, Context.TYPICAL]], axis=1)
    weight, found = set_weights(data.set, data.human)[data.human], {}
    for name in WEIGHTS:
        column = made[:, CONTEXT.index(name)]
        column, spread = column / column[data.human].std(), column[data.human].std()
        plane = Ridge(alpha=RIDGE).fit(explain[data.human], column[data.human], weight)
        left = (column - plane.predict(explain))[data.human & data.own].std()
        parts = [1 / spread / left, *(-plane.coef_ / left), -plane.intercept_ / left]
        found[name] = [float(part) for part in parts]
    return found


def _surprise(data: Data) -> F64:
    values: F64 = data.samples.numeric[:, NUMERIC.index("surprise")].astype(np.float64)
    return values


def head_of(data: Data, made: F64, weights: dict[str, float]) -> Fitted:
    """The linear function that is added to `spun`."""
    head: Fitted = dict.fromkeys((*CONTEXT, *EXPLAIN, "bias"), 0.0)
    fitted = planes(data, made)
    for name, weight in weights.items():
        for part, value in zip((name, *EXPLAIN, "bias"), fitted[name], strict=True):
            head[part] += weight * value
    return {name: round(value, 6) for name, value in head.items()}


def added(data: Data, made: F64, head: Fitted) -> F64:
    weights = np.array([head[name] for name in CONTEXT])
    values: F64 = made @ weights + head["surprise"] * _surprise(data) + head["bias"]
    return values


def shipped_values(data: Data, model: Model) -> F64:
    """The value of the shipped `spun`, on which all this lies."""
    head = model.heads["spun"]
    scaled = ((np.take(data.samples.numeric, model.columns, axis=1) - model.mean) / model.scale).clip(
        -head.limits, head.limits
    )
    rates = [data.rate(kind) * weight for kind, weight in head.findings.items()]
    values: F64 = head.bias + scaled @ head.numeric + np.sum(rates, axis=0)
    return values


def show_tried(data: Data, made: F64, base: F64) -> None:
    """AUC, TPR at 1 % and at 5 % of all spinners together, with and without each feature."""
    spun = (data.family == "spun") & data.long
    for weights in ({}, *TRIED):
        values = base + added(data, made, head_of(data, made, weights))
        parts = (figures(values[spun & own], values[data.human & own]) for own in (data.own, ~data.own))
        print(f"{weights!s:40} allsides, other sets:", " | ".join(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("--model", type=Path, default=Path("dedup/data/context_model.npz"))
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/context_model.json"))
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    background = load_background(args.background)
    spared = british_spellings(background)
    data = Data(samples(args, background, spared))
    base, made = (
        shipped_values(data, shipped_model()),
        features(data, background, spared, load_context_model(args.model)),
    )
    head = head_of(data, made, WEIGHTS)
    values = base + added(data, made, head)
    show_tried(data, made, base)
    for name, found in (("as shipped", base), ("with the deeper head", values)):
        print(f"\n{name}", end="")
        show_spun(data, found)
        show_transfer(data, found, "spun")
    quantiles, curve = curves(data, values, (data.family == "spun") & data.long)
    result: dict[str, Any] = {
        "feature_version": VERSION,
        "over": read_json(resource("score.json"))["heads"][HEAD],
        "weights": {name: head[name] for name in CONTEXT},
        "surprise": head["surprise"],
        "bias": head["bias"],
        "calibration": {"prior": PRIOR, "quantiles": quantiles, "curves": curve},
    }
    args.output.write_text(json.dumps(result, sort_keys=True, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
