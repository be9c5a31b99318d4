"""From paths to articles, one at a time: what each file is, how it is opened, and what is refused."""

from __future__ import annotations

import os
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import BinaryIO

from dedup.read.containers import Stream, buffered, peek, streams
from dedup.read.encodings import WITH_MARK, Undecodable, decode
from dedup.read.files import STDIN, Found, check_paths, find, open_file, printable, require_descriptors, why
from dedup.read.inputs import Input, NoArticle, Placed
from dedup.read.kinds import REFUSED, kind_of
from dedup.read.lines import Rows, read_columns
from dedup.read.options import Format, ReadOptions
from dedup.read.rows import BOM, parse_row
from dedup.read.session import Session
from dedup.records import Article, Skipped

Piece = Rows | Placed
OnDisk = str | None  # the path of a file whose bytes are the rows themselves

# The module and the function that read each format; loaded with what they need when the first such file comes.
FORMATS = {
    Format.JSON: ("json_values", "read"),
    Format.CSV: ("table", "read"),
    Format.TEXT: ("text", "read"),
    Format.MARKDOWN: ("text", "read_markdown"),
    Format.HTML: ("page", "read"),
    Format.FEED: ("feed", "read"),
    Format.PARQUET: ("columns", "read_parquet"),
    Format.ARROW: ("columns", "read_arrow"),
    Format.WARC: ("warc", "read"),
}


def read(
    paths: Iterable[str | os.PathLike[str]],
    options: ReadOptions | None = None,
    stdin: BinaryIO | None = None,
    session: Session | None = None,
) -> Iterator[Article | Skipped]:
    """Articles of files, folders (recursively, sorted), archives and standard input (`-`); all else as `Skipped`.

    The order depends on the names alone. Ids are the given ones, else the path below a folder given alone, or in one
    spelling (`path:line` for rows); one that comes twice is settled by `scan`. One file is open and some megabytes in
    memory at a time. `session.notes()` tells afterwards how fields were found and what was left out. Raises
    `InputError`, before anything is read, for a path that does not exist, and at the end for a field named in the
    options that no row has.
    """
    options = options or ReadOptions()
    pieces = read_pieces(paths, options, stdin, session)
    return (item for *_, piece in pieces for item in _items(piece))


def _items(piece: Piece) -> Iterator[Article | Skipped]:
    if not isinstance(piece, Rows):
        yield piece[1]
        return
    refused = deque(piece.skipped)
    rules = replace(piece.rules, session=Session(piece.rules.session.dates))  # what is odd was said already
    for row, number in enumerate(piece.lines.tolist()):
        while refused and (refused[0].line or 0) < number:
            yield refused.popleft()
        line = piece.line(row)
        yield parse_row(line.removeprefix(BOM) if number == 1 else line, number, rules)
    yield from refused


def read_pieces(
    paths: Iterable[str | os.PathLike[str]],
    options: ReadOptions,
    stdin: BinaryIO | None = None,
    session: Session | None = None,
) -> Iterator[tuple[OnDisk, str, Piece]]:
    """What `read` yields, JSON lines as columns: the file where its rows lie as they are, the input's name, a piece."""
    given = [os.fspath(path) for path in paths]
    check_paths(given)
    return _read_all(given, options, stdin or sys.stdin.buffer, session or Session())


def _read_all(
    paths: list[str], options: ReadOptions, stdin: BinaryIO, session: Session
) -> Iterator[tuple[OnDisk, str, Piece]]:
    for found in find(paths, options):
        if isinstance(found, Skipped):
            yield None, found.source, (None, found)
            continue
        yield from read_file(found, options, stdin, session)
    session.check_names(options.fields)


def read_file(
    found: Found, options: ReadOptions, stdin: BinaryIO, session: Session
) -> Iterator[tuple[OnDisk, str, Piece]]:
    """Yield the pieces of one file and of all that it holds; what goes wrong is told after what could be read."""
    name, empty = printable(found.name), True
    ending = os.path.splitext(name.lower())[1]
    if ending in REFUSED and options.format is Format.AUTO:
        yield None, name, (None, Skipped(name, None, f"{REFUSED[ending]} ({ending})"))
        return
    if found.outside:
        session.warn(name, None, "a link to a file outside the folder, which was read")
    try:
        with open_file(found, stdin) as opened:
            for stream in streams(name, opened, found.path != STDIN):
                empty = False
                if isinstance(stream, Skipped):
                    yield None, stream.source, (None, stream)
                    continue
                source = Input(stream.place, options, session)
                for on_disk, piece in _read_stream(stream, source):
                    yield found.path if on_disk else None, source.place, piece
    except OSError as e:
        require_descriptors(e, name)
        yield None, name, (None, Skipped(name, None, why(e)))
    else:
        if empty:
            yield None, name, (None, Skipped(name, None, "an archive with nothing in it"))


def _read_stream(stream: Stream, source: Input) -> Iterator[tuple[bool, Piece]]:
    """The pieces of one stream that is no container, and whether each is as it lies on disk; then what went wrong."""
    rows, reason = 0, "empty file"
    try:
        head = peek(stream.stream)
        kind = kind_of(stream.name, head, source.options.format) if head else None
        if kind in (Format.JSONL, Format.JSON):
            stream = _in_utf8(stream, head)
        for piece in _pieces(stream.stream, kind, source) if kind else ():
            rows += len(piece) + len(piece.skipped) if isinstance(piece, Rows) else 1
            yield stream.on_disk, piece
    except (NoArticle, Undecodable) as e:
        reason = str(e)
    except OSError as e:
        reason = f"{why(e)} after {rows} rows" if rows else why(e)
    else:
        if rows:
            return
    yield False, (None, Skipped(source.place, None, reason))


def encoding_of_rows(head: bytes) -> str | None:
    """Return the encoding of rows of JSON, by all that their first bytes tell; None where these do."""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    lines = head if marked else head[: head.rfind(b"\n") + 1] or head
    try:
        return decode(lines[: len(lines) // 4 * 4] if marked else lines).encoding
    except Undecodable:
        return None


def _in_utf8(stream: Stream, head: bytes) -> Stream:
    """Rows of JSON that are written in another encoding."""
    encoding = encoding_of_rows(head)
    if encoding in (None, "utf-8"):
        return stream
    decoder = getincrementaldecoder(WITH_MARK.get(encoding, encoding))("replace")
    return stream._replace(stream=buffered(partial(some_utf8, stream.stream, decoder)), on_disk=False)


def some_utf8(stream: BinaryIO, decoder: IncrementalDecoder, size: int) -> bytes:
    """Return some bytes in UTF-8, of which a character may take three times as many as before; none at the end."""
    while data := stream.read(max(1, size // 4)):
        if text := decoder.decode(data):
            return text.encode("utf-8", "replace")
    return decoder.decode(b"", True).encode("utf-8", "replace")


def _pieces(stream: BinaryIO, kind: Format | str, source: Input) -> Iterator[Piece]:
    if kind is Format.JSONL:
        yield from read_columns(stream, source.place, source.options, session=source.session)
    elif kind in FORMATS:
        module, function = FORMATS[Format(kind)]
        yield from getattr(import_module(f"dedup.read.formats.{module}"), function)(stream, source)
    else:
        raise NoArticle(str(kind))
