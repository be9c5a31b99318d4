"""Recall of candidate pairs by kind of rewrite, and how many candidates an article costs.

    python -m benchmarks.quality.candidates [--packs ../shared/eval] [--background 30125] [--cuts] [--missing]

Prints two tables: the labelled pairs of `rewrites/` among the articles of `background.jsonl.gz` under several rules,
and (`--cuts`) the same pairs with one side cut to a part, put into another article, or with boilerplate added.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.candidates.join import CandidateConfig, Candidates, find_candidates
from dedup.compiled.arrays import U8, U32, U64
from dedup.language.frequencies import CorpusSample, shipped
from dedup.sketch import digests, shingle_signatures, weighted_signatures
from dedup.text import hash_bytes

KINDS = ("mt", "human_translation", "llm", "llm_reframe", "back_translation", "sibling", "same_event")
CUT_KINDS = ("mt", "human_translation", "llm", "llm_reframe")
BATCH, PADDING = 512, bytes(64)
PAIRS_OF_A_KIND, VERBATIM = 300, 600  # of each kind that are cut; and copies of background articles beside them

RULES: dict[str, CandidateConfig] = {
    "word 5-grams, 16 x 8 bands, J >= .5": CandidateConfig(band_rows=8),
    "word 5-grams, 32 x 4 bands, J >= .5 (level near)": CandidateConfig(),
    "weighted, >= 3 shared": CandidateConfig(shared=3, rarity=0.0, best=1000),
    "weighted, >= 5 shared": CandidateConfig(shared=5, rarity=0.0),
    "weighted, rarity .0125": CandidateConfig(rarity=0.0125),
    "weighted, rarity .015 (default)": CandidateConfig(),
    "weighted, rarity .0175": CandidateConfig(rarity=0.0175),
    "weighted, rarity .02": CandidateConfig(rarity=0.02),
    "weighted, rarity .025": CandidateConfig(rarity=0.025),
    "default, window 50": CandidateConfig(window=50),
    "default, 2 shared": CandidateConfig(shared=2),
}
NEAR_ONLY = tuple(RULES)[:2]
CUT_RULES = ("weighted, >= 5 shared", "weighted, rarity .0125", "weighted, rarity .015 (default)", "default, 2 shared")

Pairs = dict[str, NDArray[np.int64]]
Change = Callable[[U64], U64]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Articles by number, as word hashes, and their signatures."""

    words: list[U64]
    digests: U64
    shingles: U32
    weighted: U32
    classes: U8

    def __len__(self) -> int:
        return len(self.words)


def read_texts(path: Path, limit: int | None = None) -> tuple[list[str], list[bytes]]:
    with gzip.open(path) as lines:
        rows = [orjson.loads(line) for line, _ in zip(lines, range(limit or 1 << 60), strict=False)]
    return [row["id"] for row in rows], [row["text"].encode() for row in rows]


def hash_texts(texts: list[bytes]) -> list[U64]:
    words: list[U64] = []
    for first in range(0, len(texts), BATCH):
        part = texts[first : first + BATCH]
        offsets = np.cumsum([0, *map(len, part)], dtype=np.uint64)
        flat, starts = hash_bytes(np.frombuffer(b"".join([*part, PADDING]), np.uint8), offsets)
        words += [flat[a:b].copy() for a, b in pairwise(starts)]
    return words


def flatten(words: list[U64]) -> tuple[U64, NDArray[np.int64]]:
    return np.concatenate(words), np.cumsum([0, *map(len, words)], dtype=np.int64)


def build(words: list[U64]) -> Corpus:
    flat, starts = flatten(words)
    sample = CorpusSample()
    sample.add(flat, starts)
    classes = shipped().blended(sample.counts()).feature_classes
    shingles, weighted = shingle_signatures(flat, starts), weighted_signatures(flat, starts, classes)
    return Corpus(words, digests(flat, starts), shingles, weighted, classes)


def extend(corpus: Corpus, words: list[U64]) -> Corpus:
    flat, starts = flatten(words)
    return Corpus(
        corpus.words + words,
        np.concatenate([corpus.digests, digests(flat, starts)]),
        np.concatenate([corpus.shingles, shingle_signatures(flat, starts)]),
        np.concatenate([corpus.weighted, weighted_signatures(flat, starts, corpus.classes)]),
        corpus.classes,
    )


def apply(corpus: Corpus, rule: str) -> tuple[Candidates, float]:
    """The candidates under a rule, and articles per second."""
    weighted = None if rule in NEAR_ONLY else corpus.weighted
    begin = time.perf_counter()
    result = find_candidates(corpus.digests, corpus.shingles, weighted, corpus.classes, config=RULES[rule])
    return result, len(corpus) / (time.perf_counter() - begin)


