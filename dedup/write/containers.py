"""Files, and what is packed in them, without some of their articles. Public: `Copier`, `Gone`, `NothingLeft`.

A file is taken apart as the reader does it: by the same first bytes, under the same names. What nothing goes from is
copied as it is, compressed bytes too.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Container, Mapping, Set
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from shutil import copyfileobj
from typing import Any, BinaryIO, cast

from dedup.errors import InputError, UsageError
from dedup.read import Format
from dedup.read.containers import IN_MEMORY, is_tar, is_zip, open_zstd, peek, seekable, some, unpacked
from dedup.read.containers import buffered as stream_of
from dedup.read.kinds import kind_of
from dedup.write.formats import WRITERS
from dedup.write.json_array import NothingLeft
from dedup.write.warc import write_warc

Gone = Mapping[str, Set[int | None]]  # what goes from an input, by its name: numbers of rows, None for all of it

__all__ = ["Copier", "Gone", "NothingLeft"]


PACKERS: dict[str, Callable[[BinaryIO], Any]] = {
    "gzip": lambda target: gzip.GzipFile("", "wb", fileobj=target, mtime=0),
    "bzip2": partial(bz2.BZ2File, mode="wb"),
    "xz": partial(lzma.LZMAFile, mode="wb"),
    "zstd": partial(open_zstd, mode="wb"),
}


@dataclass
class Copier:
    """Copies files without what goes from them."""

    told: Format  # the format of what does not tell it
    gone: Gone
    _touched: set[str] = field(default_factory=set)  # all places that something goes from, and what they are in

    def __post_init__(self) -> None:
        for place in self.gone:
            while place not in self._touched:
                self._touched.add(place)
                place = place.rpartition("/")[0]  # noqa: PLW2901 - the archive that it is in

    def touches(self, place: str) -> bool:
        """Return whether anything goes from an input."""
        return place in self._touched

    def goes(self, place: str) -> bool:
        """Return whether an input is one article that goes."""
        return None in self.gone.get(place, ())

    def copy(self, place: str, source: BinaryIO, target: BinaryIO, name: str | None = None) -> None:
        """Copy one input. Raises `NothingLeft` where it is an article that goes, `UsageError` where it cannot be."""
        name = place if name is None else name
        if self.goes(place):
            raise NothingLeft
        if place not in self._touched:
            copyfileobj(source, target)
            return
        head = peek(source)
        if packed := unpacked(source, head, name):
            self._repack(place, packed, target)
        elif is_zip(head):
            self._zip(place, source, target)
        elif is_tar(head):
            self._tar(place, source, target)
        else:
            self._rows(place, kind_of(name, head, self.told))(source, target)

    def _repack(self, place: str, packed: tuple[str, str, BinaryIO], target: BinaryIO) -> None:
        kind, name, inner = packed
        if kind == "gzip" and kind_of(name, peek(inner), self.told) is Format.WARC:
            write_warc(inner, target, cast(Container[int], self.gone.get(place, ())), packed=True)
            return
        with PACKERS[kind](target) as out:
            self.copy(place, inner, out, name)

    def _rows(self, place: str, kind: Format | str) -> Callable[[BinaryIO, BinaryIO], None]:
        if kind not in WRITERS:
            raise UsageError("this format cannot be written without some of its rows")
        write, gone = WRITERS[Format(kind)], cast(Container[int], self.gone.get(place, ()))
        return lambda source, target: write(source, target, gone)

    def _zip(self, place: str, source: BinaryIO, target: BinaryIO) -> None:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:  # zipfile goes back in what it writes
            with seekable(source) as file, zipfile.ZipFile(file) as before, zipfile.ZipFile(spool, "w") as after:
                after.comment = before.comment
                for entry in before.infolist():
                    self._zip_entry(place, before, entry, after)
            spool.seek(0)
            copyfileobj(spool, target)

    def _zip_entry(self, place: str, before: zipfile.ZipFile, entry: zipfile.ZipInfo, after: zipfile.ZipFile) -> None:
        inner, again = f"{place}/{entry.filename}", copy(entry)
        again.extra = b""  # sizes of the old file; what else stands there nobody reads back
        if entry.is_dir():
            after.writestr(again, b"")
        elif not self.goes(inner):
            with before.open(entry) as member:
                self._member(inner, member, "zip", partial(self._into_zip, after, again))

    @staticmethod
    def _into_zip(after: zipfile.ZipFile, entry: zipfile.ZipInfo, data: BinaryIO, size: int) -> None:
        with after.open(entry, "w", force_zip64=size > zipfile.ZIP64_LIMIT // 2) as out:
            copyfileobj(data, out)

    def _tar(self, place: str, source: BinaryIO, target: BinaryIO) -> None:
        names: set[str] = set()
        with (
            tarfile.open(fileobj=source, mode="r|") as before,
            tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as after,
        ):
            for entry in before:
                inner = f"{place}/{entry.name}"
                if not entry.isfile():
                    after.addfile(entry)
                elif not self.goes(inner):
                    if inner in names and inner in self._touched:
                        raise InputError(f"{inner}: stands twice in its archive, which cannot be written")
                    with cast(Any, before.extractfile(entry)) as member:
                        self._member(inner, member, "tar", partial(self._into_tar, after, entry))
                names.add(inner)

    @staticmethod
    def _into_tar(after: tarfile.TarFile, entry: tarfile.TarInfo, data: BinaryIO, size: int) -> None:
        entry.size = size
        entry.pax_headers = {name: value for name, value in entry.pax_headers.items() if name != "size"}
        after.addfile(entry, data)

    def _member(self, place: str, member: Any, kind: str, add: Callable[[BinaryIO, int], None]) -> None:
        """Copy one member of an archive, which is not added where nothing of it is left."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            inner = cast(BinaryIO, spool)
            try:
                self.copy(place, stream_of(lambda size: some(member, size, kind)), inner)
            except NothingLeft:
                return
            size = inner.tell()
            inner.seek(0)
            add(inner, size)
