"""Reading: paths to articles, and a `Skipped` with its reason for everything that is not one.

Public: `read`, `ReadOptions`, `Fields`, `Format`, `parse_date`; `rows` holds the rules for JSON lines.
"""

from dedup.read.dates import parse_date
from dedup.read.options import Fields, Format, ReadOptions
from dedup.read.reader import read

__all__ = ["Fields", "Format", "ReadOptions", "parse_date", "read"]
