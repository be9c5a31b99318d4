"""The compiled search: sorted postings in checked chunks for segments, a chained hash table for the memtable.

A posting is 64 bits: the key above, the article's place in its segment below. The postings of a column are sorted and
cut into chunks of `CHUNK`; the first key of each chunk stands in `fences`, its checksum in `sums`, and every chunk that
a search touches is checked. Nothing that a segment says makes a search leave its arrays: a place beyond the end of the
segment counts as damage, like a chunk with a wrong checksum.

Public: `Postings`, `Chains`, `all_sums`, `chunk_ranges`, `search_segment`, `shared_columns`, `insert_keys`,
`search_memtable`.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.compiled.decorators import Bits, Int, borrowing, borrowing_kernel
from dedup.index.layout import Found, Scope, Visibility

CHUNK = 256  # postings: 2 KB, half a page, so that a search touches one page a column
PADDING = 0xFFFFFFFFFFFFFFFF  # fills the last chunk of a column: its key is NO_KEY, which is never searched
NOWHERE = 0xFFFFFFFF  # end of a chain
SOUND = -1  # what a search returns where it met no damaged chunk

# Odd multipliers of the four lanes of a checksum: fractional digits of the square roots of 2, 3, 5 and 7 (SHA-512's).
LANES = (0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1)
GOLDEN = 0x9E3779B97F4A7C15


class Postings(NamedTuple):
    """The postings of an article's keys or of a whole segment: `c` chunks in `k` columns."""

    posts: U64  # (c * CHUNK,) sorted within each column
    columns: I64  # (k + 1,) the chunk at which each column begins, and the end of the last one
    fences: U32  # (c,) the first key of each chunk
    sums: U32  # (c,) checksum of each chunk


class Chains(NamedTuple):
    """The keys of a memtable as a hash table of `b` buckets, each chained both ways; a power of two of buckets.

    A post is row * k + column.
    """

    keys: U32  # (n, k)
    heads: U32  # (b,) the oldest post of each bucket
    tails: U32  # (b,) the newest
    nexts: U32  # (n * k,) the next newer post of the same bucket
    befores: U32  # (n * k,) the next older one


@borrowing
def _chunk_sum(posts: U64, chunk: Int) -> Bits:
    """Checksum of one chunk: a change of one posting always shows, any other with all but 2^-32 of the chances."""
    a, b, c, d = np.uint64(LANES[3]), np.uint64(LANES[2]), np.uint64(LANES[1]), np.uint64(LANES[0])
    first = chunk * CHUNK
    for i in range(first, first + CHUNK, 4):
        a = np.uint64((a ^ posts[i]) * np.uint64(LANES[0]))
        b = np.uint64((b ^ posts[i + 1]) * np.uint64(LANES[1]))
        c = np.uint64((c ^ posts[i + 2]) * np.uint64(LANES[2]))
        d = np.uint64((d ^ posts[i + 3]) * np.uint64(LANES[3]))
    mixed = np.uint64((a ^ (a >> np.uint64(32))) * np.uint64(GOLDEN))
    mixed = np.uint64((mixed ^ (mixed >> np.uint64(32)) ^ b ^ (b >> np.uint64(32))) * np.uint64(GOLDEN))
    mixed = np.uint64((mixed ^ (mixed >> np.uint64(32)) ^ c ^ (c >> np.uint64(32))) * np.uint64(GOLDEN))
    mixed = np.uint64((mixed ^ (mixed >> np.uint64(32)) ^ d ^ (d >> np.uint64(32))) * np.uint64(GOLDEN))
    return np.uint32(mixed >> np.uint64(32))


@borrowing_kernel
def all_sums(posts: U64, out: U32) -> None:
    """Write the checksums of all chunks into `out` (c,)."""
    for i in range(len(out)):
        out[i] = _chunk_sum(posts, i)


@borrowing
def _key_of(post: Bits) -> Bits:
    return np.uint32(post >> np.uint64(32))


