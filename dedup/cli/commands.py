"""The commands `scan` and `compare`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dedup.cli.base import (
    BALANCED,
    PATHS,
    UNFINISHED,
    config_of,
    finite,
    kept_work,
    languages_option,
    level_option,
    preset_option,
    profile_option,
    read_options,
    reading,
    report_notes,
    require_read,
    resume_option,
    say,
    scorer_of,
    workers_option,
)
from dedup.cli.first_run import first_run
from dedup.cli.on_spark import AGAINST, OnSpark, engine_options
from dedup.cli.report import html_option, mine_option, write_matches_page
from dedup.display import harmless

if TYPE_CHECKING:
    from dedup.read import ReadOptions
    from dedup.records import Article, Match
    from dedup.results import Report

SHOWN_EVIDENCE = 40  # lines of one pair on a terminal; --json gives all


@click.command(
    short_help="Find the copies among many articles.", epilog="Example: dedup scan fixtures/ferry -o out --level near"
)
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", type=click.Path(file_okay=False), default="dedup-report", show_default=True,
              help="Folder for the report; made if missing, its files replaced.")  # fmt: skip
@click.option("--against", multiple=True, type=AGAINST, metavar="ARCHIVE",
              help="Files and folders of old articles, or an index, to match new ones with. Repeatable.")  # fmt: skip
@resume_option
@preset_option
@profile_option
@level_option
@workers_option
@click.option("--threshold", type=click.FloatRange(0, 1), default=None, callback=finite,
              help="Least probability at which a pair is called a copy.  [default: 0.5]")  # fmt: skip
@click.option("--related", is_flag=True, help="Also report pairs on one subject that reuse nothing.")
@click.option("--templates", type=click.Choice(["counted", "all"]), default="counted", show_default=True,
              help="Articles on different events in one wording: reported once, or also pair by pair.")  # fmt: skip
@click.option("--site-text", type=click.Choice(["counted", "all"]), default="counted", show_default=True,
              help="Pairs of one site that share only text which it repeats: counted, or listed too.")  # fmt: skip
@languages_option
@mine_option
@click.option("--learn-swaps", type=click.Path(dir_okay=False), metavar="FILE",
              help="Add the swaps found in sure copies to this table (for score --swaps).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True,
              help="Print the matches as JSON lines; a report is written only where -o is given.")  # fmt: skip
@click.option("--output-format", type=click.Choice(["jsonl", "csv", "parquet"]), default="jsonl", show_default=True,
              help="Write the matches in this format too; Parquet needs pyarrow.")  # fmt: skip
@engine_options
@reading
def scan(
    *,
    paths: tuple[str, ...],
    output: str,
    against: tuple[str, ...],
    resume: bool,
    preset: str,
    profile: str | None,
    level: str | None,
    workers: int,
    threshold: float | None,
    related: bool,
    templates: str,
    site_text: str,
    languages: bool | None,
    mine: tuple[str, ...],
    learn_swaps: str | None,
    as_json: bool,
    output_format: str,
    engine: str,
    master: str,
    **options: Any,
) -> None:
    """Find the copies among the articles of files and folders (- is standard input).

    Reads text, Markdown, web pages, JSON, CSV, Parquet, Arrow, WARC and feeds, also compressed, in zip and in tar.
    Writes matches.jsonl, clusters.jsonl, templates.jsonl, articles.jsonl, texts.jsonl, skipped.jsonl, scan.json and
    report.html (with report-data/ beside it where there is much), and prints a summary.
    """
    from dedup.pipeline.scan import scan_paths
    from dedup.report import summary

    reader = replace(read_options(**options), leave_out=(output,))
    changed: dict[str, Any] = {"level": level, "threshold": threshold, "related": related, "templates": templates,
                               "site_text": site_text, "languages": languages}  # fmt: skip
    if engine == "spark":
        refused = {"--json": as_json, "--learn-swaps": learn_swaps, "--output-format": output_format != "jsonl",
                   "--mine": mine}  # fmt: skip
        config = config_of(preset, profile).replace(**changed)
        return OnSpark(paths, output, reader, against, master).scan(config, refused)
    first_run("near" not in (level, preset))
    given = click.get_current_context().get_parameter_source("output") is not ParameterSource.DEFAULT
    kept = kept_work(Path(output) / UNFINISHED if given or not as_json else None, resume)
    report = scan_paths(
        paths, reader, config_of(preset, profile).replace(**changed), against=against, workers=workers, kept=kept
    )
    report_notes(report.notes)
    page = _show(report, Path(output) if given or not as_json else None, mine, output_format, as_json)
    kept.remove()
    if learn_swaps:
        _add_swaps(report, Path(learn_swaps))
    for line in summary(report):
        say(line, as_json)
    if page is not None:
        say(f"Report: {page}", as_json)
    require_read(len(report.ids), len(report.skipped))


def _show(report: Report, output: Path | None, mine: tuple[str, ...], output_format: str, as_json: bool) -> Path | None:
    """Print the matches and write a report, as far as that is asked for; return the path of its page."""
    from dedup.report import match_row, to_json, write_report
    from dedup.write.matches import write_matches

    if as_json:
        for match in report.matches:
            click.echo(to_json(match_row(match)))
    page = None if output is None else write_report(report, output, mine=mine)
    if page is not None and output_format != "jsonl":
        write_matches(report, page.parent / f"matches.{output_format}")
    return page


def _add_swaps(report: Report, path: Path) -> None:
    """Add the swaps of a report to a table on disk."""
    from dedup.evidence.learnt_swaps import SwapTable
    from dedup.pipeline.scorer import learn_swaps

    table = SwapTable.load(path) if path.exists() else SwapTable()
    before = len(table)
    learn_swaps(report, table).save(path)
    click.echo(f"Swaps: {len(table)} different ones in {path}, {len(table) - before} of them new")


@click.command(
    short_help="Say how two articles are related, with the proof.",
    epilog="Example: dedup compare fixtures/ferry/original.html fixtures/ferry/spun.html",
)
@click.argument("left", type=PATHS)
@click.argument("right", type=PATHS)
@click.option("--json", "as_json", is_flag=True, help="Print the match as one JSON line, as in matches.jsonl.")
@html_option
@profile_option
@languages_option
@reading
def compare(
    left: str,
    right: str,
    *,
    as_json: bool,
    page: str | None,
    profile: str | None,
    languages: bool | None,
    **options: Any,
) -> None:
    """Say how two articles are related, and show the proof. Each path holds one article."""
    from dedup.pipeline.single import compare as compare_articles
    from dedup.report import match_row, to_json

    first_run(verification=False)  # it compiles just this itself
    a, b = (only_article(path, read_options(**options)) for path in (left, right))
    match = compare_articles(a, b, config_of(BALANCED, profile).replace(languages=languages))
    if page:
        scorer = scorer_of((), None)
        write_matches_page(page, (a, b), (match,), map(scorer, (a, b)))
    if as_json:
        click.echo(to_json(match_row(match)))
    else:
        for line in _verdict(match):
            click.echo(harmless(line))


def only_article(path: str, options: ReadOptions) -> Article:
    """Return the one article of a path, with the path as its id."""
    from dedup.read import read
    from dedup.read.files import STDIN, one_spelling
    from dedup.records import Skipped

    items = list(read([path], options))
    if len(items) != 1:
        raise click.ClickException(f"{path} holds {len(items)} articles, not one")
    if isinstance(items[0], Skipped):
        raise click.ClickException(harmless(f"{path}: {items[0].reason}"))
    return replace(items[0], id=path if path == STDIN else one_spelling(path))


def _verdict(match: Match) -> Iterator[str]:
    from dedup.display import plural
    from dedup.records import TRANSLATIONS
    from dedup.report.marks import counted

    if match.container:
        page, part = (match.left, match.right) if match.container == "left" else (match.right, match.left)
        yield f"{page} contains {part} and other stories"
    method = f", {match.method.replace('_', ' ')}" if match.method else ""
    told = f"{match.strength} of the text in common, " if match.strength.endswith("%") else ""
    of = "translation" if match.kind in TRANSLATIONS else "copy"
    yield f"{match.kind.value.replace('_', ' ')} ({told}probability of a {of} {match.probability:.2f}){method}"
    yield f"original: {match.original or 'unknown'} ({match.original_reason})"
    yield plural(len(match.alignment.passages), "aligned passage")
    for passage in match.alignment.passages:
        (a, b), (c, d) = passage.left, passage.right
        yield f"  {a}-{b}  {c}-{d}  similarity {passage.similarity:.2f}"
    differences = counted(match.evidence)
    for kind, before, after, times in differences[:SHOWN_EVIDENCE]:
        yield f"  {kind}: {before or '(nothing)'} -> {after or '(nothing)'}" + (f"  x{times}" if times > 1 else "")
    if len(differences) > SHOWN_EVIDENCE:
        yield f"  and {len(differences) - SHOWN_EVIDENCE} more (--json gives all)"
