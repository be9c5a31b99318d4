"""Articles into the store: from an iterable or from paths, each under an id of its own.

The same id with the same text is a repeat: skipped, and said so. The same id with another text is another article: it
becomes `id#2`, `id#3`, ... in the order read, so that two exports that both number from 1 do not hide each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dedup.checks import require, require_many, unfit
from dedup.compiled.arrays import U8, U64
from dedup.pipeline.article_store import ArticleStore
from dedup.read import ReadOptions, read_pieces
from dedup.read.files import STDIN, Found
from dedup.read.lines import Rows
from dedup.records import Article, Skipped

ITERABLE = "articles"  # what articles that come from no file go by in `Skipped`
TAKES = "an iterable of dedup.Article records"
INSTEAD = "use dedup.scan_paths for files and folders, dedup.Article(id, text) for a text"

OnTexts = Callable[[range, U8, U64, list[str | None]], None]


class Intake:
    """Settles ids and keeps articles and skipped inputs, in the order in which they come."""

    def __init__(self, options: ReadOptions | None = None, on_texts: OnTexts | None = None) -> None:
        """`on_texts` is given the texts of many articles while they are at hand (`ArticleStore.texts`)."""
        self.store = ArticleStore()
        self.skipped: list[Skipped] = []
        self._fields = (options or ReadOptions()).fields
        self._on_texts = on_texts
        self._texts: dict[str, set[str]] = {}  # of ids that came more than once
        self._last: dict[str, int] = {}  # the number that such an id was given last

    def add(self, item: Article | Skipped, place: str, line: int | None) -> None:
        """Take one article; `place` and `line` say where it stood."""
        if isinstance(item, Skipped):
            self.skipped.append(item)
        elif name := self._settle(item.id, lambda: item.text, place, line):
            self.store.add(item if name == item.id else replace(item, id=name))

    def add_rows(self, rows: Rows, place: str, file: int | None) -> None:
        """Take the rows of a chunk of JSON lines; they stay in the file with this number, or are copied without one."""
        self.skipped += rows.skipped
        columns = rows.published, rows.source, rows.url
        self.store.attributed |= any(bool(column.offsets[-1]) for column in columns)
        if not self.store.numbers.keys().isdisjoint(rows.ids) or len(set(rows.ids)) < len(rows):
            self._add_one_by_one(rows, place, file)
            return
        first = len(self.store)
        if file is None:
            for row, id_ in enumerate(rows.ids):
                self.store.add_row(id_, rows.line(row), self._fields)
        else:
            self.store.add_places(rows.ids, file, rows.starts, rows.lengths)
        if self._on_texts and len(rows):
            self._on_texts(range(first, len(self.store)), rows.text.blob, rows.text.offsets, rows.sources())

    def _add_one_by_one(self, rows: Rows, place: str, file: int | None) -> None:
        """Take the rows of a chunk in which an id comes again."""
        columns = zip(rows.ids, rows.lines.tolist(), rows.starts.tolist(), rows.lengths.tolist(), strict=True)
        for row, (id_, line, start, length) in enumerate(columns):
            name = self._settle(id_, partial(rows.text.__getitem__, row), place, line)
            if name is None:
                continue
            if file is None:
                self.store.add_row(name, rows.line(row), self._fields)
            else:
                self.store.add_place(name, file, start, length)

    def _settle(self, id_: str, text_of: Callable[[], str], place: str, line: int | None) -> str | None:
        """Return the article's id of its own, None for a repeat."""
        taken = self.store.numbers
        if id_ not in taken:
            return id_
        texts = self._texts.setdefault(id_, {self.store.article(taken[id_]).text})
        text = text_of()
        if text in texts:
            self.skipped.append(Skipped(place, line, f"repeats id {id_!r} with the same text"))
            return None
        texts.add(text)
        number = self._last.get(id_, 1) + 1
        while f"{id_}#{number}" in taken:
            number += 1
        self._last[id_] = number
        return f"{id_}#{number}"


def store_articles(articles: Iterable[Article | Skipped]) -> Intake:
    """Return all articles of an iterable, stored.

    Items that are `Skipped` already are passed on, and articles that cannot be used become so. Raises `UsageError`
    for an item that is neither.
    """
    require_many("scan", articles, TAKES, INSTEAD)
    intake = Intake()
    for number, item in enumerate(articles, 1):
        require("scan", item, (Article, Skipped), TAKES, INSTEAD)
        reason = None if isinstance(item, Skipped) else unfit(item)
        intake.add(Skipped(ITERABLE, number, reason) if reason else item, ITERABLE, number)
    intake.store.flush()
    return intake


def store_paths(
    paths: Iterable[str | os.PathLike[str]],
    options: ReadOptions,
    stdin: BinaryIO | None = None,
    on_texts: OnTexts | None = None,
) -> Intake:
    """Return all articles of files, folders and standard input (`-`); plain JSONL files stay where they are."""
    intake = Intake(options, on_texts)
    files: dict[Found, int] = {}
    for found, name, piece in read_pieces(paths, options, stdin):
        if not isinstance(piece, Rows):
            intake.add(piece[1], name, piece[0])
            continue
        file = None
        if found and found.path != STDIN and not found.zipped:
            if found not in files:
                files[found] = intake.store.add_file(Path(found.path), options.fields)
            file = files[found]
        intake.add_rows(piece, name, file)
    intake.store.flush()
    return intake
