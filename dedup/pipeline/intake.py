"""Articles into the store: from an iterable or from paths, each under an id of its own.

The same id with the same text is a repeat: skipped, and said so. The same id with another text is another article: it
becomes `id#2`, `id#3`, ... in the order read, so that two exports that both number from 1 do not hide each other.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dedup.checks import require, require_many, unfit
from dedup.compiled.arrays import U8, U64
from dedup.engines import progress
from dedup.pipeline.article_store import ArticleStore
from dedup.read import ReadOptions, Session, read_pieces
from dedup.read.fields import Names
from dedup.read.lines import Rows
from dedup.read.reader import OnDisk, Piece
from dedup.records import Article, Skipped

LEFT_OUT = "the report's own folder, not read"  # what the reader says of folders that are left out
ARCHIVE = "against"
ITERABLE = "articles"  # what articles that come from no file go by in `Skipped`
TAKES = "an iterable of dedup.Article records"
INSTEAD = "use dedup.scan_paths for files and folders, dedup.Article(id, text) for a text"

NO_LINE = 0  # of an article that has a file of its own; lines count from 1


class Repeat(NamedTuple):
    """An article that came again, with the same id and the same text."""

    place: str
    line: int | None
    id: str


class Places:
    """Where each article of a store stood: the name of its input and its line; twelve bytes an article."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._inputs, self._lines = array("I"), array("Q")

    def note(self, place: str, lines: Sequence[int]) -> None:
        """Note the places of the next articles, all of one input."""
        number = self._names.setdefault(place, len(self._names))
        self._inputs.extend([number] * len(lines))
        self._lines.extend(lines)

    def __getitem__(self, number: int) -> tuple[str, int | None]:
        """Return the input and the line of an article, None where it is all of its input."""
        return self.names[self._inputs[number]], self._lines[number] or None

    @property
    def names(self) -> list[str]:
        """The names of all inputs that held articles, in the order read."""
        return list(self._names)


class Naming:
    """Gives articles ids of their own, in the order in which they come."""

    def __init__(self, taken: Container[str]) -> None:
        """`taken`: the ids that articles have so far."""
        self._taken = taken
        self._texts: dict[str, set[str]] = {}  # of ids that came more than once
        self._last: dict[str, int] = {}  # the number that such an id was given last

    def begin_archive(self) -> None:
        """Take what follows as the other side: it repeats nothing of what came before."""
        self._texts.clear()

    def name(self, id_: str, text_of: Callable[[], str], first_text: Callable[[], str | None]) -> str | None:
        """Return the id of an article, None where the same text came with it; `first_text` came with it first."""
        if id_ not in self._taken:
            return id_
        if id_ not in self._texts:
            first = first_text()
            self._texts[id_] = set() if first is None else {first}
        text = text_of()
        if text in self._texts[id_]:
            return None
        self._texts[id_].add(text)
        number = self._last.get(id_, 1) + 1
        while f"{id_}#{number}" in self._taken:
            number += 1
        self._last[id_] = number
        return f"{id_}#{number}"


OnTexts = Callable[[range, U8, U64, list[str | None]], None]


