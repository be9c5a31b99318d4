"""The tables of the manifest, and numbered steps from each older format to the next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from dedup.errors import IndexMismatch

FORMAT = 1

SCHEMA = (
    "CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE weights (one INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE sources (source INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE)",
    """CREATE TABLE articles (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title BLOB, url BLOB,
        source INTEGER NOT NULL, published TEXT, date INTEGER NOT NULL, fingerprint BLOB NOT NULL,
        checksum INTEGER NOT NULL)""",
    "CREATE TABLE texts (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE recent (number INTEGER PRIMARY KEY, keys BLOB NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL)",
    "CREATE TABLE segments (name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID",
)

# Step n brings format n to format n + 1, inside the caller's transaction. Format 1 is the first: no steps yet.
STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {}


def stored_format(database: sqlite3.Connection) -> int:
    """The format number in the header."""
    return int(json.loads(database.execute("SELECT value FROM header WHERE name = 'format'").fetchone()[0]))


def migrate(database: sqlite3.Connection, name: str, steps: dict[int, Callable[[sqlite3.Connection], None]] = STEPS,
            goal: int = FORMAT) -> None:  # fmt: skip
    """Take one step after the other, all in one transaction. Raises `IndexMismatch` where no way leads to `goal`."""
    if stored_format(database) == goal:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        found = stored_format(database)
        while found != goal:
            if found > goal or found not in steps:
                raise IndexMismatch(f"{name}: format is {found}, this version reads {goal}")
            steps[found](database)
            found += 1
            database.execute("UPDATE header SET value = ? WHERE name = 'format'", (json.dumps(found),))
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
