"""The compiled joins behind `join`.

Both work on *ranks*: the positions of articles in one canonical order, so that the order of the input does not matter.
`order` (n,) gives the row of the signature array for each rank.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dedup.compiled.arrays import U8, U16, U32
from dedup.compiled.decorators import Array, Bits, Int, borrowing, borrowing_kernel, inlined, kernel

EMPTY = 0xFFFFFFFF  # a slot that nothing fell into (`dedup.sketch`): never compared
NOWHERE = 0xFFFFFFFF  # this article shares this slot with nobody
LAST = 0x80000000  # marks the last rank of a posting list
SEEN_BYTES = 4  # an article and band, with four keys a byte: every 16th unlike key is taken for a repeated one
RADIX_BITS = 11  # three passes for 32 bits; a table of 2^11 counters stays in the first-level cache
CELLS = 8192  # counters of the first, approximate count: 8 KB, half of a first-level cache, cleared for each article
CELL_SHIFT = 12  # a weighted slot shows the high half of its feature, whose top 20 bits name the feature's IDF class

# Odd multipliers for the slots of a band: any will do, they only bring articles together and stay in memory.
BAND_FACTORS = np.random.Generator(np.random.PCG64(128)).integers(0, 1 << 64, 128, dtype=np.uint64) | np.uint64(1)


@borrowing
def _root(parents: Array, rank: Int) -> Int:
    at = np.int64(rank)
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = np.int64(parents[at])
    return at


@borrowing
def _bits(size: Int) -> Int:
    """The logarithm of a power of two."""
    bits = 0
    while size > 1:
        size >>= 1
        bits += 1
    return bits


@borrowing
def _equal_slots(signatures: Array, left: Int, right: Int) -> Int:
    same = np.uint32(0)
    for k in range(signatures.shape[1]):
        same += np.uint32(signatures[left, k] == signatures[right, k])
    return np.int64(same)


@inlined
def _band_key(signatures: Array, row: Int, first: Int, band_rows: Int) -> Bits:
    """Multilinear hash of a band (Lemire and Kaser 2014): use its high bits."""
    f, k = BAND_FACTORS, first
    if band_rows == 4:  # the default, without a loop: twice as fast
        left = signatures[row, k] * f[0] + signatures[row, k + 1] * f[1]
        return np.uint64(left + signatures[row, k + 2] * f[2] + signatures[row, k + 3] * f[3])
    mixed = np.uint64(0)
    for i in range(band_rows):
        mixed = np.uint64(mixed + signatures[row, first + i] * f[i & 127])
    return mixed


@borrowing
def _band_cells(signatures: Array, band_rows: Int, cells: Array) -> None:
    """The high halves (bands, articles) of all band keys, in one pass over the signatures as they lie in memory."""
    for row in range(signatures.shape[0]):
        for band in range(cells.shape[0]):
            cells[band, row] = np.uint32(_band_key(signatures, row, band * band_rows, band_rows) >> np.uint64(32))


@borrowing
def _choose_repeated(cells: Array, ranks: Array, seen: Array, repeated: Array, chosen: Array) -> Int:
    """The ranks, ascending, whose band some other article seems to have too; returns how many.

    `seen` holds two bits for each key: seen once, seen again. Nearly all articles are done with here.
    """
    high = np.uint32(32 - _bits(4 * len(seen)))
    seen[:] = 0
    for row in range(len(ranks)):
        if ranks[row] != NOWHERE:
            cell = cells[row] >> high
            shift = np.uint32((cell & np.uint32(3)) << np.uint32(1))
            bits = np.uint32(seen[cell >> np.uint32(2)])
            again = np.uint32((bits >> shift) & np.uint32(1))
            seen[cell >> np.uint32(2)] = np.uint8(bits | ((np.uint32(1) | (again << np.uint32(1))) << shift))
    repeated[:] = 0
    for row in range(len(ranks)):
        cell = cells[row] >> high
        twice = seen[cell >> np.uint32(2)] >> (((cell & np.uint32(3)) << np.uint32(1)) + np.uint32(1))
        if twice & 1 and ranks[row] != NOWHERE:
            repeated[ranks[row]] = 1
    count: Int = 0
    for rank in range(len(repeated)):
        chosen[count] = rank
        count += np.int64(repeated[rank])
    return count


@borrowing_kernel  # optimised by itself: a quarter faster than inside its caller
def _join_band(
    signatures: Array,
    order: Array,
    first: Int,
    band_rows: Int,
    least_equal: Int,
    depth: Int,
    chosen: Array,
    count: Int,
    table: Array,
    parents: Array,
    links: Array,
    found: Int,
) -> tuple[Int, Int]:
    """Link the `count` chosen ranks, ascending, by one band; returns how many links there are now, and stops."""
    size = 16
    while size < 2 * count:
        size *= 2
    table[:size] = 0
    high, mask = np.uint64(64 - _bits(size)), np.uint64(size - 1)
    stopped = 0
    for i in range(count):
        rank = np.int64(chosen[i])
        row = np.int64(order[rank])
        key = _band_key(signatures, row, first, band_rows)
        at, tag = key >> high, np.uint32(key >> np.uint64(8))
        met, settled = 0, False
        while table[at, 0] != 0 and not settled:
            if table[at, 2] == tag:
                other, recent = np.int64(table[at, 0]) - 1, np.int64(table[at, 1]) - 1
                mine = _root(parents, rank)
                if _root(parents, other) == mine:
                    settled = True
                elif met == depth:
                    stopped += 1
                    settled = True
                else:
                    met += 1
                    close = _equal_slots(signatures, np.int64(order[other]), row) >= least_equal
                    if not close and recent != other and _root(parents, recent) != mine:
                        other = recent
                        close = _equal_slots(signatures, np.int64(order[other]), row) >= least_equal
                    if close:
                        links[found, 0], links[found, 1] = other, rank
                        found += 1
                        theirs = _root(parents, other)
                        parents[max(mine, theirs)] = min(mine, theirs)
                        settled = True
                if settled:
                    table[at, 1] = rank + 1
            if not settled:
                at = (at + np.uint64(1)) & mask
        if not settled:
            table[at, 0], table[at, 1], table[at, 2] = rank + 1, rank + 1, tag
    return found, stopped


@kernel
def near_links(
    signatures: Array,
    order: Array,
    ranks: Array,
    band_rows: Int,
    least_equal: Int,
    depth: Int,
    parents: Array,
    links: Array,
) -> tuple[Int, Int]:
    """Link each rank to one that resembles it, at most n - 1 `links`; returns how many, and how often `depth` stopped.

    Articles with equal bands meet in one table, a band at a time. A later one is compared with the entry's head and its
    latest member; where it is unlike both, with the next entry of the same band; where it is unlike all, it becomes an
    entry. So equal articles cost one comparison each. `ranks` is the inverse of `order`, `NOWHERE` for other rows.
    `parents` (n,) starts as 0..n-1 and ends as the components, their smallest rank first.
    """
    n = len(order)
    room = 16
    while room < n:
        room *= 2
    seen, repeated = np.empty(SEEN_BYTES * room, np.uint8), np.empty(n, np.uint8)
    chosen, table = np.empty(n + 1, np.uint32), np.empty((2 * room, 3), np.uint32)  # head, latest, both + 1; tag
    cells = np.empty((signatures.shape[1] // band_rows, signatures.shape[0]), np.uint32)
    _band_cells(signatures, band_rows, cells)
    found, stopped = 0, 0
    for band in range(len(cells)):
        count = _choose_repeated(cells[band], ranks, seen, repeated, chosen)
        found, stops = _join_band(
            signatures, order, band * band_rows, band_rows, least_equal, depth, chosen, count, table, parents, links,
            found,
        )  # fmt: skip
        stopped += stops
    for rank in range(n):
        parents[rank] = _root(parents, rank)
    return found, stopped


@borrowing
def _sort_pass(
    keys: Array,
    ranks: Array,
    count: Int,
    shift: Int,
    counters: Array,
    out_keys: Array,
    out_ranks: Array,
) -> None:
    counters[:] = 0
    digit = np.uint32((1 << RADIX_BITS) - 1)
    for i in range(count):
        counters[(keys[i] >> shift) & digit] += 1
    total = np.uint32(0)
    for d in range(len(counters)):
        here = counters[d]
        counters[d] = total
        total = np.uint32(total + here)
    for i in range(count):
        d = (keys[i] >> shift) & digit
        to = counters[d]
        counters[d] = np.uint32(to + np.uint32(1))
        out_keys[to], out_ranks[to] = keys[i], ranks[i]


@kernel
def post_slots(
    signatures: Array,
    order: Array,
    first: Int,
    last: Int,
    base: Int,
    window: Int,
    most: Int,
    where: Array,
    lists: Array,
) -> tuple[Int, Int, Int]:
    """Post the slots first..last into `lists` from `base` on; returns the end, and how many lists are long, and hot.

    A list holds the ranks that show one value in one slot, in ascending order, the last marked by `LAST`; values that
    only one article shows have none. `where` (n, slots) gets each article's place in its list, or `NOWHERE`. A list is
    long if a member cannot see all later ones within `window`; one of more than `most` is hot and left out.
    """
    n = len(order)
    columns = np.empty((last - first, n), np.uint32)  # transposed once: rows are read and written in whole lines
    keys, ranks = np.empty(n, np.uint32), np.empty(n, np.uint32)
    keys2, ranks2 = np.empty(n, np.uint32), np.empty(n, np.uint32)
    counters = np.empty(1 << RADIX_BITS, np.uint32)
    long: Int = 0
    used, hot = base, 0
    for rank in range(n):
        for slot in range(first, last):
            columns[slot - first, rank] = signatures[order[rank], slot]
    for slot in range(last - first):
        places = columns[slot]
        count: Int = 0
        for rank in range(n):
            keys[count], ranks[count] = places[rank], rank
            count += np.int64(places[rank] != EMPTY)
        places[:] = np.uint32(NOWHERE)
        _sort_pass(keys, ranks, count, np.uint32(0), counters, keys2, ranks2)
        _sort_pass(keys2, ranks2, count, np.uint32(RADIX_BITS), counters, keys, ranks)
        _sort_pass(keys, ranks, count, np.uint32(2 * RADIX_BITS), counters, keys2, ranks2)
        begin = 0
        while begin < count:
            end = begin + 1
            while end < count and keys2[end] == keys2[begin]:
                end += 1
            if end - begin > most:
                hot += 1
            elif end - begin > 1:
                for i in range(begin, end):
                    places[ranks2[i]] = used
                    lists[used] = ranks2[i]
                    used += 1
                lists[used - 1] |= np.uint32(LAST)
                long += np.int64(end - begin > window + 1)
            begin = end
    for rank in range(n):
        for slot in range(first, last):
            where[rank, slot] = columns[slot - first, rank]
    return used, long, hot


@borrowing
def _meet(where: Array, lists: Array, rank: Int, window: Int, met: Array) -> Int:
    """The later ranks that stand within `window` places of this one in its lists, with repeats; returns how many."""
    count = 0
    touched = np.uint32(0)
    for slot in range(where.shape[1]):  # asks for all lists at once: followed one by one, each would wait for memory
        at = where[rank, slot]
        if at != NOWHERE:
            touched ^= lists[at]
    met[0] = touched
    for slot in range(where.shape[1]):
        at = where[rank, slot]
        if at != NOWHERE:
            left = window
            while left > 0 and not lists[at] & np.uint32(LAST):
                at += np.uint32(1)
                left -= 1
                met[count] = lists[at] & np.uint32(~LAST & 0xFFFFFFFF)
                count += 1
    return count


@borrowing
def shared_rarity(signatures: Array, left: Int, right: Int, classes: Array, rarity: Array) -> Int:
    """How rare the features are that two signatures share, in sum."""
    weight: Int = 0
    for k in range(signatures.shape[1]):
        value = signatures[left, k]
        if value == signatures[right, k] and value != EMPTY:
            weight += np.int64(rarity[classes[value >> np.uint32(CELL_SHIFT)]])
    return weight


@borrowing
def keep_best(score: Any, other: Int, kept: Int, best: Int, found: Int, scores: Array, pairs: Array) -> Int:
    """Put a candidate among the `best` of one article, from `found` on, the lower rank first among equals; how many."""
    at = kept if kept < best else best - 1
    if kept == best and (score < scores[at] or (score == scores[at] and other > pairs[found + at, 1])):
        return kept
    while at > 0 and (score > scores[at - 1] or (score == scores[at - 1] and other < pairs[found + at - 1, 1])):
        scores[at], pairs[found + at, 1] = scores[at - 1], pairs[found + at - 1, 1]
        at -= 1
    scores[at], pairs[found + at, 1] = score, other
    return min(kept + 1, best)


@borrowing_kernel
def count_full(signatures: Array, order: Array, full: Array) -> None:
    """How many slots of each rank's signature something fell into."""
    for rank in range(len(order)):
        count = np.uint16(0)
        for k in range(signatures.shape[1]):
            count += np.uint16(signatures[order[rank], k] != EMPTY)
        full[rank] = count