def hits(result: Candidates, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    keys = result.pairs[:, 0].astype(np.int64) << 32 | result.pairs[:, 1]
    found: NDArray[np.bool_] = np.isin(pairs.min(axis=1) << 32 | pairs.max(axis=1), keys)
    return found


def table(corpus: Corpus, pairs: Pairs, rules: list[str], ids: list[str] | None = None) -> None:
    print("| rule | candidates per article | " + " | ".join(pairs) + " | articles/s |")
    print("|---" * (len(pairs) + 3) + "|")
    for rule in rules:
        result, speed = apply(corpus, rule)
        found = {kind: hits(result, rows) for kind, rows in pairs.items()}
        cells = [f"{len(result) / len(corpus):.2f}", *(f"{f.mean():.3f}" for f in found.values())]
        print(f"| {rule} | " + " | ".join(cells) + f" | {speed:,.0f} |", flush=True)
        for kind in CUT_KINDS if ids else ():
            for left, right in pairs[kind][~found[kind]].tolist():
                print(f"    {kind}: {ids[left]} {ids[right]}" if ids else "")


def labelled(packs: Path, ids: list[str]) -> Pairs:
    number = {id_: i for i, id_ in enumerate(ids)}
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    with gzip.open(packs / "rewrites/pairs.jsonl.gz") as lines:
        for row in map(orjson.loads, lines):
            found[row["kind"]].append((number[row["left"]], number[row["right"]]))
    return {kind: np.array(rows, np.int64) for kind, rows in found.items()}


def changes(others: list[U64], draw: np.random.Generator) -> dict[str, Change]:
    def part(words: U64, share: float) -> U64:
        size = int(len(words) * share)
        first = int(draw.integers(0, len(words) - size + 1))
        return words[first : first + size]

    def other() -> U64:
        return others[draw.integers(0, len(others))]

    def with_boilerplate(words: U64) -> U64:
        foreign, size = other(), int(draw.integers(30, 61))
        first = int(draw.integers(0, max(1, len(foreign) - size)))
        return np.concatenate([words, foreign[first : first + size]])

    return {
        "whole": lambda words: words,
        "30-60 foreign words added": with_boilerplate,
        "cut to a half": lambda words: part(words, 0.5),
        "cut to a third": lambda words: part(words, 1 / 3),
        "a third, in another article twice as long": lambda words: np.concatenate(
            [other()[: 2 * (len(words) // 3)], part(words, 1 / 3)]
        ),
    }


def cut_tables(corpus: Corpus, pairs: Pairs, foreign: list[int], seed: int = 1) -> None:
    draw = np.random.default_rng(seed)
    others = [corpus.words[i] for i in foreign]
    for name, change in changes(others, draw).items():
        made: list[U64] = []
        chosen: dict[str, list[tuple[int, int]]] = {}
        for kind in CUT_KINDS:
            rows = draw.permuted(pairs[kind][draw.permutation(len(pairs[kind]))[:PAIRS_OF_A_KIND]], axis=1)
            chosen[kind] = [(int(a), len(corpus) + len(made) + k) for k, (a, _) in enumerate(rows)]
            made += [change(corpus.words[b]) for _, b in rows]
        verbatim = draw.choice(foreign, min(VERBATIM, len(foreign)), replace=False)
        chosen["verbatim"] = [(int(a), len(corpus) + len(made) + k) for k, a in enumerate(verbatim)]
        made += [change(corpus.words[a]) for a in verbatim]
        print(f"\n{name}\n")
        table(extend(corpus, made), {k: np.array(v, np.int64) for k, v in chosen.items()}, list(CUT_RULES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--background", type=int, default=None, help="how many background articles (all)")
    parser.add_argument("--cuts", action="store_true", help="also cut, embed and add to the rewrites")
    parser.add_argument("--missing", action="store_true", help="name the labelled rewrites that are no candidates")
    args = parser.parse_args()
    ids, texts = read_texts(args.packs / "rewrites/articles.jsonl.gz")
    labelled_articles = len(ids)
    more, more_texts = read_texts(args.packs / "background.jsonl.gz", args.background)
    ids += more
    corpus = build(hash_texts(texts + more_texts))
    pairs = labelled(args.packs, ids)
    print(f"{len(corpus)} articles\n")
    table(corpus, pairs, list(RULES), ids if args.missing else None)
    if args.cuts:
        cut_tables(corpus, pairs, list(range(labelled_articles, len(ids))))


if __name__ == "__main__":
    main()
