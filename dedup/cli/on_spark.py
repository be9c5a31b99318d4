"""The commands `scan`, `dedupe` and `index add` with `--engine spark`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup.cli.base import require_read, say
from dedup.display import plural

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.dedupe import Plan
    from dedup.read import ReadOptions

Function = TypeVar("Function", bound=Callable[..., Any])


class _Against(click.Path):
    """A path that exists, or a URL, which only an engine can look up."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value; fails for a path that does not exist."""
        return value if "://" in str(value) else super().convert(value, param, ctx)


AGAINST = _Against(exists=True)


def engine_options(command: Function) -> Function:
    """Give a command the options that say on what it runs."""
    engine = click.option(
        "--engine",
        type=click.Choice(["local", "spark"]),
        default="local",
        show_default=True,
        help="spark: on many machines, by the extra [spark]; writes tables of Parquet.",
    )
    master = click.option(
        "--master",
        metavar="URL",
        default="local[*]",
        show_default=True,
        help="Where Spark runs: local[4], spark://…, yarn, k8s://…, or sc://… of a Connect server.",
    )
    return engine(master(command))


@dataclass(frozen=True)
class OnSpark:
    """One call on Spark: what is read, and where its tables go."""

    paths: tuple[str, ...]
    output: str
    options: ReadOptions
    against: tuple[str, ...]
    master: str

    def scan(self, config: Config, refused: Mapping[str, object]) -> None:
        """Scan files and folders, write the tables as Parquet, and print how many rows each has."""

        def work(engine: Any, sources: Any, archive: Any, stages: Any) -> Any:
            return engine.scan_articles(sources, config, stages, archive)

        counts = self._run(config, refused, None, work)
        require_read(counts["articles"], counts["skipped"])

    def dedupe(self, plan: Plan, refused: Mapping[str, object]) -> None:
        """Write the articles of files and folders without their copies, and what was removed, as Parquet."""

        def work(engine: Any, sources: Any, archive: Any, stages: Any) -> Any:
            if archive is not None:
                raise click.UsageError("the engine spark removes copies against files and folders, not an archive")
            return engine.dedupe_articles(sources, plan, stages)

        counts = self._run(plan.config, refused, plan.key, work)
        require_read(counts["kept"] + counts["removed"], counts["skipped"])

    def add(self, config: Config, refused: Mapping[str, object]) -> None:
        """Add the articles of files and folders to an archive in Parquet, which is made where there is none."""
        spark = self._session(refused)
        from dedup.engines import spark as engine
        from dedup.engines import spark_files

        archive = engine.archive_at(spark, (self.output,), config)
        key = spark_files.input_key(self.paths, self.options, config, more=("add", archive and archive.state))
        stages = spark_files.checkpoints(spark, self.output, key)
        sources = spark_files.read(spark, self.paths, self.options)
        added = engine.add_articles(sources, archive or self.output, config, stages)
        spark_files.remove_stages(spark, self.output)
        whole = added.count()
        say(f"{plural(whole - (archive.count() if archive else 0), 'article')} added; {whole:,} in the archive")

    def _session(self, refused: Mapping[str, object]) -> Any:
        from dedup.engines import spark_files

        if wrong := [name for name, is_given in refused.items() if is_given]:
            raise click.UsageError(f"the engine spark takes no {' and no '.join(wrong)}")
        return spark_files.session(self.master)

    def _run(
        self, config: Config, refused: Mapping[str, object], more: object, work: Callable[[Any, Any, Any, Any], Any]
    ) -> dict[str, int]:
        """Read, work, write; print how many rows each table has."""
        spark = self._session(refused)
        from dedup.engines import spark as engine
        from dedup.engines import spark_files

        spark_files.refuse_finished(spark, self.output)
        archive = engine.archive_at(spark, self.against, config)
        against, more = ((), (more, archive.state)) if archive else (self.against, more)
        key = spark_files.input_key(self.paths, self.options, config, against, more)
        stages = spark_files.checkpoints(spark, self.output, key)
        sources = spark_files.read(spark, self.paths, self.options, against)
        found = work(engine, sources, archive, stages)
        counts = spark_files.write(spark, found, self.output, key)
        for name, count in counts.items():
            say(f"{name}: {count:,}")
        for what, told in (("capped", found.capped), ("set aside", getattr(found, "set_aside", {}))):
            if told:
                say(f"{what}: " + ", ".join(f"{count:,} {name}" for name, count in sorted(told.items())))
        say(f"Tables: {self.output}")
        return counts
