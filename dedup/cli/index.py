"""The commands `index add|check|remove|expire|info|compact`."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import BALANCED, PATHS, Reader, config_of, profile_option, read_options, reading
from dedup.cli.index_contents import export, list_articles, show
from dedup.cli.index_told import LineReader, Shown, json_option, tell
from dedup.cli.on_spark import OnSpark, engine_options
from dedup.cli.report import html_option, write_matches_page

if TYPE_CHECKING:
    from dedup.index.articles import ArticleIndex

MOST_DAYS = 365_000  # a thousand years: before that there were no newspapers, and dates have an end
MATCH_FOUND = 3  # exit code of `index check`
EXISTING = click.Path(exists=True, file_okay=False)
MOST_DAYS = 3_652_059  # from the year 1 to the year 9999, which is all that a date can tell


class Days(click.FloatRange):
    """A number of days, which "nan" is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number of days; fails for what is none or out of range."""
        days = float(super().convert(value, param, ctx))
        if math.isnan(days):
            self.fail(f"{value!r} is no number of days", param, ctx)
        return days


def days_ago(days: float) -> datetime:
    """Return the time so many days before now, at the earliest the first one that a date can tell."""
    first = datetime.min.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    return first if days > (now - first).days else now - timedelta(days=days)


def moment(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """Return a date or a point in time, given in any usual form."""
    from dedup.read import parse_date

    found = None if value is None else parse_date(value)
    if value is not None and found is None:
        raise click.BadParameter(f"{value!r} is no date")
    return found


kept_option = click.option(
    "--languages/--no-languages", default=None,
    help="Keep vectors of the articles and find translations, by the extra [languages].  [default: as the index does]",
)  # fmt: skip


@click.group(short_help="Keep articles and ask for each new one whether it is a copy.")
def index() -> None:
    """Keep articles in a folder on disk and ask for each new one whether it, or a rewrite of it, is there.

    One process may write at a time, any number may read.
    """


def open_existing(folder: str, profile: str | None = None, languages: bool | None = None) -> ArticleIndex:
    """Return the index in a folder; an error where there is none, instead of making one."""
    from dedup.index.folder import FILE
    from dedup.pipeline.indexes import open_index

    if not os.path.exists(os.path.join(folder, FILE)):
        raise click.ClickException(f"{folder} is no index: it holds no {FILE}")
    return open_index(folder, config=config_of(BALANCED, profile), languages=languages)


@index.command(short_help="Add articles.", epilog="Example: dedup index add archive news")
@click.argument("folder", metavar="INDEX", type=click.Path(file_okay=False))
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("--check", is_flag=True, help="Also print the matches of each article with those before it (slower).")
@json_option
@kept_option
@engine_options
@profile_option
@reading
def add(
    folder: str,
    paths: tuple[str, ...],
    check: bool,
    as_json: bool,
    languages: bool | None,
    engine: str,
    master: str,
    profile: str | None,
    **options: Any,
) -> None:
    """Add articles to INDEX, which is made if there is none.

    An id that is already there with the same text is left alone; with another text it is replaced. Articles without an
    id go by their path, below the folder where one is given alone, as in a scan. With --engine spark, INDEX is an
    archive in Parquet (for scan --engine spark --against), and what has an id that is already there is left out.
    """
    from dedup.pipeline.indexes import open_index

    if engine == "spark":
        on_spark = OnSpark(paths, folder, read_options(**options), (), master)
        refused = {"--check": check, "--json": as_json, "--languages": languages}
        return on_spark.add(config_of(BALANCED, profile), refused)
    articles = Reader(paths, options)
    with open_index(folder, config=config_of(BALANCED, profile), languages=languages) as opened:
        if check:
            for article in articles:
                tell(opened, article, opened.add(article), as_json)
        else:
            opened.add_many(articles)
        kept = len(opened)
    articles.require()
    click.echo(f"{articles.read:,} articles read, {articles.skipped:,} skipped; {kept:,} in the index", err=True)


asked_option = click.option(
    "--languages/--no-languages", default=None,
    help="Find translations among the articles whose vectors the index keeps, or not.  [default: as the index does]",
)  # fmt: skip


@index.command(
    short_help="Print the matches of articles with those in the index.",
    epilog="Example: dedup index check archive news --json",
)
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("--since", type=Days(min=0, min_open=True, max=MOST_DAYS), metavar="DAYS",
              help="Look only at articles from this many days before the one checked.")  # fmt: skip
@click.option("--exclude-source", metavar="NAME", help="Leave the articles of this source out.")
@click.option("--copies", is_flag=True, help="Only exact, near and rewrite; no shared passages.")
@json_option
@html_option
@asked_option
@profile_option
@reading
def check(
    folder: str,
    paths: tuple[str, ...],
    since: float | None,
    exclude_source: str | None,
    copies: bool,
    as_json: bool,
    page: str | None,
    languages: bool | None,
    profile: str | None,
    **options: Any,
) -> None:
    """Print the matches of articles with those in INDEX, a line each, without adding them.

    JSON lines of standard input (-) are answered one at a time, as they come. Exit code 0 if there are none, 3 if
    there are any.
    """
    from dedup.records import COPIES

    articles, found, shown = LineReader(paths, options), False, Shown()
    window = None if since is None else timedelta(days=since)
    with open_existing(folder, profile, languages) as opened:
        for article in articles:
            matches = opened.check(article, since=window, exclude_source=exclude_source)
            matches = [match for match in matches if match.kind in COPIES or not copies]
            found = found or bool(matches)
            tell(opened, article, matches, as_json)
            if page:
                shown.add(opened, article, matches)
    articles.require()
    if page:
        write_matches_page(page, shown.articles.values(), shown.matches)
    click.get_current_context().exit(MATCH_FOUND if found else 0)


@index.command(short_help="Forget articles by id.", epilog="Example: dedup index remove archive a.txt")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def remove(folder: str, ids: tuple[str, ...]) -> None:
    """Forget articles by id, or by path. Fails, after removing the others, if an id is not there."""
    from dedup.read.files import one_spelling

    with open_existing(folder) as opened:
        missing = [i for i in dict.fromkeys(ids) if not (opened.remove(i) or opened.remove(one_spelling(i)))]
    if missing:
        raise click.ClickException(f"not in the index: {', '.join(missing)}")


@index.command(short_help="Forget old articles.", epilog="Example: dedup index expire archive --days 90")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.option("--before", metavar="DATE", callback=moment,
              help="Forget the articles published (or, without a date, added) before this.")  # fmt: skip
@click.option(
    "--days", type=Days(min=0, max=MOST_DAYS), metavar="DAYS", help="Forget the articles older than this many days."
)
def expire(folder: str, before: datetime | None, days: float | None) -> None:
    """Forget old articles."""
    from dedup.display import plural

    if (before is None) == (days is None):
        raise click.UsageError("give either --before or --days")
    limit = before or days_ago(days or 0)
    with open_existing(folder) as opened:
        click.echo(f"{plural(opened.expire(limit), 'article')} forgotten, {len(opened):,} left")


@index.command(short_help="Print what an index holds.", epilog="Example: dedup index info archive --verify")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.option("--verify", is_flag=True, help="First read every byte and check it.")
def info(folder: str, verify: bool) -> None:
    """Print what INDEX holds, and by which specification it was built, as JSON."""
    from dedup.report import to_json

    with open_existing(folder) as opened:
        click.echo(to_json(asdict(opened.info(verify))))


@index.command(short_help="Merge everything and give space back.", epilog="Example: dedup index compact archive")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.option("--rebuild", is_flag=True, help="Make all keys again from the texts, after damage.")
@click.option("--relearn", is_flag=True, help="Learn the weights of words again from the texts.")
def compact(folder: str, rebuild: bool, relearn: bool) -> None:
    """Merge everything into one segment, without what was removed, and give the space back."""
    from dedup.display import plural

    with open_existing(folder) as opened:
        opened.compact(rebuild=rebuild, relearn=relearn)
        click.echo(f"{plural(len(opened), 'article')} in one segment")


for contents in (list_articles, show, export):
    index.add_command(contents)
