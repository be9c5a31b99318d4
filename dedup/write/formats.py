"""One file without some of its rows, by format: `WRITERS` has the function for each ending.

A function takes the bytes of a file, decompressed, where the new ones go, and the numbers of the rows that go, as the
reader numbers them (lines from 1 in JSON lines, records from 1 with the header in tables, rows from 1 in Parquet and
Arrow). Everything else stays as it is: order, columns, white space, rows that could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from importlib import import_module
from shutil import copyfileobj
from typing import Any, BinaryIO

from dedup.errors import MissingPackage

Write = Callable[[BinaryIO, BinaryIO, Container[int]], None]
CHUNK = 1 << 20  # bytes read at a time
BATCH_ROWS = 10_000
QUOTE, LINE_FEED = b'"', b"\n"


def write_lines(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy the lines that stay, byte for byte; a line of any length is copied in pieces."""
    number, begins = 0, True
    while piece := source.readline(CHUNK):
        number += begins
        begins = piece.endswith(LINE_FEED)
        if number not in gone:
            target.write(piece)


def write_table(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Copy the records of a table that stay, byte for byte; a record ends at a line feed outside quotes."""
    number, record = 0, []
    quoted = False
    for line in iter(source.readline, b""):
        record.append(line)
        quoted ^= line.count(QUOTE) % 2 == 1
        if quoted:
            continue
        if any(part.strip() for part in record):
            number += 1
        if number not in gone or not any(part.strip() for part in record):
            target.writelines(record)
        record = []
    target.writelines(record)


def write_parquet(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Write the rows of a Parquet file that stay, with its schema, its metadata and its compression."""
    parquet = _library("pyarrow.parquet")
    opened = parquet.ParquetFile(source)
    compression = _compression(opened.metadata)
    with parquet.ParquetWriter(target, opened.schema_arrow, compression=compression) as writer:
        first = 1
        for batch in opened.iter_batches(batch_size=BATCH_ROWS):
            writer.write_batch(_filtered(batch, first, gone))
            first += batch.num_rows


def _compression(metadata: Any) -> str:
    """Return the compression of the first column of a Parquet file."""
    if not metadata.num_row_groups or not metadata.num_columns:
        return "snappy"
    name = str(metadata.row_group(0).column(0).compression).lower()
    return "none" if name == "uncompressed" else name


def write_arrow(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Write the rows of an Arrow file or stream that stay, as a file or a stream."""
    ipc = _library("pyarrow.ipc")
    is_file = source.read(6) == b"ARROW1"
    source.seek(0)
    opened = ipc.open_file(source) if is_file else ipc.open_stream(source)
    batches = (opened.get_batch(n) for n in range(opened.num_record_batches)) if is_file else opened
    with (ipc.new_file if is_file else ipc.new_stream)(target, opened.schema) as writer:
        first = 1
        for batch in batches:
            writer.write_batch(_filtered(batch, first, gone))
            first += batch.num_rows


def _filtered(batch: Any, first: int, gone: Container[int]) -> Any:
    arrow = _library("pyarrow")
    return batch.filter(arrow.array([first + row not in gone for row in range(batch.num_rows)], arrow.bool_()))


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackage("Parquet and Arrow are written with pyarrow: pip install pyarrow") from None


def copy_whole(source: BinaryIO, target: BinaryIO, _gone: Container[int]) -> None:
    """Copy a file that is one article, byte for byte."""
    copyfileobj(source, target)


WRITERS: dict[str, Write] = {
    **dict.fromkeys((".jsonl", ".ndjson"), write_lines),
    **dict.fromkeys((".txt", ".md", ".markdown", ".html", ".htm", ".xhtml"), copy_whole),
    **dict.fromkeys((".csv", ".tsv"), write_table),
    **dict.fromkeys((".parquet", ".pq"), write_parquet),
    **dict.fromkeys((".arrow", ".feather"), write_arrow),
}
