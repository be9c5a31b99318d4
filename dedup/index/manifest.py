"""The manifest: a SQLite file that says which segments count, and holds the articles, their texts and newest keys.

Everything that a crash must not lose goes through one transaction here. Each row carries a checksum of its fields; a
text is compared with the fingerprint in its article's row. What SQLite finds by one path is found by a second one where
that can miss a row in silence: an id by `articles` and by its hash in `ids`, an article by its number and by the
segment or memtable that holds it (`core.py`).
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup.errors import IndexDamaged
from dedup.index import migrations
from dedup.index.database import PAGE, Database
from dedup.index.entries import (
    ArticleRow,
    Entry,
    Known,
    TextRow,
    checksum,
    decoded,
    encoded,
    fingerprint,
    id_hash,
    read_entry,
    unpack,
)
from dedup.index.folder import REBUILD, RESTORE
from dedup.index.layout import NO_SOURCE, Rows
from dedup.index.segment import Span

PART = 256  # rows read at a time
ENTRY = "SELECT articles.*, sources.name, sources.checksum FROM articles LEFT JOIN sources USING (source)"
FAST = 1  # of zlib's levels, for the weights
MOST_WEIGHTS = 1 << 27  # bytes: a table of 1 MB, and 8 for each line that comes back on the pages of a site
MOST_COUNTED = 1 << 53
LAST_NUMBER = (1 << 32) - 2  # of an article or a source: the next one means none

# What rows raise that are not what was written.
_DAMAGE = (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Header:
    """What is said once of an index. Raises `ValueError` for values that cannot be."""

    format: int
    index: str  # which index it is: its segments say the same
    specification: dict[str, Any]
    texts: str  # "stored", or kept by "reference"
    next_number: int  # of the next article
    articles: int  # how many there are, which is how many the segments and the memtable hold
    sources: int
    generation: int  # counts the changes of the segments and of the weights
    commits: int  # counts the commits

    def __post_init__(self) -> None:
        for name in ("next_number", "articles", "sources", "generation", "commits"):
            value = getattr(self, name)
            if not isinstance(value, int) or not 0 <= value <= MOST_COUNTED:
                raise ValueError(f"{name} is out of range")
        if not isinstance(self.specification, dict) or not isinstance(self.index, str):
            raise TypeError("fields of wrong types")


class RecentRow(NamedTuple):
    """The keys of an article of the memtable, as bytes."""

    number: int
    date: int
    source: int
    keys: bytes


class Removals(NamedTuple):
    """Numbers removed since a place in the log, and the place behind them."""

    numbers: list[int]
    place: int


def _memtable_rows(rows: Sequence[RecentRow], columns: int) -> Rows:
    """Return the rows of a memtable as arrays. Raises `ValueError`, `TypeError` or `OverflowError`."""
    size = np.dtype(np.uint32).itemsize * columns
    if not all(len(row.keys) == size and 0 < row.number <= LAST_NUMBER for row in rows):
        raise ValueError("a number or the length of the keys is out of range")
    return Rows(
        np.array([row.number for row in rows], np.uint32),
        np.array([row.date for row in rows], np.int64),
        np.array([row.source for row in rows], np.uint32),
        np.frombuffer(b"".join(row.keys for row in rows), np.uint32).reshape(len(rows), columns),
    )


class Manifest(Database):
    """One connection. `path` None keeps everything in memory. Not to be used by two threads at once."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self._path = path
        self._sources: dict[str, int] | None = None

    def damaged(self, what: str, advice: str = RESTORE) -> IndexDamaged:
        """Return the error that says what is wrong with the file, and what to do."""
        return IndexDamaged(f"{self.name}: {what}; {advice}")

    # Life of a manifest

    def exists(self) -> bool:
        """Return whether it was ever created."""
        with self._named():
            return not migrations.is_empty(self._db)

    def create(self, specification: dict[str, Any], texts: str, weights: bytes) -> None:
        """Make the tables and the header; another process may have done it in the meantime."""
        header = Header(migrations.FORMAT, secrets.token_hex(16), specification, texts, 1, 0, 0, 0, 0)
        self.begin()
        try:
            if not self.exists():
                with self._named():
                    migrations.create(self._db, {f.name: getattr(header, f.name) for f in fields(header)})
                self.run("INSERT INTO weights VALUES (1, x'', 0)")
                self.set_weights(weights)
            self.commit()
        except BaseException:
            self.rollback()
            raise

    def format(self) -> int:
        """Return the number of its format. Raises `IndexDamaged` for another kind of database, or other tables."""
        with self._named():
            return migrations.stored_format(self._db, self.name)

    def upgrade(self, fits: Callable[[], None]) -> None:
        """Bring an older format up to date. Raises `IndexMismatch`, or what `fits` does; then nothing is changed."""
        with self._named():
            migrations.migrate(self._db, Path(self.name), fits=fits)

    # Transactions

    def rollback(self) -> None:
        """Forget everything since `mark`, or else since `begin`."""
        if self.writing:
            self.forget()
        super().rollback()

    def forget(self) -> None:
        """Read the sources again when they are next asked for: another process may have added some."""
        self._sources = None

    # Header and segments

    def header(self) -> Header:
        """Return all header fields. Raises `IndexDamaged`."""
        found = {}
        for name, value, check in self.rows("SELECT name, value, checksum FROM header"):
            if not isinstance(value, str) or checksum(name, value) != check:
                raise self.damaged(f"the header field {name!r} fails its checksum")
            found[name] = value
        try:
            return Header(**{field.name: json.loads(found[field.name]) for field in fields(Header)})
        except _DAMAGE as error:
            raise self.damaged(f"the header cannot be read ({error})") from error

    def set_header(self, **values: Any) -> None:
        """Change header fields."""
        rows = [migrations.header_row(name, value) for name, value in values.items()]
        self.many("INSERT OR REPLACE INTO header VALUES (?, ?, ?)", rows)

    def weights(self) -> bytes:
        """Return the stored table of weights. Raises `IndexDamaged`."""
        rows = self.rows("SELECT body, checksum FROM weights WHERE one = 1")
        try:
            ((body, check),) = rows
            if zlib.crc32(body) != check:
                raise ValueError("the checksum is wrong")
            return unpack(body, MOST_WEIGHTS)
        except _DAMAGE as error:
            raise self.damaged(f"the table of weights fails its checksum or cannot be unpacked ({error})") from error

    def set_weights(self, weights: bytes) -> None:
        """Replace the table of weights."""
        body = zlib.compress(weights, FAST)
        self.run("UPDATE weights SET body = ?, checksum = ? WHERE one = 1", (body, zlib.crc32(body)))

    def segments(self) -> list[Span]:
        """Return the segments that count, oldest articles first. Raises `IndexDamaged`."""
        rows = self.rows("SELECT name, first, last, digest, checksum FROM segments ORDER BY first")
        found = [Span(*self._checked(row, f"the row of segment {row[0]!r}", REBUILD)) for row in rows]
        if not all(isinstance(span.name, str) for span in found):
            raise self.damaged("names a segment by something else than a string", REBUILD)
        return found

    def _checked(self, row: Sequence[Any], what: str, advice: str = RESTORE) -> Sequence[Any]:
        *values, check = row
        try:
            if checksum(*values) == check:
                return values
        except _DAMAGE:
            pass
        raise self.damaged(f"{what} fails its checksum", advice)

    def replace_segments(self, gone: Sequence[str] | None, fresh: Sequence[Span]) -> None:
        """Let some segments count instead of others, or instead of all."""
        if gone is None:
            self.run("DELETE FROM segments")
        self.many("DELETE FROM segments WHERE name = ?", [(n,) for n in gone or ()])
        self.many("INSERT INTO segments VALUES (?, ?, ?, ?, ?)", [(*row, checksum(*row)) for row in fresh])

    def drop_recent(self, last: int) -> None:
        """Forget the keys of the memtable up to an article number: a segment has them now."""
        self.run("DELETE FROM recent WHERE number <= ?", (last,))

    def drop_removed(self, first: int, last: int) -> None:
        """Forget removals that no segment needs any longer."""
        self.run("DELETE FROM removed WHERE number BETWEEN ? AND ?", (first, last))

    # Sources

    def _all_sources(self) -> dict[str, int]:
        if self._sources is None:
            rows = self.rows("SELECT source, name, checksum FROM sources NOT INDEXED")
            checked = [self._checked(row, f"the row of source {row[0]}") for row in rows]
            try:
                self._sources = {decoded(name): int(number) for number, name in checked}
            except _DAMAGE as error:
                raise self.damaged(f"a source has no name ({error})") from error
            if len(self._sources) != self.header().sources:
                raise self.damaged(f"{len(self._sources)} sources instead of {self.header().sources}")
        return self._sources

    def find_source(self, name: str) -> int | None:
        """Return the number of a source; None where it is unknown. Raises `IndexDamaged`."""
        return self._all_sources().get(name)

    def source_number(self, name: str | None) -> int:
        """Return the number of a source, given to it now, inside a transaction, if it has none."""
        if name is None:
            return NO_SOURCE
        sources = self._all_sources()
        if name not in sources:
            row = max(sources.values(), default=NO_SOURCE) + 1, encoded(name)
            self.run("INSERT INTO sources VALUES (?, ?, ?)", (*row, checksum(*row)))
            sources[name] = row[0]
            self.set_header(sources=len(sources))
        return sources[name]

    # Articles

    def insert(self, rows: Sequence[ArticleRow], hashes: Iterable[tuple[int, int]], texts: Iterable[TextRow]) -> None:
        """Add articles, with the hashes of their ids and their numbers."""
        self.many("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.many("INSERT INTO ids VALUES (?, ?)", sorted(hashes))
        self.many("INSERT INTO texts VALUES (?, ?)", texts)

    def insert_recent(self, rows: Rows) -> None:
        """Add the keys of articles of the memtable."""
        numbers = zip(rows.numbers.tolist(), rows.dates.tolist(), rows.sources.tolist(), strict=True)
        held = [RecentRow(*row, keys.tobytes()) for row, keys in zip(numbers, rows.keys, strict=True)]
        self.many("INSERT INTO recent VALUES (?, ?, ?, ?, ?)", [(*row, checksum(*row)) for row in held])

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove articles for good, and log it for readers. Raises `IndexDamaged`."""
        hashes = [(id_hash(self.entry(n).id), n) for n in numbers]
        self.many("DELETE FROM ids WHERE hash = ? AND number = ?", hashes)
        for table in ("articles", "texts", "recent", "sketches", "vectors"):
            self.many(f"DELETE FROM {table} WHERE number = ?", [(n,) for n in numbers])
        self.many("INSERT INTO removed (number, checksum) VALUES (?, ?)", [(n, checksum(n)) for n in numbers])

    def recent(self, after: int, columns: int) -> Rows:
        """Return the articles of the memtable whose number is higher than `after`. Raises `IndexDamaged`."""
        sql = "SELECT number, date, source, keys, checksum FROM recent WHERE number > ? ORDER BY number"
        found = self.rows(sql, (after,))
        rows = [RecentRow(*self._checked(row, f"the keys of article {row[0]}", REBUILD)) for row in found]
        try:
            return _memtable_rows(rows, columns)
        except _DAMAGE as error:
            raise self.damaged(f"the keys of the memtable are not those of articles ({error})", REBUILD) from error

    def removed(self, after: int) -> Removals:
        """Return the numbers removed since a place in the log. Raises `IndexDamaged`."""
        rows = self.rows("SELECT seq, number, checksum FROM removed WHERE seq > ? ORDER BY seq", (after,))
        numbers = [self._checked(row[1:], "a row of the removals", REBUILD)[0] for row in rows]
        if not all(isinstance(number, int) and 0 < number <= LAST_NUMBER for number in numbers):
            raise self.damaged("the removals have numbers out of range", REBUILD)
        return Removals(numbers, rows[-1][0] if rows else after)

    def _entry(self, row: ArticleRow) -> Entry:
        try:
            return read_entry(row)
        except _DAMAGE as error:
            raise self.damaged(f"the row of article {row[0]} is damaged: {error}") from error

    def entry(self, number: int) -> Entry:
        """Return the row of an article that is there, by number. Raises `IndexDamaged`."""
        rows = self.rows(f"{ENTRY} WHERE number = ?", (number,))
        if not rows:
            raise self.damaged(f"article {number} is missing")
        return self._entry(rows[0])

    def find(self, key: str) -> Entry | None:
        """Return the row of an article by id; None where there is none. Raises `IndexDamaged`."""
        rows = self.rows(
            "SELECT 0, number FROM articles WHERE id = ? UNION ALL SELECT 1, number FROM ids WHERE hash = ?",
            (encoded(key), id_hash(key)),
        )
        return self._found([key]).get(key) if rows else None

    def _found(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Return the rows of those of some ids (at most `PART`) that are there, found in two ways."""
        marks = ", ".join("?" * len(keys))
        wanted = [encoded(key) for key in keys]
        direct = {n for (n,) in self.rows(f"SELECT number FROM articles WHERE id IN ({marks})", wanted)}
        hashes = [id_hash(key) for key in keys]
        hashed = {n for (n,) in self.rows(f"SELECT number FROM ids WHERE hash IN ({marks})", hashes)}
        entries = {entry.id: entry for entry in map(self.entry, direct | hashed)}
        asked = {entry.number for key in keys if (entry := entries.get(key))}
        if not direct <= hashed or asked != direct:
            raise self.damaged("its two tables of ids say different things")
        return {key: entries[key] for key in keys if key in entries}

    def known(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return numbers and fingerprints of those of some ids (at most `PART`) that are there.

        Raises `IndexDamaged`.
        """
        return {key: Known(entry.number, entry.fingerprint) for key, entry in self._found(keys).items()}

    def entries(self, last: int = 0) -> Iterator[Entry]:
        """Yield all articles of a higher number, in order. Raises `IndexDamaged`."""
        while rows := self.rows(f"{ENTRY} WHERE number > ? ORDER BY number LIMIT {PART}", (last,)):
            yield from map(self._entry, rows)
            last = rows[-1][0]

    def all_entries(self) -> Iterator[Entry]:
        """Yield all articles, in order. Raises `IndexDamaged`, at the end where some were missing."""
        count = 0
        for entry in self.entries():
            count += 1
            yield entry
        if count != self.header().articles:
            raise self.damaged(f"{count} articles instead of {self.header().articles}")

    def text(self, entry: Entry) -> str:
        """Return the stored text of an article. Raises `IndexDamaged`."""
        rows = self.rows("SELECT body FROM texts WHERE number = ?", (entry.number,))
        try:
            ((body,),) = rows
            text = decoded(unpack(body))
            if fingerprint(text) != entry.fingerprint:
                raise ValueError("it is not the one that was added")
        except _DAMAGE as error:
            raise self.damaged(f"the text of article {entry.number} is damaged: {error}") from error
        return text

    # Care

    def check(self, texts: bool) -> None:
        """Read everything once, stored texts too. Raises `IndexDamaged`."""
        problems = [text for (text,) in self.rows("PRAGMA integrity_check(1)")]
        if problems != ["ok"]:
            raise self.damaged(str(problems[0]))
        self.weights()
        self.forget()
        self._all_sources()
        counts = {table: self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("articles", "ids", "texts")}
        if counts["ids"] != counts["articles"] or counts["texts"] != (counts["articles"] if texts else 0):
            raise self.damaged(f"its tables do not hold the same articles: {counts}")
        with closing(self.each("SELECT hash, number FROM ids ORDER BY number")) as hashes:
            for entry, hashed in zip(self.all_entries(), hashes, strict=True):
                if hashed != (id_hash(entry.id), entry.number):
                    raise self.damaged("its two tables of ids say different things")
                if texts:
                    self.text(entry)

    def shrink(self) -> None:
        """Give freed space back to the disk."""
        self.run("VACUUM")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def sizes(self) -> dict[str, int]:
        """Return the bytes of the file, and of the texts in it."""
        pages, free = self.rows("PRAGMA page_count")[0][0], self.rows("PRAGMA freelist_count")[0][0]
        body = self.rows("SELECT coalesce(sum(length(body)), 0) FROM texts")[0][0]
        return {"manifest_bytes": (pages - free) * PAGE, "text_bytes": body}
