"""Publication dates in whatever form a feed, a table or a page writes them.

"05/12/2026" is no date until something tells which number is the day: the country of the site, the language of the
page, or other dates of the same site or pile ("13/05/2026"). `DateOrder` collects that evidence.
"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST_DATE = 80  # characters; "Wednesday, 30 September 2026 at 11:59:59 p.m. Eastern Daylight Time" has 67
# Unix times from these on count smaller units than seconds; 1e11 seconds are the year 5138.
UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
FIRST_YEAR, LAST_YEAR = 1605, 2199  # the first newspaper; beyond the last, it is no date of something published

# Zone names that news sites print, in hours; any other name is taken as UTC.
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "IST": 5.5, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
# Countries, by the last part of a host name, whose sites write the month first; of those that write the year first, or
# whose names are sold to anybody, nothing can be said. All other two-letter endings write the day first.
MONTH_FIRST = frozenset({"us", "gov", "mil", "ph"})
UNTOLD = frozenset(
    {"ca", "cn", "jp", "kr", "tw", "hk", "hu", "lt", "ir", "mn", "za", "co", "io", "tv", "me", "ai", "fm"}
)

_DIGITS = re.compile(r"-?[0-9]{9,19}(?:\.[0-9]*)?")
_STAMP = re.compile(r"[12][0-9]{13}")
_ISO_DAY = re.compile(r"[0-9]{4}-?(?:[0-9]{2}-?[0-9]{2}|W[0-9]{2}-?[0-9]|[0-9]{3})")
_NUMERIC = re.compile(r"([0-9]{1,2})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{4}|[0-9]{2})(?![0-9])(.*)", re.S)
_MAIL = re.compile(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:")
_EASTERN = re.compile(r"([0-9]{4})\s*[年년]\s*([0-9]{1,2})\s*[月월]\s*([0-9]{1,2})\s*[日일]")
_DAY_AND_YEAR = re.compile(r"(?<![0-9:])([0-9]{1,2})(?![0-9:]).*?(?<![0-9])([0-9]{4})(?![0-9])", re.S)
_CLOCK = re.compile(r"(?<![0-9])([0-9]{1,2}):([0-9]{2})")
_WORD = re.compile(r"[^\W\d_]+")
# Those whose months are read by their names, beside English.
LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "lt", "lv", "ms", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi",
)  # fmt: skip


class BadDate(Exception):
    """The value tells no date; the message is the reason."""


class When(NamedTuple):
    """A moment in UTC; `day_only`: the beginning of a day of which the hour is not known."""

    moment: datetime
    day_only: bool


@dataclass
class DateOrder:
    """What the dates of a pile tell about the order of day and month: votes by site, and of all together."""

    votes: Counter[tuple[str, bool]] = field(default_factory=Counter)  # (site, whether the day comes first)

    def learn(self, value: object, site: str | None) -> None:
        """Count a date in which one of the numbers can only be the day."""
        found = _NUMERIC.match(value.strip()) if isinstance(value, str) else None
        if found and (int(found[1]) > 12) != (int(found[3]) > 12):
            self.votes[site or "", int(found[1]) > 12] += 1

    def day_first(self, site: str | None, host: str | None = None) -> bool | None:
        """Return whether dates of this site begin with the day: as it does elsewhere, else as its country or all do."""
        own = self._agreed({first for name, first in self.votes if name == (site or "")})
        if own is not None:
            return own
        ending = (host or "").rpartition(".")[2].lower()
        if ending in MONTH_FIRST or (len(ending) == 2 and ending not in UNTOLD):
            return ending not in MONTH_FIRST
        return self._agreed({first for _, first in self.votes})

    @staticmethod
    def _agreed(orders: set[bool]) -> bool | None:
        return next(iter(orders)) if len(orders) == 1 else None


def needs_order(value: object) -> bool:
    """Return whether the value is a date of numbers alone, whose day may stand first or second."""
    if not isinstance(value, str) or (value[4:5] == "-" and value[:4].isdigit()):  # ISO 8601, as nearly all are
        return False
    return _NUMERIC.fullmatch(value.strip()) is not None


def written(published: datetime | None, day_only: bool) -> str:
    """Return a date so that `when` reads it as it is; "" for none."""
    if published is None:
        return ""
    return published.date().isoformat() if day_only else published.isoformat()


def host_of(url: str | None) -> str | None:
    """Return the host name of an address."""
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def language_order(language: str | None) -> bool | None:
    """Return whether a language, as pages declare it ("en-GB"), writes the day before the month; None for unknown."""
    name = (language or "").lower().replace("_", "-")
    if name in ("en-us", "en-ph"):
        return False
    return None if name[:2] in ("", "en", "ja", "zh", "ko", "hu", "lt") and name not in ("en-gb", "en-au") else True


def parse_date(value: str | float) -> datetime | None:
    """Return a moment in UTC from ISO 8601, any form that `dateutil` reads, months in other languages, or Unix time.

    None where day, month and year are not all told, or day and month cannot be told apart: nothing is filled in from
    today's date. Without a zone it is UTC.
    """
    try:
        return when(value).moment
    except BadDate:
        return None


@lru_cache(maxsize=1 << 14, typed=True)
def when(value: str | float, day_first: bool | None = None) -> When:
    """Return what a date says; `day_first` settles "05/12/2026". Raises `BadDate` with the reason.

    Many articles have one date: telling it once makes reading them a fifth faster.
    """
    found = _from_unix(value) if isinstance(value, int | float) else _from_string(value.strip(), day_first)
    if found.moment.date() == datetime(1970, 1, 1).date() and not (found.moment.hour or found.moment.minute):
        raise BadDate("the first second of 1970 stands for no date")
    if not FIRST_YEAR <= found.moment.year <= LAST_YEAR:
        raise BadDate(f"the year {found.moment.year} is no year of a publication")
    return found


def _from_string(value: str, day_first: bool | None) -> When:
    if not value or len(value) > LONGEST_DATE:
        raise BadDate("no date")
    try:
        if _STAMP.fullmatch(value):
            return When(datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=UTC), False)
        if _DIGITS.fullmatch(value):
            return _from_unix(float(value))
        if _ISO_DAY.fullmatch(value):
            return When(datetime.fromisoformat(value).replace(tzinfo=UTC), True)
        if numeric := _NUMERIC.fullmatch(value):
            return _from_numbers(numeric, day_first)
        if _MAIL.match(value) and value[-1].isdigit():
            return When(_in_utc(parsedate_to_datetime(value)), False)
        return When(_in_utc(datetime.fromisoformat(value)), False)
    except (ValueError, OverflowError):
        return _from_words(value)


def _from_unix(value: float) -> When:
    if isinstance(value, bool) or not math.isfinite(value):
        raise BadDate("no date")
    if 16050101 <= value <= 21991231 and value == int(value):  # written as one number, 20260503
        try:
            return When(datetime.strptime(str(int(value)), "%Y%m%d").replace(tzinfo=UTC), True)
        except ValueError:
            pass
    unit = next((unit for least, unit in UNITS if abs(value) >= least), 1)
    try:
        return When(datetime.fromtimestamp(value / unit, UTC), False)
    except (ValueError, OverflowError, OSError):
        raise BadDate("no date") from None


def _from_numbers(found: re.Match[str], day_first: bool | None) -> When:
    """Two numbers and a year; a point between them means that the day comes first."""
    one, mark, two, year, rest = found.groups()
    if len(year) == 2:
        raise BadDate("a year of two digits")
    first, second = int(one), int(two)
    if first > 12 or second > 12 or first == second:
        day_first = first > 12 or first == second
    elif mark == ".":
        day_first = True
    if day_first is None:
        raise BadDate("day and month cannot be told apart")
    day, month = (first, second) if day_first else (second, first)
    try:
        datetime(int(year), month, day)
    except ValueError:
        raise BadDate("no date") from None
    return _from_words(f"{year}-{month:02}-{day:02} {rest.strip(' ,;|-')}".strip())


def _from_words(value: str) -> When:
    """Two readings with different defaults agree only where the date is told in full; the time may be missing."""
    from dateutil import parser

    zones = {name: int(hours * 3600) for name, hours in ZONES.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zone names that it does not know
            first, second = (
                parser.parse(value, default=default, tzinfos=zones)
                for default in (datetime(2000, 1, 1), datetime(2001, 2, 2, 1, 1, 1))
            )
    except (ValueError, OverflowError, ArithmeticError, TypeError, AttributeError):
        return _in_other_languages(value)
    if first.date() != second.date():
        raise BadDate("not told in full")
    return When(_in_utc(first), first.hour != second.hour)


def _in_other_languages(value: str) -> When:
    """Day, name of the month in any of `LANGUAGES`, year ("3. März 2026"), or the East Asian "2026年5月3日"."""
    months = {month_names()[word] for word in _WORD.findall(value.lower()) if word in month_names()}
    eastern, written = _EASTERN.search(value), _DAY_AND_YEAR.search(value)
    if eastern:
        year, month, day = map(int, eastern.groups())
    elif len(months) == 1 and None not in months and written:
        day, year, month = int(written[1]), int(written[2]), next(iter(months)) or 0
    else:
        raise BadDate("no date")
    clock = _CLOCK.search(value)
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    try:
        return When(datetime(year, month, day, hour, minute, tzinfo=UTC), clock is None)
    except ValueError:
        raise BadDate("no date") from None


@cache
def month_names() -> dict[str, int | None]:
    """Return the number of each month by its names, long and short, in lower case; None where languages disagree."""
    from babel.dates import get_month_names

    names: dict[str, int | None] = {}
    for language in LANGUAGES:
        forms = (
            get_month_names("wide", "format", language),
            get_month_names("wide", "stand-alone", language),
            get_month_names("abbreviated", "format", language),
        )
        for form in forms:
            for number, name in form.items():
                word = "".join(_WORD.findall(name.lower()))
                names[word] = number if names.get(word, number) == number else None
    return names


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # within a day of the first or the last date there is
        return moment.replace(tzinfo=UTC)
    except ValueError:  # `dateutil` reads "19-74:00" as 19 hours, 74 hours behind
        raise BadDate("an offset of a day or more") from None
