"""The folder that a scan leaves behind: files of JSON lines and a page to look at.

Public: `write_report`, `write_page`, `PAGE`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

from dedup.checks import require
from dedup.errors import InputError, UsageError
from dedup.records import ArticleScore
from dedup.report.files import write_lines
from dedup.report.page import Pages, Worst
from dedup.report.stored import SCAN, TEXTS, scan_row
from dedup.results import Report
from dedup.results.rows import Row, article_row, cluster_row, match_row, skipped_row, template_row
from dedup.results.stored import text_row

PAGE = "report.html"


def write_report(report: Report, folder: str | os.PathLike[str], *, mine: Sequence[str] = ()) -> Path:
    """Write what a scan found as JSON lines and as a page to look at, `report.html`; return the path of the page.

    The other files are `matches.jsonl`, `clusters.jsonl`, `templates.jsonl`, `articles.jsonl`, `texts.jsonl` (the
    articles that the page shows), `skipped.jsonl` and `scan.json`; `load_report` reads them all again. Where its data
    are large, the page has the folder `report-data` beside it.

    Parameters:
        report: The result of a scan.
        folder: Where the files go; made where it is missing. Each file is replaced as a whole or not at all, and
            the same report gives the same bytes (timings aside).
        mine: Your own sources, sites and folders of articles, which the page can set against the rest.

    Raises:
        InputError: The folder cannot be written to.
        UsageError: An argument is of the wrong type.

    >>> import dedup, tempfile
    >>> report = dedup.scan_paths("fixtures/treaty", level="near", workers=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dedup.write_report(report, folder).name
    'report.html'
    """
    require("write_report", report, Report, "the dedup.Report of a scan")
    require("write_report", folder, (str, os.PathLike), "the path of a folder")
    ours = own_names("write_report", mine)
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise InputError(f"{folder}: cannot be made ({(e.strerror or str(e)).lower()})") from None
    write_lines(folder / "matches.jsonl", map(match_row, report.matches))
    write_lines(folder / "clusters.jsonl", map(cluster_row, report.clusters))
    write_lines(folder / "templates.jsonl", map(template_row, report.templates))
    worst = Worst()
    write_lines(folder / "articles.jsonl", _article_rows(report, worst))
    write_lines(folder / "skipped.jsonl", map(skipped_row, report.skipped))
    write_lines(folder / SCAN, [scan_row(report, ours)])
    with Pages(report, worst, ours) as pages:
        write_lines(folder / TEXTS, map(text_row, pages.articles()))
        pages.write(folder / PAGE)
    return folder / PAGE


def write_page(report: Report, path: str | os.PathLike[str], *, mine: Sequence[str] = ()) -> Path:
    """Write the page of a report alone; return its path. Where its data are large, `NAME-data` beside it holds them.

    Raises:
        InputError: The file cannot be written.
        UsageError: An argument is of the wrong type.
    """
    require("write_page", report, Report, "a dedup.Report")
    require("write_page", path, (str, os.PathLike), "the path of a file")
    worst = Worst()
    for number, score in enumerate(report.scores.values()):
        worst.note(number, score)
    with Pages(report, worst, own_names("write_page", mine)) as pages:
        for _ in pages.articles():
            pass
        pages.write(Path(path))
    return Path(path)


def own_names(function: str, mine: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the reader's own sources. Raises `UsageError` where they are none."""
    if isinstance(mine, str) or not all(isinstance(name, str) for name in mine):
        raise UsageError(f"{function}: mine must be a list of sources and folders, not {mine!r}")
    return tuple(mine)


def _article_rows(report: Report, worst: Worst) -> Iterator[Row]:
    clusters = {member: cluster.id for cluster in report.clusters for member in cluster.members}
    scores: Iterator[ArticleScore | None] = iter(report.scores.values()) if report.scores else repeat(None)
    for number, (article_id, score) in enumerate(zip(report.ids, scores, strict=False)):
        if score is not None:
            worst.note(number, score)
        yield article_row(article_id, clusters.get(article_id), score)
