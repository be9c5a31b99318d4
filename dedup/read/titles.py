"""Titles without the name of the site that they are of. Public: `own_title`, `key_of`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PART = re.compile(r"\s+[|–—·»:-]+\s+|\s*\|\s*")  # between a title and the name of the site
_NO_TITLE = re.compile(r"(?:site |header )?logo|menu|home|homepage|index|untitled|navigation|search|skip to .*", re.I)


def own_title(titles: Sequence[str | None], site: str | None, host: str | None) -> str | None:
    """Return the first title that is one, without the name of the site at its end or beginning."""
    names = {key_of(name) for name in (site, host, (host or "").removeprefix("www.").rpartition(".")[0]) if name} - {""}
    for title in titles:
        words = " ".join((title or "").split())
        parts = [part for part in _PART.split(words) if part]
        if len(parts) > 1 and key_of(parts[-1]) in names:
            words = words[: words.rfind(parts[-1])].rstrip(" |–—·»:-")
        elif len(parts) > 1 and key_of(parts[0]) in names:
            words = words[len(parts[0]) :].lstrip(" |–—·»:-")
        if words and key_of(words) not in names and not _NO_TITLE.fullmatch(words):
            return words
    return None


def key_of(name: str) -> str:
    """Return a name by its letters and digits alone, in lower case."""
    return "".join(c for c in name.lower() if c.isalnum())
