"""JSON lines: one line to one article. These rules are the definition; a faster scanner must give the same.

1. A line ends at a line feed or at the end of the file; white space around it is dropped and an empty line is no row.
   A UTF-8 byte order mark before the first line is dropped.
2. A line longer than `max_bytes` (without its line feed) is skipped without being read into memory.
3. orjson decides what is JSON (RFC 8259); NaN and Infinity are taken too, and of a repeated key the last value counts.
   A few bytes that are no UTF-8 become one replacement mark each, with a warning.
4. The row is an object. Its text is a string that holds more than white space, of at most `max_characters`.
5. The id is a string or a whole number (written as a string; 7.0 is 7); missing, null or "" gives `place:line`.
6. Title, address and source are strings; missing, null or "" gives None.
7. The date is a string or a number (`dates.when`).
8. Anything else in one of the fields of 5 to 7 leaves that field out, with a warning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from dedup.read.encodings import few_bad_bytes
from dedup.read.fields import BadRow, Row, Rules, type_of
from dedup.records import Article, Skipped

BOM = b"\xef\xbb\xbf"
WHITE = b" \t\r\n"
CHUNK = 1 << 20  # bytes thrown away at a time from a line that is too long


def parse_row(line: bytes, number: int, rules: Rules) -> Article | Skipped:
    """Return the article of one line that is not empty; `number` counts the lines of the input from 1."""
    try:
        return rules.article(_loads(line, number, rules), number)
    except BadRow as reason:
        return Skipped(rules.place, number, str(reason))


def read_rows(stream: BinaryIO, rules: Rules, max_bytes: int) -> Iterator[tuple[int, Article | Skipped]]:
    """Every row of a stream with its line number, in order; memory stays at `max_bytes` for the longest line."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes and not line.endswith(b"\n"):
            _finish_line(stream)
            yield number, Skipped(rules.place, number, f"line longer than {max_bytes} bytes")
            continue
        line = line.removeprefix(BOM) if number == 1 else line
        if line := line.strip(WHITE):
            yield number, parse_row(line, number, rules)


def _finish_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(CHUNK)) and not rest.endswith(b"\n"):
        pass


def sample_rows(data: bytes, most: int) -> list[Row]:
    """Return the rows among the first whole lines of an input that are plain JSON objects."""
    rows: list[Row] = []
    for line in data.removeprefix(BOM).split(b"\n")[: most + 1]:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _loads(line: bytes, number: int, rules: Rules) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as e:
        row = _loads_leniently(line, e, number, rules)
    if not isinstance(row, dict):
        raise BadRow(f"not a JSON object but {type_of(row)}")
    return row


def _loads_leniently(line: bytes, error: orjson.JSONDecodeError, number: int, rules: Rules) -> Any:
    """The JSON of a line with NaN, as pandas and Python write it, or with a few bytes that are no UTF-8."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as e:
        if not few_bad_bytes(line):
            raise BadRow(f"bad JSON: invalid UTF-8 at byte {e.start}") from None
        text = line.decode("utf-8", "replace")
        rules.warn(number, "bytes that are no UTF-8, replaced")
    try:
        if "NaN" not in text and "Infinity" not in text:
            return orjson.loads(text)
        row = json.loads(text)
        json.dumps(row, ensure_ascii=False).encode()  # fails for lone surrogates, which are no text
        return row
    except (orjson.JSONDecodeError, ValueError, RecursionError):
        raise BadRow(f"bad JSON: {error.msg} at character {error.pos}") from None