class Posted(NamedTuple):
    """Weighted signatures and their posting lists, as `post_slots` makes them; `n` ranks."""

    signatures: U32  # (rows, slots)
    order: U32  # (n,) row of each rank
    full: U16  # (n,) slots that something fell into
    where: U32  # (n, slots) place in the list of each slot
    lists: U32
    classes: U8  # (2^20,) IDF class of a feature
    rarity: U16  # (256,) of a class, in thousandths


@kernel
def count_collisions(
    posted: Posted, first: Int, last: Int, window: Int, least: Int, threshold: Any, pairs: Array
) -> tuple[Int, Int]:
    """Candidates of the ranks first..last among later ranks into `pairs`; returns how many, and how many lost out.

    Counts twice: roughly in a few cells that stay in cache, then exactly where that came to `least`. What is left is
    compared slot by slot; kept are those whose mean rarity over the smaller signature reaches `threshold`, and of
    these the best `len(pairs) // (last - first)` for each rank.
    """
    signatures, order, full, where, lists, classes, rarity = posted
    n, slots = where.shape
    best = len(pairs) // (last - first)
    met, close = np.empty(slots * window, np.uint32), np.empty(slots * window, np.uint32)
    cells, exact = np.empty(CELLS, np.uint8), np.zeros(n, np.uint8)
    scores = np.empty(best, np.float32)
    lost: Int = 0
    found = 0
    for rank in range(first, last):
        count = _meet(where, lists, rank, window, met)
        cells[:] = 0
        for i in range(count):
            cell = met[i] & np.uint32(CELLS - 1)
            cells[cell] = min(cells[cell] + 1, 255)
        hot: Int = 0
        for i in range(count):
            other = met[i]
            if cells[other & np.uint32(CELLS - 1)] >= least:
                close[hot] = other
                hot += np.int64(exact[other] == 0)
                exact[other] = min(exact[other] + 1, 255)
        kept = 0
        for i in range(hot):
            other = close[i]
            enough = exact[other] >= least
            exact[other] = 0
            if not enough:
                continue
            weight = shared_rarity(signatures, order[rank], order[other], classes, rarity)
            score = np.float32(weight) / np.float32(min(full[rank], full[other]))
            if score < threshold:
                continue
            lost += np.int64(kept == best)
            kept = keep_best(score, other, kept, best, found, scores, pairs)
        pairs[found : found + kept, 0] = rank
        found += kept
    return found, lost
