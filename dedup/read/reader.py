"""From paths to articles, one at a time: what each file is, how it is opened, and what is refused."""

from __future__ import annotations

import os
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dedup.read.decode import Undecodable, decode
from dedup.read.files import Found, check_paths, find, open_file, printable, why
from dedup.read.html import NoArticle, parse_page
from dedup.read.lines import Rows, read_columns
from dedup.read.options import Format, ReadOptions
from dedup.read.rows import BOM, WHITE, parse_row
from dedup.records import Article, Skipped

Placed = tuple[int | None, Article | Skipped]  # line, what stands there
Piece = Rows | Placed


def read(
    paths: Iterable[str | os.PathLike[str]], options: ReadOptions | None = None, stdin: BinaryIO | None = None
) -> Iterator[Article | Skipped]:
    """Articles of files, folders (recursively, sorted) and standard input (`-`); everything else as `Skipped`.

    The order depends on the names alone. Ids are the given ones, else the path below a folder given alone, or as given
    (`path:line` for JSON lines); one that comes twice is settled by `scan`. One file is open and some megabytes in
    memory at a time. Raises `InputError`, before anything is read, for a path that does not exist.
    """
    options = options or ReadOptions()
    pieces = read_pieces(paths, options, stdin)
    return (item for _, name, piece in pieces for item in _items(piece, name, options))


def _items(piece: Piece, name: str, options: ReadOptions) -> Iterator[Article | Skipped]:
    if not isinstance(piece, Rows):
        yield piece[1]
        return
    refused = deque(piece.skipped)
    for row, number in enumerate(piece.lines.tolist()):
        while refused and (refused[0].line or 0) < number:
            yield refused.popleft()
        line = piece.line(row)
        yield parse_row(line.removeprefix(BOM) if number == 1 else line, name, number, options)
    yield from refused


def read_pieces(
    paths: Iterable[str | os.PathLike[str]], options: ReadOptions, stdin: BinaryIO | None = None
) -> Iterator[tuple[Found | None, str, Piece]]:
    """What `read` yields, JSON lines as columns: the file (None for one that was not opened), its name, the piece."""
    given = [os.fspath(path) for path in paths]
    check_paths(given)
    return _read_all(given, options, stdin or sys.stdin.buffer)


def _read_all(paths: list[str], options: ReadOptions, stdin: BinaryIO) -> Iterator[tuple[Found | None, str, Piece]]:
    for found in find(paths, options):
        if isinstance(found, Skipped):
            yield None, found.source, (None, found)
            continue
        name = printable(found.name)
        yield from ((found, name, piece) for piece in _read_one(found, name, options, stdin))


def _read_one(found: Found, name: str, options: ReadOptions, stdin: BinaryIO) -> Iterator[Piece]:
    """The pieces of one file; what goes wrong half-way is reported after what could be read."""
    rows = 0
    reason = None
    try:
        with open_file(found, stdin) as stream:
            for piece in _pieces(found, stream, name, options):
                rows += len(piece) + len(piece.skipped) if isinstance(piece, Rows) else 1
                yield piece
    except EOFError:
        reason = "truncated gzip data"
    except zlib.error:
        reason = "damaged gzip data"
    except OSError as e:
        reason = why(e)
    if reason:
        yield None, Skipped(name, None, f"{reason} after {rows} rows" if rows else reason)
    elif not rows:
        yield None, Skipped(name, None, "empty file")


def _pieces(found: Found, stream: BinaryIO, name: str, options: ReadOptions) -> Iterator[Piece]:
    kind = _kind(found.format, stream)
    if kind is Format.JSONL:
        yield from read_columns(stream, name, options)
        return
    data = stream.read(options.max_bytes + 1)
    if not data:
        return
    if len(data) > options.max_bytes:
        yield None, Skipped(name, None, f"larger than {options.max_bytes} bytes")
    else:
        yield None, _single(data, name, kind, options)


def _kind(told: Format, stream: BinaryIO) -> Format:
    """What nothing tells is JSON lines when it begins with a brace, else plain text."""
    if told is not Format.AUTO:
        return told
    start: bytes = stream.peek(1)  # type: ignore[attr-defined]
    return Format.JSONL if start.removeprefix(BOM).lstrip(WHITE)[:1] == b"{" else Format.TEXT


def _single(data: bytes, name: str, kind: Format, options: ReadOptions) -> Article | Skipped:
    """The article of a file that holds just one."""
    try:
        text = decode(data, html=kind is Format.HTML)
        article = parse_page(text, name) if kind is Format.HTML else Article(name, text)
    except (Undecodable, NoArticle) as reason:
        return Skipped(name, None, str(reason))
    if not article.text or article.text.isspace():
        return Skipped(name, None, "nothing but white space")
    if len(article.text) > options.max_characters:
        return Skipped(name, None, f"text of {len(article.text)} characters, more than {options.max_characters}")
    return article
