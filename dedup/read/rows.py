"""JSON lines: one line to one article. These rules are the definition; a faster scanner must give the same.

1. A line ends at a line feed or at the end of the file; white space around it is dropped and an empty line is no row.
   A UTF-8 byte order mark before the first line is dropped.
2. A line longer than `max_bytes` (without its line feed) is skipped without being read into memory.
3. orjson decides what is JSON (RFC 8259, UTF-8; no NaN, no lone surrogates); of a repeated key the last value counts.
4. The row is an object. `text` is a string that holds more than white space, of at most `max_characters`.
5. `id` is a string or a whole number (written as a string); missing, null or "" gives `place:line`.
6. `title`, `url` and `source` are strings; missing, null or "" gives None.
7. `published` is a string or a number (`dates.parse_date`); a date that cannot be read gives None.
8. Any other type in one of these fields skips the row and names the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

import orjson

from dedup.read.dates import parse_date
from dedup.read.options import ReadOptions
from dedup.records import Article, Skipped

BOM = b"\xef\xbb\xbf"
WHITE = b" \t\r\n"
CHUNK = 1 << 20  # bytes thrown away at a time from a line that is too long

_TYPES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


class BadRow(Exception):
    """The row cannot be used; the message is the reason."""


def parse_row(line: bytes, place: str, number: int, options: ReadOptions) -> Article | Skipped:
    """The article of one line that is not empty. `place` names the input, `number` counts its lines from 1."""
    try:
        return _article(_loads(line), f"{place}:{number}", options)
    except BadRow as reason:
        return Skipped(place, number, str(reason))


def read_rows(stream: BinaryIO, place: str, options: ReadOptions) -> Iterator[tuple[int, Article | Skipped]]:
    """Every row of a stream with its line number, in order; memory stays at `max_bytes` for the longest line."""
    number = 0
    while line := stream.readline(options.max_bytes + 1):
        number += 1
        if len(line) > options.max_bytes and not line.endswith(b"\n"):
            _finish_line(stream)
            yield number, Skipped(place, number, f"line longer than {options.max_bytes} bytes")
            continue
        line = line.removeprefix(BOM) if number == 1 else line
        if line := line.strip(WHITE):
            yield number, parse_row(line, place, number, options)


def _finish_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(CHUNK)) and not rest.endswith(b"\n"):
        pass


def _loads(line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as e:
        raise BadRow(_why_not_json(line, e)) from None
    if not isinstance(row, dict):
        raise BadRow(f"not a JSON object but {_type(row)}")
    return row


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as e:
        return f"bad JSON: invalid UTF-8 at byte {e.start}"
    return f"bad JSON: {error.msg} at character {error.pos}"


def _article(row: dict[str, Any], place: str, options: ReadOptions) -> Article:
    names = options.fields
    return Article(
        id=_id(row, names.id) or place,
        text=_text(row, names.text, options.max_characters),
        title=_string(row, names.title),
        url=_string(row, names.url),
        source=_string(row, names.source),
        published=_published(row, names.published),
    )


def _text(row: dict[str, Any], name: str, limit: int) -> str:
    value = row.get(name)
    if value is None:
        raise BadRow(f"no field {name!r}" if name not in row else f"field {name!r} is null")
    if not isinstance(value, str):
        raise BadRow(f"field {name!r} is {_type(value)}, not a string")
    if not value or value.isspace():
        raise BadRow(f"field {name!r} is empty")
    if len(value) > limit:
        raise BadRow(f"text of {len(value)} characters, more than {limit}")
    return value


def _id(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name) if name else None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadRow(f"field {name!r} is {_type(value)}, not a string or a whole number")


def _string(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name) if name else None
    if value is None or isinstance(value, str):
        return value or None
    raise BadRow(f"field {name!r} is {_type(value)}, not a string")


def _published(row: dict[str, Any], name: str) -> datetime | None:
    value = row.get(name) if name else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRow(f"field {name!r} is {_type(value)}, not a date")
    return parse_date(value)


def _type(value: object) -> str:
    return "null" if value is None else _TYPES.get(type(value), type(value).__name__)
