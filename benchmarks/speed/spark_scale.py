"""What the engine on Spark costs: processor seconds, shuffled and written bytes by stage, memory of a worker, skew.

    python -m benchmarks.speed.spark_scale --articles 100000 500000 --master "local[2]" --local
    python -m benchmarks.speed.spark_scale --pile skew --articles 50000
    python -m benchmarks.speed.spark_scale --pile background --articles 20000 --packs PACKS

Piles: `generated` articles with edited copies, `background` of the evaluation packs, and `skew`, in which two of five
generated articles are one text. Each size runs in a process of its own, from JSON lines in 8 files to Parquet tables.
Seconds of processors are those of this process and all that it started, Java and Python, so that they hold on a busy
machine too. A stage is what `checkpoints` writes; its bytes are those of its Parquet files. Skew: the longest task of
each stage of Spark over 5 seconds, as a multiple of its median. `--local` runs the local scan of the same files
with one process beside it, which writes the same tables, and says whether both gave the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dedup
from benchmarks.quality.golden import articles as of_pack
from benchmarks.quality.spark_agreement import TABLES, digest, tables_of
from benchmarks.quality.spark_agreement import told as report_told
from benchmarks.speed.index import generated

ROOT = Path(__file__).resolve().parents[2]
FILES, TICKS = 8, os.sysconf("SC_CLK_TCK")
SEEN: dict[tuple[int, str], tuple[str, float]] = {}  # seconds of each process of this family, by who it is
LONG_STAGE = 5.0  # seconds from which the skew of a stage of Spark is looked at
SHARE = 0.4  # of the pile `skew` that is one text
SHUFFLED, SPILLED = "shuffleWriteBytes", "diskBytesSpilled"


def pile(kind: str, count: int, packs: Path) -> Iterator[dedup.Article]:
    """The articles of a pile."""
    if kind == "background":
        found = (a for a in of_pack(packs / "background.jsonl.gz") if isinstance(a, dedup.Article))
        yield from islice(found, count)
        return
    first = next(generated(1))[0].text
    for n, (article, _) in enumerate(generated(count)):
        is_one = kind == "skew" and n < SHARE * count
        yield dedup.Article(article.id, first) if is_one else article


def written(folder: Path, articles: Iterator[dedup.Article]) -> int:
    """Write articles as JSON lines into a folder; return how many bytes of text they have."""
    streams = [(folder / f"{n}.jsonl").open("w", encoding="utf-8") for n in range(FILES)]
    size = 0
    for n, article in enumerate(articles):
        row = {"id": article.id, "text": article.text, "source": article.source, "url": article.url}
        streams[n % FILES].write(json.dumps({name: value for name, value in row.items() if value}) + "\n")
        size += len(article.text.encode())
    for stream in streams:
        stream.close()
    return size


def family() -> list[int]:
    """This process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def processor_seconds() -> dict[str, float]:
    """Seconds that processors spent on this family so far, with those of its members that have ended, by who they are.

    `seconds` are all of them, `java` Spark's own, `python` those of its workers. Of a member that has ended they are
    what was seen last, so something has to ask often: the daemon of Spark's workers waits for none of them, and what
    they used is added to no other process (times(2)).
    """
    for process in family():
        try:
            name, rest = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        who = "own" if process == os.getpid() else "java" if name.endswith("(java") else "python"
        row = rest.split()
        SEEN[process, row[19]] = who, sum(map(int, row[11:13])) / TICKS  # by its start too: numbers come again
    total = dict.fromkeys(("seconds", "own", "java", "python"), 0.0)
    for who, used in list(SEEN.values()):
        total["seconds"] += used
        total[who] += used
    return total


def since(before: dict[str, float]) -> dict[str, float]:
    """Seconds that processors spent since an answer of `processor_seconds`."""
    now = processor_seconds()
    return {name: now[name] - before[name] for name in before}


