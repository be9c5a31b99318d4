"""Parquet, Arrow and Feather, by pyarrow: rows of typed columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from dedup.read.containers import seekable
from dedup.read.fields import Row
from dedup.read.inputs import Input, NoArticle, Placed, articles_of

BATCH_ROWS = 1000  # unpacked at a time


def read_parquet(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of a Parquet file."""
    parquet = _library("pyarrow.parquet")
    with seekable(stream) as file:
        yield from _articles(lambda: parquet.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS), source)


def read_arrow(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of an Arrow file, an Arrow stream or a Feather file."""
    with seekable(stream) as file:
        yield from _articles(lambda: _batches(file), source)


def _batches(file: BinaryIO) -> Iterator[Any]:
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"FEA1"):
        yield from _library("pyarrow.feather").read_table(file).to_batches(BATCH_ROWS)
        return
    ipc = _library("pyarrow.ipc")
    if magic != b"ARROW1":
        yield from ipc.open_stream(file)
        return
    opened = ipc.open_file(file)
    yield from (opened.get_batch(number) for number in range(opened.num_record_batches))


def _articles(batches: Any, source: Input) -> Iterator[Placed]:
    lib = _library("pyarrow")
    try:
        yield from articles_of(enumerate(_rows(batches()), 1), source)
    except MemoryError:  # asked for by the file itself, in a length of eight bytes
        raise NoArticle("damaged columns (said to be larger than the memory)") from None
    except (lib.ArrowException, _Damaged) as e:
        raise NoArticle(f"damaged columns ({(str(e).splitlines() or [type(e).__name__])[0].lower()})") from None


class _Damaged(Exception):
    """Columns hold what their type does not allow; the message is the reason."""


def _rows(batches: Iterator[Any]) -> Iterator[Row]:
    for batch in batches:
        batch.validate(full=True)  # places and texts: pyarrow takes them as they come, even outside of its buffers
        for first in range(0, batch.num_rows, BATCH_ROWS):
            yield from _objects(batch.slice(first, BATCH_ROWS))


def _objects(batch: Any) -> list[Row]:
    try:
        rows: list[Row] = batch.to_pylist()
    except (ValueError, OverflowError, KeyError, TypeError) as e:  # a year 300,000, a zone nobody knows
        raise _Damaged(str(e) or type(e).__name__) from None
    return rows


def _library(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise NoArticle("Parquet and Arrow are read with pyarrow: pip install 'dedup-news[parquet]'") from None
