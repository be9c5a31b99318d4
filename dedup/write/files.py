"""The files of an input without their copies, and the list of what was removed. Public: `write_deduped`."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from dedup.checks import Paths, checked_paths, require
from dedup.errors import InputError, UsageError
from dedup.read import Format, ReadOptions
from dedup.read.files import STDIN, Found, find, printable
from dedup.report.files import to_json, whole_file
from dedup.results import Deduped
from dedup.results.rows import removed_row
from dedup.write.formats import WRITERS, Write, copy_whole, write_lines

REMOVED = ".removed.jsonl"
BY_FORMAT = {"jsonl": write_lines, "text": copy_whole, "html": copy_whole}

# How the bytes of a file that is compressed are read and written, by its ending.
COMPRESSIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    ".gz": (lambda raw: gzip.GzipFile(fileobj=raw), lambda raw: gzip.GzipFile("", "wb", fileobj=raw, mtime=0)),
    ".bz2": (bz2.BZ2File, partial(bz2.BZ2File, mode="wb")),
    ".xz": (lzma.LZMAFile, partial(lzma.LZMAFile, mode="wb")),
}


def write_deduped(
    result: Deduped,
    paths: Paths,
    output: str | os.PathLike[str],
    options: ReadOptions | None = None,
) -> Path:
    """Write an input without its copies in its own format, and beside it the list of what was removed.

    Parameters:
        result: What `dedup.dedupe_paths` returned for these paths.
        paths: The input, unchanged since then.
        output: A folder, which gets the files of the input under their names; for a single input file the file itself.
            Files that are whole articles and go are not written; rows that go are left out of theirs, everything else
            stays byte for byte, rows that could not be read among it. The list stands beside it under the same name
            with `.removed.jsonl` instead of its ending.
        options: As they were given to `dedupe_paths`.

    Returns:
        The path of the list.

    Raises:
        InputError: The output cannot be written to, or is one of the inputs.
        UsageError: A format that cannot be written without some of its rows; before anything is written.

    >>> import dedup, tempfile
    >>> result = dedup.dedupe_paths("fixtures/treaty", level="near", workers=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dedup.write_deduped(result, "fixtures/treaty", folder + "/clean").name
    'clean.removed.jsonl'
    """
    require("write_deduped", result, Deduped, "the dedup.Deduped of dedupe_paths")
    given, chosen = checked_paths("write_deduped", paths), options or ReadOptions()
    gone = _gone(result)
    files = [found for found in find(given, chosen) if isinstance(found, Found)]
    copies = [(found, writer_of(found, chosen.format, gone.get(printable(found.name), set()))) for found in files]
    target = Path(output)
    single = len(files) == 1 and not os.path.isdir(given[0]) and not target.is_dir()
    names = [Path(target.name)] if single else output_names(given, files)
    base = target.parent if single else target
    _require_apart(files, [base / name for name in names])
    for (found, writer), name in zip(copies, names, strict=True):
        lines = gone.get(printable(found.name), set())
        if None not in lines:
            _write(found, base / name, writer, cast(set[int], lines))
    return write_removed(result, target)


def write_removed(result: Deduped, output: Path) -> Path:
    """Write the list of what was removed beside an output, and return its path."""
    path = output.parent / f"{_stem(output)}{REMOVED}"
    _make(path.parent)
    with whole_file(path) as stream:
        for one in result.removed:
            stream.write(to_json(removed_row(one)) + b"\n")
    return path


def _stem(output: Path) -> str:
    name = output.name
    for ending in ("".join(output.suffixes[-2:]), output.suffix):
        if _ending(f"x{ending}") in WRITERS:
            return name.removesuffix(ending)
    return name


def _gone(result: Deduped) -> Mapping[str, set[int | None]]:
    """Return the lines that go by the name of their input; None for one that goes as a whole."""
    gone: defaultdict[str, set[int | None]] = defaultdict(set)
    for one in result.removed:
        gone[one.source].add(one.line)
    return gone


def _ending(name: str) -> str:
    """Return the ending that tells the format, without that of a compression."""
    path = Path(name.lower())
    return path.with_suffix("").suffix if path.suffix in COMPRESSIONS else path.suffix or path.name


def writer_of(found: Found, told: Format, gone: set[int | None]) -> Write:
    """Return what writes a file, which loses some of its rows or None as a whole. Raises `UsageError`."""
    if writer := WRITERS.get(_ending(found.path)) or BY_FORMAT.get(told.value):
        return writer
    if not gone or None in gone:
        return copy_whole
    if found.path != STDIN and _begins_as_lines(found.path):
        return write_lines
    raise UsageError(
        f"{printable(found.name)}: this format cannot be written without some of its rows; the list of what is removed "
        "(dry-run) tells which"
    )


def _begins_as_lines(path: str) -> bool:
    with open(path, "rb") as stream:
        return stream.read(CHECKED).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


CHECKED = 4096  # bytes


def output_names(given: list[str], files: Iterable[Found]) -> list[Path]:
    """Return where each file goes below the output: as below the folder given alone, else below its path's last name.

    Two that would get one name get their paths as given.
    """
    alone = len(set(given)) == 1 and os.path.isdir(given[0])
    tops = [os.path.normpath(path) for path in given]
    names = [_below(found, tops, alone) for found in files]
    if len(set(names)) == len(names):
        return names
    return [Path(*(part for part in Path(found.path).parts if part not in ("..", os.sep))) for found in files]


def _below(found: Found, tops: list[str], alone: bool) -> Path:
    top = max((top for top in tops if found.path == top or found.path.startswith(top + os.sep)), key=len, default="")
    if not top or found.path == top:
        return Path(os.path.basename(found.path))
    inner = os.path.relpath(found.path, top)
    return Path(inner) if alone else Path(os.path.basename(top), inner)


def _require_apart(files: list[Found], targets: list[Path]) -> None:
    for found, target in zip(files, targets, strict=True):
        if target.exists() and os.path.exists(found.path) and os.path.samefile(found.path, target):
            raise InputError(f"{target}: is read and cannot be written at once; choose another output")


def _write(found: Found, target: Path, writer: Write, gone: set[int]) -> None:
    _make(target.parent)
    reading, writing = COMPRESSIONS.get(Path(found.path.lower()).suffix, (None, None))
    with ExitStack() as stack:
        raw: BinaryIO = stack.enter_context(open(found.path, "rb"))
        out: BinaryIO = stack.enter_context(whole_file(target))
        if not gone:  # nothing goes: as it is, compressed too
            copy_whole(raw, out, gone)
        elif reading is None or writing is None:
            writer(raw, out, gone)
        else:
            with writing(out) as packed:
                writer(cast(BinaryIO, reading(raw)), packed, gone)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise InputError(f"{folder}: cannot be made ({(e.strerror or str(e)).lower()})") from None
