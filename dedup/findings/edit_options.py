"""Which edits of an article make pairs of words that are frequent, and far more frequent than what stands there.

Public: what an edit does (`SWAP`, `PUT_IN`, `TAKE_OUT`), `FUNCTION_WORDS`, `FUNCTION_HASHES`, the thresholds, and for
compiled callers `Article`, `Layout`, `Healers`, `Option`, `Side`, `marked`, `options`, `keep`, `clashes`.
"""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F64, I32, I64, U8, U32, U64
from dedup.compiled.decorators import borrowing, helper
from dedup.compiled.hashing import SPREAD, hash_word, mix
from dedup.language.alternatives import LEFT, RIGHT, Alternatives, Asked, alternatives
from dedup.language.background import BREAK, NUMBER, Tables
from dedup.language.lookup import Entry, uses
from dedup.language.pair_filter import may_be_frequent
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions, parts_of
from dedup.models import Columns
from dedup.records import Flag

SWAP, PUT_IN, TAKE_OUT = 0, 1, 2  # what an edit does; also a value of a feature, on which the trees were trained

FREQUENT = 15.0  # a pair that may be expected: as for tortured phrases
TIMES = 10.0  # as often as what stands there, at least
MOST_OPTIONS = 3  # pairs looked up a word, on average; an article has about half of one
ROW = 64  # no word has as many alternatives
LOSS = 20.0  # so much rarer a pair may become on one side for the other one's sake
RARE = 3.0  # between two words that are seen side by side this often no word is missed
USUAL = 30.0  # a pair seen this often is in order, on its side
NAME_SHARE = 0.5  # a word that the background capitalises more often is a name
CLASH_WEAK, CLASH = 200.0, 1600.0  # times by chance: .03 and .002 false alarms in 1,000 words of clean news
FUNCTION_WORDS = (
    "the", "a", "of", "to", "in", "an", "on", "at", "by", "for", "from", "with", "and", "that", "is", "was", "as",
)  # fmt: skip
PUT = 4  # the first of them may be missing: the others are missed in too many places where nothing is wrong
FUNCTION_HASHES: U64 = np.array([hash_word(w.encode()) for w in FUNCTION_WORDS], np.uint64)

MARK_CAPITAL, MARK_JOINED, MARK_ODD = 1, 2, 4  # bits of `Article.marks`
_CAPITAL, _UPPER = int(Flag.CAPITAL), int(Flag.UPPER)
_NOTHING = np.uint64(0)
_MISSING, _WRONG = 1, 2  # bits of what may be wrong at a place
_FUNCTION_PARTS = parts_of(FUNCTION_HASHES)
_SPACES = np.zeros(256, np.bool_)
_SPACES[[9, 10, 11, 12, 13, 32, 0xC2, 0xA0]] = True  # bytes of the usual spaces, the one that does not break too


class Option(Columns):
    """Columns of the rows of edits."""

    PLACE = auto()  # index in the normalised words of the word that is changed, or before which one is put in
    EDIT = auto()  # SWAP, PUT_IN or TAKE_OUT
    TARGET = auto()  # row of the alternative in the forms, number of the function word for PUT_IN, -1 for TAKE_OUT


class Side(Columns):
    """Columns of the two pairs that an edit makes; TAKE_OUT makes the left one alone."""

    LEFT = auto()
    RIGHT = auto()


WIDTH, SIDES = len(Option), len(Side)


class Layout(NamedTuple):
    """Where the words of an article stand in its text: arrays of `Tokens`, and the token of each normalised word."""

    origin: I64
    flags: U8
    starts: U32
    ends: U32
    data: U8


class Article(NamedTuple):
    """The normalised words of an article and what the background knows of them. Shapes: `n` words."""

    words: U64  # (n,)
    single: F64  # (n, 4) columns of `Entry`
    double: F64  # (n, 4) columns of `Entry`, of each word after the one before it
    marks: U8  # (n + 1,) bits


class Healers(NamedTuple):
    """The words that may heal, `t` forms and then the function words."""

    forms: Substitutions
    expected: F64  # (t + 17, 4) columns of `Entry`


