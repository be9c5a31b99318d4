"""JSON lines as columns, some megabytes at a time: what a scan of millions of articles reads.

The rows are those of `dedup.read.rows`, which stays the definition: plain lines go through a compiled scanner
(`dedup.read.scan`), any other line through `parse_row`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from sys import getrefcount
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U64
from dedup.read.options import ReadOptions
from dedup.read.rows import BOM, WHITE, parse_row
from dedup.read.scan import LINE_FEED, LINES, ROWS, count_lines, scan_lines
from dedup.records import Article, Skipped

CHUNK_BYTES = 4 << 20  # some thousand articles, and small enough to stay in cache between two kernels
PADDING = 128  # bytes that the scanner may read and write beyond the end
UNUSED = 3  # references to a buffer that only the list knows: that of the list, of the loop, of the question
COLUMNS = ("text", "id", "title", "url", "source", "published")


@dataclass(frozen=True, eq=False)
class Column:
    """UTF-8 strings one after the other: value r is `blob[offsets[r]:offsets[r + 1]]`; empty where there is none."""

    blob: U8  # goes on for at least 64 bytes after the last value
    offsets: U64  # (rows + 1,)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8")

    def strings(self) -> list[str]:
        """All values."""
        raw, bounds = self.blob[: self.offsets[-1]].tobytes(), self.offsets.tolist()
        if raw.isascii():
            text = raw.decode("ascii")
            return [text[a:b] for a, b in pairwise(bounds)]
        return [raw[a:b].decode("utf-8") for a, b in pairwise(bounds)]


@dataclass(frozen=True, eq=False)
class Rows:
    """The usable rows of a chunk of lines, and the lines that were refused. All arrays have one element a row."""

    text: Column
    ids: list[str]  # the given ones, else place:line
    title: Column
    url: Column
    source: Column
    published: Column  # as it stands in the row
    lines: NDArray[np.int64]  # line number, from 1
    starts: NDArray[np.int64]  # where the line begins in the (decompressed) stream
    lengths: NDArray[np.int64]  # its bytes without the line feed
    skipped: list[Skipped]
    chunk: U8  # the bytes that were read
    chunk_start: int  # where they begin in the stream

    def __len__(self) -> int:
        return len(self.ids)

    def sources(self) -> list[str | None]:
        """The source of each row."""
        if self.source.offsets[-1] == 0:
            return [None] * len(self)
        return [source or None for source in self.source.strings()]

    def line(self, row: int) -> bytes:
        """The line of a row as it stands in the stream."""
        first = int(self.starts[row]) - self.chunk_start
        return self.chunk[first : first + int(self.lengths[row])].tobytes()


def read_columns(stream: BinaryIO, place: str, options: ReadOptions, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Rows]:
    """The rows of a stream of JSON lines, a chunk at a time, in order; `place` names it in ids and reasons.

    Rows, ids and reasons are those of `dedup.read.rows.read_rows`. Memory: some three chunks, or three times the
    longest line. Raises what the stream raises.
    """
    return _Reader(stream, place, options, chunk_bytes).rows()


class _Buffers:
    """Large buffers that are used again once nobody holds a view of them: fresh memory costs more than the scan."""

    def __init__(self) -> None:
        self._kept: list[U8] = []

    def take(self, size: int) -> U8:
        for buffer in self._kept:
            if len(buffer) >= size and getrefcount(buffer) == UNUSED:
                return buffer[:size]
        self._kept = [buffer for buffer in self._kept if len(buffer) >= size]
        self._kept.append(np.empty(size + size // 4, np.uint8))  # the next one may be a little larger
        return self._kept[-1][:size]


class _Reader:
    """Cuts a stream into chunks that end with a line feed."""

    def __init__(self, stream: BinaryIO, place: str, options: ReadOptions, chunk_bytes: int) -> None:
        self.stream, self.place, self.options, self.size = stream, place, options, chunk_bytes
        self.start = 0  # of the chunk in the stream
        self.lines = 0  # before the chunk
        self.buffers = _Buffers()
        self._scratch = [np.empty(0, np.uint8)]
        self.rest = np.empty(0, np.uint8)  # the beginning of a line that the chunk before did not end
        self.error: Exception | None = None  # what the stream raised; the rows before it come first

    def rows(self) -> Iterator[Rows]:
        more = True
        while more:
            chunk, filled, more = self._fill()
            last = _after_last_line_feed(chunk[:filled])
            if not more and last < filled and not self.error:
                chunk[filled] = LINE_FEED
                last = filled + 1
            self.rest = chunk[last:filled].copy()
            if last:
                yield _Chunk(self, chunk, last).rows()
                self.start += last
            elif filled > self.options.max_bytes:
                yield _Chunk(self, chunk, 0).too_long()
                more = self._finish_line()
        if self.error:
            raise self.error

    def _fill(self) -> tuple[U8, int, bool]:
        """A chunk with the rest of the one before, the bytes in it, and whether more may follow."""
        filled = len(self.rest)
        end = filled + self.size
        chunk = self.buffers.take(end + PADDING)
        chunk[:filled] = self.rest
        view = memoryview(chunk)  # type: ignore[arg-type]
        while filled < end:
            count = self._read_some(view[filled:end])
            if not count:
                return chunk, filled, False
            filled += count
        return chunk, filled, True

    def _read_some(self, view: memoryview) -> int:
        """Bytes read by one call, so that none are lost where the next call fails; 0 at the end and after an error."""
        try:
            return self.stream.readinto1(view)  # type: ignore[attr-defined, no-any-return]
        except (OSError, EOFError, zlib.error) as e:
            self.error = e
            return 0

    def scratch(self, size: int) -> list[U8]:
        """Room for the small columns, and for what nobody wants; kept from chunk to chunk.

        No value is longer than its line, but for a date that was a number: even that is less than twice as long.
        """
        if len(self._scratch[0]) < 2 * size + PADDING:
            self._scratch = [np.empty(2 * size + PADDING, np.uint8) for _ in COLUMNS]
        return self._scratch

    def _finish_line(self) -> bool:
        """Throw a line away up to its line feed; whether anything may follow."""
        self.start += len(self.rest)
        while data := self.stream.read(self.size):
            head, feed, rest = data.partition(b"\n")
            self.start += len(head) + len(feed)
            if feed:
                self.rest = np.frombuffer(rest, np.uint8)
                return True
        self.rest = np.empty(0, np.uint8)
        return False


class _Chunk:
    """One chunk of whole lines on its way to columns."""

    def __init__(self, reader: _Reader, chunk: U8, size: int) -> None:
        self.reader, self.chunk, self.size = reader, chunk, size
        most_rows = count_lines(chunk, size)
        self.text = reader.buffers.take(len(chunk))
        self.targets = [self.text, *reader.scratch(size)]
        self.addresses = np.array([target.ctypes.data for target in self.targets], np.int64)
        self.ends = np.empty((len(COLUMNS), most_rows + 1), np.uint64)
        self.ends[:, 0] = 0
        self.places = np.empty((most_rows, 3), np.int64)
        self.state = np.array([0, reader.lines], np.int64)
        self.skipped: list[Skipped] = []

    def rows(self) -> Rows:
        options, at = self.reader.options, 0
        names = [getattr(options.fields, name).encode() for name in COLUMNS]
        given = [name for name in names if name]
        twice = len(set(given)) < len(given)  # one field for two columns is left to the definition
        name_offsets = np.cumsum([0, *map(len, names)]).astype(np.int64)
        joined = np.frombuffer(b"".join(names), np.uint8)
        if self.reader.start == 0 and self.chunk[:3].tobytes() == BOM:
            at = self._odd_line(at)
        while at < self.size and twice:
            at = self._odd_line(at)
        while at < self.size:
            at = scan_lines(
                self.chunk, at, self.size, joined, name_offsets, self.addresses, self.ends, self.places, self.state,
                options.max_bytes, options.max_characters,
            )  # fmt: skip
            if at < self.size:
                at = self._odd_line(at)
        return self._finished()

    def too_long(self) -> Rows:
        """No rows, and a line that is longer than the limit."""
        self.state[LINES] += 1
        self._skip_long()
        return self._finished()

    def _skip_long(self) -> None:
        reason = f"line longer than {self.reader.options.max_bytes} bytes"
        self.skipped.append(Skipped(self.reader.place, int(self.state[LINES]), reason))

    def _odd_line(self, at: int) -> int:
        """Take the line at `at` by the definition; returns where the next one begins."""
        end = at + int(np.argmax(self.chunk[at : self.size] == LINE_FEED))
        line = self.chunk[at:end].tobytes()
        self.state[LINES] += 1
        number = int(self.state[LINES])
        if len(line) > self.reader.options.max_bytes:
            self._skip_long()
            return end + 1
        row = (line.removeprefix(BOM) if number == 1 else line).strip(WHITE)
        if row:
            found = parse_row(row, self.reader.place, number, self.reader.options)
            if isinstance(found, Skipped):
                self.skipped.append(found)
            else:
                self._append(found, number, at, len(line))
        return end + 1

    def _append(self, article: Article, number: int, start: int, length: int) -> None:
        row = int(self.state[ROWS])
        date = article.published.isoformat() if article.published else ""
        values = (article.text, article.id, article.title, article.url, article.source, date)
        for c, value in enumerate(values):
            data, at = (value or "").encode(), int(self.ends[c, row])
            self.targets[c][at : at + len(data)] = np.frombuffer(data, np.uint8)
            self.ends[c, row + 1] = at + len(data)
        self.places[row] = number, start, length
        self.state[ROWS] += 1

    def _finished(self) -> Rows:
        rows, self.reader.lines = int(self.state[ROWS]), int(self.state[LINES])
        ends = self.ends[:, : rows + 1]
        small = [Column(t[: int(e[-1]) + PADDING].copy(), e) for t, e in zip(self.targets[1:], ends[1:], strict=False)]
        lines, starts, lengths = self.places[:rows].T
        place = self.reader.place
        ids = [name or f"{place}:{line}" for name, line in zip(small[0].strings(), lines.tolist(), strict=True)]
        starts = starts + self.reader.start
        return Rows(
            Column(self.text, ends[0]), ids, small[1], small[2], small[3], small[4], lines, starts, lengths,
            self.skipped, self.chunk[: self.size], self.reader.start,
        )  # fmt: skip


def _after_last_line_feed(chunk: U8) -> int:
    back = 1 << 12
    while True:
        tail = chunk[-back:].tobytes().rfind(b"\n")
        if tail >= 0 or back >= len(chunk):
            return max(0, len(chunk) - back) + tail + 1 if tail >= 0 else 0
        back *= 8
