"""One connection to the SQLite file of an index: opening, transactions, and errors that name the file.

Public: `Database`. `manifest.py` says what the tables hold.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from errno import ENOSYS, ENOTSUP, EOPNOTSUPP, EPERM
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError, DedupError, IndexBusy, IndexDamaged, InputError
from dedup.index.folder import RESTORE, check_plain, create_new, discard, open_plain, sync_folder, unfinished_manifest

PAGE = 1 << 14  # bytes: 8 KB wastes 300 an article between text rows, 16 KB half of that (benchmarks/speed/index.py)
CACHE_KB = 16 * 1024
BUSY_SECONDS = 30.0  # how long a commit waits for another process's commit
CHECKPOINT_PAGES = 2000
LONGEST_VALUE = 1 << 29  # bytes: no value of an index is longer

MAGIC = b"SQLite format 3\0"
LOGGED = b"\2\2"  # the versions for writing and reading of a file with a log, at byte 18 of the header
HEAD = 100  # bytes of the header of a SQLite file, https://www.sqlite.org/fileformat.html
NO_LINKS = {EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS}  # of a file system where a file has one name: there SQLite makes it
TRIES, PATIENCE = 5, 0.02  # of finding the file whole, and seconds between them: another process may be writing it

_PRIMARY = 0xFF  # the part of SQLite's error codes that names the kind
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_READING = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
_REFUSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL}


def _told(name: str, error: sqlite3.Error) -> DedupError:
    """Return the error of this package for one of SQLite."""
    full = getattr(error, "sqlite_errorcode", None) or 0
    code = full & _PRIMARY
    if code in _BUSY:
        return IndexBusy(f"{name}: another process has been writing for {BUSY_SECONDS:.0f} s; try again")
    if code in _REFUSED or (code == sqlite3.SQLITE_IOERR and full not in _READING):
        return InputError(f"{name}: {error}; see to the disk and the permissions of its folder, and try again")
    if isinstance(error, sqlite3.ProgrammingError):
        return ConfigError(f"{name}: {error}: open the index again")
    return IndexDamaged(f"{name}: {error}; {RESTORE}")


def _number(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(head[at : at + size], "big")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _length_problem(path: Path) -> str | None:
    """Return what is wrong with the length of a SQLite file, which SQLite may not notice."""
    log = _beside(path, "-wal")
    logged = log.exists() and log.stat().st_size > 0
    with open_plain(path) as file:
        head, size = file.read(HEAD), os.fstat(file.fileno()).st_size
    if not size:
        return None
    if len(head) < HEAD or not head.startswith(MAGIC):
        return "no SQLite file"
    page = 1 << 16 if _number(head, 16, 2) == 1 else _number(head, 16, 2)
    expected = _number(head, 28, 4) * page
    if _number(head, 24, 4) != _number(head, 92, 4) or (not logged and size != expected):
        return f"{size:,} bytes instead of {expected:,}"
    return None


def _check_files(path: Path) -> None:
    """Raise `IndexDamaged` for links instead of files, a truncated file or a journal that no index writes."""
    for ending in ("-wal", "-shm", "-journal"):
        check_plain(_beside(path, ending))
    if _beside(path, "-journal").exists():
        raise IndexDamaged(f"{_beside(path, '-journal')}: no file of an index; take it away, or {RESTORE}")
    if not check_plain(path):
        return
    for left in reversed(range(TRIES)):
        problem = _length_problem(path)
        if problem is None:
            return
        if not left:
            raise IndexDamaged(f"{path}: {problem}; {RESTORE}")
        time.sleep(PATIENCE)


def _empty() -> bytes:
    """Return a SQLite file without tables that is written by way of a log."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(f"PRAGMA page_size = {PAGE}; CREATE TABLE one (a); DROP TABLE one; VACUUM")
        page = bytearray(memory.serialize())
    page[18:20] = LOGGED
    return bytes(page)


def _create(path: Path) -> None:
    """Make an empty file, whole or not at all.

    SQLite itself would begin with a journal. A kill or a power cut would leave that, and no journal can be trusted: one
    that comes from elsewhere makes SQLite delete the file that it names.
    """
    unfinished = unfinished_manifest(path)
    try:
        with create_new(unfinished) as out:
            out.write(_empty())
            out.flush()
            os.fsync(out.fileno())
        os.link(unfinished, path)
        sync_folder(path.parent)
    except OSError as error:
        if error.errno not in NO_LINKS and not path.exists():  # nor has another process been faster
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        discard(unfinished)


def is_read_only(path: Path) -> bool:
    """Return whether this process may only read a file or the folder that it is in."""
    return not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK))


class Database:
    """A connection. `path` None keeps everything in memory. Not to be used by two threads at once."""

    def __init__(self, path: Path | None) -> None:
        self.name = ":memory:" if path is None else str(path)
        self.read_only = path is not None and is_read_only(path)
        self._marked = False
        if path is not None:
            _check_files(path)
            if not self.read_only and not path.exists():
                _create(path)
        with self._named():
            self._db = self._connect(path)
            self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("PRAGMA cell_size_check = ON")
            self._db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            if not self.read_only:
                self._prepare_writing(path)

    def _connect(self, path: Path | None) -> sqlite3.Connection:
        place, uri = self.name, False
        if path is not None and self.read_only:
            # Without a log nobody is writing, and SQLite need not make the files by which it would follow one.
            log = _beside(path, "-wal")
            mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
            place, uri = f"{path.absolute().as_uri()}?{mode}", True
        return sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)

    def _prepare_writing(self, path: Path | None) -> None:
        self._db.execute(f"PRAGMA page_size = {PAGE}")
        if path is not None:
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say which file it is that SQLite cannot use."""
        try:
            yield
        except sqlite3.Error as error:
            raise _told(self.name, error) from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._named():
            return self._db.execute(sql, values).fetchall()

    def each(self, sql: str) -> Generator[tuple[Any, ...], None, None]:
        """Yield the rows of a query, one after the other."""
        with self._named():
            yield from self._db.execute(sql)

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Execute one statement."""
        with self._named():
            self._db.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row."""
        with self._named():
            self._db.executemany(sql, rows)

    def begin(self) -> None:
        """Start writing, unless a transaction is open."""
        if not self._db.in_transaction:
            self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since `begin` count, durably."""
        self._marked = False
        if self._db.in_transaction:
            self.run("COMMIT")

    def rollback(self) -> None:
        """Forget everything since `mark`, or else since `begin`."""
        if self._db.in_transaction:
            self.run("ROLLBACK TO mark" if self._marked else "ROLLBACK")
        self._marked = False

    def mark(self) -> None:
        """Set a point inside an open transaction to which `rollback` goes back."""
        if self._db.in_transaction:
            self.run("SAVEPOINT mark")
            self._marked = True

    def unmark(self) -> None:
        """Keep what was written since `mark`."""
        if self._marked and self._db.in_transaction:
            self.run("RELEASE mark")
        self._marked = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see one state, whatever others commit."""
        if self._db.in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            self.rollback()

    @property
    def writing(self) -> bool:
        """Whether a transaction is open."""
        return self._db.in_transaction

    def version(self) -> int:
        """Return a number that changes when another connection commits; costs microseconds."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """Roll back what was not committed, and close."""
        self.rollback()
        self._db.close()
