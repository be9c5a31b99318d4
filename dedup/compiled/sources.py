"""Which sources a kernel is made of: its own module and all modules of the package that it imports, one by another.

numba asks only whether the file of the kernel has changed, so a kernel from before a change of a helper or a constant
in another file would be used again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
_IMPORT = re.compile(rf"^from ({PACKAGE.name}[\w.]*) import (\([^)]*\)|.*)", re.MULTILINE)
_NAME = re.compile(r"\w+")


@lru_cache(maxsize=1024)
def digest(file: str) -> str:
    """Return 16 hexadecimal digits that change when the file or a module of the package behind it changes.

    Raises `OSError` where a source cannot be read.
    """
    seen: set[Path] = set()
    waiting = [Path(file)]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _source(path)[1]
    whole = blake2b(digest_size=8)
    for path in sorted(seen):
        whole.update(_source(path)[0])
    return whole.hexdigest()


@lru_cache(maxsize=1024)
def _source(path: Path) -> tuple[bytes, list[Path]]:
    """The digest of a source, and the modules of the package that it imports when it is loaded."""
    data = path.read_bytes()
    found = []
    for module, names in _IMPORT.findall(data.decode("utf-8", "replace")):
        for name in (module, *(f"{module}.{name}" for name in _NAME.findall(names))):
            place = PACKAGE.joinpath(*name.split(".")[1:])
            found += [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    return blake2b(data).digest(), found
