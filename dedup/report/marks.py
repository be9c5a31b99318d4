"""Passages side by side, cut into pieces that carry what is to be highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from dedup.records import Evidence, Match, Passage, Span

MOST_CHARACTERS = 6_000  # of a passage on one side; about 1,000 words
SAME = "same"  # kind of a piece that stands word for word on both sides
LEAST_RUN = 3  # words; shorter common runs are found in any two texts about one subject

_WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and its kind: "" (plain), "same", or the type of an evidence."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One passage of both articles; `cut` tells that it was longer than is shown."""

    similarity: float
    left: list[Piece]
    right: list[Piece]
    cut: bool


def side_by_side(match: Match, passage: Passage, left: str, right: str) -> SideBySide:
    """Return a passage of the texts `left` and `right`, with common runs and evidence marked."""
    spans = _shortened(passage.left), _shortened(passage.right)
    marks: tuple[list[tuple[Span, str]], list[tuple[Span, str]]] = ([], [])
    for a, b in _common_runs(left, right, *spans):
        marks[0].append((a, SAME))
        marks[1].append((b, SAME))
    for evidence in match.evidence:
        marks[0].append((evidence.left, evidence.type))
        marks[1].append((evidence.right, evidence.type))
    return SideBySide(
        passage.similarity,
        pieces(left, spans[0], marks[0]),
        pieces(right, spans[1], marks[1]),
        spans != (passage.left, passage.right),
    )


def pieces(text: str, span: Span, marks: Iterable[tuple[Span, str]]) -> list[Piece]:
    """Return the text of a span cut where its marks begin and end; where marks overlap the last one counts."""
    start, end = max(0, span[0]), min(len(text), span[1])
    kinds = [""] * max(0, end - start)
    for (first, last), kind in marks:
        low, high = max(first, start), min(last, end)
        kinds[low - start : max(high, low) - start] = [kind] * max(0, high - low)
    found, at = [], start
    for kind, run in groupby(kinds):
        size = sum(1 for _ in run)
        found.append(Piece(text[at : at + size], kind))
        at += size
    return found


def context(text: str, span: Span, around: int = 60) -> list[Piece]:
    """Return a span with some characters before and after it, in whole words."""
    start = text.rfind(" ", 0, max(0, span[0] - around)) + 1
    end = text.find(" ", span[1] + around)
    return pieces(text, (start, len(text) if end < 0 else end), [(span, "found")])


def counted(evidence: Iterable[Evidence]) -> list[tuple[str, str, str, int]]:
    """Return evidence as (type, left text, right text, times), each difference once, most frequent first."""
    times: dict[tuple[str, str, str], int] = {}
    for e in evidence:
        key = (e.type, e.left_text, e.right_text)
        times[key] = times.get(key, 0) + 1
    return sorted(((*key, n) for key, n in times.items()), key=lambda row: (row[0], -row[3]))


def _shortened(span: Span) -> Span:
    return span[0], min(span[1], span[0] + MOST_CHARACTERS)


def _common_runs(left: str, right: str, left_span: Span, right_span: Span) -> list[tuple[Span, Span]]:
    a, b = list(_WORD.finditer(left, *left_span)), list(_WORD.finditer(right, *right_span))
    matcher = SequenceMatcher(None, [m[0].casefold() for m in a], [m[0].casefold() for m in b])
    return [
        ((a[i].start(), a[i + n - 1].end()), (b[j].start(), b[j + n - 1].end()))
        for i, j, n in matcher.get_matching_blocks()
        if n >= LEAST_RUN
    ]
