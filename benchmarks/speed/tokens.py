"""Speed of reading and tokenising on one core, fast paths against plain ones in the same run.

    python -m benchmarks.speed.tokens [--packs ../shared/eval] [--articles 10000] [--runs 7]

Two corpora: made articles of 446 ASCII words with Zipf frequencies, and news (`background.jsonl.gz`: curly quotes,
paragraphs, 970 words). Every figure is the median of CPU times, the rows of one run taken in turn. `--cold` measures
the first compilation instead, in a process of its own with an empty cache, and a warm start after it.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import orjson
from numba import njit

from dedup.compiled.arrays import U8, U64
from dedup.compiled.decorators import Array
from dedup.compiled.intrinsics import address_of
from dedup.language.frequencies import shipped
from dedup.read.lines import read_columns
from dedup.read.options import ReadOptions
from dedup.text import boilerplate, hash_bytes, tokenise_bytes
from dedup.text.tokeniser import readable
from dedup.text.unicode import packed
from dedup.text.words import find_words, find_words_in_blocks
from tests.reference import tokeniser as reference

WORDS = 446
VOCABULARY = 20_000
REFERENCE_ARTICLES = 50  # plain Python is slow


def made_lines(articles: int) -> bytes:
    draw = np.random.default_rng(1)
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    vocabulary = np.array(["".join(draw.choice(letters, draw.integers(2, 12))) for _ in range(VOCABULARY)])
    weights = 1 / np.arange(1, VOCABULARY + 1)
    rows = draw.choice(vocabulary, (articles, WORDS), p=weights / weights.sum())
    return b"".join(
        orjson.dumps({"id": f"a{i}", "text": " ".join(row), "source": "s"}) + b"\n" for i, row in enumerate(rows)
    )


def news_lines(packs: Path, articles: int) -> bytes:
    with gzip.open(packs / "background.jsonl.gz") as lines:
        return b"".join(islice(lines, articles))


@njit(nogil=True)
def count_words(blob: Array, offsets: Array, table: Array, edges: Array, plain: bool) -> int:
    data, tables, out = address_of(blob), address_of(table), address_of(edges)
    n = 0
    for i in range(len(offsets) - 1):
        begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        found = -1 if plain else find_words_in_blocks(data, begin, end, tables, out)
        n += found if found >= 0 else find_words(data, begin, end, tables, out)
    return n // 2


def by_orjson(data: bytes) -> None:
    for line in io.BytesIO(data):
        orjson.loads(line)["text"].encode()


def cases(data: bytes) -> tuple[int, int, dict[str, Callable[[], object]]]:
    """Articles, words, and what is measured."""
    texts = [orjson.loads(line)["text"].encode() for line in io.BytesIO(data)]
    offsets: U64 = np.cumsum([0, *map(len, texts)]).astype(np.uint64)
    blob: U8
    blob, offsets = readable(np.frombuffer(b"".join(texts) + bytes(64), np.uint8), offsets)
    edges, out = np.empty(max(map(len, texts)) + 64, np.uint32), np.empty(len(blob) // 2 + len(texts) + 1, np.uint64)
    batch = tokenise_bytes(blob, offsets)
    sources = ["a"] * len(texts)
    options = ReadOptions()

    def columns(then: bool) -> None:
        for rows in read_columns(io.BytesIO(data), "made", options):
            if then:
                hash_bytes(rows.text.blob, rows.text.offsets, out)

    return len(texts), len(batch.hashes), {
        "JSON lines: orjson and encode": lambda: by_orjson(data),
        "JSON lines: compiled columns": lambda: columns(False),
        "word ranges: byte by byte": lambda: count_words(blob, offsets, packed(), edges, True),
        "word ranges: 64-byte blocks": lambda: count_words(blob, offsets, packed(), edges, False),
        "text to word hashes": lambda: hash_bytes(blob, offsets, out),
        "JSON lines to word hashes": lambda: columns(True),
        "text to all of Tokens": lambda: tokenise_bytes(blob, offsets),
        "boilerplate by phrases": lambda: boilerplate.mark_batch(batch, sources),
        "stem probabilities": lambda: shipped().stem_probability(batch.stems),
    }  # fmt: skip


def measure(name: str, data: bytes, runs: int) -> None:
    articles, words, made = cases(data)
    times: dict[str, list[float]] = {case: [] for case in made}
    for run in range(runs + 1):  # the first one warms up
        for case, work in made.items():
            start = time.process_time()
            work()
            if run:
                times[case].append(time.process_time() - start)
    texts = [orjson.loads(line)["text"] for line in islice(io.BytesIO(data), REFERENCE_ARTICLES)]
    start = time.process_time()
    for text in texts:
        reference.tokenise(text)
    slow = (time.process_time() - start) / len(texts)
    print(f"\n{name}: {articles:,} articles of {words / articles:.0f} words, {len(data) / 1e6:.0f} MB\n")
    print("| step | articles/s | MB/s |\n|---|---|---|")
    for case, seconds in times.items():
        median = float(np.median(seconds))
        print(f"| {case} | {articles / median:,.0f} | {len(data) / median / 1e6:,.0f} |")
    print(f"| plain Python reference, all of Tokens | {1 / slow:,.0f} | {len(data) / articles / slow / 1e6:,.1f} |")


COLD = """
import io, time
begin = time.process_time()
import numba, numpy as np
from dedup.frequencies import CorpusSample, shipped
from dedup.read.lines import read_columns
from dedup.read.options import ReadOptions
from dedup.text import boilerplate, hash_bytes, tokenise
imported = time.process_time()
tokens = boilerplate.mark(tokenise("a b c"))
sample = CorpusSample()
sample.add(*hash_bytes(np.frombuffer(b"a b", np.uint8), np.array([0, 3], np.uint64)))
shipped().blended(sample.counts()).feature_classes
shipped().stem_probability(tokens.stems)
list(read_columns(io.BytesIO(b'{"text":"x"}'), "p", ReadOptions()))
print(f"imports {imported - begin:.2f} s, kernels {time.process_time() - imported:.2f} s of CPU time")
"""


def measure_cold() -> None:
    with tempfile.TemporaryDirectory() as cache:
        for name in ("cold", "warm", "warm"):
            environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
            done = subprocess.run(
                [sys.executable, "-c", COLD], env=environment, check=True, capture_output=True, text=True
            )
            print(f"{name}: {done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--cold", action="store_true")
    options = parser.parse_args()
    if options.cold:
        measure_cold()
        return
    measure("made", made_lines(options.articles), options.runs)
    measure("news", news_lines(options.packs, options.articles // 2), options.runs)


if __name__ == "__main__":
    main()
