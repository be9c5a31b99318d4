"""One input on its way to articles: what every format is given, and what several of them do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from dedup.read.fields import KNOWN, BadRow, Row, Rules, find_names, learn_dates, plain_name
from dedup.read.options import ReadOptions
from dedup.read.session import Session
from dedup.records import Article, Skipped

Placed = tuple[int | None, Article | Skipped]  # line or row, what stands there

BATCH_ROWS = 1000  # rows by which names of fields and the order of dates are told before the first becomes an article
SHOWN_COLUMNS = 20  # names of columns in a reason


class NoArticle(Exception):
    """The input holds no article; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Input:
    """One stream of bytes: the name it goes by, the settings, and what the call of the reader has learnt so far."""

    place: str
    options: ReadOptions
    session: Session

    def whole(self, stream: BinaryIO) -> bytes:
        """Return all bytes of an input that is one article; raises `NoArticle` where they are too many."""
        data = stream.read(self.options.max_bytes + 1)
        if len(data) > self.options.max_bytes:
            raise NoArticle(f"larger than {self.options.max_bytes} bytes")
        return data

    def checked(self, article: Article) -> Article:
        """Return the article; raises `NoArticle` where its text is empty or too long."""
        if not article.text or article.text.isspace():
            raise NoArticle("nothing but white space")
        if len(article.text) > self.options.max_characters:
            raise NoArticle(f"text of {len(article.text)} characters, more than {self.options.max_characters}")
        return article

    def lost(self, characters: int, line: int | None = None) -> None:
        """Count characters that broken bytes cost."""
        if characters:
            self.session.warn(self.place, line, f"{characters} characters lost to broken bytes")


def articles_of(rows: Iterable[tuple[int, Row]], source: Input) -> Iterator[Placed]:
    """Yield the articles of numbered rows; a table without a text is refused as a whole."""
    numbered, rules = iter(rows), None
    while batch := list(islice(numbered, BATCH_ROWS)):
        sample = [row for _, row in batch]
        if rules is None:
            names = find_names(sample, source.options.fields, source.place, source.session)
            if source.options.fields.text is None and (reason := _without_text(sample)):
                yield None, Skipped(source.place, None, reason)
                return
            rules = Rules(source.place, names, source.options.max_characters, source.session)
        learn_dates(sample, rules.names, source.session)
        for number, row in batch:
            try:
                yield number, rules.article(row, number)
            except BadRow as reason:
                yield number, Skipped(source.place, number, str(reason))


def _without_text(rows: list[Row]) -> str | None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    inner = [key for row in rows for value in row.values() if isinstance(value, dict) for key in value]
    if any(plain_name(name) in KNOWN["text"] for name in (*names, *inner)):
        return None
    return f"rows without a text; name its field: {', '.join(map(str, names[:SHOWN_COLUMNS]))}"
