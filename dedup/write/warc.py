"""Web archives without some of their records."""

from __future__ import annotations

import gzip
import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from dedup.read.containers import peek

CHUNK = 1 << 20  # bytes copied at a time
LONGEST_LINE = 1 << 20  # bytes of one line before what a record holds
BEGIN = b"WARC/"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)\s*$", re.I | re.M)


def write_warc(source: BinaryIO, target: BinaryIO, gone: Container[int], packed: bool = False) -> None:
    """Copy the records that stay, byte for byte; `packed` compresses each by itself, as web archives do.

    From where a record is damaged on everything is copied as it is: the reader went no further.
    """
    number = 0
    while head := _head(source):
        number += 1
        length = _LENGTH.search(head) if head.startswith(BEGIN) else None
        if number in gone:
            _copy(source, None, int(length[1]) if length else 0)
            _blank_lines(source)
            continue
        with _record(target, packed) as out:
            out.write(head)
            _copy(source, out, int(length[1]) if length else None)
            out.write(_blank_lines(source))


def _head(source: BinaryIO) -> bytes:
    """Return the lines before what the next record holds, to the empty one; of what is no record the first line."""
    line = source.readline(LONGEST_LINE)
    lines = [line]
    while line.strip() and lines[0].startswith(BEGIN):
        line = source.readline(LONGEST_LINE)
        lines.append(line)
    return b"".join(lines)


def _copy(source: BinaryIO, target: BinaryIO | None, length: int | None) -> None:
    """Take so many bytes, or all that follow."""
    while length != 0 and (data := source.read(CHUNK if length is None else min(CHUNK, length))):
        length = None if length is None else length - len(data)
        if target is not None:
            target.write(data)


def _blank_lines(source: BinaryIO) -> bytes:
    taken = bytearray()
    while peek(source)[:1] in (b"\r", b"\n"):
        taken += source.read(1)
    return bytes(taken)


@contextmanager
def _record(target: BinaryIO, packed: bool) -> Iterator[BinaryIO]:
    if not packed:
        yield target
        return
    with gzip.GzipFile("", "wb", fileobj=target, mtime=0) as member:
        yield cast(BinaryIO, member)
