"""Compressed files, zip and tar archives, one in the other: the streams of bytes that they hold, one at a time.

What is in an archive goes by the archive's name and its own ("news.zip/may/1.txt"). Nothing is unpacked to a path, so
that names do no harm; those that leave the archive ("../x") are refused all the same. What grows too much is given up.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, NamedTuple, cast

from dedup.read.files import BUFFER, why
from dedup.records import Skipped

DEEPEST = 4  # containers in one another; a tar in a gz in a zip are three
LARGE = 16 << 20  # bytes, from which on it matters how much a file grows
MOST_GROWTH = 250  # times its size; logs grow 50 times, a file made to fill the disk 1,000
IN_MEMORY = 32 << 20  # bytes of an inner file that are kept in memory where a reader needs to jump about


class Stream(NamedTuple):
    """One stream of bytes that is no container."""

    place: str  # what it goes by
    name: str  # the same without the endings of compressions: its own ending tells its kind
    stream: BinaryIO
    on_disk: bool  # whether the bytes are those of the file as it lies there


class Damaged(OSError):
    """A container cannot be read to its end; the message is the reason."""


def open_zstd(stream: BinaryIO, mode: str = "rb") -> BinaryIO:
    """Return what a zstd stream holds, frame after frame; with mode "wb" what packs one."""
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # from Python 3.14 on
    except ImportError:
        from backports import zstd
    return cast(BinaryIO, zstd.ZstdFile(cast(Any, stream), mode))


COMPRESSIONS: tuple[tuple[bytes, str, tuple[str, ...], Callable[[Any], Any]], ...] = (
    (b"\x1f\x8b", "gzip", (".gz", ".gzip"), lambda stream: gzip.GzipFile(fileobj=stream)),
    (b"BZh", "bzip2", (".bz2",), bz2.BZ2File),
    (b"\xfd7zXZ\0", "xz", (".xz",), lzma.LZMAFile),
    (b"\x28\xb5\x2f\xfd", "zstd", (".zst", ".zstd"), open_zstd),
)
ZIP, TAR, TAR_AT = b"PK\x03\x04", b"ustar", 257


class _Unpacked(io.RawIOBase):
    """The bytes of a compressed stream; raises `Damaged` for errors, and where they are far more than went in."""

    def __init__(self, source: BinaryIO, kind: str, opened: Callable[[Any], Any]) -> None:
        self._source, self._kind, self._out, self._in = source, kind, 0, 0
        self._inner = opened(self)

    def read(self, size: int = -1) -> bytes:
        """What the decompressor asks for."""
        data = self._source.read(BUFFER if size < 0 else size)
        self._in += len(data)
        return data

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return True

    def unpack(self, size: int) -> bytes:
        """Decompressed bytes, at most `size`."""
        data = some(self._inner, size, self._kind)
        self._out += len(data)
        if self._out > LARGE and self._out > MOST_GROWTH * self._in:
            raise Damaged(f"{self._kind} data that grow more than {MOST_GROWTH} times")
        return data


def some(stream: Any, size: int, kind: str) -> bytes:
    """Return at most `size` bytes of a decompressor; raises `Damaged` for whatever it raises."""
    try:
        return bytes(stream.read1(size) if hasattr(stream, "read1") else stream.read(size))
    except EOFError:
        raise Damaged(f"truncated {kind} data") from None
    except Exception as e:  # each has errors of its own, zstd's under two names
        raise Damaged(f"damaged {kind} data") from e


class _Plain(io.RawIOBase):
    """A raw stream over a function that gives bytes."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def buffered(read: Callable[[int], bytes]) -> BinaryIO:
    """Return a stream with `peek` and `readinto1` over a function that gives at most so many bytes."""
    return cast(BinaryIO, io.BufferedReader(_Plain(read), BUFFER))


def peek(stream: BinaryIO) -> bytes:
    """Return the first bytes of a stream without taking them."""
    return stream.peek(BUFFER)  # type: ignore[attr-defined, no-any-return]


def streams(place: str, stream: BinaryIO, on_disk: bool) -> Iterator[Stream | Skipped]:
    """Yield what a file holds: itself, or the members of an archive, decompressed. Raises OSError."""
    return _streams(Stream(place, place, stream, on_disk), 0)


