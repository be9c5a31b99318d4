"""What `index add --check` and `index check` say of each match: a line for people, or JSON with all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import Reader, read_options, report_skipped
from dedup.display import harmless

if TYPE_CHECKING:
    from dedup.index.articles import ArticleIndex
    from dedup.records import Article, Match, Span

STDIN = "-"
FIRST = "stdin:1"  # the id of an article without one on the first line of standard input

json_option = click.option(
    "--json", "as_json", is_flag=True,
    help="Each match as a JSON line, as in matches.jsonl, with new, titles, urls, dates and shares of text.",
)  # fmt: skip


def tell(index: ArticleIndex, article: Article, matches: list[Match], as_json: bool) -> None:
    """Print the matches of a new article with those of the index."""
    from dedup.report import to_json

    for match in matches:
        new = "left" if match.left == article.id else "right"
        other = index.get(match.right if new == "left" else match.left)
        if other is None:  # removed meanwhile
            continue
        row = to_json(_row(match, new, article, other)) if as_json else harmless(_line(match, new, article, other))
        click.echo(row)


class Shown:
    """What a page shows of some checks: the matches, and the articles of both sides by their ids."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.matches: list[Match] = []

    def add(self, index: ArticleIndex, article: Article, matches: list[Match]) -> None:
        """Note a new article and its matches with those of the index."""
        self.articles[article.id] = article
        for match in matches:
            other = index.get(match.right if match.left == article.id else match.left)
            if other is not None:  # it may have been removed meanwhile
                self.articles.setdefault(other.id, other)
                self.matches.append(match)


def _row(match: Match, new: str, article: Article, other: Article) -> dict[str, Any]:
    from dedup.report import match_row

    sides = {"left": article, "right": other} if new == "left" else {"left": other, "right": article}
    row: dict[str, Any] = match_row(match) | {"new": new}
    for side, one in sides.items():
        published = one.published.isoformat() if one.published else None
        row |= {f"{side}_title": one.title, f"{side}_url": one.url, f"{side}_published": published}
        row[f"{side}_share"] = round(_share(match, side, one), 4)
    return row


def _share(match: Match, side: str, article: Article) -> float:
    """Return the share of the characters of a text that lie in aligned passages; these may overlap."""
    covered, reached = 0, 0
    spans: list[Span] = sorted(getattr(passage, side) for passage in match.alignment.passages)
    for start, end in spans:
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered / max(1, len(article.text))


def _line(match: Match, new: str, article: Article, other: Article) -> str:
    kind = match.kind.value.replace("_", " ")
    if match.container and (match.left if match.container == "left" else match.right) == other.id:
        kind = "contained in"
    known = [f'"{" ".join(other.title.split())}"' if other.title else "", other.url or other.source or ""]
    known.append(f"{other.published:%Y-%m-%d}" if other.published else "")
    about = "".join(f", {part}" for part in known if part)
    original = {None: "original unknown", article.id: "the new one is the original"}.get(
        match.original, "the old one is the original"
    )
    share = f"{_share(match, new, article):.0%} of the new text"
    how = kind if match.container else f"{kind} {match.probability:.2f} of"
    return f"{article.id}: {how} {other.id}{about}; {share}; {original}"


class LineReader(Reader):
    """Articles of paths; JSON lines of standard input one at a time, as they come."""

    def __init__(self, paths: tuple[str, ...], options: dict[str, Any]) -> None:
        super().__init__(paths, options)
        self._by_line = paths == (STDIN,) and options.get("format") in ("auto", "jsonl")
        self._settings = read_options(**options)

    def __iter__(self) -> Iterator[Article]:
        if not self._by_line:
            yield from super().__iter__()
            return
        from dedup.read import read
        from dedup.records import Skipped

        limit, number = self._settings.max_bytes + 1, 0
        stream = sys.stdin.buffer
        while line := stream.readline(limit):
            number += 1
            if number == 1 and not line.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
                line += stream.read()  # one text
            elif len(line) == limit and not line.endswith(b"\n"):
                _finish(stream, limit)
            if not line.strip():
                continue
            for item in read([STDIN], self._settings, BytesIO(line)):
                if isinstance(item, Skipped):
                    self.skipped += 1
                    report_skipped(replace(item, line=number))
                else:
                    self.read += 1
                    yield replace(item, id=f"stdin:{number}") if item.id == FIRST else item


def _finish(stream: Any, limit: int) -> None:
    while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
        pass
