"""One tool on one corpus, in this process: called by `speed.py` with the tool, corpus, output and threads.

Prints a line of JSON (seconds by the clock and of the processors, stages where known) and saves the pairs of article
numbers it found.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SLOTS, BANDS, ROWS, SHINGLE, THRESHOLD = 128, 16, 8, 5, 0.5

Pairs = list[tuple[int, int]] | np.ndarray
Seconds = tuple[float, float]  # wall-clock, and of all processors in this process and its children
Outcome = tuple[Seconds, Any, dict[str, float]]


def now() -> Seconds:
    """The clocks as they stand."""
    return time.perf_counter(), sum(os.times()[:4])


def since(begin: Seconds) -> Seconds:
    """Seconds since then by either clock."""
    end = now()
    return end[0] - begin[0], end[1] - begin[1]


def read_texts(path: Path) -> list[str]:
    import orjson

    with path.open("rb") as lines:
        return [orjson.loads(line)["text"] for line in lines]


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))]


def number(id_: str) -> int:
    return int(id_[1:])


def scanned(path: Path, threads: int, level: str) -> Outcome:
    from dedup import Config, Level, scan_paths

    warm_up(Config(level=Level(level), workers=1))
    begin = now()
    report = scan_paths([path], config=Config(level=Level(level), workers=threads))
    seconds = since(begin)
    copies = [(number(m.left), number(m.right)) for m in report.matches]
    return seconds, copies, dict(report.seconds)


def warm_up(config: Any) -> None:
    """Load the compiled kernels, which counts as import."""
    from dedup import Article, scan

    scan([Article(str(i), f"word{i} and some more words {i} to read here") for i in range(3)], config)


def near(path: Path, threads: int) -> Outcome:
    return scanned(path, threads, "near")


def full(path: Path, threads: int) -> Outcome:
    return scanned(path, threads, "full")


def candidates(path: Path, threads: int) -> Outcome:
    from dedup import Config
    from dedup.pipeline import scan as pipeline
    from dedup.pipeline.intake import store_paths
    from dedup.pipeline.signatures import Sketcher
    from dedup.read import ReadOptions

    config = Config(workers=threads)
    warm_up(Config(workers=1))
    clock = pipeline.Clock()
    begin = now()
    sketcher = Sketcher(config)
    with clock.measure("read"):
        store = store_paths([path], ReadOptions(), on_texts=sketcher.take).store
    with clock.measure("sketch"):
        sketches = sketcher.finish(store)
    with clock.measure("candidates"):
        found = pipeline.candidates(store, sketches, config)
    seconds = since(begin)
    places = np.array([number(id_) for id_ in store.ids])
    return seconds, places[found.pairs], clock.seconds


def gaoya(path: Path, threads: int) -> Outcome:
    from gaoya.minhash import MinHashStringIndex

    begin = now()
    texts = read_texts(path)
    index = MinHashStringIndex(32, THRESHOLD, BANDS, ROWS, None, "word", True, (SHINGLE, SHINGLE), "smallvec")
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    found = index.par_bulk_query(texts)
    pairs = [(i, j) for i, others in enumerate(found) for j in others if i < j]
    return since(begin), pairs, {}


def rensa(path: Path, threads: int) -> Outcome:
    from rensa import RMinHash, RMinHashLSH

    begin = now()
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=SLOTS, num_bands=BANDS)
    signatures: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for i, text in enumerate(read_texts(path)):
        signature = RMinHash(num_perm=SLOTS, seed=1)
        signature.update(shingles(text))
        pairs += [(j, i) for j in index.query(signature) if signatures[j].jaccard(signature) >= THRESHOLD]
        index.insert(i, signature)
        signatures.append(signature)
    return since(begin), pairs, {}


def with_datasketch(path: Path, hashfunc: Callable[[bytes], int] | None) -> Outcome:
    from datasketch import MinHash, MinHashLSH

    begin = now()
    index = MinHashLSH(num_perm=SLOTS, params=(BANDS, ROWS))
    options = {} if hashfunc is None else {"hashfunc": hashfunc}
    signatures: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for i, text in enumerate(read_texts(path)):
        signature = MinHash(num_perm=SLOTS, **options)
        signature.update_batch([s.encode() for s in shingles(text)])
        pairs += [(j, i) for j in index.query(signature) if signatures[j].jaccard(signature) >= THRESHOLD]
        index.insert(i, signature)
        signatures.append(signature)
    return since(begin), pairs, {}


def datasketch(path: Path, threads: int) -> Outcome:
    return with_datasketch(path, None)


def datasketch_xxh(path: Path, threads: int) -> Outcome:
    from xxhash import xxh32_intdigest

    return with_datasketch(path, xxh32_intdigest)


def text_dedup(path: Path, threads: int) -> Outcome:
    """Its command line, in this process; `--debug` keeps the clusters."""
    import pickle

    from text_dedup import minhash

    with tempfile.TemporaryDirectory() as folder:
        options = {
            "path": "json", "data_files": path, "split": "train", "cache_dir": f"{folder}/cache", "column": "text",
            "output": f"{folder}/out", "ngram": SHINGLE, "num_perm": SLOTS, "b": BANDS, "r": ROWS, "num_proc": threads,
        }  # fmt: skip
        arguments = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        begin = now()
        minhash.main([*arguments, "--debug"], standalone_mode=False)
        seconds = since(begin)
        parents = pickle.loads(Path(folder, "out", "uf.pkl").read_bytes())
    parents = getattr(parents, "parent", parents)
    return seconds, [(int(a), int(b)) for a, b in parents.items() if a != b], {}


def datatrove(path: Path, threads: int) -> Outcome:
    """Its three steps to clusters, each in its local executor, with its own English tokeniser (spaCy)."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.readers import JsonlReader

    config = MinhashConfig(n_grams=SHINGLE, num_buckets=BANDS, hashes_per_bucket=ROWS)
    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, clusters = (f"{folder}/{name}" for name in ("signatures", "buckets", "clusters"))
        begin = now()
        for step, tasks in (
            ([JsonlReader(str(path.parent), glob_pattern=path.name), MinhashDedupSignature(signatures, config)], 1),
            ([MinhashDedupBuckets(signatures, buckets, config=config)], BANDS),
            ([MinhashDedupCluster(buckets, clusters, config=config, save_cluster_id=True)], 1),
        ):
            LocalPipelineExecutor(pipeline=step, tasks=tasks, workers=1, logging_dir=f"{folder}/logs").run()
        seconds = since(begin)
        pairs = [np.frombuffer(p.read_bytes(), "<u4").reshape(-1, 4)[:, [1, 3]] for p in Path(buckets).glob("*.dups")]
    return seconds, np.concatenate(pairs).astype(np.int64), {}


def main() -> None:
    tool, corpus, out, threads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    seconds, pairs, stages = globals()[tool.replace("-", "_")](corpus, threads)
    np.save(out, np.array(pairs, np.int64).reshape(-1, 2))
    result: dict[str, Any] = {"seconds": seconds[0], "processor": seconds[1]}
    if stages:
        result["stages"] = stages
    print(json.dumps(result))


if __name__ == "__main__":
    main()
