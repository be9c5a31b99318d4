"""How surprising each word of an article is to the background, and how much better another word would fit.

An interpolated trigram model with absolute discounting (Ney, Essen, Kneser 1994): P(w|uv) = max(c(uvw) - D, 0) / c(uv)
+ rest(uv) P(w|v), and so on down to words; `rest` is what the pruned tables leave, so each distribution sums to one but
for the rounding of the counts. Stacked backgrounds add their counts.

Public: `read`, `Reading`, `log_probability`, `end_of`.
"""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I64, U64
from dedup.compiled.decorators import borrowing, helper, kernel
from dedup.compiled.hashing import SPREAD, join, mix
from dedup.language.background import BREAK, NUMBER, Background, PairColumn, Tables, Total
from dedup.language.lookup import Entry, Seen, doubles, entries, look_up, pair_keys, singles
from dedup.language.pair_filter import may_be_frequent
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions
from dedup.language.tables import FIRST_COUNT
from dedup.models import Columns
from dedup.records import Tokens

VOCABULARY = 1e6  # unknown words share the probability that is left by the known ones
LONGEST = 1000  # words read of an article: 400 miss light rewrites of long ones (see docs/model-card.md)
NAME_SHARE = 0.5  # a word capitalised in more of its uses is a name
MOST = 8  # alternatives looked up a word, on average; an article has about one
SEEN_WELL = 50.0  # a pair seen this often is no candidate for replacement on that side
NONE: U64 = np.empty(0, np.uint64)
_NOTHING = np.uint64(0)  # typed, for an untyped 0 would make floats of the keys beside it
_PAIR_REST, _FIRST_COUNT = int(PairColumn.REST), FIRST_COUNT


class Reading(NamedTuple):
    """What the language model says of the first `LONGEST` words of an article. Shapes: `n` words, breaks included."""

    words: U64  # (n,) hashes, `NUMBER`, `BREAK`
    origin: I64  # (n,) index of the token, -1 for a break
    surprise: F32  # (n,) -log10 of the probability of the word after the two before it; 0 for a break
    frequency: F32  # (n,) how often the background has the word; 0 for a break
    pair: F32  # (n,) how often it has the word after the one before it; 0 for a break
    triple: F32  # (n,) how often it has the word after the two before it; 0 where a break comes between
    capital: F32  # (n,) share of its uses that are capitalised; 0 where unknown
    gain: F32  # (n,) log10 by which its best alternative makes the stretch more likely, at least 0
    best: I64  # (n,) number of that alternative in the substitutions, -1 for none


class _Word(Columns):
    """Columns of the scratch array that `_read_words` fills, a row a word."""

    SURPRISE = auto()
    FREQUENCY = auto()
    PAIR = auto()
    TRIPLE = auto()
    CAPITAL = auto()
    REST = auto()  # probability that the word leaves to what is not stored after it
    PAIR_REST = auto()  # the same of the word with the one before it
    SINGLE = auto()  # probability of the word by itself
    DOUBLE = auto()  # after the word before it


_WIDTH = len(_Word)
# The columns that `Reading` shows, in the order of its fields.
_SHOWN = np.array([_Word.SURPRISE, _Word.FREQUENCY, _Word.PAIR, _Word.TRIPLE, _Word.CAPITAL])


@helper
def _unigrams(tables: Tables) -> tuple[float, float]:
    """Number of words counted, and the count that one unknown word stands for."""
    counted, unknown = 0.0, 0.0
    for layer in range(len(tables.totals)):
        words = tables.totals[layer, Total.WORDS]
        counted += words
        unknown += words * tables.totals[layer, Total.UNKNOWN]
    return max(counted, 1.0), unknown / VOCABULARY


@borrowing
def _interpolated(less: float, context: float, rest: float, shorter: float) -> float:
    return min(1.0, less / context + rest * shorter) if context > 0 else shorter


