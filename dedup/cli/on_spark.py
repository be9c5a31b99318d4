"""The command `scan` with `--engine spark`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from dedup.cli.base import require_read, say

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.read import ReadOptions


def scan_on_spark(
    paths: tuple[str, ...],
    output: str,
    config: Config,
    options: ReadOptions,
    against: tuple[str, ...],
    master: str,
    refused: Mapping[str, object],
) -> None:
    """Scan files and folders on Spark, write the tables as Parquet, and print how many rows each has."""
    from dedup.engines import spark_files

    if wrong := [name for name, is_given in refused.items() if is_given]:
        raise click.UsageError(f"the engine spark takes no {' and no '.join(wrong)}")
    spark = spark_files.session(master)
    from dedup.engines import spark as engine

    spark_files.refuse_finished(spark, output)
    key = spark_files.input_key(paths, options, config, against)
    rows = spark_files.read(spark, paths, options, against)
    found = engine.scan_articles(rows, config, spark_files.checkpoints(spark, output, key))
    counts = spark_files.write(spark, found, output, key)
    for name, count in counts.items():
        say(f"{name}: {count:,}")
    for what, told in (("capped", found.capped), ("set aside", found.set_aside)):
        if told:
            say(f"{what}: " + ", ".join(f"{count:,} {name}" for name, count in sorted(told.items())))
    say(f"Tables: {output}")
    require_read(counts["articles"], counts["skipped"])
