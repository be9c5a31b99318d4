"""The site that an article is of. Public: `site_of`, `same_site`."""

from __future__ import annotations

from urllib.parse import urlsplit

from dedup.records import Article


def site_of(article: Article) -> str | None:
    """Return the site of an article: its source, else the host of its address; None where it tells neither.

    Case, surrounding space and a leading "www." make no difference.

    >>> import dedup
    >>> site_of(dedup.Article("a", "Text.", url="https://www.News.example/2026/bridge"))
    'news.example'
    """
    named = article.source or host(article.url or "")
    return named.strip().casefold().removeprefix("www.") or None


def host(url: str) -> str:
    """Return the host of an address, "" for what is none."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # such as a bracket that opens no address of version 6
        return ""


def same_site(left: Article, right: Article) -> bool | None:
    """Return whether two articles are of one site, None where the site of either is not known."""
    one, two = site_of(left), site_of(right)
    return None if one is None or two is None else one == two
