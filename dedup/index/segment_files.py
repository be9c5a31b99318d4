"""Segments as files: made from rows, merged from others, written and opened.

Layout: a first page with magic, length and checksum of a JSON description; the postings, column after column; then the
small arrays. The first page is written last, and a file counts only once the manifest names it, with the digest of its
description: a file of another index, or another file of the same one, is refused.

Public: `build_segment`, `merge_segments`, `open_segment`, `described`.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.errors import IndexDamaged, InputError
from dedup.index.folder import REBUILD, create_new, discard, open_plain, sync_folder
from dedup.index.layout import KeyColumns, Rows, full_slots
from dedup.index.postings import CHUNK, PADDING, checksums
from dedup.index.segment import HEAD, Arrays, Segment, Source

MAGIC = b"dedupseg"
FORMAT = 2  # format 1 did not say to which index a segment belongs
READ = (1, FORMAT)
PREFIX = struct.Struct("<8sIII")  # magic, format, length and checksum of the description
ALIGNED = 64  # bytes: small arrays begin at a multiple of this
KINDS = {
    **dict.fromkeys(("columns", "dates"), "<i8"),
    **dict.fromkeys(("fences", "sums", "numbers", "sources", "digests"), "<u4"),
    "full": "|u1",
}


class Description(NamedTuple):
    """What the first page of a segment says."""

    arrays: dict[str, tuple[str, int, int, int]]  # type, length, offset and checksum of each small array
    length: int  # bytes of the whole file
    owner: str  # which index it belongs to; empty in format 1
    digest: bytes  # of the whole description, by which the manifest knows the file


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


def _describe(out: BinaryIO, arrays: Arrays, index: str) -> bytes:
    """Write the small arrays behind the postings; returns the first page."""
    described = {}
    for name, array in arrays._asdict().items():
        out.write(bytes(-out.tell() % ALIGNED))
        described[name] = [array.dtype.str, len(array), out.tell(), zlib.crc32(array.data)]
        out.write(array.data)
    text = json.dumps({"arrays": described, "length": out.tell(), "index": index}).encode()
    return (PREFIX.pack(MAGIC, FORMAT, len(text), zlib.crc32(text)) + text).ljust(HEAD, b"\0")


def _write(path: Path, columns: Iterable[U64], held: _Held, index: str) -> None:
    """Write a whole segment, durably, under its final name. Raises `InputError` where the disk takes no more."""
    unfinished = path.with_suffix(".tmp")
    try:
        with create_new(unfinished) as out:
            out.write(bytes(HEAD))
            page = _describe(out, _fenced(columns, held, out), index)
            out.seek(0)
            out.write(page)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        discard(unfinished)
        raise InputError(f"{path}: cannot be written: {error.strerror}; nothing was changed") from error


def _description(path: Path, file: BinaryIO) -> Description:
    """Return what the first page says."""
    page, size = file.read(HEAD), os.fstat(file.fileno()).st_size
    if len(page) < HEAD:
        raise IndexDamaged(f"{path}: shorter than its first page; {REBUILD}")
    magic, version, length, check = PREFIX.unpack_from(page)
    text = page[PREFIX.size : PREFIX.size + length]
    if magic != MAGIC or version not in READ or zlib.crc32(text) != check:
        raise IndexDamaged(f"{path}: the first page fails its checksum; {REBUILD}")
    try:
        said: dict[str, Any] = json.loads(text)
        found = Description(said["arrays"], int(said["length"]), said.get("index", ""), _digest(text))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise IndexDamaged(f"{path}: the first page describes no segment ({error!r}); {REBUILD}") from error
    if found.length != size:
        raise IndexDamaged(f"{path}: {size:,} bytes instead of {found.length:,}; {REBUILD}")
    return found


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def described(path: Path) -> Description:
    """Return what the first page of a segment says. Raises `FileNotFoundError`, `IndexDamaged`."""
    with open_plain(path) as file:
        return _description(path, file)


def _arrays(path: Path, mapped: mmap.mmap, described: dict[str, tuple[str, int, int, int]]) -> Arrays:
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


def _check_shapes(path: Path, arrays: Arrays, keys: KeyColumns, size: int) -> None:
    """Raise `IndexDamaged` unless the arrays fit together: the compiled search relies on it."""
    columns, chunks = arrays.columns, len(arrays.sums)
    sound = (
        len(columns) == len(keys) + 1
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


def _map(file: BinaryIO) -> mmap.mmap:
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    for advice in ("MADV_RANDOM", "MADV_NOHUGEPAGE"):  # no reading ahead, and no 2 MB mapped for each 2 KB read
        if hasattr(mmap, advice):
            with suppress(OSError):  # a kernel without huge pages
                mapped.madvise(getattr(mmap, advice))
    return mapped


def _check_origin(path: Path, found: Description, index: str, digest: bytes | None) -> None:
    if found.owner not in ("", index):
        raise IndexDamaged(f"{path}: a segment of another index; {REBUILD}")
    if digest is not None and digest != found.digest:
        raise IndexDamaged(f"{path}: not the segment that the manifest means; {REBUILD}")


def open_segment(path: Path, columns: KeyColumns, index: str, digest: bytes | None = None) -> Segment:
    """Map a segment of an index; with a digest, only the one whose description has it.

    Raises `FileNotFoundError` where there is none, `IndexDamaged` where it fails a check.
    """
    file = open_plain(path)
    try:
        found = _description(path, file)
        _check_origin(path, found, index, digest)
        mapped = _map(file)
        arrays = _arrays(path, mapped, found.arrays)
        _check_shapes(path, arrays, columns, len(mapped))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        file.close()
        raise IndexDamaged(f"{path}: the first page describes no segment ({error}); {REBUILD}") from error
    except BaseException:
        file.close()
        raise
    posts = np.frombuffer(mapped, np.uint64, len(arrays.sums) * CHUNK, HEAD)
    return Segment(path.name, posts, arrays, Source(path, file, mapped, found.digest))


def _finish(file: Path | str, columns: KeyColumns, posts: Iterable[U64], held: _Held, index: str) -> Segment:
    if isinstance(file, Path):
        _write(file, posts, held, index)
        return open_segment(file, columns, index)
    parts: list[U64] = []
    arrays = _fenced(posts, held, parts)
    return Segment(file, np.concatenate(parts), arrays)


def build_segment(file: Path | str, rows: Rows, columns: KeyColumns, index: str = "") -> Segment:
    """Return a segment of rows, in a file of an index or, where only a name is given, in memory."""
    places = np.arange(len(rows), dtype=np.uint32)
    posts = (sorted_postings(np.ascontiguousarray(rows.keys[:, c]), places) for c in range(len(columns)))
    digests = np.ascontiguousarray(rows.keys[:, columns.digest])
    held = _Held(rows.numbers, rows.dates, rows.sources, digests, full_slots(rows.keys, columns))
    return _finish(file, columns, posts, held, index)


def merge_segments(file: Path | str, segments: list[Segment], columns: KeyColumns, index: str = "") -> Segment:
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
    return _finish(file, columns, posts(), _Held(*held), index)
