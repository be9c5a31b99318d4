"""The folder that a scan leaves behind: four files of JSON lines and one page to look at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from dedup.errors import InputError
from dedup.records import ArticleScore
from dedup.report.files import write_lines
from dedup.report.page import Worst, write_page
from dedup.results import Report
from dedup.results.rows import Row, article_row, cluster_row, match_row, skipped_row

PAGE = "report.html"


def write_report(report: Report, folder: str | Path) -> Path:
    """Write `matches.jsonl`, `clusters.jsonl`, `articles.jsonl`, `skipped.jsonl` and `report.html`; the page's path.

    The folder is made where it is missing. Each file is replaced as a whole or not at all, and the same report gives
    the same bytes (the page's timings aside). Raises `InputError` where the folder cannot be written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise InputError(f"{folder}: cannot be made ({(e.strerror or str(e)).lower()})") from None
    write_lines(folder / "matches.jsonl", map(match_row, report.matches))
    write_lines(folder / "clusters.jsonl", map(cluster_row, report.clusters))
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
