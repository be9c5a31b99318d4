"""The matches of a scan as a table: CSV, or Parquet by pyarrow. Public: `write_matches`."""

from __future__ import annotations

import csv
import io
from importlib import import_module
from pathlib import Path
from typing import Any

from dedup.errors import MissingPackage
from dedup.report.files import to_json
from dedup.results import Report
from dedup.results.rows import match_row
from dedup.whole_files import whole_file

SCALARS = (
    "left",
    "right",
    "kind",
    "probability",
    "original",
    "original_reason",
    "original_confidence",
    "method",
    "old",
)
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a formula begins with, in one spreadsheet or another
NESTED = ("method_probabilities", "passages", "evidence")  # JSON in one cell


def write_matches(report: Report, path: Path) -> None:
    """Write the matches to a file as its ending says: `.csv` (lists as JSON) or `.parquet`. Raises `MissingPackage`."""
    if path.suffix == ".parquet":
        try:
            parquet = import_module("pyarrow.parquet")
        except ImportError:
            raise MissingPackage("Parquet is written with pyarrow: pip install 'dedup-news[tables]'") from None
        with whole_file(path) as stream:
            parquet.write_table(report.matches.to_arrow(), stream)
        return
    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow((*SCALARS, *NESTED))
        for match in report.matches:
            row: dict[str, Any] = match_row(match)
            nested = (to_json(row[name]).decode() for name in NESTED)
            writer.writerow((*(_no_formula(row.get(name)) for name in SCALARS), *nested))
        text.detach()


def _no_formula(value: Any) -> Any:
    """Return a value for a cell; what a spreadsheet would run as a formula is quoted, as OWASP advises."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
