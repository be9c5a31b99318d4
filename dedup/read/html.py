"""Web pages: the main text, and title, site, date and address where the page tells them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dedup.read.dates import parse_date
from dedup.records import Article

# Where pages tell the moment of publication, most reliable first.
_DATE_PATHS = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='parsely-pub-date' or @name='date' or @name='dc.date' or @name='DC.date.issued']/@content",
    "//time[@itemprop='datePublished' or @pubdate]/@datetime",
)
_LINKED_DATA = "//script[@type='application/ld+json']/text()"
_DEEPEST = 8  # levels of linked data looked into; publishers nest the article one to three deep


class NoArticle(Exception):
    """The page holds no main text; the message is the reason."""


def parse_page(html: str, place: str) -> Article:
    """The article of one page, with `place` as its id; raises `NoArticle` with the reason."""
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # its reasons become ours, not lines on stderr
    logging.getLogger("htmldate").addHandler(logging.NullHandler())
    from trafilatura import bare_extraction
    from trafilatura.utils import load_html

    try:
        tree = load_html(html)
        published = _published(tree)
        found: Any = bare_extraction(
            tree, include_comments=False, with_metadata=True, date_extraction_params={"extensive_search": False}
        )
    except Exception as e:  # whatever a hostile page makes a parser raise, it is one page that cannot be used
        raise NoArticle(f"the page cannot be parsed ({type(e).__name__})") from e
    if found is None or not (found.text or "").strip():
        raise NoArticle("no main text found in the page")
    return Article(
        id=place,
        text=found.text,
        title=found.title or None,
        url=found.url or None,
        source=found.sitename or found.hostname or _host(found.url),
        published=published or (parse_date(found.date) if found.date else None),
    )


def _host(url: str | None) -> str | None:
    return urlsplit(url).hostname if url else None


def _published(tree: Any) -> datetime | None:
    """To the second where the page says so; trafilatura's own date has the day only."""
    if tree is None:
        return None
    told = (parse_date(str(value)) for path in _DATE_PATHS for value in tree.xpath(path))
    linked = (parse_date(value) for text in tree.xpath(_LINKED_DATA) for value in _linked_dates(str(text)))
    return next((d for dates in (told, linked) for d in dates if d), None)


def _linked_dates(text: str) -> Iterator[str]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from _dates_below(data, _DEEPEST)


def _dates_below(data: object, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(data, dict):
        if isinstance(data.get("datePublished"), str):
            yield data["datePublished"]
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from _dates_below(item, depth - 1)
