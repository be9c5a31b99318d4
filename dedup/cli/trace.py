"""The command `trace`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import PATHS, languages_option, read_options, reading, report_skipped, require_read
from dedup.cli.commands import only_article
from dedup.cli.first_run import first_run

if TYPE_CHECKING:
    from dedup.results import Composition, Stretch

OWN = "its own"
MOST_ALSO = 3  # articles named on a line that have a stretch, too


@click.command(
    short_help="Say which stretches of an article came from which others.",
    epilog="Example: dedup trace fixtures/ferry/spun.html --against fixtures/ferry",
)
@click.argument("article", type=PATHS)
@click.option("--against", multiple=True, required=True, type=PATHS, metavar="ARCHIVE",
              help="Files and folders of earlier articles, or an index. Repeatable.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON line.")
@languages_option
@reading
def trace(article: str, against: tuple[str, ...], as_json: bool, languages: bool | None, **options: Any) -> None:
    """Say which stretches of ARTICLE came from which earlier articles, and what share is its own.

    What was published later is no source. Stretches of some twenty words and more are found, also reworded, and with
    the extra [languages] articles of other languages that say the same.
    """
    from dedup.pipeline.trace import trace_paths
    from dedup.report import to_json
    from dedup.results.rows import composition_row

    first_run(verification=False)
    reader = read_options(**options)
    full = replace(reader, full_names=True)
    found = trace_paths(only_article(article, reader), against, full, languages=languages)
    for item in found.skipped:
        report_skipped(item)
    require_read(found.articles, len(found.skipped))
    if as_json:
        click.echo(to_json(composition_row(found.composition)))
        return
    for line in _told(found.composition):
        click.echo(line)


def _told(made: Composition) -> Iterator[str]:
    from dedup.display import plural

    yield f"{made.id}: {plural(len(made.sources), 'source')}, {made.own:.0%} {OWN}"
    for source, share in made.sources:
        yield f"  {share:4.0%}  {source}"
    if made.later:
        yield f"  {plural(len(made.later), 'later article')} with text in common: {', '.join(made.later)}"
    for stretch in made.stretches if made.sources else ():
        yield f"  {_line(stretch)}"


def _line(stretch: Stretch) -> str:
    start, end = stretch.span
    if stretch.source is None or stretch.source_span is None:
        return f"{start}-{end}  {OWN}"
    first, last = stretch.source_span
    also = ", ".join(stretch.also[:MOST_ALSO]) + f" and {len(stretch.also) - MOST_ALSO} more" * (
        len(stretch.also) > MOST_ALSO
    )
    told = f"; also in {also}" if also else ""
    return f"{start}-{end}  {stretch.source} {first}-{last}, similarity {stretch.similarity:.2f}{told}"
