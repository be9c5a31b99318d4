"""What cannot be written without some of its articles, told before anything is done. Public: `unwritable`."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from typing import BinaryIO

from dedup.errors import UsageError
from dedup.read import Format
from dedup.read.containers import is_zip, peek, seekable, unpacked
from dedup.read.kinds import ENDINGS, kind_of
from dedup.write.feed import entries
from dedup.write.warc import BEGIN

ENCRYPTED = 1  # a bit of the flags of a member of a zip archive
SURE = frozenset({Format.TEXT, Format.MARKDOWN, Format.HTML, Format.JSONL, Format.CSV, Format.PARQUET, Format.ARROW})
WACZ = "a WACZ names each record of its web archives by its place in them; give those"
ARC = "a web archive in the old form ARC"
LOCKED, TWICE = "a zip archive with a password", "a zip archive with two members of one name"


def unwritable(name: str, stream: BinaryIO, told: Format) -> str | None:
    """Return why a file cannot be written without some of its articles, as far as its first bytes tell; else None."""
    if ENDINGS.get(os.path.splitext(name.lower())[1]) in SURE:
        return None
    head = peek(stream)
    if packed := unpacked(stream, head, name):
        return unwritable(packed[1], packed[2], told)
    if is_zip(head):
        return _zip(name, stream)
    kind = kind_of(name, head, told) if head else None
    if kind is Format.WARC and not head.startswith(BEGIN):
        return ARC
    if kind is Format.FEED:
        try:
            with seekable(stream) as file:
                entries(file)
        except UsageError as e:
            return str(e)
    return None


def _zip(name: str, stream: BinaryIO) -> str | None:
    if name.lower().endswith(".wacz"):
        return WACZ
    try:
        with seekable(stream) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return None  # nothing was read from it
    if any(member.flag_bits & ENCRYPTED for member in members):
        return LOCKED
    return TWICE if any(count > 1 for count in Counter(m.filename for m in members).values()) else None
