"""CSV and its kin: rows of text with any delimiter, the first of them the names of the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from dedup.read.containers import peek
from dedup.read.encodings import WITH_MARK, decode
from dedup.read.fields import Row
from dedup.read.inputs import Input, NoArticle, Placed, articles_of
from dedup.read.kinds import delimiter_of
from dedup.records import Skipped


class Told(NamedTuple):
    """What the beginning of a table tells of all of it."""

    encoding: str  # Python's name
    delimiter: str


def told(head: bytes) -> Told:
    """Return the encoding and the delimiter of a table. Raises `Undecodable`."""
    whole_lines = head[: head.rfind(b"\n") + 1] or head
    found = decode(whole_lines if head[:2] not in (b"\xff\xfe", b"\xfe\xff") else head[: len(head) // 4 * 4])
    return Told(found.encoding, delimiter_of(found.text, least=2) or ",")


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The articles of a table, one a row; its encoding and its delimiter are told by its beginning."""
    head = peek(stream)
    if not head:
        return
    encoding, mark = told(head)
    text = io.TextIOWrapper(stream, WITH_MARK.get(encoding, encoding), errors="replace", newline="")
    csv.field_size_limit(max(csv.field_size_limit(), source.options.max_bytes))
    try:
        yield from _articles(csv.reader(text, delimiter=mark), source)
    finally:
        text.detach()


def _articles(reader: Iterator[list[str]], source: Input) -> Iterator[Placed]:
    header = next(reader, [])
    names = [name.strip() for name in header]
    if len(set(names) - {""}) < 2:
        raise NoArticle("a table of one column, or none that is known")
    refused: list[Placed] = []
    for item in articles_of(_rows(reader, names, source, refused), source):
        yield from refused
        refused.clear()
        yield item
    yield from refused


def _rows(
    reader: Iterator[list[str]], names: list[str], source: Input, refused: list[Placed]
) -> Iterator[tuple[int, Row]]:
    number = 1  # the header
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as e:
            refused.append((number, Skipped(source.place, number, f"a row that cannot be read ({e})")))
            continue
        if cells is None:
            return
        if cells:
            source.lost(sum(cell.count("\ufffd") for cell in cells), number)
            yield number, dict(zip(names, cells, strict=False))
