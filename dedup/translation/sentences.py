"""Sentences of a text in any of the covered scripts, as the encoder takes them. Public: `split`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.records import Span

# Where a sentence ends inside a line: an end mark and what closes it, then a space and no small letter; the marks of
# Chinese and Japanese need no space. Thai has no marks: it is cut at the spaces between its clauses.
_END = re.compile(r"[.!?…؟۔]+[)\]\"'»”’]*\s+(?=[^\sa-zа-яё])|[。！？｡]+[」』”’）)\]]*")
_INITIAL = re.compile(r"(?:^|[\s.(])\w\.$|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Sra?|Mme|Hr|Nr|bzw|ca|ул|г)\.$")
_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
SHORTEST = 16  # characters; in dense scripts that is a whole clause, so it counts double there
LONGEST, LONGEST_THAI = 400, 120  # characters
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def split(text: str) -> list[Span]:
    """Return the sentences of a text as spans in their order, without the space around them.

    What is shorter than a clause goes with what follows in its line; what is longer than `LONGEST` is cut at a space.
    """
    return [span for line in _LINE.finditer(text) for span in _of_line(text, line.start(), line.end())]


def _of_line(text: str, start: int, end: int) -> Iterator[Span]:
    begin = start
    for mark in _END.finditer(text, start, end):
        piece = text[begin : mark.end()].strip()
        if mark.end() < end and (_size(piece) < SHORTEST or _INITIAL.search(piece)):
            continue
        yield from _trimmed(text, begin, mark.end())
        begin = mark.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Return a piece as one span or, where it is too long, as several; nothing where it has no letter or digit."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    longest = LONGEST_THAI if 2 * len(_THAI.findall(piece)) > len(piece) else LONGEST
    while end - start > longest:
        cut = _cut(text, start, min(end, start + LONGEST), longest)
        yield start, cut
        start = cut + 1 if text[cut : cut + 1] == " " else cut
    if any(map(str.isalnum, text[start:end])):
        yield start, end


def _cut(text: str, start: int, end: int, longest: int) -> int:
    """Return where a piece is cut: at the last space of the first `longest` characters, else the next, else `end`."""
    cut = text.rfind(" ", start + longest // 2, start + longest)
    cut = text.find(" ", start + longest, end) if cut < 0 else cut
    return end if cut < 0 else cut


def _size(piece: str) -> int:
    return len(piece) + len(_DENSE.findall(piece[:SHORTEST]))
