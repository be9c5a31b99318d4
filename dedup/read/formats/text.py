"""Plain text and Markdown: one article a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from dedup.read.encodings import decode
from dedup.read.fields import AS_RECORDED, Rules
from dedup.read.inputs import Input, Placed
from dedup.records import Article

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_PAIR = re.compile(r"^(\w+):(.+)$", re.M)
_TITLE = re.compile(r"\A\s*#[ \t]+(.+)$", re.M)
# Marks of Markdown and what stays of them, in the order in which they are taken away. Each looks ahead so far and no
# further, or a long line of them would take hours.
_MARKS = tuple(
    (re.compile(pattern, re.M), kept)
    for pattern, kept in (
        (r"^```.*$", ""),
        (r"<!--[\s\S]*?(?:-->|\Z)", ""),
        (r"!\[([^\[\]\n]*)\]\([^)\n]{0,1999}\)", ""),  # an image
        (r"\[([^\[\]\n]+)\]\([^)\n]{0,1999}\)", r"\1"),  # a link
        (r"\[([^\[\]\n]+)\]\[[^\[\]\n]*\]", r"\1"),
        (r"^\[[^\]\n]+\]:[ \t]+\S+.*$", ""),  # the address of a link
        (r"^[ \t]{0,3}#{1,6}[ \t]+(.+)$", lambda found: _heading(found[1])),
        (r"^[ \t]{0,3}>[ \t]?", ""),
        (r"^[ \t]*(?:[-*_][ \t]*){3,}$", ""),
        (r"^([ \t]*)[-*+][ \t]+", r"\1"),
        (r"(\*\*|__)(?=\S)(.{1,499}?)(?<=\S)\1", r"\2"),
        (r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1"),
        (r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])", r"\1"),
        (r"`([^`\n]+)`", r"\1"),
    )
)


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The article of a text file, as it stands."""
    if data := source.whole(stream):
        found = decode(data)
        source.lost(found.lost)
        yield None, source.checked(Article(source.place, found.text))


def read_markdown(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The article of a Markdown file without its marks; title, date and address from its front matter."""
    if data := source.whole(stream):
        found = decode(data)
        source.lost(found.lost)
        yield None, source.checked(_article(found.text, source))


def _article(text: str, source: Input) -> Article:
    front = _FRONT_MATTER.match(text)
    pairs = {key.lower(): value.strip().strip("\"'") for key, value in _PAIR.findall(front[1])} if front else {}
    body = text[front.end() :] if front else text
    title = _TITLE.match(body)
    row = {"text": plain(body), "title": pairs.get("title") or (_heading(title[1]) if title else None)}
    row |= {"url": pairs.get("url") or pairs.get("link"), "source": pairs.get("source") or pairs.get("publisher")}
    rules = Rules(source.place, AS_RECORDED, max(1, len(body) + 1), source.session)
    if not row["text"] or row["text"].isspace():
        return Article(source.place, "")
    return replace(rules.article(row | {"published": pairs.get("date") or pairs.get("published")}, 1), id=source.place)


def _heading(line: str) -> str:
    """Return a heading without the marks at its end."""
    return line.strip().rstrip("#").rstrip()


def plain(text: str) -> str:
    """Return the text of Markdown."""
    for pattern, kept in _MARKS:
        text = pattern.sub(kept, text)
    return text.strip() + "\n"
