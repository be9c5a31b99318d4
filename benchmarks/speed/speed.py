"""Speed, memory and recall of this project and its peers on one made corpus, in one run.

    pip install "dedup-news[bench]"
    python -m benchmarks.speed.speed [--articles 10000] [--runs 5] [--threads 1 2] [--tools near full gaoya ...]

Makes a deterministic news-like corpus (`make_corpus`), then runs every tool in a process of its own, one after the
other, `--runs` times round, and prints medians. The clock starts before the file is opened and stops when the pairs
(of near-duplicates, or of copies) are known; imports are not counted. Processor time (of all threads and processes)
tells more than the clock where other programs run on the machine. A planted copy counts as found if it ends in one
cluster with its original; a pair between unrelated articles counts as wrong. Peers get 128 slots, word 5-grams and
16 x 8 bands. A tool that is not installed is left out, by name.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np

from dedup.compiled.arrays import I64

HERE = Path(__file__).resolve().parent

SEED = 20_26
VOCABULARY = 200_000
ZIPF_SHIFT, ZIPF_POWER = 2.7, 1.05  # Mandelbrot's form; about what English news shows
SHORTEST, LONGEST = 200, 900  # words
COPIES = 0.1
LEAST_EDIT, MOST_EDIT = 0.02, 0.20  # of the words of a copy
COMMON_WORDS, LAST_WORDS = 50, 10  # a tenth of the words but the commonest end sentences, of some 18 words then
PARAGRAPH = 3  # sentences
BATCH = 2000
LOOK = 0.25  # seconds between two looks at the memory

ONSETS = ["", "b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"]
VOWELS, CODAS = ["a", "e", "i", "o", "u", "ai", "ea"], ["", "", "n", "r", "s", "l", "m", "nd", "st"]


@dataclass(frozen=True)
class Tool:
    """How a tool is named in the table, what must be installed, and how many articles it can be asked to take."""

    label: str
    package: str
    most: int = 1 << 60
    threaded: bool = False


TOOLS = {
    "near": Tool("dedup scan, level near", "dedup", threaded=True),
    "candidates": Tool("dedup, rewrite candidates", "dedup", threaded=True),
    "full": Tool("dedup scan, all", "dedup", threaded=True),
    "gaoya": Tool("gaoya", "gaoya", threaded=True),
    "rensa": Tool("rensa", "rensa"),
    "datasketch": Tool("datasketch", "datasketch"),
    "datasketch-xxh": Tool("datasketch, xxh32", "datasketch"),
    "text-dedup": Tool("text-dedup", "text_dedup", most=20_000),
    "datatrove": Tool("datatrove", "datatrove", most=5_000),
}


def make_words(draw: np.random.Generator) -> list[str]:
    """Distinct pronounceable words, short ones first: 300 of one syllable, 9,700 of two, the others of three."""
    words: dict[str, None] = {}
    for syllables, until in ((1, 300), (2, 10_000), (3, VOCABULARY)):
        while len(words) < until:
            parts = draw.integers((len(ONSETS), len(VOWELS), len(CODAS)), size=(VOCABULARY, syllables, 3)).tolist()
            for word in parts[: 2 * (until - len(words))]:
                words.setdefault("".join(ONSETS[a] + VOWELS[b] + CODAS[c] for a, b, c in word))
    return list(words)[:VOCABULARY]


class Newsroom:
    """Draws articles as word numbers, edits copies, and writes them as text."""

    def __init__(self, seed: int = SEED) -> None:
        self.draw = np.random.default_rng(seed)
        words = make_words(self.draw)
        weights = (np.arange(VOCABULARY) + ZIPF_SHIFT) ** -ZIPF_POWER
        self.cumulative = np.cumsum(weights / weights.sum())
        capital = [w.capitalize() for w in words]
        self.forms = words + capital + [w + "." for w in words] + [w + "." for w in capital]

    def words(self, count: int) -> I64:
        """Word numbers, common ones first."""
        found: I64 = np.minimum(np.searchsorted(self.cumulative, self.draw.random(count)), VOCABULARY - 1)
        return found

    def articles(self, count: int) -> list[I64]:
        """Unrelated articles as word numbers."""
        sizes = self.draw.integers(SHORTEST, LONGEST + 1, count)
        return np.split(self.words(int(sizes.sum())), np.cumsum(sizes)[:-1])

    def edited(self, article: I64) -> I64:
        """A copy with 2 to 20 % of its words replaced (three in five), left out, or given a neighbour."""
        share = self.draw.uniform(LEAST_EDIT, MOST_EDIT)
        copy, fate = article.copy(), self.draw.random(len(article)) / share
        replaced, added = fate < 0.6, (fate >= 0.8) & (fate < 1.0)
        copy[replaced] = self.words(int(replaced.sum()))
        copy = np.insert(copy, np.flatnonzero(added), self.words(int(added.sum())))
        dropped = np.insert((fate >= 0.6) & (fate < 0.8), np.flatnonzero(added), False)
        return copy[~dropped]

    def text(self, article: I64) -> str:
        """Sentences and paragraphs; where they end depends on the words, so that copies keep them."""
        mixed = (article * 2_654_435_761) >> 8  # Knuth's multiplicative hash
        ends = (article >= COMMON_WORDS) & (mixed % LAST_WORDS == 0)
        ends[-1] = True
        starts = np.insert(ends[:-1], 0, True)
        forms = article + VOCABULARY * starts + 2 * VOCABULARY * ends
        breaks = np.flatnonzero(ends & (mixed // LAST_WORDS % PARAGRAPH == 0)) + 1
        parts = np.split(forms, breaks)
        return "\n\n".join(" ".join(map(self.forms.__getitem__, part.tolist())) for part in parts if len(part))


def make_corpus(path: Path, count: int, seed: int = SEED) -> I64:
    """Write `count` articles as JSON lines in random order; the story (count,) that each belongs to."""
    newsroom = Newsroom(seed)
    copies = int(count * COPIES)
    stories = np.concatenate([np.arange(count - copies), newsroom.draw.integers(0, count - copies, copies)])
    order = np.argsort(stories, kind="stable")  # a story and its copies one after the other, written at random places
    place = newsroom.draw.permutation(count)
    lines: list[bytes] = [b""] * count
    original: I64 = np.empty(0, np.int64)
    fresh: list[I64] = []
    for i in order.tolist():
        if i < count - copies:
            fresh = fresh or newsroom.articles(BATCH)
            original = article = fresh.pop()
        else:
            article = newsroom.edited(original)
        row = {"id": f"a{place[i]:07d}", "text": newsroom.text(article)}
        lines[place[i]] = json.dumps(row, ensure_ascii=False).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")
    placed = np.empty(count, np.int64)
    placed[place] = stories
    return placed


class Memory(Thread):
    """Looks four times a second how much memory a process and its children hold; what they share counts once."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process, self._done, self.megabytes = process, Event(), 0.0

    def run(self) -> None:
        """Until `stop`."""
        while not self._done.wait(LOOK):
            self.megabytes = max(self.megabytes, sum(map(proportional_megabytes, family(self._process))))

    def stop(self) -> float:
        """The most that was seen."""
        self._done.set()
        self.join()
        return self.megabytes


