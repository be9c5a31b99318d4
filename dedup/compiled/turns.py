"""Whose turn it is to compile a kernel, where several processes need it at once."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: there each process compiles for itself
    LOCKS = False
else:
    LOCKS = True

LONGEST = 300.0  # seconds that another process is waited for: it may have been stopped
_STEP = 0.05


class Turn:
    """The right to compile one kernel, which the system takes back when the process ends."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def take(self, path: Path) -> None:
        """Wait for the turn, which the file at `path` stands for, and take it; where no file can be locked, go on."""
        self.give_back()  # of a kernel that could not be compiled
        if not LOCKS:
            return
        end = time.monotonic() + LONGEST
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            while not self._locked(self._file) and time.monotonic() < end:
                time.sleep(_STEP)

    @staticmethod
    def _locked(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def give_back(self) -> None:
        """End the turn, if it was taken."""
        if self._file is None:
            return
        with suppress(OSError):
            Path(self._file.name).unlink(missing_ok=True)
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing is not enough: a worker that was forked has it open too
        self._file.close()
        self._file = None
