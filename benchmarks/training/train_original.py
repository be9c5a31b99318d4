"""Train the choice of the original and measure it: the entry `original` of `dedup/data/judge.json`.

    python -m benchmarks.training.train_original [--packs ../shared/eval] [--vectors FILE] [--write]

Three mirrored logistic regressions: differences of the left and the right article, no intercept, so that the other
order gives the other sign. `anew` is trained on rewrites and reframings by LLMs, `edited` on simulated copies that are
spun, garbled, edited or reposted, `any` on both; which of them counts, the method says. One model alone is worse for
either, because an LLM loses what a spinner keeps. Each kind of copy weighs the same; weights keep the sign that their
meaning gives. Tables with each set, or half of the simulated articles, held out in turn.
"""

from __future__ import annotations

import argparse
import json
import pickle
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.training.judge_data import (
    SENTENCES,
    Example,
    pack_examples,
    read_jsonl,
    repost,
    revise,
    sentences,
    shorten,
)
from benchmarks.training.simulate import corrupt, learnt_spinner
from benchmarks.training.train_judge import model_text
from dedup.alignment import align_words
from dedup.compiled.arrays import F64
from dedup.evidence.spans import differences
from dedup.judge import Prepared, columns, prepare
from dedup.judge.columns import ORIGINAL
from dedup.judge.features import measure
from dedup.judge.original import changes_of, original_features
from dedup.language.frequencies import Frequencies
from dedup.records import Article
from dedup.resources import resource
from dedup.text import tokenise

MODEL = resource("judge.json")
KINDS = ("llm", "llm_reframe")  # whose left text is the original
SETS = ("l2r", "sheepdog-train")
SIMULATED = "background"
STRENGTH = 1.0  # inverse of the L2 penalty on standardised weights (.3 to 3 are alike)
SURE = 0.6
MISSING = ("missing_names", "missing_numbers", "missing_quotes", "missing_words")
# What each model looks at. Surprise, repeats and function words change their sign with the generator of a rewrite.
REWRITTEN = ("said", "highlighted", "word_length", "clauses", "spread", *MISSING)
FEATURES = {
    "anew": REWRITTEN,
    "edited": tuple(name for name in ORIGINAL if name not in ("capitals", *MISSING)),
    "any": (*REWRITTEN, "corrupted_names", "strange_words", "cohesive", "foreign"),
}
# What may only speak for the article that has it, and against it; the rest is free.
FOR = ("corrupted_names", "strange_words", "cohesive", "lost_names", "lost_numbers", "lost_quotes", "missing_names",
       "missing_numbers", "missing_quotes", "said", "spread")  # fmt: skip
AGAINST = ("foreign", "highlighted", "clauses", "word_length")
EACH = 120  # simulated copies of each kind


class Pairs(NamedTuple):
    """Differences of pairs whose left text is the original; shapes (n, len(ORIGINAL)), (n,), (n,)."""

    x: F64
    kinds: NDArray[np.str_]
    sets: NDArray[np.str_]


def _prepared(text: str, frequencies: Frequencies) -> Prepared:
    return prepare(Article("", text), tokenise(text), frequencies)


def vector(left: str, right: str, frequencies: Frequencies) -> F64:
    """Return the differences of two texts by `Origin`."""
    a, b = _prepared(left, frequencies), _prepared(right, frequencies)
    words = align_words(a.tokens, b.tokens, frequencies)
    changes = changes_of(a.side, b.side, differences(a.side, b.side, words))
    return original_features(a, b, words, changes, measure(a, b, words))


def examples_of(packs: Path) -> list[Example]:
    """Return the pairs whose original is known, with reposts of originals between foreign sentences."""
    found = [e for e in pack_examples(packs) if e.kind in KINDS and e.set in SETS]
    rng, rows = Random(5), read_jsonl(packs / "background.jsonl.gz")
    spin = learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")
    for row, other in zip(rng.sample(rows, EACH), rng.sample(rows, EACH), strict=True):
        text = "".join(sentences(row["text"])[:SENTENCES])
        edited = revise(rng, shorten(rng, text), rng.choice([0.0, 0.03, 0.08]))
        copies = {
            "spun": spin(text, rng, rng.uniform(0.08, 0.35)),
            "garbled": corrupt(text, rng, rng.uniform(0.2, 0.6)),
            "edited": edited if rng.random() < 0.5 else sentences(other["text"])[0] + "\n" + edited,
            "repost": repost(rng, text, other["text"]),
        }
        found += [Example(text, copy, True, SIMULATED, kind, 0) for kind, copy in copies.items()]
    return found


