"""Processor time of the score of one article, findings included, here and in another checkout, in paired runs.

    python -m benchmarks.speed.score --packs PACKS                        # this checkout
    python -m benchmarks.speed.score --packs PACKS --against CHECKOUT     # and the ratio to another one
    python -m benchmarks.speed.score --packs PACKS --stages               # what each step takes here

Articles are news of the pack `machine`, cut to 450 and 970 words; tokens are made beforehand. The checkouts take turns,
each run in a process of its own, so that what else the machine does meets both. A digest of all scores and findings
tells whether the two say the same.
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import hashlib
import json
import os
import pstats
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

LENGTHS = (450, 970)  # words
ARTICLES = 150
PASSES = 5  # over all articles in one run, of which the fastest counts
SHOWN = 40  # rows of a profile


def texts(packs: Path, words: int) -> list[str]:
    """Return news of at least so many words, cut there."""
    with gzip.open(packs / "machine" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        split = (row["text"].split(" ") for row in rows if row["set"] == "allsides")
        long = (parts for parts in split if len(parts) >= words)
        return [" ".join(parts[:words]) for parts, _ in zip(long, range(ARTICLES), strict=False)]


def once(packs: Path) -> dict[str, float | str]:
    """Return milliseconds of processor time an article by length, and a digest of the scores."""
    from dedup.scoring import Scorer
    from dedup.text import tokenise
    from dedup.text.boilerplate import mark

    scorer, found, digest = Scorer(), {}, hashlib.sha256()
    for words in LENGTHS:
        articles = [(mark(tokenise(text)), text) for text in texts(packs, words)]
        took = []
        for _ in range(PASSES + 1):
            begin = time.process_time()
            scores = [scorer(*article) for article in articles]
            took.append(time.process_time() - begin)
        digest.update("\n".join(map(repr, scores)).encode())
        found[str(words)] = 1000 * min(took[1:]) / len(articles)
    return found | {"digest": digest.hexdigest()}


def measured(checkout: Path, packs: Path) -> dict[str, float | str]:
    """Return what `once` gives in another process, with the package of a checkout."""
    command = [sys.executable, __file__, "--packs", str(packs), "--once"]
    place = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(command, cwd=checkout, env=place, check=True, capture_output=True, text=True).stdout
    result: dict[str, float | str] = json.loads(told)
    return result


def stages(packs: Path, words: int) -> None:
    """Print where the time goes, by function."""
    from dedup.scoring import Scorer
    from dedup.text import tokenise
    from dedup.text.boilerplate import mark

    scorer = Scorer()
    articles = [(mark(tokenise(text)), text) for text in texts(packs, words)]
    for article in articles:
        scorer(*article)
    profile = cProfile.Profile(time.process_time)
    profile.runcall(lambda: [scorer(*article) for article in articles * PASSES])
    pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--against", type=Path, help="another checkout of this repository")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stages", action="store_true", help="print a profile instead")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    packs, here = args.packs.resolve(), Path(__file__).resolve().parents[2]
    if args.once:
        print(json.dumps(once(packs)))
    elif args.stages:
        for words in LENGTHS:
            stages(packs, words)
    else:
        places = [here, *([args.against.resolve()] if args.against else [])]
        runs = [[measured(place, packs) for place in places] for _ in range(args.runs)]
        for length in map(str, LENGTHS):
            told = [median(float(run[k][length]) for run in runs) for k in range(len(places))]
            print(f"{length} words: " + ", ".join(f"{ms:.3f} ms" for ms in told), end="")
            ratios = [float(run[0][length]) / float(run[1][length]) for run in runs if args.against]
            print(f"; of the other {median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})" if ratios else "")
        digests = {one["digest"] for run in runs for one in run}
        print("scores:", "the same" if len(digests) == 1 else "differ")


if __name__ == "__main__":
    main()
