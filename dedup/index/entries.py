"""The rows of the manifest: how an article, its text and its id are stored, and the checksum that each row carries.

Strings are kept as UTF-8 bytes, so that any Python string survives, lone surrogates too.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from dedup.errors import InputError
from dedup.records import Article

# A window of 8 KB and a small table: 1.6 x the speed of zlib's defaults at level 1, for .3 % more bytes.
LEVEL, WINDOW_BITS, MEMORY_LEVEL = 1, 13, 7
MOST_TEXT = 1 << 28  # bytes of one text: a stored one that unpacks to more is refused, so one that is longer is, too
DAY, TIME = len("2024-05-07"), len("2024-05-07T00:00:00")

Value = int | bytes | str | None
ArticleRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's row without its text."""

    number: int
    id: str
    title: str | None
    url: str | None
    source_number: int
    published: str | None
    date: int
    fingerprint: bytes
    source: str | None


class Known(NamedTuple):
    """An article that is there already."""

    number: int
    fingerprint: bytes


class TextRow(NamedTuple):
    """A packed text under the number of its article."""

    number: int
    body: bytes


def encoded(value: str) -> bytes:
    """Return a string as it is stored."""
    return value.encode("utf-8", "surrogatepass")


def decoded(value: bytes) -> str:
    """Return a stored string."""
    return value.decode("utf-8", "surrogatepass")


def _optional(value: str | None) -> bytes | None:
    return None if value is None else encoded(value)


def _string(value: bytes | None) -> str | None:
    return None if value is None else decoded(value)


def pack(text: str) -> bytes:
    """Return a text as it is stored. Raises `InputError` for one of more than `MOST_TEXT` bytes."""
    data = encoded(text)
    if len(data) > MOST_TEXT:
        raise InputError(f"a text of {len(data):,} bytes is too long for an index, which takes {MOST_TEXT:,}")
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return squeeze.compress(data) + squeeze.flush()


def unpack(body: bytes, most: int = MOST_TEXT) -> bytes:
    """Return what was compressed. Raises `ValueError` where it is damaged or comes to more than `most` bytes."""
    stretch = zlib.decompressobj()
    try:
        data = stretch.decompress(body, most + 1)
    except (zlib.error, TypeError) as error:
        raise ValueError(str(error)) from error
    if len(data) > most:
        raise ValueError(f"unpacks to more than {most:,} bytes")
    if not stretch.eof:
        raise ValueError("the end is missing")
    return data


def fingerprint(text: str) -> bytes:
    """Return sixteen bytes that tell two texts apart."""
    return blake2b(encoded(text), digest_size=16).digest()


@lru_cache(maxsize=4096)  # an id is looked up, and soon after inserted
def id_hash(key: str) -> int:
    """Return the 64 bits, signed, under which an id is found the second way."""
    return int.from_bytes(blake2b(encoded(key), digest_size=8).digest(), "big", signed=True)


def checksum(*fields: Value) -> int:
    """Return the CRC-32 of the fields of a row, which tells values of different types apart.

    Raises `TypeError` for a field of any other type.
    """
    check = 0
    for field in fields:
        if isinstance(field, int):
            check = zlib.crc32(b"i%d;" % field, check)
        elif isinstance(field, bytes):
            check = zlib.crc32(field, zlib.crc32(b"b%d:" % len(field), check))
        elif isinstance(field, str):
            data = encoded(field)
            check = zlib.crc32(data, zlib.crc32(b"s%d:" % len(data), check))
        elif field is None:
            check = zlib.crc32(b"-", check)
        else:
            raise TypeError(f"no field of a row: {field!r}")
    return check


def article_checksum(fields: Sequence[Any]) -> int:
    """Return the CRC-32 of an article's row without its checksum. Raises `TypeError` for fields of wrong types."""
    number, key, title, url, source, published, date, mark = fields
    held = (b"%d %d %d" % (number, source, date), key, title, url, published and published.encode(), mark)
    return zlib.crc32(b"\0".join(b"-" if field is None else b"+" + field for field in held))


def article_row(number: int, article: Article, source: int, date: int, mark: bytes) -> ArticleRow:
    """Return the row of an article, with its checksum."""
    published = None if article.published is None else written_date(article.published, article.day_only)
    names = (encoded(article.id), _optional(article.title), _optional(article.url))
    fields = (number, *names, source, published, date, mark)
    return (*fields, article_checksum(fields))


def read_entry(row: ArticleRow) -> Entry:
    """Return the entry of a row as `article_row` makes it, followed by the name and the checksum of its source.

    Raises `ValueError` or `TypeError` where a checksum fails.
    """
    *fields, check, source, source_check = row
    number, key, title, url, source_number, published, date, mark = fields
    if article_checksum(fields) != check:
        raise ValueError("the row fails its checksum")
    if source_number and checksum(source_number, source) != source_check:
        raise ValueError("its source fails its checksum")
    names = decoded(key), _string(title), _string(url)
    return Entry(number, *names, source_number, published, date, mark, _string(source))


def written_date(published: datetime, day_only: bool) -> str:
    """Return a date as it is stored: ISO 8601, of a day without an hour "2024-05-07", with its zone behind where told.

    >>> written_date(datetime(2024, 5, 7, tzinfo=UTC), True)
    '2024-05-07+00:00'
    """
    whole = published.isoformat()
    return whole[:DAY] + published.replace(microsecond=0).isoformat()[TIME:] if day_only else whole


def read_date(written: str) -> tuple[datetime, bool]:
    """Return a stored date, and whether its hour is not known. Raises `ValueError` for anything else.

    >>> read_date("2024-05-07")
    (datetime.datetime(2024, 5, 7, 0, 0), True)
    """
    day_only = written[DAY : DAY + 1] != "T"
    return datetime.fromisoformat(f"{written[:DAY]}T00:00:00{written[DAY:]}" if day_only else written), day_only


def now() -> int:
    """Return the seconds since 1970."""
    return int(datetime.now(UTC).timestamp())


def seconds(when: datetime, back: float = 0.0) -> int:
    """Return a time, or so many seconds before it, in seconds since 1970; one without a zone is UTC."""
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - back)
