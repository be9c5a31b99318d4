"""Immutable hash tables of quantised counts: three to six bytes an entry, looked up from compiled code.

A table holds entries for 64-bit keys. The high bits of a key choose one of about `entries / 8` buckets, its low 16 bits
are the fingerprint that is compared inside the bucket, and the count is one byte, exact up to 20 and within 4 % above.
A key that was never stored is taken for a stored one about once in 8,000 look-ups, and no key can be read back.

Public: `Table`, `build_table`, `stack_tables`, `pair_key`, `encode_counts`, `COUNTS`, and for compiled
callers `find`, `count`, `mix`, `join`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U8, U16, U32, U64
from dedup.compiled.decorators import helper, kernel

BUCKET = 8  # mean entries a bucket: one cache line of fingerprints and counts
EXACT = 20  # counts up to here are stored as they are
LARGEST = 4e8  # the count of class 255; nothing larger is told apart

# Classes above EXACT grow by one factor, 1.074, so that a stored count is within 3.7 % of the true one.
_GROWTH = (LARGEST / EXACT) ** (1 / (255 - EXACT))
COUNTS: F32 = np.where(
    np.arange(256) <= EXACT, np.arange(256), EXACT * _GROWTH ** (np.arange(256) - EXACT).astype(np.float64)
).astype(np.float32)
_EDGES = np.sqrt(COUNTS[1:-1].astype(np.float64) * COUNTS[2:])  # geometric middles between classes 1, 2, …, 255

_M1 = np.uint64(0xBF58476D1CE4E5B9)  # the two factors of David Stafford's 13th mixer
_M2 = np.uint64(0x94D049BB133111EB)
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, so that (a, b) and (b, a) differ
_S30, _S27, _S31, _S33 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(33)
_LOW16 = np.uint64(0xFFFF)


class Table(NamedTuple):
    """One hash table, or several stacked into one set of arrays.

    Shapes: `n` entries, `b` buckets, `l` layers. `columns` holds the bytes of an entry side by side: (n, c). `layers`
    is (l, 3): first row of `offsets`, number of buckets, first entry.
    """

    fingerprints: U16  # (n,)
    columns: U8  # (n, c)
    offsets: U32  # (b + l,)
    layers: I64  # (l, 3)


def encode_counts(counts: NDArray[np.generic]) -> U8:
    """Class of each count; a count of zero is class 0, every other one at least 1."""
    values = np.asarray(counts, np.float64)
    return np.where(values < 0.5, 0, 1 + np.searchsorted(_EDGES, values, "left")).astype(np.uint8)


@kernel
def mix(x: np.uint64) -> np.uint64:
    """Scramble 64 bits so that every bit of the result depends on every bit given."""
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@kernel
def join(first: np.uint64, second: np.uint64) -> np.uint64:
    """Key of `first` followed by `second`; the key of a triple is join(join(a, b), c)."""
    key: np.uint64 = mix(first + mix(second + SPREAD))
    return key


@kernel
def find(table: Table, layer: np.int64, key: np.uint64) -> np.int64:
    """Index of the entry of a key in one layer, or -1."""
    row, buckets, base = table.layers[layer, 0], table.layers[layer, 1], table.layers[layer, 2]
    bucket = np.int64(((key >> _S33) * np.uint64(buckets)) >> _S31)
    wanted = np.uint16(key & _LOW16)
    for at in range(base + np.int64(table.offsets[row + bucket]), base + np.int64(table.offsets[row + bucket + 1])):
        if table.fingerprints[at] == wanted:
            return np.int64(at)
    return np.int64(-1)


@helper
def count(table: Table, key: np.uint64, values: F32) -> float:
    """Sum of the counts of a key over the layers; 0 where it is unknown."""
    total = 0.0
    for layer in range(len(table.layers)):
        at = find(table, np.int64(layer), key)
        if at >= 0:
            total += values[table.columns[at, 0]]
    return total


def mixed(x: U64) -> U64:
    """`mix` of an array."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> _S30)) * _M1
        x = (x ^ (x >> _S27)) * _M2
        return x ^ (x >> _S31)


def pair_key(first: U64, second: U64) -> U64:
    """`join` of two arrays: key of each word followed by another."""
    with np.errstate(over="ignore"):
        return mixed(np.asarray(first, np.uint64) + mixed(np.asarray(second, np.uint64) + SPREAD))


def _bucket_of(keys: U64, buckets: int) -> I64:
    return (((keys >> _S33) * np.uint64(buckets)) >> _S31).astype(np.int64)


def build_table(keys: U64, columns: U8) -> Table:
    """Table of distinct keys. `columns` is (n, c); where two keys look alike the larger first byte is found first."""
    buckets = max(1, (len(keys) + BUCKET - 1) // BUCKET)
    home = _bucket_of(keys, buckets)
    order = np.lexsort((keys, 255 - columns[:, 0], home))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(home, minlength=buckets))]).astype(np.uint32)
    fingerprints = (keys & _LOW16).astype(np.uint16)[order]
    return Table(fingerprints, np.ascontiguousarray(columns[order]), offsets, np.array([[0, buckets, 0]], np.int64))


def stack_tables(tables: list[Table]) -> Table:
    """One table that holds all the layers of the given ones, in order; a single table is returned as it is."""
    if len(tables) == 1:
        return tables[0]
    layers, row, base = [], 0, 0
    for table in tables:
        layers.append(table.layers + np.array([row, 0, base], np.int64))
        row, base = row + len(table.offsets), base + len(table.fingerprints)
    return Table(
        np.concatenate([t.fingerprints for t in tables]),
        np.concatenate([t.columns for t in tables]),
        np.concatenate([t.offsets for t in tables]),
        np.concatenate(layers),
    )