def family(process: int) -> list[int]:
    """A process and all that come from it; without the children where the system does not tell."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        children = []
    return [process, *(member for child in children for member in family(int(child)))]


def proportional_megabytes(process: int) -> float:
    """Its resident memory, a page that n processes share counted as 1/n (Linux; elsewhere 0)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def measured(tool: str, corpus: Path, threads: int, python: str, folder: Path) -> dict[str, Any]:
    """Run a tool in its own process: seconds, megabytes, and the file of its pairs."""
    out = folder / "pairs.npy"
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    interpreter = sys.executable if TOOLS[tool].package == "dedup" else python
    command = [interpreter, str(HERE / "speed_tools.py"), tool, str(corpus), str(out), str(threads)]
    with subprocess.Popen(
        command, env=environment, text=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        memory = Memory(started.pid)
        memory.start()
        printed, complaints = started.communicate()
    if started.returncode:
        raise SystemExit(f"{tool} failed:\n{complaints[-2000:]}")
    result: dict[str, Any] = {**json.loads(printed.splitlines()[-1]), "megabytes": memory.stop()}
    result["pairs"] = np.load(out)
    return result


def quality(pairs: I64, stories: I64) -> tuple[float, int]:
    """Share of the copies that are in one cluster with their story's first article, and pairs of two stories."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(stories)
    edges = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    cluster = connected_components(edges, directed=False)[1]
    order = np.argsort(stories, kind="stable")
    first = order[np.searchsorted(stories[order], stories)]
    copies = first != np.arange(n)
    return float((cluster[first] == cluster)[copies].mean()), int((stories[pairs[:, 0]] != stories[pairs[:, 1]]).sum())


def available(names: list[str], python: str) -> list[str]:
    found = []
    for name in names:
        package = TOOLS[name].package
        here = find_spec(package) is not None if python == sys.executable or package == "dedup" else None
        if here is None:
            here = not subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False).returncode
        if here:
            found.append(name)
        else:
            print(f"not installed, left out: {name}")
    return found


def versions(python: str) -> str:
    names = ["numba", "numpy", "gaoya", "rensa", "datasketch", "text-dedup", "datatrove"]
    code = f"import importlib.metadata as m\nfor n in {names!r}:\n try: print(n, m.version(n))\n except Exception: pass"
    peers = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False).stdout.splitlines()
    try:
        own = version("dedup")
    except PackageNotFoundError:
        own = "source"
    return ", ".join([f"dedup {own}", f"Python {platform.python_version()}", *peers])


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {platform.system()}"


def run_size(args: argparse.Namespace, tools: list[str], count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora: dict[int, tuple[Path, I64]] = {}
        for size in {min(count, TOOLS[t].most) for t in tools}:
            path = folder / f"corpus{size}.jsonl"
            corpora[size] = (path, make_corpus(path, size))
        jobs = [(t, n) for t in tools for n in args.threads if n == args.threads[0] or TOOLS[t].threaded]
        results: dict[tuple[str, int], list[dict[str, Any]]] = {job: [] for job in jobs}
        for _ in range(args.runs):
            for tool, threads in jobs:
                path = corpora[min(count, TOOLS[tool].most)][0]
                results[tool, threads].append(measured(tool, path, threads, args.peers_python, folder))
        report(results, corpora, count)


def report(
    results: dict[tuple[str, int], list[dict[str, Any]]], corpora: dict[int, tuple[Path, I64]], count: int
) -> None:
    def rate(job: tuple[str, int], clock: str = "seconds") -> float:
        return min(count, TOOLS[job[0]].most) / float(statistics.median(r[clock] for r in results[job]))

    base = next((job for job in results if job[0] == "gaoya"), next(iter(results)))
    print(f"\n{count:,} articles\n")
    print(f"| tool | threads | articles | articles/s | MB/s | peak MB | x {base[0]} | by processor | recall | wrong |")
    print("|---" * 10 + "|")
    for job, runs in results.items():
        tool, threads = job
        path, stories = corpora[min(count, TOOLS[tool].most)]
        recall, wrong = quality(runs[0]["pairs"], stories)
        speed = rate(job)
        cells = (
            TOOLS[tool].label, threads, f"{len(stories):,}", f"{speed:,.0f}",
            f"{speed * path.stat().st_size / len(stories) / 1e6:.1f}", f"{max(r['megabytes'] for r in runs):,.0f}",
            f"{speed / rate(base):.2f}", f"{rate(job, 'processor') / rate(base, 'processor'):.2f}",
            f"{recall:.4f}", wrong,
        )  # fmt: skip
        print("| " + " | ".join(map(str, cells)) + " |")
    for job, runs in results.items():
        if "stages" in runs[0]:
            stages = {k: statistics.median(r["stages"][k] for r in runs) for k in runs[0]["stages"]}
            print(f"\n{job}: " + ", ".join(f"{k} {v:.2f} s" for k, v in stages.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--peers-python", default=sys.executable, help="an interpreter that has the peers")
    args = parser.parse_args()
    tools = available(args.tools, args.peers_python)
    print(f"{machine()}; {versions(args.peers_python)}; medians of {args.runs}", flush=True)
    for count in args.articles:
        run_size(args, tools, count)


if __name__ == "__main__":
    main()
