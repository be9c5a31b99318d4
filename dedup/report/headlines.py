"""What the pages say of an article without its text: title, source, date, address.

Public: `Headline`, `headline`, `tidied`, `is_ours`, `link`, `when`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from textwrap import shorten
from typing import NamedTuple

from dedup.read.dates import host_of
from dedup.read.titles import key_of, own_title
from dedup.records import Article

FIRST_WORDS = 90  # characters of the text shown where an article has no title
LEAST_WORDS = 5  # of a line that stands for a title: menus have fewer
HEAD = 2_000  # characters in which such a line is looked for
LEAST_TITLES = 4  # of one source, from which an end that half of them share is taken for a name

_END = re.compile(r"\s+[|–—·»:-]+\s+|\s*\|\s*")


class Headline(NamedTuple):
    """An article as lists show it."""

    id: str
    title: str  # without the name of the site; its first whole line where there is none
    titled: bool  # whether the article has a title
    source: str | None  # its source, else the host of its address
    published: datetime | None
    day_only: bool
    overall: float | None  # its article score, 0..1
    ours: bool  # whether it is of the sources and folders that were named as the reader's own


def headline(article: Article, overall: float | None = None, ours: Iterable[str] = ()) -> Headline:
    """Return what lists show of an article; `ours` are the names of the reader's own sources and folders."""
    host = host_of(article.url)
    title = own_title([article.title], article.source, host)
    shown = title or _first_line(article.text) or article.id
    source = article.source or (host.removeprefix("www.") if host else None)
    return Headline(
        article.id, shown, bool(title), source, article.published, article.day_only, overall, is_ours(article, ours)
    )


def _first_line(text: str) -> str:
    """Return the first line of some words, cut where it is long; menus and banners above it are passed over."""
    lines = text[:HEAD].splitlines()
    line = next((line for line in lines if "|" not in line and len(line.split()) >= LEAST_WORDS), text[:HEAD])
    return shorten(line, FIRST_WORDS, placeholder=" …") if " " in line.strip() else line.strip()[:FIRST_WORDS]


def is_ours(article: Article, names: Iterable[str]) -> bool:
    """Return whether an article is of one of some sources, of a site or a part of it, or below one of some folders."""
    host, source = host_of(article.url) or "", article.source or ""
    for name in names:
        key = name.strip().casefold()
        if key and (key == source.strip().casefold() or f".{host}".endswith(f".{key}")):
            return True
        if article.id.startswith(f"{name.rstrip('/')}/"):
            return True
    return False


def tidied(headlines: Sequence[Headline]) -> list[Headline]:
    """Return headlines with one spelling of each source, and without what half of the titles of a source end with."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in headlines:
        if each.source:
            spellings[_site(each.source)][each.source.strip()] += 1
    best = {site: max(found, key=lambda name: (found[name], name)) for site, found in spellings.items()}
    return _without_ends(
        [each._replace(source=best[_site(each.source)] if each.source else None) for each in headlines]
    )


def _site(source: str) -> str:
    return source.strip().casefold().removeprefix("www.")


def _without_ends(headlines: Sequence[Headline]) -> list[Headline]:
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for each in headlines:
        if each.titled and each.source:
            titles[each.source].append(each.title)
    ends = {source: _ends(found) for source, found in titles.items() if len(found) >= LEAST_TITLES}
    return [
        each._replace(title=_cut(each.title, ends[each.source])) if each.titled and each.source in ends else each
        for each in headlines
    ]


def _ends(titles: Sequence[str]) -> set[str]:
    counts = Counter(key_of(parts[-1]) for title in set(titles) if len(parts := _END.split(title)) > 1)
    return {end for end, times in counts.items() if end and times >= max(3, len(set(titles)) / 2)}


def _cut(title: str, ends: set[str]) -> str:
    parts = _END.split(title)
    if len(parts) > 1 and key_of(parts[-1]) in ends:
        return title[: title.rfind(parts[-1])].rstrip(" |–—·»:-") or title
    return title


def link(url: str | None) -> str | None:
    """Return an address where it is safe to follow: no `javascript:`, no `data:`."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


def when(published: datetime | None, day_only: bool) -> str | None:
    """Return a date for people, with its zone where the hour is known; None where there is no date.

    >>> when(datetime(2026, 2, 11, 6, 20, tzinfo=UTC), False)
    '2026-02-11 06:20 UTC'
    """
    if published is None:
        return None
    if day_only:
        return f"{published:%Y-%m-%d}"
    moment = published if published.tzinfo else published.replace(tzinfo=UTC)
    zone = "UTC" if not moment.utcoffset() else f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]
    return f"{moment:%Y-%m-%d %H:%M} {zone}"