def _streams(outer: Stream, depth: int) -> Iterator[Stream | Skipped]:
    place, name, stream, _ = outer
    if not hasattr(stream, "peek"):
        stream = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream), BUFFER))
    head = peek(stream)
    packed = unpacked(stream, head, name)
    if (packed or is_zip(head) or is_tar(head)) and depth == DEEPEST:
        raise Damaged("too many containers in one another")
    if packed:
        yield from _streams(Stream(place, packed[1], packed[2], False), depth + 1)
    elif is_zip(head) or is_tar(head):
        yield from (_zip_members if is_zip(head) else _tar_members)(place, stream, depth)
    else:
        yield outer._replace(stream=stream)


def unpacked(stream: BinaryIO, head: bytes, name: str) -> tuple[str, str, BinaryIO] | None:
    """Return the kind of a compression, the name without its ending, and what it holds; None for another stream."""
    for magic, kind, endings, opened in COMPRESSIONS:
        if head.startswith(magic):
            return kind, _bare(name, endings), buffered(_Unpacked(stream, kind, opened).unpack)
    return None


def is_zip(head: bytes) -> bool:
    """Return whether these are the first bytes of a zip archive."""
    return head.startswith(ZIP)


def is_tar(head: bytes) -> bool:
    """Return whether these are the first bytes of a tar archive."""
    return head[TAR_AT : TAR_AT + len(TAR)] == TAR


def _bare(name: str, endings: tuple[str, ...]) -> str:
    root, ending = os.path.splitext(name)
    return root if ending.lower() in endings else name


def _refused(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if not name:
        return "an entry without a name"
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        return "a name that leads out of the archive"
    return "hidden, not read" if any(p.startswith((".", "__MACOSX")) for p in parts) else None


def _member(archive: str, inner: str, opened: Callable[[], Any], depth: int) -> Iterator[Stream | Skipped]:
    place = f"{archive}/{inner}"
    if reason := _refused(inner):
        yield Skipped(place, None, reason)
        return
    try:
        with opened() as member:
            stream = buffered(
                lambda size: some(member, size, "zip" if isinstance(member, zipfile.ZipExtFile) else "tar")
            )
            yield from _streams(Stream(place, place, stream, False), depth + 1)
    # A method unknown, a password, an entry that is said to lie before the file begins.
    except (NotImplementedError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, OSError) as e:
        yield Skipped(place, None, (why(e) if isinstance(e, OSError) else str(e).lower()) or "damaged")


def _zip_members(place: str, stream: BinaryIO, depth: int) -> Iterator[Stream | Skipped]:
    with seekable(stream) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as e:
            raise Damaged(f"damaged zip archive ({str(e).lower()})") from None
        entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
        _check_zip(entries, size)
        for entry in entries:
            wanted = not place.lower().endswith(".wacz") or entry.filename.startswith("archive/")
            if not entry.filename.endswith("/") and wanted:
                yield from _member(place, entry.filename, partial(archive.open, entry), depth)


def _check_zip(entries: list[zipfile.ZipInfo], size: int) -> None:
    if {entry.filename for entry in entries} & {"[Content_Types].xml", "mimetype"}:
        raise Damaged("an office document or a book, not read: save it as text")
    total = sum(entry.file_size for entry in entries)
    if total > LARGE and total > MOST_GROWTH * size:
        raise Damaged(f"a zip archive that grows more than {MOST_GROWTH} times")


def _tar_members(place: str, stream: BinaryIO, depth: int) -> Iterator[Stream | Skipped]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for entry in archive:
                if entry.isfile():
                    yield from _member(place, entry.name, partial(archive.extractfile, entry), depth)
                elif not entry.isdir():
                    yield Skipped(f"{place}/{entry.name}", None, "no regular file in the archive")
    except (tarfile.TarError, EOFError) as e:
        raise Damaged(f"damaged tar archive ({str(e).lower()})") from None


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The same bytes in a file that can jump about: a copy, in memory while it is small, where it has to be."""
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield cast(BinaryIO, copy)
