"""Whether the original is found: pairs, cluster representatives, parents, and pairs with noisy dates.

    python -m benchmarks.quality.originals [--packs ../shared/eval] [--vectors FILE] [--groups 300]

The shipped model was trained on these sets. With `--vectors`, the differences that `train_original --vectors` kept,
each set is judged by a model that has not seen it.
"""

from __future__ import annotations

import argparse
import pickle
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random

from benchmarks.training.judge_data import Row, read_jsonl
from benchmarks.training.train_original import Pairs, fit_all
from dedup.config import Config
from dedup.judge import model as judge_model
from dedup.judge import verdict
from dedup.judge.original import SURE_ODDS, date_odds
from dedup.language.frequencies import Frequencies
from dedup.pipeline.clusters import find_clusters, word_triples
from dedup.pipeline.verifier import Verifier
from dedup.records import COPIES, Article, Match

SETS = ("l2r", "sheepdog-train")
NOW = datetime(2024, 5, 7, 12, 30, 11, tzinfo=UTC)
BACK_DATED, DAY_ONLY, MISSING = 0.1, 0.3, 0.2
MEAN_HOURS = 30.0
NAMES = ("pairs", "pairs, noisy dates", "representatives", "parents", "parents, representative right")


def families(packs: Path, set_: str, most: int) -> list[tuple[str, dict[str, str]]]:
    """Return the original's id and the texts of each family of a set that has copies."""
    texts = {row["id"]: row["text"] for row in read_jsonl(packs / "rewrites" / "articles.jsonl.gz")}
    found: defaultdict[str, set[str]] = defaultdict(set)
    rows: list[Row] = read_jsonl(packs / "rewrites" / "pairs.jsonl.gz")
    for row in rows:
        if row["set"] == set_ and row["kind"] in ("llm", "llm_reframe"):
            found[row["left"]].add(row["right"])
    chosen = Random(3).sample(sorted(found), min(most, len(found)))
    return [(root, {i: texts[i] for i in sorted({root} | found[root])}) for root in chosen]


def held_out(vectors: Path, set_: str) -> None:
    """Make the judge use a model that has not seen a set."""
    pairs = Pairs(*pickle.loads(vectors.read_bytes())[:3])
    original = judge_model.read_originals(fit_all(pairs, pairs.sets != set_), set_)
    models = replace(judge_model.shipped_models(), original=original)
    verdict.shipped_models = lambda: models  # type: ignore[attr-defined,assignment]


def noisy(rng: Random, texts: dict[str, str], root: str, copy: str) -> tuple[Article, Article]:
    """Return an original and its copy with dates as feeds have them."""
    later = NOW + timedelta(hours=rng.expovariate(1 / MEAN_HOURS) * (-1 if rng.random() < BACK_DATED else 1))
    made = []
    for name, moment in ((root, NOW), (copy, later)):
        day = rng.random() < DAY_ONLY
        told = None if rng.random() < MISSING else moment.replace(hour=0, minute=0, second=0) if day else moment
        made.append(Article(name, texts[name], published=told, day_only=day))
    return made[0], made[1]


class Tally:
    """Right, wrong and unknown ones."""

    def __init__(self) -> None:
        self.right, self.wrong, self.unknown = 0, 0, 0

    def add(self, odds: float, least: float = SURE_ODDS) -> None:
        """Count odds that speak for what is right."""
        self.right += odds >= least
        self.wrong += odds <= -least
        self.unknown += abs(odds) < least

    def __str__(self) -> str:
        decided, total = self.right + self.wrong, self.right + self.wrong + self.unknown
        return f"{decided / max(1, total):.3f} | {self.right / max(1, decided):.3f} | {self.right / max(1, total):.3f}"


def measure(found: list[tuple[str, dict[str, str]]]) -> dict[str, Tally]:
    """Return what was right in some families."""
    verifier, rng = Verifier(Frequencies.shipped(), Config()), Random(7)
    tallies = {name: Tally() for name in NAMES}
    for root, texts in found:
        prepared = {i: verifier.prepare(Article(i, text)) for i, text in texts.items()}
        matches: list[Match] = [
            m for a, b in combinations(sorted(texts), 2) if (m := verifier.match(prepared[a], prepared[b]))
        ]
        matches = [match for match in matches if match.kind in COPIES]
        for match in matches:
            if root not in (match.left, match.right):
                continue
            odds = match.alignment.features["original_odds"] * (1 if match.left == root else -1)
            tallies["pairs"].add(odds)
            copy = match.right if match.left == root else match.left
            tallies["pairs, noisy dates"].add(odds + date_odds(*noisy(rng, texts, root, copy)))
        grams = {i: word_triples(prepared[i].hashes) for i in texts}
        for cluster in find_clusters(matches, lambda ids, grams=grams: {i: grams[i] for i in ids}):  # type: ignore[misc]
            if root in cluster.members:
                parents = dict(cluster.parents)
                known = 1.0 if cluster.lead in parents.values() else 0.0
                tallies["representatives"].add(known if cluster.lead == root else -known)
                for member in cluster.members:
                    if member != root:
                        parent = parents.get(member)
                        odds = 0.0 if parent is None else 1.0 if parent == root else -1.0
                        for name in NAMES[3:] if cluster.lead == root else NAMES[3:4]:
                            tallies[name].add(odds)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--vectors", type=Path, default=None, help="what `train_original --vectors` kept")
    parser.add_argument("--groups", type=int, default=1000, help="families of each set at most")
    options = parser.parse_args()
    print("| set | what | number | decided | right of the decided | right of all |\n|---|---|---|---|---|---|")
    for set_ in SETS:
        if options.vectors:
            held_out(options.vectors, set_)
        for name, tally in measure(families(options.packs, set_, options.groups)).items():
            number = tally.right + tally.wrong + tally.unknown
            print(f"| {set_} | {name} | {number} | {tally} |", flush=True)


if __name__ == "__main__":
    main()
