"""The compiled joins behind `candidates.py`; `candidate_reference.py` says the same in plain Python.

Both work on *ranks*: the positions of articles in one canonical order, so that the order of the input does not matter.
`order` (n,) gives the row of the signature array for each rank.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

import numpy as np
from numba import float32, int64, njit, types, uint8, uint16, uint32, uint64, void

EMPTY = 0xFFFFFFFF  # a slot that nothing fell into (`dedup.sketch`): never compared
NOWHERE = 0xFFFFFFFF  # this article shares this slot with nobody
LAST = 0x80000000  # marks the last rank of a posting list
SEEN_BYTES = 4  # an article and band, with four keys a byte: every 16th unlike key is taken for a repeated one
RADIX_BITS = 11  # three passes for 32 bits; a table of 2^11 counters stays in the first-level cache
CELLS = 8192  # counters of the first, approximate count: 8 KB, half of a first-level cache, cleared for each article
CELL_SHIFT = 12  # a weighted slot shows the high half of its feature, whose top 20 bits name the feature's IDF class

# Odd multipliers for the slots of a band: any will do, they only bring articles together and stay in memory.
BAND_FACTORS = np.random.Generator(np.random.PCG64(128)).integers(0, 1 << 64, 128, dtype=np.uint64) | np.uint64(1)

_rows32 = types.Array(uint32, 2, "C", readonly=True)
_read8 = types.Array(uint8, 1, "C", readonly=True)


@njit(uint32(uint32[::1], uint32), cache=True, nogil=True)
def _root(parents, rank):
    while parents[rank] != rank:
        parents[rank] = parents[parents[rank]]
        rank = parents[rank]
    return rank


@njit(int64(int64), cache=True, nogil=True)
def _bits(size):
    """The logarithm of a power of two."""
    bits = 0
    while size > 1:
        size >>= 1
        bits += 1
    return bits


@njit(int64(_rows32, int64, int64), cache=True, nogil=True)
def _equal_slots(signatures, left, right):
    same = uint32(0)
    for k in range(signatures.shape[1]):
        same += uint32(signatures[left, k] == signatures[right, k])
    return same


@njit(uint64(_rows32, int64, int64, int64), cache=True, nogil=True, inline="always")
def _band_key(signatures, row, first, band_rows):
    """Multilinear hash of a band (Lemire and Kaser 2014): use its high bits."""
    f, k = BAND_FACTORS, first
    if band_rows == 4:  # the default, without a loop: twice as fast
        left = signatures[row, k] * f[0] + signatures[row, k + 1] * f[1]
        return uint64(left + signatures[row, k + 2] * f[2] + signatures[row, k + 3] * f[3])
    mixed = uint64(0)
    for i in range(band_rows):
        mixed = uint64(mixed + signatures[row, first + i] * f[i & 127])
    return mixed


@njit(void(_rows32, int64, uint32[:, ::1]), cache=True, nogil=True)
def _band_cells(signatures, band_rows, cells):
    """The high halves (bands, articles) of all band keys, in one pass over the signatures as they lie in memory."""
    for row in range(signatures.shape[0]):
        for band in range(cells.shape[0]):
            cells[band, row] = uint32(_band_key(signatures, row, band * band_rows, band_rows) >> uint64(32))


@njit(int64(uint32[::1], uint32[::1], uint8[::1], uint8[::1], uint32[::1]), cache=True, nogil=True)
def _choose_repeated(cells, ranks, seen, repeated, chosen):
    """The ranks, ascending, whose band some other article seems to have too; returns how many.

    `seen` holds two bits for each key: seen once, seen again. Nearly all articles are done with here.
    """
    high = uint32(32 - _bits(4 * len(seen)))
    seen[:] = 0
    for row in range(len(ranks)):
        if ranks[row] != NOWHERE:
            cell = cells[row] >> high
            shift = uint32((cell & uint32(3)) << uint32(1))
            bits = uint32(seen[cell >> uint32(2)])
            again = uint32((bits >> shift) & uint32(1))
            seen[cell >> uint32(2)] = uint8(bits | ((uint32(1) | (again << uint32(1))) << shift))
    repeated[:] = 0
    for row in range(len(ranks)):
        cell = cells[row] >> high
        if (seen[cell >> uint32(2)] >> (((cell & uint32(3)) << uint32(1)) + uint32(1))) & 1 and ranks[row] != NOWHERE:
            repeated[ranks[row]] = 1
    count = 0
    for rank in range(len(repeated)):
        chosen[count] = rank
        count += int64(repeated[rank])
    return count


@njit(
    types.UniTuple(int64, 2)(
        _rows32, uint32[::1], int64, int64, int64, int64, uint32[::1], int64, uint32[:, ::1], uint32[::1],
        uint32[:, ::1], int64,
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def _join_band(signatures, order, first, band_rows, least_equal, depth, chosen, count, table, parents, links, found):
    """Link the `count` chosen ranks, ascending, by one band; returns how many links there are now, and stops."""
    size = 16
    while size < 2 * count:
        size *= 2
    table[:size] = 0
    high, mask = uint64(64 - _bits(size)), uint64(size - 1)
    stopped = 0
    for i in range(count):
        rank = chosen[i]
        row = order[rank]
        key = _band_key(signatures, row, first, band_rows)
        at, tag = key >> high, uint32(key >> uint64(8))
        met, settled = 0, False
        while table[at, 0] != 0 and not settled:
            if table[at, 2] == tag:
                other, recent = table[at, 0] - 1, table[at, 1] - 1
                mine = _root(parents, rank)
                if _root(parents, other) == mine:
                    settled = True
                elif met == depth:
                    stopped += 1
                    settled = True
                else:
                    met += 1
                    close = _equal_slots(signatures, order[other], row) >= least_equal
                    if not close and recent != other and _root(parents, recent) != mine:
                        other = recent
                        close = _equal_slots(signatures, order[other], row) >= least_equal
                    if close:
                        links[found, 0], links[found, 1] = other, rank
                        found += 1
                        theirs = _root(parents, other)
                        parents[max(mine, theirs)] = min(mine, theirs)
                        settled = True
                if settled:
                    table[at, 1] = rank + 1
            if not settled:
                at = (at + uint64(1)) & mask
        if not settled:
            table[at, 0], table[at, 1], table[at, 2] = rank + 1, rank + 1, tag
    return found, stopped


@njit(
    types.UniTuple(int64, 2)(_rows32, uint32[::1], uint32[::1], int64, int64, int64, uint32[::1], uint32[:, ::1]),
    cache=True,
    nogil=True,
)
def near_links(signatures, order, ranks, band_rows, least_equal, depth, parents, links):
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


@njit(
    void(uint32[::1], uint32[::1], int64, uint32, uint32[::1], uint32[::1], uint32[::1]),
    cache=True,
    nogil=True,
)
def _sort_pass(keys, ranks, count, shift, counters, out_keys, out_ranks):
    counters[:] = 0
    digit = uint32((1 << RADIX_BITS) - 1)
    for i in range(count):
        counters[(keys[i] >> shift) & digit] += 1
    total = uint32(0)
    for d in range(len(counters)):
        here = counters[d]
        counters[d] = total
        total = uint32(total + here)
    for i in range(count):
        d = (keys[i] >> shift) & digit
        to = counters[d]
        counters[d] = uint32(to + uint32(1))
        out_keys[to], out_ranks[to] = keys[i], ranks[i]


@njit(
    types.UniTuple(int64, 3)(_rows32, uint32[::1], int64, int64, int64, int64, int64, uint32[:, ::1], uint32[::1]),
    cache=True,
    nogil=True,
)
def post_slots(signatures, order, first, last, base, window, most, where, lists):
    """Post the slots first..last into `lists` from `base` on; returns the end, and how many lists are long, and hot.

    A list holds the ranks that show one value in one slot, in ascending order, the last marked by `LAST`; values that
    only one article shows have none. `where` (n, slots) gets each article's place in its list, or `NOWHERE`. A list is
    long if a member cannot see all later ones within `window`; one of more than `most` is hot and left out.
    """
    n = len(order)
    columns = np.empty(
        (last - first, n), np.uint32
    )  # transposed once, so that rows are read and written in whole lines
    keys, ranks = np.empty(n, np.uint32), np.empty(n, np.uint32)
    keys2, ranks2 = np.empty(n, np.uint32), np.empty(n, np.uint32)
    counters = np.empty(1 << RADIX_BITS, np.uint32)
    used, long, hot = base, 0, 0
    for rank in range(n):
        for slot in range(first, last):
            columns[slot - first, rank] = signatures[order[rank], slot]
    for slot in range(last - first):
        places = columns[slot]
        count = 0
        for rank in range(n):
            keys[count], ranks[count] = places[rank], rank
            count += int64(places[rank] != EMPTY)
        places[:] = uint32(NOWHERE)
        _sort_pass(keys, ranks, count, uint32(0), counters, keys2, ranks2)
        _sort_pass(keys2, ranks2, count, uint32(RADIX_BITS), counters, keys, ranks)
        _sort_pass(keys, ranks, count, uint32(2 * RADIX_BITS), counters, keys2, ranks2)
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
                lists[used - 1] |= uint32(LAST)
                long += int64(end - begin > window + 1)
            begin = end
    for rank in range(n):
        for slot in range(first, last):
            where[rank, slot] = columns[slot - first, rank]
    return used, long, hot


@njit(int64(uint32[:, ::1], uint32[::1], int64, int64, uint32[::1]), cache=True, nogil=True)
def _meet(where, lists, rank, window, met):
    """The later ranks that stand within `window` places of this one in its lists, with repeats; returns how many."""
    count = 0
    touched = uint32(0)
    for slot in range(where.shape[1]):  # asks for all lists at once: followed one by one, each would wait for memory
        at = where[rank, slot]
        if at != NOWHERE:
            touched ^= lists[at]
    met[0] = touched
    for slot in range(where.shape[1]):
        at = where[rank, slot]
        if at != NOWHERE:
            left = window
            while left > 0 and not lists[at] & uint32(LAST):
                at += uint32(1)
                left -= 1
                met[count] = lists[at] & uint32(~LAST & 0xFFFFFFFF)
                count += 1
    return count


@njit(int64(_rows32, int64, int64, _read8, uint16[::1]), cache=True, nogil=True)
def _shared_rarity(signatures, left, right, classes, rarity):
    """How rare the features are that two signatures share, in sum."""
    weight = 0
    for k in range(signatures.shape[1]):
        value = signatures[left, k]
        if value == signatures[right, k] and value != EMPTY:
            weight += int64(rarity[classes[value >> uint32(CELL_SHIFT)]])
    return weight


@njit(void(_rows32, uint32[::1], uint16[::1]), cache=True, nogil=True)
def count_full(signatures, order, full):
    """How many slots of each rank's signature something fell into."""
    for rank in range(len(order)):
        count = uint16(0)
        for k in range(signatures.shape[1]):
            count += uint16(signatures[order[rank], k] != EMPTY)
        full[rank] = count


