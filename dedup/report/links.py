"""Addresses of the pages of pairs in the folder of a scan. Public: `pair_links`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

REPORT = "report.html"


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
    return lambda left, right: f"{start}#pair={quote(left, safe='')}&with={quote(right, safe='')}"