@kernel
def _read_words(tables: Tables, words: U64, single: F64, double: F64, keys: U64, scratch: F64) -> None:
    """Fill the scratch array, a row a word: what `Reading` shows, and what the gains are computed from."""
    counted, unknown = _unigrams(tables)
    n = len(words)
    triples = np.zeros(n, np.uint64)
    for i in range(n):
        both = words[i] != BREAK and words[i - 1] != BREAK
        if both and min(double[i, Entry.COUNT], double[i - 1, Entry.COUNT]) > 0:
            triples[i] = join(keys[i - 1], words[i])
    triple = entries(tables.triples, triples, _FIRST_COUNT, tables.counts)
    for i in range(n):
        scratch[i, _Word.FREQUENCY], scratch[i, _Word.REST] = single[i, Entry.COUNT], single[i, Entry.REST]
        if words[i] == BREAK:
            continue
        scratch[i, _Word.CAPITAL] = single[i, Entry.CAPITAL]
        scratch[i, _Word.PAIR], scratch[i, _Word.PAIR_REST] = double[i, Entry.COUNT], double[i, Entry.REST]
        scratch[i, _Word.TRIPLE] = triple[i, Entry.COUNT]
        p = (single[i, Entry.LESS] + unknown) / counted
        scratch[i, _Word.SINGLE] = p
        p = _interpolated(double[i, Entry.LESS], single[i - 1, Entry.COUNT], single[i - 1, Entry.REST], p)
        scratch[i, _Word.DOUBLE] = p
        if words[i - 1] != BREAK:
            p = _interpolated(triple[i, Entry.LESS], double[i - 1, Entry.COUNT], double[i - 1, Entry.REST], p)
        scratch[i, _Word.SURPRISE] = -np.log10(p)


@borrowing
def _own(words: U64, scratch: F64, i: int) -> float:
    """log10 probability of the word at place `i` and of the words after it that see it."""
    total = -float(scratch[i, _Word.SURPRISE])
    for j in range(i + 1, min(i + 3, len(words))):
        if words[j] == BREAK:
            break
        total -= scratch[j, _Word.SURPRISE]
    return total


@borrowing
def _ends(words: U64, i: int) -> bool:
    """Whether a run of words ends with the one at place `i`."""
    return bool(i + 1 >= len(words) or words[i + 1] == BREAK)


@helper
def _replaceable(words: U64, scratch: F64) -> I64:
    """Places of words that are no names, no numbers, and not well seen on both sides."""
    places, n = np.empty(len(words), np.int64), 0
    for i in range(1, len(words)):
        fits = scratch[i, _Word.PAIR] >= SEEN_WELL
        fits = fits and (_ends(words, i) or scratch[i + 1, _Word.PAIR] >= SEEN_WELL)
        name = scratch[i, _Word.CAPITAL] > NAME_SHARE
        if not (fits or words[i] == BREAK or words[i] == NUMBER or name):
            places[n], n = i, n + 1
    return places[:n]


@kernel
def _candidates(
    tables: Tables, words: U64, scratch: F64, substitutions: Substitutions, bits: U64, spared: U64
) -> tuple[I64, I64]:
    """Places and numbers of the alternatives that make a frequent pair with a neighbour of the word.

    Names, numbers, `spared` words and words well seen on both sides have none.
    """
    offsets, targets, hashes = substitutions.offsets, substitutions.targets, substitutions.hashes
    most, n = MOST * len(words) + 1, 0
    places, numbers, replaceable = np.empty(most, np.int64), np.empty(most, np.int64), _replaceable(words, scratch)
    rows = rows_of(substitutions.first, substitutions.keys, words[replaceable])
    for d in range(len(replaceable)):
        i, row = replaceable[d], rows[d]
        if row < 0:
            continue
        at = np.searchsorted(spared, words[i])
        if at < len(spared) and spared[at] == words[i]:
            continue
        ends = _ends(words, i)
        following = mix((BREAK if ends else words[i + 1]) + SPREAD)  # the part of join(word, next) that stays
        for k in range(np.int64(offsets[row]), np.int64(offsets[row + 1])):
            word = hashes[targets[k]]
            left = (words[i - 1] != BREAK) & may_be_frequent(tables, bits, join(words[i - 1], word))
            right = (not ends) & may_be_frequent(tables, bits, mix(word + following))
            places[n], numbers[n] = i, np.int64(targets[k])
            n = min(n + (left | right), len(places) - 1)  # no branch: most are not frequent, but which?
    return places[:n], numbers[:n]


