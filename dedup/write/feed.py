"""RSS and Atom without some of their entries."""

from __future__ import annotations

from collections.abc import Container
from typing import BinaryIO
from xml.parsers import expat

from dedup.errors import UsageError
from dedup.read.containers import seekable
from dedup.read.formats.feed import ENTRIES

CHUNK = 1 << 20  # bytes read at a time
MOST_INDENT = 256  # bytes of white space that go with an entry
WHITE = b" \t\r\n"


def write_feed(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy a feed byte for byte without the entries that go, and without the white space before them."""
    with seekable(source) as file:
        at = start = file.tell()
        going = [span for number, span in enumerate(entries(file), 1) if number in gone]
        for first, last_tag in sorted(going):
            if start + first < at:  # inside one that goes
                continue
            _copy(file, target, at, _without_indent(file, start + first))
            at = _end_of_tag(file, start + last_tag)
        _copy(file, target, at, None)


def _copy(file: BinaryIO, target: BinaryIO, first: int, end: int | None) -> None:
    file.seek(first)
    while data := file.read(CHUNK if end is None else min(CHUNK, end - file.tell())):
        target.write(data)


def _without_indent(file: BinaryIO, at: int) -> int:
    first = max(0, at - MOST_INDENT)
    file.seek(first)
    return first + len(file.read(at - first).rstrip(WHITE))


def _end_of_tag(file: BinaryIO, at: int) -> int:
    file.seek(at)
    if file.read(2) != b"</":  # of an empty element its end is told, of another one where its last tag begins
        return at
    while (data := file.read(CHUNK)) and b">" not in data:
        at += len(data)
    return at + 2 + data.find(b">") + 1


def entries(file: BinaryIO) -> list[tuple[int, int]]:
    """Return where each entry begins and where its last tag does, in bytes, in the order in which they end.

    Raises `UsageError` for XML that is not strict, or whose elements do not stand where they are read.
    """
    parser = expat.ParserCreate()
    found: list[tuple[int, int]] = []
    opened: list[int] = []

    def begin(name: str, _: dict[str, str]) -> None:
        if _is_entry(name):
            opened.append(parser.CurrentByteIndex)

    def end(name: str) -> None:
        if _is_entry(name):
            found.append((opened.pop(), parser.CurrentByteIndex))

    def entity(*_: object) -> None:
        raise ValueError("entities of its own")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = begin, end, entity
    try:
        _parse(parser, file)
    except (expat.ExpatError, LookupError, ValueError) as e:
        raise UsageError(f"a feed that is no strict XML ({e}) cannot be written without some of its entries") from None
    return found


def _parse(parser: expat.XMLParserType, file: BinaryIO) -> None:
    data = file.read(CHUNK)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("written in UTF-16")
    while data:
        parser.Parse(data, False)
        data = file.read(CHUNK)
    parser.Parse(b"", True)


def _is_entry(name: str) -> bool:
    return name.rpartition(":")[2] in ENTRIES
