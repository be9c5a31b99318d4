"""Reports: the folder of a scan (`write_report`), its summary on a terminal (`summary`), and single rows as JSON.

Public: `write_report`, `load_report`, `write_page`, `summary`, `match_row`, `score_row`, `skipped_row`, `to_json`,
`write_lines`.
"""

from dedup.report.files import to_json, write_lines
from dedup.report.stored import load_report
from dedup.report.summary import summary
from dedup.report.writer import write_page, write_report
from dedup.results.rows import match_row, score_row, skipped_row

__all__ = [
    "load_report",
    "match_row",
    "score_row",
    "skipped_row",
    "summary",
    "to_json",
    "write_lines",
    "write_page",
    "write_report",
]
