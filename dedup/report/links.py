"""Addresses of the pages of a report. Public: `part`, `pair_fragment`, `pair_links`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

REPORT = "report.html"


def part(name: str) -> str:
    """Return an id or a name as it stands between the slashes of a fragment; half characters as replacement marks."""
    whole = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return quote(whole, safe="")


def pair_fragment(left: str, right: str) -> str:
    """Return what shows the page of two articles in a report."""
    return f"#/pair/{part(left)}/{part(right)}"


def pair_links(
    results: str | os.PathLike[str], page_folder: str | os.PathLike[str]
) -> Callable[[str, str], str | None]:
    """Return what gives the address of the page of two articles, as seen from the page in another folder.

    The address is None where the results have no report.
    """
    report = Path(results) / REPORT
    if not report.is_file():
        return lambda _left, _right: None
    start = quote(os.path.relpath(report, page_folder).replace(os.sep, "/"))
    return lambda left, right: start + pair_fragment(left, right)
