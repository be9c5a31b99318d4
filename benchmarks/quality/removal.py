"""What `dedup.dedupe` removes from rewrites among background articles, and whether a second run removes more.

    python -m benchmarks.quality.removal --packs PACKS --background 4000
    python -m benchmarks.quality.removal --packs PACKS --index FOLDER

The second line removes from the rewrites what an index has, such as one of a million articles that
`benchmarks.speed.index --only load` makes, after one rewrite in ten was added to it; it prints its memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import dedup
from dedup.read import read

ADDED = 10  # of so many rewrites one is added to an index


def articles_of(path: Path, most: int | None = None) -> list[dedup.Article]:
    """Return the articles of a file."""
    return [item for item in islice(read([path]), most) if isinstance(item, dedup.Article)]


def against_index(news: Path, index: Path) -> None:
    """Add some of the rewrites to an index, remove from all what it has, and print counts and memory."""
    some = [article for number, article in enumerate(articles_of(news)) if number % ADDED == 0]
    with dedup.open_index(index, create=False) as opened:
        opened.add_many(some)
        size = len(opened)
    del some
    before, begin = peak(), time.perf_counter()
    result = dedup.dedupe_paths(news, against=index, workers=1)
    print(f"{result.counts}, {time.perf_counter() - begin:.0f} s, against {size:,} articles")
    print(f"most memory {peak():,.0f} MiB, {before:,.0f} MiB of it before")


def peak() -> float:
    """Return the most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--background", type=int, default=30_000)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--index", type=Path, help="remove what this index has instead; it is added to")
    options = parser.parse_args()
    if options.index:
        against_index(options.packs / "rewrites" / "articles.jsonl.gz", options.index)
        return
    with gzip.open(options.packs / "rewrites" / "pairs.jsonl.gz") as stream:
        pairs = [json.loads(line) for line in stream]
    news = articles_of(options.packs / "rewrites" / "articles.jsonl.gz")
    background = articles_of(options.packs / "background.jsonl.gz", options.background)
    begin = time.perf_counter()
    result = dedup.dedupe(news + background, workers=options.workers)
    print(f"{result.counts}, {time.perf_counter() - begin:.0f} s", flush=True)
    kept, foreign = set(result.kept.ids), {article.id for article in background}
    outcome = Counter((pair["label"], sum(pair[side] in kept for side in ("left", "right"))) for pair in pairs)
    for (label, stay), times in sorted(outcome.items()):
        print(f"{label}: {stay} of 2 kept, {times} pairs")
    print("background removed:", Counter(str(gone.kind) for gone in result.removed if gone.id in foreign))
    print("across:", sum((gone.id in foreign) != (gone.kept in foreign) for gone in result.removed), flush=True)
    begin = time.perf_counter()
    again = dedup.dedupe(result.kept, workers=options.workers)
    print(f"again: {again.counts['removed']} removed, {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
