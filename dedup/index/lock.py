"""One writer at a time: a lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from dedup.errors import IndexBusy


class WriterLock:
    """Held from the first write of an index until it is closed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.held = False

    def take(self) -> None:
        """Take the lock, at once or not at all. Raises `IndexBusy`."""
        if self.held or self._path is None:
            self.held = True
            return
        file = self._path.open("ab")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise IndexBusy(f"{self._path.parent}: another process is writing to this index; it may be read") from error
        self._file, self.held = file, True

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            self._file.close()
        self._file, self.held = None, False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
