"""Immutable hash tables of quantised counts: three to six bytes an entry, looked up from compiled code.

A table holds entries for 64-bit keys. The high bits of a key choose one of about `entries / 8` buckets, its low 16 bits
are the fingerprint that is compared inside the bucket, and the count is one byte, exact up to 20 and within 4 % above.
A key that was never stored is taken for a stored one about once in 8,000 look-ups, and no key can be read back.

Public: `Table`, `Layer`, `FIRST_COUNT`, `build_table`, `stack_tables`, `is_sound`, `encode_counts`, `COUNTS`, and for
compiled callers `find`, `count`, `bucket_of`, `fingerprint_of`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U8, U16, U32, U64
from dedup.compiled.decorators import borrowing, borrowing_kernel, inlined

BUCKET = 8  # mean entries a bucket: one cache line of fingerprints and counts
EXACT = 20  # counts up to here are stored as they are
LARGEST = 4e8  # the count of class 255; nothing larger is told apart

# Classes above EXACT grow by one factor, 1.074, so that a stored count is within 3.7 % of the true one.
_GROWTH = (LARGEST / EXACT) ** (1 / (255 - EXACT))
COUNTS: F32 = np.where(
    np.arange(256) <= EXACT, np.arange(256), EXACT * _GROWTH ** (np.arange(256) - EXACT).astype(np.float64)
).astype(np.float32)
_EDGES = np.sqrt(COUNTS[1:-1].astype(np.float64) * COUNTS[2:])  # geometric middles between classes 1, 2, …, 255

_S31, _S33 = np.uint64(31), np.uint64(33)
_LOW16 = np.uint64(0xFFFF)
FIRST_COUNT = 0  # the column of the count in every table


class Layer(IntEnum):
    """Columns of `Table.layers`; files hold them, so that their values are kept."""

    ROW = 0  # first row of `offsets`
    BUCKETS = 1
    BASE = 2  # first entry


class Table(NamedTuple):
    """One hash table, or several stacked into one set of arrays.

    Shapes: `n` entries, `b` buckets, `l` layers. `columns` holds the bytes of an entry side by side.
    """

    fingerprints: U16  # (n,)
    columns: U8  # (n, c)
    offsets: U32  # (b + l,)
    layers: I64  # (l, 3) columns of `Layer`


def encode_counts(counts: NDArray[np.generic]) -> U8:
    """Return the class of each count; a count of zero is class 0, every other one at least 1."""
    values = np.asarray(counts, np.float64)
    return np.where(values < 0.5, 0, 1 + np.searchsorted(_EDGES, values, "left")).astype(np.uint8)


@inlined
def bucket_of(key: np.uint64, buckets: np.uint64) -> np.uint64:
    """Return the bucket of a key, from its high bits."""
    return np.uint64(((key >> _S33) * buckets) >> _S31)


@inlined
def fingerprint_of(key: np.uint64) -> np.uint64:
    """Return the 16 bits of a key that are stored."""
    return np.uint64(key & _LOW16)


@borrowing_kernel
def find(table: Table, layer: np.int64, key: np.uint64) -> np.int64:
    """Return the index of the entry of a key in one layer, or -1."""
    row, base = table.layers[layer, Layer.ROW], table.layers[layer, Layer.BASE]
    bucket = np.int64(bucket_of(key, np.uint64(table.layers[layer, Layer.BUCKETS])))
    wanted = np.uint16(fingerprint_of(key))
    for at in range(base + np.int64(table.offsets[row + bucket]), base + np.int64(table.offsets[row + bucket + 1])):
        if table.fingerprints[at] == wanted:
            return np.int64(at)
    return np.int64(-1)


@borrowing
def count(table: Table, key: np.uint64, values: F32) -> float:
    """Return the sum of the counts of a key over the layers; 0 where it is unknown."""
    total = 0.0
    for layer in range(len(table.layers)):
        at = find(table, np.int64(layer), key)
        if at >= 0:
            total += values[table.columns[at, FIRST_COUNT]]
    return total


def _bucket_of(keys: U64, buckets: int) -> I64:
    return (((keys >> _S33) * np.uint64(buckets)) >> _S31).astype(np.int64)


def build_table(keys: U64, columns: U8) -> Table:
    """Return the table of distinct keys (n,) with `columns` (n, c).

    Where two keys look alike the one with the larger count is found first.
    """
    buckets = max(1, (len(keys) + BUCKET - 1) // BUCKET)
    home = _bucket_of(keys, buckets)
    order = np.lexsort((keys, 255 - columns[:, FIRST_COUNT], home))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(home, minlength=buckets))]).astype(np.uint32)
    fingerprints = (keys & _LOW16).astype(np.uint16)[order]
    return Table(fingerprints, np.ascontiguousarray(columns[order]), offsets, _layer(0, buckets, 0))


def _layer(row: int, buckets: int, base: int) -> I64:
    values = {Layer.ROW: row, Layer.BUCKETS: buckets, Layer.BASE: base}
    return np.array([[values[column] for column in Layer]], np.int64)


def is_sound(table: Table, layers: int, columns: int) -> bool:
    """Return whether the arrays of a file fit together: compiled look-ups rely on it and check no bounds."""
    if [array.dtype.str for array in table] != ["<u2", "|u1", "<u4", "<i8"]:
        return False
    entries = len(table.fingerprints)
    shapes = table.fingerprints.shape, table.columns.shape, table.offsets.ndim, table.layers.shape
    if shapes != ((entries,), (entries, columns), 1, (layers, len(Layer))):
        return False
    return all(_fits(table.offsets, entries, *layer.tolist()) for layer in table.layers)


def _fits(offsets: U32, entries: int, row: int, buckets: int, base: int) -> bool:
    """Return whether a layer stays inside the arrays, its buckets one after another."""
    if not (row >= 0 and 0 < buckets < 1 << 31 and row + buckets < len(offsets) and 0 <= base <= entries):
        return False
    own = offsets[row : row + buckets + 1]
    return bool((own[1:] >= own[:-1]).all()) and base + int(own[-1]) <= entries


def stack_tables(tables: list[Table]) -> Table:
    """Return one table that holds all the layers of the given ones, in order; a single table as it is."""
    if len(tables) == 1:
        return tables[0]
    layers, row, base = [], 0, 0
    for table in tables:
        layers.append(table.layers + _layer(row, 0, base))
        row, base = row + len(table.offsets), base + len(table.fingerprints)
    return Table(
        np.concatenate([t.fingerprints for t in tables]),
        np.concatenate([t.columns for t in tables]),
        np.concatenate([t.offsets for t in tables]),
        np.concatenate(layers),
    )
