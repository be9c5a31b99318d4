"""The commands `index list|show|export`: what an index holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dedup.display import harmless, harmless_lines

if TYPE_CHECKING:
    from dedup.records import Article

EXISTING = click.Path(exists=True, file_okay=False)
ON_LINE = 80  # characters of a title in a list


def _articles(folder: str) -> Iterator[Article]:
    from dedup.pipeline.indexes import open_index

    with open_index(folder, create=False) as index:
        yield from index


def _json(article: Article, text: bool = True) -> bytes:
    from dedup.report import to_json

    row = {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "published": article.published.isoformat() if article.published else None,
    }
    return to_json(row | {"text": article.text} if text else row)


@click.command("list", short_help="List the articles.", epilog="Example: dedup index list archive")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each article, without its text.")
def list_articles(folder: str, as_json: bool) -> None:
    """List the articles of INDEX in the order in which they were added: id, date, source and title."""
    for article in _articles(folder):
        if as_json:
            click.echo(_json(article, text=False))
        else:
            date = f"{article.published:%Y-%m-%d}" if article.published else "-"
            title = " ".join((article.title or "").split())[:ON_LINE]
            click.echo("\t".join(map(harmless, (article.id, date, article.source or "-", title))))


@click.command(short_help="Print one article.", epilog="Example: dedup index show archive a.txt")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.argument("id_", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON line.")
def show(folder: str, id_: str, as_json: bool) -> None:
    """Print the article of INDEX with this ID: what is known of it, and its text."""
    from dedup.pipeline.indexes import open_index

    with open_index(folder, create=False) as index:
        article = index.get(id_)
    if article is None:
        raise click.ClickException(harmless(f"not in the index: {id_}"))
    if as_json:
        click.echo(_json(article))
        return
    date = article.published.isoformat() if article.published else None
    for name, value in (("id", article.id), ("title", article.title), ("url", article.url),
                        ("source", article.source), ("published", date)):  # fmt: skip
        if value:
            click.echo(harmless(f"{name}: {value}"))
    click.echo(f"\n{harmless_lines(article.text)}")


@click.command(short_help="Write all articles as JSON lines.", epilog="Example: dedup index export archive")
@click.argument("folder", metavar="INDEX", type=EXISTING)
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", default="-",
              help="File to write instead of standard output.")  # fmt: skip
def export(folder: str, output: str) -> None:
    """Write all articles of INDEX as JSON lines, which `dedup index add` and `dedup scan` read again."""
    from pathlib import Path

    from dedup.whole_files import whole_file

    if output == "-":
        for article in _articles(folder):
            click.echo(_json(article))
        return
    with whole_file(Path(output)) as stream:
        for article in _articles(folder):
            stream.write(_json(article) + b"\n")
