"""Text alignment on PAN13 pairs: passages of every pair, scored with PAN's measure, learnt filters out of fold.

    python -m benchmarks.quality.alignment                  # all pairs: the table per obfuscation, and the time
    python -m benchmarks.quality.alignment --share 5        # every fifth source document only
    python -m benchmarks.quality.alignment --train          # rebuilds dedup/data/align.json from all pairs
    python -m benchmarks.quality.alignment --shipped        # with the shipped filters, as `dedup.align` uses them

Folds and shares go by source document. Packs are looked for in ../shared/eval (`--packs`).
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import re
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import orjson

from dedup.alignment import AlignConfig, Filters, align_words
from dedup.alignment.layout import batch_of
from dedup.alignment.numbering import StemFrequencies
from dedup.alignment.pairs import PairBatch
from dedup.alignment.ranges import Range, Rectangle, Side
from dedup.alignment.rectangles import PASSAGE_VERSION, PassageFeature
from dedup.alignment.summary import SUMMARY_VERSION, Stretch, SummaryFeature
from dedup.compiled.arrays import F64
from dedup.models import Columns, Logistic
from dedup.records import Tokens
from dedup.text import tokenise

FOLDS = 5
RIGHT_SHARE = 0.5  # of a rectangle's characters on either side inside one true span: then it counts as right
STRENGTH = 1.0  # inverse of the L2 penalty

Spans = list[list[int]]  # left offset, left length, right offset, right length


class PanPair(NamedTuple):
    """One row of pairs.jsonl."""

    suspicious: str
    source: str
    obfuscation: str
    spans: Spans

    def fold(self) -> int:
        """The fold of its source document."""
        return zlib.crc32(self.source.encode()) // 7 % FOLDS


class Described(NamedTuple):
    """The rectangles and stretches of one pair: what describes them, and whether each is right (1) or not (0)."""

    passages: F64
    passages_right: F64
    summaries: list[Stretch]
    summaries_right: F64


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rb") as lines:
        return [orjson.loads(line) for line in lines]


def pan_pairs(packs: Path, share: int) -> list[PanPair]:
    every = [PanPair(**row) for row in rows(packs / "pan13" / "pairs.jsonl.gz")]
    return [p for p in every if zlib.crc32(p.source.encode()) % share == 0]


class Work:
    """What a worker needs: texts, read and tokenised once per process as they come up."""

    def __init__(self, packs: Path, frequencies: StemFrequencies, config: AlignConfig) -> None:
        folder = packs / "pan13"
        self.texts = {
            r["id"]: r["text"] for name in ("suspicious", "sources") for r in rows(folder / f"{name}.jsonl.gz")
        }
        self.frequencies, self.config = frequencies, config
        self.cache: dict[str, Tokens] = {}

    def tokens(self, name: str) -> Tokens:
        """The words of a document."""
        if name not in self.cache:
            self.cache[name] = tokenise(self.texts[name])
        return self.cache[name]

    def describe(self, pair: PanPair) -> Described:
        """Return the rectangles and stretches of a pair, unfiltered."""
        left, right = self.tokens(pair.suspicious), self.tokens(pair.source)
        words = PairBatch.of(batch_of(left, right), np.array([[0, 1]]), self.frequencies, self.config)
        found = words.rectangles
        ranges = [words.original_words(0, Rectangle.of(ends)) for ends in found.ends.tolist()]
        right_passages = right_ones(in_characters(left, right, ranges), pair.spans)
        [stretches] = words.stretches([0], self.config)
        right_summaries = self.right_summaries(words, stretches, pair)
        return Described(found.features, right_passages, [s for s in stretches if s], right_summaries)

    def right_summaries(self, words: PairBatch, stretches: list[Stretch | None], pair: PanPair) -> F64:
        """Return whether each stretch sums the other text up."""
        [sizes] = words.sizes()
        left, right = (Range(0, size) for size in sizes)
        ranges = [
            Rectangle(stretch.words, right) if side == Side.LEFT else Rectangle(left, stretch.words)
            for side, stretch in enumerate(stretches)
            if stretch
        ]
        spans = [words.original_words(0, r) for r in ranges]
        wanted = pair.spans if pair.obfuscation == "summary" else []
        return right_ones(in_characters(self.tokens(pair.suspicious), self.tokens(pair.source), spans), wanted)

    def detect(self, pair: PanPair, filters: Filters | None) -> Spans:
        """The passages of a pair, in characters."""
        left, right = self.tokens(pair.suspicious), self.tokens(pair.source)
        words = align_words(left, right, self.frequencies, self.config, filters)
        return in_characters(left, right, words.passages.reshape(-1, 2, 2).tolist())


def in_characters(left: Tokens, right: Tokens, ranges: list[Any]) -> Spans:
    spans = [(left.span(a, b), right.span(c, d)) for (a, b), (c, d) in ranges]
    return [[a, b - a, c, d - c] for (a, b), (c, d) in spans]


def right_ones(found: Spans, wanted: Spans) -> F64:
    """1 for each found span that lies inside a wanted one for at least `RIGHT_SHARE` of both its sides, else 0."""

    def inside(x: list[int], y: list[int], side: int) -> float:
        return (min(x[side] + x[side + 1], y[side] + y[side + 1]) - max(x[side], y[side])) / x[side + 1]

    return np.array([float(any(min(inside(x, y, 0), inside(x, y, 2)) >= RIGHT_SHARE for y in wanted)) for x in found])


FEATURES: dict[str, tuple[type[Columns], str]] = {
    "passages": (PassageFeature, PASSAGE_VERSION),
    "summaries": (SummaryFeature, SUMMARY_VERSION),
}


def train(features: F64, right: F64) -> Logistic:
    """A logistic regression on standardised features, given back for the features as they are."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(axis=0), features.std(axis=0)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((features - mean) / spread, right)
    coefficients = model.coef_[0] / spread
    return Logistic(np.arange(len(coefficients)), coefficients, float(model.intercept_[0] - coefficients @ mean))


