"""JSON that is no JSON lines: an array of objects, however large, an object that holds one, or one article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from dedup.read.fields import Row
from dedup.read.inputs import Input, NoArticle, Placed, articles_of
from dedup.records import Skipped

CHUNK = 1 << 20  # bytes read at a time
BOM = b"\xef\xbb\xbf"
# A list of objects at the beginning, or as the first thing in an object.
ARRAY = re.compile(rb"""\s*(?:\{\s*"[^"\\]*"\s*:\s*)?\[\s*(?=[{\]])""")
_MARKS = re.compile(rb'[{}\[\]"]')
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of the objects in an array, or of the lists that an object holds."""
    head = stream.read(CHUNK).removeprefix(BOM)
    if not head:
        return
    refused: list[Placed] = []
    array = ARRAY.match(head)
    rows = _elements(stream, head[array.end() :], source, refused) if array else iter(_lists(stream, head, source))
    for item in articles_of(rows, source):
        yield from refused
        refused.clear()
        yield item
    yield from refused


def _elements(stream: BinaryIO, buffer: bytes, source: Input, refused: list[Placed]) -> Iterator[tuple[int, Row]]:
    """The objects of an array, each parsed as soon as it is complete."""
    number = 0
    for number, (before, found) in enumerate(objects(stream, buffer, source.options.max_bytes), 1):
        if not found:
            if b"]" not in before.partition(b"{")[0]:
                refused.append((number, Skipped(source.place, number, "bad JSON: the array does not end")))
            return
        try:
            yield number, orjson.loads(found)
        except orjson.JSONDecodeError as e:
            refused.append((number, Skipped(source.place, number, f"bad JSON: {e.msg}")))


def objects(stream: BinaryIO, buffer: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield each object of an array and what stands before it; at the end what was read besides, and no object.

    `buffer`: what was read already, behind the bracket; `most`: bytes of an object, above which `NoArticle` is raised.
    """
    number, at = 0, 0
    while True:
        start = buffer.find(b"{", at)
        if b"]" in buffer[at : start if start >= 0 else len(buffer)]:
            break
        end = _object_end(buffer, start) if start >= 0 else None
        if end is None:
            if len(buffer) - at > most:
                raise NoArticle(f"an object of more than {most} bytes after {number} of them")
            data = stream.read(CHUNK)
            if not data:
                break
            buffer, at = buffer[at:] + data, 0
            continue
        number += 1
        yield buffer[at:start], buffer[start:end]
        at = end
    yield buffer[at:], b""


def _object_end(buffer: bytes, at: int) -> int | None:
    """Where the object that begins at `at` ends; None where the buffer ends before."""
    depth = 0
    while found := _MARKS.search(buffer, at):
        mark = found[0]
        if mark == b'"':
            string = _STRING.match(buffer, found.start())
            if string is None:
                return None
            at = string.end()
            continue
        depth += 1 if mark in b"{[" else -1
        at = found.end()
        if depth == 0:
            return at
    return None


def _lists(stream: BinaryIO, head: bytes, source: Input) -> list[tuple[int, Row]]:
    """The objects of the longest list in a document that is not one, or the document itself."""
    data = head + stream.read(max(0, source.options.max_bytes + 1 - len(head)))
    if len(data) > source.options.max_bytes:
        raise NoArticle(f"larger than {source.options.max_bytes} bytes, and no array")
    _, rows = longest_list(data)
    return [(number, row) for number, row in enumerate(rows, 1) if isinstance(row, dict)]


def longest_list(data: bytes) -> tuple[str | None, list[Any]]:
    """Return the longest list in a document and its name, or the document itself without one. Raises `NoArticle`."""
    try:
        document: Any = orjson.loads(data)
    except orjson.JSONDecodeError as e:
        raise NoArticle(f"bad JSON: {e.msg} at character {e.pos}") from None
    if not isinstance(document, dict):
        raise NoArticle("JSON without objects")
    lists = [
        name for name, value in document.items() if isinstance(value, list) and any(isinstance(v, dict) for v in value)
    ]
    if not lists or isinstance(document.get("text"), str):
        return None, [document]
    longest = max(lists, key=lambda name: len(document[name]))
    return longest, document[longest]
