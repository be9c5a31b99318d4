"""What a scan finds among labelled pairs: recall by kind, false copies, evidence, time.

    python -m benchmarks.quality.pairs [--packs ../shared/eval] [--background] [--direct]

`--background` scans the background news along as distractors; `--direct` verifies the labelled pairs without looking
for candidates first, so that every pair has a probability. The model was trained on these pairs: figures with each set
held out are those of `train_judge.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.training.judge_data import Row, read_jsonl
from dedup.config import Config
from dedup.language.frequencies import Frequencies
from dedup.pipeline.scan import scan
from dedup.pipeline.verifier import Verifier
from dedup.records import COPIES, Article, Match

Pair = tuple[str, str]
KINDS = ("mt", "human_translation", "llm", "llm_reframe", "back_translation", "sibling")


def articles(rows: Iterable[Row]) -> list[Article]:
    return [Article(row["id"], row["text"]) for row in rows]


def key(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)


def scanned(rows: list[Row]) -> dict[Pair, Match]:
    """Matches of a scan by pair, and what it took."""
    begin = time.perf_counter()
    report = scan(articles(rows))
    seconds = time.perf_counter() - begin
    told = ", ".join(f"{stage} {s:.1f}" for stage, s in report.seconds.items())
    print(f"{len(rows):,} articles in {seconds:.1f} s, {len(rows) / seconds:.0f} a second ({told})\n")
    return {(m.left, m.right): m for m in report.matches}


def verified(rows: list[Row], pairs: Iterable[Pair]) -> dict[Pair, Match]:
    """The verdicts on given pairs, `Kind.NONE` included."""
    verifier, texts = Verifier(Frequencies.shipped(), Config()), {a.id: a for a in articles(rows)}
    begin = time.perf_counter()
    found = {(a, b): verifier.compare(verifier.prepare(texts[a]), verifier.prepare(texts[b])) for a, b in pairs}
    print(f"{len(found):,} pairs compared in {time.perf_counter() - begin:.1f} s\n")
    return found


def report_recall(gold: dict[Pair, Row], found: dict[Pair, Match]) -> None:
    copies = {pair for pair, match in found.items() if match.kind in COPIES}
    negative = [pair for pair, row in gold.items() if row["label"] == "same_event"]
    false = sorted((found[p].probability if p in found else 0.0 for p in negative), reverse=True)
    print("| kind | pairs | called a copy | above all same_event | above 99 % | AUC |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        mine = [pair for pair, row in gold.items() if row["kind"] == kind]
        p = np.array([found[pair].probability if pair in found else 0.0 for pair in mine])
        below = np.array([np.mean(value > np.array(false)) + np.mean(value == np.array(false)) / 2 for value in p])
        rates = [
            np.mean([pair in copies for pair in mine]),
            np.mean(p > false[0]),
            np.mean(p > false[len(false) // 100]),
        ]
        print(f"| {kind} | {len(mine)} | {rates[0]:.4f} | {rates[1]:.4f} | {rates[2]:.4f} | {below.mean():.4f} |")
    kinds = Counter(found[pair].kind.value if pair in found else "none" for pair in negative)
    print(f"\nsame_event: {len(negative)} pairs, {sum(p in copies for p in negative)} copies; {dict(kinds)}")
    strange = [pair for pair in copies if pair not in gold]
    ids = {i for pair in gold for i in pair}
    inside = [pair for pair in strange if pair[0] in ids and pair[1] in ids]
    print(f"copies: {len(copies)}; not labelled: {len(inside)} within the pack, {len(strange) - len(inside)} others")


def report_evidence(gold: dict[Pair, Row], found: dict[Pair, Match]) -> None:
    """Evidence by type on pairs of two human translations, where few names and numbers differ."""
    pairs = [found[p] for p, row in gold.items() if row["kind"] == "human_translation" and p in found]
    print("\n| evidence on human translations | a pair | most on one pair |\n|---|---|---|")
    for type_ in ("name", "number", "negation", "swap"):
        counts = [sum(e.type == type_ for e in match.evidence) for match in pairs]
        print(f"| {type_} | {statistics.mean(counts):.2f} | {max(counts)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--background", action="store_true", help="scan the background news along")
    parser.add_argument("--direct", action="store_true", help="verify the labelled pairs only")
    parser.add_argument("--output", type=Path, help="write {left, right, score, kind} lines for score_pairs.py")
    options = parser.parse_args()
    rows = read_jsonl(options.packs / "rewrites/articles.jsonl.gz")
    gold = {key(r["left"], r["right"]): r for r in read_jsonl(options.packs / "rewrites/pairs.jsonl.gz")}
    if options.background:
        rows += read_jsonl(options.packs / "background.jsonl.gz")
    found = verified(rows, gold) if options.direct else scanned(rows)
    report_recall(gold, found)
    report_evidence(gold, found)
    if options.output:
        options.output.write_text("".join(json.dumps(line(m)) + "\n" for m in found.values()), "utf-8")


def line(match: Match) -> dict[str, Any]:
    return {"left": match.left, "right": match.right, "score": match.probability, "kind": match.kind.value}


if __name__ == "__main__":
    main()
