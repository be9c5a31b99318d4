"""Set expressions and names with one word or both replaced: "fake cognizance" for artificial intelligence.

A candidate is a pair of words that news never has, of which one or both may stand for others that make an expression
of `dedup.language.expressions`. `tortured` looks for one replaced word beside one that stayed, among all pairs that are
frequent; where both were replaced, nothing that stands there tells. Boosted trees (`dedup/data/expression_ranker.json`,
trained by `benchmarks/training/train_expressions.py`) rank the candidates.

Public: `candidates`, `Candidates`, `RankedExpressions`, `find_expressions`, `shipped_ranker`, `KnownExpressions`,
`Feature`, `VERSION`, and for compiled callers `find_replaced`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import auto
from functools import cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U32, U64
from dedup.compiled.decorators import borrowing, inlined, kernel
from dedup.compiled.hashing import hash_word, join
from dedup.findings.ranker import Ranker, load_ranker, rank, score_places
from dedup.findings.tortured import FAMILIAR, FAMILIAR_NAME, count_triple, like, uses_in
from dedup.findings.tortured_options import at
from dedup.language.background import BREAK, NUMBER, Background, Tables, Total
from dedup.language.expressions import (
    FUNCTION_SHARE,
    Expressions,
    Meant,
    expression_row,
    mask_of,
    meant_by,
    shipped_expressions,
)
from dedup.language.lookup import Entry, Seen, look_up, singles
from dedup.language.offers import NAME_SHARE
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions
from dedup.language.tables import count
from dedup.models import Columns
from dedup.records import Finding, Flag, Tokens
from dedup.resources import resource

MOST = 256  # candidates kept of one article, so that garbage cannot fill the memory
_CAPITAL, _UPPER = int(Flag.CAPITAL), int(Flag.UPPER)
_NONE = np.int64(-1)

VERSION = "expressions-1"


class Feature(Columns):
    """What is measured of a candidate; counts and ratios as natural logarithms."""

    ARTICLES = auto()  # of the background that have the expression
    BEFORE_TRIPLE = auto()  # uses of the expression after the word before
    AFTER_TRIPLE = auto()  # and before the word after
    BEFORE_PAIR = auto()  # of the word before with the first expected word
    AFTER_PAIR = auto()  # of the second expected word with the word after
    BEFORE_OBSERVED = auto()  # the same of the words that stand there
    AFTER_OBSERVED = auto()
    FIRST = auto()  # uses of the words
    SECOND = auto()
    FIRST_EXPECTED = auto()
    SECOND_EXPECTED = auto()
    ASSOCIATION = auto()  # pointwise mutual information of the expected pair
    FIRST_SHARE = auto()  # of the uses of the first expected word, those before the second
    SECOND_SHARE = auto()
    MISSING = auto()  # how often the observed pair should have been seen, were it as close as the expected one
    CAPITALS = auto()  # how many of the words are capitalised
    NAME = auto()  # whether the expression is a name
    OWN_USES = auto()  # uses of the rarer replaced word in the article
    EXPECTED_USES = auto()  # of the words expected for them
    REPLACED = auto()  # words that differ: one or two
    OPTIONS = auto()  # pairs of alternatives that there are


WIDTH = len(Feature)


class KnownExpressions(NamedTuple):
    """The expressions, the words of them that others may stand for, and what a background has of these words."""

    expressions: Expressions
    meant: Meant
    singles: F64  # (n, 4) columns of `Entry`

    @staticmethod
    def of(background: Background, substitutions: Substitutions) -> KnownExpressions:
        """The shipped expressions as a background knows their words."""
        shipped, tables = shipped_expressions(), background.tables
        return KnownExpressions(
            shipped, meant_by(substitutions, shipped), singles(tables.words, shipped.hashes, tables.counts)
        )


class Candidates(NamedTuple):
    """Pairs of words that may have been replaced. Shapes: `k` candidates."""

    places: I32  # (k,) index of the token of the first word
    expressions: I32  # (k,) row of the expression that is expected
    firsts: I32  # (k,) row of its first word
    features: F32  # (k, WIDTH) columns of `Feature`

    @classmethod
    def of(cls, numbers: I32, features: F32) -> Candidates:
        """Return what `find_replaced` found."""
        places, expressions, firsts = numbers
        return cls(places, expressions, firsts, features)


class RankedExpressions(NamedTuple):
    """Candidates, the best of each place (those that are told are among them), and its score."""

    candidates: Candidates
    chosen: I64  # (c,)
    scores: F32  # (c,)


class _Article(NamedTuple):
    """The words of one article and what the background knows of them."""

    words: U64
    origin: I64
    single: F64
    double: F64
    flags: U8


class _Rows(NamedTuple):
    """The rows of the words at some places, and of those that follow: in the expressions, in the substitutions."""

    firsts: I64
    seconds: I64
    lefts: I64
    rights: I64


class _Found(NamedTuple):
    """Arrays that candidates are written to."""

    places: I32
    expressions: I32
    firsts: I32
    features: F32


class _Place(NamedTuple):
    """A pair of words that news never has: their rows in the expressions and in the substitutions, -1 for none."""

    first: np.int64
    second: np.int64
    left: np.int64
    right: np.int64


class _Best(NamedTuple):
    """The expression that holds together most of those that may be meant; `row` is -1 where there is none."""

    row: np.int64
    first: np.int64
    second: np.int64
    association: float
    options: np.int64


@borrowing
def _strange(article: _Article, most: float, places: I64) -> int:
    """Fill the places of words that news never has before the next, neither used `most` times, not both of them
    names; how many there are."""
    words, single, double, n = article.words, article.single, article.double, 0
    for i in range(1, len(words) - 1):  # no branch: who could guess?
        places[n] = i
        plain = (words[i] != BREAK) & (words[i + 1] != BREAK) & (words[i] != NUMBER) & (words[i + 1] != NUMBER)
        content = (single[i, Entry.COUNT] < most) & (single[i + 1, Entry.COUNT] < most)
        names = (single[i, Entry.CAPITAL] > NAME_SHARE) & (single[i + 1, Entry.CAPITAL] > NAME_SHARE)
        n += plain & content & (double[i + 1, Entry.COUNT] == 0) & (not names)
    return n


@inlined
def _number(offsets: I64, row: np.int64) -> np.int64:
    return offsets[row + 1] - offsets[row] if row >= 0 else np.int64(0)


@borrowing
def _best(known: KnownExpressions, place: _Place, size: float) -> _Best:
    """The expression that holds together most of those that two words or their alternatives make."""
    expressions, meant, uses = known.expressions, known.meant, known.singles
    lefts, rights = _number(meant.first_offsets, place.left), _number(meant.second_offsets, place.right)
    mask = mask_of(place.second) | (meant.masks[place.right] if place.right >= 0 else np.uint64(0))
    best, most = _Best(_NONE, _NONE, _NONE, 0.0, np.int64(0)), 0.0
    for a in range(-1, lefts):
        x = place.first if a < 0 else meant.firsts[meant.first_offsets[place.left] + a]
        if x < 0 or not expressions.masks[x] & mask:
            continue
        for b in range(-1, rights):
            y = place.second if b < 0 else meant.seconds[meant.second_offsets[place.right] + b]
            if y < 0 or not expressions.masks[x] & mask_of(y):
                continue
            row = expression_row(expressions.seconds, expressions.offsets[x], expressions.offsets[x + 1], y)
            if row < 0:
                continue
            articles = expressions.counts[row]
            association = np.log(articles * size / ((uses[x, Entry.COUNT] + 10) * (uses[y, Entry.COUNT] + 10)))
            if association + np.log(articles) > most:
                best, most = _Best(row, x, y, association, (lefts + 1) * (rights + 1)), association + np.log(articles)
    return best


@borrowing
def _count2(tables: Tables, first: np.uint64, second: np.uint64) -> float:
    if first == BREAK or second == BREAK:
        return 0.0
    uses: float = count(tables.pairs, join(first, second), tables.counts)
    return uses


@borrowing
def _of_neighbours(row: F32, tables: Tables, article: _Article, i: int, x: np.uint64, y: np.uint64) -> None:
    """Fill what the words before and after tell."""
    before, after = article.words[i - 1], at(article.words, i + 2)
    row[Feature.BEFORE_TRIPLE] = np.log(1 + count_triple(tables, before, x, y))
    row[Feature.AFTER_TRIPLE] = np.log(1 + count_triple(tables, x, y, after))
    row[Feature.BEFORE_PAIR] = np.log(1 + _count2(tables, before, x))
    row[Feature.AFTER_PAIR] = np.log(1 + _count2(tables, y, after))
    row[Feature.BEFORE_OBSERVED] = np.log(1 + article.double[i, Entry.COUNT]) if before != BREAK else 0.0
    row[Feature.AFTER_OBSERVED] = np.log(1 + article.double[i + 2, Entry.COUNT]) if after != BREAK else 0.0


@borrowing
def _describe(row: F32, tables: Tables, article: _Article, known: KnownExpressions, i: int, best: _Best) -> None:
    """Fill the features of expecting an expression at the places `i` and `i + 1`."""
    words, x, y = article.words, known.expressions.hashes[best.first], known.expressions.hashes[best.second]
    first, second = article.single[i, Entry.COUNT], article.single[i + 1, Entry.COUNT]
    left, right = known.singles[best.first, Entry.COUNT], known.singles[best.second, Entry.COUNT]
    articles = known.expressions.counts[best.row]
    _of_neighbours(row, tables, article, i, x, y)
    row[Feature.ARTICLES], row[Feature.ASSOCIATION] = np.log(articles), best.association
    row[Feature.FIRST], row[Feature.SECOND] = np.log(1 + first), np.log(1 + second)
    row[Feature.FIRST_EXPECTED], row[Feature.SECOND_EXPECTED] = np.log(1 + left), np.log(1 + right)
    row[Feature.FIRST_SHARE], row[Feature.SECOND_SHARE] = (
        np.log(articles / (left + 10)),
        np.log(articles / (right + 10)),
    )
    row[Feature.MISSING] = np.log(articles * (first + 1) * (second + 1) / ((left + 1) * (right + 1)))
    row[Feature.NAME] = known.expressions.names[best.row]
    own, expected = 1e9, 0.0
    if words[i] != x:
        own, expected = min(own, uses_in(words, words[i])), expected + uses_in(words, x)
    if words[i + 1] != y:
        own, expected = min(own, uses_in(words, words[i + 1])), expected + uses_in(words, y)
    row[Feature.OWN_USES], row[Feature.EXPECTED_USES] = own, expected
    row[Feature.REPLACED] = np.float32(words[i] != x) + np.float32(words[i + 1] != y)
    row[Feature.OPTIONS] = np.log(best.options)


@inlined
def _capital(article: _Article, i: np.int64) -> np.int64:
    return np.int64(article.flags[article.origin[i]] & _CAPITAL != 0)


@borrowing
def _fill(
    found: _Found, tables: Tables, article: _Article, known: KnownExpressions, places: I64, rows: _Rows, size: float
) -> int:
    """Fill the candidates at places whose words have these rows; how many there are."""
    n, expressions = 0, known.expressions
    for p in range(len(places)):
        place = _Place(rows.firsts[p], rows.seconds[p], rows.lefts[p], rows.rights[p])
        best = _best(known, place, size)
        if best.row < 0 or (best.first == place.first and best.second == place.second) or n == len(found.places):
            continue  # nothing, or an expression as it stands
        i = places[p]
        capitals = _capital(article, i) + _capital(article, i + 1)
        if expressions.names[best.row] > capitals // 2:
            continue  # a white home is no White House
        _describe(found.features[n], tables, article, known, i, best)
        found.features[n, Feature.CAPITALS] = np.float32(capitals)
        found.places[n], found.expressions[n], found.firsts[n], n = i, best.row, best.first, n + 1
    return n


@kernel
def find_replaced(
    tables: Tables,
    words: U64,
    origin: I64,
    single: F64,
    double: F64,
    flags: U8,
    starts: U32,
    keys: U64,
    known: KnownExpressions,
) -> tuple[I32, F32]:
    """The fields of `Candidates`, whole numbers in rows, and features."""
    article, size = _Article(words, origin, single, double, flags), tables.totals[:, Total.WORDS].sum()
    places, expressions = np.empty(len(words), np.int64), known.expressions
    places = places[: _strange(article, FUNCTION_SHARE * size, places)]
    here, following = words[places], words[places + 1]
    firsts = rows_of(expressions.starts, expressions.hashes, here)
    seconds = rows_of(expressions.starts, expressions.hashes, following)
    rows = _Rows(firsts, seconds, rows_of(starts, keys, here), rows_of(starts, keys, following))
    most = min(MOST, len(places))
    numbers, features = np.empty((3, most), np.int32), np.zeros((most, WIDTH), np.float32)
    n = _fill(_Found(numbers[0], numbers[1], numbers[2], features), tables, article, known, places, rows, size)
    for k in range(n):
        numbers[0, k] = origin[numbers[0, k]]
    return numbers[:, :n].copy(), features[:n].copy()


def candidates(
    tokens: Tokens,
    background: Background,
    substitutions: Substitutions,
    known: KnownExpressions,
    seen: Seen | None = None,
) -> Candidates:
    """Return the candidates of one article, by place; at each place the expression that holds together most.

    `seen` is the background's `look_up`.
    """
    seen = seen or look_up(tokens, background)
    read = (background.tables, seen.words, seen.origin, seen.singles, seen.doubles, tokens.flags)
    return Candidates.of(*find_replaced(*read, substitutions.first, substitutions.keys, known))


@cache
def shipped_ranker() -> Ranker:
    """Return the trees that come with the package."""
    return load_ranker(resource("expression_ranker.json"), Feature.names(), VERSION)


def _ranked(
    tokens: Tokens, background: Background, substitutions: Substitutions, known: KnownExpressions, seen: Seen | None
) -> RankedExpressions:
    found = candidates(tokens, background, substitutions, known, seen)
    return RankedExpressions(found, *score_places(found.places, rank(found.features, shipped_ranker()), len(tokens)))


def find_expressions(
    tokens: Tokens,
    background: Background,
    substitutions: Substitutions,
    known: KnownExpressions,
    seen: Seen | None = None,
    ranked: RankedExpressions | None = None,
) -> Iterator[Finding]:
    """Yield the expressions of one article of which words were replaced.

    `ranked`: its candidates, where they are there already.
    """
    ranker = shipped_ranker()
    found, chosen, scores = ranked or _ranked(tokens, background, substitutions, known, seen)
    for k, score in zip(chosen.tolist(), scores.tolist(), strict=True):
        if score >= ranker.weak:
            place = int(found.places[k])
            words = known.expressions.written(int(found.expressions[k]), int(found.firsts[k]))
            shouted = tokens.flags[place] & tokens.flags[place + 1] & _UPPER  # headlines have a language of their own
            familiar = _familiar(tokens, place, found.features[k], background.words)
            strong = bool(score >= ranker.strong and not shouted and familiar)
            yield _finding(tokens, place, words, background, strong)


def _familiar(tokens: Tokens, place: int, row: F32, counted: int) -> bool:
    """Whether the background knows both words well enough to say that they are wrong there.

    Of what may be part of a longer name, a National Audit Office, it must know them better.
    """
    around = tokens.flags[max(place - 1, 0) : place + 3] & _CAPITAL
    part = row[Feature.CAPITALS] == 2 and np.count_nonzero(around) > 2
    rarer = float(np.expm1(min(row[Feature.FIRST], row[Feature.SECOND])))
    return rarer >= counted * (FAMILIAR_NAME if part else FAMILIAR)


def _finding(tokens: Tokens, place: int, words: tuple[str, str], background: Background, strong: bool) -> Finding:
    begin, end = int(tokens.starts[place]), int(tokens.ends[place + 1])
    text = tokens.data[begin:end].decode("utf-8", "surrogatepass")
    expected = " ".join(like(word, tokens.word(place + n)) for n, word in enumerate(words))
    times = round(float(background.count2(*(hash_word(word.lower().encode()) for word in words))[0]))
    often = f" ({times} times in the background)" if times else ""  # none of many that are listed by hand
    reason = f"news says “{expected}”{often}, and (almost) never this"
    return Finding("swap", tokens.span(place, place + 2), text, expected, reason, strong)
