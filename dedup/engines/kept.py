"""Finished work on disk while a call runs, so that one that was killed goes on where it was. Public: `Kept`, `Codec`.

A file of pieces: the key of what they were made of, length, checksum and bytes of each. It is read again only by the
user who wrote it and where the key of everything (input, settings, version) is the same; a piece that is cut off or
damaged is done again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Generic, NamedTuple, TypeVar

from dedup.engines.local import map_chunks
from dedup.errors import InputError

State = TypeVar("State")
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

MAGIC = b"dedup-kept-1\n"
_HEAD = Struct("<16sQ16s")  # key of a piece, bytes in it, their checksum


class Codec(NamedTuple, Generic[Result]):
    """How the result of a piece of work becomes bytes, and they become it again."""

    pack: Callable[[Result], bytes]
    unpack: Callable[[bytes], Result]


def _digest(*parts: bytes) -> bytes:
    whole = blake2b(digest_size=16)
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.digest()


class Kept:
    """The pieces of work that a file holds; without a path nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.taken = 0  # pieces that an earlier call had done
        self._places: dict[bytes, tuple[int, int, bytes]] = {}
        self._stream: BinaryIO | None = None

    def begin(self, key: bytes) -> None:
        """Open the file; what it holds of anything but this key is thrown away. Raises `InputError`."""
        if self.path is None:
            return
        begins = MAGIC + _digest(key)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            self._stream = os.fdopen(descriptor, "r+b", buffering=0)
            mine = not hasattr(os, "getuid") or os.fstat(descriptor).st_uid == os.getuid()
            if mine and self._stream.read(len(begins)) == begins:
                self._find(len(begins), os.fstat(descriptor).st_size)
            else:
                self._stream.seek(0)
                self._stream.truncate()
                self._stream.write(begins)
        except OSError as e:
            raise InputError(f"{self.path}: cannot be written ({(e.strerror or str(e)).lower()})") from None

    def _find(self, at: int, size: int) -> None:
        """Note where each whole piece stands; what was cut off is written over."""
        assert self._stream is not None
        while len(head := self._stream.read(_HEAD.size)) == _HEAD.size:
            key, length, checksum = _HEAD.unpack(head)
            if at + _HEAD.size + length > size:
                break
            self._places[key] = at + _HEAD.size, length, checksum
            at = self._stream.seek(at + _HEAD.size + length)
        self._stream.seek(at)
        self._stream.truncate()

    def map(
        self,
        label: bytes,
        work: Callable[[State, Chunk], Result],
        state: State,
        chunks: Sequence[Chunk],
        workers: int,
        codec: Codec[Result],
    ) -> Iterator[Result]:
        """Return what `map_chunks` does; pieces with this label that were done before are taken from the file."""
        if self._stream is None:
            yield from map_chunks(work, state, chunks, workers)
            return
        keys = [_digest(label, repr(chunk).encode()) for chunk in chunks]
        found = {key for key in keys if self._read(key) is not None}
        missing = [chunk for key, chunk in zip(keys, chunks, strict=True) if key not in found]
        self.taken += len(found)
        done = map_chunks(work, state, missing, workers)
        for key in keys:
            if key in found and (data := self._read(key)) is not None:
                yield codec.unpack(data)
            else:
                result = next(done)
                self._write(key, codec.pack(result))
                yield result

    def _read(self, key: bytes) -> bytes | None:
        if key not in self._places or self._stream is None:
            return None
        at, length, checksum = self._places[key]
        here = self._stream.tell()
        self._stream.seek(at)
        data = self._stream.read(length)
        self._stream.seek(here)
        return data if _digest(key, data) == checksum else None

    def _write(self, key: bytes, data: bytes) -> None:
        assert self._stream is not None
        try:
            self._stream.write(_HEAD.pack(key, len(data), _digest(key, data)) + data)
        except OSError as e:
            raise InputError(f"{self.path}: cannot be written ({(e.strerror or str(e)).lower()})") from None

    def remove(self) -> None:
        """Take the file away: the call has come to its end."""
        if self._stream is not None and self.path is not None:
            self._stream.close()
            self._stream = None
            self.path.unlink(missing_ok=True)


NOTHING_KEPT = Kept()