class Memory:
    """Looks at the largest memory of a Python worker, MB, and at what processes have used, until it is stopped."""

    def __init__(self) -> None:
        self.most, self._end = 0, Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            processor_seconds()
            for process in family():
                try:
                    command = Path(f"/proc/{process}/cmdline").read_bytes()
                    if b"pyspark" in command and b"daemon" in command:
                        lines = Path(f"/proc/{process}/status").read_text().splitlines()
                        held = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
                        self.most = max(self.most, held // 1024)
                except (OSError, StopIteration):
                    continue

    def stop(self) -> int:
        """End looking, and return the most."""
        self._end.set()
        self._thread.join()
        return self.most


class Spark:
    """What Spark says of its own stages: bytes and tasks since the last question."""

    def __init__(self, session: Any) -> None:
        context = session.sparkContext
        self._at = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/stages"
        self._seen: set[tuple[int, int]] = set()

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(self._at + path) as answer:
            return json.load(answer)

    def since(self) -> dict[str, float]:
        """Return the bytes of the stages that have ended since the last call, and the worst skew of a long one."""
        time.sleep(0.3)  # what ended just now is listed a moment later
        told: dict[str, float] = {SHUFFLED: 0, SPILLED: 0, "skew": 0.0, "tasks": 0}
        for stage in self._ask("?status=complete"):
            key = stage["stageId"], stage["attemptId"]
            if key in self._seen:
                continue
            self._seen.add(key)
            told[SHUFFLED] += stage[SHUFFLED]
            told[SPILLED] += stage[SPILLED]
            told["tasks"] += stage["numCompleteTasks"]
            if stage["executorRunTime"] / 1000 > LONG_STAGE and stage["numCompleteTasks"] > 1:
                median, most = self._ask(f"/{key[0]}/{key[1]}/taskSummary?quantiles=0.5,1.0")["executorRunTime"]
                if most / 1000 > LONG_STAGE:
                    told["skew"] = max(told["skew"], most / max(1.0, median))
        return told


def session(master: str, more: list[str]) -> Any:
    """A session at a master, with more settings, that tells what its stages cost."""
    from pyspark.sql import SparkSession

    from dedup.engines.spark_files import name_workers

    name_workers()
    builder: Any = SparkSession.builder.master(master)
    for name, value in {"spark.ui.enabled": "true", "spark.ui.showConsoleProgress": "false",
                        "spark.driver.memory": "3g", "spark.sql.shuffle.partitions": "16",
                        "spark.ui.retainedStages": "100000",
                        **dict(setting.split("=", 1) for setting in more)}.items():  # fmt: skip
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    return found


def on_spark(folder: Path, master: str, level: str, conf: list[str]) -> dict[str, Any]:
    """Scan a folder on Spark and tell what each stage cost."""
    from dedup.engines import spark as engine
    from dedup.engines import spark_files

    begun = processor_seconds()
    spark = session(master, conf)
    spark.range(10).count()
    told = Spark(spark)
    stages: dict[str, dict[str, float]] = {"start": since(begun)}
    memory, clock = Memory(), time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        keep = spark_files.checkpoints(spark, out, "scale")

        last = processor_seconds()

        def noted(name: str, size: int = 0) -> None:
            """Note what was used since the last stage ended: what is only counted belongs to the next one."""
            nonlocal last
            stages[name] = {**since(last), "disk": size, **told.since()}
            last = processor_seconds()

        def measured(name: str, make: Callable[[], Any]) -> Any:
            found = keep(name, make)
            path = Path(out) / spark_files.STAGES / "scale" / name
            noted(name, sum(file.stat().st_size for file in path.rglob("*") if file.is_file()))
            return found

        rows = spark_files.read(spark, [str(folder)], dedup.ReadOptions())
        found = engine.scan_articles(rows, dedup.Config(level=dedup.Level(level)), measured)
        counts: dict[str, Any] = dict(spark_files.write(spark, found, out, "scale"))
        noted("write")
        wall = time.perf_counter() - clock
        total = since(begun)["seconds"] - stages["start"]["seconds"]
        tables = {name: digest(spark.read.parquet(f"{out}/{name}").toArrow()) for name in TABLES}
    most = memory.stop()
    spark.stop()
    told_too = {"skipped": counts["skipped"], "capped": found.capped, "aside": found.set_aside}
    return {"stages": stages, "wall": wall, "seconds": total, "worker_mb": most, "found": tables | told_too}


def here(folder: Path, level: str) -> dict[str, Any]:
    """Scan a folder by the local engine with one process, and write the tables that Spark writes."""
    from pyarrow import parquet

    begun, clock = processor_seconds(), time.perf_counter()
    report = dedup.scan_paths([folder], level=level, workers=1, languages=False)
    with tempfile.TemporaryDirectory() as out:
        for name, table in tables_of(report).items():
            parquet.write_table(table, Path(out) / name)
    seconds, wall = since(begun)["seconds"], time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": seconds, "wall": wall, "memory_mb": memory, "found": report_told(report)}


def shown(what: str, articles: int, found: dict[str, Any]) -> None:
    """Print a table of the stages of a run, a million articles each."""
    million = articles / 1e6
    print(f"{what}: {found['seconds']:.0f} processor s, {found['wall']:.0f} s, "
          f"{found['seconds'] / articles * 1e3:.2f} ms an article, {found['found']}")  # fmt: skip
    if "stages" not in found:
        print(f"  memory {found['memory_mb']} MB", flush=True)
        return
    print(f"  largest Python worker {found['worker_mb']} MB")
    print("  a million articles: processor s, Java, workers; GB shuffled, spilled, kept; of all: tasks, skew")
    sums = dict.fromkeys(("seconds", "java", "python", SHUFFLED, SPILLED, "disk"), 0.0)
    for name, cost in found["stages"].items():
        row = [cost.get(part, 0.0) for part in sums]
        if name != "start":
            sums |= {part: sums[part] + value for part, value in zip(sums, row, strict=True)}
        print(_line(name, row, million, f"{cost.get('tasks', 0):6.0f}  {cost.get('skew', 0.0):4.1f}"))
    print(_line("all", list(sums.values()), million, ""))
    print(f"  shuffled {sums[SHUFFLED] / articles:,.0f} bytes an article", flush=True)


def _line(name: str, row: list[float], million: float, more: str) -> str:
    seconds = "  ".join(f"{value / million:6.0f}" for value in row[:3])
    gigabytes = "  ".join(f"{size / million / 1e9:6.2f}" for size in row[3:])
    return f"  {name:<15} {seconds}  {gigabytes}  {more}"


def run_one(args: argparse.Namespace) -> None:
    """Measure one engine on what lies in a folder; print it as JSON."""
    kind, folder = args.here
    at = Path(folder)
    found = here(at, args.level) if kind == "local" else on_spark(at, args.master, args.level, args.conf)
    print(json.dumps(found))


def main() -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", nargs="+", type=int, default=[100_000])
    parser.add_argument("--pile", choices=["generated", "background", "skew"], default="generated")
    parser.add_argument("--packs", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--level", default="full")
    parser.add_argument("--conf", action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark")
    parser.add_argument("--local", action="store_true", help="measure the local scan too")
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        return run_one(args)
    for count in args.articles:
        with tempfile.TemporaryDirectory() as folder:
            size = written(Path(folder), pile(args.pile, count, args.packs))
            print(f"{args.pile}, {count:,} articles, {size / count:,.0f} bytes of text each, level {args.level}")
            tables = []
            for kind in ("local", "spark") if args.local else ("spark",):
                command = [sys.executable, "-m", __spec__.name, "--here", kind, folder, "--master", args.master]
                command += ["--level", args.level, *(f"--conf={setting}" for setting in args.conf)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                found = json.loads(done.stdout)
                shown(args.master if kind == "spark" else "local", count, found)
                tables.append(found["found"])
            if len(tables) > 1:
                print("tables and counts:", "equal" if tables[0] == tables[1] else "DIFFER", flush=True)


if __name__ == "__main__":
    main()
