"""The tables of the manifest, and numbered steps from each older format to the next.

Format 1 had no checksums in the tables `header`, `sources`, `removed` and `segments`, none of the dates and numbers in
`recent`, no table `ids`, and its segments did not say to which index they belong. Format 2 did not say of a date
whether its hour is known. Format 3 kept no vectors.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from pathlib import Path

from dedup.errors import IndexDamaged, IndexMismatch
from dedup.index.entries import article_checksum, checksum, decoded, id_hash, read_date, written_date
from dedup.index.folder import RESTORE, segment_path
from dedup.index.segment_files import described

FORMAT = 4
APPLICATION = 0x64656475  # "dedu", SQLite's application id of a manifest; format 1 had none

_HEADER = "CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"
_SOURCES = """CREATE TABLE sources (source INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
        checksum INTEGER NOT NULL)"""
_IDS = """CREATE TABLE ids (hash INTEGER NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (hash, number)) WITHOUT ROWID"""
_RECENT = """CREATE TABLE recent (number INTEGER PRIMARY KEY, date INTEGER NOT NULL, source INTEGER NOT NULL,
        keys BLOB NOT NULL, checksum INTEGER NOT NULL)"""
_REMOVED = """CREATE TABLE removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL,
        checksum INTEGER NOT NULL)"""
_SEGMENTS = """CREATE TABLE segments (name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,
        digest BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"""
_VECTORS = (
    """CREATE TABLE sketches (number INTEGER PRIMARY KEY, stamp BLOB NOT NULL, language TEXT NOT NULL,
        published INTEGER, body BLOB NOT NULL, checksum INTEGER NOT NULL)""",
    "CREATE INDEX stamps ON sketches (stamp)",
    "CREATE TABLE vectors (number INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL)",
)
_UNCHANGED = (
    "CREATE TABLE weights (one INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL)",
    """CREATE TABLE articles (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title BLOB, url BLOB,
        source INTEGER NOT NULL, published TEXT, date INTEGER NOT NULL, fingerprint BLOB NOT NULL,
        checksum INTEGER NOT NULL)""",
    "CREATE TABLE texts (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
)

_PUBLISHED = 5  # its column in `articles`
_CHECKED = (*_UNCHANGED, _HEADER, _SOURCES, _IDS, _RECENT, _REMOVED, _SEGMENTS)

# The tables of each format: of a manifest that has other ones nothing is believed.
SCHEMAS = {
    1: (
        *_UNCHANGED,
        "CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE sources (source INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE)",
        "CREATE TABLE recent (number INTEGER PRIMARY KEY, keys BLOB NOT NULL, checksum INTEGER NOT NULL)",
        "CREATE TABLE removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL)",
        "CREATE TABLE segments (name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID",
    ),
    2: _CHECKED,
    3: _CHECKED,  # dates say whether their hour is known
    4: (*_CHECKED, *_VECTORS),
}

# Step n brings format n to format n + 1, inside the caller's transaction; it is told the folder of the index.
Row = tuple[int | bytes | str, ...]
Step = Callable[[sqlite3.Connection, Path], None]


def header_row(name: str, value: object) -> tuple[str, str, int]:
    """Return the row of a header field."""
    text = json.dumps(value)
    return name, text, checksum(name, text)


def create(database: sqlite3.Connection, fields: Mapping[str, object]) -> None:
    """Make the tables and the header, inside the caller's transaction."""
    for statement in SCHEMAS[FORMAT]:
        database.execute(statement)
    _sign(database, FORMAT)
    rows = [header_row(name, value) for name, value in {"format": FORMAT, **fields}.items()]
    database.executemany("INSERT INTO header VALUES (?, ?, ?)", rows)


def _sign(database: sqlite3.Connection, number: int) -> None:
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {number}")


def is_empty(database: sqlite3.Connection) -> bool:
    """Return whether there are no tables at all."""
    return not database.execute("SELECT 1 FROM sqlite_master").fetchone()


def stored_format(database: sqlite3.Connection, name: str) -> int:
    """Return the format of a manifest. Raises `IndexDamaged` for any other database, or one with other tables."""
    tables = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    tables.pop("sqlite_sequence", None)
    if "header" not in tables:
        raise IndexDamaged(f"{name}: a database of something else, no index; name another folder, or {RESTORE}")
    found = database.execute("SELECT value FROM header WHERE name = 'format'").fetchone()
    number = int(json.loads(found[0])) if found and isinstance(found[0], str) and found[0].isdigit() else 0
    signed = [database.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("application_id", "user_version")]
    if signed != ([0, 0] if number == 1 else [APPLICATION, number]):
        raise IndexDamaged(f"{name}: says in one place that its format is {number}, in another otherwise; {RESTORE}")
    if number in SCHEMAS and set(tables.values()) != set(SCHEMAS[number]):
        raise IndexDamaged(f"{name}: does not have the tables of format {number}; {RESTORE}")
    return number


def _replaced(database: sqlite3.Connection, table: str, statement: str, rows: str) -> list[Row]:
    """Make a table anew by its statement; returns what a query for its old rows gave."""
    old = database.execute(rows).fetchall()
    database.execute(f"DROP TABLE {table}")
    database.execute(statement)
    return old


def _filled(database: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows, each with its checksum as a last field."""
    for row in rows:
        marks = ", ".join("?" * (len(row) + 1))
        database.execute(f"INSERT INTO {table} VALUES ({marks})", (*row, checksum(*row)))


def _segment_digest(folder: Path, name: str) -> bytes:
    """Return the digest of a segment; of one that is missing or damaged nothing, which then has to be rebuilt."""
    try:
        return described(segment_path(folder, name)).digest
    except (OSError, IndexDamaged):
        return b""


def add_checksums(database: sqlite3.Connection, folder: Path) -> None:
    """Bring format 1 to format 2."""
    header = _replaced(database, "header", _HEADER, "SELECT name, value FROM header")
    sources = _replaced(database, "sources", _SOURCES, "SELECT source, name FROM sources ORDER BY source")
    fresh = {"index": secrets.token_hex(16), "sources": len(sources), "commits": 0}
    _filled(database, "header", [*header, *((name, json.dumps(value)) for name, value in fresh.items())])
    _filled(database, "sources", sources)
    database.execute(_IDS)
    ids = database.execute("SELECT id, number FROM articles")
    database.executemany("INSERT INTO ids VALUES (?, ?)", sorted((id_hash(decoded(key)), n) for key, n in ids))
    recent = "SELECT r.number, a.date, a.source, r.keys FROM recent r JOIN articles a USING (number) ORDER BY r.number"
    _filled(database, "recent", _replaced(database, "recent", _RECENT, recent))
    removed = _replaced(database, "removed", _REMOVED, "SELECT number FROM removed ORDER BY seq")
    _fill_removed(database, removed)
    segments = _replaced(database, "segments", _SEGMENTS, "SELECT name, first, last FROM segments")
    _filled(database, "segments", [(*row, _segment_digest(folder, str(row[0]))) for row in segments])


def _fill_removed(database: sqlite3.Connection, numbers: Iterable[Row]) -> None:
    for (number,) in numbers:
        database.execute("INSERT INTO removed (number, checksum) VALUES (?, ?)", (number, checksum(number)))


def mark_days(database: sqlite3.Connection, _: Path) -> None:
    """Bring format 2 to format 3: midnight to the second is what stood there for a day without an hour.

    A row that fails its checksum stays as it is, to be found.
    """
    rows = database.execute("SELECT * FROM articles WHERE published LIKE '%T00:00:00%'").fetchall()
    for *fields, check in rows:
        if article_checksum(fields) == check and (moment := read_date(fields[_PUBLISHED])[0]).time() == time(0):
            fields[_PUBLISHED] = written_date(moment, True)
            kept = fields[_PUBLISHED], article_checksum(fields), fields[0]
            database.execute("UPDATE articles SET published = ?, checksum = ? WHERE number = ?", kept)


def add_vectors(database: sqlite3.Connection, _: Path) -> None:
    """Bring format 3 to format 4."""
    for statement in _VECTORS:
        database.execute(statement)


STEPS: dict[int, Step] = {1: add_checksums, 2: mark_days, 3: add_vectors}


def migrate(
    database: sqlite3.Connection,
    path: Path,
    steps: Mapping[int, Step] = STEPS,
    goal: int = FORMAT,
    fits: Callable[[], None] = lambda: None,
) -> None:
    """Take one step after the other, all in one transaction. Raises `IndexMismatch` where no way leads to `goal`.

    What `fits` raises at the end leaves everything as it was.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        found = stored_format(database, str(path))
        while found != goal:
            if found > goal or found not in steps:
                raise IndexMismatch(f"{path}: format is {found}, this version reads {goal}")
            steps[found](database, path.parent)
            found += 1
            database.execute("UPDATE header SET value = ?, checksum = ? WHERE name = ?", _retold("format", found))
            _sign(database, found)
        fits()
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _retold(name: str, value: object) -> tuple[str, int, str]:
    name, text, check = header_row(name, value)
    return text, check, name
