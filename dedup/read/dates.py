"""Publication dates in whatever form a feed or a page writes them."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

LONGEST_DATE = 80  # characters; "Wednesday, 30 September 2026 at 11:59:59 p.m. Eastern Daylight Time" has 67
MILLISECONDS_FROM = 1e11  # a Unix time above this (the year 5138 in seconds) counts milliseconds

# Zone names that news sites print, in hours; any other name is taken as UTC.
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "IST": 5.5, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


def parse_date(value: str | float) -> datetime | None:
    """A moment in UTC from ISO 8601, any form that `dateutil` reads, or Unix time in seconds or milliseconds.

    None where day, month and year are not all told: nothing is filled in from today's date. Without a zone it is UTC.
    """
    if isinstance(value, int | float):
        return _from_unix(value)
    value = value.strip()
    if not value or len(value) > LONGEST_DATE:
        return None
    try:
        return _in_utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return _from_words(value)


def _from_unix(value: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) >= MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_words(value: str) -> datetime | None:
    """Two readings with different defaults agree only where the date is told in full."""
    from dateutil import parser

    zones = {name: int(hours * 3600) for name, hours in ZONES.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zone names that it does not know
            first, second = (
                parser.parse(value, default=datetime(year, month, day), tzinfos=zones)
                for year, month, day in ((2000, 1, 1), (2001, 2, 2))
            )
        return _in_utc(first) if first == second else None
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
