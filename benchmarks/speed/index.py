"""The persistent index at size: load, add, check, memory, disk, crashes; and datasketch's `MinHashLSH` beside it.

    python -m benchmarks.speed.index [--articles 100000] [--folder DIR] [--kills 500] [--packs ../shared/eval]
        [--only load,check,add,kill,recall,peer]

Articles are generated (`generated`): Zipf words, 200 to 900 a piece, one in ten a copy of an earlier one with 2 to 20 %
of its words changed. Everything that is timed runs in one process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.join import find_candidates
from dedup.index import compaction
from dedup.index.articles import ArticleIndex
from dedup.index.select import select
from dedup.pipeline.indexes import IndexStages, open_index
from dedup.records import Article
from dedup.sketch import digests, shingle_signatures, to_datasketch, weighted_signatures
from dedup.text import hash_bytes, join_texts, tokenise

VOCABULARY, SHORTEST, LONGEST = 100_000, 200, 900  # words; words an article
COPY_SHARE, BACK = 0.1, 1000  # copies, of one of so many articles before
LEAST_CHANGED, MOST_CHANGED = 0.02, 0.2
BLOCK = 1000  # articles that one seed makes
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "er", "in", "or", "us")]


@lru_cache(maxsize=1)
def vocabulary() -> tuple[list[str], NDArray[np.float64]]:
    """Words, commonest first, and their cumulative shares: rank r has weight 1 / (r + 2.7) (Mandelbrot 1953)."""
    pairs = [first + second for first in SYLLABLES for second in SYLLABLES]
    words = [*SYLLABLES, *pairs, *(first + pair for first in SYLLABLES for pair in pairs)][:VOCABULARY]
    random.Random(11).shuffle(words)
    shares = 1 / (np.arange(len(words)) + 2.7)
    return words, np.cumsum(shares / shares.sum())


def _block(number: int, seed: int) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Word numbers of a block's articles, and which article of the block each copies (-1 for none)."""
    draw = np.random.default_rng((seed, number))
    lengths = draw.integers(SHORTEST, LONGEST + 1, BLOCK)
    words = np.searchsorted(vocabulary()[1], draw.random(int(lengths.sum())))
    articles = np.split(np.minimum(words, VOCABULARY - 1), np.cumsum(lengths)[:-1])
    copied = np.where(draw.random(BLOCK) < COPY_SHARE, (draw.random(BLOCK) * np.arange(BLOCK)).astype(np.int64), -1)
    copied[0] = -1
    for i in np.flatnonzero(copied >= 0).tolist():
        text = articles[copied[i]].copy()
        changed = draw.random(len(text)) < draw.uniform(LEAST_CHANGED, MOST_CHANGED)
        text[changed] = np.searchsorted(vocabulary()[1], draw.random(int(changed.sum())))
        articles[i] = np.minimum(text, VOCABULARY - 1)
    return articles, copied


