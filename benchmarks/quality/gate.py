"""The quality floors: measures what must not get worse and compares it with benchmarks/quality/floors.json.

    python -m benchmarks.quality.gate [--packs ../shared/eval]

Everything goes through the public library with its defaults. A floor is the least (`min`) or the most (`max`) that a
figure may be; it is raised by hand when a figure has improved for good. Exit code 1 where one is missed. The models
that ship were trained on parts of the packs: out-of-fold figures are in benchmarks/README.md, this guards against
regressions.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import dedup
from benchmarks.quality.attacks import ATTACKS, STATED
from benchmarks.quality.evasion import draw_others, draw_pairs, measure
from dedup.records import COPIES

FLOORS = Path(__file__).with_name("floors.json")
PAN_SHARE = 12  # every twelfth source document of PAN13
CLEAN_SHARE = 12  # every twelfth clean article of the score's pack
LLM_SHARE = 3

Figures = dict[str, float]


def scorer(packs: Path, name: str) -> ModuleType:
    """One of the scorers that come with the packs."""
    spec = importlib.util.spec_from_file_location(name, packs / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(packs / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def in_share(name: str, share: int) -> bool:
    """Whether a document belongs to the sample of one in `share`."""
    return zlib.crc32(name.encode()) % share == 0


def seeds(packs: Path) -> Figures:
    """The five seed articles: one match, its evidence, and the order of their scores."""
    report = dedup.scan_paths([packs / "seeds"])
    wanted = {("Ugolaina", "Ukraine"), ("Cott", "Kots"), ("Witkov", "Witkoff"), ("Kiev", "Kyiv")}
    right = [m for m in report.matches if (m.left, m.right, m.kind) == ("003.txt", "004.txt", dedup.Kind.REWRITE)]
    names = {(e.left_text, e.right_text) for m in right for e in m.evidence if e.type == "name"}
    overall = {i: report.scores[f"00{i}.txt"].overall or 0.0 for i in range(5)}
    found = {i: {f.found for f in report.scores[f"00{i}.txt"].evidence} for i in range(5)}
    return {
        "seeds_matches": len(report.matches),
        "seeds_right": len([m for m in right if m.original == "004.txt"]),
        "seeds_names": len(wanted & names),
        "seeds_phrases": len({"White Home", "Air Pressure Base"} & found[1]) + ("Ugolaina" in found[3]),
        "seeds_ranked": float(overall[1] > overall[4]) + float(overall[3] > overall[4]),
    }


def rewrites(packs: Path) -> Figures:
    """Recall by kind of the rewrite pack at the default threshold, and reports of one event that were called copies."""
    report = dedup.scan_paths([packs / "rewrites" / "articles.jsonl.gz"])
    copies = [m for m in report.matches if m.kind in COPIES]
    score_pairs = scorer(packs, "score_pairs")
    gold = list(rows(packs / "rewrites" / "pairs.jsonl.gz"))
    result = score_pairs.evaluate(gold, [{"left": m.left, "right": m.right, "score": m.probability} for m in copies])
    recalls = {f"recall_{kind}": value["recall"] for kind, value in result["recall_by_kind"].items()}
    false = result["same_event_pairs_predicted"] / result["same_event_pairs"]
    return {
        **recalls,
        "same_event_called_copies": false,
        "unlabelled": result["unlabelled_pairs_predicted"] / len(copies),
    }


def alignment(packs: Path) -> Figures:
    """plagdet on a sample of PAN13."""
    score_alignment = scorer(packs, "score_alignment")
    pairs = [p for p in rows(packs / "pan13" / "pairs.jsonl.gz") if in_share(p["source"], PAN_SHARE)]
    texts = {
        d["id"]: d["text"] for name in ("suspicious", "sources") for d in rows(packs / "pan13" / f"{name}.jsonl.gz")
    }
    detected = []
    for pair in pairs:
        found = dedup.align(texts[pair["suspicious"]], texts[pair["source"]]).passages
        spans = [[p.left[0], p.left[1] - p.left[0], p.right[0], p.right[1] - p.right[0]] for p in found]
        detected.append({"suspicious": pair["suspicious"], "source": pair["source"], "spans": spans})
    table = score_alignment.table(pairs, detected)[0]
    return {f"plagdet_{kind}": row["plagdet"] for kind, row in table.items() if kind != "none"}


def single_articles(packs: Path) -> Figures:
    """False alarms on clean news, and how well LLM rewrites are told from human news."""
    strong, words = 0, 0
    human: list[float] = []
    machine: list[float] = []
    for doc in rows(packs / "machine" / "docs.jsonl.gz"):
        clean = doc["set"] == "allsides" and in_share(doc["id"], CLEAN_SHARE)
        if not clean and not (doc["set"] == "l2r" and in_share(doc["group"], LLM_SHARE)):
            continue
        score = dedup.score(doc["text"])
        if clean:
            strong += sum(finding.strong for finding in score.evidence)
            words += len(doc["text"].split())
        elif score.abstained is None:
            (human if doc["label"] == "human" else machine).append(score.parts["llm"])
    auc = scorer(packs, "score_machine").auc(machine, sorted(human))
    return {"strong_false_alarms_per_1000_words": 1000 * strong / words, "llm_auc": auc}


def evasion(packs: Path) -> Figures:
    """How many of 60 rewrites are found under each attack that leaves the text readable, and strange copies at most."""
    pairs, others = draw_pairs(packs), draw_others(packs)
    found = {name: measure(name, pairs, others) for name in ATTACKS if name not in STATED}
    strange = max(one.others for one in found.values())
    return {**{f"found, {name}": one.copies for name, one in found.items()}, "found, others at most": strange}


def missed(figures: Figures, floors: dict[str, dict[str, float]]) -> list[str]:
    """What is worse than its floor, in words."""
    problems = []
    for name, floor in floors.items():
        value = figures.get(name)
        if value is None:
            problems.append(f"{name} was not measured")
        elif value < floor.get("min", value) or value > floor.get("max", value):
            problems.append(f"{name} is {value:.4f}, its floor {floor}")
    return problems


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    args = parser.parse_args()
    if not args.packs.is_dir():
        print(f"not checked: no evaluation packs at {args.packs}")
        return 0
    figures: Figures = {}
    for part in (seeds, rewrites, alignment, single_articles, evasion):
        for name, value in part(args.packs).items():
            figures[name] = value
            print(f"{name:40} {value:.4f}", flush=True)
    problems = missed(figures, json.loads(FLOORS.read_text()))
    print("\n".join(problems) or "all floors hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
