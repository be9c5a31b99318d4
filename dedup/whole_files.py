"""Writing files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC, EROFS
from pathlib import Path
from typing import BinaryIO

from dedup.errors import InputError

NO_ROOM = frozenset({ENOSPC, EDQUOT, EFBIG, EROFS})  # errors of writing that name no file


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Return a file that takes its name only when everything is written; an old one of that name stays until then.

    Raises `InputError`, naming the file, where the folder cannot be written to or has no room left.
    """
    path = Path(path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as e:
        raise InputError(f"{path}: cannot be written ({(e.strerror or str(e)).lower()})") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp gives it to its owner alone
        os.replace(temporary, path)
    except BaseException as e:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(e, OSError) and e.errno in NO_ROOM:
            raise InputError(f"{path}: cannot be written ({(e.strerror or str(e)).lower()})") from None
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