class _Changed(NamedTuple):
    """What the background knows of the n-grams that `c` alternatives make. The triples stand in `triple`."""

    before: F64  # (c, 4) columns of `Entry`: of the alternative after the word before it
    after: F64  # (c, 4) of the word after it
    cells: I64  # (c, 3) where the triple that it ends, holds in its middle and begins stands; 0 for none
    triple: F64  # (t,) counts less the discount; the first is 0


_ENDED, _MIDDLE, _BEGUN = range(3)  # columns of `_Changed.cells`


@helper
def _changed(tables: Tables, words: U64, pairs: U64, scratch: F64, places: I64, changed: U64) -> _Changed:
    """Look up the pairs and triples that the words `changed` make at their places."""
    n, end = len(places), len(words)
    left, right = np.empty(n, np.uint64), np.zeros(n, np.uint64)
    for k in range(n):
        i = places[k]
        left[k] = join(words[i - 1], changed[k])
        if not _ends(words, i):
            right[k] = join(changed[k], words[i + 1])
    before = entries(tables.pairs, left, _PAIR_REST, tables.counts)
    after = entries(tables.pairs, right, _PAIR_REST, tables.counts)
    asked, cells, m = np.empty(3 * n + 1, np.uint64), np.zeros((n, 3), np.int64), 1
    asked[0] = _NOTHING  # what is not asked for is found there
    for k in range(n):
        i, one, two = places[k], before[k, Entry.COUNT] > 0, after[k, Entry.COUNT] > 0
        if one and words[i - 1] != BREAK and scratch[i - 1, _Word.PAIR] > 0:
            asked[m], cells[k, _ENDED], m = join(pairs[i - 1], changed[k]), m, m + 1
        if one and two:
            asked[m], cells[k, _MIDDLE], m = join(left[k], words[i + 1]), m, m + 1
        if two and i + 2 < end and words[i + 2] != BREAK and scratch[i + 2, _Word.PAIR] > 0:
            asked[m], cells[k, _BEGUN], m = join(right[k], words[i + 2]), m, m + 1
    triple = entries(tables.triples, asked[:m], _FIRST_COUNT, tables.counts)[:, Entry.LESS]
    return _Changed(before, after, cells, triple)


@borrowing
def _likelihood(words: U64, scratch: F64, changed: _Changed, k: int, i: int, own: F64, single: float) -> float:
    """Probability of alternative `k` at place `i` and of the two words that follow it in the same run.

    `own` is its row of `Entry`, `single` its probability by itself.
    """
    before, after, cells, triple = changed.before[k], changed.after[k], changed.cells[k], changed.triple
    p = _interpolated(before[Entry.LESS], scratch[i - 1, _Word.FREQUENCY], scratch[i - 1, _Word.REST], single)
    if words[i - 1] != BREAK:
        p = _interpolated(triple[cells[_ENDED]], scratch[i - 1, _Word.PAIR], scratch[i - 1, _Word.PAIR_REST], p)
    if not _ends(words, i):
        q = _interpolated(after[Entry.LESS], own[Entry.COUNT], own[Entry.REST], scratch[i + 1, _Word.SINGLE])
        p *= _interpolated(triple[cells[_MIDDLE]], before[Entry.COUNT], before[Entry.REST], q)
        if not _ends(words, i + 1):
            following = scratch[i + 2, _Word.DOUBLE]
            p *= _interpolated(triple[cells[_BEGUN]], after[Entry.COUNT], after[Entry.REST], following)
    return float(p)


