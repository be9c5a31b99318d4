"""Reading: paths to articles, and a `Skipped` with its reason for everything that is not one.

Public: `read`, `read_pieces` (JSON lines as columns), `ReadOptions`, `Fields`, `Format`, `parse_date`; `rows` holds the
rules for JSON lines.
"""

from dedup.read.dates import parse_date
from dedup.read.options import Fields, Format, ReadOptions
from dedup.read.reader import read, read_pieces

__all__ = ["Fields", "Format", "ReadOptions", "parse_date", "read", "read_pieces"]
