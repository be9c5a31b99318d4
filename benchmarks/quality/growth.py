"""How the time of each stage grows with the size of a text, over families of texts that are made to hurt.

    python -m benchmarks.quality.growth [--kilobytes 64] [--stages align score] [--most 1.3]

Processor time at a size, at twice and at four times that size. The exponent is the binary logarithm of the last step:
1 is linear, 2 quadratic. With `--most` the exit code is 1 where an exponent is above it and the time worth measuring.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from math import log2

import dedup
from dedup.read import Format, ReadOptions, Session, read
from dedup.read.formats.text import plain
from dedup.read.html import parse_page
from dedup.read.inputs import Input, NoArticle
from dedup.sketch import shingle_signatures
from dedup.text import hash_bytes, join_texts, tokenise_bytes

LEAST_SECONDS = 0.05  # below which a step says nothing
WORDS = [first + rest for first in "bdfgklmnprstv" for rest in ("ando", "erin", "ilat", "omus", "ural")]


def _sentences(size: int, pool: int, seed: int) -> str:
    """Sentences of invented words out of a pool of so many different ones."""
    draw = random.Random(seed)
    made = [" ".join(draw.choices(WORDS, k=draw.randint(6, 14))).capitalize() + ". " for _ in range(pool)]
    out, length = [], 0
    while length < size:
        out.append(draw.choice(made))
        length += len(out[-1])
    return "".join(out)


FAMILIES: dict[str, Callable[[int], str]] = {
    "one word": lambda size: "word " * (size // 5),
    "one letter": lambda size: "a " * (size // 2),
    "one sentence": lambda size: "The harbour board voted on Tuesday to close the bridge. " * (size // 56),
    "sentences of a pool": lambda size: _sentences(size, 40, 1),
    "no two sentences alike": lambda size: _sentences(size, size // 40, 2),
    "no end of a sentence": lambda size: _sentences(size, size // 40, 3).replace(".", ""),
    "names and numbers": lambda size: "".join(f"Ann Olsen {n % 97}, {n}. " for n in range(size // 19)),
    "signs": lambda size: "\u0301\u200b\u202e--'’,;([" * (size // 12),
    "no spaces in Chinese": lambda size: "市场将于五月迁往旧海关大楼" * (size // 13),
}


def _page(text: str) -> None:
    spans = "".join(f"<span>{word}</span> " for word in text.split())
    with suppress(NoArticle):
        parse_page(f"<html><body><article><p>{spans}</p></article></body></html>", Input("p", ReadOptions(), Session()))


def _lines(text: str) -> None:
    rows = "".join(f'{{"text":["{piece}"]}}\n' for piece in text.replace('"', "").split())
    list(read(["-"], ReadOptions(format=Format.JSONL), BytesIO(rows.encode())))


STAGES: dict[str, Callable[[str], object]] = {
    "page": _page,
    "markdown": plain,
    "lines": _lines,
    "tokenise": lambda text: tokenise_bytes(*join_texts([text])),
    "sketch": lambda text: shingle_signatures(*hash_bytes(*join_texts([text]))),
    "align": lambda text: dedup.align(text, text[len(text) // 3 :] + text[: len(text) // 3]),
    "compare": lambda text: dedup.compare(dedup.Article("a", text), dedup.Article("b", text[len(text) // 9 :])),
    "score": dedup.score,
}


def seconds(work: Callable[[str], object], text: str) -> float:
    """Return the processor time of a call."""
    gc.collect()
    begin = time.process_time()
    work(text)
    return time.process_time() - begin


def exponents(stages: list[str], size: int) -> Iterator[tuple[str, str, list[float], float]]:
    """Yield, for each stage and family, the times at three sizes and the exponent of the last step."""
    for stage in stages:
        STAGES[stage](FAMILIES["one sentence"](5000))  # compiles
        for family, make in FAMILIES.items():
            times = [seconds(STAGES[stage], make(size * factor)) for factor in (1, 2, 4)]
            yield stage, family, times, log2(max(times[2], 1e-6) / max(times[1], 1e-6))


def main() -> int:
    """Print a line for each stage and family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilobytes", type=int, default=64)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--most", type=float, default=None)
    options = parser.parse_args()
    steep = 0
    for stage, family, times, exponent in exponents(options.stages, options.kilobytes << 10):
        counts = times[2] >= LEAST_SECONDS
        steep += options.most is not None and counts and exponent > options.most
        shown = f"{exponent:4.2f}" if counts else "   -"
        print(f"{stage:9} {family:24} {' '.join(f'{s:7.3f}' for s in times)} s  {shown}", flush=True)
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
