"""The engine on Spark gives what the local one gives. One session; skipped without pyspark or Java, but never by CI."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.results.export import ARTICLE_COLUMNS, arrow_table
from dedup.results.rows import article_row
from tests.made_articles import article, edited, story

NEEDED = bool(os.environ.get("CI_NEEDS_SPARK"))
if not NEEDED:
    pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("no Java", allow_module_level=True)

import pyarrow as pa  # noqa: E402 - what comes without pyspark was skipped above

from dedup.engines import spark as engine  # noqa: E402
from dedup.engines import spark_files  # noqa: E402
from dedup.engines.arrow import article_columns  # noqa: E402

ROOT = Path(__file__).parents[2]
QUICK = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
}


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    spark_files.name_workers()
    builder = SparkSession.builder.master("local[2]")
    for name, value in QUICK.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    session = spark_files.session("local[2]")
    assert session.conf.get("spark.sql.shuffle.partitions") == QUICK["spark.sql.shuffle.partitions"]
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def plain(table: pa.Table) -> list[str]:
    """The rows of a table in an order of their own."""
    wanted = [name for name in table.column_names if name != "old"]
    return sorted(map(str, table.select(wanted).to_pylist()))


def told(report: dedup.Report) -> dict[str, list[str]]:
    """All tables of a local scan."""
    of = {member: cluster.id for cluster in report.clusters for member in cluster.members}
    rows = (article_row(id_, of.get(id_), report.scores.get(id_)) for id_ in report.ids)
    return {
        "matches": plain(report.matches.to_arrow()),
        "clusters": plain(report.clusters.to_arrow()),
        "templates": plain(report.templates.to_arrow()),
        "articles": plain(arrow_table(ARTICLE_COLUMNS, rows)),
        "skipped": sorted(str((one.source, one.line, one.reason)) for one in report.skipped),
    }


def shown(found: engine.Scanned) -> dict[str, list[str]]:
    """All tables of a scan on Spark."""
    tables = {name: plain(getattr(found, name).toArrow()) for name in ("matches", "clusters", "templates", "articles")}
    rows = found.skipped.toArrow().to_pylist()
    return tables | {"skipped": sorted(str((row["source"], row["line"], row["reason"])) for row in rows)}


def newsroom() -> list[dedup.Article]:
    """Copies, a crowd of them, a template, lines that a site repeats, dates, and articles of their own."""
    draw = random.Random(4)
    line = "Sign up here for the morning letter of the Vellmouth Courier and never miss a tide again"
    site = [replace(article(f"s{n}", n, 0.0), text=f"{story(n)}\n\n{line}", source="Courier") for n in range(8)]
    crowd = [article(f"c{n}", 30, 0.02 + n / 4000, published=None) for n in range(70)]
    wording = [
        f"The weather office at {place} expects {n} degrees on {day} with wind of {n + 7} knots from the {side}. "
        f"{edited(90, 0.02)}"
        for n, (place, day, side) in enumerate(
            draw.sample(
                [
                    (p, d, s)
                    for p in ("Orrin", "Tallow", "Quay")
                    for d in ("Monday", "Friday")
                    for s in ("west", "east")
                ],
                9,
            )
        )
    ]
    same = [article(f"x{n}", 50) for n in range(5)]
    return [*site, *crowd, *(dedup.Article(f"t{n}", text) for n, text in enumerate(wording)), *same,
            *(article(f"r{n}", 60, n / 10) for n in range(4))]  # fmt: skip


def frame(spark: Any, articles: Iterable[dedup.Article]) -> Any:
    return spark.createDataFrame(pa.table(article_columns(articles)))


def stopping(keep: engine.Keep, at: str) -> engine.Keep:
    """What keeps stages until one, at which the run ends as if it was killed."""

    def kept(name: str, make: Callable[[], Any]) -> Any:
        if name == at:
            raise KeyboardInterrupt
        return keep(name, make)

    return kept


def test_the_command_goes_on_where_a_run_was_killed_and_gives_what_a_local_scan_gives(spark, tmp_path):
    out, paths = tmp_path / "out", [str(ROOT / "fixtures")]
    options, config = dedup.ReadOptions(leave_out=(str(out),)), dedup.Config()
    key = spark_files.input_key(paths, options, config)
    keep = spark_files.checkpoints(spark, str(out), key)
    with pytest.raises(KeyboardInterrupt):
        engine.scan_articles(spark_files.read(spark, paths, options), config, stopping(keep, "pairs"))
    begun = (out / "_stages" / key / "sketches" / "_SUCCESS").stat().st_mtime_ns
    assert not (out / "summary").exists()
    (out / "_stages" / key / "near.done").rename(tmp_path / "aside")  # a stage that was not finished is made again
    made = (out / "_stages" / key / "near" / "_SUCCESS").stat().st_mtime_ns
    seen = {}

    def watched(*arguments: Any) -> engine.Keep:
        inner = checkpoints(*arguments)

        def kept(name: str, make: Callable[[], Any]) -> Any:
            found = inner(name, make)
            seen[name] = (out / "_stages" / key / name / "_SUCCESS").stat().st_mtime_ns
            return found

        return kept

    checkpoints, spark_files.checkpoints = spark_files.checkpoints, watched
    try:
        arguments = ["scan", *paths, "-o", str(out), "--engine", "spark", "--master", "local[2]"]
        done = CliRunner().invoke(main, arguments)
    finally:
        spark_files.checkpoints = checkpoints
    assert done.exit_code == 0, done.output
    assert seen["sketches"] == begun
    assert seen["near"] > made
    report = dedup.scan_paths(paths)
    want = told(report)
    for name in want:
        table = spark.read.parquet(str(out / name)).toArrow()
        got = plain(table) if name != "skipped" else sorted(
            str((row["source"], row["line"], row["reason"])) for row in table.to_pylist()
        )  # fmt: skip
        assert got == want[name], name
    assert not (out / "_stages").exists()
    assert CliRunner().invoke(main, arguments).exit_code == 1, "a finished output is not replaced"


def test_any_partitions_and_order_give_what_a_local_scan_gives(spark, tmp_path):
    articles = newsroom()
    report = dedup.scan(articles)
    random.Random(1).shuffle(articles)
    keep = spark_files.checkpoints(spark, str(tmp_path), "any")
    found = engine.scan(frame(spark, articles).repartition(7), keep=keep)
    got, want = shown(found), told(report)
    for name in want:
        assert got[name] == want[name], name
    assert found.capped == dict(report.capped)
    assert found.set_aside == dict(report.set_aside)
    assert report.templates


def test_without_the_columns_of_articles(spark):
    with pytest.raises(dedup.UsageError, match="no text"):
        engine.scan(spark.createDataFrame([("a",)], "id string"))


def test_without_java(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(dedup.DedupError, match="Java 17"):
        spark_files.session("local[1]")