def train_filters(described: list[Described], config: AlignConfig) -> Filters:
    """Both filters; the one for summaries sees which passages the other one accepts."""
    features = np.concatenate([d.passages for d in described])
    passages = train(features, np.concatenate([d.passages_right for d in described]))
    rows_ = []
    for d in described:
        accepted = passages.probability(d.passages) >= config.threshold
        rows_ += [stretch.features(accepted) for stretch in d.summaries]
    right = np.concatenate([d.summaries_right for d in described])
    return Filters(passages, train(np.array(rows_), right))


def out_of_fold(pairs: list[PanPair], described: list[Described], config: AlignConfig) -> list[Filters]:
    """For each fold, filters learnt from the other folds."""
    every = list(zip(pairs, described, strict=True))
    return [train_filters([d for p, d in every if p.fold() != fold], config) for fold in range(FOLDS)]


def scorer(packs: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_alignment", packs / "score_alignment.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(packs / "score_alignment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def print_table(packs: Path, pairs: list[PanPair], detected: list[Spans]) -> None:
    found = [{"suspicious": p.suspicious, "source": p.source, "spans": d} for p, d in zip(pairs, detected, strict=True)]
    scores, _ = scorer(packs).table([p._asdict() for p in pairs], found)
    print(f"{'obfuscation':12} {'cases':>6} {'found':>6} {'precision':>9} {'recall':>7} {'granul.':>7} {'plagdet':>7}")
    for kind, s in scores.items():
        print(f"{kind:12} {s['cases']:6} {s['detections']:6} {s['precision']:9.4f} {s['recall']:7.4f} "
              f"{s['granularity']:7.4f} {s['plagdet']:7.4f}")  # fmt: skip


def write_filters(path: Path, filters: Filters, described: list[Described]) -> None:
    """The data file, readable: coefficients by name, and where they come from."""
    rows_seen = {name: sum(len(getattr(d, name)) for d in described) for name in ("passages", "summaries")}
    entries: dict[str, Any] = {
        "provenance": "benchmarks/quality/alignment.py --train: logistic regressions (L2, C = 1) on what is found in "
        "the PAN13 training pairs (2013-01-21); right: at least half of both sides inside one annotated passage",
    }
    for name, rows_ in rows_seen.items():
        model: Logistic = getattr(filters, name)
        columns, version = FEATURES[name]
        weights = zip(columns.names(), model.weights.tolist(), strict=True)
        entries[name] = {
            "rows": rows_,
            "feature_version": version,
            "intercept": round(model.intercept, 4),
            "features": {key: {"mean": 0.0, "scale": 1.0, "weight": round(weight, 4)} for key, weight in weights},
        }
    text = re.sub(r"\{[^{}]*\"weight\"[^{}]*\}", lambda m: " ".join(m[0].split()), json.dumps(entries, indent=2))
    path.write_text(re.sub(r"\{ (.*?) \}", r"{\1}", text) + "\n", "utf-8")


_work: Work


def _start(packs: Path, config: AlignConfig) -> None:
    global _work
    from dedup.language.frequencies import shipped

    _work = Work(packs, shipped(), config)


def _describe(pair: PanPair) -> Described:
    return _work.describe(pair)


def _detect(task: tuple[PanPair, Filters | None]) -> Spans:
    return _work.detect(*task)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--share", type=int, default=1, help="only every Nth source document")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--train", action="store_true", help="rebuild dedup/data/align.json")
    parser.add_argument("--shipped", action="store_true", help="use the shipped filters instead of one per fold")
    parser.add_argument("--detections", type=Path, help="write the detections here, for score_alignment.py")
    args = parser.parse_args()
    pairs = sorted(pan_pairs(args.packs, args.share), key=lambda p: (p.suspicious, p.source))
    chunk = len(pairs) // args.workers + 1  # neighbours share a suspicious text, which a process tokenises once
    with ProcessPoolExecutor(args.workers, initializer=_start, initargs=(args.packs, AlignConfig())) as pool:
        filters: list[Filters | None] = [None] * FOLDS
        if args.train or not args.shipped:
            described = list(pool.map(_describe, pairs, chunksize=chunk))
            if args.train:
                return write_filters(Path("dedup/data/align.json"), train_filters(described, AlignConfig()), described)
            filters = list(out_of_fold(pairs, described, AlignConfig()))
    with ProcessPoolExecutor(args.workers, initializer=_start, initargs=(args.packs, AlignConfig())) as pool:
        started = time.perf_counter()  # a fresh pool: texts to passages, reading and tokenising included
        detected = list(pool.map(_detect, [(p, filters[p.fold()]) for p in pairs], chunksize=chunk))
        seconds = time.perf_counter() - started
    print_table(args.packs, pairs, detected)
    print(f"{len(pairs)} pairs, texts to passages, {args.workers} processes: {seconds:.1f} s")
    if args.detections:
        found = zip(pairs, detected, strict=True)
        lines = [json.dumps({"suspicious": p.suspicious, "source": p.source, "spans": d}) for p, d in found]
        args.detections.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
