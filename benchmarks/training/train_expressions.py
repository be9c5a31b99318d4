"""Train the trees that rank replaced expressions: `dedup/data/expression_ranker.json`.

    python -m benchmarks.training.train_expressions --wordnet /usr/share/wordnet --background HELDOUT.bin

Positives are words that two simulated spinners swapped in clean articles, negatives the candidates of the same articles
as they were, as in `train_evidence.py`, whose background this takes too.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_data import words_of
from benchmarks.training.simulate import Spinner, learnt_spinner, wordnet_spinner
from benchmarks.training.train_evidence import (
    DATA,
    LEAST_RATE,
    LONGEST,
    MOST_RATE,
    changed,
    held_out,
    ranker_of,
    trees_of,
)
from dedup.findings.expressions import VERSION, Candidates, Feature, KnownExpressions, candidates
from dedup.findings.ranker import Ranker, rank, score_places
from dedup.language.background import Background, load_background
from dedup.language.lookup import look_up
from dedup.language.substitutions import shipped
from dedup.records import Tokens

FALSE_ALARMS = {"strong": 0.004, "weak": 0.1}  # for 1,000 clean words
SETTINGS = {"max_iter": 40, "max_leaf_nodes": 10, "learning_rate": 0.15, "min_samples_leaf": 30, "l2_regularization": 5}
SEED = 11


class Sample(NamedTuple):
    """One article, clean or spun, with its candidates; `swapped` (k,) tells which stand on swapped words."""

    article: int
    spinner: str  # "" for clean
    words: int
    found: Candidates
    swapped: NDArray[np.bool_]


def found_in(tokens: Tokens, background: Background, known: KnownExpressions) -> Candidates:
    return candidates(tokens, background, shipped(), known, look_up(tokens, background))


def sample(n: int, text: str, spun: str, name: str, background: Background, known: KnownExpressions) -> Sample:
    """The candidates of a spun text; those stand on swapped words that differ in as many words as were swapped."""
    tokens = words_of(spun)
    found, differs = found_in(tokens, background, known), changed(words_of(text), tokens)
    swapped = differs[found.places].astype(int) + differs[found.places + 1]
    return Sample(n, name, len(tokens), found, swapped == found.features[:, Feature.REPLACED])


def collect(clean: Sequence[Mapping[str, Any]], spin: Mapping[str, Spinner], background: Background) -> list[Sample]:
    """Every article as it is, and the beginning of each as one of the spinners in turn spins it."""
    rng, known, samples = Random(SEED), KnownExpressions.of(background, shipped()), list[Sample]()
    for n, row in enumerate(clean):
        tokens = words_of(row["text"])
        found = found_in(tokens, background, known)
        samples.append(Sample(n, "", len(tokens), found, np.zeros(len(found.places), bool)))
        name, short = sorted(spin)[n % len(spin)], row["text"][:LONGEST].rsplit(" ", 1)[0]
        samples.append(
            sample(n, short, spin[name](short, rng, rng.uniform(LEAST_RATE, MOST_RATE)), name, background, known)
        )
    return samples


def fit(samples: Sequence[Sample]) -> dict[str, Any]:
    """Trees as `ranker_of` writes them."""
    used = [np.full(len(s.swapped), not s.spinner) | s.swapped for s in samples]
    x = np.concatenate([s.found.features[u] for s, u in zip(samples, used, strict=True)])
    y = np.concatenate([s.swapped[u] for s, u in zip(samples, used, strict=True)])
    return {"feature_version": VERSION, "features": list(Feature.names()), **trees_of(x, y, **SETTINGS)}


def scores_of(samples: Sequence[Sample], ranker: Ranker) -> list[NDArray[np.float32]]:
    """The scores of the candidates of each article."""
    return [score_places(s.found.places, rank(s.found.features, ranker), s.words)[1] for s in samples]


def thresholds(scores: Sequence[NDArray[np.float32]], words: int) -> dict[str, float]:
    """The scores that the wanted false alarms exceed, from those of clean articles."""
    ordered = np.sort(np.concatenate(scores))[::-1]
    return {name: round(float(ordered[int(rate * words / 1000)]), 3) for name, rate in FALSE_ALARMS.items()}


def folded(samples: Sequence[Sample], folds: int, scratch: Path) -> tuple[dict[str, float], list[str]]:
    """Thresholds from articles that the trees have not seen, and lines about what is found above them."""
    clean, spun = list[NDArray[np.float32]](), list[tuple[str, int, NDArray[np.float32]]]()
    for fold in range(folds):
        raw = {**fit([s for s in samples if s.article // 2 % folds != fold]), "strong": 0.0, "weak": 0.0}
        ranker, part = ranker_of(raw, scratch / "fold.json"), [s for s in samples if s.article // 2 % folds == fold]
        clean += scores_of([s for s in part if not s.spinner], ranker)
        for one in part:
            if one.spinner:
                spun.append((one.spinner, one.words, scores_of([one], ranker)[0][one.swapped]))
    limits = thresholds(clean, sum(s.words for s in samples if not s.spinner))
    lines = []
    for name in sorted({name for name, _, _ in spun}):
        words = sum(w for n, w, _ in spun if n == name)
        hits = np.concatenate([scores for n, _, scores in spun if n == name])
        told = ", ".join(f"{kind} {1000 * (hits >= least).sum() / words:.2f}" for kind, least in limits.items())
        lines.append(f"{name}: {told} of {1000 * len(hits) / words:.2f} for 1,000 words")
    return limits, lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--wordnet", type=Path, required=True, help="folder of index.noun, data.noun, …")
    parser.add_argument("--background", type=Path, required=True, help="a background without the articles of machine/")
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir()), help="folder for the rankers of the folds")
    given = parser.parse_args()
    spin = {
        "wordnet": wordnet_spinner(given.wordnet),
        "learnt": learnt_spinner(given.eval / "tortured.jsonl.gz", given.eval / "swaps.tsv"),
    }
    clean = held_out(given.eval)
    samples = collect(clean, spin, load_background(given.background))
    limits, lines = folded(samples, given.folds, given.scratch)
    trained = {"trained_on": "benchmarks/training/train_expressions.py", "articles": len(clean)}
    ranker_of({**fit(samples), **trained, **limits}, DATA / "expression_ranker.json")
    print(*lines, f"strong from {limits['strong']}, weak from {limits['weak']}", sep="\n")


if __name__ == "__main__":
    main()
