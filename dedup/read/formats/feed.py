"""RSS and Atom as they were fetched, one article an entry; news sitemaps, which hold no texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from dedup.read.fields import AS_RECORDED, BadRow, Row, Rules, learn_dates
from dedup.read.html import fragment_text
from dedup.read.inputs import Input, NoArticle, Placed
from dedup.records import Skipped

ENTRIES = ("item", "entry")
# Elements of an entry by what they hold, the best first, without their name spaces.
TEXTS = ("encoded", "content", "description", "summary")
TITLES, DATES, IDS = ("title",), ("pubDate", "published", "date", "issued", "updated"), ("guid", "id")


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of the entries that hold a text."""
    pages, number, rules = 0, 0, Rules(source.place, AS_RECORDED, source.options.max_characters, source.session)
    site: str | None = None
    for name, element in _elements(stream):
        if name == "title" and site is None and _name(element.getparent()) in ("channel", "feed"):
            site = "".join(element.itertext()).strip() or None
        elif name in ENTRIES:
            number += 1
            yield number, *_articles(_row(element, site), number, rules)
        elif name == "url":
            pages += 1
    if pages:
        yield None, Skipped(source.place, None, f"a sitemap: names {pages} pages and holds no text of theirs")
    elif not number:
        yield None, Skipped(source.place, None, "XML that is no feed with entries")


def _articles(row: Row, number: int, rules: Rules) -> tuple[Any]:
    learn_dates([row], rules.names, rules.session)
    try:
        return (rules.article(row, number),)
    except BadRow:
        return (Skipped(rules.place, number, "an entry without a text"),)


def _elements(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Every element that ends, by its name without its name space; what was read of entries is forgotten."""
    from lxml import etree

    options = {"recover": True, "resolve_entities": False, "no_network": True, "huge_tree": False}
    try:
        for _, element in etree.iterparse(stream, events=("end",), **options):
            name = _name(element)
            yield name, element
            if name in (*ENTRIES, "url"):
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    except etree.XMLSyntaxError as e:
        raise NoArticle(f"damaged XML ({str(e.msg).lower()})") from None


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if element is not None and isinstance(element.tag, str) else ""


def _row(entry: Any, site: str | None) -> Row:
    """The fields of an entry, under our own names."""
    inner: dict[str, list[Any]] = {}
    for element in entry:
        inner.setdefault(_name(element), []).append(element)
    texts = [fragment_text(_markup(element)) for name in TEXTS for element in inner.get(name, ())]
    origin = next((_first(element, TITLES) for element in inner.get("source", ())), None)
    return {
        "id": _first(entry, IDS),
        "text": max(texts[:1] + [text for text in texts if len(text) > 2 * len(texts[0])], key=len, default=None),
        "title": fragment_text(_first(entry, TITLES) or "").strip() or None,
        "url": _link(inner.get("link", [])),
        "source": origin or site,
        "published": next((_first(entry, (name,)) for name in DATES if name in inner), None),
    }


def _first(element: Any, names: tuple[str, ...]) -> str | None:
    found = ("".join(inner.itertext()).strip() for name in names for inner in element if _name(inner) == name)
    return next((text for text in found if text), None)


def _markup(element: Any) -> str:
    """The HTML of a text, which stands in an entry as characters or as elements."""
    from lxml import etree

    if len(element):
        return "".join(etree.tostring(inner, encoding="unicode") for inner in element)
    return element.text or ""


def _link(links: list[Any]) -> str | None:
    """The address of the page: the text of RSS's element, the attribute of Atom's."""
    for link in links:
        if link.text and link.text.strip():
            return str(link.text.strip())
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href"))
    return None
