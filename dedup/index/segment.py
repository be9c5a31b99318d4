"""An immutable segment: the sorted postings and the rows of many articles in one checked, memory-mapped file.

Layout: a first page with magic, length and checksum of a JSON description; the postings, column after column; then the
small arrays. The first page is written last, and a file counts only once the manifest names it. The small arrays are
checked when the file is opened, the postings chunk by chunk as they are read (`postings.py`).
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.errors import IndexDamaged
from dedup.index.layout import Columns, Found, Rows, Scope, full_slots
from dedup.index.postings import CHUNK, PADDING, all_sums, chunk_ranges, search_segment, shared_columns

MAGIC = b"dedupseg"
FORMAT = 1
PAGE = 4096
SMALL_POSTINGS = 24 << 20  # bytes that stay mapped: those of one freeze; at most 7 segments are that small
PREFIX = struct.Struct("<8sIII")  # magic, format, length and checksum of the description
ADVICE = "rebuild the segments from the stored texts with compact(rebuild=True) or `dedup index compact --rebuild`"
SMALL = ("columns", "fences", "sums", "numbers", "dates", "sources", "digests", "full")


def sorted_postings(values: U32, places: U32) -> U64:
    """The postings of one column, sorted, padded to whole chunks."""
    held = values != NO_KEY
    posts = (values[held].astype(np.uint64) << np.uint64(32)) | places[held]
    posts.sort()
    return np.concatenate([posts, np.full(-len(posts) % CHUNK, PADDING, np.uint64)])


def _fenced(columns: Iterable[U64], out: BinaryIO | list[U64]) -> dict[str, NDArray[Any]]:
    """Write the postings, column by column, and return what describes them."""
    starts, fences, sums = [0], [], []
    for posts in columns:
        check = np.empty(len(posts) // CHUNK, np.uint32)
        posts.flags.writeable = False
        all_sums(posts, check)
        fences.append((posts[::CHUNK] >> np.uint64(32)).astype(np.uint32))
        sums.append(check)
        starts.append(starts[-1] + len(check))
        if isinstance(out, list):
            out.append(posts)
        else:
            out.write(posts.data)
    return {
        "columns": np.array(starts, np.int64),
        "fences": np.concatenate(fences),
        "sums": np.concatenate(sums),
    }


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _describe(out: BinaryIO, arrays: dict[str, NDArray[Any]]) -> bytes:
    """Write the small arrays behind the postings; returns the first page."""
    described = {}
    for name in SMALL:
        array = np.ascontiguousarray(arrays[name])
        out.write(bytes(-out.tell() % 64))
        described[name] = [array.dtype.str, len(array), out.tell(), zlib.crc32(array.data)]
        out.write(array.data)
    text = json.dumps({"arrays": described, "length": out.tell()}).encode()
    page = PREFIX.pack(MAGIC, FORMAT, len(text), zlib.crc32(text)) + text
    return page.ljust(PAGE, b"\0")


def _write(path: Path, columns: Iterable[U64], rows: dict[str, NDArray[Any]]) -> None:
    """Write a whole segment, durably, under its final name."""
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as out:
        out.write(bytes(PAGE))
        page = _describe(out, {**_fenced(columns, out), **rows})
        out.seek(0)
        out.write(page)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


if sys.platform != "win32":
    _read = os.pread
else:

    def _read(file: int, size: int, offset: int) -> bytes:
        os.lseek(file, offset, os.SEEK_SET)
        return os.read(file, size)


class Segment:
    """A searchable segment; `alive` (n,) may be changed in memory, everything else is fixed."""

    def __init__(
        self,
        file: str,
        posts: U64,
        small: dict[str, NDArray[Any]],
        path: Path | None = None,
        mapped: mmap.mmap | None = None,
    ) -> None:
        for array in (posts, *small.values()):
            array.flags.writeable = False
        self.file = file
        self._where = file if path is None else str(path)
        self.posts = posts
        self.columns: I64 = small["columns"]
        self.fences: U32 = small["fences"]
        self.sums: U32 = small["sums"]
        self.numbers: U32 = small["numbers"]
        self.dates: I64 = small["dates"]
        self.sources: U32 = small["sources"]
        self.digests: U32 = small["digests"]
        self.full: U8 = small["full"]
        self.alive: U8 = np.ones(len(self.numbers), np.uint8)
        self.latest = int(self.dates.max()) if len(self.dates) else 0
        self._mapped = mapped
        self._file = None if path is None else path.open("rb", buffering=0)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size(self) -> int:
        """Bytes of the postings and rows."""
        return self.posts.nbytes + sum(int(getattr(self, name).nbytes) for name in SMALL)

    def places(self, numbers: U32) -> I64:
        """Where articles stand in this segment; -1 for those that do not."""
        at = np.searchsorted(self.numbers, numbers)
        inside = at < len(self)
        inside[inside] = self.numbers[at[inside]] == numbers[inside]
        return np.where(inside, at, -1)

    def remove(self, numbers: U32) -> None:
        """Hide articles."""
        at = self.places(numbers)
        self.alive[at[at >= 0]] = 0

    def damaged(self, chunk: int) -> IndexDamaged:
        """The error for a chunk that fails its checksum."""
        return IndexDamaged(f"{self._where}: chunk {chunk} of the postings fails its checksum; {ADVICE}")

    def view(self, keys: U32) -> View:
        """What of this segment an article with these keys can meet."""
        return View(self, keys)

    def read_chunks(self, first: I64, last: I64) -> U64:
        """The postings of the chunks first..last, one range after the other.

        Large segments are read, not mapped: for each page touched Linux may map 1 MB, which counts as this process's.
        """
        if self._file is None or self.posts.nbytes <= SMALL_POSTINGS:
            ranges = [self.posts[a * CHUNK : b * CHUNK] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
            return np.concatenate(ranges) if ranges else self.posts[:0]
        size = CHUNK * self.posts.itemsize
        spans = zip(first.tolist(), last.tolist(), strict=True)
        file = self._file.fileno()
        read = [_read(file, (b - a) * size, PAGE + a * size) for a, b in spans if b > a]
        return np.frombuffer(b"".join(read), np.uint64)

    def verify(self) -> None:
        """Check every chunk. Raises `IndexDamaged`."""
        step = 1 << 12  # chunks at a time: 8 MB mapped in
        for first in range(0, len(self.sums), step):
            here = np.empty(min(step, len(self.sums) - first), np.uint32)
            all_sums(self.posts[first * CHUNK : (first + len(here)) * CHUNK], here)
            wrong = np.flatnonzero(here != self.sums[first : first + len(here)])
            if len(wrong):
                raise self.damaged(first + int(wrong[0]))
            self.forget_pages()

    def column(self, column: int, renumbered: I64) -> tuple[U32, U32]:
        """Keys and new places of one column, for a merge; `renumbered` (n,) is -1 for what is left out."""
        posts = self.posts[self.columns[column] * CHUNK : self.columns[column + 1] * CHUNK]
        posts = posts[: np.searchsorted(posts, np.uint64(PADDING))]
        places = renumbered[(posts & np.uint64(0xFFFFFFFF)).astype(np.int64)]
        kept = places >= 0
        return (posts[kept] >> np.uint64(32)).astype(np.uint32), places[kept].astype(np.uint32)

    @property
    def span(self) -> tuple[str, int, int]:
        """Its file, and the numbers of its first and last article."""
        return self.file, int(self.numbers[0]), int(self.numbers[-1])

    def forget_pages(self) -> None:
        """Give mapped pages back: the system keeps them cached, but this process no longer counts them as its own."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)


