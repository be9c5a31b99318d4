"""The folder that a scan leaves behind: five files of JSON lines and one page to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from dedup.checks import require
from dedup.errors import InputError
from dedup.records import ArticleScore
from dedup.report.files import write_lines
from dedup.report.page import Worst, write_page
from dedup.results import Report
from dedup.results.rows import Row, article_row, cluster_row, match_row, skipped_row, template_row

PAGE = "report.html"


def write_report(report: Report, folder: str | os.PathLike[str]) -> Path:
    """Write what a scan found as JSON lines and as one page, `report.html`; return the path of the page.

    The other files are `matches.jsonl`, `clusters.jsonl`, `templates.jsonl`, `articles.jsonl` and `skipped.jsonl`.

    Parameters:
        report: The result of a scan.
        folder: Where the six files go; made where it is missing. Each file is replaced as a whole or not at all, and
            the same report gives the same bytes (the page's timings aside).

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
    write_page(folder / PAGE, report, worst)
    return folder / PAGE


def _article_rows(report: Report, worst: Worst) -> Iterator[Row]:
    clusters = {member: cluster.id for cluster in report.clusters for member in cluster.members}
    scores: Iterator[ArticleScore | None] = iter(report.scores.values()) if report.scores else repeat(None)
    for number, (article_id, score) in enumerate(zip(report.ids, scores, strict=False)):
        if score is not None:
            worst.note(number, score)
        yield article_row(article_id, clusters.get(article_id), score)
