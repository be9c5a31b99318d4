"""Temporary folders that do not outlive their process for long: those of killed ones are swept away by the next.

Public: `Scratch`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from functools import lru_cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX, LOCK = "dedup-", "lock"
LEAST_AGE = 60.0  # seconds; a younger folder may not have been locked yet


class Scratch(tempfile.TemporaryDirectory[str]):
    """A temporary folder with a lock in it that is held, by the system itself, as long as the process lives."""

    def __init__(self) -> None:
        _sweep(tempfile.gettempdir())
        super().__init__(prefix=PREFIX)
        self._held = open(os.path.join(self.name, LOCK), "wb") if fcntl else None  # noqa: SIM115 - held on purpose
        if self._held is not None:
            fcntl.flock(self._held, fcntl.LOCK_EX)


@lru_cache(maxsize=8)
def _sweep(folder: str) -> None:
    """Remove the folders of processes that are gone; once for each place."""
    if not fcntl:
        return
    for path in Path(folder).glob(f"{PREFIX}*"):
        try:
            if _is_left(path):
                shutil.rmtree(path, ignore_errors=True)
        except OSError:  # of another user, or removed meanwhile
            continue


def _is_left(path: Path) -> bool:
    lock = path / LOCK
    state = path.lstat()
    if path.is_symlink() or state.st_uid != os.getuid() or time.time() - lock.stat().st_mtime < LEAST_AGE:
        return False
    with lock.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held: its process lives, or a worker of it
            return False
    return True