class View:
    """The chunks of a segment that may hold the keys of one article: small enough to be read instead of mapped."""

    def __init__(self, segment: Segment, keys: U32) -> None:
        self._segment, self._keys = segment, keys
        first, last = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        chunk_ranges(keys, segment.columns, segment.fences, first, last)
        counts = last - first
        self._columns = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        self._chunks = np.arange(self._columns[-1]) + np.repeat(first - self._columns[:-1], counts)
        self._posts = segment.read_chunks(first, last)
        self._fences, self._sums = segment.fences[self._chunks], segment.sums[self._chunks]
        for array in (self._columns, self._posts, self._fences, self._sums):
            array.flags.writeable = False

    def search(self, keys: U32, scope: Scope, newest: bool, found: Found) -> None:
        """Add what shares a key (`postings.search_segment`). Raises `IndexDamaged`."""
        s = self._segment
        if s.latest < scope.since:
            return
        wrong = search_segment(
            keys, self._posts, self._columns, self._fences, self._sums, s.alive, s.dates, s.sources, s.numbers,
            scope.plain(), newest, found.numbers, found.counts,
        )  # fmt: skip
        if wrong >= 0:
            raise s.damaged(int(self._chunks[wrong]))

    def shared(self, place: int, slots: int) -> U8:
        """Which of the first `slots` keys an article of the segment has (slots,). Raises `IndexDamaged`."""
        out = np.empty(slots, np.uint8)
        wrong = shared_columns(self._keys, self._posts, self._columns, self._fences, self._sums, place, out)
        if wrong >= 0:
            raise self._segment.damaged(int(self._chunks[wrong]))
        return out


