"""The command `dedupe`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import (
    PATHS,
    UNFINISHED,
    config_of,
    finite,
    kept_work,
    level_option,
    preset_option,
    profile_option,
    read_options,
    reading,
    report_notes,
    require_read,
    resume_option,
    say,
    workers_option,
)
from dedup.cli.first_run import first_run
from dedup.cli.on_spark import AGAINST, OnSpark, engine_options
from dedup.engines.scratch import Scratch

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.dedupe import Plan
    from dedup.results import Deduped

POLICIES = ("original", "earliest", "latest", "longest", "best-score", "first", "source")
STDIN = "-"


@click.command(
    short_help="Write the articles without their copies.",
    epilog="Example: dedup dedupe fixtures/ferry -o clean --keep earliest",
)
@click.argument("paths", metavar="IN...", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", type=click.Path(), metavar="OUT",
              help="File (for one file or standard input) or folder to write; - is standard output.")  # fmt: skip
@click.option("--against", multiple=True, type=AGAINST, metavar="ARCHIVE",
              help="Files and folders of an archive, or an index: what it has goes too. Repeatable.")  # fmt: skip
@click.option("--keep", type=click.Choice(POLICIES), default="original", show_default=True,
              help="Which article of a group of copies stays; best-score: the one that reads least spun.")  # fmt: skip
@click.option("--source", "sources", multiple=True, metavar="NAME",
              help="For --keep source: a source or site, the preferred one first. Repeatable.")  # fmt: skip
@click.option("--kinds", default="exact,near,rewrite", show_default=True, metavar="KIND,...",
              help="Kinds of matches that make an article go.")  # fmt: skip
@click.option("--drop-all", is_flag=True, help="Keep nothing of a group of copies.")
@click.option("--dry-run", is_flag=True, help="Only print how many would be removed; nothing is written.")
@resume_option
@preset_option
@profile_option
@level_option
@workers_option
@click.option("--threshold", type=click.FloatRange(0, 1), default=None, callback=finite,
              help="Least probability at which a pair is called a copy.  [default: 0.5]")  # fmt: skip
@engine_options
@reading
def dedupe(
    *,
    paths: tuple[str, ...],
    output: str | None,
    against: tuple[str, ...],
    keep: str,
    sources: tuple[str, ...],
    kinds: str,
    drop_all: bool,
    dry_run: bool,
    resume: bool,
    preset: str,
    profile: str | None,
    level: str | None,
    workers: int,
    threshold: float | None,
    engine: str,
    master: str,
    **options: Any,
) -> None:
    """Write the articles of files and folders without their copies.

    OUT gets the input in its own format and order, byte for byte but for what goes: rows of tables and JSON, entries
    of feeds, records of web archives, members of zip and tar, files of texts and pages. Beside it, OUT.removed.jsonl
    lists what was removed, why, and what was kept instead. What cannot be read as an article stays where it is a line
    of a file.
    """
    from dedup.pipeline.dedupe import dedupe_paths
    from dedup.write import check_writable

    if not output and not dry_run:
        raise click.UsageError("say where to write with -o OUT, or use --dry-run")
    if engine == "spark":
        target, refused = str(output), {"--dry-run": dry_run, "-o -": output == STDIN}
        reader = replace(read_options(**options), leave_out=(target,))
        plan = _plan(config_of(preset, profile), _keep(keep, sources), kinds, drop_all, level, threshold)
        return OnSpark(paths, target, reader, against, master).dedupe(plan, refused)
    first_run("near" not in (level, preset))
    with _spooled(paths) as given:
        reader = replace(read_options(**options), leave_out=(output,) if output and output != STDIN else ())
        if output and not dry_run:
            check_writable(given, tempfile.gettempdir() if output == STDIN else output, reader)
        kept = kept_work(_unfinished(paths, output) if output and not dry_run else None, resume)
        result = dedupe_paths(
            given, reader, config_of(preset, profile), against=against, keep=_keep(keep, sources),
            kinds=kinds.replace(" ", "").split(","),
            drop_all=drop_all, level=level, workers=workers, threshold=threshold, kept=kept,
        )  # fmt: skip
        counts = result.counts
        report_notes(result.notes)
        require_read(counts["read"], counts["skipped"], result.skipped)
        if not dry_run and output:
            listed = _write(result, given, output, reader)
            kept.remove()
    for line in _told(result):
        say(line, output == STDIN)
    if not dry_run and output and output != STDIN:
        say(f"Written: {output}; what was removed: {listed}")


def _unfinished(paths: tuple[str, ...], output: str) -> Path | None:
    """Return the file of work that is under way: in a folder that is written, which is not read, or beside a file."""
    if output == STDIN:
        return None
    target = Path(output)
    if len(paths) == 1 and not Path(paths[0]).is_dir() and not target.is_dir():
        return target.parent / f".{target.name}{UNFINISHED}"
    return target / UNFINISHED


def _plan(
    config: Config | None,
    keep: str | tuple[str, ...],
    kinds: str,
    drop_all: bool,
    level: str | None,
    threshold: float | None,
) -> Plan:
    from dedup.config import settings
    from dedup.pipeline.dedupe import Plan

    chosen = settings("dedupe_paths", config, level=level, threshold=threshold)
    return Plan.of(chosen, keep, kinds.replace(" ", ""), drop_all)


def _keep(keep: str, sources: tuple[str, ...]) -> str | tuple[str, ...]:
    if (keep == "source") != bool(sources):
        raise click.UsageError("--keep source and --source NAME belong together")
    return sources or keep


def _write(result: Deduped, given: tuple[str, ...], output: str, reader: Any) -> Path | None:
    from dedup.write import write_deduped

    if output != STDIN:
        return write_deduped(result, given, output, reader)
    if len(given) > 1 or Path(given[0]).is_dir():
        raise click.UsageError("standard output takes one file: give a folder with -o")
    with Scratch() as folder:
        target = Path(folder) / Path(given[0]).name
        write_deduped(result, given, target, reader)
        if target.exists():
            with open(target, "rb") as stream:
                shutil.copyfileobj(stream, sys.stdout.buffer)
    return None


@contextmanager
def _spooled(paths: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Return the paths with a file instead of standard input, which is read twice."""
    if STDIN not in paths:
        yield paths
        return
    with Scratch() as folder:
        spool = Path(folder) / "stdin"
        with spool.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)
        yield tuple(str(spool) if path == STDIN else path for path in paths)


def _told(result: Deduped) -> Iterator[str]:
    from dedup.display import plural
    from dedup.report.summary import reasons

    counts = result.counts
    yield f"{plural(counts['read'], 'article')} read, {counts['kept']:,} kept, {counts['removed']:,} removed"
    if counts["removed"]:
        words = {"exact": "with the same words", "near": "near-duplicates", "rewrite": "rewrites"}
        yield "  removed: " + ", ".join(f"{counts[kind]:,} {said}" for kind, said in words.items() if kind in counts)
    if counts["in_archive"]:
        yield f"  {counts['in_archive']:,} of them because the archive has them"
    if counts["skipped"]:
        yield f"{counts['skipped']:,} could not be read as articles and were left alone:"
        yield from reasons(result.skipped)