@helper
def marked(words: U64, single: F64, double: F64, layout: Layout) -> Article:
    """Return an article with its marks.

    Of each word: capital; joined: more than space before it (a hyphen); odd: in capitals, no name (IS, US).
    """
    marks, origin, flags = np.zeros(len(words) + 1, np.uint8), layout.origin, layout.flags
    for i in range(len(words)):
        at = origin[i]
        if at >= 0:
            marks[i] = MARK_CAPITAL if flags[at] & _CAPITAL else 0
            if at > 0 and not _spaced(layout, at):
                marks[i] |= MARK_JOINED
            if flags[at] & _UPPER and single[i, Entry.CAPITAL] <= NAME_SHARE:
                marks[i] |= MARK_ODD
    return Article(words, single, double, marks)


@borrowing
def _spaced(layout: Layout, at: int) -> bool:
    """Whether nothing but spaces stands between a word and the one before it."""
    start, end, others = np.int64(layout.ends[at - 1]), np.int64(layout.starts[at]), 0
    for place in range(start, end):
        others += not _SPACES[layout.data[place]]
    return bool(others == 0 and end > start)


@borrowing
def _put_in(tables: Tables, bits: U64, article: Article, i: int, found: I32, asked: U64, n: int) -> int:
    """Add the function words that may be missing before place `i`; how many rows there are then."""
    before, following = article.words[i - 1], mix(article.words[i] + SPREAD)  # the part of join(…, word) that stays
    for k in range(PUT):
        one, two = mix(before + _FUNCTION_PARTS[k, 1]), mix(_FUNCTION_PARTS[k, 0] + following)
        found[n, Option.PLACE], found[n, Option.EDIT], found[n, Option.TARGET] = i, PUT_IN, k
        asked[n, Side.LEFT], asked[n, Side.RIGHT] = one, two
        n += may_be_frequent(tables, bits, one) & may_be_frequent(tables, bits, two)  # no branch: who could guess?
    return n


@borrowing
def _open_places(article: Article, opened: U8) -> None:
    """Fill what may be wrong at each place: bits `_MISSING` for the place before it, `_WRONG` for the word."""
    words, double, marks, last = article.words, article.double, article.marks, len(article.words) - 1
    for i in range(1, len(words)):
        before, ends = words[i - 1], i == last or words[i + 1] == BREAK
        odd = marks[i - 1] | marks[i] | (0 if ends else marks[i + 1])
        joined = before != BREAK and marks[i] & MARK_JOINED
        if words[i] == BREAK or joined or odd & MARK_ODD:
            continue
        left, right = double[i, Entry.COUNT], USUAL if ends else double[i + 1, Entry.COUNT]
        opened[i] = _MISSING * (left < RARE and before != BREAK)
        if min(left, right) < USUAL and (ends or not marks[i + 1] & MARK_JOINED):
            opened[i] |= _WRONG


@helper
def _swaps(tables: Tables, bits: U64, article: Article, forms: Substitutions, opened: U8) -> Alternatives:
    """The forms that may belong in the place of a word, with the places of the words."""
    words, double, n = article.words, article.double, 0
    places = np.empty(len(words), np.int64)
    for i in range(1, len(words)):
        places[n] = i
        n += bool(opened[i] & _WRONG) & (article.single[i, Entry.CAPITAL] <= NAME_SHARE)
    places = places[:n]
    before, after, sides = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.uint8)
    for d in range(n):
        i = places[d]
        ends = i + 1 >= len(words) or words[i + 1] == BREAK
        before[d], after[d] = words[i - 1], mix((BREAK if ends else words[i + 1]) + SPREAD)
        wanted = not ends and double[i + 1, Entry.COUNT] < USUAL
        sides[d] = LEFT * (double[i, Entry.COUNT] < USUAL) | RIGHT * wanted
    asked = Asked(before, after, rows_of(forms.first, forms.keys, words[places]), sides)
    found = alternatives(tables, bits, asked, forms, MOST_OPTIONS * len(words) + ROW)
    return Alternatives(places[found.places], found.at, found.left, found.right, found.hits)


@borrowing
def _take_out(tables: Tables, bits: U64, article: Article, i: int, found: I32, asked: U64, n: int) -> int:
    """Add that the function word at place `i` may be too many; how many rows there are then."""
    words = article.words
    word, before, after = words[i], words[i - 1], words[i + 1] if i + 1 < len(words) else BREAK
    alone = word != before and word != after  # a doubled word is found as such
    if before != BREAK and after != BREAK and alone and _is_function(word):
        one = mix(before + mix(after + SPREAD))
        if may_be_frequent(tables, bits, one):
            found[n, Option.PLACE], found[n, Option.EDIT], found[n, Option.TARGET] = i, TAKE_OUT, -1
            asked[n, Side.LEFT], asked[n, Side.RIGHT], n = one, _NOTHING, n + 1
    return n


