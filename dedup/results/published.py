"""When an article was published, as far as its date can be believed. Public: `published_hours`, `earlier`."""

from __future__ import annotations

from datetime import UTC, datetime, time

from dedup.records import Article

FIRST_YEAR = 1700  # there were newspapers; earlier dates, and the first moment of Unix time, stand for a missing one
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 24.0  # hours that a date without a time may mean


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # within a day of the first or the last date there is
        return moment.replace(tzinfo=UTC)


def published_hours(article: Article) -> tuple[float, float] | None:
    """Return the hours between which an article was published, None where that is unknown or cannot be.

    Midnight to the second is what feeds write for a day without a time.
    """
    told = article.published
    if told is None or told.year < FIRST_YEAR or _utc(told) == EPOCH:
        return None
    start = (_utc(told) - EPOCH).total_seconds() / 3600.0
    return start, start + (DAY if article.day_only or told.time() == time(0) else 0.0)


def earlier(one: Article, other: Article) -> bool:
    """Return whether the dates say that the first article was published before the second."""
    mine, theirs = published_hours(one), published_hours(other)
    return mine is not None and theirs is not None and mine != theirs and mine[1] <= theirs[0]
