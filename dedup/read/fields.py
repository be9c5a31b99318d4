"""Fields of rows: names that exporters give them, found by themselves, and the values made of what stands there.

A row without a usable text is no article. Any other field that cannot be used costs that field, with a warning.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dedup.read.dates import BadDate, When, host_of, needs_order, when
from dedup.read.options import Fields
from dedup.read.session import Session
from dedup.records import Article

Row = Mapping[str, Any]

SAMPLE_ROWS = 100  # rows from which the names of the fields are told
# Names by which each field goes, the likeliest first; capitals, dashes, spaces and underscores do not count.
KNOWN = {
    "text": (
        "text", "body", "content", "articletext", "articlebody", "fulltext", "bodytext", "maintext", "contenttext",
        "textcontent", "articlecontent", "article", "story", "plaintext", "cleantext", "rawtext", "contentrendered",
    ),
    "id": ("id", "articleid", "uuid", "guid", "docid", "documentid", "uid", "identifier", "idarticle"),
    "title": ("title", "headline", "articletitle", "heading", "titlerendered"),
    "url": (
        "url", "link", "href", "permalink", "weburl", "canonicalurl", "articleurl", "sourceurl", "originalurl", "uri",
    ),
    "source": (
        "source", "publisher", "sitename", "site", "publication", "outlet", "newspaper", "sourcename", "publishername",
        "domain", "hostname", "sourcedomain", "feed", "provider",
    ),
    "published": (
        "published", "date", "publishedat", "datepublished", "publishdate", "publishedate", "publisheddate", "pubdate",
        "publicationdate", "datepublish", "publishedtime", "publishedon", "firstpublished", "postdate", "postedat",
        "datetime", "timestamp", "createdat", "time",
    ),
}  # fmt: skip
_TYPES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


class BadRow(Exception):
    """The row cannot be used; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Names:
    """Under which name the rows of one input keep each field; "" for none. `others`: where a row lacks the text."""

    id: str = "id"
    text: str = "text"
    title: str = "title"
    url: str = "url"
    source: str = "source"
    published: str = "published"
    others: tuple[str, ...] = ()

    def wanted(self) -> list[str]:
        """Return the names of all fields that are looked at."""
        return [name for name in (self.id, self.text, self.title, self.url, self.source, self.published) if name] + [
            *self.others
        ]


AS_RECORDED = Names()


def find_names(rows: Sequence[Row], fields: Fields, place: str, session: Session) -> Names:
    """Return the names that the fields have in these first rows of an input: as given, else among the known ones."""
    there: Counter[str] = Counter()
    for row in rows:
        there.update(name for name, value in _flat(row) if not _missing(value))
    session.saw(there, fields)
    session.saw((name for name in _given(fields) if any(value(row, name) is not None for row in rows)), fields)
    found = {name: _candidates(there, name) if given is None else [given] for name, given in _items(fields)}
    names = {name: candidates[0] if candidates else name for name, candidates in found.items()}
    others = tuple(found["text"][1:]) if fields.text is None else ()
    _say(names, fields, place, session)
    return Names(**names, others=others)


def _items(fields: Fields) -> list[tuple[str, str | None]]:
    return [(name, getattr(fields, name)) for name in Fields.__slots__]


def _given(fields: Fields) -> list[str]:
    return [given for _, given in _items(fields) if given]


def _flat(row: Row) -> Iterable[tuple[str, Any]]:
    """Names and values, those of objects in the row as "a.b" too."""
    for name, inner in row.items():
        if isinstance(inner, dict):
            yield from ((f"{name}.{key}", value) for key, value in inner.items())
        else:
            yield name, inner


def _candidates(there: Counter[str], field: str) -> list[str]:
    """Names of a field that are there, the best first: the likeliest of those that half as many rows have as any."""
    known = KNOWN[field]
    found = [(known.index(plain), name) for name in there if (plain := plain_name(name)) in known]
    most = max((there[name] for _, name in found), default=0)
    return [name for rank, name in sorted(found, key=lambda pair: (2 * there[pair[1]] < most, pair[0]))]


def plain_name(name: str) -> str:
    """Return a name of a field as `KNOWN` has it, in small letters and digits alone."""
    return "".join(c for c in name.lower() if c.isalnum())


def _say(names: dict[str, str], fields: Fields, place: str, session: Session) -> None:
    """One line where a field was found under another name than its own."""
    other = {name: found for name, found in names.items() if found and found != name and not getattr(fields, name)}
    if other:
        session.found(place, ", ".join(f"{name} from {found!r}" for name, found in other.items()))


