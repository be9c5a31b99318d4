"""The folder of an index: which names may stand in it, and how its files are opened, written and deleted.

An index may come from elsewhere, so nothing that it says leads out of its folder: names follow one pattern, and a link
or anything else that is not a plain file is refused instead of followed.
"""

from __future__ import annotations

import os
import re
import stat
import uuid
from pathlib import Path
from typing import BinaryIO

from dedup.errors import IndexDamaged

FILE = "manifest.sqlite"
LOCK = "lock"
RESTORE = "restore it from a copy, or make the index again from the articles"
REBUILD = "rebuild the segments from the stored texts with compact(rebuild=True) or `dedup index compact --rebuild`"

_SEGMENT_NAME = re.compile(r"segment-[0-9]{8,20}-[0-9]{3,20}\.bin")
_LEFTOVER = re.compile(r"segment-[0-9]{8,20}-[0-9]{3,20}\.(bin|tmp)")
_UNFINISHED = re.compile(r"manifest-[0-9a-f]+\.tmp")


def segment_name(generation: int, part: int) -> str:
    """Return the name of a segment's file."""
    return f"segment-{generation:08d}-{part:03d}.bin"


def unfinished_manifest(path: Path) -> Path:
    """Return a name of its own under which a new manifest is made."""
    return path.with_name(f"manifest-{uuid.uuid4().hex}.tmp")


def segment_path(folder: Path, name: str) -> Path:
    """Return the path of a segment that the manifest names. Raises `IndexDamaged` for any other kind of name."""
    if not _SEGMENT_NAME.fullmatch(name):
        raise IndexDamaged(f"{folder / FILE}: names {name!r} as a segment, which is no name of one; {REBUILD}")
    return folder / name


def leftovers(folder: Path) -> list[Path]:
    """Return the files of segments, finished or not, that stand in a folder, whether they count or not."""
    return sorted(path for path in folder.iterdir() if _LEFTOVER.fullmatch(path.name))


def unfinished_manifests(folder: Path) -> list[Path]:
    """Return the manifests that a process began to make in a folder."""
    return [path for path in folder.iterdir() if _UNFINISHED.fullmatch(path.name)]


def check_plain(path: Path) -> bool:
    """Return whether a file is there. Raises `IndexDamaged` where it is a link or no plain file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise IndexDamaged(f"{path}: not a plain file but a link, a folder or a device; put the file itself there")
    return True


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading. Raises `FileNotFoundError`, `IndexDamaged` where it is a link or no plain file."""
    check_plain(path)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    return os.fdopen(handle, "rb", buffering=0)


def create_new(path: Path) -> BinaryIO:
    """Create a file for writing; what stood there, also a link, is deleted and never written through."""
    path.unlink(missing_ok=True)
    return path.open("xb")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def discard(file: Path) -> None:
    """Delete a file; one that another process still maps, where that prevents it, waits for the next writer."""
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return
