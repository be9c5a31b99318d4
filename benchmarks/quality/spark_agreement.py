"""The engine on Spark against the local one: the same tables, to the last bit, whatever the partitions and the master.

    python -m benchmarks.quality.spark_agreement --packs PACKS
    python -m benchmarks.quality.spark_agreement --piles fixtures generated=5000 --masters "local[2]"

Piles: `fixtures`, `rewrites` and `background=N` of the evaluation packs, `generated=N` articles with edited copies,
and `template=N` of one wording. Masters: those of Spark, `connect` (a Connect server on this machine), and a master
with `!kill` behind it, of whose executors one is killed when candidates are being looked for. Each master runs in a
process of its own. Articles come shuffled. `--calls dedupe` removes copies instead of scanning. Prints a line for each
run, and exits with 1 where any table differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import dedup
from benchmarks.quality.golden import articles as of_pack
from benchmarks.speed.index import generated
from benchmarks.speed.limits import one_wording
from dedup.results.export import ARTICLE_COLUMNS, arrow_table
from dedup.results.rows import article_row, removed_row

ROOT = Path(__file__).resolve().parents[2]
PILES = ("fixtures", "rewrites", "background=20000", "generated=50000", "template=100000")
MASTERS = ("local[2]", "local-cluster[2,1,2048]", "local-cluster[2,1,2048]!kill", "connect")
PARTITIONS = (1, 7, 64)
TABLES = ("matches", "clusters", "templates", "articles")
KILLED_AT = "near"  # the stage before which an executor is killed
EXECUTOR = b"CoarseGrainedExecutorBackend"


def pile(name: str, packs: Path) -> list[dedup.Article]:
    """The articles of a pile by its name."""
    kind, _, count = name.partition("=")
    made: dict[str, Callable[[], Iterator[Any]]] = {
        "fixtures": lambda: dedup.read_articles(ROOT / "fixtures"),
        "rewrites": lambda: of_pack(packs / "rewrites" / "articles.jsonl.gz"),
        "background": lambda: of_pack(packs / "background.jsonl.gz"),
        "generated": lambda: (article for article, _ in generated(int(count))),
        "template": lambda: (dedup.Article(row["id"], row["text"]) for row in one_wording(int(count))),
    }
    return [a for a in islice(made[kind](), int(count) if count else None) if isinstance(a, dedup.Article)]


def digest(table: Any) -> str:
    """Number and digest of the rows of a table of Arrow, in an order of their own."""
    return digest_of(table.select([name for name in table.column_names if name != "old"]).to_pylist())


def digest_of(found: list[dict[str, Any]]) -> str:
    """Number and digest of rows, in an order of their own."""
    rows = sorted(map(str, found))
    return f"{len(rows)} {hashlib.sha256(chr(10).join(rows).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def local(articles: list[dedup.Article], level: str) -> dict[str, Any]:
    """What the local engine finds."""
    return told(dedup.scan(articles, level=level, workers=1, languages=False))


def tables_of(report: dedup.Report) -> dict[str, Any]:
    """What a local scan has found, as the tables of Arrow that a scan on Spark gives."""
    of = {member: cluster.id for cluster in report.clusters for member in cluster.members}
    rows = (article_row(id_, of.get(id_), report.scores.get(id_)) for id_ in report.ids)
    tables = [report.matches.to_arrow(), report.clusters.to_arrow(), report.templates.to_arrow()]
    return dict(zip(TABLES, [*tables, arrow_table(ARTICLE_COLUMNS, rows)], strict=True))


def told(report: dedup.Report) -> dict[str, Any]:
    """What a local scan has found, as what a scan on Spark is compared with."""
    found: dict[str, Any] = {name: digest(table) for name, table in tables_of(report).items()}
    return found | {"skipped": len(report.skipped), "capped": dict(report.capped), "aside": dict(report.set_aside)}


def without_copies(articles: list[dedup.Article], level: str) -> dict[str, Any]:
    """What the local engine removes; a DataFrame tells no lines."""
    result = dedup.dedupe(articles, level=level, workers=1)
    removed = [removed_row(one) | {"line": None} for one in result.removed]
    kept = [{"id": one} for one in result.kept.ids]
    found: dict[str, Any] = {"kept": digest_of(kept), "removed": digest_of(removed), "skipped": len(result.skipped)}
    return found | {"capped": dict(result.capped)}


def on_spark(
    spark: Any, articles: list[dedup.Article], call: str, level: str, partitions: int, kill: bool
) -> dict[str, Any]:
    """What the engine on Spark finds."""
    import pyarrow as pa

    from dedup.engines import spark as engine
    from dedup.engines.arrow import article_columns
    from dedup.engines.spark_files import checkpoints

    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    df = spark.createDataFrame(pa.table(article_columns(articles))).repartition(partitions)
    with tempfile.TemporaryDirectory() as folder:
        keep = checkpoints(spark, folder, "agreement")

        def kept(name: str, make: Any) -> Any:
            if kill and name.endswith(KILLED_AT):
                kill_executor()
            return keep(name, make)

        if call == "dedupe":
            result = engine.dedupe(df, level=level, stages=kept)
            rows: dict[str, Any] = {"kept": digest(result.kept.select("id").toArrow())}
            rows["removed"] = digest(result.removed.toArrow())
            return rows | {"skipped": result.skipped.count(), "capped": result.capped}
        found = engine.scan(df, level=level, stages=kept)
        tables: dict[str, Any] = {name: digest(getattr(found, name).toArrow()) for name in TABLES}
        return tables | {"skipped": found.skipped.count(), "capped": found.capped, "aside": found.set_aside}


def kill_executor() -> None:
    """Kill one of the executors that are children of this process and its JVM."""
    parents = {os.getpid()}
    for process in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            status = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) in parents:
            parents.add(process)
            if EXECUTOR in command:
                os.kill(process, signal.SIGKILL)
                return
    raise SystemExit("there is no executor to kill: use a master local-cluster[...]")


def session(master: str) -> Any:
    """A session at a master, small enough for this machine."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    builder: Any = SparkSession.builder
    builder = builder.remote("local[2]") if master == "connect" else builder.master(master)
    for name, value in {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
                        "spark.driver.memory": "3g", "spark.executor.memory": "1g",
                        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
                        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
                        "spark.executorEnv.PYTHONPATH": str(ROOT)}.items():  # fmt: skip
        builder = builder.config(name, value)
    return builder.getOrCreate()


