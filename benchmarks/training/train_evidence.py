"""Train the trees that rank tortured phrases: `dedup/data/tortured_ranker.json`.

    python -m benchmarks.training.train_evidence --wordnet /usr/share/wordnet --background HELDOUT.bin

Positives are words that three simulated spinners swapped in clean articles, negatives the candidates of the same
articles as they were. The articles (eval/machine, human, set allsides) must not be counted in the background given:
build one with `benchmarks/training/build_background.py` and its option to leave them out.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_data import words_of
from benchmarks.training.simulate import Spinner, learnt_spinner, neighbour_spinner, wordnet_spinner
from dedup.findings.ranker import Ranker, load_ranker, rank, score_places
from dedup.findings.tortured import VERSION, Candidates, Feature, candidates
from dedup.language.background import Background, load_background
from dedup.language.pair_filter import frequent_pairs
from dedup.language.substitutions import shipped
from dedup.records import Tokens
from dedup.resources import resource

DATA = resource("")
LONGEST = 5000  # characters of an article that are spun
LEAST_RATE, MOST_RATE = 0.1, 0.4  # share of the words that a spinner swaps
NEIGHBOUR_STEP = 6  # every sixth background article serves to find co-occurrence neighbours
FALSE_ALARMS = {"strong": 0.012, "weak": 0.6}  # per 1,000 clean words; .03 more come from the other kinds of evidence
TREES, LEAVES, RATE, LEAST_LEAF, L2 = 150, 20, 0.1, 60, 5.0
SPINNERS, SEED = 3, 5


class Sample(NamedTuple):
    """One article, clean or spun, with its candidates; `swapped` (k,) tells which stand on swapped words."""

    article: int
    spinner: str  # "" for clean
    text: str
    words: int
    found: Candidates
    swapped: NDArray[np.bool_]


def articles(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def spinners(wordnet: Path, data: Path, held: set[str]) -> dict[str, Spinner]:
    rows = (row for n, row in enumerate(articles(data / "background.jsonl.gz")) if n % NEIGHBOUR_STEP == 0)
    return {
        "wordnet": wordnet_spinner(wordnet),
        "learnt": learnt_spinner(data / "tortured.jsonl.gz", data / "swaps.tsv"),
        "neighbour": neighbour_spinner(row["text"] for row in rows if row["id"] not in held),
    }


def changed(before: Tokens, after: Tokens) -> NDArray[np.bool_]:
    """Which words of `after` are not those of `before`."""
    differs = np.zeros(len(after), bool)
    pairs = SequenceMatcher(None, before.hashes.tolist(), after.hashes.tolist(), autojunk=False)
    for tag, _, _, first, last in pairs.get_opcodes():
        differs[first:last] = tag != "equal"
    return differs


def collect(clean: Sequence[dict[str, Any]], spin: dict[str, Spinner], background: Background) -> list[Sample]:
    """Every article as it is, and spun by one of the spinners in turn."""
    rng, bits, samples = Random(SEED), frequent_pairs(background.tables), []
    for n, row in enumerate(clean):
        tokens = words_of(row["text"])
        found = candidates(tokens, background, shipped(), bits)
        samples.append(Sample(n, "", row["text"], len(tokens), found, np.zeros(len(found.places), bool)))
        name = sorted(spin)[n % len(spin)]
        short = row["text"][:LONGEST].rsplit(" ", 1)[0]
        text = spin[name](short, rng, rng.uniform(LEAST_RATE, MOST_RATE))
        tokens = words_of(text)
        found, differs = candidates(tokens, background, shipped(), bits), changed(words_of(short), tokens)
        swapped = np.array([differs[a : b + 1].all() for a, b in zip(found.places, found.lasts, strict=True)], bool)
        samples.append(Sample(n, name, text, len(tokens), found, swapped))
    return samples


def fit(samples: Sequence[Sample]) -> dict[str, Any]:
    """Trees as JSON, each a list of nodes [feature, threshold, left, right, value], left -1 for a leaf."""
    used = [np.full(len(s.swapped), not s.spinner) | s.swapped for s in samples]
    x = np.concatenate([s.found.features[u] for s, u in zip(samples, used, strict=True)])
    y = np.concatenate([s.swapped[u] for s, u in zip(samples, used, strict=True)])
    settings = {"max_iter": TREES, "max_leaf_nodes": LEAVES, "learning_rate": RATE, "min_samples_leaf": LEAST_LEAF}
    return {
        "feature_version": VERSION,
        "features": list(Feature.names()),
        **trees_of(x, y, **settings, l2_regularization=L2),
    }


def trees_of(x: NDArray[np.float32], y: NDArray[np.bool_], **settings: float) -> dict[str, Any]:
    """Boosted trees as JSON: their bias, and each tree a list of nodes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**settings, early_stopping=False, random_state=SEED).fit(x, y)
    trees = [tree_of(stage[0].nodes) for stage in model._predictors]
    return {"bias": float(model._baseline_prediction[0, 0]), "trees": trees}


