"""Processor time of the alignment a pair: one pair at a time and in batches, on the candidate pairs of a scan.

    python -m benchmarks.speed.alignment_speed ARTICLES.jsonl             # the pairs that a scan of it would verify
    python -m benchmarks.speed.alignment_speed ARTICLES.jsonl --pairs 500

Articles are tokenised and their boilerplate marked before the clock starts. That both ways give the same is checked.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dedup import Config
from dedup.alignment import align_pairs, align_words
from dedup.alignment.layout import batch_of
from dedup.candidates.join import Stage
from dedup.compiled.arrays import I64
from dedup.language.frequencies import shipped
from dedup.pipeline.intake import store_paths
from dedup.pipeline.scan import PAIR_CHUNK, candidates
from dedup.pipeline.signatures import Sketcher
from dedup.read import ReadOptions
from dedup.records import Tokens, WordAlignment
from dedup.text import TokenBatch, tokenise
from dedup.text.boilerplate import mark

REPEATS = 5
FIELDS = ("passages", "similarity", "sentence_pairs", "sentence_similarity")


def pairs_of(path: Path, most: int) -> list[tuple[Tokens, Tokens]]:
    """The first candidate pairs of a scan that are no exact copies."""
    config = Config(workers=1)
    sketcher = Sketcher(config)
    store = store_paths([str(path)], ReadOptions(), None, sketcher.take).store
    sketches = sketcher.finish(store)
    found = candidates(store, sketches, config)
    pairs = [pair for pair, stage in zip(found.pairs.tolist(), found.stages.tolist(), strict=True)
             if Stage(stage) is not Stage.EXACT][:most]  # fmt: skip
    articles = {number: store.article(number) for pair in pairs for number in pair}
    tokens = {n: mark(tokenise(a.text), a.source, sketches.learnt.repeated) for n, a in articles.items()}
    return [(tokens[a], tokens[b]) for a, b in pairs]


def batches(pairs: list[tuple[Tokens, Tokens]]) -> list[tuple[TokenBatch, I64]]:
    """Chunks of pairs as a scan verifies them."""
    found = []
    for i in range(0, len(pairs), PAIR_CHUNK):
        chunk = pairs[i : i + PAIR_CHUNK]
        articles = list({id(one): one for pair in chunk for one in pair}.values())
        number = {id(one): k for k, one in enumerate(articles)}
        found.append((batch_of(*articles), np.array([(number[id(a)], number[id(b)]) for a, b in chunk])))
    return found


def milliseconds(work: Callable[[], list[WordAlignment]]) -> tuple[float, list[WordAlignment]]:
    times, result = [], work()
    gc.freeze()  # the collector would walk through the tokens of all articles
    for _ in range(REPEATS):
        begin = time.process_time()
        work()
        times.append((time.process_time() - begin) / len(result) * 1e3)
    return statistics.median(times), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--pairs", type=int, default=10**9, help="only the first so many")
    args = parser.parse_args()
    pairs, frequencies = pairs_of(args.articles, args.pairs), shipped()
    chunks = batches(pairs)
    one, alone = milliseconds(lambda: [align_words(*pair, frequencies) for pair in pairs])
    many, together = milliseconds(lambda: [w for chunk in chunks for w in align_pairs(*chunk, frequencies)])
    for x, y in zip(alone, together, strict=True):
        if not all(np.array_equal(getattr(x, name), getattr(y, name)) for name in FIELDS):
            raise SystemExit("a pair is aligned in another way alone than in a batch")
    words = statistics.mean(len(article) for pair in pairs for article in pair)
    found = sum(len(w.passages) > 0 for w in alone)
    print(f"{len(pairs)} pairs of articles of {words:.0f} words on average, {found} of them with a passage")
    print(
        f"ms of processor time a pair, median of {REPEATS}: {one:.3f} one by one, {many:.3f} in chunks of {PAIR_CHUNK}"
    )


if __name__ == "__main__":
    main()