@njit(
    types.UniTuple(int64, 2)(
        _rows32, uint32[::1], uint16[::1], uint32[:, ::1], uint32[::1], _read8, uint16[::1],
        int64, int64, int64, int64, float32, uint32[:, ::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def count_collisions(
    signatures, order, full, where, lists, classes, rarity, first, last, window, least, threshold, pairs
):  # fmt: skip
    """Candidates of the ranks first..last among later ranks into `pairs`; returns how many, and how many lost out.

    Counts twice: roughly in a few cells that stay in cache, then exactly where that came to `least`. What is left is
    compared slot by slot; kept are those whose mean rarity over the smaller signature reaches `threshold`, and of
    these the best `len(pairs) // (last - first)` for each rank.
    """
    n, slots = where.shape
    best = len(pairs) // (last - first)
    met, close = np.empty(slots * window, np.uint32), np.empty(slots * window, np.uint32)
    cells, exact = np.empty(CELLS, np.uint8), np.zeros(n, np.uint8)
    scores = np.empty(best, np.float32)
    found, lost = 0, 0
    for rank in range(first, last):
        count = _meet(where, lists, rank, window, met)
        cells[:] = 0
        for i in range(count):
            cell = met[i] & uint32(CELLS - 1)
            cells[cell] = min(cells[cell] + 1, 255)
        hot = 0
        for i in range(count):
            other = met[i]
            if cells[other & uint32(CELLS - 1)] >= least:
                close[hot] = other
                hot += int64(exact[other] == 0)
                exact[other] = min(exact[other] + 1, 255)
        kept = 0
        for i in range(hot):
            other = close[i]
            enough = exact[other] >= least
            exact[other] = 0
            if not enough:
                continue
            weight = _shared_rarity(signatures, order[rank], order[other], classes, rarity)
            score = float32(weight) / float32(min(full[rank], full[other]))
            if score < threshold:
                continue
            lost += int64(kept == best)
            at = kept if kept < best else best - 1
            if kept == best and (score < scores[at] or (score == scores[at] and other > pairs[found + at, 1])):
                continue
            while at > 0 and (score > scores[at - 1] or (score == scores[at - 1] and other < pairs[found + at - 1, 1])):
                scores[at], pairs[found + at, 1] = scores[at - 1], pairs[found + at - 1, 1]
                at -= 1
            scores[at], pairs[found + at, 1] = score, other
            kept = min(kept + 1, best)
        for i in range(kept):
            pairs[found + i, 0] = rank
        found += kept
    return found, lost


@njit(void(_rows32, uint32[:, ::1], uint16[::1]), cache=True, nogil=True)
def compare_rows(signatures, pairs, equal):
    """How many slots each pair of rows shares, empty slots apart."""
    for i in range(len(pairs)):
        same = uint16(0)
        for k in range(signatures.shape[1]):
            value = signatures[pairs[i, 0], k]
            same += uint16((value == signatures[pairs[i, 1], k]) & (value != EMPTY))
        equal[i] = same
