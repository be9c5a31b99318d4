"""Articles on disk as JSON lines, offsets in memory: what lets a scan hold a million articles.

A JSONL file is left where it is and read again by offset; every other article is appended to a temporary JSONL file.
So all stages after reading see one kind of input.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from dedup.errors import InputError
from dedup.read import Fields, ReadOptions
from dedup.read.rows import parse_row
from dedup.records import U8, U64, Article

FLUSH_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # of JSON lines: some thousand articles, and small enough to stay in cache between two kernels
PADDING = 64  # bytes that the kernels may read after the last text
SPOOL_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Source:
    """A JSONL file that holds articles, and under which names its rows keep their fields."""

    path: Path
    fields: Fields


class ArticleStore:
    """Append-only articles, numbered from 0 in the order in which they come; 14 bytes and an id in memory for each.

    Pickles for worker processes, which only read. The temporary file goes away with the store that made it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dedup-")
        self._sources = [Source(Path(self._folder.name) / "articles.jsonl", Fields())]
        self.ids: list[str] = []
        self._files, self._offsets, self._lengths = array("H"), array("Q"), array("I")
        self._pending, self._written = bytearray(), 0
        self._maps: dict[int, mmap] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def __getstate__(self) -> dict[str, Any]:
        self.flush()
        return {k: v for k, v in self.__dict__.items() if k not in ("_folder", "_maps")} | {"_maps": {}}

    def add(self, article: Article) -> int:
        """Append an article to the temporary file; its number."""
        line = _dumps(article)
        self._place(article.id, 0, self._written + len(self._pending), len(line))
        self._pending += line
        self._pending += b"\n"
        if len(self._pending) >= FLUSH_BYTES:
            self.flush()
        return len(self.ids) - 1

    def add_source(self, path: Path, fields: Fields) -> int:
        """Name a JSONL file whose lines `add_line` will refer to; its number."""
        self._sources.append(Source(path, fields))
        return len(self._sources) - 1

    def add_line(self, id_: str, source: int, offset: int, length: int) -> int:
        """Refer to an article's line (without its line feed) in a file that stays where it is; its number."""
        self._place(id_, source, offset, length)
        return len(self.ids) - 1

    def _place(self, id_: str, source: int, offset: int, length: int) -> None:
        self.ids.append(id_)
        self._files.append(source)
        self._offsets.append(offset)
        self._lengths.append(length)

    def flush(self) -> None:
        """Write what is pending, so that it can be read."""
        if self._pending:
            with self._sources[0].path.open("ab") as spool:
                spool.write(self._pending)
            self._written += len(self._pending)
            self._pending.clear()
            self._maps.pop(0, None)

    def _map(self, source: int) -> mmap:
        if source not in self._maps:
            with self._sources[source].path.open("rb") as stream:
                self._maps[source] = mmap(stream.fileno(), 0, access=ACCESS_READ)
        return self._maps[source]

    def line(self, number: int) -> bytes:
        """The JSON line of an article."""
        self.flush()
        start = self._offsets[number]
        return self._map(self._files[number])[start : start + self._lengths[number]]

    def article(self, number: int) -> Article:
        """The article, read again. Raises `InputError` where its file has changed since it was read."""
        source = self._sources[self._files[number]]
        options = ReadOptions(fields=source.fields, max_characters=SPOOL_LIMIT)
        found = parse_row(self.line(number), source.path.name, number, options)
        if not isinstance(found, Article):
            raise InputError(f"{source.path} has changed since it was read: {found.reason}")
        return replace(found, id=self.ids[number])

    def batches(self) -> Iterator[range]:
        """Consecutive article numbers of some megabytes together, in order."""
        first, size = 0, 0
        for number, length in enumerate(self._lengths):
            size += length
            if size >= BATCH_BYTES:
                yield range(first, number + 1)
                first, size = number + 1, 0
        if first < len(self):
            yield range(first, len(self))

    def texts(self, numbers: range | list[int]) -> tuple[U8, U64]:
        """The UTF-8 texts of some articles, one after the other with padding at the end, and where each begins."""
        encoded = [self.article(number).text.encode("utf-8", "surrogatepass") for number in numbers]
        offsets = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(e) for e in encoded], out=offsets[1:])
        return np.frombuffer(b"".join([*encoded, bytes(PADDING)]), np.uint8), offsets

    def sources(self, numbers: range | list[int]) -> list[str | None]:
        """The site or publisher of some articles."""
        return [self.article(number).source for number in numbers]


def _dumps(article: Article) -> bytes:
    """The article as JSON; lone surrogates, which JSON cannot hold, become one replacement mark each."""
    try:
        return orjson.dumps(article)
    except TypeError:
        optional = {name: _storable(getattr(article, name)) for name in ("title", "url", "source")}
        id_, text = str(_storable(article.id)), str(_storable(article.text))
        return orjson.dumps(Article(id_, text, published=article.published, **optional))


def _storable(value: str | None) -> str | None:
    return value and value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
