"""The files of an input without their copies, and the list of what was removed.

Public: `write_deduped`, `check_writable`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from dedup.checks import Paths, checked_paths, require
from dedup.errors import InputError, UsageError
from dedup.read import ReadOptions
from dedup.read.files import BUFFER, Found, find, printable
from dedup.read.kinds import ENDINGS
from dedup.report.files import to_json
from dedup.results import Deduped
from dedup.results.rows import removed_row
from dedup.whole_files import whole_file
from dedup.write.containers import Copier, Gone, NothingLeft
from dedup.write.refused import unwritable

REMOVED = ".removed.jsonl"
COMPRESSED = frozenset({".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd"})
FORMS = ENDINGS.keys() | {".zip", ".tar", ".tgz"}


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
            Files that are whole articles and go are not written; rows that go are left out of theirs, in zip and tar
            and in compressed files too, and everything else stays byte for byte, rows that could not be read among
            it. The list stands beside it under the same name with `.removed.jsonl` instead of its ending.
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
    copier = Copier(chosen.format, _gone(result))
    files = [found for found in find(given, chosen) if isinstance(found, Found)]
    target = Path(output)
    single = len(files) == 1 and not os.path.isdir(given[0]) and not target.is_dir()
    names = [Path(target.name)] if single else output_names(given, files)
    base = target.parent if single else target
    _require_apart(files, [base / name for name in names])
    _require_writable((found for found in files if copier.touches(printable(found.name))), chosen)
    for found, name in zip(files, names, strict=True):
        if not copier.goes(printable(found.name)):
            _write(found, base / name, copier)
    return write_removed(result, target)


def check_writable(paths: Paths, output: str | os.PathLike[str], options: ReadOptions | None = None) -> None:
    """Raise `UsageError` for the first file that could not be written without some of its rows, by its name.

    `InputError` where the output has no folder that can be written to. To be called before a removal that takes long;
    `write_deduped` asks again, for the files that lose something.
    """
    chosen, folder = options or ReadOptions(), Path(output).absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"{output}: cannot be written ({folder} is no folder that can be written to)")
    _require_writable(
        (found for found in find(checked_paths("check_writable", paths), chosen) if isinstance(found, Found)), chosen
    )


def _require_writable(files: Iterable[Found], options: ReadOptions) -> None:
    for found in files:
        if reason := _unwritable(found, options):
            raise UsageError(f"{printable(found.name)}: {reason}; unpack or convert it, or use --dry-run")


def _unwritable(found: Found, options: ReadOptions) -> str | None:
    try:
        with open(found.path, "rb", buffering=BUFFER) as stream:
            return unwritable(printable(found.name), stream, options.format)
    except OSError:  # it could not be read as an article either
        return None


def write_removed(result: Deduped, output: Path) -> Path:
    """Write the list of what was removed beside an output, and return its path."""
    path = output.parent / f"{_stem(output)}{REMOVED}"
    _make(path.parent)
    with whole_file(path) as stream:
        for one in result.removed:
            stream.write(to_json(removed_row(one)) + b"\n")
    return path


def _stem(output: Path) -> str:
    """Return the name of an output without the endings that tell a format or a compression."""
    name = output.name
    for known in (COMPRESSED, FORMS):
        root, ending = os.path.splitext(name)
        name = root if root and ending.lower() in known else name
    return name


def _gone(result: Deduped) -> Gone:
    """Return the lines that go by the name of their input; None for one that goes as a whole."""
    gone: defaultdict[str, set[int | None]] = defaultdict(set)
    for one in result.removed:
        gone[one.source].add(one.line)
    return gone


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


def _write(found: Found, target: Path, copier: Copier) -> None:
    _make(target.parent)
    name = printable(found.name)
    try:
        with open(found.path, "rb", buffering=BUFFER) as source, whole_file(target) as out:
            copier.copy(name, source, out)
    except NothingLeft:  # one article, as is only seen on the way
        return
    except UsageError as e:
        raise UsageError(f"{name}: {e}") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise InputError(f"{folder}: cannot be made ({(e.strerror or str(e)).lower()})") from None