def pairs_of(examples: list[Example]) -> Pairs:
    """Return the differences of all examples."""
    frequencies = Frequencies.shipped()
    x = np.array([vector(e.left, e.right, frequencies) for e in examples])
    return Pairs(x, np.array([e.kind for e in examples]), np.array([e.set for e in examples]))


def _bounds(name: str) -> tuple[float | None, float | None]:
    return (0.0, None) if name in FOR else (None, 0.0) if name in AGAINST else (None, None)


def fit(pairs: Pairs, train: NDArray[np.bool_], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the regression of some pairs on some features as JSON; each kind has the same weight."""
    x = pairs.x[train][:, [ORIGINAL.index(name) for name in names]]
    kinds = pairs.kinds[train]
    weights = np.array([1.0 / (kinds == kind).sum() for kind in kinds])
    weights *= len(weights) / weights.sum()
    scale = np.sqrt(np.average(x**2, axis=0, weights=weights)) + 1e-6
    z = x / scale

    def loss(t: F64) -> tuple[float, F64]:
        margin = z @ t
        slope = -weights / (1 + np.exp(np.minimum(margin, 500)))
        return float(
            (weights * np.logaddexp(0, -margin)).sum() + (t**2).sum() / 2 / STRENGTH
        ), z.T @ slope + t / STRENGTH

    t = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=[_bounds(name) for name in names]).x
    kept = {
        name: {"mean": 0.0, "scale": round(float(s), 6), "weight": round(float(w), 6)}
        for name, s, w in zip(names, scale, t, strict=True)
        if abs(w) > 1e-4
    }
    return {"intercept": 0.0, "features": kept}


def fit_all(pairs: Pairs, train: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the regressions of some pairs, as they stand in the model file."""
    simulated = pairs.sets == SIMULATED
    parts = {"anew": train & ~simulated, "edited": train & simulated, "any": train}
    version = {"feature_version": columns.ORIGINAL_VERSION}
    return {name: version | fit(pairs, part, FEATURES[name]) for name, part in parts.items()}


def odds_of(model: dict[str, Any], x: F64) -> F64:
    """Return the log odds that the left text is the original; shape (n,)."""
    odds = np.zeros(len(x))
    for name, f in model["features"].items():
        odds += x[:, ORIGINAL.index(name)] / f["scale"] * f["weight"]
    return odds


def report(pairs: Pairs) -> None:
    """Print what a model decides on pairs that it has not seen, by kind."""
    print("| held out | model | kind | pairs | decided | right | wrong |\n|---|---|---|---|---|---|---|")
    sure, half = np.log(SURE / (1 - SURE)), np.arange(len(pairs.x)) // (2 * len(set(pairs.kinds))) % 2
    simulated = pairs.sets == SIMULATED
    parts = [(name, "anew", pairs.sets == name) for name in SETS]
    parts += [(f"half {k + 1}", "edited", simulated & (half == k)) for k in range(2)]
    for title, name, part in parts:
        model = fit_all(pairs, ~part)[name]
        for kind in sorted(set(pairs.kinds[part])):
            odds = odds_of(model, pairs.x[part & (pairs.kinds == kind)])
            right, wrong = float((odds > sure).mean()), float((odds < -sure).mean())
            print(f"| {title} | {name} | {kind} | {len(odds)} | {right + wrong:.3f} | {right:.3f} | {wrong:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--write", action="store_true", help="write the model into the package")
    parser.add_argument("--vectors", type=Path, default=None, help="file to keep the differences in")
    options = parser.parse_args()
    if options.vectors and options.vectors.exists():
        pairs = Pairs(*pickle.loads(options.vectors.read_bytes())[:3])
    else:
        pairs = pairs_of(examples_of(options.packs))
        if options.vectors:
            options.vectors.write_bytes(pickle.dumps(tuple(pairs)))
    report(pairs)
    models = fit_all(pairs, np.ones(len(pairs.x), bool))
    for name, model in models.items():
        print(f"\n{name}: " + ", ".join(f"{key} {f['weight']:.2f}" for key, f in model["features"].items()))
    if options.write:
        data = json.loads(MODEL.read_text(encoding="utf-8"))
        data["original"] = models
        MODEL.write_text(model_text(data), encoding="utf-8")


if __name__ == "__main__":
    main()