class Intake:
    """Settles ids and keeps articles and skipped inputs, in the order in which they come."""

    def __init__(self, on_texts: OnTexts | None = None) -> None:
        """`on_texts` is given the texts of many articles while they are at hand (`ArticleStore.texts`)."""
        self.store = ArticleStore()
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []  # how fields were found, and what was left out of articles, for people
        self._on_texts = on_texts
        self._naming = Naming(self.store.numbers)
        self.places = Places()
        self.repeats: list[Repeat] = []
        self.new: int | None = None  # how many articles came before those of the archive, None without one

    def begin_archive(self) -> None:
        """Take what follows as the archive: an article in it repeats others of the archive only."""
        self.new = len(self.store)
        self._naming.begin_archive()

    def add(self, item: Article | Skipped, place: str, line: int | None) -> None:
        """Take one article; `place` and `line` say where it stood."""
        if isinstance(item, Skipped):
            self.skipped.append(item)
        elif name := self._settle(item.id, lambda: item.text, place, line):
            self.store.add(item if name == item.id else replace(item, id=name))
            self.places.note(place, [line or NO_LINE])
            progress.advance()

    def add_rows(self, rows: Rows, place: str, file: int | None) -> None:
        """Take the rows of a chunk of JSON lines; they stay in the file with this number, or are copied without one."""
        self.skipped += rows.skipped
        progress.advance(len(rows))
        columns = rows.published, rows.source, rows.url
        self.store.attributed |= any(bool(column.offsets[-1]) for column in columns)
        if not self.store.numbers.keys().isdisjoint(rows.ids) or len(set(rows.ids)) < len(rows):
            self._add_one_by_one(rows, place, file)
            return
        first = len(self.store)
        if file is None:
            for row, id_ in enumerate(rows.ids):
                self.store.add_row(id_, rows.line(row), rows.rules.names)
        else:
            self.store.add_places(rows.ids, file, rows.starts, rows.lengths)
        self.places.note(place, rows.lines.tolist())
        if self._on_texts and len(rows):
            self._on_texts(range(first, len(self.store)), rows.text.blob, rows.text.offsets, rows.sources())

    def _add_one_by_one(self, rows: Rows, place: str, file: int | None) -> None:
        """Take the rows of a chunk in which an id comes again."""
        columns = zip(rows.ids, rows.lines.tolist(), rows.starts.tolist(), rows.lengths.tolist(), strict=True)
        for row, (id_, line, start, length) in enumerate(columns):
            name = self._settle(id_, partial(rows.text.__getitem__, row), place, line)
            if name is None:
                continue
            self.places.note(place, [line])
            if file is None:
                self.store.add_row(name, rows.line(row), rows.rules.names)
            else:
                self.store.add_place(name, file, start, length)

    def _settle(self, id_: str, text_of: Callable[[], str], place: str, line: int | None) -> str | None:
        """Return the article's id of its own, None for a repeat."""
        taken = self.store.numbers
        name = self._naming.name(id_, text_of, lambda: self._text_at(taken[id_]))
        if name is None:
            if self.new is None:
                self.repeats.append(Repeat(place, line, id_))
            self.skipped.append(Skipped(place, line, repeated(id_)))
        return name

    def _text_at(self, number: int) -> str | None:
        """Return the text of an article, None of one of the other side: an archive's repeats no new one."""
        return self.store.article(number).text if number >= (self.new or 0) else None


def repeated(id_: str) -> str:
    """Return why an article is skipped that came before."""
    return f"repeats id {id_!r} with the same text"


def store_articles(
    articles: Iterable[Article | Skipped], against: Iterable[Article | Skipped] | None = None, call: str = "scan"
) -> Intake:
    """Return all articles of an iterable, stored, and after them those of an archive.

    Items that are `Skipped` already are passed on, and articles that cannot be used become so. Raises `UsageError`
    for an item that is neither.
    """
    intake = Intake()
    _add_articles(intake, articles, ITERABLE, call)
    if against is not None:
        intake.begin_archive()
        _add_articles(intake, against, ARCHIVE, call)
    intake.store.flush()
    return intake


def _add_articles(intake: Intake, articles: Iterable[Article | Skipped], place: str, call: str) -> None:
    require_many(call, articles, TAKES, INSTEAD)
    for number, item in enumerate(articles, 1):
        require(call, item, (Article, Skipped), TAKES, INSTEAD)
        reason = None if isinstance(item, Skipped) else unfit(item)
        intake.add(Skipped(place, number, reason) if reason else item, place, number)


def store_paths(
    paths: Iterable[str | os.PathLike[str]],
    options: ReadOptions,
    stdin: BinaryIO | None = None,
    on_texts: OnTexts | None = None,
    against: Sequence[str] = (),
) -> Intake:
    """Return all articles of files, folders and standard input (`-`); plain JSONL files stay where they are.

    Those of the archive `against` come after the others; folders of one side that lie in the other are read once, as
    what they were named.
    """
    intake, session = Intake(on_texts), Session()
    intake.store.dates = session.dates
    given = [os.fspath(path) for path in paths]
    rest = replace(options, leave_out=(*options.leave_out, *against))
    _add_pieces(intake, read_pieces(given, rest, stdin, session))
    if against:
        intake.begin_archive()
        inner = replace(options, leave_out=(*options.leave_out, *given), full_names=True)
        _add_pieces(intake, read_pieces(against, inner, stdin, session))
        intake.skipped = [item for item in intake.skipped if item.reason != LEFT_OUT]
    intake.store.flush()
    intake.notes = list(session.notes())
    return intake


def _add_pieces(intake: Intake, pieces: Iterable[tuple[OnDisk, str, Piece]]) -> None:
    files: dict[tuple[str, Names], int] = {}
    for path, name, piece in pieces:
        if not isinstance(piece, Rows):
            intake.add(piece[1], name, piece[0])
            continue
        file = None
        if path is not None:
            key = path, piece.rules.names
            if key not in files:
                files[key] = intake.store.add_file(Path(path), key[1])
            file = files[key]
        intake.add_rows(piece, name, file)
