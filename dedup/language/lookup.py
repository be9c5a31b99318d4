"""Many look-ups at once: the waits for memory overlap, and a bucket is compared in one instruction.

One look-up waits three times: for the bucket, its fingerprints, the entry. Here all keys of a block take each step
before any takes the next, and ask for the memory of the step after it. `tables.find` is the definition.

Public: `Seen`, `look_up`, `singles`, `pair_keys`, and for compiled callers `find_all`, `rows_of`, `entries`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from dedup.compiled.arrays import F32, F64, I64, U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.intrinsics import address_of, intrinsic, lowest_bit
from dedup.language.background import BREAK, DISCOUNT, Background, normalised
from dedup.language.substitutions import TOP_BITS, row_of
from dedup.language.tables import Table, find, join, mix
from dedup.records import Tokens

BLOCK = 128  # keys that take each step together: their fingerprints and entries fill a quarter of a 48 KB cache
LANES = 16  # fingerprints compared at once; a bucket has eight on average, one in 250 has more than sixteen
COUNT, REST, LESS, CAPITAL = range(4)  # columns of `entries`
_HALVES = ir.VectorType(ir.IntType(16), LANES)
_S31, _S33 = np.uint64(31), np.uint64(33)
_TOP = np.uint64(64 - TOP_BITS)
_LOW16, _ONE, _NOTHING = np.uint64(0xFFFF), np.uint64(1), np.uint64(0)
_BREAK = BREAK
_D = np.float64(DISCOUNT)


@intrinsic
def _prefetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at an int64 address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), (byte, number, number, number))
        asked = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        read, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(asked, (builder.inttoptr(args[0], byte), read, keep, data))
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def _match(typing: Any, address: Any, wanted: Any) -> Any:
    """Bit mask, as uint64, of the 16 halfwords from an int64 address on that equal the low half of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(builder.inttoptr(args[0], _HALVES.as_pointer()), align=1)
        value, empty = builder.trunc(args[1], ir.IntType(16)), ir.Constant(_HALVES, ir.Undefined)
        first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        equal = builder.icmp_unsigned("==", block, builder.shuffle_vector(first, empty, lanes))
        return builder.zext(builder.bitcast(equal, ir.IntType(16)), ir.IntType(64))

    return types.uint64(types.int64, types.uint64), generate


@kernel
def find_all(table: Table, layer: np.int64, keys: U64) -> I64:
    """`find` of each key; -1 for a key of 0 as well."""
    row, buckets, base = table.layers[layer, 0], np.uint64(table.layers[layer, 1]), table.layers[layer, 2]
    fingerprints, columns = address_of(table.fingerprints), address_of(table.columns)
    offsets, width, size = address_of(table.offsets), table.columns.shape[1], len(table.fingerprints)
    found, starts, counts = np.empty(len(keys), np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    for low in range(0, len(keys), BLOCK):
        block = min(BLOCK, len(keys) - low)
        for k in range(block):
            bucket = np.int64(((keys[low + k] >> _S33) * buckets) >> _S31)
            starts[k] = row + bucket
            _prefetch(offsets + 4 * starts[k])
        for k in range(block):
            at = starts[k]
            starts[k] = base + np.int64(table.offsets[at])
            counts[k] = base + np.int64(table.offsets[at + 1]) - starts[k]
            _prefetch(fingerprints + 2 * starts[k])
            _prefetch(columns + width * starts[k])
        for k in range(block):
            key, start = keys[low + k], starts[k]
            if counts[k] > LANES or start + LANES > size:
                found[low + k] = find(table, layer, key) if key != _NOTHING else -1
            else:
                within = (_ONE << np.uint64(counts[k])) - _ONE if key != _NOTHING else _NOTHING
                mask = _match(fingerprints + 2 * start, key) & within
                found[low + k] = start + np.int64(lowest_bit(mask)) if mask else -1
    return found


@kernel
def rows_of(first: U32, keys: U64, wanted: U64) -> I64:
    """`synonyms.row_of` of each key."""
    starts, entry, rows = address_of(first), address_of(keys), np.empty(len(wanted), np.int64)
    for low in range(0, len(wanted), BLOCK):
        high = min(low + BLOCK, len(wanted))
        for k in range(low, high):
            _prefetch(starts + 4 * np.int64(wanted[k] >> _TOP))
        for k in range(low, high):
            _prefetch(entry + 8 * np.int64(first[np.int64(wanted[k] >> _TOP)]))
        for k in range(low, high):
            rows[k] = row_of(first, keys, wanted[k])
    return rows


@kernel
def entries(table: Table, keys: U64, rest: int, values: F32) -> F64:
    """Rows of: count of an n-gram, the probability it leaves to what is not stored after it, its count less the
    discount, and for words the share of capitals. `rest` is the column of that probability; a key of 0 is not there.
    """
    result = np.zeros((len(keys), 4))
    width = table.columns.shape[1]
    for layer in range(len(table.layers)):
        found = find_all(table, np.int64(layer), keys)
        for k in range(len(keys) if len(table.fingerprints) else 0):
            at = max(found[k], 0)  # no branch: half of the keys are not there, and none could be guessed
            single = values[table.columns[at, 0]] * np.float32(found[k] >= 0)
            count = np.float64(single)
            result[k, 0] += count
            result[k, 1] += count * table.columns[at, rest] / 255.0
            result[k, 2] += max(count - _D, 0.0)
            if width > 2:
                result[k, 3] += single * table.columns[at, 2] / 255.0  # float32, as trained
    for k in range(len(keys)):
        total = result[k, 0]
        result[k, 1] = result[k, 1] / total if total > 0 else 1.0
        result[k, 3] /= max(total, 1.0)
    return result


@kernel
def singles(table: Table, words: U64, values: F32) -> F64:
    """`entries` of words."""
    keys = np.empty(len(words), np.uint64)
    for i in range(len(words)):
        keys[i] = mix(words[i])
    found: F64 = entries(table, keys, 3, values)
    return found


@kernel
def pair_keys(words: U64) -> U64:
    """Key of each word after the one before it; 0 for a break and for the first."""
    keys = np.zeros(len(words), np.uint64)
    for i in range(1, len(words)):
        if words[i] != _BREAK:
            keys[i] = join(words[i - 1], words[i])
    return keys


@dataclass(frozen=True, eq=False)
class Seen:
    """What a background knows of the words of one article and of their pairs, looked up once. Shapes: `n` words."""

    background: Background
    words: U64  # (n,) as from `normalised`
    origin: I64  # (n,)
    singles: F64  # (n, 4) `entries` of the words, breaks included

    @cached_property
    def keys(self) -> U64:
        """`pair_keys` of the words, shape (n,)."""
        keys: U64 = pair_keys(self.words)
        return keys

    @cached_property
    def doubles(self) -> F64:
        """`entries` of each word after the one before it, shape (n, 4); nothing for a break."""
        tables = self.background.tables
        found: F64 = entries(tables.pairs, self.keys, 1, tables.counts)
        return found


def look_up(tokens: Tokens, background: Background) -> Seen:
    """The words of an article as the background counts them; their pairs are looked up when they are asked for."""
    words, origin = normalised(tokens)
    return Seen(background, words, origin, singles(background.tables.words, words, background.tables.counts))
