"""What is measured of an edit: counts of the pairs and triples on both sides as they are and as they would be, and what
stands beside it.

Public: `Feature`, `VERSION`, and for compiled callers `Triple`, `likely`, `triples`, `describe`.
"""

from __future__ import annotations

from enum import auto

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U64
from dedup.compiled.decorators import borrowing, helper
from dedup.compiled.hashing import SPREAD, mix
from dedup.findings.edit_options import (
    FREQUENT,
    FUNCTION_HASHES,
    MARK_CAPITAL,
    PUT_IN,
    SWAP,
    TAKE_OUT,
    TIMES,
    Article,
    Healers,
    Option,
    Side,
)
from dedup.findings.neighbours import ClassTable, class_of
from dedup.language.background import BREAK, Tables
from dedup.language.lookup import USES_WIDTH, Entry, uses
from dedup.models import Columns

KIND_BITS, INFLECTION_SHIFT = 15, 4  # the sources of a form hold the kind of error below its inflection
_NOTHING = np.uint64(0)
MOST = 256  # candidates kept of one article, so that garbage cannot fill the memory

VERSION = "grammar-1"


class Feature(Columns):
    """What the trees are given of an edit; counts as natural logarithms of 1 more."""

    LEFT_EXPECTED = auto()  # counts of the pairs and triples that the edit makes
    RIGHT_EXPECTED = auto()
    FIRST_EXPECTED = auto()
    MIDDLE_EXPECTED = auto()
    LAST_EXPECTED = auto()
    LEFT_OBSERVED = auto()  # and of those that stand there
    RIGHT_OBSERVED = auto()
    FIRST_OBSERVED = auto()
    MIDDLE_OBSERVED = auto()
    LAST_OBSERVED = auto()
    WORD = auto()  # counts of the word that stands there, of the one that should, and of the neighbours
    EXPECTED = auto()
    LEFT_WORD = auto()
    RIGHT_WORD = auto()
    LEFT_CHANCE = auto()  # how often chance alone would bring the words together that stand there
    RIGHT_CHANCE = auto()
    BEGINS = auto()  # whether a break stands before
    ENDS = auto()
    CAPITAL = auto()  # whether the words are capitalised
    LEFT_CAPITAL = auto()
    RIGHT_CAPITAL = auto()
    LEFT_CLASS = auto()  # `NeighbourClass` of the neighbours
    RIGHT_CLASS = auto()
    EDIT = auto()  # SWAP, PUT_IN or TAKE_OUT
    KIND = auto()  # of a form: bits of the grammatical errors that it heals
    INFLECTION = auto()  # of a form


class Triple(Columns):
    """The triples of an edit: those that it makes, and those that stand there."""

    FIRST_EXPECTED = auto()
    MIDDLE_EXPECTED = auto()
    LAST_EXPECTED = auto()
    FIRST_OBSERVED = auto()
    MIDDLE_OBSERVED = auto()
    LAST_OBSERVED = auto()


WIDTH, TRIPLES = len(Feature), len(Triple)
_FEATURE_OF_TRIPLE = np.array([Feature[triple.name] for triple in sorted(Triple)])


@borrowing
def _at(words: U64, i: np.int64) -> np.uint64:
    return words[i] if 0 <= i < len(words) else BREAK


@helper
def _triple(a: np.uint64, b: np.uint64, c: np.uint64) -> np.uint64:
    """Key of a triple; a break may only come first."""
    return mix(mix(a + mix(b + SPREAD)) + mix(c + SPREAD)) if b != BREAK and c != BREAK else _NOTHING


@helper
def _middles(found: I32, tables: Tables, words: U64) -> F64:
    """How often the background has the function words that are put in between their neighbours; 0 of other edits."""
    keys = np.zeros(len(found), np.uint64)
    for k in range(len(found)):
        if found[k, Option.EDIT] == PUT_IN:
            i = np.int64(found[k, Option.PLACE])
            keys[k] = _triple(words[i - 1], FUNCTION_HASHES[found[k, Option.TARGET]], words[i])
    counts: F64 = uses(tables.triples, keys, tables.counts)[:, Entry.COUNT]
    return counts


@helper
def likely(found: I32, tables: Tables, article: Article) -> I64:
    """Return which edits are ranked: a word is missed only where the background has it in between."""
    counts, kept, n = _middles(found, tables, article.words), np.empty(MOST, np.int64), 0
    for k in range(len(found)):
        here = article.double[np.int64(found[k, Option.PLACE]), Entry.COUNT]
        if n < MOST and (found[k, Option.EDIT] != PUT_IN or counts[k] >= max(FREQUENT, TIMES * here)):
            kept[n], n = k, n + 1
    return kept[:n]


