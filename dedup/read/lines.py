"""JSON lines as columns, some megabytes at a time: what a scan of millions of articles reads.

The rows are those of `dedup.read.rows`, which stays the definition: plain lines go through a compiled scanner
(`dedup.read.json_scanner`), any other line through `parse_row`.
"""

from __future__ import annotations

import re
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import I64, U8, U64
from dedup.read.dates import written
from dedup.read.fields import AS_RECORDED, SAMPLE_ROWS, Names, Rules, find_names, learn_dates
from dedup.read.json_scanner import LINE_FEED, PADDING, Count, Place, Taken, Wanted, Wants, count_lines, scan_lines
from dedup.read.options import ReadOptions
from dedup.read.rows import BOM, WHITE, parse_row, sample_rows
from dedup.read.session import Session
from dedup.records import Article, Skipped

CHUNK_BYTES = 4 << 20  # some thousand articles, and small enough to stay in cache between two kernels
SHORT_LINE = 1 << 12  # bytes
SAMPLE_BYTES = 1 << 20  # in which the first rows are looked for
_NAMED_DATE = re.compile(r"(?=.*[^\W\d_]{3})(?=.*(?<![0-9])(?:1[6-9]|20)[0-9]{2}(?![0-9]))", re.S)


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
    lines: I64  # line number, from 1
    starts: I64  # where the line begins in the (decompressed) stream
    lengths: I64  # its bytes without the line feed
    skipped: list[Skipped]
    rules: Rules  # by which they were read
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


def read_columns(
    stream: BinaryIO,
    place: str,
    options: ReadOptions,
    chunk_bytes: int = CHUNK_BYTES,
    *,
    session: Session | None = None,
    names: Names | None = None,
) -> Iterator[Rows]:
    """The rows of a stream of JSON lines, a chunk at a time, in order; `place` names it in ids and reasons.

    Rows, ids and reasons are those of `dedup.read.rows.read_rows`. Without `names`, those of the fields are told from
    the first rows. Memory: some three chunks, or three times the longest line. Raises what the stream raises.
    """
    return _Reader(stream, place, options, chunk_bytes, session or Session(), names).rows()


