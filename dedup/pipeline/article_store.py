"""Articles on disk as JSON lines, offsets in memory: what lets a scan hold a million articles.

A JSONL file is left where it is and read again by offset; every other article is appended to a temporary JSONL file.
So all stages after reading see one kind of input.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO, FileIO
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U64
from dedup.engines.scratch import Scratch
from dedup.errors import InputError
from dedup.read import ReadOptions
from dedup.read.dates import DateOrder, written
from dedup.read.fields import AS_RECORDED, Names, Rules
from dedup.read.lines import Rows, read_columns
from dedup.read.rows import BOM, parse_row
from dedup.read.session import Session
from dedup.records import Article
from dedup.results.rows import storable
from dedup.text import join_texts

FLUSH_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # of JSON lines: some thousand articles, and small enough to stay in cache between two kernels
NO_LIMIT = 1 << 62

MOST_OPEN = 128  # files that stay open: a process has 1,024 descriptors where nobody asked for more

_seeking = Lock()


@dataclass
class _File:
    """A JSONL file of articles, the names of its fields, and what is still to be written to it."""

    path: Path
    names: Names
    pending: bytearray
    size: int = 0

    def append(self, line: bytes) -> int:
        """Append a line, and return where it begins."""
        start = self.size + len(self.pending)
        self.pending += line
        self.pending += b"\n"
        if len(self.pending) >= FLUSH_BYTES:
            self.flush()
        return start

    def flush(self) -> None:
        """Write what is pending, so that it can be read."""
        if self.pending:
            try:
                with self.path.open("ab") as stream:
                    stream.write(self.pending)
            except OSError as e:
                reason = (e.strerror or str(e)).lower()
                raise InputError(f"{self.path}: cannot be written ({reason}); TMPDIR names another folder") from None
            self.size += len(self.pending)
            self.pending.clear()


class ArticleStore:
    """Append-only articles, numbered from 0 in the order in which they come; 16 bytes and an id in memory for each.

    Pickles for worker processes, which must only read. Temporary files go away with the store that made them.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.numbers: dict[str, int] = {}  # by id
        self._folder = Scratch()
        self._files: list[_File] = []
        self._spools: dict[Names, int] = {}  # temporary files, by the names of their fields
        self._file_of, self._starts, self._lengths = array("I"), array("Q"), array("I")
        self._opened: dict[int, FileIO] = {}
        self.attributed = False  # whether any article may say when, or on which site, it was published
        self.dates = DateOrder()  # what the dates of all articles tell about each other

    def __len__(self) -> int:
        return len(self.ids)

    def __getstate__(self) -> dict[str, Any]:
        self.flush()
        return {k: v for k, v in self.__dict__.items() if k not in ("_folder", "_opened")} | {"_opened": {}}

    def add(self, article: Article) -> None:
        """Append an article, under its id, to a temporary file."""
        self.attributed |= bool(article.published or article.source or article.url)
        self.add_row(article.id, _dumps(article), AS_RECORDED)

    def add_row(self, id_: str, line: bytes, names: Names) -> None:
        """Append a JSON row that keeps its fields under these names to a temporary file."""
        if names not in self._spools:
            path = Path(self._folder.name) / f"{len(self._spools)}.jsonl"
            self._spools[names] = self.add_file(path, names)
        spool = self._spools[names]
        self.add_place(id_, spool, self._files[spool].append(line), len(line))

    def add_file(self, path: Path, names: Names) -> int:
        """Name a JSONL file that `add_place` will refer to; its number."""
        self._files.append(_File(path, names, bytearray()))
        return len(self._files) - 1

    def add_place(self, id_: str, file: int, start: int, length: int) -> None:
        """Append an article whose line (without its line feed) stands in a file."""
        self.numbers[id_] = len(self.ids)
        self.ids.append(id_)
        self._file_of.append(file)
        self._starts.append(start)
        self._lengths.append(length)

    def add_places(self, ids: list[str], file: int, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
        """Append many articles with new ids, as `add_place` does one."""
        first = len(self.ids)
        self.ids += ids
        self.numbers.update(zip(ids, range(first, first + len(ids)), strict=True))
        self._file_of.extend([file] * len(ids))
        self._starts.frombytes(starts.astype(self._starts.typecode).tobytes())
        self._lengths.frombytes(lengths.astype(self._lengths.typecode).tobytes())

    def chosen(self, numbers: Sequence[int]) -> ArticleStore:
        """Return a store of some of the articles in the same files, to be read only."""
        part = ArticleStore.__new__(ArticleStore)
        part.__dict__ |= self.__dict__ | {"_opened": {}}
        part.ids = [self.ids[number] for number in numbers]
        part.numbers = {id_: number for number, id_ in enumerate(part.ids)}
        for name in ("_file_of", "_starts", "_lengths"):
            mine: array[int] = getattr(self, name)
            setattr(part, name, array(mine.typecode, (mine[number] for number in numbers)))
        return part

    def flush(self) -> None:
        """Write what is pending; to be called before several threads read."""
        for file in self._files:
            file.flush()

    def _bytes(self, file: int, start: int, end: int) -> bytes:
        found = self._files[file]
        found.flush()
        if len(self._files) > MOST_OPEN:
            with found.path.open("rb", buffering=0) as stream:
                return _at(stream, start, end)
        if file not in self._opened:
            self._opened[file] = found.path.open("rb", buffering=0)
        return _at(self._opened[file], start, end)

    def article(self, number: int) -> Article:
        """Return the article, read again. Raises `InputError` where its file has changed since it was read."""
        start, file = self._starts[number], self._files[self._file_of[number]]
        rules = Rules(file.path.name, file.names, NO_LIMIT, Session(self.dates))
        line = self._bytes(self._file_of[number], start, start + self._lengths[number])
        found = parse_row(line.removeprefix(BOM) if start == 0 else line, number, rules)
        if not isinstance(found, Article):
            raise InputError(f"{file.path} has changed since it was read: {found.reason}")
        return replace(found, id=self.ids[number])

    def named(self, id_: str) -> Article:
        """Return the article with this id, read again. Raises `KeyError` where there is none."""
        return self.article(self.numbers[id_])

    def batches(self, numbers: range) -> Iterator[range]:
        """Return consecutive articles of one file, of some megabytes together, in order."""
        first, size = numbers.start, 0
        for number in numbers:
            if number > first and (size >= BATCH_BYTES or self._file_of[number] != self._file_of[first]):
                yield range(first, number)
                first, size = number, 0
            size += self._lengths[number]
        if first < numbers.stop:
            yield range(first, numbers.stop)

    def raw(self) -> Iterator[bytes]:
        """Return the lines of all articles as they lie on disk, by batches, each after the names of their fields."""
        for numbers in self.batches(range(len(self))):
            file, start = self._file_of[numbers.start], self._starts[numbers.start]
            last = numbers.stop - 1
            yield repr(self._files[file].names).encode()
            yield self._bytes(file, start, self._starts[last] + self._lengths[last])

    def texts(self, numbers: range) -> tuple[U8, U64, list[str | None]]:
        """Return the texts of a batch: UTF-8 with padding, where each begins, (n + 1,), and the articles' sources.

        By the compiled scanner, where every line between the first and the last is one of these articles.
        """
        first, last = numbers.start, numbers.stop - 1
        file, start = self._file_of[first], self._starts[first]
        region = self._bytes(file, start, self._starts[last] + self._lengths[last])
        names = self._files[file].names
        rows = self._rows(region, replace(names, id="", title="", url="", published=""))
        if np.array_equal(rows.starts + start, self._starts[first : last + 1]):
            return rows.text.blob, rows.text.offsets, rows.sources()
        articles, blob, offsets = self.read(numbers)
        return blob, offsets, [article.source for article in articles]

    def read(self, numbers: Sequence[int]) -> tuple[list[Article], U8, U64]:
        """Return articles from anywhere, read again: their records, and their texts as `texts` gives them.

        By the compiled scanner, where they are in one file and their lines plain. Raises as `article` does.
        """
        files = {self._file_of[number] for number in numbers}
        if len(files) == 1:
            file = files.pop()
            lines = [self._bytes(file, self._starts[n], self._starts[n] + self._lengths[n]) for n in numbers]
            rows = self._rows(b"\n".join(lines), self._files[file].names)
            if len(rows) == len(lines) and not rows.skipped:
                return _articles(rows, [self.ids[n] for n in numbers]), rows.text.blob, rows.text.offsets
        articles = [self.article(number) for number in numbers]
        return articles, *join_texts(a.text for a in articles)

    def _rows(self, region: bytes, names: Names) -> Rows:
        """The rows of some lines that were read before."""
        options = ReadOptions(max_bytes=NO_LIMIT, max_characters=NO_LIMIT)
        session = Session(self.dates)
        return next(read_columns(BytesIO(region), "", options, len(region) + 1, session=session, names=names))


def _at(stream: FileIO, start: int, end: int) -> bytes:
    if hasattr(os, "pread"):  # no shared position: threads and forked processes read side by side
        return os.pread(stream.fileno(), end - start, start)
    with _seeking:
        stream.seek(start)
        return stream.read(end - start)


def _articles(rows: Rows, ids: list[str]) -> list[Article]:
    columns = [column.strings() for column in (rows.text, rows.title, rows.url, rows.source, rows.published)]
    articles = []
    for id_, text, title, url, source, date in zip(ids, *columns, strict=True):
        found = rows.rules.when(date, 0, source, url) if date else None
        moment, day_only = found or (None, False)
        articles.append(Article(id_, text, title or None, url or None, source or None, moment, day_only))
    return articles


def _dumps(article: Article) -> bytes:
    """Return the article as JSON; lone surrogates, which JSON cannot hold, become one replacement mark each."""
    row = {name: getattr(article, name) for name in ("id", "text", "title", "url", "source")}
    row["published"] = written(article.published, article.day_only) or None
    try:
        return orjson.dumps(row)
    except TypeError:
        return orjson.dumps({name: storable(value) for name, value in row.items()})
