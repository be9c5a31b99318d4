"""The manifest: a SQLite file that says which segments count, and holds the articles, their texts and recent keys.

Everything that a crash must not lose goes through one transaction here. Strings are kept as UTF-8 bytes, so that any
Python string survives. Each row carries a CRC-32 of its fields, recent keys of theirs; texts carry zlib's Adler-32.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup.errors import IndexDamaged
from dedup.index.folder import RESTORE
from dedup.index.layout import NO_SOURCE, Rows
from dedup.index.migrations import FORMAT, SCHEMA, migrate
from dedup.records import Article

PAGE = 1 << 14  # bytes: 8 KB wastes 300 an article between text rows, 16 KB half of that (benchmarks/speed/index.py)
CACHE_KB = 16 * 1024
BUSY_SECONDS = 30.0  # how long a commit waits for another process's commit
CHECKPOINT_PAGES = 2000
# A window of 8 KB and a small table: 1.6 x the speed of zlib's defaults at level 1, for .3 % more bytes.
LEVEL, WINDOW_BITS, MEMORY_LEVEL = 1, 13, 7

PART = 256  # rows read at a time
ENTRY = "SELECT articles.*, sources.name FROM articles LEFT JOIN sources USING (source)"

TextRow = tuple[int, bytes]
ArticleRow = tuple[Any, ...]


class Known(NamedTuple):
    """An article that is there already."""

    number: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's row without its text."""

    number: int
    id: str
    title: str | None
    url: str | None
    source_number: int
    published: str | None
    date: int
    fingerprint: bytes
    source: str | None


def pack(text: str) -> bytes:
    """A text as it is stored."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return squeeze.compress(text.encode("utf-8", "surrogatepass")) + squeeze.flush()


def fingerprint(text: str) -> bytes:
    """Sixteen bytes that tell two texts apart."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else value.encode("utf-8", "surrogatepass")