@helper
def triples(found: I32, tables: Tables, words: U64, healers: Healers) -> F64:
    """Return the counts of the triples of each edit; shape (k, 6), columns of `Triple`."""
    forms, keys = healers.forms, np.zeros((len(found), TRIPLES), np.uint64)
    for k in range(len(found)):
        i, edit, target = np.int64(found[k, Option.PLACE]), found[k, Option.EDIT], found[k, Option.TARGET]
        after = np.int64(i + (0 if edit == PUT_IN else 1))
        a, b, c, d = _at(words, i - 2), words[i - 1], _at(words, after), _at(words, after + 1)
        if b == BREAK:
            a = BREAK
        d = d if c != BREAK else BREAK
        if edit == TAKE_OUT:
            keys[k, Triple.FIRST_EXPECTED], keys[k, Triple.LAST_EXPECTED] = _triple(a, b, c), _triple(b, c, d)
        else:
            y = FUNCTION_HASHES[target] if edit == PUT_IN else forms.hashes[forms.targets[target]]
            keys[k, Triple.FIRST_EXPECTED], keys[k, Triple.MIDDLE_EXPECTED] = _triple(a, b, y), _triple(b, y, c)
            keys[k, Triple.LAST_EXPECTED] = _triple(y, c, d)
        if edit == PUT_IN:
            keys[k, Triple.FIRST_OBSERVED], keys[k, Triple.LAST_OBSERVED] = _triple(a, b, c), _triple(b, c, d)
        else:
            x = words[i]
            keys[k, Triple.FIRST_OBSERVED], keys[k, Triple.MIDDLE_OBSERVED] = _triple(a, b, x), _triple(b, x, c)
            keys[k, Triple.LAST_OBSERVED] = _triple(x, c, d)
    seen: F64 = uses(tables.triples, keys.ravel(), tables.counts)
    return seen.reshape((len(found), TRIPLES, USES_WIDTH))[:, :, Entry.COUNT]


@helper
def describe(
    found: I32, pairs: F64, counts: F64, article: Article, healers: Healers, counted: float, classes: ClassTable
) -> F32:
    """Return the features of each edit, shape (k, 26), from the counts of its pairs and triples."""
    rows = np.zeros((len(found), WIDTH), np.float32)
    for k in range(len(found)):
        _describe(rows[k], found[k], pairs[k], article, healers, counted)
        for j in range(TRIPLES):
            rows[k, _FEATURE_OF_TRIPLE[j]] = np.log1p(counts[k, j])
        _describe_neighbours(rows[k], found[k], article, classes)
    return rows


@borrowing
def _describe(row: F32, option: I32, pairs: F64, article: Article, healers: Healers, counted: float) -> None:
    """Fill what the counts of words and pairs tell, and what a form is."""
    single, double = article.single, article.double
    i, edit, at = np.int64(option[Option.PLACE]), option[Option.EDIT], np.int64(option[Option.TARGET])
    after = i + (0 if edit == PUT_IN else 1)
    ends = after >= len(article.words) or article.words[after] == BREAK
    b, c = single[i - 1, Entry.COUNT], 0.0 if ends else single[after, Entry.COUNT]
    here = double[i, Entry.COUNT]
    there = 0.0 if ends else double[i + 1 if edit != PUT_IN else i, Entry.COUNT]
    x, own = 0.0 if edit == PUT_IN else single[i, Entry.COUNT], 0.0
    if edit == PUT_IN:
        own = healers.expected[len(healers.forms.hashes) + at, Entry.COUNT]
    elif edit == SWAP:
        own = healers.expected[np.int64(healers.forms.targets[at]), Entry.COUNT]
        row[Feature.KIND] = healers.forms.sources[at] & KIND_BITS
        row[Feature.INFLECTION] = healers.forms.sources[at] >> INFLECTION_SHIFT
    row[Feature.LEFT_EXPECTED] = np.log1p(pairs[Side.LEFT])
    row[Feature.RIGHT_EXPECTED] = np.log1p(pairs[Side.LEFT] if edit == TAKE_OUT else pairs[Side.RIGHT])
    row[Feature.LEFT_OBSERVED], row[Feature.RIGHT_OBSERVED] = np.log1p(here), np.log1p(there)
    row[Feature.WORD], row[Feature.EXPECTED] = np.log1p(x), np.log1p(own)
    row[Feature.LEFT_WORD], row[Feature.RIGHT_WORD] = np.log1p(b), np.log1p(c)
    row[Feature.LEFT_CHANCE] = np.log1p(b * (c if edit == PUT_IN else x) / counted)
    row[Feature.RIGHT_CHANCE] = np.log1p(c * (b if edit == PUT_IN else x) / counted)


@borrowing
def _describe_neighbours(row: F32, option: I32, article: Article, classes: ClassTable) -> None:
    """Fill what stands beside the edit, and what the edit does."""
    words, marks = article.words, article.marks
    i, edit = np.int64(option[Option.PLACE]), option[Option.EDIT]
    after = i + (0 if edit == PUT_IN else 1)
    ends = after >= len(words) or words[after] == BREAK
    row[Feature.BEGINS], row[Feature.ENDS] = words[i - 1] == BREAK, ends
    row[Feature.CAPITAL], row[Feature.LEFT_CAPITAL] = marks[i] & MARK_CAPITAL, marks[i - 1] & MARK_CAPITAL
    row[Feature.RIGHT_CAPITAL] = 0 if ends else marks[after] & MARK_CAPITAL
    row[Feature.LEFT_CLASS] = class_of(words[i - 1], classes)
    row[Feature.RIGHT_CLASS] = class_of(BREAK if ends else words[after], classes)
    row[Feature.EDIT] = edit
