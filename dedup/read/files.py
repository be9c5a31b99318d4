"""The files behind the paths that were given: found in a stable order, opened safely, refused with a reason."""

from __future__ import annotations

import gzip
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from dedup.errors import InputError
from dedup.read.options import Format, ReadOptions
from dedup.records import Skipped

STDIN = "-"
FORMATS = {
    ".txt": Format.TEXT,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
}
GZIP = ".gz"

Identity = tuple[int, int]  # device and inode


@dataclass(frozen=True, slots=True)
class Found:
    """One file to read: its path, the name it goes by in ids and reports, and its format (AUTO: told by nothing)."""

    path: str
    name: str
    format: Format
    zipped: bool


def printable(name: str) -> str:
    """A path as text that can be written as UTF-8: undecodable bytes become `\\xNN`; separators become `/`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _ending(path: str) -> tuple[str, bool]:
    """The ending that tells the format (".txt"), and whether the file is gzipped."""
    name = path.lower()
    return os.path.splitext(name.removesuffix(GZIP))[1], name.endswith(GZIP)


def check_paths(paths: list[str]) -> None:
    """Raise `InputError` for a path that is not there at all (a dangling link is there)."""
    for path in paths:
        if path != STDIN and not os.path.lexists(path):
            raise InputError(f"{printable(path)}: no such file or folder")


def find(paths: list[str], options: ReadOptions) -> Iterator[Found | Skipped]:
    """Every file of the paths, once, but for the folders that the options leave out.

    Files of a folder given alone go by the path below it, all others by the path as given.
    """
    seen: set[Identity] = set()
    walk = _Walk(options.format, {_identity(path) for path in options.leave_out if os.path.exists(path)})
    below = len(set(paths)) == 1 and not options.full_names
    for path in dict.fromkeys(paths):
        if path == STDIN:
            yield Found(STDIN, "stdin", options.format, False)
            continue
        top = os.path.normpath(path)
        folder = os.path.isdir(top)
        for found in walk.below(top, "" if folder and below else top, given=not folder):
            yield found if isinstance(found, Skipped) else _once(found, seen)


def _once(found: Found, seen: set[Identity]) -> Found | Skipped:
    try:
        key = _identity(found.path)
    except OSError as e:
        return Skipped(printable(found.name), None, why(e))
    if key in seen:
        return Skipped(printable(found.name), None, "the same file was read under another name")
    seen.add(key)
    return found


def _identity(path: str) -> Identity:
    state = os.stat(path)
    return state.st_dev, state.st_ino


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk over folders: the format of files whose name does not tell it, and the folders not to enter."""

    default: Format
    leave_out: set[Identity]

    def below(self, path: str, name: str, given: bool) -> Iterator[Found | Skipped]:
        """Depth first, entries sorted by name; `name` is "" for a folder given alone, `given` true for a file named."""
        try:
            mode = os.stat(path).st_mode
            if not stat.S_ISDIR(mode):
                yield self._file(path, name, mode, given)
                return
            entries = sorted(os.scandir(path), key=lambda entry: os.fsencode(entry.name))
        except OSError as e:
            broken = os.path.islink(path) and isinstance(e, FileNotFoundError)
            yield Skipped(printable(name or "."), None, "broken link" if broken else why(e))
            return
        for entry in entries:
            inner = os.path.join(name, entry.name)
            refused = self._refused(entry)
            if refused:
                yield Skipped(printable(inner), None, refused)
            else:
                yield from self.below(entry.path, inner, given=False)

    def _refused(self, entry: os.DirEntry[str]) -> str | None:
        """Why a folder is not entered: a link may lead in a circle, a hidden one holds no articles."""
        try:
            if not entry.is_dir():
                return None
            if entry.is_symlink():
                return "link to a folder, not followed"
            if _identity(entry.path) in self.leave_out:
                return "the report's own folder, not read"
        except OSError as e:  # a link that leads to itself
            return why(e)
        return "hidden folder, not read" if entry.name.startswith(".") else None

    def _file(self, path: str, name: str, mode: int, given: bool) -> Found | Skipped:
        if not stat.S_ISREG(mode):
            return Skipped(printable(name), None, "not a regular file")
        ending, zipped = _ending(path)
        kind = FORMATS.get(ending, self.default)
        if kind is Format.AUTO and not given:
            return Skipped(printable(name), None, f"unknown kind of file ({ending or 'no extension'})")
        return Found(path, name, kind, zipped)


@contextmanager
def open_file(found: Found, stdin: BinaryIO) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed, with `peek`; raises OSError."""
    if found.path == STDIN:
        yield stdin if hasattr(stdin, "peek") else io.BufferedReader(stdin)  # type: ignore[type-var]
        return
    # O_NONBLOCK: never wait for the other end, should a pipe have taken the file's place.
    descriptor = os.open(found.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as raw:
        yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if found.zipped else raw


def why(error: OSError) -> str:
    """The reason of an operating system's error, without the path."""
    return (error.strerror or str(error) or type(error).__name__).lower()
