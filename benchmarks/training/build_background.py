"""Build `dedup/data/background.bin`, the shipped picture of ordinary news, from a pile of news articles.

    python -m benchmarks.training.build_background ../shared/eval/background.jsonl.gz -o dedup/data/background.bin

`--without DOCS` leaves out the articles of a file of rows {id, set}, ids as "set/id": a table to measure false alarms
with must not have counted the articles that it is measured on. The shipped table counts all of them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from dedup.language.background import save_background
from dedup.language.counting import build_background
from dedup.records import Tokens
from dedup.text import tokenise

PROVENANCE = {
    "source": "AllSides news articles of github.com/ramybaly/Article-Bias-Prediction",
    "commit": "ced8111a720948e6a410e52031ace99c4e53f096",
    "licence": "Apache-2.0 (the data set); counts and statistics only",
    "language": "en",
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def articles(path: Path, without: set[str], most: int | None) -> Iterator[Tokens]:
    for i, row in enumerate(rows(path)):
        if most is not None and i >= most:
            return
        if row["id"] not in without:
            yield tokenise(row["text"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?", default=Path("../shared/eval/background.jsonl.gz"))
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/background.bin"))
    parser.add_argument("--without", type=Path, metavar="DOCS")
    parser.add_argument("--most", type=int, metavar="N", help="read the first N articles only")
    args = parser.parse_args()
    without = {row["id"].split("/")[-1] for row in rows(args.without)} if args.without else set()
    background = build_background(articles(args.path, without, args.most), **PROVENANCE)
    save_background(background, args.output)
    print(json.dumps(background.headers[0], indent=1), f"{args.output.stat().st_size / 1e6:.2f} MB", sep="\n")


if __name__ == "__main__":
    main()