@borrowing
def _is_function(word: np.uint64) -> bool:
    hits = 0
    for other in FUNCTION_HASHES:
        hits += other == word
    return hits > 0


@helper
def options(tables: Tables, bits: U64, article: Article, healers: Healers) -> tuple[I32, F64]:
    """Return rows of `Option` that make a pair that may be frequent, and how often the background has both pairs.

    Shapes (k, 3) and (k, 2), columns of `Side`.
    """
    words, opened = article.words, np.zeros(len(article.words), np.uint8)
    _open_places(article, opened)
    swaps = _swaps(tables, bits, article, healers.forms, opened)
    most, n, k = MOST_OPTIONS * len(words) + len(swaps.at) + ROW, 0, 0
    found, asked = np.empty((most, WIDTH), np.int32), np.empty((most, SIDES), np.uint64)
    for i in range(1, len(words)):
        if not opened[i] or n + ROW > most:
            continue
        if opened[i] & _MISSING:
            n = _put_in(tables, bits, article, i, found, asked, n)
        while k < len(swaps.at) and swaps.places[k] == i:
            found[n, Option.PLACE], found[n, Option.EDIT], found[n, Option.TARGET] = i, SWAP, swaps.at[k]
            asked[n, Side.LEFT], asked[n, Side.RIGHT] = swaps.left[k], swaps.right[k]
            n, k = n + 1, k + 1
        if opened[i] & _WRONG:
            n = _take_out(tables, bits, article, i, found, asked, n)
    seen = uses(tables.pairs, asked[:n].ravel(), tables.counts)[:, Entry.COUNT].copy()
    return found[:n], seen.reshape((n, SIDES))


@helper
def keep(found: I32, seen: F64, article: Article) -> tuple[I32, F64]:
    """Return the options that make a pair that is frequent and far more frequent than what stands there.

    With them the counts of both pairs of each, shape (n, 2), columns of `Side`.
    """
    words, double, n = article.words, article.double, 0
    kept, sides = np.empty(len(found), np.int64), np.empty((len(found), SIDES))
    for k in range(len(found)):
        i, edit = np.int64(found[k, Option.PLACE]), found[k, Option.EDIT]
        left, right = seen[k, Side.LEFT], seen[k, Side.RIGHT]
        ends = i + 1 >= len(words) or words[i + 1] == BREAK
        here, after = double[i, Entry.COUNT], USUAL if ends else double[i + 1, Entry.COUNT]
        if edit == PUT_IN:
            good = min(left, right) >= max(FREQUENT, TIMES * here)
        elif edit == TAKE_OUT:
            good = left >= FREQUENT and left >= TIMES * min(here, after)
        else:
            good = here < USUAL and left >= max(FREQUENT, TIMES * here)
            good = good or (after < USUAL and right >= max(FREQUENT, TIMES * after))
            good = good and left >= here / LOSS and (ends or right >= after / LOSS)
        kept[n], sides[n, Side.LEFT], sides[n, Side.RIGHT] = k, left, right
        n += good
    return found[kept[:n]], sides[:n]


@helper
def clashes(article: Article, counted: float) -> I64:
    """Return where two frequent words meet that never do in the background: the index of the second.

    In lower case and with a space between. `counted` is the number of words of the background.
    """
    words, single, double, marks = article.words, article.single, article.double, article.marks
    found, n = np.empty(len(words), np.int64), 0
    for i in range(1, len(words)):
        if double[i, Entry.COUNT] > 0:
            continue
        plain = (marks[i - 1] & ~MARK_JOINED | marks[i]) == 0 and words[i] != words[i - 1]
        real = words[i] != BREAK and words[i - 1] != BREAK and words[i] != NUMBER and words[i - 1] != NUMBER
        often = single[i, Entry.COUNT] * single[i - 1, Entry.COUNT] >= CLASH_WEAK * counted
        if plain and real and often:
            found[n], n = i, n + 1
    return found[:n]
