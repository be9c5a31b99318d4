"""Does a tuned threshold keep what it promises on pairs that it has not seen?

    python -m benchmarks.quality.tuned [--packs ../shared/eval] [--splits 20] [--workers 2] [--cache FILE]

Half of the labelled pairs of `rewrites`, by groups, tune a threshold; the other half shows what it reaches. It holds
where what was wished lies in the 95 % interval of what was reached, or below it. Reached surely: at least the wish.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.quality.pairs import articles
from benchmarks.training.judge_data import read_jsonl
from dedup.config import Config
from dedup.evaluation import load_gold
from dedup.evaluation.intervals import Flags, Share, share_of
from dedup.tuning.models import Examples, Learn
from dedup.tuning.tune import examples_of, tune_examples

WISHES = ({"precision": 0.98}, {"precision": 0.99}, {"precision": 0.995}, {"recall": 0.95}, {"recall": 0.99})


class Split(NamedTuple):
    """What one half reached with the settings of the other."""

    threshold: float
    learnt: Learn
    precision: Share
    recall: Share


def part(examples: Examples, at: Flags) -> Examples:
    fields = ("rows", "copy", "groups", "shipped", "factor", "exact")
    return replace(examples, **{name: getattr(examples, name)[at] for name in fields})


def splits(examples: Examples, wanted: dict[str, float], sure: bool | None, count: int) -> Iterator[Split]:
    groups = np.unique(examples.groups)
    for seed in range(count):
        chosen = np.random.default_rng(seed).permutation(groups)[: len(groups) // 2]
        first = np.isin(examples.groups, chosen)
        tuned = tune_examples(part(examples, first), wanted, Learn.AUTO, sure, Config())
        other = part(examples, ~first)
        called = other.said(tuned.config.judge.own) >= tuned.threshold
        yield Split(
            tuned.threshold, tuned.learnt, share_of(other.copy[called], other.groups[called]),
            share_of(called[other.copy], other.groups[other.copy]),
        )  # fmt: skip


def measured(packs: Path, workers: int, cache: Path | None) -> Examples:
    if cache is not None and cache.exists():
        found: Examples = pickle.loads(cache.read_bytes())
        return found
    gold = load_gold(packs / "rewrites/pairs.jsonl.gz")
    texts = articles(read_jsonl(packs / "rewrites/articles.jsonl.gz"))
    found = examples_of(gold, texts, None, Config(workers=workers))
    if cache is not None:
        cache.write_bytes(pickle.dumps(found))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="keep the measured pairs here")
    options = parser.parse_args()
    examples = measured(options.packs, options.workers, options.cache)
    print(f"{len(examples.copy):,} pairs, {int(examples.copy.sum()):,} of them copies, in groups:", end=" ")
    print(f"{len(np.unique(examples.groups)):,}\n")
    print(
        "| wished | rule | splits that hold | reached surely | mean reached | lowest | recall or precision | learnt |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for wanted in WISHES:
        for sure in (False, None):
            print(row(wanted, sure, list(splits(examples, wanted, sure, options.splits))))


def row(wanted: dict[str, float], sure: bool | None, found: list[Split]) -> str:
    name, least = next(iter(wanted.items()))
    mine = [split.precision if name == "precision" else split.recall for split in found]
    others = [split.recall if name == "precision" else split.precision for split in found]
    values, rest = [one.value or 0.0 for one in mine], [one.value or 0.0 for one in others]
    learnt = ", ".join(f"{one.value} {n}" for one in Learn if (n := sum(split.learnt is one for split in found)))
    holds = sum(one.high >= least for one in mine)
    cells = (
        f"{name} {least:g}", "likely" if sure is False else "sure, the default", f"{holds} of {len(mine)}",
        f"{sum(value >= least for value in values)}", f"{np.mean(values):.4f}", f"{min(values):.4f}",
        f"{np.mean(rest):.4f}", learnt,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