def _string(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogatepass")


def _row_check(fields: Sequence[Any]) -> int:
    number, key, title, url, source, published, date, mark = fields
    held = (b"%d %d %d" % (number, source, date), key, title, url, published and published.encode(), mark)
    return zlib.crc32(b"\0".join(b"-" if field is None else b"+" + field for field in held))


def article_row(number: int, article: Article, source: int, date: int, mark: bytes) -> ArticleRow:
    """The row of an article, with its checksum."""
    published = None if article.published is None else article.published.isoformat()
    key = article.id.encode("utf-8", "surrogatepass")
    fields = (number, key, _bytes(article.title), _bytes(article.url), source, published, date, mark)
    return (*fields, _row_check(fields))


class Manifest:
    """One connection. `path` None keeps everything in memory. Not to be used by two threads at once."""

    def __init__(self, path: Path | None) -> None:
        self.name = ":memory:" if path is None else str(path)
        self._marked = False
        self._sources: dict[str, int] = {}
        with self._named():
            self._db = sqlite3.connect(self.name, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._db.execute(f"PRAGMA page_size = {PAGE}")
            if path is not None:
                self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
            self._db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say which file it is that SQLite cannot read."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "disk I/O" not in str(error) and "malformed" not in str(error):
                raise
            raise IndexDamaged(f"{self.name}: {error}; {RESTORE}") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise IndexDamaged(f"{self.name}: {error}; {RESTORE}") from error

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._named():
            return self._db.execute(sql, values).fetchall()

    def _run(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self._named():
            self._db.execute(sql, values)

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._named():
            self._db.executemany(sql, rows)

    # Life of a manifest

    def exists(self) -> bool:
        """Whether it was ever created."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'header'"))

    def create(self, header: dict[str, Any], weights: bytes) -> None:
        """Make the tables and the header; another process may have done it in the meantime."""
        self.begin()
        try:
            if not self.exists():
                for statement in SCHEMA:
                    self._run(statement)
                values = [(k, json.dumps(v)) for k, v in {"format": FORMAT, **header, "generation": 0}.items()]
                self._many("INSERT INTO header VALUES (?, ?)", values)
                self._run("INSERT INTO weights VALUES (1, ?, ?)", (weights, zlib.crc32(weights)))
            self.commit()
        except BaseException:
            self.rollback()
            raise

    def upgrade(self) -> None:
        """Bring an older format up to date. Raises `IndexMismatch` for one that this version does not know."""
        with self._named():
            migrate(self._db, self.name)

    def close(self) -> None:
        """Roll back what was not committed, and close."""
        self.rollback()
        self._db.close()

    # Transactions

    def begin(self) -> None:
        """Start writing, unless a transaction is open."""
        if not self._db.in_transaction:
            self._run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since `begin` count, durably as the index was opened."""
        self._marked = False
        if self._db.in_transaction:
            self._run("COMMIT")

    def rollback(self) -> None:
        """Forget everything since `mark`, or else since `begin`."""
        if self._db.in_transaction:
            self._run("ROLLBACK TO mark" if self._marked else "ROLLBACK")
            self._sources.clear()
        self._marked = False

    def mark(self) -> None:
        """A point inside an open transaction to which `rollback` goes back."""
        if self._db.in_transaction:
            self._run("SAVEPOINT mark")
            self._marked = True

    def unmark(self) -> None:
        """Keep what was written since `mark`."""
        if self._marked and self._db.in_transaction:
            self._run("RELEASE mark")
        self._marked = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state, whatever others commit."""
        if self._db.in_transaction:
            yield
            return
        self._run("BEGIN")
        try:
            yield
        finally:
            self.rollback()

    @property
    def writing(self) -> bool:
        """Whether a transaction is open."""
        return self._db.in_transaction

    def version(self) -> int:
        """A number that changes when another connection commits; costs microseconds."""
        return int(self._rows("PRAGMA data_version")[0][0])

    # Header and segments

    def header(self) -> dict[str, Any]:
        """All header fields."""
        return {key: json.loads(value) for key, value in self._rows("SELECT name, value FROM header")}

    def set_header(self, **fields: Any) -> None:
        """Change header fields."""
        rows = [(name, json.dumps(value)) for name, value in fields.items()]
        self._many("INSERT OR REPLACE INTO header VALUES (?, ?)", rows)

    def weights(self) -> bytes:
        """The stored table of weights."""
        rows = self._rows("SELECT body, checksum FROM weights WHERE one = 1")
        if not rows or zlib.crc32(rows[0][0]) != rows[0][1]:
            raise IndexDamaged(f"{self.name}: the table of weights fails its checksum; {RESTORE}")
        return bytes(rows[0][0])

    def set_weights(self, weights: bytes) -> None:
        """Replace the table of weights."""
        self._run("UPDATE weights SET body = ?, checksum = ? WHERE one = 1", (weights, zlib.crc32(weights)))

    def segments(self) -> list[str]:
        """Names of the files that count, oldest articles first."""
        return [name for (name,) in self._rows("SELECT name FROM segments ORDER BY first")]

    def replace_segments(self, gone: Sequence[str], fresh: Sequence[tuple[str, int, int]]) -> None:
        """Let some files (with their first and last article number) count instead of others."""
        self._many("DELETE FROM segments WHERE name = ?", [(n,) for n in gone])
        self._many("INSERT INTO segments VALUES (?, ?, ?)", fresh)

    def drop_recent(self, last: int) -> None:
        """Forget the recent keys up to an article number: a segment has them now."""
        self._run("DELETE FROM recent WHERE number <= ?", (last,))

    def drop_removed(self, first: int, last: int) -> None:
        """Forget removals that no segment needs any longer."""
        self._run("DELETE FROM removed WHERE number BETWEEN ? AND ?", (first, last))

    # Articles

    def find_source(self, name: str) -> int | None:
        """The number of a source; None where it is unknown."""
        rows = self._rows("SELECT source FROM sources WHERE name = ?", (_bytes(name),))
        return int(rows[0][0]) if rows else None

    def source_number(self, name: str | None) -> int:
        """The number of a source, given to it now if it has none."""
        if name is None:
            return NO_SOURCE
        if name not in self._sources:
            if self.find_source(name) is None:
                self._run("INSERT INTO sources (name) VALUES (?)", (_bytes(name),))
            self._sources[name] = self.find_source(name) or NO_SOURCE
        return self._sources[name]

    def insert(self, rows: Iterable[ArticleRow], texts: Iterable[TextRow]) -> None:
        """Add articles."""
        self._many("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._many("INSERT INTO texts VALUES (?, ?)", texts)

    def insert_recent(self, rows: Rows) -> None:
        """Add the keys of recent articles."""
        blobs = [(int(n), row.tobytes()) for n, row in zip(rows.numbers, rows.keys, strict=True)]
        self._many("INSERT INTO recent VALUES (?, ?, ?)", [(n, b, zlib.crc32(b)) for n, b in blobs])

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove articles for good, and log it for readers."""
        values = [(n,) for n in numbers]
        for table in ("articles", "texts", "recent"):
            self._many(f"DELETE FROM {table} WHERE number = ?", values)
        self._many("INSERT INTO removed (number) VALUES (?)", values)

    def recent(self, after: int, columns: int) -> Rows:
        """The recent articles whose number is higher than `after`. Raises `IndexDamaged`."""
        sql = (
            "SELECT r.number, a.date, a.source, r.keys, r.checksum FROM recent r JOIN articles a USING (number) "
            "WHERE r.number > ? ORDER BY r.number"
        )
        rows = self._rows(sql, (after,))
        for number, _, _, keys, check in rows:
            if len(keys) != 4 * columns or zlib.crc32(keys) != check:
                raise IndexDamaged(f"{self.name}: the keys of article {number} fail their checksum; {RESTORE}")
        joined = np.frombuffer(b"".join(r[3] for r in rows), np.uint32).reshape(len(rows), columns)
        numbers, dates, sources = (np.array([r[i] for r in rows]) for i in range(3))
        return Rows(numbers.astype(np.uint32), dates.astype(np.int64), sources.astype(np.uint32), joined)

    def removed(self, after: int) -> tuple[list[int], int]:
        """Numbers removed since a place in the log, and the new place."""
        rows = self._rows("SELECT seq, number FROM removed WHERE seq > ? ORDER BY seq", (after,))
        return [number for _, number in rows], rows[-1][0] if rows else after

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        *fields, check, source = row
        if _row_check(fields) != check:
            raise IndexDamaged(f"{self.name}: the row of article {row[0]} fails its checksum; {RESTORE}")
        number, key, title, url, source_number, published, date, mark = fields
        return Entry(
            number, key.decode("utf-8", "surrogatepass"), _string(title), _string(url), source_number, published, date,
            mark, _string(source),
        )  # fmt: skip

    def entry(self, number: int) -> Entry | None:
        """The row of an article by number. Raises `IndexDamaged`."""
        rows = self._rows(f"{ENTRY} WHERE number = ?", (number,))
        return self._entry(rows[0]) if rows else None

    def find(self, key: str) -> Entry | None:
        """The row of an article by id. Raises `IndexDamaged`."""
        rows = self._rows(f"{ENTRY} WHERE id = ?", (_bytes(key),))
        return self._entry(rows[0]) if rows else None

    def known(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return numbers and fingerprints of those of some ids (at most `PART`) that are there."""
        marks = ", ".join("?" * len(keys))
        sql = f"SELECT id, number, fingerprint FROM articles WHERE id IN ({marks})"
        rows = self._rows(sql, [key.encode("utf-8", "surrogatepass") for key in keys])
        return {key.decode("utf-8", "surrogatepass"): Known(number, mark) for key, number, mark in rows}

    def entries(self, last: int = 0) -> Iterator[Entry]:
        """All articles of a higher number, in order. Raises `IndexDamaged`."""
        while rows := self._rows(f"{ENTRY} WHERE number > ? ORDER BY number LIMIT {PART}", (last,)):
            yield from map(self._entry, rows)
            last = rows[-1][0]

    def text(self, number: int) -> str:
        """The stored text of an article. Raises `IndexDamaged`."""
        rows = self._rows("SELECT body FROM texts WHERE number = ?", (number,))
        try:
            return zlib.decompress(rows[0][0]).decode("utf-8", "surrogatepass")
        except (IndexError, zlib.error, UnicodeDecodeError) as error:
            raise IndexDamaged(f"{self.name}: the text of article {number} is damaged; {RESTORE}") from error

    def older(self, date: int) -> list[int]:
        """Numbers of the articles before a second."""
        return [n for (n,) in self._rows("SELECT number FROM articles WHERE date < ? ORDER BY number", (date,))]

    # Care

    def check(self, texts: bool) -> None:
        """Read everything once, stored texts too. Raises `IndexDamaged`."""
        problems = [text for (text,) in self._rows("PRAGMA quick_check(1)")]
        if problems != ["ok"]:
            raise IndexDamaged(f"{self.name}: {problems[0]}; {RESTORE}")
        self.weights()
        for entry in self.entries():
            if texts:
                self.text(entry.number)

    def shrink(self) -> None:
        """Give freed space back to the disk."""
        self._run("VACUUM")
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def sizes(self) -> dict[str, int]:
        """Bytes of the file, and of the texts in it."""
        pages, free = self._rows("PRAGMA page_count")[0][0], self._rows("PRAGMA freelist_count")[0][0]
        body = self._rows("SELECT coalesce(sum(length(body)), 0) FROM texts")[0][0]
        return {"manifest_bytes": (pages - free) * PAGE, "text_bytes": body}


def now() -> int:
    """Seconds since 1970."""
    return int(datetime.now(UTC).timestamp())


def seconds(when: datetime) -> int:
    """Seconds since 1970; a time without a zone is UTC."""
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
