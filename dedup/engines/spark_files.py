"""Files for the engine on Spark: a session, folders as a DataFrame of articles, stages that are kept, tables written.

Public: `session`, `read`, `checkpoints`, `call_key`, `input_key`, `write`, `is_there`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from dedup.config import Config
from dedup.errors import InputError, MissingPackage, UsageError
from dedup.pipeline.unfinished import package_digest
from dedup.read import ReadOptions
from dedup.read.files import STDIN, Found, check_paths, find
from dedup.records import Skipped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.engines.spark_dedupe import Deduped
    from dedup.engines.spark_frames import Source, Stages
    from dedup.engines.spark_graph import Scanned

HOW_TO = "pip install 'dedup-news[spark]'"
STAGES = "_stages"  # Spark passes over folders that begin so when it reads the others
SCANNED, DEDUPED = ("matches", "clusters", "templates", "articles", "skipped"), ("kept", "removed", "skipped")
PLAIN = {"parquet.enable.dictionary": "false"}  # nearly all values of stages differ: looking for equal ones is in vain
SUMMARY = "summary"  # written last: an output without it is none


def session(master: str) -> SparkSession:
    """Return a session of Spark at a master (`local[2]`, `spark://…`, `yarn`) or a Connect server (`sc://…`).

    Workers run this Python unless `PYSPARK_PYTHON` says otherwise. Raises `MissingPackage` without pyspark or Java.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingPackage(f"the engine spark needs pyspark: {HOW_TO}", name="pyspark") from error
    name_workers()
    if master.startswith("sc://"):
        return _started(SparkSession.builder.remote(master))
    home = os.environ.get("JAVA_HOME")
    if not (os.path.exists(os.path.join(home, "bin", "java")) if home else shutil.which("java")):
        raise MissingPackage("the engine spark needs Java 17 or later: install it, or set JAVA_HOME", name="java")
    builder = SparkSession.builder.master(master).appName("dedup").config("spark.ui.showConsoleProgress", "false")
    return _started(builder)


