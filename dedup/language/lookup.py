"""Many look-ups at once: the waits for memory overlap, and a bucket is compared in one instruction.

One look-up waits three times: for the bucket, its fingerprints, the entry. Here all keys of a block take each step
before any takes the next, and ask for the memory of the step after it. `tables.find` is the definition.

Public: `Known`, `Seen`, `look_up`, `Entry`, `singles`, `doubles`, `pair_keys`, and for compiled callers `find_all`,
`entries`, `uses`, `look_up_words`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import auto
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from dedup.compiled.arrays import F32, F64, I64, U8, U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import join, mix
from dedup.compiled.intrinsics import address_of, intrinsic, lowest_bit, prefetch
from dedup.language.background import BREAK, DISCOUNT, Background, PairColumn, Tables, WordColumn, normalise
from dedup.language.spellings import Spellings, respelled, spellings_of
from dedup.language.tables import FIRST_COUNT, Layer, Table, bucket_of, find, fingerprint_of
from dedup.models import Columns
from dedup.records import Tokens

BLOCK = 64  # keys that take each step together: scratch this small costs no search for memory
LANES = 16  # fingerprints compared at once; a bucket has eight on average, one in 250 has more than sixteen
_HALVES = ir.VectorType(ir.IntType(16), LANES)
_ONE, _NOTHING = np.uint64(1), np.uint64(0)
_WORD_REST, _PAIR_REST = int(WordColumn.REST), int(PairColumn.REST)


class Entry(Columns):
    """Columns of `entries`: what a background knows of an n-gram."""

    COUNT = auto()
    LESS = auto()  # its count less the discount
    REST = auto()  # probability that it leaves to what is not stored after it
    CAPITAL = auto()  # of a word: share of its uses that are capitalised


ENTRY_WIDTH = len(Entry)
USES_WIDTH = max(Entry.COUNT, Entry.LESS) + 1  # of `uses`, which fills these two


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
    """Return `find` of each key; -1 for a key of 0 as well."""
    row, base = table.layers[layer, Layer.ROW], table.layers[layer, Layer.BASE]
    buckets = np.uint64(table.layers[layer, Layer.BUCKETS])
    fingerprints, columns = address_of(table.fingerprints), address_of(table.columns)
    offsets, width, size = address_of(table.offsets), table.columns.shape[1], len(table.fingerprints)
    found, asked, done = np.empty(len(keys), np.int64), np.empty(BLOCK, np.int64), 0
    starts, counts = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    while done < len(keys):
        n = 0
        while done < len(keys) and n < BLOCK:
            found[done], asked[n] = -1, done
            n, done = n + (keys[done] != _NOTHING), done + 1
        for k in range(n):
            starts[k] = row + np.int64(bucket_of(keys[asked[k]], buckets))
            prefetch(offsets + 4 * starts[k])
        for k in range(n):
            at = starts[k]
            starts[k] = base + np.int64(table.offsets[at])
            counts[k] = base + np.int64(table.offsets[at + 1]) - starts[k]
            prefetch(fingerprints + 2 * starts[k])
            prefetch(fingerprints + 2 * (starts[k] + LANES) - 1)  # half of the buckets reach into the next line
        for k in range(n):
            key, start = keys[asked[k]], starts[k]
            if counts[k] > LANES or start + LANES > size:
                at = find(table, layer, key)
            else:
                within = (_ONE << np.uint64(counts[k])) - _ONE
                mask = _match(fingerprints + 2 * start, fingerprint_of(key)) & within
                at = start + np.int64(lowest_bit(mask)) if mask else np.int64(-1)
            found[asked[k]] = at
            prefetch(columns + width * at)
    return found


@kernel
def uses(table: Table, keys: U64, values: F32) -> F64:
    """Return columns `COUNT` and `LESS` of `Entry`; a key of 0 is not there."""
    result = np.zeros((len(keys), USES_WIDTH))
    for layer in range(len(table.layers) if len(table.fingerprints) else 0):
        found = find_all(table, np.int64(layer), keys)
        for k in range(len(keys)):
            at = max(found[k], 0)  # no branch: half of the keys are not there, and none could be guessed
            count = np.float64(values[table.columns[at, FIRST_COUNT]] * np.float32(found[k] >= 0))
            result[k, Entry.COUNT] += count
            result[k, Entry.LESS] += max(count - DISCOUNT, 0.0)
    return result


@kernel
def entries(table: Table, keys: U64, rest: int, values: F32) -> F64:
    """Return rows of `Entry`. `rest` is the column of the table that leads to `Entry.REST`; a key of 0 is not there."""
    result = np.zeros((len(keys), ENTRY_WIDTH))
    of_words = table.columns.shape[1] > WordColumn.CAPITAL
    for layer in range(len(table.layers) if len(table.fingerprints) else 0):
        found = find_all(table, np.int64(layer), keys)
        for k in range(len(keys)):
            at = max(found[k], 0)  # no branch, as above
            single = values[table.columns[at, FIRST_COUNT]] * np.float32(found[k] >= 0)
            count = np.float64(single)
            result[k, Entry.COUNT] += count
            result[k, Entry.LESS] += max(count - DISCOUNT, 0.0)
            result[k, Entry.REST] += count * table.columns[at, rest] / 255.0
            if of_words:
                share = single * table.columns[at, WordColumn.CAPITAL] / 255.0  # of float32, as trained
                result[k, Entry.CAPITAL] += share
    for k in range(len(keys)):
        total = result[k, Entry.COUNT]
        result[k, Entry.REST] = (result[k, Entry.REST] + (total == 0)) / max(total, 1.0)  # all of it where unknown
        if of_words:
            result[k, Entry.CAPITAL] /= max(total, 1.0)
    return result


@kernel
def singles(table: Table, words: U64, values: F32) -> F64:
    """Return `entries` of words."""
    keys = np.empty(len(words), np.uint64)
    for i in range(len(words)):
        keys[i] = mix(words[i])
    found: F64 = entries(table, keys, _WORD_REST, values)
    return found


@kernel
def pair_keys(words: U64) -> U64:
    """Return the key of each word after the one before it; 0 for a break and for the first."""
    keys = np.zeros(len(words), np.uint64)
    for i in range(1, len(words)):
        if words[i] != BREAK:
            keys[i] = join(words[i - 1], words[i])
    return keys


def doubles(tables: Tables, keys: U64) -> F64:
    """Return `entries` of pairs by their keys."""
    found: F64 = entries(tables.pairs, keys, _PAIR_REST, tables.counts)
    return found


@kernel
def look_up_words(
    hashes: U64, flags: U8, sentences: U32, data: U8, starts: U32, ends: U32, tables: Tables, spellings: Spellings
) -> tuple[U64, I64, F64, U64, F64]:  # fmt: skip
    """The fields of `Seen` but for the first; one kernel, for each call from Python takes microseconds."""
    words, origin = normalise(hashes, flags, sentences, data, starts, ends)
    words = respelled(words, spellings)
    keys = pair_keys(words)
    return (
        words,
        origin,
        singles(tables.words, words, tables.counts),
        keys,
        entries(tables.pairs, keys, _PAIR_REST, tables.counts),
    )


@dataclass(frozen=True, eq=False)
class Known:
    """What a background knows of the words of one article. Shapes: `n` words."""

    background: Background
    words: U64  # (n,) as from `normalised`
    origin: I64  # (n,)
    singles: F64  # (n, 4) columns of `Entry`, of the words, breaks included


@dataclass(frozen=True, eq=False)
class Seen(Known):
    """What it knows of them and of their pairs, looked up once."""

    keys: U64  # (n,) `pair_keys` of the words
    doubles: F64  # (n, 4) columns of `Entry` of each word after the one before it; nothing for a break
    offers: dict[str, Any] = field(default_factory=dict, repr=False)  # filled by `offers.offers_of`


def look_up(tokens: Tokens, background: Background) -> Seen:
    """Return the words of an article as the background counts and spells them, with what it knows of them."""
    data = np.frombuffer(tokens.data, np.uint8)
    article = (tokens.hashes, tokens.flags, tokens.sentences, data, tokens.starts, tokens.ends)
    return Seen(background, *look_up_words(*article, background.tables, spellings_of(background)))
