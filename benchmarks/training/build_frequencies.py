"""Build `dedup/data/frequencies.bin` from a news background: hashes and rounded counts, no text.

Words and stems in fewer than `LEAST_DOCUMENTS` articles are left out, and so are features seen in one article only.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.compiled.arrays import U32, U64
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT, NORMALISER, pair_hashes
from dedup.language.frequencies import rounded, to_bytes
from dedup.text import tokenise

LEAST_DOCUMENTS = 3
LEAST_FEATURE_DOCUMENTS = 2

PROVENANCE = {
    "source": "ramybaly/Article-Bias-Prediction (AllSides news), commit ced8111a720948e6a410e52031ace99c4e53f096",
    "licence": "Apache-2.0 (the data set; its articles are their publishers'): counts of hashes only",
    "made_by": "benchmarks/training/build_frequencies.py",
    "counts": "rounded to 1/11 octave; words and stems in >= 3 articles, features in >= 2",
}


class Counter:
    """Counts hashes over articles: in how many they stand, and how often."""

    def __init__(self) -> None:
        self.hashes: list[U64] = []
        self.counts: list[U32] = []

    def add(self, hashes: U64) -> None:
        """Count the hashes of one article."""
        found, counts = np.unique(hashes, return_counts=True)
        self.hashes.append(found)
        self.counts.append(counts.astype(np.uint32))

    def totals(self) -> tuple[U64, NDArray[np.int64], NDArray[np.int64]]:
        """Sorted hashes, their document counts and their occurrences."""
        hashes, counts = np.concatenate(self.hashes), np.concatenate(self.counts)
        self.hashes, self.counts = [], []
        order = np.argsort(hashes)
        hashes, counts = hashes[order], counts[order]
        first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
        documents = np.diff(np.append(first, len(hashes)))
        return hashes[first], documents, np.add.reduceat(counts.astype(np.int64), first)


def count_table(counter: Counter, kind: str) -> dict[str, NDArray[np.generic]]:
    hashes, documents, occurrences = counter.totals()
    keep = documents >= LEAST_DOCUMENTS
    prints = (hashes[keep] >> np.uint64(32)).astype(np.uint32)
    first = np.concatenate([[True], prints[1:] != prints[:-1]])  # of two with one fingerprint the first stays
    return {
        f"{kind}_fingerprints": prints[first],
        f"{kind}_documents": rounded(documents[keep][first]),
        f"{kind}_occurrences": rounded(occurrences[keep][first]),
    }


def cell_table(features: list[U64]) -> NDArray[np.uint8]:
    every = np.concatenate(features)
    features.clear()
    every.sort()
    first = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]]))
    documents = np.diff(np.append(first, len(every)))
    cells = (every[first] >> np.uint64(CLASS_SHIFT)).astype(np.int64)
    starts = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
    most = np.zeros(1 << CLASS_BITS, np.int64)
    most[cells[starts]] = np.maximum.reduceat(documents, starts)
    return rounded(np.where(most >= LEAST_FEATURE_DOCUMENTS, most, 0))


def build(path: Path) -> bytes:
    words, stems, features = Counter(), Counter(), list[U64]()
    documents = tokens = 0
    with gzip.open(path) as lines:
        for line in lines:
            article = tokenise(orjson.loads(line)["text"])
            if len(article):
                words.add(article.hashes)
                stems.add(article.stems)
                features.append(np.unique(np.concatenate([article.hashes, pair_hashes(article.hashes)])))
            documents, tokens = documents + 1, tokens + len(article)
    arrays = count_table(words, "word") | count_table(stems, "stem") | {"cells": cell_table(features)}
    about = {"documents": documents, "tokens": tokens, "normaliser": NORMALISER, "provenance": PROVENANCE}
    return to_bytes(about, arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/frequencies.bin"))
    options = parser.parse_args()
    data = build(options.packs / "background.jsonl.gz")
    options.output.write_bytes(data)
    print(f"{options.output}: {len(data):,} bytes; {data.partition(bytes([10]))[0].decode()}")


if __name__ == "__main__":
    main()