@helper
def _read_gains(
    tables: Tables, words: U64, scratch: F64, places: I64, numbers: I64, own: F64, changed: _Changed
) -> tuple[F32, I64]:
    """Gain of the best alternative of each word, and its number; `own` are the rows of `Entry` of all of them."""
    gain, best = np.zeros(len(words), np.float32), np.full(len(words), -1, np.int64)
    counted, unknown = _unigrams(tables)
    before, after = changed.before, changed.after
    last, top, now = np.int64(-1), 0.0, 0.0  # of the place at hand: its number, most likely alternative, own word
    for k in range(len(places)):
        if before[k, Entry.COUNT] == 0 and after[k, Entry.COUNT] == 0:
            continue
        i, number = places[k], numbers[k]
        single = (own[number, Entry.LESS] + unknown) / counted
        p = _likelihood(words, scratch, changed, k, i, own[number], single)
        if i != last:
            last, top, now = i, 0.0, _own(words, scratch, i)
        if p > top:
            top, better = p, np.log10(p) - now
            if better > gain[i]:
                gain[i], best[i] = better, number
    return gain, best


@kernel
def _read(
    tables: Tables, words: U64, single: F64, double: F64, pairs: U64, substitutions: Substitutions, own: F64,
    bits: U64, spared: U64,
) -> tuple[F32, F32, I64]:  # fmt: skip
    """The fields of `Reading`: those from the scratch array as rows, gain, best."""
    scratch, shown = np.zeros((len(words), _WIDTH)), np.zeros((len(_SHOWN), len(words)), np.float32)
    _read_words(tables, words, single, double, pairs, scratch)
    places, numbers = _candidates(tables, words, scratch, substitutions, bits, spared)
    changed = _changed(tables, words, pairs, scratch, places, substitutions.hashes[numbers])
    gain, best = _read_gains(tables, words, scratch, places, numbers, own, changed)
    for i in range(len(words)):
        if words[i] != BREAK:
            for k in range(len(_SHOWN)):
                shown[k, i] = scratch[i, _SHOWN[k]]
    return shown, gain, best


def end_of(origin: I64, longest: int = LONGEST) -> int:
    """Return how many of the words and breaks are read: the first `longest` words with the breaks around them."""
    return int(np.searchsorted(np.cumsum(origin >= 0), longest, "right")) if len(origin) > longest else len(origin)


def read(
    tokens: Tokens,
    background: Background,
    substitutions: Substitutions,
    bits: U64,
    spared: U64 = NONE,
    longest: int = LONGEST,
    seen: Seen | None = None,
    own: F64 | None = None,
) -> Reading:
    """Return what the language model says of the first `longest` words of an article (breaks not counted).

    `bits` are the background's `frequent_pairs`: an alternative must make one with a neighbour. `spared`: sorted hashes
    of words that no alternative betters, such as spellings of the other side of the Atlantic. `seen`: what `look_up`
    gave for the article, and `own`: what `singles` gave for the substitutions' hashes, if they are there already.
    """
    seen = seen or look_up(tokens, background)
    end = end_of(seen.origin, longest)
    words, origin = seen.words[:end], seen.origin[:end]
    if own is None:
        own = singles(background.tables.words, substitutions.hashes, background.tables.counts)
    known = (seen.singles[:end], seen.doubles[:end], seen.keys[:end])
    shown, gain, best = _read(background.tables, words, *known, substitutions, own, bits, spared)
    surprise, frequency, pair, triple, capital = shown
    return Reading(words, origin, surprise, frequency, pair, triple, capital, gain, best)


def log_probability(background: Background, words: U64) -> F32:
    """Return log10 of the probability of each word after those before it; 0 for a break.

    `words` begin with a break; shape (n,) -> (n,).
    """
    scratch = np.zeros((len(words), _WIDTH))
    tables, keys = background.tables, pair_keys(words)
    single = singles(tables.words, words, tables.counts)
    _read_words(tables, words, single, doubles(tables, keys), keys, scratch)
    result: F32 = -scratch[:, _Word.SURPRISE].astype(np.float32)
    return result
