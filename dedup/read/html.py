"""Web pages: the main text, and title, site, date and address where the page tells them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

from dedup.read.dates import BadDate, When, host_of, language_order, needs_order, when
from dedup.read.inputs import Input, NoArticle
from dedup.read.page_limits import of_few_attributes, simplify
from dedup.read.titles import key_of, own_title
from dedup.records import Article

# Where pages tell the moment of publication, most reliable first; linked data stand between the two.
_DATE_PATHS = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='parsely-pub-date' or @name='date' or @name='dc.date' or @name='DC.date.issued']/@content",
    "//time[@itemprop='datePublished' or @pubdate]/@datetime",
)
_LINKED_DATA = "//script[@type='application/ld+json']/text()"
_TITLES = ("//meta[@property='og:title']/@content", "//h1//text()[normalize-space()]", "//title/text()")
_DEEPEST = 8  # levels of linked data looked into; publishers nest the article one to three deep
# Kinds of linked data that name other pages.
_TEASERS = frozenset({"ItemList", "CollectionPage", "BreadcrumbList", "WebSite", "SiteNavigationElement"})
_OTHERS = ("related", "itemlist", "haspart", "citation", "mentions")  # beginnings of properties that name others
# An author and a tag, which nobody asks for; the author has two words, as the extractor wants it.
_UNASKED = (
    {"name": "author", "content": "Not Asked"},
    {"property": "article:tag", "content": "not asked"},
)
_NOTHING = SimpleNamespace(title="", url=None, sitename=None, hostname=None, date=None)
_BLOCK = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article",
     "header", "footer", "table", "tr", "pre", "figure", "figcaption"}
)  # fmt: skip

for _extractor in ("trafilatura", "htmldate"):  # their reasons become ours, not lines on stderr
    logging.getLogger(_extractor).addHandler(logging.NullHandler())


def parse_page(html: str, source: Input, url: str | None = None) -> Article:
    """Return the article of one page; `url`: where it was found. Raises `NoArticle` with the reason."""
    try:
        tree, small = _parsed(html)
        told = _Told(tree) if tree is not None else None
        found = _metadata(tree) if small else _NOTHING
        text = _main_text(tree) if small else _lines(tree) if told is not None else ""
    except Exception as e:  # whatever a hostile page makes a parser raise, it is one page that cannot be used
        raise NoArticle(f"the page cannot be parsed ({type(e).__name__})") from e
    if told is None or not text.strip():
        raise NoArticle("no main text found in the page")
    address = found.url or url or None
    site = found.sitename or found.hostname or host_of(address)
    published = _published(told, address or "", found.title or "", source) or _when(found.date, None, source)
    return Article(
        id=source.place,
        text=text,
        title=own_title([found.title, *told.titles], site, host_of(address)),
        url=address,
        source=site,
        published=published.moment if published else None,
        day_only=published.day_only if published else False,
    )


def _metadata(tree: Any) -> Any:
    """What the extractor finds around the main text; long searches for authors and tags are spared."""
    from lxml.etree import SubElement
    from trafilatura.metadata import extract_metadata

    head = tree.find(".//head")
    named = [] if head is None else [SubElement(head, "meta", dict(about)) for about in _UNASKED]
    found = extract_metadata(tree, None, {"extensive_search": False, "max_date": None}, False)
    for element in named:
        head.remove(element)
    return found


def _main_text(tree: Any) -> str:
    from trafilatura import bare_extraction

    found: Any = bare_extraction(tree, options=_settings())
    return found.text or "" if found is not None else ""


@cache
def _settings() -> Any:
    """Settings of the extractor; to make them takes as long as to parse a small page."""
    from trafilatura.settings import Extractor

    return Extractor(output_format="python", comments=False)


def _parsed(html: str) -> tuple[Any, bool]:
    """The tree of a page, and whether the extractor may have it (`page_limits`)."""
    from lxml.etree import tostring
    from trafilatura.utils import load_html

    tree = load_html(of_few_attributes(html))
    if tree is None:
        return None, False
    simplified = simplify(tree)
    if simplified.stripped:  # pieces of text side by side become one
        tree = load_html(tostring(tree, encoding="unicode", method="html"))
    return tree, simplified.small


def fragment_text(html: str) -> str:
    """Return the text of a piece of HTML, such as a feed holds, a line for each paragraph."""
    if "<" not in html and "&" not in html:
        return html
    from lxml import html as parser

    try:
        tree = parser.fragment_fromstring(of_few_attributes(html), create_parent="div")
    except Exception:  # lxml fails in several ways on what is no HTML
        return html
    return _lines(tree)


def _lines(tree: Any) -> str:
    """The text below an element, a line for each paragraph."""
    parts: list[str] = []
    for event, element in _walk(tree):
        if element.tag in _BLOCK:
            parts.append("\n")
        parts.append((element.text if event == "start" else element.tail) or "")
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        shown = isinstance(element.tag, str) and element.tag not in ("script", "style")
        if shown or event == "end":
            yield event, element


class _Told:
    """What the head of a page says, taken before the main text is looked for, which changes the page."""

    def __init__(self, tree: Any) -> None:
        self.first = [str(value) for value in tree.xpath(_DATE_PATHS[0])]
        self.dates = [str(value) for path in _DATE_PATHS[1:] for value in tree.xpath(path)]
        self.linked = [node for text in tree.xpath(_LINKED_DATA) for node in _linked(str(text))]
        self.titles: list[str | None] = [str(value) for path in _TITLES for value in tree.xpath(path)[:1]]
        self.language: str | None = next(iter(tree.xpath("/html/@lang")), None)


def _published(told: _Told, url: str, title: str, source: Input) -> When | None:
    """To the second where the page says so, before the linked data, which may be those of another article."""
    order = language_order(told.language)
    host = host_of(url)
    order = order if order is not None else source.session.dates.day_first(host, host)
    linked = sorted(told.linked, key=lambda node: -_fit(node, url, [title, *told.titles]))
    dates = [*told.first, *told.dates, *(str(node["datePublished"]) for node in linked)]
    return next((found for date in dates if (found := _when(date, order, source))), None)


def _when(date: str | None, order: bool | None, source: Input) -> When | None:
    if not date:
        return None
    if needs_order(date):
        source.session.dates.learn(date, None)
    try:
        return when(date, order)
    except BadDate as reason:
        source.session.warn(source.place, None, f"a date that is left out: {reason}")
        return None


def _fit(node: dict[str, Any], url: str, titles: list[str | None]) -> int:
    """How surely linked data are those of this page: by their address, their title, their kind."""
    page = node.get("mainEntityOfPage")
    addresses = {node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page}
    plain = {address.rstrip("/") for address in addresses if isinstance(address, str)}
    headline = key_of(str(node.get("headline") or node.get("name") or ""))
    same = bool(headline) and any(key_of(title or "").startswith(headline) for title in titles)
    return 4 * (bool(url) and url.rstrip("/") in plain) + 2 * same + ("articleBody" in node)


def _linked(text: str) -> list[dict[str, Any]]:
    """The objects of linked data that tell a date, those of teasers in lists left out."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [node for node in _nodes(data, _DEEPEST) if isinstance(node.get("datePublished"), str)]


def _nodes(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(data, dict):
        kinds = data.get("@type")
        if _TEASERS & set(kinds if isinstance(kinds, list) else [str(kinds)]):
            return
        yield data
        data = [
            inner for name, inner in data.items() if not name.lower().startswith(("related", "itemlist", "haspart"))
        ]
    if isinstance(data, list):
        for item in data:
            yield from _nodes(item, depth - 1)
