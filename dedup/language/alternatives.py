"""The alternatives of many words at once, of which those stay that make a pair that may be frequent.

An article has a thousand alternatives, and each is four waits for memory: where those of a word stand, which they are,
their hashes, the bit of the pair. Here all of a block take each step before any takes the next.

Public: `LEFT`, `RIGHT`, and for compiled callers `Asked`, `Alternatives`, `alternatives`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import I64, U8, U64
from dedup.compiled.decorators import borrowing, helper
from dedup.compiled.hashing import SPREAD, mix, mixed
from dedup.compiled.intrinsics import address_of, prefetch
from dedup.language.background import BREAK, Tables
from dedup.language.pair_filter import may_be_frequent, prefetch_bit
from dedup.language.substitutions import Substitutions

LEFT, RIGHT = 1, 2  # bits: the pair with the word before, with the word after
BLOCK = 64  # places whose alternatives take each step together
_BREAK_PART = np.uint64(mixed(np.array([BREAK]) + SPREAD)[0])
_ONE, _TWO = np.uint8(LEFT), np.uint8(RIGHT)


class Asked(NamedTuple):
    """Where alternatives are asked for. Shapes: `p` places."""

    before: U64  # (p,) the word before
    after: U64  # (p,) `mix(h + SPREAD)` of the word after: the inner part of `join`
    rows: I64  # (p,) row of what stands there in the substitutions, -1 for none
    sides: U8  # (p,) bits of the pairs that may tell


class Alternatives(NamedTuple):
    """Alternatives with a pair that may be frequent, in order. Shapes: `k` of them."""

    places: I64  # (k,) for which of the places that were asked for
    at: I64  # (k,) index in `Substitutions.targets`
    left: U64  # (k,) key of the pair with the word before
    right: U64  # (k,) with the word after; 0 for a break
    hits: U8  # (k,) bits of the pairs that may be frequent


@borrowing
def _most_listed(asked: Asked, substitutions: Substitutions) -> int:
    """The largest number of alternatives of a block of places."""
    offsets, rows, most, n = substitutions.offsets, asked.rows, np.int64(0), np.int64(0)
    targets, width = address_of(substitutions.targets), substitutions.targets.itemsize
    for p in range(len(rows)):
        n = n if p % BLOCK else np.int64(0)
        if rows[p] >= 0:
            prefetch(targets + width * np.int64(offsets[rows[p]]))
            n += np.int64(offsets[rows[p] + 1]) - np.int64(offsets[rows[p]])
        most = max(most, n)
    return int(most)


@borrowing
def _list(asked: Asked, substitutions: Substitutions, low: int, high: int, places: I64, at: I64) -> int:
    """Fill place and index of every alternative of the places `low` to `high`; how many there are."""
    offsets, rows, n = substitutions.offsets, asked.rows, 0
    for p in range(low, high):
        if rows[p] >= 0:
            for k in range(np.int64(offsets[rows[p]]), np.int64(offsets[rows[p] + 1])):
                places[n], at[n], n = p, k, n + 1
    return n


@borrowing
def _test(
    tables: Tables, bits: U64, asked: Asked, substitutions: Substitutions, places: I64, at: I64,
    left: U64, right: U64, found: Alternatives, n: int,
) -> int:  # fmt: skip
    """Add those alternatives of a block that make a pair that may be frequent; how many there are then."""
    targets, parts = substitutions.targets, substitutions.parts
    first, width, last = address_of(parts), parts.itemsize, len(found.at) - 1
    for k in range(len(at)):
        prefetch(first + 2 * width * np.int64(targets[at[k]]))
    for k in range(len(at)):
        p, target = places[k], np.int64(targets[at[k]])
        left[k] = mix(asked.before[p] + parts[target, 1])
        right[k] = mix(parts[target, 0] + asked.after[p])
        prefetch_bit(tables, bits, left[k])
        prefetch_bit(tables, bits, right[k])
    for k in range(len(at)):
        p, hits = places[k], np.uint8(0)
        hits = asked.sides[p] & (
            may_be_frequent(tables, bits, left[k]) * _ONE | may_be_frequent(tables, bits, right[k]) * _TWO
        )
        found.places[n], found.at[n], found.hits[n] = p, at[k], hits
        found.left[n], found.right[n] = left[k], right[k] * np.uint64(asked.after[p] != _BREAK_PART)
        n = min(n + (hits != 0), last)  # no branch: most are not frequent, but which?
    return n


@helper
def alternatives(tables: Tables, bits: U64, asked: Asked, substitutions: Substitutions, most: int) -> Alternatives:
    """Return those with a pair that may be frequent on a side that is asked for, fewer than `most`."""
    offsets, n = address_of(substitutions.offsets), 0
    for row in asked.rows:
        prefetch(offsets + substitutions.offsets.itemsize * max(row, 0))
    numbers, keys = np.empty((2, most), np.int64), np.empty((2, most), np.uint64)
    found = Alternatives(numbers[0], numbers[1], keys[0], keys[1], np.empty(most, np.uint8))
    most_listed = _most_listed(asked, substitutions)
    listed, asked_for = np.empty((2, most_listed), np.int64), np.empty((2, most_listed), np.uint64)
    for low in range(0, len(asked.rows), BLOCK):
        k = _list(asked, substitutions, low, min(low + BLOCK, len(asked.rows)), listed[0], listed[1])
        places, at = listed[0, :k], listed[1, :k]
        n = _test(tables, bits, asked, substitutions, places, at, asked_for[0], asked_for[1], found, n)
    return Alternatives(found.places[:n], found.at[:n], found.left[:n], found.right[:n], found.hits[:n])
