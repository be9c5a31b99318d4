"""Evidence on a pair: swapped words, corrupted names, changed numbers, added or lost negations, with both offsets."""

from __future__ import annotations

import numpy as np

from dedup.judge.differences import find_differences
from dedup.judge.prepare import prepare
from dedup.judge.sides import Side
from dedup.judge.slots import sentence_blocks
from dedup.judge.vocabulary import I32, Background
from dedup.records import Evidence, Span, Tokens, WordAlignment

KINDS = ("swap", "name", "number", "negation")  # in the order of `slots.SWAP` and its fellows

# Country and adjective whose stems differ: forms of one name, as Ukraine and Ukrainian are.
_IRREGULAR = """
    france french britain british spain spanish poland polish turkey turkish sweden swedish denmark danish
    finland finnish ireland irish scotland scottish switzerland swiss greece greek wales welsh netherlands dutch
    flanders flemish thailand thai iceland icelandic kazakhstan kazakh uzbekistan uzbek afghanistan afghan
    slovakia slovak czechia czech saint st cyprus cypriot peru peruvian norway norwegian europe european congo
    congolese
"""
_FORMS = _IRREGULAR.split()
_PAIRS = frozenset(frozenset(pair) for pair in zip(_FORMS[::2], _FORMS[1::2], strict=True))


def differences(left: Side, right: Side, words: WordAlignment) -> I32:
    """Rows (kind, left first, left last, right first, right last, context) in word numbers; shape (d, 6)."""
    blocks = sentence_blocks(
        words.sentence_pairs, words.sentence_similarity, len(left.sentences) - 1, len(right.sentences) - 1
    )
    rows: I32 = find_differences(left, right, blocks)
    return rows


def find_evidence(left: Tokens, right: Tokens, words: WordAlignment, frequencies: Background) -> tuple[Evidence, ...]:
    """The differences inside aligned sentences, each once (where it stands first), by type and place.

    Names come first, then numbers, negations and swaps. Nothing is reported outside the aligned sentences.
    """
    rows = differences(prepare(left, frequencies).side, prepare(right, frequencies).side, words)
    return to_evidence(left, right, rows)


def to_evidence(left: Tokens, right: Tokens, rows: I32) -> tuple[Evidence, ...]:
    """Rows of `differences` as records with character spans and texts."""
    if not len(rows):
        return ()
    rows = rows[np.lexsort((rows[:, 4], rows[:, 3], rows[:, 2], rows[:, 1], _ORDER[rows[:, 0]]))]
    left_texts, right_texts = _texts(left, rows[:, 1:3]), _texts(right, rows[:, 3:5])
    left_spans, right_spans = spans(left, rows[:, 1:3]), spans(right, rows[:, 3:5])
    kinds = [KINDS[kind] for kind in rows[:, 0].tolist()]
    found: dict[tuple[str, str, str], Evidence] = {}
    for kind, x, y, a, b in zip(kinds, left_spans, right_spans, left_texts, right_texts, strict=True):
        key = kind, a.lower(), b.lower()
        if key not in found and not (kind == "name" and frozenset((_bare(a), _bare(b))) in _PAIRS):
            found[key] = Evidence(kind, x, y, a, b)
    return tuple(found.values())


_ORDER = np.array([3, 0, 1, 2])  # names first, then numbers, negations and swaps


def _bare(name: str) -> str:
    return name.lower().removesuffix("'s").removesuffix("’s")


def spans(tokens: Tokens, ranges: I32) -> list[Span]:
    """Character spans of word ranges; an empty range is the place right before its word."""
    n = len(tokens)
    edge = np.append(tokens.starts, tokens.ends[-1] if n else 0)
    starts = tokens.characters(edge[ranges[:, 0]])
    ends = tokens.characters(np.where(ranges[:, 1] > ranges[:, 0], tokens.ends[ranges[:, 1] - 1], edge[ranges[:, 0]]))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _texts(tokens: Tokens, ranges: I32) -> list[str]:
    empty = ranges[:, 1] <= ranges[:, 0]
    starts = np.where(empty, 0, tokens.starts[np.minimum(ranges[:, 0], len(tokens) - 1)]).tolist()
    ends = np.where(empty, 0, tokens.ends[ranges[:, 1] - 1]).tolist()
    return [tokens.data[a:b].decode("utf-8", "surrogatepass") for a, b in zip(starts, ends, strict=True)]