def value(row: Row, name: str) -> Any:
    """Return what stands under a name or a path ("a.b", "a.0.b"); None for nothing."""
    if name in row or "." not in name:
        return row.get(name)
    inner: Any = row
    for part in name.split("."):
        if isinstance(inner, dict):
            inner = inner.get(part)
        elif isinstance(inner, list) and part.isdigit() and int(part) < len(inner):
            inner = inner[int(part)]
        else:
            return None
    return inner


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows of one input become articles."""

    place: str
    names: Names
    max_characters: int
    session: Session

    def article(self, row: Row, number: int, place: str | None = None) -> Article:
        """Return the article of row `number`, which goes by `place` without an id; raises `BadRow` with the reason."""
        text = self._text(row)
        url, source = self._string(row, "url", number), self._string(row, "source", number)
        published = self._published(row, number, source, url)
        return Article(
            id=self._id(row, number) or place or f"{self.place}:{number}",
            text=text,
            title=self._string(row, "title", number),
            url=url,
            source=source,
            published=published.moment if published else None,
            day_only=published.day_only if published else False,
        )

    def warn(self, number: int, what: str) -> None:
        """Count what cost a field of row `number`, but not the article."""
        self.session.warn(self.place, number, what)

    def _text(self, row: Row) -> str:
        for name in (self.names.text, *self.names.others):
            found = value(row, name)
            if isinstance(found, str) and found and not found.isspace():
                if len(found) > self.max_characters:
                    raise BadRow(f"text of {len(found)} characters, more than {self.max_characters}")
                return found
        name = self.names.text
        found = value(row, name)
        if found is None:
            raise BadRow(f"field {name!r} is null" if name in row else f"no field {name!r}")
        wrong = "empty" if isinstance(found, str) else f"{type_of(found)}, not a string"
        raise BadRow(f"field {name!r} is {wrong}")

    def _id(self, row: Row, number: int) -> str | None:
        name = self.names.id
        found = row.get(name) if name else None
        if type(found) is str:  # as nearly always: a path, or another type, is looked at in full
            return found
        found = value(row, name) if name else None
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, float) and found.is_integer():
            return str(int(found))  # as pandas writes whole numbers where one is missing
        self.warn(number, f"field {name!r} is {type_of(found)}, no id")
        return None

    def _string(self, row: Row, column: str, number: int) -> str | None:
        name = getattr(self.names, column)
        found = row.get(name) if name else None
        if type(found) is str:
            return found or None
        found = value(row, name) if name else None
        if isinstance(found, dict) and column == "source":  # {"id": ..., "name": ...}
            found = found.get("name", found)
        if found is None or isinstance(found, str):
            return found or None
        self.warn(number, f"field {name!r} is {type_of(found)}, not a string: no {column}")
        return None

    def _published(self, row: Row, number: int, source: str | None, url: str | None) -> When | None:
        name = self.names.published
        found = value(row, name) if name else None
        if isinstance(found, date):  # of a typed table
            found = found.isoformat()
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            self.warn(number, f"field {name!r} is {type_of(found)}, not a date")
            return None
        return self.when(found, number, source, url)

    def when(self, found: str | float, number: int, source: str | None, url: str | None) -> When | None:
        """Return what a date says, None with a warning for one that says nothing."""
        try:
            return when(found, self.day_first(found, source, url))
        except BadDate as reason:
            self.warn(number, f"a date that is left out: {reason}")
            return None

    def day_first(self, found: object, source: str | None, url: str | None) -> bool | None:
        """Return whether this date begins with the day, by all that is known of its site; it is learnt from too."""
        if not needs_order(found):
            return None
        host = host_of(url)
        self.session.dates.learn(found, source or host)
        return self.session.dates.day_first(source or host, host)


def learn_dates(rows: Iterable[Row], names: Names, session: Session) -> None:
    """Let the dates of these rows tell whether their sites write the day first."""
    for row in rows if names.published else ():
        source, url = (value(row, name) if name else None for name in (names.source, names.url))
        site = source if isinstance(source, str) and source else host_of(url) if isinstance(url, str) else None
        session.dates.learn(value(row, names.published), site)


def type_of(found: object) -> str:
    """Return what a value is, in words."""
    if isinstance(found, float) and not math.isfinite(found):
        return "not a number"
    return "null" if found is None else _TYPES.get(type(found), type(found).__name__)
