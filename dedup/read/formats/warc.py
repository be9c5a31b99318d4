"""Web archives (WARC, ARC, and WET, their texts), by warcio: one article a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from dedup.read.encodings import Undecodable, decode
from dedup.read.html import parse_page
from dedup.read.inputs import Input, NoArticle, Placed
from dedup.records import Article, Skipped

PAGES = ("text/html", "application/xhtml+xml")
FOUND = "200"  # the status of an answer that holds what was asked for
KINDS = ("response", "resource", "conversion")  # records that may hold a page, or the text of one


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of the pages of an archive, each with its address as its id; the records that are none, counted."""
    try:
        from warcio.archiveiterator import ArchiveIterator
    except ImportError:
        raise NoArticle("web archives are read with warcio: pip install 'dedup-news[warc]'") from None
    others: Counter[str] = Counter()
    problem = None
    try:
        for number, record in enumerate(_records(ArchiveIterator(stream)), 1):
            if record.rec_type in KINDS:
                reason = _no_page(record)
                others.update([reason] if reason else [])
                if not reason:
                    yield number, _article(record, source)
    except _Damaged as e:
        problem = f"damaged web archive ({e})"
    yield from ((None, Skipped(source.place, None, f"{count} records: {why}")) for why, count in others.items())
    if problem:
        raise NoArticle(problem)


class _Damaged(Exception):
    """What comes is no record; the message is the reason."""


def _records(found: Iterator[Any]) -> Iterator[Any]:
    """Yield the records of an archive; raises `_Damaged` for all that warcio stumbles over."""
    while True:
        try:
            record = next(found, None)
        except (OSError, MemoryError):
            raise
        except Exception as e:  # its own, and those of what it does not check: a record without an address or a type
            raise _Damaged((str(e).splitlines() or [type(e).__name__])[0].lower()) from None
        if record is None:
            return
        yield record


def _no_page(record: Any) -> str | None:
    """Why a record is not read, without its address, so that reasons can be counted."""
    if record.http_headers is not None and record.http_headers.get_statuscode() != FOUND:
        return f"status {record.http_headers.get_statuscode()}"
    kind = _kind(record)[0]
    return None if kind in (*PAGES, "text/plain") else f"{kind or 'no type'}, no page"


def _kind(record: Any) -> tuple[str, str | None]:
    """Type of what a record holds, and the label of its encoding."""
    headers = record.http_headers or record.rec_headers
    kind, _, rest = (headers.get_header("Content-Type") or "").partition(";")
    _, mark, label = rest.lower().partition("charset=")
    return kind.strip().lower(), label.strip(" \"'") if mark else None


def _article(record: Any, source: Input) -> Article | Skipped:
    name = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>") or "without an address"
    page = Input(name, source.options, source.session)
    kind, label = _kind(record)
    try:
        data = page.whole(record.content_stream())
        found = decode(data, html=kind in PAGES, label=label)
        page.lost(found.lost)
        return page.checked(
            parse_page(found.text, page, name) if kind in PAGES else Article(name, found.text, url=name)
        )
    except (NoArticle, Undecodable) as reason:
        return Skipped(f"{source.place}/{name}", None, str(reason))
