"""The files behind the paths that were given: found in a stable order, opened safely, refused with a reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from errno import EMFILE, ENFILE
from typing import BinaryIO

from dedup.errors import InputError
from dedup.read.options import ReadOptions
from dedup.records import Skipped

STDIN = "-"
BUFFER = 1 << 18  # bytes read at a time, and seen before the kind of a file is told

Identity = int  # device and inode


@dataclass(frozen=True, slots=True)
class Found:
    """One file to read: its path, and the name it goes by in ids and reports."""

    path: str
    name: str
    outside: bool = False  # whether it is a link in a folder to a file outside of that


def printable(name: str) -> str:
    """Return a path as text that can be written as UTF-8: undecodable bytes become `\\xNN`, separators `/`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def check_paths(paths: list[str]) -> None:
    """Raise `InputError` for a path that is not there at all (a dangling link is there)."""
    for path in paths:
        if path != STDIN and not os.path.lexists(path):
            of_urls = "; of URLs only an archive that --engine spark made is read, by it" if "://" in path else ""
            raise InputError(f"{printable(path)}: no such file or folder{of_urls}")


def one_spelling(path: str) -> str:
    """Return the one name for all spellings of a path: below the working directory from there, else from the root."""
    full, here = os.path.abspath(path), os.getcwd()
    return os.path.relpath(full, here) if full.startswith(here.rstrip(os.sep) + os.sep) or full == here else full


def find(paths: list[str], options: ReadOptions) -> Iterator[Found | Skipped]:
    """Every file of the paths, once, but for the folders that the options leave out.

    Files of a folder given alone go by the path below it, all others by their path in one spelling.
    """
    seen: set[Identity] = set()
    leave_out = {_identity(os.stat(path)) for path in options.leave_out if os.path.exists(path)}
    tops = dict.fromkeys(path if path == STDIN else one_spelling(path) for path in paths)
    below = len(tops) == 1 and not options.full_names
    for top in tops:
        if top == STDIN and STDIN in paths:
            yield Found(STDIN, "stdin")
        elif os.path.isdir(top):
            yield from _walk(top, "" if below else top, leave_out, seen)
        else:
            yield _file(top, top, seen)


def _walk(top: str, name: str, leave_out: set[Identity], seen: set[Identity]) -> Iterator[Found | Skipped]:
    """Depth first, the entries of each folder sorted by name; `name` is "" for a folder given alone.

    Only the entries of the folders on the way down are in memory.
    """
    waiting: list[Iterator[tuple[str, str, bool]]] = [iter([(top, name, True)])]
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
            continue
        path, name, is_folder = entry
        try:
            refused = _refused(path, leave_out) if is_folder and path != top else None
            if refused:
                yield Skipped(printable(name), None, refused)
            elif is_folder:
                waiting.append(iter(_entries(path, name)))
            else:
                found = _file(path, name, seen)
                if isinstance(found, Found) and os.path.islink(path) and not _is_below(path, top):
                    found = replace(found, outside=True)
                yield found
        except OSError as e:
            require_descriptors(e, printable(name or "."))
            yield Skipped(printable(name or "."), None, why(e))


def _is_below(path: str, top: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(top), ""))


def _entries(path: str, name: str) -> list[tuple[str, str, bool]]:
    """Path, name, and whether it is a folder, of all that a folder holds."""
    with os.scandir(path) as entries:
        found = sorted((os.fsencode(entry.name), _is_folder(entry)) for entry in entries)
    names = ((os.fsdecode(raw), is_folder) for raw, is_folder in found)
    return [(os.path.join(path, entry), os.path.join(name, entry), is_folder) for entry, is_folder in names]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _refused(path: str, leave_out: set[Identity]) -> str | None:
    """Why a folder is not entered: a link may lead in a circle, a hidden one holds no articles."""
    if os.path.islink(path):
        return "link to a folder, not followed"
    if leave_out and _identity(os.stat(path)) in leave_out:
        return "the report's own folder, not read"
    return "hidden folder, not read" if os.path.basename(path).startswith(".") else None


def _file(path: str, name: str, seen: set[Identity]) -> Found | Skipped:
    """A file by its name, unless it was read under another one."""
    try:
        state = os.stat(path)
    except OSError as e:
        broken = os.path.islink(path) and isinstance(e, FileNotFoundError)
        return Skipped(printable(name), None, "broken link" if broken else why(e))
    if not stat.S_ISREG(state.st_mode):
        return Skipped(printable(name), None, "not a regular file")
    key = _identity(state)
    if key in seen:
        return Skipped(printable(name), None, "the same file was read under another name")
    seen.add(key)
    return Found(path, name)


def _identity(state: os.stat_result) -> Identity:
    return state.st_dev << 64 | state.st_ino


@contextmanager
def open_file(found: Found, stdin: BinaryIO) -> Iterator[BinaryIO]:
    """The bytes of a file as they are stored; raises OSError."""
    if found.path == STDIN:
        yield stdin
        return
    # O_NONBLOCK: never wait for the other end, should a pipe have taken the file's place.
    descriptor = os.open(found.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb", buffering=BUFFER) as raw:
        yield raw


def require_descriptors(error: OSError, name: str) -> None:
    """Raise `InputError` where this process, not the file, is why it cannot be opened: no file is skipped for that."""
    if error.errno in (EMFILE, ENFILE):
        raise InputError(f"{name}: {why(error)}; this process has no descriptor left (ulimit -n)") from None


def why(error: OSError) -> str:
    """Return the reason of an operating system's error, without the path."""
    return (error.strerror or str(error) or type(error).__name__).lower()
