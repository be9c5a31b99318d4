"""The engine on Spark gives what the local one gives. One session; skipped without pyspark or Java, but never by CI."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.results.export import ARTICLE_COLUMNS, arrow_table
from dedup.results.rows import article_row
from dedup.translation.translator import installed
from tests.made_articles import article, edited, story, words
from tests.translation.test_translations import named
from tests.translation.test_translations import pile as translated

NEEDED = bool(os.environ.get("CI_NEEDS_SPARK"))
if not NEEDED:
    pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("no Java", allow_module_level=True)

import pyarrow as pa  # noqa: E402 - what comes without pyspark was skipped above

from dedup.engines import spark as engine  # noqa: E402
from dedup.engines import spark_files, spark_frames  # noqa: E402
from dedup.engines.archive_files import open_archive  # noqa: E402
from dedup.engines.arrow import article_columns  # noqa: E402
from dedup.engines.spark_frames import Stages, cached  # noqa: E402
from dedup.results.rows import removed_row  # noqa: E402

ROOT = Path(__file__).parents[2]
QUICK = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",  # which plans again after each shuffle
    "spark.sql.autoBroadcastJoinThreshold": "-1",  # a broadcast is a job of its own
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
    """Copies, a crowd of them, a template, lines and a teaser that a site repeats, dates, and articles of their own."""
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
    teaser = " ".join(words(60, 777))  # most of a brief, and a part of each page of its site
    pages = [f"{story(310 + n)}\n\n{' '.join(words(150, 300 + n))} {teaser} now." for n in range(4)]
    pages.append(f"{' '.join(words(22, 900))}. {teaser}.")
    gazette = [dedup.Article(f"g{n}", text, source="Gazette") for n, text in enumerate(pages)]
    return [*gazette, *site, *crowd, *(dedup.Article(f"t{n}", text) for n, text in enumerate(wording)), *same,
            *(article(f"r{n}", 60, n / 10) for n in range(4))]  # fmt: skip


def frame(spark: Any, articles: Iterable[dedup.Article]) -> Any:
    return spark.createDataFrame(pa.table(article_columns(articles)))


def stopping(keep: Stages, at: str) -> Stages:
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
    begun = (out / "_stages" / key / "read" / "_SUCCESS").stat().st_mtime_ns
    assert not (out / "summary").exists()
    spark.range(3).write.parquet(str(out / "_stages" / key / "pairs"))  # killed before it was told to be whole
    seen = {}

    def watched(*arguments: Any) -> Stages:
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
    assert seen["read"] == begun
    assert seen["pairs"] > begun
    report = dedup.scan_paths(paths, languages=False)
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
    report = dedup.scan(articles, languages=False)
    random.Random(1).shuffle(articles)
    keep = spark_files.checkpoints(spark, str(tmp_path), "any")
    found = engine.scan(frame(spark, articles).repartition(7), stages=keep)
    got, want = shown(found), told(report)
    for name in want:
        assert got[name] == want[name], name
    assert found.capped == dict(report.capped)
    assert found.set_aside == dict(report.set_aside)
    assert report.templates
    assert report.set_aside["site_text"] > 6, "pairs of pages, and of each with the brief that it would contain"


@pytest.mark.skipif(not installed(), reason="the extra [languages] is not installed")
def test_translations_are_those_of_a_local_scan(spark, tmp_path):
    some = [*named(), *translated()]
    new, old = some[::2], some[1::2]
    report = dedup.scan(new, against=old, workers=1, languages=True)
    keep = spark_files.checkpoints(spark, str(tmp_path), "languages")
    found = engine.scan(frame(spark, new[::-1]).repartition(3), against=frame(spark, old), stages=keep, languages=True)
    got, want = shown(found), told(report)
    for name in want:
        assert got[name] == want[name], name
    assert found.capped == dict(report.capped)
    assert {one.old for one in report.matches if one.kind is dedup.Kind.TRANSLATION} > {None}
    with pytest.raises(dedup.ConfigError, match="removal of copies"):
        engine.dedupe(frame(spark, new), kinds=["translation"])


@pytest.mark.parametrize("options", [{"keep": "longest"}])
def test_copies_are_removed_as_locally(spark, tmp_path, options):
    chain = [article(f"k{n}", 70, 0.05 * n) for n in range(5)]  # who goes for the first is asked for the others
    new = [article("a", 1, 0.02), *chain, article("k2", 70, 0.1), article("d", 3), article("d", 3, 0.03)]
    old = [article("old", 1), article("apart", 9)]
    result = dedup.dedupe(new, against=old, workers=1, **options)
    keep = spark_files.checkpoints(spark, str(tmp_path), "dedupe")
    found = engine.dedupe(frame(spark, new), against=frame(spark, old), stages=keep, **options)
    unplaced = [removed_row(one) | {"line": None} for one in result.removed]
    assert sorted(map(str, found.removed.toArrow().to_pylist())) == sorted(map(str, unplaced))
    assert sorted(row["id"] for row in found.kept.collect()) == sorted(one.id for one in result.kept)
    assert found.skipped.count() == len(result.skipped)
    assert found.capped == dict(result.capped)
    assert any(one.old for one in result.removed)
    assert len(result.removed) > 1


def test_ids_that_come_again_and_what_is_no_article(spark, tmp_path):
    old = [article("a", 1), article("b", 2), article("c", 1)]
    new = [article("a", 1, 0.02), article("d", 2, 0.02), article("d", 3), article("d#2", 1), article("d", 3)]
    report = dedup.scan(new, level="near", against=old, workers=1)
    given = frame(spark, new).unionByName(
        spark.createDataFrame([("", "x"), ("e", " ")], "id string, text string"), True
    )
    keep = spark_files.checkpoints(spark, str(tmp_path), "again")
    found = engine.scan(given, level="near", against=frame(spark, old), stages=keep)
    matches = found.matches.collect()
    assert {"a", "a#2"} <= {row[side] for row in matches for side in ("left", "right")}, "a name of its own"
    assert len(matches) == len(report.matches)
    assert {row["old"] for row in matches} == {one.old for one in report.matches}
    assert sorted(len(row["members"]) for row in found.clusters.collect()) == [2, 4]
    assert sorted(len(one.members) for one in report.clusters) == [2, 4]
    reasons = sorted(row["reason"] for row in found.skipped.collect())
    assert reasons == ["repeats id 'd' with the same text", "the id is empty", "the text is empty"]


def test_an_archive_in_parquet_answers_as_an_index_with_its_weights(spark, tmp_path):
    folder, config = str(tmp_path / "archive"), dedup.Config().replace(candidates={"window": 2})
    first = [*(article(f"a{n}", n % 9, n / 300) for n in range(27)), article("twice", 4), article("same", 4)]
    second = [article("later", 4, 0.01), article("a3", 30), dedup.Article("page", f"{story(40)}\n\n{story(41)}")]
    archive = engine.make_archive(frame(spark, first), folder, config)
    archive = engine.add_to_archive(archive, frame(spark, second), config)
    day = [article("new", 4, 0.02), article("a5", 5, 0.05), article("words", 4, published=None), article("n2", 41),
           article("alone", 77)]  # fmt: skip
    keep = spark_files.checkpoints(spark, str(tmp_path), "day")
    found = engine.scan(frame(spark, day), config, against=engine.open_archive(spark, folder, config), stages=keep)
    with open_archive(folder, config) as index:
        assert len(index) == len(first) + 2, "an id that is there already is left out"
        report = dedup.scan(day, config, against=index, workers=1, languages=False)
        got, want = shown(found), told(report)
    for name in want:
        assert got[name] == want[name], name
    assert {one.old for one in report.matches} >= {"left", "right"}
    assert any("a5#archive" in (one.left, one.right) for one in report.matches)
    other = config.replace(candidates={"window": 3})
    with pytest.raises(dedup.IndexMismatch, match="window is 2, not 3"):
        engine.open_archive(spark, folder, other)
    with pytest.raises(dedup.InputError, match="no archive"):
        open_archive(tmp_path, config)


def test_the_command_keeps_an_archive(spark, tmp_path):
    on_spark, at, out = ["--engine", "spark", "--master", "local[2]"], str(tmp_path / "archive"), str(tmp_path / "out")
    piles = {"first": {"a": 1, "b": 2}, "second": {"b": 3, "c": 4}, "day": {"n": 4, "o": 7}}
    files = {name: tmp_path / f"{name}.jsonl" for name in piles}
    for name, stories in piles.items():
        files[name].write_text("".join(json.dumps({"id": id_, "text": story(n)}) + "\n" for id_, n in stories.items()))
    told = [CliRunner().invoke(main, ["index", "add", at, str(files[name]), *on_spark]).output
            for name in ("first", "second")]  # fmt: skip
    assert "2 articles added; 2 in the archive" in told[0]
    assert "1 article added; 3 in the archive" in told[1]
    against = ["--against", (tmp_path / "archive").as_uri()]
    done = CliRunner().invoke(main, ["scan", str(files["day"]), *against, "-o", out, *on_spark])
    assert done.exit_code == 0, done.output
    found = spark.read.parquet(f"{out}/matches").collect()
    assert [(row["left"], row["right"], row["kind"], row["old"]) for row in found] == [("c", "n", "exact", "left")]


def test_an_addition_that_was_killed_does_not_go_on_in_an_archive_that_has_changed_since(spark, tmp_path, monkeypatch):
    at = (tmp_path / "archive").as_uri()
    on_spark, checkpoints = ["--engine", "spark"], spark_files.checkpoints
    engine.make_archive(frame(spark, [article("first", 1)]), at)

    def add(*stories: int) -> Any:
        file = tmp_path / f"{stories}.jsonl"
        if not file.exists():
            file.write_text("".join(json.dumps({"id": f"a{n}", "text": story(n)}) + "\n" for n in stories))
        return CliRunner().invoke(main, ["index", "add", at, str(file), *on_spark], standalone_mode=False)

    with monkeypatch.context() as killed:
        killed.setattr(spark_files, "checkpoints", lambda *given: stopping(checkpoints(*given), "dates"))
        assert isinstance(add(2, 3, 4).exception, click.Abort)
    with monkeypatch.context() as killed:
        killed.setattr(spark_files, "remove_stages", lambda *_: None)
        assert add(3, 4).exit_code == 0
    assert add(2, 3, 4).exit_code == 0
    numbers = engine.open_archive(spark, at).articles.toArrow().column("number").to_pylist()
    assert sorted(numbers) == [1, 2, 3, 4]
    left = [file for file in (tmp_path / "archive" / "_stages").rglob("*") if file.is_dir()]
    assert not left, "stages at a URL are removed too"


class _Reached(Exception):
    """The first stage of a call, by its name."""


def _first(name: str, make: Callable[[], Any]) -> Any:
    raise _Reached(name)


def _name_of_first_stage(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(_Reached) as reached:
        call(*arguments, stages=_first, **options)
    return str(reached.value)


def test_no_call_takes_the_stages_of_another_kind(spark, tmp_path):
    df, folder = frame(spark, [article("a", 1)]), str(tmp_path / "archive")
    archives = [engine.ParquetArchive(spark, at, b"", parts) for at, parts in ((folder, 1), (folder, 2), ("other", 1))]
    calls: list[tuple[Any, ...]] = [
        (engine.scan, {}),
        (engine.scan, {"level": "near"}),
        *((engine.scan, {"against": against}) for against in (df, *archives)),
        (engine.dedupe, {}),
        (engine.dedupe, {"keep": "longest"}),
        (engine.dedupe, {"kinds": ["exact"]}),
        (engine.dedupe, {"against": df}),
    ]
    names = [_name_of_first_stage(call, df, **options) for call, options in calls]
    names += [_name_of_first_stage(engine.add_to_archive, archive, df) for archive in archives]
    names.append(_name_of_first_stage(engine.make_archive, df, folder))
    assert len(set(names)) == len(names)
    assert _name_of_first_stage(engine.scan, df, config=dedup.Config(workers=3)) == names[0], "a run can go on"


def test_stars_are_components(spark):
    draw = random.Random(2)
    names = list(range(60))
    draw.shuffle(names)
    ways = [names[:25], names[25:26], names[26:50], names[50:]]
    edges = [tuple(sorted(pair)) for way in ways for pair in pairwise(way)]
    found = spark_frames.stars(spark.createDataFrame(edges, "left long, right long"), "test", cached)
    assert dict(map(tuple, found.collect())) == {name: min(way) for way in ways if len(way) > 1 for name in way}


def test_the_rows_of_a_table_have_no_first(spark):
    with pytest.raises(dedup.ConfigError, match="no"):
        engine.dedupe(frame(spark, [article("a", 1)]), keep="first")


def test_without_the_columns_of_articles(spark):
    with pytest.raises(dedup.UsageError, match="no text"):
        engine.scan(spark.createDataFrame([("a",)], "id string"))


def test_without_java(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(dedup.DedupError, match="Java 17"):
        spark_files.session("local[1]")