class Buffers:
    """Large buffers that are used again after the last array over them is gone: fresh ones cost a tenth of reading."""

    def __init__(self) -> None:
        self._free: list[memoryview] = []

    def take(self, size: int) -> U8:
        """Return an array of bytes, of any content, that shares its memory with no other array in use."""
        fits = next((i for i, memory in enumerate(self._free) if len(memory) >= size), None)
        if fits is None:
            self._free.clear()
            memory = memoryview(np.empty(size + size // 4, np.uint8))  # type: ignore[arg-type]  # room for a larger one
        else:
            memory = self._free.pop(fits)
        whole = np.frombuffer(memory, np.uint8)  # every view of it, and every view of a view, keeps it alive
        weakref.finalize(whole, self._free.append, memory).atexit = False
        return whole[:size]


class _Reader:
    """Cuts a stream into chunks that end with a line feed."""

    def __init__(
        self, stream: BinaryIO, place: str, options: ReadOptions, size: int, session: Session, names: Names | None
    ) -> None:
        self.stream, self.place, self.options, self.size, self.session = stream, place, options, size, session
        self.rules = Rules(place, names, options.max_characters, session) if names else None
        self.start = 0  # of the chunk in the stream
        self.lines = 0  # before the chunk
        self.buffers = Buffers()
        self._scratch: list[U8] = []
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
            self._learn_rules(chunk[:last])
            if last:
                rows = _Chunk(self, chunk, last).rows()
                _check_dates(rows)
                yield rows
                self.start += last
            elif filled > self.options.max_bytes:
                yield _Chunk(self, chunk, 0).too_long()
                more = self._finish_line()
        if self.error:
            raise self.error

    def _learn_rules(self, chunk: U8) -> None:
        """Tell from the first rows which field is what, and how dates are written."""
        if self.rules is None and len(chunk):
            sample = sample_rows(chunk[:SAMPLE_BYTES].tobytes(), SAMPLE_ROWS)
            names = find_names(sample, self.options.fields, self.place, self.session)
            learn_dates(sample, names, self.session)
            self.rules = Rules(self.place, names, self.options.max_characters, self.session)

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
            if isinstance(getattr(self.stream, "raw", None), FileIO):
                return self.stream.readinto1(view)  # type: ignore[attr-defined, no-any-return]
            data = self.stream.read1(len(view))  # type: ignore[attr-defined]  # `readinto1` may ask twice, and lose what came first
            view[: len(data)] = data
            return len(data)
        except (OSError, EOFError, zlib.error) as e:
            self.error = e
            return 0

    def scratch(self, size: int) -> list[U8]:
        """Room for each column but the text, which is copied when a chunk is done, and for what nobody wants.

        No value is longer than its line, but for a date that was a number: even that is less than twice as long.
        """
        if not self._scratch or len(self._scratch[0]) < 2 * size + PADDING:
            self._scratch = [np.empty(2 * size + PADDING, np.uint8) for _ in range(len(Wants) + 1)]
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
        self.rules = reader.rules or Rules(reader.place, AS_RECORDED, reader.options.max_characters, reader.session)
        most_rows = count_lines(chunk, size)
        self.targets = list(reader.scratch(size))
        self.targets[Wants.TEXT] = reader.buffers.take(len(chunk))
        self.taken = Taken(
            np.array([target.ctypes.data for target in self.targets], np.int64),
            np.empty((len(Wants), most_rows + 1), np.uint64),
            np.empty((most_rows, len(Place)), np.int64),
            np.zeros(len(Count), np.int64),
        )
        self.taken.ends[:, 0] = 0
        self.taken.counts[Count.LINES] = reader.lines
        self.skipped: list[Skipped] = []

    def rows(self) -> Rows:
        wanted, at = _wanted(self.rules.names, self.reader.options), 0
        if self.reader.start == 0 and self.chunk[:3].tobytes() == BOM:
            at = self._odd_line(at)
        while at < self.size:
            if wanted:
                at = scan_lines(self.chunk, at, self.size, wanted, self.taken)
            if at < self.size:
                at = self._odd_line(at)
        return self._finished()

    def too_long(self) -> Rows:
        """No rows, and a line that is longer than the limit."""
        self._skip_long(self._next_line())
        return self._finished()

    def _next_line(self) -> int:
        self.taken.counts[Count.LINES] += 1
        return int(self.taken.counts[Count.LINES])

    def _skip_long(self, number: int) -> None:
        reason = f"line longer than {self.reader.options.max_bytes} bytes"
        self.skipped.append(Skipped(self.reader.place, number, reason))

    def _odd_line(self, at: int) -> int:
        """Take the line at `at` by the definition; returns where the next one begins."""
        end = self._line_end(at)
        line = self.chunk[at:end].tobytes()
        number = self._next_line()
        if len(line) > self.reader.options.max_bytes:
            self._skip_long(number)
            return end + 1
        row = (line.removeprefix(BOM) if number == 1 else line).strip(WHITE)
        if row:
            found = parse_row(row, number, self.rules)
            if isinstance(found, Skipped):
                self.skipped.append(found)
            else:
                self._append(found, number, at, len(line))
        return end + 1

    def _line_end(self, at: int) -> int:
        """Where the line feed after `at` stands, looked for in pieces: most lines are short."""
        size = SHORT_LINE
        while True:
            found = self.chunk[at : at + size].tobytes().find(b"\n")
            if found >= 0:
                return at + found
            at, size = at + size, 2 * size

    def _append(self, article: Article, number: int, start: int, length: int) -> None:
        row = int(self.taken.counts[Count.ROWS])
        for column in Wants:
            name = column.name.lower()
            date = column is Wants.PUBLISHED
            data = (written(article.published, article.day_only) if date else getattr(article, name) or "").encode()
            at = int(self.taken.ends[column, row])
            self.targets[column][at : at + len(data)] = np.frombuffer(data, np.uint8)
            self.taken.ends[column, row + 1] = at + len(data)
        self.taken.places[row, [Place.LINE, Place.START, Place.LENGTH]] = number, start, length
        self.taken.counts[Count.ROWS] += 1

    def _column(self, column: Wants, rows: int) -> Column:
        ends, target = self.taken.ends[column, : rows + 1], self.targets[column]
        return Column(target if column is Wants.TEXT else target[: int(ends[-1]) + PADDING].copy(), ends)

    def _finished(self) -> Rows:
        rows, self.reader.lines = self.taken.counts[[Count.ROWS, Count.LINES]].tolist()
        columns = {column.name.lower(): self._column(column, rows) for column in Wants}
        lines, starts, lengths = (self.taken.places[:rows, p] for p in (Place.LINE, Place.START, Place.LENGTH))
        given = columns.pop("id").strings()
        ids = [name or f"{self.reader.place}:{line}" for name, line in zip(given, lines.tolist(), strict=True)]
        return Rows(
            **columns, ids=ids, lines=lines, starts=starts + self.reader.start, lengths=lengths, skipped=self.skipped,
            rules=self.rules, chunk=self.chunk[: self.size], chunk_start=self.reader.start,
        )  # fmt: skip


def _wanted(names: Names, options: ReadOptions) -> Wanted | None:
    """What the scanner is to take; None for what is left to the definition: paths, and one field for two columns."""
    columns = [getattr(names, column.name.lower()).encode() for column in sorted(Wants)]
    given = [name for name in columns if name]
    if len(set(given)) < len(given) or any(b"." in name for name in given):
        return None
    offsets = np.cumsum([0, *map(len, columns)]).astype(np.int64)
    return Wanted(np.frombuffer(b"".join(columns), np.uint8), offsets, options.max_bytes, options.max_characters)


def _check_dates(rows: Rows) -> None:
    """Learn from the dates that the scanner took, and warn of those that say nothing; only unusual ones are looked at.

    Names of months are not tried here, because that takes longer than all the rest: they are when an article is read.
    """
    if not rows.published.offsets[-1]:
        return
    odd = [int(row) for row in np.nonzero(~_usual(rows.published))[0]]
    odd = [row for row in odd if not _NAMED_DATE.match(rows.published[row])]
    places = [(rows.published[row], rows.source[row], rows.url[row]) for row in odd]
    for date, source, url in places:
        rows.rules.day_first(date, source, url)
    for row, (date, source, url) in zip(odd, places, strict=True):
        rows.rules.when(date, int(rows.lines[row]), source, url)


def _usual(dates: Column) -> NDArray[np.bool_]:
    """Which values are empty, or begin as ISO 8601 does after 1970 ("20..-", "199.-1.-3.")."""
    starts = dates.offsets[:-1].astype(np.int64)
    lengths = dates.offsets[1:].astype(np.int64) - starts
    century, decade = dates.blob[starts + 1], dates.blob[starts + 2]
    year = ((dates.blob[starts] == ord("2")) & (century == ord("0"))) | (
        (dates.blob[starts] == ord("1")) & (century == ord("9")) & (decade > ord("7"))
    )
    month, day = dates.blob[starts + 5], dates.blob[starts + 8]
    dashes = (dates.blob[starts + 4] == ord("-")) & (dates.blob[starts + 7] == ord("-"))
    usual: NDArray[np.bool_] = (lengths == 0) | (
        (lengths >= 10) & year & dashes & (month <= ord("1")) & (day <= ord("3"))
    )
    return usual


def _after_last_line_feed(chunk: U8) -> int:
    back = 1 << 12
    while True:
        tail = chunk[-back:].tobytes().rfind(b"\n")
        if tail >= 0 or back >= len(chunk):
            return max(0, len(chunk) - back) + tail + 1 if tail >= 0 else 0
        back *= 8
