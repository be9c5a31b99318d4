"""The engine on Spark as a user calls it.

Public: `scan`, `dedupe`, `make_archive`, `open_archive`, `add_to_archive`, `Scanned`, `Deduped`, `ParquetArchive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it

from dedup.config import Config, Level, Pairs, settings
from dedup.engines import steps
from dedup.engines.arrow import FIELDS
from dedup.engines.spark_archive import ParquetArchive
from dedup.engines.spark_dedupe import Deduped, Removal
from dedup.engines.spark_files import call_key, is_there
from dedup.engines.spark_frames import Source, Stages, cached, named
from dedup.engines.spark_graph import Graph, Scanned
from dedup.errors import ConfigError, UsageError
from dedup.pipeline.dedupe import DEFAULT_KINDS, Plan
from dedup.pipeline.preference import Keep
from dedup.records import Kind

__all__ = ["Deduped", "ParquetArchive", "Scanned", "add_articles", "add_to_archive", "archive_at", "dedupe",
           "dedupe_articles", "make_archive", "open_archive", "scan", "scan_articles"]  # fmt: skip


def scan(
    df: DataFrame,
    config: Config | None = None,
    *,
    against: DataFrame | ParquetArchive | None = None,
    stages: Stages = cached,
    level: Level | str | None = None,
    threshold: float | None = None,
    related: bool | None = None,
    templates: Pairs | str | None = None,
    site_text: Pairs | str | None = None,
    languages: bool | None = None,
) -> Scanned:
    """Return what `dedup.scan` finds among the articles of a DataFrame.

    Parameters:
        df: A row an article: `id`, `text`, and where there are some `title`, `url`, `source` and `published`, a time or
            a string. Rows that cannot be used are in `skipped`.
        config: The settings; the keywords below change single ones. `workers` says nothing here.
        against: Articles of an archive, as for `dedup.scan`; or an archive in Parquet (`open_archive`), which is asked
            as `dedup.scan` asks an index.
        stages: What keeps the result of a stage; `checkpoints` has one that a later run goes on from. Each input needs
            one of its own, with a key that names it: the rows behind a DataFrame are not looked at.
        level, threshold, related, templates, site_text: As for `dedup.scan`.
        languages: Whether translations are looked for, by the extra `languages` on all workers; not by default.

    Returns:
        A `Scanned`, with the matches, clusters, templates, scores and counts of `dedup.scan`, whatever the partitions.
        The order of the rows is not known: of several articles with one id the least text comes first.

    Raises:
        UsageError: The DataFrame has no column `id` or `text`.
        ConfigError: A setting is out of its range; translations are asked for and `against` is an archive in Parquet,
            or more articles may have one than `language_steps.MOST_SOUGHT`.
        MissingPackage: Translations are asked for and the extra `languages` is not installed.
    """
    chosen = settings("scan", config, level=level, threshold=threshold, related=related, templates=templates,
                      site_text=site_text, languages=languages)  # fmt: skip
    archive, old = (against, None) if isinstance(against, ParquetArchive) else (None, against)
    kept = _own(stages, "scan", chosen, against is None, archive and archive.state)
    return scan_articles(_both("scan", df, old), chosen, kept, archive)


def scan_articles(
    sources: Sequence[Source], config: Config, stages: Stages = cached, archive: ParquetArchive | None = None
) -> Scanned:
    """Return what `scan` finds among the articles of some sources, as `spark_files.read` has them.

    Raises what `scan` does.
    """
    return Graph(config, stages, archive=archive).scan(sources)


def make_archive(df: DataFrame, folder: str, config: Config | None = None, stages: Stages = cached) -> ParquetArchive:
    """Make an archive in Parquet of the articles of a DataFrame; the weights learnt from these stay as they are.

    Parameters:
        df: As for `scan`.
        folder: Where it goes: a path or URL that all workers see, without an archive.
        config: The settings; a later call must have the same of candidates.
        stages: What keeps the result of a stage, as for `scan`.

    Raises:
        InputError: There is an archive in the folder already.
    """
    chosen = config or Config()
    kept = _own(stages, "make", chosen, folder)
    return add_articles([_source("make_archive", df, "articles", False)], folder, chosen, kept)


def open_archive(spark: SparkSession, folder: str, config: Config | None = None) -> ParquetArchive:
    """Return the archive in a folder as it stands now. Raises `InputError`, `IndexMismatch`."""
    return ParquetArchive.open(spark, folder, config or Config())


def archive_at(spark: SparkSession, paths: Sequence[str], config: Config) -> ParquetArchive | None:
    """Return the archive in Parquet that a path names, None where paths are files and folders of articles.

    Raises `UsageError` for an archive and other paths together.
    """
    found = [path for path in paths if is_there(spark, f"{path.rstrip('/')}/0/done")]
    if found and len(paths) > 1:
        raise UsageError(f"one archive in Parquet, or files and folders: not {found[0]} and others")
    return open_archive(spark, found[0], config) if found else None


def add_to_archive(
    archive: ParquetArchive, df: DataFrame, config: Config | None = None, stages: Stages = cached
) -> ParquetArchive:
    """Add the articles of a DataFrame to an archive, and return it as it stands then.

    Those whose id it has already are left out. One call at a time: two would write the same part.
    """
    chosen = config or Config()
    kept = _own(stages, "add", chosen, archive.state)
    return add_articles([_source("add_to_archive", df, "articles", False)], archive, chosen, kept)


def add_articles(
    sources: Sequence[Source], archive: ParquetArchive | str, config: Config, stages: Stages
) -> ParquetArchive:
    """Add the articles of some sources to an archive, or to a new one in a folder."""
    graph = Graph(config, stages)
    if isinstance(archive, str):
        return ParquetArchive.create(graph, sources, archive)
    return archive.append(graph, sources)


def dedupe(
    df: DataFrame,
    config: Config | None = None,
    *,
    against: DataFrame | None = None,
    keep: Keep | str | Sequence[str] = Keep.ORIGINAL,
    kinds: Iterable[Kind | str] = DEFAULT_KINDS,
    drop_all: bool = False,
    stages: Stages = cached,
    level: Level | str | None = None,
    threshold: float | None = None,
) -> Deduped:
    """Return what `dedup.dedupe` makes of the articles of a DataFrame: which are kept, which go, why and for which.

    Parameters:
        df: As for `scan`.
        config: The settings; the keywords below change single ones. `workers` says nothing here.
        against: Articles of an archive: what is there already is removed, and nothing of the archive.
        keep: As for `dedup.dedupe`, but not "first": the rows of a DataFrame come in no order.
        kinds, drop_all, level, threshold: As for `dedup.dedupe`.
        stages: What keeps the result of a stage, as for `scan`.

    Returns:
        A `Deduped` with the DataFrames `kept`, `removed` and `skipped`.

    Raises:
        UsageError: The DataFrame has no column `id` or `text`.
        ConfigError: A setting is out of its range, or `keep` is "first".
    """
    chosen = settings("dedupe", config, level=level, threshold=threshold)
    plan = Plan.of(chosen, keep, kinds, drop_all)
    if plan.keep is Keep.FIRST:
        raise ConfigError(
            "keep='first' needs an order, and the rows of a DataFrame have none: give files, or 'earliest'"
        )
    kept = _own(stages, "dedupe", chosen, against is None, plan.key)
    return dedupe_articles(_both("dedupe", df, against), plan, kept)


def dedupe_articles(sources: Sequence[Source], plan: Plan, stages: Stages = cached) -> Deduped:
    """Return what `dedupe` makes of the articles of some sources, as `spark_files.read` has them."""
    return Removal(plan, stages).run(sources)


def _own(stages: Stages, call: str, config: Config, *more: object) -> Stages:
    """Return what keeps the stages of one kind of call under names of their own; its rows only the user can tell."""
    return named(stages, f"{call}-{call_key(config, *more)}")


def _both(call: str, df: DataFrame, against: DataFrame | None) -> Sequence[Source]:
    new = _source(call, df, "articles", False)
    return [new] if against is None else [new, _source(call, against, "against", True)]


def _source(call: str, df: DataFrame, place: str, old: bool) -> Source:
    """Return the rows of a user's DataFrame, of which articles are made, or the reasons why they are none."""
    if missing := {"id", "text"} - set(df.columns):
        raise UsageError(
            f"{call} takes a DataFrame with the columns id and text: there is no {' and no '.join(missing)}"
        )
    wanted = [F.col(name).cast("string").alias(name) if name == "id" else F.col(name)
              for name in FIELDS if name in df.columns]  # fmt: skip
    return Source(df.select(*wanted), partial(steps.intake, place=place, old=old))
