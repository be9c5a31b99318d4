"""Where the time of a scan goes, stage by stage, against what each stage was shown to reach.

    python -m benchmarks.speed.profile_stages [--articles 20000] [--runs 5]

Kernels run on the corpus of `speed.py`, one thread; figures are medians of CPU times. Then a whole scan with one worker
tells what the pipeline adds. `profile.md` holds a run and what follows from it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.speed.speed import machine, make_corpus, versions
from dedup.candidates.join import Candidates, find_candidates
from dedup.compiled.arrays import U8, U32, U64
from dedup.language.frequencies import CorpusSample, shipped
from dedup.read.lines import read_columns
from dedup.read.options import ReadOptions
from dedup.sketch import digests, shingle_signatures, weighted_signatures
from dedup.text import hash_bytes, tokenise_bytes

# Articles a second and core: C++ with AVX-512 or the fastest numba seen, articles of 446 words.
LIMITS = {
    "JSON lines to columns": 2_000_000,
    "text to word hashes": 418_000,
    "classic MinHash": 405_000,
    "weighted MinHash": 315_000,
    "near join": 4_100_000,
    "collision count": 81_000,
    "JSON lines to near-duplicates": 179_000,
    "JSON lines to rewrite candidates": 68_000,
}
STUDY_WORDS = 446


class Chain:
    """The compiled stages one after the other over a file, in batches that stay in cache."""

    def __init__(self, path: Path, classes: U8) -> None:
        self.path, self.classes = path, classes

    def signatures(self, weighted: bool) -> tuple[U64, U32, U32]:
        """Digests, classic and (or) weighted signatures of all articles."""
        parts: list[tuple[U64, U32, U32]] = []
        room: U64 | None = None
        with self.path.open("rb") as stream:
            for rows in read_columns(stream, self.path.name, ReadOptions()):
                words, offsets = hash_bytes(rows.text.blob, rows.text.offsets, room)
                room = words.base if isinstance(words.base, np.ndarray) else None
                heavy = weighted_signatures(words, offsets, self.classes) if weighted else np.empty((0, 128), np.uint32)
                parts.append((digests(words, offsets), shingle_signatures(words, offsets), heavy))
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]

    def near(self) -> Candidates:
        """Exact copies and near-duplicates."""
        return find_candidates(*self.signatures(False)[:2])

    def rewrites(self) -> Candidates:
        """All candidates."""
        return find_candidates(*self.signatures(True), self.classes)


def read_only(path: Path) -> None:
    with path.open("rb") as stream:
        for _ in read_columns(stream, path.name, ReadOptions()):
            pass


def kernels(path: Path) -> tuple[int, int, dict[str, Callable[[], object]]]:
    """Articles, words, and the stages to measure."""
    with path.open("rb") as stream:
        texts = [rows.text for rows in read_columns(stream, path.name, ReadOptions())]
    blobs = [(column.blob.copy(), column.offsets.copy()) for column in texts]
    hashed = [(words.copy(), starts) for words, starts in (hash_bytes(*blob) for blob in blobs)]
    sample = CorpusSample()
    for words, starts in hashed:
        sample.add(words, starts)
    classes = shipped().blended(sample.counts()).feature_classes
    digest, classic, weighted = Chain(path, classes).signatures(True)
    chain, count = Chain(path, classes), len(digest)
    return count, sum(len(words) for words, _ in hashed), {
        "JSON lines to columns": lambda: read_only(path),
        "text to word hashes": lambda: [hash_bytes(*blob) for blob in blobs],
        "text to all of Tokens": lambda: [tokenise_bytes(*blob) for blob in blobs],
        "digests": lambda: [digests(*part) for part in hashed],
        "classic MinHash": lambda: [shingle_signatures(*part) for part in hashed],
        "weighted MinHash": lambda: [weighted_signatures(*part, classes) for part in hashed],
        "near join": lambda: find_candidates(digest, classic),
        "near join and collision count": lambda: find_candidates(digest, classic, weighted, classes),
        "JSON lines to near-duplicates": chain.near,
        "JSON lines to rewrite candidates": chain.rewrites,
    }  # fmt: skip


def measure(path: Path, runs: int) -> None:
    count, words, stages = kernels(path)
    times: dict[str, list[float]] = {stage: [] for stage in stages}
    for run in range(runs + 1):  # the first one warms up
        for stage, work in stages.items():
            begin = time.process_time()
            work()
            if run:
                times[stage].append(time.process_time() - begin)
    median = {stage: float(np.median(t)) for stage, t in times.items()}
    median["collision count"] = median["near join and collision count"] - median["near join"]
    per_article = words / count
    print(f"\n{count:,} articles of {per_article:.0f} words, {path.stat().st_size / 1e6:.0f} MB\n")
    print(f"| stage | us an article | articles/s | scaled to {STUDY_WORDS} words | shown before | share |")
    print("|---|---|---|---|---|---|")
    for stage, seconds in median.items():
        by_length = not stage.endswith(("join", "count"))
        speed = count / seconds
        scaled = speed * (per_article / STUDY_WORDS if by_length else 1)
        limit = LIMITS.get(stage)
        end = f"{limit:,} | {scaled / limit:.2f}" if limit else "- | -"
        print(f"| {stage} | {1e6 / speed:.2f} | {speed:,.0f} | {scaled:,.0f} | {end} |")


def scan_stages(path: Path, count: int) -> None:
    from dedup import Config, Level, scan_paths

    for level in Level:
        scan_paths([path], config=Config(level=level, workers=1))  # compiles, and warms the page cache
        report = scan_paths([path], config=Config(level=level, workers=1))
        total = sum(report.seconds.values())
        print(f"\ndedup scan, level {level}, one worker: {count / total:,.0f} articles/s\n")
        print("| stage | seconds | share | articles/s |\n|---|---|---|---|")
        for stage, seconds in report.seconds.items():
            print(f"| {stage} | {seconds:.2f} | {seconds / total:.2f} | {count / max(seconds, 1e-9):,.0f} |")
        print(f"\n{len(report.matches)} matches; capped: {dict(report.capped)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--scanned", type=int, default=2000, help="articles of the whole scan")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    print(f"{machine()}; {versions(sys.executable)}; medians of {args.runs}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        make_corpus(path, args.articles)
        measure(path, args.runs)
        make_corpus(path, args.scanned)
        scan_stages(path, args.scanned)


if __name__ == "__main__":
    main()
