"""The commands `background build|calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedup.cli.base import PATHS, Reader, backgrounds_option, reading, scorer_of


@click.group(short_help="Fit the score of single articles to your own news.")
def background() -> None:
    """Fit the score of single articles to your own news."""


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
    from dedup.language.background import save_background
    from dedup.pipeline.scorer import build_background

    articles = Reader(paths, options)
    built = build_background(articles, source=source, language=language)
    articles.require()
    save_background(built, output)
    size = output.stat().st_size / (1 << 20)
    click.echo(f"{articles.read:,} articles read, {articles.skipped:,} skipped; {output}: {size:.1f} MiB")


@background.command(short_help="Set false alarms by your own clean articles.")
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="File to write; `dedup score --calibration FILE` uses it.")  # fmt: skip
@backgrounds_option
@reading
def calibrate(paths: tuple[str, ...], output: Path, backgrounds: tuple[str, ...], **options: Any) -> None:
    """Measure clean articles, so that percentiles and probabilities fit your own news.

    At least 30 articles of a like length are needed; lengths with fewer keep what ships.
    """
    from dedup.scoring import save_calibration

    articles = Reader(paths, options)
    fitted, counts = scorer_of(backgrounds, None).calibrated(articles)
    save_calibration(fitted, output)
    click.echo(f"{articles.read:,} articles read, {articles.skipped:,} skipped, {sum(counts):,} measured; {output}")