def run_here(args: argparse.Namespace) -> None:
    """Run all piles at one master; a line of JSON for each run."""
    master, _, kill = args.here.partition("!")
    spark = session(master)
    for name in args.piles:
        articles = pile(name, args.packs)
        for call, level, partitions in product(args.calls, args.levels, args.partitions):
            random.Random(partitions).shuffle(articles)
            begun = time.perf_counter()
            found = on_spark(spark, articles, call, level, partitions, bool(kill))
            row = {"pile": name, "call": call, "level": level, "partitions": partitions, "found": found}
            print(json.dumps(row | {"seconds": time.perf_counter() - begun}), flush=True)
    spark.stop()


def compared(row: dict[str, Any], want: dict[str, Any], master: str) -> bool:
    """Print whether a run gave what is wanted; return whether it did not."""
    got = row["found"]
    wrong = [part for part in want if want[part] != got[part]]
    said = f"differ in {', '.join(wrong)}: {got}" if wrong else "equal"
    print(f"{row['pile']} {row['call']} {row['level']}, {master}, {row['partitions']} partitions: {said}, "
          f"{row['seconds']:.1f} s", flush=True)  # fmt: skip
    return bool(wrong)


def main() -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--piles", nargs="+", default=PILES)
    parser.add_argument("--masters", nargs="+", default=MASTERS)
    parser.add_argument("--partitions", nargs="+", type=int, default=PARTITIONS)
    parser.add_argument("--levels", nargs="+", default=["full"])
    parser.add_argument("--calls", nargs="+", choices=["scan", "dedupe"], default=["scan"])
    parser.add_argument("--here", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        return run_here(args)
    differ = 0
    wanted: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name, call, level in product(args.piles, args.calls, args.levels):
        begun = time.perf_counter()
        wanted[name, call, level] = (local if call == "scan" else without_copies)(pile(name, args.packs), level)
        print(f"{name} {call} {level}: local {time.perf_counter() - begun:.1f} s, {wanted[name, call, level]}",
              flush=True)  # fmt: skip
    for master in args.masters:
        command = [sys.executable, "-m", __spec__.name, *sys.argv[1:], "--here", master]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                row = json.loads(line)
                differ += compared(row, wanted[row["pile"], row["call"], row["level"]], master)
        differ += bool(process.returncode)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
