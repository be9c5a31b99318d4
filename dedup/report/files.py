"""Rows as JSON, and files of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from dedup.results.rows import Row, storable
from dedup.whole_files import whole_file


def write_lines(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as JSON lines in UTF-8, one at a time, and return how many they were."""
    number = 0
    with whole_file(path) as stream:
        for row in rows:
            stream.write(to_json(row) + b"\n")
            number += 1
    return number


def to_json(row: Row) -> bytes:
    """Return a row as one line; half characters, which UTF-8 cannot hold, become replacement marks."""
    try:
        return orjson.dumps(row)
    except TypeError:
        return orjson.dumps(storable(row))
