"""Tortured phrases: word pairs that news never has, one substitution away from pairs that it has all the time.

A candidate is a word whose pair with a neighbour the background has (almost) never seen, with an alternative that it
has seen there often. Boosted trees (`dedup/data/tortured_ranker.json`, trained by
`benchmarks/training/train_evidence.py`) rank the candidates by counts, associations and frequencies.

Public: `candidates`, `Candidates`, `RankedCandidates`, `find_tortured`, `like`, `Feature`, `FAMILIAR`, `FAMILIAR_NAME`,
`VERSION`, and for compiled callers `find_candidates`, `count_triple`, `uses_in`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag, auto
from functools import cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U64
from dedup.compiled.decorators import borrowing, kernel
from dedup.compiled.hashing import join, mix
from dedup.findings.ranker import Ranker, load_ranker, rank, score_places
from dedup.findings.tortured_options import RARE, Article, article_of, at, options
from dedup.language.background import BREAK, Background, Tables, Total, WordColumn
from dedup.language.lookup import Seen, look_up
from dedup.language.offers import NAME_SHARE, Offers, offers_of
from dedup.language.pair_filter import FREQUENT_TRIPLE, frequent_pairs
from dedup.language.substitutions import Substitutions
from dedup.language.tables import count, find
from dedup.models import Columns
from dedup.records import Finding, Flag, Tokens
from dedup.resources import resource

FREQUENT_PAIR = 15.0  # an expected pair: chosen together with `FREQUENT_TRIPLE` by false alarms on clean news
MOST = 512  # candidates kept of one article, so that garbage cannot fill the memory
# Verbs that only report speech: swapping one for another is a habit of writers, not of spinners.
_REPORTING = "said says say saying told tells added asked noted stated replied wrote explained argued"
REPORTING = frozenset(_REPORTING.split())
# Share of the background's words from which on a word is familiar: of a rarer one, news of the background's country and
# subjects cannot say that it is wrong.
FAMILIAR = 100.0 / 29.4e6
FAMILIAR_NAME = 2000.0 / 29.4e6  # the same of a word that stands there as part of a name (an Audit Office, Hales)
_UPPER = int(Flag.UPPER)
_FUNCTION_COUNT = 60000.0 / 29.4e6  # share of all words from which on a neighbour is a function word: it proves little

VERSION = "tortured-1"


class Feature(Columns):
    """What is measured of a candidate; counts and ratios as natural logarithms.

    Where an alternative comes from is left out on purpose: with it the trees learn to tell the simulated spinners
    apart, and find a third as much in the text of a spinner that they were not trained on.
    """

    LEFT_EXPECTED = auto()  # count of the pair that the alternative makes with the word before
    RIGHT_EXPECTED = auto()
    TRIPLE_EXPECTED = auto()  # with both neighbours
    BEFORE_EXPECTED = auto()  # with the two words before
    AFTER_EXPECTED = auto()  # with the two words after
    LEFT_OBSERVED = auto()  # counts of what stands there
    RIGHT_OBSERVED = auto()
    TRIPLE_OBSERVED = auto()
    LEFT_SHARE = auto()  # of the uses of the word before, those before the alternative
    RIGHT_SHARE = auto()
    WORD = auto()  # counts of the words
    EXPECTED = auto()
    LEFT_WORD = auto()
    RIGHT_WORD = auto()
    LEFT_ASSOCIATION = auto()  # pointwise mutual information of the expected pair
    RIGHT_ASSOCIATION = auto()
    LEFT_MISSING = auto()  # how often the observed pair should have been seen, were it as close as the expected one
    RIGHT_MISSING = auto()
    CAPITAL = auto()  # whether the words are capitalised
    LEFT_CAPITAL = auto()
    RIGHT_CAPITAL = auto()
    OWN_USES = auto()  # uses in the article
    EXPECTED_USES = auto()
    LEFT_FUNCTION = auto()  # whether the neighbours are function words
    RIGHT_FUNCTION = auto()
    NAME_SHARE = auto()  # share of the uses that the background capitalises
    EXPECTED_NAME_SHARE = auto()
    LENGTH = auto()  # words that the alternative stands for


WIDTH = len(Feature)
# What a finding must have more than `Ranker.strong` to be strong, by how many of the three triples that the expected
# word makes the background has. Where it has none, even a frequent pair may mean something else ("story continued
# below" stands on many pages). Chosen together, for fewer false alarms at no fewer hits: docs/notes/strong-findings.md
BY_TRIPLES = (0.3, -0.24, -0.08, -0.24)
_TRIPLES = [int(Feature[name]) for name in ("TRIPLE_EXPECTED", "BEFORE_EXPECTED", "AFTER_EXPECTED")]


class Side(IntFlag):
    """Which pairs tell that a word is wrong; none where only the triple does."""

    LEFT = 1
    RIGHT = 2


_LEFT, _RIGHT = int(Side.LEFT), int(Side.RIGHT)


class Candidates(NamedTuple):
    """Words that may have been swapped: shapes `k` candidates."""

    places: I32  # (k,) index of the token
    lasts: I32  # (k,) index of the last token that one word should stand for; mostly the same
    targets: I32  # (k,) number of the expected word in the substitutions
    sides: I32  # (k,) bits of `Side`
    features: F32  # (k, WIDTH) columns of `Feature`

    @classmethod
    def of(cls, rows: I32, features: F32) -> Candidates:
        """Return what `find_candidates` found."""
        places, lasts, targets, sides = rows
        return cls(places, lasts, targets, sides, features)


class _Counts(NamedTuple):
    """What the background has of a place and of what is expected there."""

    left: np.float32  # the pair with the word before, as it stands
    right: np.float32
    triple: np.float32  # with both neighbours
    left_expected: np.float32
    right_expected: np.float32
    own: float  # the words themselves


@borrowing
def _word(tables: Tables, word: np.uint64) -> tuple[float, float]:
    """Count of a word and the share of its uses that are capitalised."""
    total, capital = 0.0, 0.0
    for layer in range(len(tables.words.layers)):
        row = find(tables.words, np.int64(layer), mix(word))
        if row >= 0:
            uses = tables.counts[tables.words.columns[row, WordColumn.COUNT]]
            total += uses
            capital += uses * tables.words.columns[row, WordColumn.CAPITAL] / 255.0
    return total, capital / max(total, 1.0)


@borrowing
def count_triple(tables: Tables, first: np.uint64, second: np.uint64, third: np.uint64) -> float:
    """How often the background has three words in a row; never across a break."""
    if first == BREAK or second == BREAK or third == BREAK:
        return 0.0
    uses: float = count(tables.triples, join(join(first, second), third), tables.counts)
    return uses


@borrowing
def uses_in(words: U64, word: np.uint64) -> float:
    """How often a word stands among some."""
    n = 0
    for i in range(len(words)):
        n += words[i] == word
    return float(n)


@borrowing
def _describe(row: F32, tables: Tables, article: Article, i: int, last: int, e: np.uint64, seen: _Counts) -> None:
    """Fill the features of expecting `e` for the words `i` to `last`."""
    words, capitals, size = article.words, article.capitals, tables.totals[:, Total.WORDS].sum()
    before, after, far_after = words[i - 1], at(words, last + 1), at(words, last + 2)
    expected, expected_share = _word(tables, e)
    left, right = article.counts[i - 1], article.counts[last + 1] if after != BREAK else np.float32(0)
    left_pair, right_pair = seen.left_expected + 0.1, seen.right_expected + 0.1
    row[Feature.LEFT_EXPECTED] = np.log(1 + seen.left_expected)
    row[Feature.RIGHT_EXPECTED] = np.log(1 + seen.right_expected)
    row[Feature.TRIPLE_EXPECTED] = np.log(1 + count_triple(tables, before, e, after))
    row[Feature.BEFORE_EXPECTED] = np.log(1 + count_triple(tables, at(words, i - 2), before, e))
    row[Feature.AFTER_EXPECTED] = np.log(1 + count_triple(tables, e, after, far_after))
    row[Feature.LEFT_OBSERVED], row[Feature.RIGHT_OBSERVED] = np.log(1 + seen.left), np.log(1 + seen.right)
    row[Feature.TRIPLE_OBSERVED] = np.log(1 + seen.triple)
    row[Feature.LEFT_SHARE] = np.log(left_pair / (left + 10))
    row[Feature.RIGHT_SHARE] = np.log(right_pair / (right + 10))
    row[Feature.WORD], row[Feature.EXPECTED] = np.log(1 + seen.own), np.log(1 + expected)
    row[Feature.LEFT_WORD], row[Feature.RIGHT_WORD] = np.log(1 + left), np.log(1 + right)
    row[Feature.LEFT_ASSOCIATION] = np.log(left_pair * size / ((left + 10) * (expected + 10)))
    row[Feature.RIGHT_ASSOCIATION] = np.log(right_pair * size / ((right + 10) * (expected + 10)))
    own = seen.own + 1
    row[Feature.LEFT_MISSING] = np.log((left + 1) * own / size * left_pair / (left * expected / size + 0.1))
    row[Feature.RIGHT_MISSING] = np.log((right + 1) * own / size * right_pair / (right * expected / size + 0.1))
    row[Feature.CAPITAL], row[Feature.LEFT_CAPITAL] = capitals[i], capitals[i - 1]
    row[Feature.RIGHT_CAPITAL] = capitals[last + 1] if after != BREAK else np.uint8(0)
    row[Feature.OWN_USES], row[Feature.EXPECTED_USES] = uses_in(words, words[i]), uses_in(words, e)
    row[Feature.LEFT_FUNCTION] = left > _FUNCTION_COUNT * size
    row[Feature.RIGHT_FUNCTION] = right > _FUNCTION_COUNT * size
    row[Feature.NAME_SHARE], row[Feature.EXPECTED_NAME_SHARE] = article.shares[i], expected_share
    row[Feature.LENGTH] = last - i + 1


@borrowing
def _phrase_count(tables: Tables, article: Article, i: int, last: int) -> float:
    """How often the background has the words `i` to `last` in a row, at most."""
    words = article.words
    if last == i:
        return float(article.counts[i])
    if last == i + 1:
        return float(article.pairs[i + 1])
    uses: float = count_triple(tables, words[i], words[i + 1], words[i + 2])
    return uses if last == i + 2 else min(uses, count_triple(tables, words[i + 1], words[i + 2], words[i + 3]))


@kernel
def find_candidates(
    tables: Tables, bits: U64, words: U64, origin: I64, single: F64, double: F64, flags: U8,
    substitutions: Substitutions, offers: Offers,
) -> tuple[I32, F32]:  # fmt: skip
    """The fields of `Candidates`, whole numbers in rows, and features."""
    kept, sides, features = np.empty(MOST, np.int64), np.empty(MOST, np.int32), np.zeros((MOST, WIDTH), np.float32)
    article, n = article_of(words, origin, single, double, flags), 0
    found = options(tables, bits, article, substitutions, offers)
    hashes, pairs = substitutions.hashes, article.pairs
    firsts, lasts, targets, lefts, rights = found  # taken out of the tuple once: every access would count references
    for k in range(len(firsts)):
        i, last, e = np.int64(firsts[k]), np.int64(lasts[k]), hashes[targets[k]]
        left_pair, right_pair = lefts[k], rights[k]
        before, after = words[i - 1], at(words, last + 1)
        left = before != BREAK and pairs[i] < RARE and left_pair >= FREQUENT_PAIR
        right = after != BREAK and pairs[last + 1] < RARE and right_pair >= FREQUENT_PAIR
        both = min(left_pair, right_pair) >= FREQUENT_TRIPLE  # no triple is more frequent than its pairs
        if not (left or right or (both and count_triple(tables, before, e, after) >= FREQUENT_TRIPLE)):
            continue
        if n == MOST:
            break
        triple, own = np.float32(count_triple(tables, before, words[i], after)), _phrase_count(tables, article, i, last)
        seen = _Counts(pairs[i], pairs[last + 1], triple, left_pair, right_pair, own)
        _describe(features[n], tables, article, i, last, e, seen)
        kept[n], sides[n], n = k, _LEFT * left | _RIGHT * right, n + 1
    rows = np.empty((4, n), np.int32)
    for c in range(n):
        k = kept[c]
        rows[0, c], rows[1, c], rows[2, c], rows[3, c] = origin[firsts[k]], origin[lasts[k]], targets[k], sides[c]
    return rows, features[:n].copy()


def candidates(
    tokens: Tokens, background: Background, substitutions: Substitutions, bits: U64, seen: Seen | None = None
) -> Candidates:
    """Return the candidates of one article, by place.

    `bits` are the background's `frequent_pairs`, `seen` its `look_up`.
    """
    seen = seen or look_up(tokens, background)
    known = (background.tables, bits, seen.words, seen.origin, seen.singles, seen.doubles, tokens.flags)
    rows, features = find_candidates(*known, substitutions, offers_of(seen, substitutions, bits))
    return Candidates.of(rows, features)


class RankedCandidates(NamedTuple):
    """Candidates, the best of each place (those that are told are among them), and its score."""

    candidates: Candidates
    chosen: I64  # (c,)
    scores: F32  # (c,)


def _ranked(
    tokens: Tokens, background: Background, substitutions: Substitutions, bits: U64, ranker: Ranker, seen: Seen | None
) -> RankedCandidates:
    found = candidates(tokens, background, substitutions, bits, seen)
    odds = rank(found.features, ranker)
    return RankedCandidates(found, *score_places(found.places, odds, len(tokens)))


@cache
def shipped_ranker() -> Ranker:
    """Return the trees that come with the package."""
    return load_ranker(resource("tortured_ranker.json"), Feature.names(), VERSION)


def find_tortured(
    tokens: Tokens,
    background: Background,
    substitutions: Substitutions,
    bits: U64 | None = None,
    ranker: Ranker | None = None,
    seen: Seen | None = None,
    ranked: RankedCandidates | None = None,
) -> Iterator[Finding]:
    """Yield the tortured phrases of one article, the best alternative for each place.

    `ranked`: its candidates, where they are there already.
    """
    ranker = ranker or shipped_ranker()
    bits = frequent_pairs(background.tables) if bits is None else bits
    found, chosen, scores = ranked or _ranked(tokens, background, substitutions, bits, ranker, seen)
    for k, score in zip(chosen.tolist(), scores.tolist(), strict=True):
        if score >= ranker.weak:
            strong = _strong(found.features[k], score - ranker.strong, background.words)
            reporting = substitutions.word(int(found.targets[k])) in REPORTING
            shouted = tokens.flags[found.places[k]] & _UPPER  # headlines and laws have a language of their own
            yield _finding(tokens, substitutions, found, k, strong and not (reporting or shouted))


def _strong(row: F32, above: float, counted: float) -> bool:
    """Whether a finding whose score lies so far above the threshold is strong."""
    proper = row[Feature.EXPECTED_NAME_SHARE] > NAME_SHARE and not row[Feature.CAPITAL]  # white home: no White House
    least = (FAMILIAR_NAME if row[Feature.CAPITAL] else FAMILIAR) * counted
    familiar = np.expm1(row[Feature.WORD]) >= least or row[Feature.LENGTH] > 1
    return bool(above >= BY_TRIPLES[np.count_nonzero(row[_TRIPLES])] and familiar and not proper)


_EXPECTED = {Side.LEFT: Feature.LEFT_EXPECTED, Side.RIGHT: Feature.RIGHT_EXPECTED}


def _finding(tokens: Tokens, substitutions: Substitutions, found: Candidates, k: int, strong: bool) -> Finding:
    """A finding over the swapped words and the neighbours that tell."""
    side, row = Side(int(found.sides[k])), found.features[k]
    first, last = int(found.places[k]), int(found.lasts[k])
    if side == Side.LEFT | Side.RIGHT:
        side = Side.LEFT if row[Feature.LEFT_EXPECTED] >= row[Feature.RIGHT_EXPECTED] else Side.RIGHT
    left = [tokens.word(first - 1)] if side != Side.RIGHT or _named(row, Feature.LEFT_CAPITAL) else []
    right = [tokens.word(last + 1)] if side != Side.LEFT or _named(row, Feature.RIGHT_CAPITAL) else []
    expected = " ".join([*left, like(substitutions.word(int(found.targets[k])), tokens.word(first)), *right])
    begin, end = first - len(left), last + 1 + len(right)
    text = tokens.data[int(tokens.starts[begin]) : int(tokens.ends[end - 1])].decode("utf-8", "surrogatepass")
    times = round(float(np.expm1(row[_EXPECTED.get(side, Feature.TRIPLE_EXPECTED)])))
    reason = f"news says “{expected}” ({times} times in the background), and (almost) never this"
    return Finding("swap", tokens.span(begin, end), text, expected, reason, strong)


def _named(row: F32, neighbour: Feature) -> bool:
    """Whether a neighbour belongs to the name that is expected: the Base of an Air Force Base."""
    usual = row[Feature.TRIPLE_EXPECTED] >= np.log(1 + FREQUENT_TRIPLE)
    return bool(row[Feature.CAPITAL] and row[neighbour] and usual)


def like(word: str, written: str) -> str:
    """A word with the capitals of the one that stands there."""
    if len(written) > 1 and written.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if written[:1].isupper() else word
