"""Segments as files: made from rows, merged from others, written and opened.

Layout: a first page with magic, length and checksum of a JSON description; the postings, column after column; then the
small arrays. The first page is written last, and a file counts only once the manifest names it.

Public: `build_segment`, `merge_segments`, `open_segment`.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.errors import IndexDamaged
from dedup.index.folder import REBUILD, create_new, open_plain, sync_folder
from dedup.index.layout import KeyColumns, Rows, full_slots
from dedup.index.postings import CHUNK, PADDING, checksums
from dedup.index.segment import HEAD, Arrays, Segment, Source

MAGIC = b"dedupseg"
FORMAT = 1
PREFIX = struct.Struct("<8sIII")  # magic, format, length and checksum of the description
ALIGNED = 64  # bytes: small arrays begin at a multiple of this
KINDS = {
    **dict.fromkeys(("columns", "dates"), "<i8"),
    **dict.fromkeys(("fences", "sums", "numbers", "sources", "digests"), "<u4"),
    "full": "|u1",
}


class _Held(NamedTuple):
    """What a segment holds beside its postings; all arrays are (n,)."""

    numbers: U32
    dates: I64
    sources: U32
    digests: U32
    full: U8


def sorted_postings(values: U32, places: U32) -> U64:
    """Return the postings of one column, sorted, padded to whole chunks."""
    held = values != NO_KEY
    posts = (values[held].astype(np.uint64) << np.uint64(32)) | places[held]
    posts.sort()
    return np.concatenate([posts, np.full(-len(posts) % CHUNK, PADDING, np.uint64)])


def _fenced(columns: Iterable[U64], held: _Held, out: BinaryIO | list[U64]) -> Arrays:
    """Write the postings, column by column, and return what describes them."""
    starts, fences, sums = [0], list[U32](), list[U32]()
    for posts in columns:
        sums.append(checksums(posts))
        fences.append((posts[::CHUNK] >> np.uint64(32)).astype(np.uint32))
        starts.append(starts[-1] + len(sums[-1]))
        if isinstance(out, list):
            out.append(posts)
        else:
            out.write(posts.data)
    return Arrays(np.array(starts, np.int64), np.concatenate(fences), np.concatenate(sums), *held)


def _describe(out: BinaryIO, arrays: Arrays) -> bytes:
    """Write the small arrays behind the postings; returns the first page."""
    described = {}
    for name, array in arrays._asdict().items():
        out.write(bytes(-out.tell() % ALIGNED))
        described[name] = [array.dtype.str, len(array), out.tell(), zlib.crc32(array.data)]
        out.write(array.data)
    text = json.dumps({"arrays": described, "length": out.tell()}).encode()
    return (PREFIX.pack(MAGIC, FORMAT, len(text), zlib.crc32(text)) + text).ljust(HEAD, b"\0")


def _write(path: Path, columns: Iterable[U64], held: _Held) -> None:
    """Write a whole segment, durably, under its final name."""
    unfinished = path.with_suffix(".tmp")
    with create_new(unfinished) as out:
        out.write(bytes(HEAD))
        page = _describe(out, _fenced(columns, held, out))
        out.seek(0)
        out.write(page)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def _description(path: Path, mapped: mmap.mmap) -> dict[str, Any]:
    """Return what the first page says of a mapped file."""
    magic, version, length, check = PREFIX.unpack_from(mapped)
    text = mapped[PREFIX.size : PREFIX.size + min(length, HEAD)]
    if magic != MAGIC or version != FORMAT or zlib.crc32(text) != check:
        raise IndexDamaged(f"{path}: the first page fails its checksum; {REBUILD}")
    described: dict[str, Any] = json.loads(text)
    if described["length"] != len(mapped):
        raise IndexDamaged(f"{path}: {len(mapped)} bytes instead of {described['length']}; {REBUILD}")
    return described


def _arrays(path: Path, mapped: mmap.mmap, described: dict[str, Any]) -> Arrays:
    """Return the small arrays of a mapped file."""
    arrays = {}
    for name, kind in KINDS.items():
        stored, count, offset, expected = described[name]
        if stored != kind:
            raise IndexDamaged(f"{path}: the array {name!r} holds {stored!r}, not {kind!r}; {REBUILD}")
        arrays[name] = np.frombuffer(mapped, np.dtype(kind), count, offset).copy()
        if zlib.crc32(arrays[name].data) != expected:
            raise IndexDamaged(f"{path}: the array {name!r} fails its checksum; {REBUILD}")
    return Arrays(**arrays)


def _check_shapes(path: Path, arrays: Arrays, size: int) -> None:
    """Raise `IndexDamaged` unless the arrays fit together: the compiled search relies on it."""
    columns, chunks = arrays.columns, len(arrays.sums)
    sound = (
        len(columns) > 1
        and columns[0] == 0
        and columns[-1] == chunks == len(arrays.fences)
        and bool((np.diff(columns) >= 0).all())
        and HEAD + chunks * CHUNK * np.dtype(np.uint64).itemsize <= size
        and len(arrays.numbers) > 0
        and bool((arrays.numbers[1:] > arrays.numbers[:-1]).all())
        and {len(arrays.dates), len(arrays.sources), len(arrays.digests), len(arrays.full)} == {len(arrays.numbers)}
    )
    if not sound:
        raise IndexDamaged(f"{path}: its arrays do not fit together; {REBUILD}")


def _map(path: Path, file: BinaryIO) -> mmap.mmap:
    if os.fstat(file.fileno()).st_size < HEAD:
        raise IndexDamaged(f"{path}: shorter than its first page; {REBUILD}")
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    for advice in ("MADV_RANDOM", "MADV_NOHUGEPAGE"):  # no reading ahead, and no 2 MB mapped for each 2 KB read
        if hasattr(mmap, advice):
            with suppress(OSError):  # a kernel without huge pages
                mapped.madvise(getattr(mmap, advice))
    return mapped


def open_segment(path: Path) -> Segment:
    """Map a segment. Raises `FileNotFoundError` where there is none, `IndexDamaged` where it fails a check."""
    file = open_plain(path)
    try:
        mapped = _map(path, file)
        arrays = _arrays(path, mapped, _description(path, mapped)["arrays"])
        _check_shapes(path, arrays, len(mapped))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        file.close()
        raise IndexDamaged(f"{path}: the first page describes no segment ({error}); {REBUILD}") from error
    except BaseException:
        file.close()
        raise
    posts = np.frombuffer(mapped, np.uint64, len(arrays.sums) * CHUNK, HEAD)
    return Segment(path.name, posts, arrays, str(path), Source(file, mapped))


def _finish(file: Path | str, columns: Iterable[U64], held: _Held) -> Segment:
    if isinstance(file, Path):
        _write(file, columns, held)
        return open_segment(file)
    parts: list[U64] = []
    arrays = _fenced(columns, held, parts)
    return Segment(file, np.concatenate(parts), arrays, file)


def build_segment(file: Path | str, rows: Rows, columns: KeyColumns) -> Segment:
    """Return a segment of rows, in a file or, where only a name is given, in memory."""
    places = np.arange(len(rows), dtype=np.uint32)
    posts = (sorted_postings(np.ascontiguousarray(rows.keys[:, c]), places) for c in range(len(columns)))
    digests = np.ascontiguousarray(rows.keys[:, columns.digest])
    held = _Held(rows.numbers, rows.dates, rows.sources, digests, full_slots(rows.keys, columns))
    return _finish(file, posts, held)


def merge_segments(file: Path | str, segments: list[Segment], columns: KeyColumns) -> Segment:
    """Return one segment of what is alive in several that follow each other.

    It is made column by column, so memory stays small.
    """
    alive = [s.alive.astype(bool) for s in segments]
    renumbered, total = [], 0
    for mask in alive:
        renumbered.append(np.where(mask, np.cumsum(mask) - 1 + total, -1))
        total += int(mask.sum())

    def posts() -> Iterator[U64]:
        for column in range(len(columns)):
            parts = [s.column(column, r) for s, r in zip(segments, renumbered, strict=True)]
            yield sorted_postings(np.concatenate([k for k, _ in parts]), np.concatenate([p for _, p in parts]))
            for segment in segments:
                segment.forget_pages()

    held = (
        np.concatenate([getattr(s.arrays, name)[mask] for s, mask in zip(segments, alive, strict=True)])
        for name in _Held._fields
    )
    return _finish(file, posts(), _Held(*held))