def generated(count: int, seed: int = 1, first: int = 0) -> Iterator[tuple[Article, str | None]]:
    """Articles first..count with the id of the article that each copies; the same for the same seed."""
    words = np.array(vocabulary()[0], object)
    for number in range(first // BLOCK, -(-count // BLOCK)):
        articles, copied = _block(number, seed)
        for i, (article, source) in enumerate(zip(articles, copied.tolist(), strict=True)):
            if first <= number * BLOCK + i < count:
                text = " ".join(words[article].tolist())
                origin = None if source < 0 else f"{seed}-{number * BLOCK + source:08d}"
                place = number * BLOCK + i
                when = FIRST_DAY + timedelta(minutes=place % 1_000_000)
                yield Article(f"{seed}-{place:08d}", text, source=f"site-{i % 97}", published=when), origin


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def resident() -> float:
    """Megabytes that this process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def load(path: Path, articles: int) -> dict[str, Any]:
    """Bulk load, a commit's worth of ready articles at a time; making them is not timed."""
    shutil.rmtree(path, ignore_errors=True)
    loading, computing, source = 0.0, 0.0, (a for a, _ in generated(articles))
    with open_index(path) as index:
        index.check(Article("warm-up", "Some words to load what is compiled."))
        while some := list(islice(source, compaction.COMMIT)):
            begin = time.process_time()
            loading += timed(lambda s=some: index.add_many(s))[0]  # type: ignore[misc]
            computing += time.process_time() - begin
        info = index.info()
    return {
        "articles/s": articles / loading,
        "bytes beyond text": info.overhead,
        "text bytes": info.text_bytes / articles,
        "segments": info.segments,
        "articles per CPU second": articles / computing,
        "writer MB": resident(),
    }


def check(path: Path, articles: int) -> dict[str, Any]:
    """Checks of new articles in a process that only reads: one in ten, and then all, edited copies of old ones.

    The memory that the generated articles take is not counted: it is measured before the index is opened.
    """
    before = resident()
    kinds = (("one copy in ten", 0.1, 2000), ("all copies", 1.0, 300))
    asked = {name: list(_queries(articles, count + 50, share)) for name, share, count in kinds}
    made = resident() - before
    opened, index = timed(lambda: open_index(path))
    figures: dict[str, Any] = {"open ms": 1e3 * opened, "opened MB": resident() - made}
    most = 0.0
    for name, queries in asked.items():
        for article, _ in queries[:50]:
            index.check(article)
        times, found, wrong, expected = list[float](), 0, 0, 0
        for article, origin in queries[50:]:
            seconds, matches = timed(lambda a=article: index.check(a))  # type: ignore[misc]
            times.append(1e3 * seconds)
            ids = {m.left if m.right == article.id else m.right for m in matches}
            expected += origin is not None
            found += origin in ids
            wrong += bool(ids) and origin is None
            most = max(most, resident() - made)
        figures[name] = {
            "p50 ms": percentile(times, 0.5),
            "p99 ms": percentile(times, 0.99),
            "found": found / max(1, expected),
            "others matched": wrong,
        }
    return {**figures, "most reader MB": most}


def _queries(articles: int, count: int, share: float) -> Iterator[tuple[Article, str | None]]:
    """New articles, a share of them edited copies of articles of the index."""
    draw, words = np.random.default_rng(5), np.array(vocabulary()[0], object)
    fresh = (a for a, origin in generated(2 * count + BLOCK, seed=2) if origin is None)
    for i in range(count):
        if draw.random() >= share:
            yield next(fresh), None
            continue
        number, place = int(draw.integers(max(1, articles // BLOCK))), int(draw.integers(min(BLOCK, articles)))
        text = _block(number, 1)[0][place].copy()
        changed = draw.random(len(text)) < draw.uniform(LEAST_CHANGED, MOST_CHANGED)
        text[changed] = np.searchsorted(vocabulary()[1], draw.random(int(changed.sum())))
        shown = " ".join(words[np.minimum(text, VOCABULARY - 1)].tolist())
        yield Article(f"query-{i}", shown, published=FIRST_DAY - timedelta(days=1)), f"1-{number * BLOCK + place:08d}"


def add(path: Path, articles: int) -> dict[str, Any]:
    """Adds one by one, durable each and in batches of a hundred, and bulk adds of a hundred, to what is there."""
    figures = {}
    with open_index(path) as index:
        source = (a for a, _ in generated(10_000, seed=3 + len(index)))  # new ones in each run
    for name, durability, count in (("durable", "full", 600), ("batch", "batch", 2000)):
        with open_index(path, durability=durability) as index:
            some = [next(source) for _ in range(count + 20)]
            for article in some[:20]:
                index.add(article)
            seconds, _ = timed(lambda i=index, s=some: [i.add(a) for a in s[20:]])  # type: ignore[misc]
            figures[f"{name} adds/s"] = count / seconds
    with open_index(path) as index:
        groups = [[next(source) for _ in range(100)] for _ in range(20)]
        seconds, _ = timed(lambda: [index.add_many(group) for group in groups])
        figures["add_many of 100, articles/s"] = 2000 / seconds
    return figures


def write_until_killed(path: Path, seed: int, said: int) -> None:
    """Adds one by one and many at a time, compacts; says an id once its call has returned."""
    draw = random.Random(seed)
    with open_index(path) as index:
        for article, _ in generated(10_000, seed=seed + 100):
            index.add(article)
            os.write(said, f"{article.id}\n".encode())
            if draw.random() < 0.1:
                some = [Article(f"{article.id}-{i}", article.text[: 500 + 7 * i]) for i in range(20)]
                index.add_many(some)
                os.write(said, "".join(f"{a.id}\n" for a in some).encode())
            if draw.random() < 0.05:
                index.compact()


def killed(path: Path, seed: int, calls: int, wait: float) -> list[str]:
    """What a writer said that was killed some seconds after so many calls had returned."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receive)
            write_until_killed(path, seed, send)
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(send)
    with os.fdopen(receive) as pipe:
        said = [pipe.readline() for _ in range(calls)]
        if "" in said:
            raise RuntimeError("the writer failed by itself")
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return [line.strip() for line in [*said, *pipe] if line.endswith("\n")]


def kill(path: Path, rounds: int) -> dict[str, Any]:
    """Kill -9 at random moments during `add`, `add_many`, freezing, merging and `compact`, with small segments."""
    shutil.rmtree(path, ignore_errors=True)
    compaction.FREEZE, compaction.FANOUT = 16, 3
    with open_index(None) as warm:
        warm.add_many(a for a, _ in generated(50))
    draw, acknowledged, lost, damaged = random.Random(3), set[str](), 0, 0
    for seed in range(rounds):
        acknowledged.update(killed(path, seed, draw.randrange(30), draw.uniform(0, 0.03)))
        with open_index(path) as index:
            damaged += index.info(verify=True).articles < len(acknowledged)
            recent = sorted(acknowledged)[-200:] + draw.sample(sorted(acknowledged), min(200, len(acknowledged)))
            lost += sum(key not in index for key in (acknowledged if seed % 50 == 49 else recent))
    return {"rounds": rounds, "acknowledged": len(acknowledged), "lost": lost, "short or damaged": damaged}


def recall(path: Path, articles: int, packs: Path) -> dict[str, Any]:
    """Labelled pairs that become candidates in a scan of `rewrites/` and background, and in checks of an index."""

    def read(name: str, most: int | None = None) -> list[dict[str, Any]]:
        with gzip.open(packs / name, "rt") as lines:
            return [json.loads(line) for line in islice(lines, most)]

    wanted = {
        tuple(sorted((p["left"], p["right"]))): p["kind"]
        for p in read("rewrites/pairs.jsonl.gz")
        if p["label"] == "rewrite"
    }
    rows = read("rewrites/articles.jsonl.gz") + read("background.jsonl.gz", articles)
    pile = [Article(r["id"], r["text"]) for r in rows]
    with open_index(None) as index:
        index.add_many(pile)
        checked, looked = _checked(index, pile, {i for pair in wanted for i in pair})
        scanned = _scanned(index, pile)
    kinds = sorted(set(wanted.values()))
    figures: dict[str, Any] = {"candidates of an article": looked}
    for kind in kinds:
        pairs = [pair for pair, of in wanted.items() if of == kind]
        figures[kind] = {
            "pairs": len(pairs),
            "scan": sum(pair in scanned for pair in pairs) / len(pairs),
            "index": sum(pair in checked for pair in pairs) / len(pairs),
        }
    return figures


def _checked(index: ArticleIndex, pile: list[Article], asked: set[str]) -> tuple[set[tuple[str, ...]], float]:
    """Candidate pairs that checks of some articles come to, and how many each."""
    core, found, looked = index._core, set[tuple[str, ...]](), 0
    stages, ids = core.stages, {e.number: e.id for e in core.manifest.entries()}
    for article in pile:
        if article.id in asked:
            keys = stages.keys(stages.prepare(article))
            met = core.segment_set.search(keys, index._scope(article, None, None), stages.rule.window)
            chosen = select(keys, met, stages.rarity(keys), stages.columns, stages.rule, core.segment_set)
            numbers = [*chosen.exact, *(c.number for c in (*chosen.near, *chosen.rewrites))]
            looked += len(numbers)
            found |= {tuple(sorted((article.id, ids[n]))) for n in numbers}
    return found, looked / max(1, len(asked))


def _scanned(index: ArticleIndex, pile: list[Article]) -> set[tuple[str, ...]]:
    """Candidate pairs of a scan with the same weights."""
    stages = cast(IndexStages, index._core.stages)
    words, offsets = hash_bytes(*join_texts([a.text for a in pile]))
    found = find_candidates(
        digests(words, offsets), shingle_signatures(words, offsets),
        weighted_signatures(words, offsets, stages._classes), stages._classes,
    )  # fmt: skip
    return {tuple(sorted((pile[a].id, pile[b].id))) for a, b in found.pairs.tolist()}


def peer(path: Path, articles: int) -> dict[str, Any]:
    """datasketch's `MinHashLSH` in memory, at a resemblance of .5, with signatures made beforehand."""
    from datasketch import MinHashLSH

    def signed(text: str) -> Any:
        words = tokenise(text).hashes
        return to_datasketch(shingle_signatures(words, np.array([0, len(words)]))[0])

    before, index = resident(), MinHashLSH(threshold=0.5, num_perm=128)
    inserting = 0.0
    for article, _ in generated(articles):
        signature = signed(article.text)
        inserting += timed(lambda a=article, s=signature: index.insert(a.id, s))[0]  # type: ignore[misc]
    times, found, expected = [], 0, 0
    for article, origin in _queries(articles, 2000, 0.5):
        signature = signed(article.text)
        seconds, ids = timed(lambda s=signature: index.query(s))  # type: ignore[misc]
        times.append(1e3 * seconds)
        expected += origin is not None
        found += origin in ids
    return {
        "inserts/s": articles / inserting,
        "query p50 ms": percentile(times, 0.5),
        "query p99 ms": percentile(times, 0.99),
        "copies found": found / expected,
        "MB": resident() - before,
    }


def shown(figures: dict[str, Any], before: str = "") -> Iterator[str]:
    """One line for each figure."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from shown(value, f"{name}, ")
        else:
            yield f"{before}{name}: {value:,.3f}" if isinstance(value, float) else f"{before}{name}: {value}"


def run(part: str, options: argparse.Namespace) -> dict[str, Any]:
    """The figures of one part, in this process."""
    if part == "recall":
        return recall(options.folder, options.articles, options.packs)
    if part == "kill":
        return kill(options.folder, options.kills)
    return {"load": load, "check": check, "add": add, "peer": peer}[part](options.folder, options.articles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("index-benchmark"))
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--only", default="load,check,add,kill,recall,peer")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if len(wanted) == 1:
        print(json.dumps(run(wanted[0], options)))
        return
    for name in wanted:
        folder = options.folder / ("killed" if name == "kill" else "loaded")
        folder.parent.mkdir(parents=True, exist_ok=True)
        size = ["--articles", str(options.articles), "--kills", str(options.kills), "--folder", str(folder)]
        size += ["--packs", str(options.packs)]
        done = subprocess.run([sys.executable, __file__, "--only", name, *size], stdout=subprocess.PIPE, check=True)
        figures = json.loads(done.stdout)
        print(
            name, *(f"{k}: {v:,.2f}" if isinstance(v, float) else f"{k}: {v}" for k, v in figures.items()), sep="\n  "
        )


if __name__ == "__main__":
    main()
