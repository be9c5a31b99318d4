"""An immutable segment: the sorted postings and the rows of many articles, mapped from a file or held in memory."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.errors import IndexDamaged
from dedup.index.folder import REBUILD
from dedup.index.layout import Found, Scope, Visibility
from dedup.index.postings import (
    CHUNK,
    PADDING,
    SOUND,
    Postings,
    checksums,
    chunk_ranges,
    search_segment,
    shared_columns,
)

HEAD = 4096  # bytes of a file before its postings
SMALL_POSTINGS = 24 << 20  # bytes that stay mapped: those of one freeze; at most 7 segments are that small
VERIFIED = 1 << 12  # chunks that `verify` checks at a time: 8 MB mapped in


class Arrays(NamedTuple):
    """The small arrays of a segment, under the names that its file has for them: `n` articles, `k` columns, `c` chunks.

    They are checked when the file is opened, the postings chunk by chunk as they are read.
    """

    columns: I64  # (k + 1,) as in `Postings`, like the next two
    fences: U32  # (c,)
    sums: U32  # (c,)
    numbers: U32  # (n,) rising
    dates: I64  # (n,)
    sources: U32  # (n,)
    digests: U32  # (n,) digest keys
    full: U8  # (n,) weighted slots that hold a key


class Source(NamedTuple):
    """The file of a segment, and the whole of it in memory."""

    path: Path
    file: BinaryIO
    mapped: mmap.mmap
    digest: bytes  # of its description


class Span(NamedTuple):
    """What the manifest says of a segment: file, the numbers of its first and last article, digest of its description.

    In memory the digest is empty.
    """

    name: str
    first: int
    last: int
    digest: bytes


if sys.platform != "win32":
    _read = os.pread
else:

    def _read(file: int, size: int, offset: int) -> bytes:
        os.lseek(file, offset, os.SEEK_SET)
        return os.read(file, size)


class Segment:
    """A searchable segment; `alive` (n,) may be changed in memory, everything else is fixed."""

    def __init__(self, file: str, posts: U64, arrays: Arrays, source: Source | None = None) -> None:
        for array in (posts, *arrays):
            array.flags.writeable = False
        self.file, self._source = file, source
        self._where = file if source is None else str(source.path)
        self.arrays = arrays
        self.postings = Postings(posts, arrays.columns, arrays.fences, arrays.sums)
        self.alive: U8 = np.ones(len(arrays.numbers), np.uint8)
        self.visibility = Visibility(self.alive, arrays.dates, arrays.sources, arrays.numbers)
        self.numbers, self.digests, self.full = arrays.numbers, arrays.digests, arrays.full
        self.latest = int(arrays.dates.max()) if len(arrays.dates) else 0

    def __len__(self) -> int:
        """The number of articles, hidden ones too."""
        return len(self.numbers)

    @property
    def size(self) -> int:
        """Bytes of the postings and rows."""
        return self.postings.posts.nbytes + sum(array.nbytes for array in self.arrays)

    @property
    def span(self) -> Span:
        """What the manifest says of it; there must be an article in it."""
        digest = b"" if self._source is None else self._source.digest
        return Span(self.file, int(self.numbers[0]), int(self.numbers[-1]), digest)

    def places(self, numbers: U32) -> I64:
        """Return where articles stand in this segment; -1 for those that do not."""
        at = np.searchsorted(self.numbers, numbers)
        inside = at < len(self)
        inside[inside] = self.numbers[at[inside]] == numbers[inside]
        return np.where(inside, at, -1)

    def remove(self, numbers: U32) -> None:
        """Hide articles."""
        at = self.places(numbers)
        self.alive[at[at >= 0]] = 0

    def damaged(self, chunk: int) -> IndexDamaged:
        """Return the error for a chunk that fails its checksum or names an article that is not here."""
        return IndexDamaged(f"{self._where}: chunk {chunk} of the postings is damaged; {REBUILD}")

    def view(self, keys: U32) -> View:
        """Return what of this segment an article with these keys can meet."""
        return View(self, keys)

    def read_chunks(self, first: I64, last: I64) -> U64:
        """Return the postings of the chunks first..last, one range after the other. Raises `IndexDamaged`.

        Large segments are read, not mapped: for each page touched Linux may map 1 MB, which counts as this process's.
        """
        posts, spans = self.postings.posts, zip(first.tolist(), last.tolist(), strict=True)
        if self._source is None or posts.nbytes <= SMALL_POSTINGS:
            ranges = [posts[a * CHUNK : b * CHUNK] for a, b in spans]
            return np.concatenate(ranges) if ranges else posts[:0]
        size, file = CHUNK * posts.itemsize, self._source.file.fileno()
        read = b"".join([_read(file, (b - a) * size, HEAD + a * size) for a, b in spans if b > a])
        if len(read) != int((last - first).sum()) * size:
            raise IndexDamaged(f"{self._where}: the file has become shorter; {REBUILD}")
        return np.frombuffer(read, np.uint64)

    def verify(self) -> None:
        """Check every chunk. Raises `IndexDamaged`."""
        posts, sums = self.postings.posts, self.postings.sums
        for first in range(0, len(sums), VERIFIED):
            some = posts[first * CHUNK : (first + VERIFIED) * CHUNK]
            places = some & np.uint64(0xFFFFFFFF)
            beyond = ((places >= len(self)) & (some != PADDING)).reshape(-1, CHUNK).any(axis=1)
            wrong = np.flatnonzero((checksums(some) != sums[first : first + VERIFIED]) | beyond)
            if len(wrong):
                raise self.damaged(first + int(wrong[0]))
            self.forget_pages()

    def column(self, column: int, renumbered: I64) -> tuple[U32, U32]:
        """Return keys and new places of one column, for a merge; `renumbered` (n,) is -1 for what is left out.

        Raises `IndexDamaged`.
        """
        first, last = self.postings.columns[column : column + 2].tolist()
        posts = self.postings.posts[first * CHUNK : last * CHUNK]
        wrong = np.flatnonzero(checksums(posts) != self.postings.sums[first:last])
        if len(wrong):
            raise self.damaged(first + int(wrong[0]))
        posts = posts[: np.searchsorted(posts, np.uint64(PADDING))]
        old = (posts & np.uint64(0xFFFFFFFF)).astype(np.int64)
        if len(old) and int(old.max()) >= len(self):
            raise self.damaged(first + int(np.argmax(old >= len(self))) // CHUNK)
        places = renumbered[old]
        kept = places >= 0
        return (posts[kept] >> np.uint64(32)).astype(np.uint32), places[kept].astype(np.uint32)

    def forget_pages(self) -> None:
        """Give mapped pages back: the system keeps them cached, but this process no longer counts them as its own."""
        if self._source is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._source.mapped.madvise(mmap.MADV_DONTNEED)


class View:
    """The chunks of a segment that may hold the keys of one article: small enough to be read instead of mapped."""

    def __init__(self, segment: Segment, keys: U32) -> None:
        self._segment, self._keys, whole = segment, keys, segment.postings
        first, last = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        chunk_ranges(keys, whole.columns, whole.fences, first, last)
        counts = last - first
        columns = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        self._chunks = np.arange(columns[-1]) + np.repeat(first - columns[:-1], counts)
        posts = segment.read_chunks(first, last)
        self._postings = Postings(posts, columns, whole.fences[self._chunks], whole.sums[self._chunks])
        for array in self._postings:
            array.flags.writeable = False

    def search(self, keys: U32, scope: Scope, newest: bool, found: Found) -> None:
        """Add what shares a key to `found` (`postings.search_segment`). Raises `IndexDamaged`."""
        if self._segment.latest >= scope.since:
            self._check(search_segment(keys, self._postings, self._segment.visibility, scope, newest, found))

    def shared(self, place: int, slots: int) -> U8:
        """Return which of the first `slots` keys an article of the segment has (slots,). Raises `IndexDamaged`."""
        out = np.empty(slots, np.uint8)
        self._check(shared_columns(self._keys, self._postings, place, out))
        return out

    def _check(self, damaged: int) -> None:
        if damaged != SOUND:
            raise self._segment.damaged(int(self._chunks[damaged]))
