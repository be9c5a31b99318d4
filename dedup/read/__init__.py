"""Reading: paths to articles, and a `Skipped` with its reason for everything that is not one.

    files -> containers -> kinds -> one of formats/ (JSON lines: rows, lines, json_scanner) -> Article | Skipped

Public: `read`, `read_pieces` (JSON lines as columns), `ReadOptions`, `Fields`, `Format`, `Session` (what was learnt and
has to be said), `parse_date`; `rows` holds the rules for JSON lines, `fields` those for all rows.
"""

from dedup.read.dates import parse_date
from dedup.read.options import Fields, Format, ReadOptions
from dedup.read.reader import read, read_pieces
from dedup.read.session import Session

__all__ = ["Fields", "Format", "ReadOptions", "Session", "parse_date", "read", "read_pieces"]
