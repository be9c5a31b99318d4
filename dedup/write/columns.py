"""Parquet, Arrow and Feather without some of their rows, by pyarrow."""

from __future__ import annotations

from collections.abc import Container
from importlib import import_module
from typing import Any, BinaryIO

from dedup.errors import MissingPackage
from dedup.read.containers import seekable

BATCH_ROWS = 10_000


def write_parquet(source: BinaryIO, target: BinaryIO, gone: Container[int]) -> None:
    """Write the rows of a Parquet file that stay, with its schema, its metadata and its compression."""
    parquet = _library("pyarrow.parquet")
    with seekable(source) as file:
        opened = parquet.ParquetFile(file)
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
    """Write the rows of an Arrow file, a stream or a Feather file that stay, as what they were in."""
    with seekable(source) as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"FEA1"):
            feather = _library("pyarrow.feather")
            table = feather.read_table(file).combine_chunks()
            feather.write_feather(_filtered(table, 1, gone), target, version=1)
        else:
            _write_ipc(file, target, gone, magic == b"ARROW1")


def _write_ipc(file: BinaryIO, target: BinaryIO, gone: Container[int], is_file: bool) -> None:
    ipc = _library("pyarrow.ipc")
    opened = ipc.open_file(file) if is_file else ipc.open_stream(file)
    batches = (opened.get_batch(n) for n in range(opened.num_record_batches)) if is_file else opened
    options = ipc.IpcWriteOptions(compression=_packed_by(file, is_file))
    with (ipc.new_file if is_file else ipc.new_stream)(target, opened.schema, options=options) as writer:
        first = 1
        for batch in batches:
            writer.write_batch(_filtered(batch, first, gone))
            first += batch.num_rows


def _packed_by(file: BinaryIO, is_file: bool) -> str | None:
    """Return how the columns of a file are compressed: as its first ones are, which begin with a frame's own bytes."""
    at = file.tell()
    file.seek(0)
    head = file.read(1 << 20)
    file.seek(at)
    if not is_file:
        return None
    return "lz4" if b"\x04\x22\x4d\x18" in head else "zstd" if b"\x28\xb5\x2f\xfd" in head else None


def _filtered(batch: Any, first: int, gone: Container[int]) -> Any:
    arrow = _library("pyarrow")
    return batch.filter(arrow.array([first + row not in gone for row in range(batch.num_rows)], arrow.bool_()))


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackage("Parquet and Arrow are written with pyarrow: pip install pyarrow") from None
