"""Encodings of what is written: bytes that stay are never decoded where a line feed is one byte, else there and back.

Public: `take_mark`, `by_bytes`, `recoded`.
"""

from __future__ import annotations

from codecs import getincrementaldecoder, getincrementalencoder
from collections.abc import Callable, Container
from functools import partial
from typing import BinaryIO, cast

from dedup.errors import UsageError
from dedup.read.containers import buffered, peek, seekable
from dedup.read.encodings import BOMS, SHIFTED
from dedup.read.reader import some_utf8

CHUNK = 1 << 20  # bytes read at a time


def take_mark(source: BinaryIO, target: BinaryIO) -> None:
    """Copy the byte order mark at the beginning of a stream, if there is one."""
    head = peek(source)
    mark = next((mark for mark, _ in BOMS if head.startswith(mark)), b"")
    target.write(source.read(len(mark)))


def by_bytes(encoding: str) -> bool:
    """Return whether a line feed and a quote are one byte in this encoding, which stands for nothing else."""
    return not encoding.startswith(("utf-16", "utf-32")) and encoding not in SHIFTED


def recoded(
    write: Callable[[BinaryIO, BinaryIO, Container[int]], None],
    source: BinaryIO,
    target: BinaryIO,
    gone: Container[int],
    encoding: str,
) -> None:
    """Write what `write` makes of the same text in UTF-8; raises `UsageError` where it would not come back as it was.

    The byte order mark was taken already.
    """
    with seekable(source) as whole:
        start = whole.tell()
        if not _comes_back(whole, encoding):
            raise UsageError(
                f"a file in {encoding} with broken or odd bytes cannot be written without some of its rows"
            )
        whole.seek(start)
        decoder = getincrementaldecoder(encoding)("replace")
        inner = _Encoded(target, encoding)
        write(buffered(partial(some_utf8, whole, decoder)), cast(BinaryIO, inner), gone)
        inner.finish()


def _comes_back(stream: BinaryIO, encoding: str) -> bool:
    """Return whether the text of a stream has the bytes that stand there."""
    decoder, encoder = getincrementaldecoder(encoding)(), getincrementalencoder(encoding)()
    before, after = bytearray(), bytearray()
    more = True
    try:
        while more:
            data = stream.read(CHUNK)
            more = bool(data)
            before += data
            after += encoder.encode(decoder.decode(data, not more), not more)
            same = min(len(before), len(after))
            if before[:same] != after[:same]:
                return False
            del before[:same], after[:same]
    except UnicodeError:
        return False
    return not before and not after


class _Encoded:
    """Takes UTF-8, and gives it on in another encoding."""

    def __init__(self, target: BinaryIO, encoding: str) -> None:
        self._target = target
        self._decoder, self._encoder = getincrementaldecoder("utf-8")(), getincrementalencoder(encoding)()

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._target.write(self._encoder.encode(self._decoder.decode(data)))
        return len(data)

    def finish(self) -> None:
        """Write what an encoding with shifts ends with."""
        self._target.write(self._encoder.encode(self._decoder.decode(b"", True), True))
