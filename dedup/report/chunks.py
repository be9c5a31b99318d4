"""The data beside a page: records in pieces, inside the page while they are few, else in files that it loads.

Public: `Chunks`, `inline_json`.

A file is a script that hands its piece over, because a page opened from a folder may run scripts and may read no files.
Its name has a part of its own content, so that a page that is being replaced keeps the files that it was written with.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from dedup.report.files import to_json
from dedup.results.rows import Row
from dedup.whole_files import whole_file

PIECE = 400_000  # bytes; a browser loads so much from disk in some milliseconds
INSIDE = 3_000_000  # bytes of all pieces, up to which they stand in the page itself

# What `Chunks.write` calls its files, and nobody else.
_NAME = re.compile(r"(?:text|proof|made|list)-\d+-[0-9a-f]{12}\.js")


class Chunks:
    """Records by kind, written down in pieces as they come; a context, because large ones wait in temporary files."""

    def __init__(self) -> None:
        self.firsts: defaultdict[str, list[int]] = defaultdict(list)  # number of the first record of each piece
        self._open: defaultdict[str, list[bytes]] = defaultdict(list)
        self._sizes: defaultdict[str, int] = defaultdict(int)
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._folder = Path(tempfile.mkdtemp(prefix="dedup-pages-"))
        self.size = 0

    def __enter__(self) -> Chunks:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, kind: str, record: Row) -> None:
        """Append a record, which must be plain data."""
        line = to_json(record)
        if not self._open[kind]:
            self.firsts[kind].append(self._counts[kind])
        self._open[kind].append(line)
        self._counts[kind] += 1
        self._sizes[kind] += len(line)
        if self._sizes[kind] >= PIECE:
            self._close(kind)

    def _close(self, kind: str) -> None:
        if lines := self._open[kind]:
            data = b"[" + b",\n".join(lines) + b"]"
            self.size += len(data)
            (self._folder / f"{kind}-{len(self.firsts[kind]) - 1}").write_bytes(data)
            self._open[kind], self._sizes[kind] = [], 0

    def close(self) -> None:
        """End the last piece of each kind."""
        for kind in list(self._open):
            self._close(kind)

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """Return an iterator over name and JSON of each piece."""
        for kind, firsts in self.firsts.items():
            for number in range(len(firsts)):
                yield f"{kind}-{number}", (self._folder / f"{kind}-{number}").read_bytes()

    @property
    def fit_inside(self) -> bool:
        """Whether there is so little that it may stand in the page."""
        return self.size <= INSIDE

    def write(self, folder: Path) -> dict[str, str]:
        """Write each piece into a file of its own; return the names of the files by the names of the pieces."""
        folder.mkdir(parents=True, exist_ok=True)
        names = {}
        for name, data in self.pieces():
            names[name] = f"{name}-{blake2b(data, digest_size=6).hexdigest()}.js"
            with whole_file(folder / names[name]) as stream:
                stream.write(b'dedupData("%s",%s)\n' % (name.encode(), data))
        return names


def remove_others(folder: Path, names: set[str]) -> None:
    """Remove the pieces of earlier pages from a folder, and the folder where none is left."""
    if not folder.is_dir():
        return
    old = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.name not in names]
    for path in old:
        path.unlink(missing_ok=True)
    if old and not any(folder.iterdir()):
        folder.rmdir()


def inline_json(data: bytes) -> str:
    """Return JSON as it may stand inside a `script` element: nothing in it can end the element or begin a comment."""
    return data.decode("utf-8").replace("<", "\\u003c")
