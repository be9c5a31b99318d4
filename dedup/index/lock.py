"""One writer at a time: a lock that the system releases when its process ends, however it ends.

The file of the lock also holds how many commits the writers have made, without a sync: if the manifest knows of fewer,
some were lost, because SQLite drops a damaged end of its log in silence.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from pathlib import Path

from dedup.errors import IndexBusy, InputError
from dedup.index.folder import check_plain, open_plain

RECORD_AT = 16  # bytes before the record: Windows locks the first one against readers
_RECORD = re.compile(rb"([0-9]{20}) ([0-9a-f]{8})\n")


def _record(commits: int) -> bytes:
    digits = b"%020d" % commits
    return digits + b" %08x\n" % zlib.crc32(digits)


def recorded_commits(path: Path) -> int:
    """Return how many commits the file of a lock tells of; 0 where it says nothing that can be relied on."""
    try:
        with open_plain(path) as file:
            found = _RECORD.match(file.read()[RECORD_AT:])
    except OSError:
        return 0
    return int(found[1]) if found and _record(int(found[1])) == found[0] else 0


class WriterLock:
    """Held from the first write of an index until it is closed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None
        self.held = False

    def take(self) -> None:
        """Take the lock, at once or not at all. Raises `IndexBusy`, `InputError` where the folder cannot be written."""
        if self.held or self._path is None:
            self.held = True
            return
        check_plain(self._path)
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise InputError(f"{self._path}: {error.strerror}: this index can only be read here") from error
        try:
            _lock(file)
        except OSError as error:
            os.close(file)
            raise IndexBusy(f"{self._path.parent}: another process is writing to this index; it may be read") from error
        self._file, self.held = file, True

    def record(self, commits: int) -> None:
        """Note how many commits there are by now."""
        if self._file is not None:
            os.lseek(self._file, RECORD_AT, os.SEEK_SET)
            os.write(self._file, _record(commits))

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            os.close(self._file)
        self._file, self.held = None, False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