def tree_of(nodes: NDArray[Any]) -> list[list[float]]:
    return [
        [0, 0, -1, -1, round(float(n["value"]), 4)]
        if n["is_leaf"]
        else [int(n["feature_idx"]), float(np.float32(n["num_threshold"])), int(n["left"]), int(n["right"]), 0]
        for n in nodes
    ]


def ranker_of(raw: dict[str, Any], path: Path) -> Ranker:
    """Write trees with their thresholds and read them back."""
    rows = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in raw["trees"])
    head = json.dumps({k: v for k, v in raw.items() if k != "trees"}, indent=1, sort_keys=True)
    path.write_text(f'{head[:-2]},\n "trees": [\n{rows}\n]}}\n', "utf-8")
    return load_ranker(path, tuple(raw["features"]), raw["feature_version"])


def fold_of(article: int, folds: int) -> int:
    """Articles take the spinners in turn, so that every fold has all of them."""
    return article // SPINNERS % folds


def thresholds(samples: Sequence[Sample], rankers: Sequence[Ranker]) -> dict[str, float]:
    """The scores that the wanted false alarms per 1,000 clean words exceed, each article by the ranker of its fold."""
    clean = [s for s in samples if not s.spinner]
    by_fold = [(s, rankers[fold_of(s.article, len(rankers))]) for s in clean if len(s.found.places)]
    scores = [score_places(s.found.places, rank(s.found.features, r), s.words)[1] for s, r in by_fold]
    ordered, words = np.sort(np.concatenate(scores))[::-1], sum(s.words for s in clean)
    return {name: round(float(ordered[int(rate * words / 1000)]), 3) for name, rate in FALSE_ALARMS.items()}


def folded(samples: Sequence[Sample], folds: int, folder: Path) -> list[Ranker]:
    """One ranker a fold, trained on the articles of the others; the thresholds are what all folds together give."""
    parts = [[s for s in samples if fold_of(s.article, folds) != fold] for fold in range(folds)]
    raws = [{**fit(part), "strong": 0.0, "weak": 0.0} for part in parts]
    paths = [folder / f"ranker{f}.json" for f in range(folds)]
    limits = thresholds(samples, [ranker_of(raw, path) for raw, path in zip(raws, paths, strict=True)])
    return [ranker_of({**raw, **limits}, path) for raw, path in zip(raws, paths, strict=True)]


def held_out(data: Path) -> list[dict[str, Any]]:
    return [row for row in articles(data / "machine" / "docs.jsonl.gz") if row["set"] == "allsides"]


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument("--wordnet", type=Path, required=True, help="folder of index.noun, data.noun, …")
    parser.add_argument("--background", type=Path, required=True, help="a background without the articles of machine/")
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir()), help="folder for the rankers of the folds")
    return parser.parse_args()


def main() -> None:
    given = parse(argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None))
    clean = held_out(given.eval)
    spin = spinners(given.wordnet, given.eval, {row["group"].split("/")[-1] for row in clean})
    samples = collect(clean, spin, load_background(given.background))
    limits = folded(samples, given.folds, given.scratch)[0]
    trained = {"trained_on": "benchmarks/training/train_evidence.py", "articles": len(clean)}
    raw = {**fit(samples), **trained, "strong": limits.strong, "weak": limits.weak}
    ranker_of(raw, DATA / "tortured_ranker.json")
    print(f"{len(raw['trees'])} trees, strong from {limits.strong}, weak from {limits.weak}")


if __name__ == "__main__":
    main()
