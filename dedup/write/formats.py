"""One file of many articles without some of them, by format: `WRITERS` has the function for each.

A function takes the bytes of a file, decompressed, where the new ones go, and the numbers of the articles that go, as
the reader numbers them. Everything else stays as it is: order, columns, white space, what could not be read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Container, Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from dedup.read import Format
from dedup.read.containers import peek
from dedup.read.formats.table import Told, told
from dedup.read.reader import encoding_of_rows
from dedup.write.columns import write_arrow, write_parquet
from dedup.write.feed import write_feed
from dedup.write.json_array import write_json
from dedup.write.streams import by_bytes, recoded, take_mark
from dedup.write.warc import write_warc

Write = Callable[[BinaryIO, BinaryIO, Container[int]], None]
CHUNK = 1 << 20  # bytes read at a time
LONGEST_CELL = (1 << 31) - 1  # characters; what is too long was refused by the reader
LINE_FEED = b"\n"


def write_lines(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy the lines that stay, byte for byte; a line of any length is copied in pieces."""
    encoding = encoding_of_rows(peek(source)) or "utf-8"
    take_mark(source, target)
    if by_bytes(encoding):
        _copy_lines(source, target, gone)
    else:
        recoded(_copy_lines, source, target, gone, encoding)


def _copy_lines(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    number, begins = 0, True
    while piece := source.readline(CHUNK):
        number += begins
        begins = piece.endswith(LINE_FEED)
        if number not in gone:
            target.write(piece)


def write_table(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy the records of a table that stay, byte for byte, parted and numbered as the reader does."""
    table = told(peek(source))
    take_mark(source, target)
    if by_bytes(table.encoding):
        _copy_records(source, target, gone, table)
    else:
        inner = table._replace(encoding="utf-8")
        recoded(partial(_copy_records, table=inner), source, target, gone, table.encoding)


def _copy_records(source: BinaryIO, target: BinaryIO, gone: Container[int], table: Told) -> None:
    taken: list[bytes] = []

    def lines() -> Iterator[str]:
        """The lines as the reader sees them, ended in any way; their bytes wait until the record is complete."""
        text = io.TextIOWrapper(cast(Any, source), "latin-1", newline="")
        for line in text:
            taken.append(line.encode("latin-1"))
            yield taken[-1].decode(table.encoding, "replace")
        text.detach()

    csv.field_size_limit(LONGEST_CELL)
    rows, number = csv.reader(lines(), delimiter=table.delimiter), 0
    while True:
        number += 1
        try:
            ended = next(rows, None) is None
        except csv.Error:
            ended = False
        if number not in gone:
            target.write(b"".join(taken))
        taken.clear()
        if ended:
            return


WRITERS: dict[Format, Write] = {
    Format.JSONL: write_lines,
    Format.JSON: write_json,
    Format.CSV: write_table,
    Format.PARQUET: write_parquet,
    Format.ARROW: write_arrow,
    Format.FEED: write_feed,
    Format.WARC: write_warc,
}
