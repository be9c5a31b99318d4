"""What `dedup.dedupe` removes from rewrites among background articles, and whether a second run removes more.

python -m benchmarks.quality.removal --packs PACKS --background 4000
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import dedup
from dedup.read import read


def articles_of(path: Path, most: int | None = None) -> list[dedup.Article]:
    """Return the articles of a file."""
    return [item for item in islice(read([path]), most) if isinstance(item, dedup.Article)]


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--background", type=int, default=30_000)
    parser.add_argument("--workers", type=int, default=0)
    options = parser.parse_args()
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
