"""The command `report`, and what other commands need to write pages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedup.cli.base import say

if TYPE_CHECKING:
    from dedup.records import Article, ArticleScore, Match

mine_option = click.option(
    "--mine", multiple=True, metavar="SOURCE_OR_FOLDER",
    help="A source, site or folder of your own; the page sets yours against the rest. Repeatable.",
)  # fmt: skip
html_option = click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Also write a page to look at.",
)


@click.command(
    "report",
    short_help="Make the page of a scan again.",
    epilog="Example: dedup report dedup-report --mine example.org",
)
@click.argument("folder", metavar="OUT_DIR", type=click.Path(exists=True, file_okay=False))
@mine_option
def report(folder: str, mine: tuple[str, ...]) -> None:
    """Make report.html in OUT_DIR again from the files that a scan left there.

    Without --mine, the sources and folders that the scan was told are set against the rest.
    """
    from dedup.report import load_report, write_page
    from dedup.report.stored import stored_ours
    from dedup.report.writer import PAGE

    page = write_page(load_report(folder), Path(folder) / PAGE, mine=mine or stored_ours(folder))
    say(f"Report: {page}")


def write_matches_page(
    path: str, articles: Iterable[Article], matches: Iterable[Match], scores: Iterable[ArticleScore] = ()
) -> None:
    """Write the page of some articles and their matches."""
    from dedup.report import write_page
    from dedup.results import Report

    page = write_page(Report.of(articles, matches, scores), path)
    say(f"Page: {page}", aside=True)