def name_workers() -> None:
    """Have workers on this machine run this Python with this package, by the environment that they inherit."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(filter(None, (package, os.environ.get("PYTHONPATH")))))


def _started(builder: Any) -> SparkSession:
    try:
        found: SparkSession = builder.getOrCreate()
    except ImportError as error:  # of what only Connect needs
        raise MissingPackage(f"Spark Connect needs {error.name}: {HOW_TO}", name=error.name) from error
    except Exception as error:
        message = next(iter(str(error).splitlines()), type(error).__name__)
        raise UsageError(f"no session of Spark: {message}") from error
    return found


def read(
    spark: SparkSession, paths: Sequence[str], options: ReadOptions, against: Sequence[str] = ()
) -> Sequence[Source]:
    """Return how the articles of files and folders, which all workers must see, are read, and why inputs are none.

    What is read, and under which ids, is what `scan_paths` reads; each file by one task. Raises `InputError` for a
    path that does not exist, `UsageError` for standard input.
    """
    from dedup.engines import steps
    from dedup.engines.spark_frames import Source

    rest = replace(options, leave_out=(*options.leave_out, *against))
    inner = replace(options, leave_out=(*options.leave_out, *paths), full_names=True)
    given = [*_listed(paths, rest, False), *(_listed(against, inner, True) if against else ())]
    rows = [(at, one.path, one.name, old, None) if isinstance(one, Found) else (at, None, one.source, old, one.reason)
            for at, (one, old) in enumerate(given)]  # fmt: skip
    files = spark.createDataFrame(rows, "at long, path string, name string, old boolean, reason string")
    return [Source(files.repartition(max(1, len(rows))), partial(steps.read_files, options=options))]


def _listed(paths: Sequence[str], options: ReadOptions, old: bool) -> Iterator[tuple[Found | Skipped, bool]]:
    given = [os.fspath(path) for path in paths]
    if STDIN in given:
        raise UsageError("the engine spark reads files and folders that all workers see, not standard input")
    check_paths(given)
    for one in find(given, options):
        yield (replace(one, path=os.path.abspath(one.path)) if isinstance(one, Found) else one), old


def input_key(
    paths: Sequence[str], options: ReadOptions, config: Config, against: Sequence[str] = (), more: object = None
) -> str:
    """Return a key of all that decides the result: settings, this package, and names, sizes and times of all files."""
    state = _digest(config, more, options)
    for old, side in ((False, paths), (True, against)):
        for one, _ in _listed(side, options, old):
            status = os.stat(one.path) if isinstance(one, Found) else None
            state.update(repr((old, one, status and (status.st_size, status.st_mtime_ns))).encode())
    return state.hexdigest()


def call_key(config: Config, *more: object) -> str:
    """Return a key of what decides the result of a call besides its rows: settings and this package."""
    return _digest(config, *more).hexdigest()


def _digest(config: Config, *more: object) -> blake2b:
    return blake2b(package_digest() + repr((replace(config, workers=0), *more)).encode(), digest_size=8)


def checkpoints(spark: SparkSession, folder: str, key: str) -> Stages:
    """Return what keeps each stage in a folder, and takes it from there where a run with the same key finished it.

    A stage counts once its name is in the table `done`, which goes there when the stage is whole.
    """
    at = f"{folder.rstrip('/')}/{STAGES}/{key}"
    done = {row["stage"] for row in rows_of(spark, f"{at}/done")}

    def keep(name: str, make: Callable[[], DataFrame]) -> DataFrame:
        path = f"{at}/{name}"
        if name in done:
            return spark.read.parquet(path)
        made = make()
        made.write.mode("overwrite").options(**PLAIN).parquet(path)
        spark.createDataFrame([(name,)], "stage string").write.mode("append").parquet(f"{at}/done")
        done.add(name)
        return spark.read.schema(made.schema).parquet(path)  # which saves the job that would look for it

    return keep


def rows_of(spark: SparkSession, path: str) -> list[Any]:
    """Return the rows of a small table; none where it is not there."""
    from pyspark.errors import AnalysisException

    try:
        # Twice: of a single path that is not there Spark logs a Java trace, because no stream has written it.
        return spark.read.parquet(path, path).collect()
    except AnalysisException:
        return []


def is_there(spark: SparkSession, path: str) -> bool:
    """Return whether a table with rows is there."""
    return bool(rows_of(spark, path))


def write(spark: SparkSession, found: Scanned | Deduped, folder: str, key: str) -> dict[str, int]:
    """Write all tables of a result as Parquet, the summary last, and return how many rows each has.

    A reader goes by the summary: where it is, everything is whole. The stages that were kept are removed then.
    """
    counts = {}
    for name in SCANNED if hasattr(found, "matches") else DEDUPED:
        path = f"{folder.rstrip('/')}/{name}"
        table = getattr(found, name)
        table.write.mode("overwrite").parquet(path)
        counts[name] = spark.read.schema(table.schema).parquet(path).count()
    told = {"key": key, "rows": counts, "capped": found.capped, "set_aside": getattr(found, "set_aside", {})}
    rows = [(orjson.dumps(told).decode(),)]
    spark.createDataFrame(rows, "summary string").coalesce(1).write.mode("overwrite").parquet(f"{folder}/{SUMMARY}")
    remove_stages(spark, folder)
    return counts


def remove_stages(spark: SparkSession, folder: str) -> None:
    """Remove the stages that were kept in a folder; at a URL an empty table takes their place: Spark removes none."""
    if "://" in folder:
        spark.range(0).coalesce(1).write.mode("overwrite").parquet(f"{folder.rstrip('/')}/{STAGES}")
    else:
        shutil.rmtree(os.path.join(folder, STAGES), ignore_errors=True)


def refuse_finished(spark: SparkSession, folder: str) -> None:
    """Raise `InputError` where a folder holds a finished output: it is never half replaced."""
    if is_there(spark, f"{folder.rstrip('/')}/{SUMMARY}"):
        raise InputError(f"{folder} holds finished tables already: choose another folder, or remove it")
