"""Evidence on a pair: swapped words, corrupted names, changed numbers, added or lost negations, with both offsets."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import I32, I64, U8, U32
from dedup.compiled.decorators import borrowing, kernel
from dedup.evidence.differences import find_differences
from dedup.evidence.rows import KINDS, Difference, Range, Row
from dedup.evidence.sides import FIRST, LAST, Side
from dedup.records import Evidence, WordAlignment

# Country and adjective whose stems differ: forms of one name, as Ukraine and Ukrainian are.
_IRREGULAR = """
    france french britain british spain spanish poland polish turkey turkish sweden swedish denmark danish
    finland finnish ireland irish scotland scottish switzerland swiss greece greek wales welsh netherlands dutch
    flanders flemish thailand thai iceland icelandic kazakhstan kazakh uzbekistan uzbek afghanistan afghan
    slovakia slovak czechia czech saint st cyprus cypriot peru peruvian norway norwegian europe european congo
    congolese germany german germany germans arabia arab serbia serb croatia croat bulgaria bulgar mongolia mongol
    russia russians philippines philippine
"""
_FORMS = _IRREGULAR.split()
_PAIRS = frozenset(frozenset(pair) for pair in zip(_FORMS[::2], _FORMS[1::2], strict=True))


def differences(left: Side, right: Side, words: WordAlignment) -> I32:
    """Return the differences of two articles as rows by `Row`; shape (d, len(Row))."""
    rows: I32 = find_differences(left, right, words.sentence_pairs, words.sentence_similarity)
    return rows


def to_evidence(left: Side, right: Side, texts: tuple[str, str], rows: I32) -> tuple[Evidence, ...]:
    """Return rows of `differences` as records with character spans and texts."""
    if not len(rows):
        return ()
    kinds, ranges = in_order(rows)
    found: dict[tuple[str, str, str], Evidence] = {}
    for kind, (i, i_end, j, j_end) in zip(kinds.tolist(), spans(left, right, texts, ranges), strict=True):
        type_, a, b = KINDS[kind], texts[0][i:i_end], texts[1][j:j_end]
        key = type_, a.lower(), b.lower()
        if key not in found and not (type_ == "name" and frozenset((_bare(a), _bare(b))) in _PAIRS):
            found[key] = Evidence(type_, (i, i_end), (j, j_end), a, b)
    return tuple(found.values())


def _bare(name: str) -> str:
    return name.lower().removesuffix("'s").removesuffix("’s")


def spans(left: Side, right: Side, texts: tuple[str, str], ranges: I32) -> list[list[int]]:
    """Return the character spans of word ranges, of shape (d, 4), both by `Range`.

    An empty range is the place right before its word.
    """
    places = byte_spans(left.starts, left.ends, right.starts, right.ends, ranges)
    for side, text, column in ((left, texts[0], Range.LEFT_FIRST), (right, texts[1], Range.RIGHT_FIRST)):
        if len(text) < len(side.data):
            to_characters(side.data, places, int(column))
    found: list[list[int]] = places.tolist()
    return found


_RIGHT = int(Range.RIGHT_FIRST)
_TOLD_FIRST = (
    Difference.EXCHANGE, Difference.NAME, Difference.NUMBER, Difference.NEGATION, Difference.DIRECTION, Difference.SWAP
)  # fmt: skip
ORDER = tuple(int(kind) for kind in _TOLD_FIRST)


@kernel
def in_order(rows: I32) -> tuple[I32, I32]:
    """Return kinds (d,) and word ranges (d, 4) by `Range` of rows, by kind as in `ORDER`, then place."""
    kinds, ranges, count = np.empty(len(rows), np.int32), np.empty((len(rows), 4), np.int32), 0
    one = np.empty(4, np.int32)
    for kind in ORDER:
        begin = count
        for k in range(len(rows)):
            if rows[k, Row.KIND] != kind:
                continue
            one[Range.LEFT_FIRST], one[Range.LEFT_LAST] = rows[k, Row.LEFT_FIRST], rows[k, Row.LEFT_LAST]
            one[Range.RIGHT_FIRST], one[Range.RIGHT_LAST] = rows[k, Row.RIGHT_FIRST], rows[k, Row.RIGHT_LAST]
            at = count  # most rows come in order
            while at > begin and _before(one, ranges[at - 1]):
                for c in range(4):
                    ranges[at, c] = ranges[at - 1, c]
                at -= 1
            for c in range(4):
                ranges[at, c] = one[c]
            kinds[count] = kind
            count += 1
    return kinds, ranges


@borrowing
def _before(one: I32, other: I32) -> bool:
    for c in range(4):
        if one[c] != other[c]:
            return bool(one[c] < other[c])
    return False


@kernel
def byte_spans(starts: U32, ends: U32, other_starts: U32, other_ends: U32, ranges: I32) -> I64:
    """Return the byte offsets of word ranges of two articles, both by `Range`; (d, 4) -> (d, 4)."""
    out = np.empty((len(ranges), 4), np.int64)
    for k in range(len(ranges)):
        _byte_span(starts, ends, ranges[k, :_RIGHT], out[k, :_RIGHT])
        _byte_span(other_starts, other_ends, ranges[k, _RIGHT:], out[k, _RIGHT:])
    return out


@borrowing
def _byte_span(starts: U32, ends: U32, words: I32, out: I64) -> None:
    n, first, last = len(starts), words[FIRST], words[LAST]
    start = np.int64(starts[first]) if first < n else (np.int64(ends[n - 1]) if n else np.int64(0))
    out[FIRST], out[LAST] = start, np.int64(ends[last - 1]) if last > first else start


@kernel
def to_characters(data: U8, places: I64, column: int) -> None:
    """Turn the byte offsets in the column and the next into character offsets."""
    before = np.empty(len(data) + 1, np.int32)  # bytes inside characters up to each byte
    count = 0
    for i in range(len(data)):
        before[i] = count
        count += 1 if data[i] & 0xC0 == 0x80 else 0
    before[len(data)] = count
    for k in range(len(places)):
        places[k, column] -= before[places[k, column]]
        places[k, column + 1] -= before[places[k, column + 1]]
