"""The verdicts on the pairs of news that were read by eye (`hard_negatives.tsv`), by label.

python -m benchmarks.training.hard_negatives [--packs ../shared/eval] [--list]
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.training.judge_data import hard_examples, read_jsonl
from dedup.config import Config
from dedup.language.frequencies import Frequencies
from dedup.pipeline.verifier import Verifier
from dedup.records import COPIES, Article


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--list", action="store_true", help="list the pairs that are called a copy and are none")
    options = parser.parse_args()
    verifier = Verifier(Frequencies.shipped(), Config())
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for e in hard_examples(read_jsonl(options.packs / "background.jsonl.gz")):
        left, right = Article(e.ids[0], e.left), Article(e.ids[1], e.right)
        match = verifier.compare(verifier.prepare(left), verifier.prepare(right))
        kinds[e.kind][match.kind.value] += 1
        if options.list and e.copy is False and match.kind in COPIES:
            print(f"{match.left} {match.right} {e.kind}: {match.kind.value}, {match.probability:.3f}")
    print("| read as | pairs | called |\n|---|---|---|")
    for label in ("copy", "edited", "partial", "shared", "independent"):
        told = ", ".join(f"{kind} {count}" for kind, count in kinds[label].most_common())
        print(f"| {label} | {kinds[label].total()} | {told} |")


if __name__ == "__main__":
    main()
