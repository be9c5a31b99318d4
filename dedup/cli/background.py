"""The command `background build`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedup.cli.base import PATHS, Reader, reading


@click.group(short_help="Build a picture of ordinary news for the score of single articles.")
def background() -> None:
    """Build the picture of ordinary news that the score of a single article compares with."""


@background.command(short_help="Count the words of a pile of clean news.")
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="File to write; `dedup score --background FILE` uses it.")  # fmt: skip
@click.option("--source", default="", metavar="TEXT", help="Where the news comes from; kept in the file's header.")
@click.option("--language", default="en", show_default=True, help="Language of the news; kept in the file's header.")
@reading
def build(paths: tuple[str, ...], output: Path, source: str, language: str, **options: Any) -> None:
    """Count words, pairs and triples of a pile of clean news and write them to a file.

    Only counts are kept, and only of what several articles use: no text can be read out of the file.
    """
    from dedup.rewrite.background import save_background
    from dedup.rewrite.counting import build_background
    from dedup.text import tokenise

    articles = Reader(paths, options)
    built = build_background((tokenise(article.text) for article in articles), source=source, language=language)
    articles.require()
    save_background(built, output)
    size = output.stat().st_size / (1 << 20)
    click.echo(f"{articles.read:,} articles read, {articles.skipped:,} skipped; {output}: {size:.1f} MiB")
