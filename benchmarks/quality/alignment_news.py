"""Text alignment on news: what the passages of a pair cover, by kind of pair, and the time per pair.

    python -m benchmarks.quality.alignment_news                       # coverage by kind, time per pair
    python -m benchmarks.quality.alignment_news --show same_event 30  # prints the passages of 30 pairs, to be read

A sentence of the shorter article "has a counterpart" when its TF-IDF cosine with some sentence of the other one is
at least .35; it is covered when passages hold at least half of its words. Boilerplate is marked first, as in a scan.
Packs are looked for in ../shared/eval (`--packs`).
"""

from __future__ import annotations

import argparse
import statistics
import time
from enum import auto
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.alignment import rows
from dedup.alignment import align_words, to_alignment
from dedup.language.frequencies import shipped
from dedup.models import Columns
from dedup.records import Tokens, WordAlignment
from dedup.text import tokenise
from dedup.text.boilerplate import mark

KINDS = ("mt", "human_translation", "llm", "llm_reframe", "same_event")
COUNTERPART = 0.35  # cosine from which a sentence has a counterpart
COVERED = 0.5  # of a sentence's words
LONG_ARTICLES = (700, 1300)  # words of the articles whose pairs are timed
REPEATS = 5


class Coverage(Columns):
    """What passages cover of an article."""

    WORDS = auto()  # share of its words
    COVERED = auto()  # sentences with a counterpart that are covered
    WITH_COUNTERPART = auto()  # all of those
    OTHERS_COVERED = auto()  # sentences without one that are covered
    OTHERS = auto()  # all of those
    PASSAGES = auto()


class News:
    """The tokens and pairs of the pack `rewrites`."""

    def __init__(self, packs: Path) -> None:
        folder = packs / "rewrites"
        self.tokens = {row["id"]: mark(tokenise(row["text"])) for row in rows(folder / "articles.jsonl.gz")}
        self.pairs = [row for row in rows(folder / "pairs.jsonl.gz") if row["kind"] in KINDS]
        self.frequencies = shipped()

    def align(self, pair: dict[str, Any]) -> tuple[Tokens, Tokens, WordAlignment]:
        """Both articles' tokens and what they share."""
        left, right = self.tokens[pair["left"]], self.tokens[pair["right"]]
        return left, right, align_words(left, right, self.frequencies)


def coverage(left: Tokens, right: Tokens, words: WordAlignment) -> NDArray[np.float64]:
    """Return what the passages of a pair cover of its shorter article, (Coverage)."""
    side = 0 if len(left) <= len(right) else 1
    tokens = (left, right)[side]
    held = np.zeros(len(tokens), bool)
    for passage in words.passages.reshape(-1, 2, 2).tolist():
        held[slice(*passage[side])] = True
    best = np.zeros(len(tokens.sentences) - 1)
    np.maximum.at(best, words.sentence_pairs[:, side], words.sentence_similarity)
    covered = np.add.reduceat(held, tokens.sentences[:-1]) >= COVERED * np.diff(tokens.sentences)
    has = best >= COUNTERPART
    row = np.empty(len(Coverage))
    row[Coverage.WORDS], row[Coverage.PASSAGES] = held.mean(), len(words.passages)
    row[Coverage.COVERED], row[Coverage.WITH_COUNTERPART] = covered[has].sum(), has.sum()
    row[Coverage.OTHERS_COVERED], row[Coverage.OTHERS] = covered[~has].sum(), (~has).sum()
    return row


def print_coverage(news: News) -> None:
    print(
        f"{'kind':18} {'pairs':>6} {'words':>7} {'median':>7} {'no passage':>10} {'with counterpart':>17} {'others':>7}"
    )
    for kind in KINDS:
        table = np.array([coverage(*news.align(pair)) for pair in news.pairs if pair["kind"] == kind])
        total = table.sum(axis=0)
        words = table[:, Coverage.WORDS]
        print(
            f"{kind:18} {len(table):6} {words.mean():7.3f} {np.median(words):7.3f} "
            f"{(table[:, Coverage.PASSAGES] == 0).mean():10.3f} "
            f"{total[Coverage.COVERED] / total[Coverage.WITH_COUNTERPART]:17.3f} "
            f"{total[Coverage.OTHERS_COVERED] / total[Coverage.OTHERS]:7.3f}"
        )


def print_time(news: News) -> None:
    low, high = LONG_ARTICLES
    sizes = {name: len(tokens) for name, tokens in news.tokens.items()}
    pairs = [p for p in news.pairs if low <= sizes[p["left"]] <= high and low <= sizes[p["right"]] <= high]
    wall, cpu = [], []
    for _ in range(REPEATS):
        started = time.perf_counter(), time.process_time()
        for pair in pairs:
            news.align(pair)
        wall.append((time.perf_counter() - started[0]) / len(pairs) * 1e3)
        cpu.append((time.process_time() - started[1]) / len(pairs) * 1e3)
    words = statistics.mean(sizes[p["left"]] + sizes[p["right"]] for p in pairs) / 2
    print(f"{len(pairs)} pairs of articles of {words:.0f} words on average, tokens given, a pair: "
          f"{statistics.median(cpu):.2f} ms of processor time, {statistics.median(wall):.2f} ms passed")  # fmt: skip


def show(news: News, kind: str, number: int) -> None:
    pairs = [pair for pair in news.pairs if pair["kind"] == kind]
    for pair in pairs[:: max(1, len(pairs) // number)][:number]:
        left, right, words = news.align(pair)
        texts = [tokens.data.decode("utf-8", "surrogatepass") for tokens in (left, right)]
        print(f"\n## {pair['left']} ({len(left)} words) | {pair['right']} ({len(right)} words)")
        for passage in to_alignment(words, left, right).passages:
            print(f"{passage.similarity:.2f} {passage.left} {passage.right}")
            for text, (start, end) in zip(texts, (passage.left, passage.right), strict=True):
                print("   ", " ".join(text[start:end].split()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--show", nargs=2, metavar=("KIND", "NUMBER"), help="print passages to be read")
    args = parser.parse_args()
    news = News(args.packs)
    if args.show:
        return show(news, args.show[0], int(args.show[1]))
    print_coverage(news)
    print_time(news)


if __name__ == "__main__":
    main()
