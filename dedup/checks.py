"""Checks of what callers give: settings and their ranges, and records of the right type.

Public: `check_settings`, `Range` and the ranges that come often, `require`, `unfit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from math import inf, isfinite
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any, NamedTuple, TypeVar

from dedup.errors import ConfigError, UsageError
from dedup.records import Article

UNLIMITED = 1 << 62  # a limit that never holds
Chosen = TypeVar("Chosen", bound=StrEnum)


class Range(NamedTuple):
    """The values that a numeric setting may have; `ends` tells whether `low` and `high` themselves are among them."""

    low: float
    high: float = inf
    ends: bool = True

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the range."""
        return self.low <= value <= self.high if self.ends else self.low < value < self.high

    def __str__(self) -> str:
        if self.high >= UNLIMITED:
            return f"{self.low:g} or more" if self.ends else f"more than {self.low:g}"
        return f"{self.low:g} to {self.high:g}" + ("" if self.ends else ", ends excluded")


SHARE = Range(0, 1)
BETWEEN = Range(0, 1, ends=False)
POSITIVE = Range(1)
NOT_NEGATIVE = Range(0)


def check_settings(settings: Any, ranges: Mapping[str, Range], default: Range = NOT_NEGATIVE) -> None:
    """Check the numbers and switches of a frozen dataclass of settings, to be called when it has been made.

    A field is checked by its annotation: `bool` is True or False, `int` a whole number, `float` a finite number; other
    fields are left alone. Numbers must lie in the range of that name, or in `default`, and are stored as plain `int`
    and `float`. Raises `ConfigError` naming the field and its range.
    """
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.type == "bool":
            _check_switch(field.name, value)
        elif field.type in ("int", "float"):
            number = checked_number(field.name, value, ranges.get(field.name, default), whole=field.type == "int")
            object.__setattr__(settings, field.name, number)


def _check_switch(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be True or False, not {shown(value)}")


def checked_number(name: str, value: object, allowed: Range, whole: bool = False) -> float:
    """Return a number of the given range as a plain `int` (`whole`) or `float`. Raises `ConfigError`."""
    number = _number(value, whole)
    if number is None:
        raise ConfigError(f"{name} must be a {'whole ' * whole}number, {allowed}, not {shown(value)}")
    if not allowed.holds(number):
        raise ConfigError(f"{name} must be {allowed}, not {shown(value)}")
    return number


def _number(value: object, whole: bool) -> float | None:
    """Return a finite number as a plain one, None for anything else (True and False are no numbers here)."""
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if not isfinite(number) else int(value) if isinstance(value, Integral) and whole else number


def checked_choice(name: str, value: object, choices: type[Chosen]) -> Chosen:
    """Return the member that a value names. Raises `ConfigError` naming all of them."""
    for choice in choices:
        if value == choice:
            return choice
    raise ConfigError(f"{name} must be {' or '.join(repr(choice.value) for choice in choices)}, not {shown(value)}")


def checked_part(name: str, value: object, kind: type) -> None:
    """Raise `ConfigError` unless a nested setting is of its class."""
    if not isinstance(value, kind):
        raise ConfigError(f"{name} must be a dedup.{kind.__name__}, not {shown(value)}")


def require(call: str, value: object, kind: type | tuple[type, ...], takes: str, instead: str = "") -> None:
    """Raise `UsageError` unless an argument is of a type: "`call` takes `takes`, not a str: `instead`"."""
    if not isinstance(value, kind):
        hint = "decode it to a str first" if isinstance(value, bytes | bytearray) else instead
        raise UsageError(f"{call} takes {takes}, not {shown(value)}" + (f": {hint}" if hint else ""))


def require_many(call: str, values: object, takes: str, instead: str) -> None:
    """Raise `UsageError` where an argument that should hold many records is one string or path, or no iterable."""
    if isinstance(values, str | bytes | bytearray | PathLike) or not isinstance(values, Iterable):
        raise UsageError(f"{call} takes {takes}, not {shown(values)}: {instead}")


Paths = str | PathLike[str] | Iterable[str | PathLike[str]]


def checked_paths(call: str, paths: Paths) -> list[str]:
    """Return one path or several as strings. Raises `UsageError` for what is no path."""
    takes, instead = "paths of files and folders", "for dedup.Article records use dedup.scan"
    if isinstance(paths, str | PathLike):
        paths = [paths]
    require_many(call, paths, takes, instead)
    given = list(paths)
    for path in given:
        require(call, path, (str, PathLike), takes, instead)
    return [fspath(path) for path in given]


def require_article(call: str, value: object, instead: str = "make one with dedup.Article(id, text)") -> None:
    """Raise `UsageError` unless the argument of a call is an article with an id and a text that can be used."""
    require(call, value, Article, "dedup.Article records", instead)
    assert isinstance(value, Article)
    if (reason := unfit(value)) and reason != EMPTY:
        raise UsageError(f"{call} cannot use this article: {reason}")


EMPTY = "the text is empty"


def unfit(article: Article) -> str | None:
    """Return why an article that a caller made cannot be used, None where it can."""
    if not isinstance(article.id, str):
        return f"the id is {_type(article.id)}, not a string"
    if not article.id:
        return "the id is empty"
    if not isinstance(article.text, str):
        return f"the text is {_type(article.text)}, not a string"
    if not article.text or article.text.isspace():
        return EMPTY
    for name in ("title", "url", "source"):
        value = getattr(article, name)
        if value is not None and not isinstance(value, str):
            return f"the {name} is {_type(value)}, not a string"
    if article.published is not None and not isinstance(article.published, datetime):
        return f"the field published is {_type(article.published)}, not a datetime"
    return None


def _type(value: object) -> str:
    return "None" if value is None else type(value).__name__


SHOWN = 40  # characters of a wrong value in a message


def shown(value: object) -> str:
    """Return a wrong value for a message: numbers and short strings as they are, of anything else the type."""
    if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= SHOWN):
        return repr(value)[: 2 * SHOWN]
    if isinstance(value, PathLike):
        return "a path"
    kind = type(value).__name__
    if isinstance(value, bytes):
        return kind
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
