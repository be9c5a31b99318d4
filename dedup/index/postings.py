"""The compiled search: sorted postings in checked chunks for segments, a chained hash table for recent articles.

A posting is 64 bits: the key above, the article's place in its segment below. The postings of a column are sorted and
cut into chunks of `CHUNK`; the first key of each chunk stands in `fences`, its checksum in `sums`, and every chunk that
a search touches is checked. `reference.py` says in plain numpy what a search finds.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from numba import boolean, int64, njit, types, uint8, uint32, uint64, void

from dedup.candidates.bands import NO_KEY

CHUNK = 256  # postings: 2 KB, half a page, so that a search touches one page a column
PADDING = 0xFFFFFFFFFFFFFFFF  # fills the last chunk of a column: its key is NO_KEY, which is never searched
NOWHERE = 0xFFFFFFFF  # end of a chain

# Odd multipliers of the four lanes of a checksum: fractional digits of the square roots of 2, 3, 5 and 7 (SHA-512's).
LANES = (0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1)
GOLDEN = 0x9E3779B97F4A7C15

_read64 = types.Array(uint64, 1, "C", readonly=True)
_read32 = types.Array(uint32, 1, "C", readonly=True)
_reads = types.Array(int64, 1, "C", readonly=True)
_scope = types.Tuple([int64, uint32, uint32])  # type: ignore[no-untyped-call]


@njit(uint32(_read64, int64), cache=True, nogil=True)
def chunk_sum(posts, first):
    """Checksum of one chunk: a change of one posting always shows, any other with all but 2^-32 of the chances."""
    a, b, c, d = uint64(LANES[3]), uint64(LANES[2]), uint64(LANES[1]), uint64(LANES[0])
    for i in range(first, first + CHUNK, 4):
        a = uint64((a ^ posts[i]) * uint64(LANES[0]))
        b = uint64((b ^ posts[i + 1]) * uint64(LANES[1]))
        c = uint64((c ^ posts[i + 2]) * uint64(LANES[2]))
        d = uint64((d ^ posts[i + 3]) * uint64(LANES[3]))
    mixed = uint64((a ^ (a >> uint64(32))) * uint64(GOLDEN))
    mixed = uint64((mixed ^ (mixed >> uint64(32)) ^ b ^ (b >> uint64(32))) * uint64(GOLDEN))
    mixed = uint64((mixed ^ (mixed >> uint64(32)) ^ c ^ (c >> uint64(32))) * uint64(GOLDEN))
    mixed = uint64((mixed ^ (mixed >> uint64(32)) ^ d ^ (d >> uint64(32))) * uint64(GOLDEN))
    return uint32(mixed >> uint64(32))


@njit(void(_read64, uint32[::1]), cache=True, nogil=True)
def all_sums(posts, out):
    """Checksums of all chunks into `out`."""
    for i in range(len(out)):
        out[i] = chunk_sum(posts, i * CHUNK)


@njit(int64(_read64, _read32, int64, int64, uint64), cache=True, nogil=True)
def _bound(posts, fences, low, high, wanted):
    """Index of the first posting not below `wanted` in the chunks low..high of one column."""
    if low == high:
        return low * CHUNK
    first, key = low, uint32(wanted >> uint64(32))
    while low < high:  # the first chunk whose first key is not below: the key may begin in the chunk before
        middle = (low + high) >> 1
        if fences[middle] < key:
            low = middle + 1
        else:
            high = middle
    low = max(low - 1, first) * CHUNK
    high = low + CHUNK
    while low < high:
        middle = (low + high) >> 1
        if posts[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(void(_read32, _reads, _read32, int64[::1], int64[::1]), cache=True, nogil=True)
def chunk_ranges(keys, columns, fences, first, last):
    """The chunks first..last of each column that may hold its key; none where there is no key."""
    for column in range(len(keys)):
        low, high = columns[column], columns[column + 1]
        begin, end, key = low, high, keys[column]
        first[column] = last[column] = low
        if key == uint32(NO_KEY) or low == high:
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


@njit(
    int64(
        _read32, _read64, _reads, _read32, _read32, uint8[::1], _reads, _read32, _read32, _scope, boolean,
        uint32[:, ::1], int64[::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def search_segment(
    keys, posts, columns, fences, sums, alive, dates, sources, numbers, scope, newest, found, counts
):  # fmt: skip
    """Adds the visible articles of a segment that have one of the keys to `found`, in each column until it is full.

    First the oldest up to half the width, oldest first; then, with `newest`, the newest of the columns where that half
    is full, newest first, down to the newest of the oldest. Returns -1, or the number of a chunk that is damaged.
    """
    window = found.shape[1] // 2
    most = 2 * window if newest else window
    for column in range(len(keys)):
        key = keys[column]
        if key == uint32(NO_KEY) or counts[column] >= most or (newest and counts[column] < window):
            continue
        low, high = columns[column], columns[column + 1]
        if low == high:
            continue
        first = _bound(posts, fences, low, high, uint64(key) << uint64(32))
        checked = max(low, (first - 1) // CHUNK)
        if chunk_sum(posts, checked * CHUNK) != sums[checked]:
            return checked
        last, step = high * CHUNK, 1
        i = first
        if newest:
            last = first - 1
            i = _bound(posts, fences, low, high, uint64(uint64(key) + uint64(1)) << uint64(32)) - 1
            step = -1
        while i != last and counts[column] < most:
            chunk = i // CHUNK
            if chunk != checked:
                if chunk_sum(posts, chunk * CHUNK) != sums[chunk]:
                    return chunk
                checked = chunk
            if uint32(posts[i] >> uint64(32)) != key:
                break
            place = int64(posts[i] & uint64(0xFFFFFFFF))
            if alive[place] and dates[place] >= scope[0] and sources[place] != scope[1] and numbers[place] != scope[2]:
                if newest and numbers[place] <= found[column, window - 1]:
                    break
                found[column, counts[column]] = numbers[place]
                counts[column] += 1
            i += step
    return -1


@njit(int64(_read32, _read64, _reads, _read32, _read32, int64, uint8[::1]), cache=True, nogil=True)
def shared_columns(keys, posts, columns, fences, sums, place, out):
    """Marks in `out` which of the first `len(out)` keys one article of a segment has; -1, or a damaged chunk."""
    for column in range(len(out)):
        low, high = columns[column], columns[column + 1]
        out[column] = 0
        if keys[column] == uint32(NO_KEY) or low == high:
            continue
        wanted = (uint64(keys[column]) << uint64(32)) | uint64(place)
        at = _bound(posts, fences, low, high, uint64(keys[column]) << uint64(32))
        end = high * CHUNK
        reach = 1
        while at + reach < end and posts[at + reach] < wanted:  # lists are short: double the step, then halve it
            reach *= 2
        high = min(at + reach + 1, end)
        while at < high:
            middle = (at + high) >> 1
            if posts[middle] < wanted:
                at = middle + 1
            else:
                high = middle
        if at < end:
            chunk = at // CHUNK
            if chunk_sum(posts, chunk * CHUNK) != sums[chunk]:
                return chunk
            out[column] = uint8(posts[at] == wanted)
    return -1


@njit(int64(uint32, int64, int64), inline="always")
def _bucket(key, column, mask):
    mixed = uint64((uint64(key) ^ (uint64(column) << uint64(32))) * uint64(GOLDEN))
    return int64((mixed ^ (mixed >> uint64(29))) >> uint64(20)) & mask


@njit(void(uint32[:, ::1], int64, int64, uint32[::1], uint32[::1], uint32[::1], uint32[::1]), cache=True, nogil=True)
def insert_recent(keys, first, last, heads, tails, nexts, befores):
    """Chains the keys of the rows first..last both ways; `heads` and `tails` have a power of two of buckets."""
    columns, mask = keys.shape[1], int64(len(heads) - 1)
    for row in range(first, last):
        for column in range(columns):
            if keys[row, column] == uint32(NO_KEY):
                continue
            at, post = _bucket(keys[row, column], column, mask), row * columns + column
            nexts[post] = uint32(NOWHERE)
            befores[post] = tails[at]
            if heads[at] == uint32(NOWHERE):
                heads[at] = uint32(post)
            else:
                nexts[int64(tails[at])] = uint32(post)
            tails[at] = uint32(post)


@njit(
    void(
        _read32, uint32[:, ::1], uint32[::1], uint32[::1], uint8[::1], int64[::1], uint32[::1], uint32[::1], _scope,
        boolean, uint32[:, ::1], int64[::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def search_recent(keys, stored, ends, links, alive, dates, sources, numbers, scope, newest, found, counts):
    """As `search_segment` over recent articles: `ends`, `links` are heads and nexts, for the newest their reverse."""
    columns, mask, window = len(keys), int64(len(ends) - 1), found.shape[1] // 2
    most = 2 * window if newest else window
    for column in range(columns):
        key = keys[column]
        if key == uint32(NO_KEY) or (newest and counts[column] < window):
            continue
        post = ends[_bucket(key, column, mask)]
        while post != uint32(NOWHERE) and counts[column] < most:
            row, other = int64(post) // columns, int64(post) % columns
            if (
                other == column
                and stored[row, column] == key
                and alive[row]
                and dates[row] >= scope[0]
                and sources[row] != scope[1]
                and numbers[row] != scope[2]
            ):
                if newest and numbers[row] <= found[column, window - 1]:
                    break
                found[column, counts[column]] = numbers[row]
                counts[column] += 1
            post = links[int64(post)]