@borrowing
def _first_post(key: Bits) -> Bits:
    """The least posting that a key can have."""
    return np.uint64(np.uint64(key) << np.uint64(32))


@borrowing
def _lower_bound(posts: U64, low: Int, high: Int, wanted: Bits) -> Int:
    """Index of the first posting among low..high that is not below `wanted`."""
    while low < high:
        middle = (low + high) >> 1
        if posts[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@borrowing
def _bound(postings: Postings, column: Int, wanted: Bits) -> Int:
    """Index of the first posting of a column, which has some, that is not below `wanted`."""
    begin, low, high = postings.columns[column], postings.columns[column], postings.columns[column + 1]
    key = _key_of(wanted)
    while low < high:  # the first chunk whose first key is not below: the key may begin in the chunk before
        middle = (low + high) >> 1
        if postings.fences[middle] < key:
            low = middle + 1
        else:
            high = middle
    low = max(low - 1, begin) * CHUNK
    return _lower_bound(postings.posts, low, low + CHUNK, wanted)


@borrowing_kernel
def chunk_ranges(keys: U32, columns: I64, fences: U32, first: I64, last: I64) -> None:
    """Write the chunks first..last (k,) of each column that may hold its key; none where there is no key."""
    for column in range(len(keys)):
        low, high = columns[column], columns[column + 1]
        begin, end, key = low, high, keys[column]
        first[column] = last[column] = low
        if key == np.uint32(NO_KEY) or low == high:
            continue
        while low < high:
            middle = (low + high) >> 1
            if fences[middle] < key:
                low = middle + 1
            else:
                high = middle
        first[column] = max(low - 1, begin)
        high = end
        while low < high:
            middle = (low + high) >> 1
            if fences[middle] <= key:
                low = middle + 1
            else:
                high = middle
        last[column] = max(low, first[column] + 1)


@borrowing
def _sees(rows: Visibility, place: Int, scope: Scope) -> bool:
    return bool(
        rows.alive[place]
        and rows.dates[place] >= scope.since
        and rows.sources[place] != scope.source
        and rows.numbers[place] != scope.number
    )


@borrowing
def _search_column(
    column: Int, key: Bits, postings: Postings, rows: Visibility, scope: Scope, newest: bool, most: Int, found: Found
) -> Int:
    """Search one column that has postings; returns `SOUND` or the number of a chunk that is damaged."""
    posts, window = postings.posts, found.numbers.shape[1] // 2
    first = _bound(postings, column, _first_post(key))
    checked = max(postings.columns[column], (first - 1) // CHUNK)
    if _chunk_sum(posts, checked) != postings.sums[checked]:
        return checked
    at, end, step = first, postings.columns[column + 1] * CHUNK, 1
    if newest:
        at, end, step = _bound(postings, column, _first_post(np.uint64(key) + np.uint64(1))) - 1, first - 1, -1
    while at * step < end * step and found.counts[column] < most:
        chunk = at // CHUNK
        if chunk != checked:
            if _chunk_sum(posts, chunk) != postings.sums[chunk]:
                return chunk
            checked = chunk
        if _key_of(posts[at]) != key:
            break
        place = np.int64(posts[at] & np.uint64(0xFFFFFFFF))
        if place >= len(rows.numbers):
            return chunk
        if _sees(rows, place, scope):
            if newest and rows.numbers[place] <= found.numbers[column, window - 1]:
                break
            found.numbers[column, found.counts[column]] = rows.numbers[place]
            found.counts[column] += 1
        at += step
    return SOUND


@borrowing_kernel
def search_segment(keys: U32, postings: Postings, rows: Visibility, scope: Scope, newest: bool, found: Found) -> int:
    """Add the visible articles of a segment that have one of the keys to `found`, in each column until it is full.

    First the oldest up to half the width, oldest first; then, with `newest`, the newest of the columns where that half
    is full, newest first, down to the newest of the oldest. Returns `SOUND`, or the number of a chunk that is damaged.
    """
    window = found.numbers.shape[1] // 2
    most = 2 * window if newest else window
    for column in range(len(keys)):
        key = keys[column]
        counted = found.counts[column]
        if key == np.uint32(NO_KEY) or counted >= most or (newest and counted < window):
            continue
        if postings.columns[column] == postings.columns[column + 1]:
            continue
        damaged = _search_column(column, key, postings, rows, scope, newest, most, found)
        if damaged != SOUND:
            return int(damaged)
    return SOUND


@borrowing_kernel
def shared_columns(keys: U32, postings: Postings, place: int, out: U8) -> int:
    """Mark in `out` which of the first `len(out)` keys one article of a segment has; `SOUND`, or a damaged chunk."""
    for column in range(len(out)):
        low, high = postings.columns[column], postings.columns[column + 1]
        out[column] = 0
        if keys[column] == np.uint32(NO_KEY) or low == high:
            continue
        wanted = _first_post(keys[column]) | np.uint64(place)
        at, end, reach = _bound(postings, column, _first_post(keys[column])), high * CHUNK, 1
        while at + reach < end and postings.posts[at + reach] < wanted:  # lists are short: double the step, then halve
            reach *= 2
        at = _lower_bound(postings.posts, at, min(at + reach + 1, end), wanted)
        if at < end:
            chunk = at // CHUNK
            if _chunk_sum(postings.posts, chunk) != postings.sums[chunk]:
                return int(chunk)
            out[column] = np.uint8(postings.posts[at] == wanted)
    return SOUND


@borrowing
def _bucket(key: Bits, column: Int, mask: Int) -> Int:
    mixed = np.uint64((np.uint64(key) ^ (np.uint64(column) << np.uint64(32))) * np.uint64(GOLDEN))
    return np.int64((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(20)) & mask


@borrowing_kernel
def insert_keys(chains: Chains, first: int, last: int) -> None:
    """Chain the keys of the rows first..last both ways."""
    keys, heads, tails, nexts, befores = chains
    columns, mask = keys.shape[1], np.int64(len(heads) - 1)
    for row in range(first, last):
        for column in range(columns):
            if keys[row, column] == np.uint32(NO_KEY):
                continue
            at, post = _bucket(keys[row, column], column, mask), row * columns + column
            nexts[post] = np.uint32(NOWHERE)
            befores[post] = tails[at]
            if heads[at] == np.uint32(NOWHERE):
                heads[at] = np.uint32(post)
            else:
                nexts[np.int64(tails[at])] = np.uint32(post)
            tails[at] = np.uint32(post)


@borrowing_kernel
def search_memtable(keys: U32, chains: Chains, rows: Visibility, scope: Scope, newest: bool, found: Found) -> None:
    """Do as `search_segment` over the articles of a memtable."""
    columns, mask, window = len(keys), np.int64(len(chains.heads) - 1), found.numbers.shape[1] // 2
    most = 2 * window if newest else window
    for column in range(columns):
        key = keys[column]
        if key == np.uint32(NO_KEY) or (newest and found.counts[column] < window):
            continue
        bucket = _bucket(key, column, mask)
        post = chains.tails[bucket] if newest else chains.heads[bucket]
        while post != np.uint32(NOWHERE) and found.counts[column] < most:
            row, other = np.int64(post) // columns, np.int64(post) % columns
            if other == column and chains.keys[row, column] == key and _sees(rows, row, scope):
                if newest and rows.numbers[row] <= found.numbers[column, window - 1]:
                    break
                found.numbers[column, found.counts[column]] = rows.numbers[row]
                found.counts[column] += 1
            post = chains.befores[np.int64(post)] if newest else chains.nexts[np.int64(post)]


def checksums(posts: U64) -> U32:
    """Return the checksum of each chunk (c,) of postings (c * CHUNK,), which are made read-only."""
    posts.flags.writeable = False
    sums = np.empty(len(posts) // CHUNK, np.uint32)
    all_sums(posts, sums)
    return sums
