"""Columns of Arrow as the arrays and records that the stages take, and back. Knows neither a stage nor an engine.

Public: `texts`, `matrix`, `from_matrix`, `ragged`, `loose`, `bucket_of`, `sorting`, `bundled`, `pieces`,
`articles`, `article_columns`, `columns_of`, `one_batch`, `batch`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedup.compiled.arrays import I64, U8, U64
from dedup.read.dates import DateOrder, written
from dedup.read.fields import AS_RECORDED, Rules
from dedup.read.session import Session
from dedup.records import Article

NO_LIMIT = 1 << 62
MOST_BUNDLED = 1 << 22  # bytes of a binary, of which engines hold several copies at once
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 by the golden ratio: multiplied with it, near keys lie far apart
FIELDS = ("id", "text", "title", "url", "source", "published")


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; an empty one has no chunks."""
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def texts(column: pa.Array | pa.ChunkedArray) -> tuple[U8, U64]:
    """Return the UTF-8 of strings or the bytes of binaries (n,), and where each begins, (n + 1,); nulls are empty."""
    array = _whole(column)
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    kind = np.dtype(np.int64 if large else np.int32)
    _, bounds, data = array.buffers()
    if not len(array):
        return np.zeros(0, np.uint8), np.zeros(1, np.uint64)
    offsets = np.frombuffer(bounds, kind, len(array) + 1, array.offset * kind.itemsize)
    blob = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return blob, offsets.astype(np.uint64)


def matrix(column: pa.Array | pa.ChunkedArray, kind: Any) -> NDArray[Any]:
    """Return binaries of one length as the rows of a matrix; (0, 0) where there are none."""
    blob, offsets = texts(column)
    rows = len(offsets) - 1
    if not rows:
        return np.empty((0, 0), kind)
    found: NDArray[Any] = blob[int(offsets[0]) : int(offsets[-1])].view(kind).reshape(rows, -1)
    return found


def from_matrix(rows: NDArray[Any]) -> pa.Array:
    """Return the rows of a matrix as binaries; the inverse of `matrix`."""
    return ragged(rows, np.arange(len(rows) + 1))


def ragged(values: NDArray[Any], bounds: NDArray[Any]) -> pa.Array:
    """Return `values[bounds[i]:bounds[i + 1]]` for each i as binaries; `values` may be a matrix."""
    data = np.ascontiguousarray(values)
    offsets = (np.asarray(bounds) * (data.itemsize * math.prod(data.shape[1:]))).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data.reshape(-1).view(np.uint8))]
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, buffers)


def loose(column: pa.Array | pa.ChunkedArray, kind: Any = np.int64) -> NDArray[Any]:
    """Return the values of all binaries, one after the other; the inverse of `ragged`."""
    blob, offsets = texts(column)
    found: NDArray[Any] = blob[int(offsets[0]) : int(offsets[-1])].view(kind)
    return found


def bucket_of(keys: I64, buckets: int) -> I64:
    """Return to which of some buckets keys (n,) belong: some thousand keys' rows travel and are worked on together."""
    mixed = (keys.view(np.uint64) * GOLDEN) >> np.uint64(33)
    return (mixed % np.uint64(buckets)).astype(np.int64)


def sorting(buckets: NDArray[np.integer]) -> I64:
    """Return the stable order of small numbers (n,): numpy sorts those of 16 bits by their digits."""
    few = not len(buckets) or int(buckets.max()) >> 16 == 0
    return np.argsort(buckets.astype(np.uint16) if few else buckets, kind="stable")


def bundled(buckets: NDArray[np.integer], **columns: NDArray[Any]) -> dict[str, Any]:
    """Return rows (n,) by bucket, in each column one binary with the values of a bucket: so engines move few rows.

    A bucket with more than `MOST_BUNDLED` bytes in a column has several.
    """
    order = sorting(buckets)
    widest = max(values.itemsize * math.prod(values.shape[1:]) for values in columns.values())
    names, bounds = pieces(buckets[order], MOST_BUNDLED // widest)
    return {"bucket": names} | {name: ragged(values[order], bounds) for name, values in columns.items()}


def pieces(buckets: NDArray[np.integer], most: int) -> tuple[NDArray[np.integer], I64]:
    """Return the buckets and the bounds of pieces of sorted rows (n,): of one bucket each, and of `most` rows."""
    starts = np.flatnonzero(np.diff(buckets, prepend=-1))
    place = np.arange(len(buckets)) - np.repeat(starts, np.diff(np.append(starts, len(buckets))))
    firsts = np.flatnonzero(place % max(1, most) == 0)
    return buckets[firsts], np.append(firsts, len(buckets))


def signed(keys: U64) -> I64:
    """Return unsigned numbers as signed ones of the same order: Arrow's tables of Spark have no others."""
    mixed: I64 = (keys ^ np.uint64(1 << 63)).view(np.int64)
    return mixed


def articles(rows: pa.RecordBatch | pa.Table, dates: DateOrder) -> list[Article]:
    """Return records of rows of `article_columns`; dates without a clear order by what all dates tell.

    Columns that are not there are empty, but for the ids.
    """
    rules = Rules("", AS_RECORDED, NO_LIMIT, Session(dates))
    columns = dict.fromkeys(FIELDS, [""] * len(rows))
    columns |= {name: rows.column(name).to_pylist() for name in FIELDS if name == "id" or name in rows.schema.names}
    found = []
    for id_, text, title, url, source, date in zip(*columns.values(), strict=True):
        told = rules.when(date, 0, source, url) if date else None
        moment, day_only = told or (None, False)
        found.append(Article(id_, text, title or None, url or None, source or None, moment, day_only))
    return found


def article_columns(records: Iterable[Article]) -> dict[str, list[Any]]:
    """Return records as columns; a date as the text that `articles` reads as it is."""
    rows = [
        (a.id, a.text, a.title, a.url, a.source, written(a.published, a.day_only) or None) for a in records
    ]  # fmt: skip
    return columns_of(FIELDS, rows)


def columns_of(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return rows of values as columns with names."""
    return dict(zip(names, map(list, zip(*rows, strict=True)) if rows else [[] for _ in names], strict=True))


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Return a table as one batch."""
    found = table.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_pylist([], table.schema)


def batch(schema: pa.Schema, **columns: Any) -> pa.RecordBatch:
    """Return a batch of the given columns; those that are not given are null."""
    given = {name: value for name, value in columns.items() if value is not None}
    rows = max(map(len, given.values()), default=0)
    made = [
        pa.array(given[field.name], field.type, from_pandas=False)
        if field.name in given
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(made, schema=schema)