def _open_small(path: Path, mapped: mmap.mmap) -> tuple[dict[str, NDArray[Any]], int]:
    """The small arrays of a mapped file, and where the first of them begins."""
    magic, version, length, check = PREFIX.unpack_from(mapped)
    text = mapped[PREFIX.size : PREFIX.size + min(length, PAGE)]
    if magic != MAGIC or version != FORMAT or zlib.crc32(text) != check:
        raise IndexDamaged(f"{path}: the first page fails its checksum; {ADVICE}")
    described = json.loads(text)
    if described["length"] != len(mapped):
        raise IndexDamaged(f"{path}: {len(mapped)} bytes instead of {described['length']}; {ADVICE}")
    small = {}
    for name, (kind, count, offset, expected) in described["arrays"].items():
        small[name] = np.frombuffer(mapped, np.dtype(kind), count, offset).copy()
        if zlib.crc32(small[name].data) != expected:
            raise IndexDamaged(f"{path}: the array {name!r} fails its checksum; {ADVICE}")
    return small, int(small["columns"][-1])


def open_segment(path: Path) -> Segment:
    """Map a segment. Raises `FileNotFoundError` where there is none, `IndexDamaged` where it fails a check."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < PAGE:
            raise IndexDamaged(f"{path}: shorter than its first page; {ADVICE}")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    for advice in ("MADV_RANDOM", "MADV_NOHUGEPAGE"):  # no reading ahead, and no 2 MB mapped for each 2 KB read
        if hasattr(mmap, advice):
            with suppress(OSError):  # a kernel without huge pages
                mapped.madvise(getattr(mmap, advice))
    small, chunks = _open_small(path, mapped)
    if PAGE + chunks * CHUNK * 8 > len(mapped):
        raise IndexDamaged(f"{path}: the postings reach beyond its end; {ADVICE}")
    return Segment(path.name, np.frombuffer(mapped, np.uint64, chunks * CHUNK, PAGE), small, path, mapped)


def _finish(file: Path | str, columns: Iterable[U64], rows: dict[str, NDArray[Any]]) -> Segment:
    if isinstance(file, Path):
        _write(file, columns, rows)
        return open_segment(file)
    held: list[U64] = []
    small = {**_fenced(columns, held), **rows}
    return Segment(file, np.concatenate(held), small)


def build_segment(file: Path | str, rows: Rows, columns: Columns) -> Segment:
    """A segment of rows, in a file or, where only a name is given, in memory."""
    places = np.arange(len(rows), dtype=np.uint32)
    posts = (sorted_postings(np.ascontiguousarray(rows.keys[:, c]), places) for c in range(len(columns)))
    small: dict[str, NDArray[Any]] = {
        "numbers": rows.numbers,
        "dates": rows.dates,
        "sources": rows.sources,
        "digests": np.ascontiguousarray(rows.keys[:, columns.digest]),
        "full": full_slots(rows.keys, columns),
    }
    return _finish(file, posts, small)


def merge_segments(file: Path | str, segments: list[Segment], columns: Columns) -> Segment:
    """One segment of what is alive in several that follow each other; column by column, so memory stays small."""
    alive = [s.alive.astype(bool) for s in segments]
    renumbered, total = [], 0
    for mask in alive:
        places = np.where(mask, np.cumsum(mask) - 1 + total, -1)
        renumbered.append(places)
        total += int(mask.sum())

    def posts() -> Iterator[U64]:
        for column in range(len(columns)):
            parts = [s.column(column, r) for s, r in zip(segments, renumbered, strict=True)]
            yield sorted_postings(np.concatenate([k for k, _ in parts]), np.concatenate([p for _, p in parts]))
            for segment in segments:
                segment.forget_pages()

    fields = ("numbers", "dates", "sources", "digests", "full")
    small: dict[str, NDArray[Any]] = {
        f: np.concatenate([getattr(s, f)[mask] for s, mask in zip(segments, alive, strict=True)]) for f in fields
    }
    return _finish(file, posts(), small)
