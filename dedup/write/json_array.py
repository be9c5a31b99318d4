"""JSON that is no JSON lines without some of its objects: an array, or the list that an object holds."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from json import JSONDecoder
from shutil import copyfileobj
from typing import Any, BinaryIO

from dedup.errors import UsageError
from dedup.read.containers import peek
from dedup.read.formats.json_values import ARRAY, CHUNK, longest_list, objects
from dedup.read.reader import encoding_of_rows
from dedup.write.streams import recoded, take_mark

ANY_SIZE = 1 << 62
_SPACE = re.compile(r"[ \t\r\n]*")
Parts = Iterable[tuple[bytes, bytes]]


class NothingLeft(Exception):
    """All of a file goes."""


def write_json(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy the objects of an array that stay, byte for byte. Raises `NothingLeft` for one article that goes."""
    encoding = encoding_of_rows(peek(source)) or "utf-8"
    take_mark(source, target)
    if encoding == "utf-8":
        _copy_array(source, target, gone)
    else:
        recoded(_copy_array, source, target, gone, encoding)


def _copy_array(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    head = source.read(CHUNK)
    array = ARRAY.match(head)
    if array is None:
        _copy_document(head + source.read(), target, gone)
        return
    target.write(array[0])
    _copy_objects(objects(source, head[array.end() :], ANY_SIZE), target, gone)
    copyfileobj(source, target)


def _copy_objects(parts: Parts, target: BinaryIO, gone: Container[int]) -> None:
    """Copy objects with what stands before each; of one that goes also the comma, and all other things stay."""
    written = False
    for number, (before, found) in enumerate(parts, 1):
        stays = number not in gone or not found
        between = before if stays else before[: before.rfind(b",")] if before.strip(b" \t\r\n,") else b""
        if found and not written and number > 1:
            between = between.lstrip(b" \t\r\n,")
        target.write(between + (found if stays else b""))
        written |= stays or bool(between)


def _copy_document(data: bytes, target: BinaryIO, gone: Container[int]) -> None:
    """Copy an object with the rows of its longest list that stay."""
    name, rows = longest_list(data)
    if name is None:  # the object is the article
        raise NothingLeft
    text = data.decode("utf-8")
    start, spans = _elements(text, name)
    if [value for value, *_ in spans] != rows:
        raise UsageError("JSON with two lists of one name cannot be written without some of its objects")
    at, parts = start, []
    for _, first, end in spans:
        parts.append((text[at:first].encode(), text[first:end].encode()))
        at = end
    target.write(text[:start].encode())
    _copy_objects([*parts, (text[at:].encode(), b"")], target, gone)


def _elements(text: str, name: str) -> tuple[int, list[tuple[Any, int, int]]]:
    """Return where the values of the list under a name begin, and each with its place."""
    parse = JSONDecoder().raw_decode
    at = _after_space(text, text.index("{") + 1)
    while True:
        key, at = parse(text, at)
        at = _after_space(text, _after_space(text, at) + 1)  # the colon
        if key == name and text[at] == "[":
            break
        at = _after_space(text, _after_space(text, parse(text, at)[1]) + 1)  # the comma
    at = start = _after_space(text, at + 1)
    spans: list[tuple[Any, int, int]] = []
    while text[at] != "]":
        value, end = parse(text, at)
        spans.append((value, at, end))
        at = _after_space(text, end)
        at = _after_space(text, at + 1) if text[at] == "," else at
    return start, spans


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
