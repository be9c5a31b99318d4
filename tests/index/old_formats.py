"""Turns an index of today into an older one: 1, rows without checksums; 2, no day without an hour; 3, no vectors."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path

from dedup.index.entries import article_checksum, read_date
from dedup.index.folder import FILE, LOCK
from dedup.index.migrations import SCHEMAS, header_row
from dedup.index.segment_files import MAGIC, PREFIX

KEPT = {
    "header": "SELECT name, value FROM header WHERE name NOT IN ('index', 'sources', 'commits')",
    "sources": "SELECT source, name FROM sources",
    "recent": "SELECT number, keys, 0 FROM recent",
    "removed": "SELECT seq, number FROM removed",
    "segments": "SELECT name, first, last FROM segments",
}


def describe_again(segment: Path, change: dict[str, object], version: int) -> None:
    """Write the first page of a segment anew, with a right checksum, with something changed in its description."""
    data = bytearray(segment.read_bytes())
    length = PREFIX.unpack_from(data)[2]
    said = json.loads(data[PREFIX.size : PREFIX.size + length]) | change
    text = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
    page = PREFIX.pack(MAGIC, version, len(text), zlib.crc32(text)) + text
    data[:4096] = page.ljust(4096, b"\0")
    segment.write_bytes(data)


def _forget_vectors(database: sqlite3.Connection) -> None:
    for table in ("sketches", "vectors"):
        database.execute(f"DROP TABLE {table}")


def make_format_3(folder: Path) -> None:
    """Rewrite a closed index in place."""
    database = sqlite3.connect(folder / FILE)
    with database:
        _forget_vectors(database)
        database.execute("UPDATE header SET value = ?, checksum = ? WHERE name = 'format'", header_row("format", 3)[1:])
        database.execute("PRAGMA user_version = 3")
    database.close()


def make_format_2(folder: Path) -> None:
    """Rewrite a closed index in place."""
    database = sqlite3.connect(folder / FILE)
    with database:
        _forget_vectors(database)
        for *fields, _ in database.execute("SELECT * FROM articles WHERE published NOT LIKE '%T%'").fetchall():
            fields[5] = read_date(fields[5])[0].isoformat()
            row = fields[5], article_checksum(fields), fields[0]
            database.execute("UPDATE articles SET published = ?, checksum = ? WHERE number = ?", row)
        database.execute("UPDATE header SET value = ?, checksum = ? WHERE name = 'format'", header_row("format", 2)[1:])
        database.execute("PRAGMA user_version = 2")
    database.close()


def make_format_1(folder: Path) -> None:
    """Rewrite a closed index in place."""
    database = sqlite3.connect(folder / FILE, isolation_level=None)
    database.execute("BEGIN")
    for table, query in KEPT.items():
        rows = database.execute(query).fetchall()
        database.execute(f"DROP TABLE {table}")
        (statement,) = (sql for sql in SCHEMAS[1] if sql.startswith(f"CREATE TABLE {table} "))
        database.execute(statement)
        if table == "recent":
            rows = [(number, keys, zlib.crc32(keys)) for number, keys, _ in rows]
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    database.execute("DROP TABLE ids")
    _forget_vectors(database)
    database.execute("UPDATE header SET value = '1' WHERE name = 'format'")
    database.execute("PRAGMA application_id = 0")
    database.execute("PRAGMA user_version = 0")
    database.execute("COMMIT")
    database.close()
    for segment in folder.glob("segment-*"):
        describe_again(segment, {"index": None}, 1)
    if (folder / LOCK).exists():
        (folder / LOCK).write_bytes(b"")
