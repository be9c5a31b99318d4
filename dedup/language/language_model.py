"""How surprising each word of an article is to the background, and how much better another word would fit.

An interpolated trigram model with absolute discounting (Ney, Essen, Kneser 1994): P(w|uv) = max(c(uvw) - D, 0) / c(uv)
+ rest(uv) P(w|v), and so on down to words; `rest` is what the pruned tables leave, so each distribution sums to one but
for the rounding of the counts. Stacked backgrounds add their counts.

Public: `read`, `Reading`, `log_probability`, `end_of`, and for compiled callers `read_offers`.
"""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I64, U64
from dedup.compiled.decorators import borrowing, borrowing_kernel, helper, kernel
from dedup.compiled.hashing import join, mix
from dedup.compiled.intrinsics import address_of, prefetch
from dedup.language.alternatives import LEFT
from dedup.language.background import BREAK, Background, Tables, Total
from dedup.language.lookup import ENTRY_WIDTH, Entry, Seen, doubles, look_up, pair_keys, singles, uses
from dedup.language.offers import SEEN_WELL, Offers, offers_of
from dedup.language.substitutions import Substitutions
from dedup.models import Columns
from dedup.records import Tokens

VOCABULARY = 1e6  # unknown words share the probability that is left by the known ones
LONGEST = 1000  # words read of an article: 400 miss light rewrites of long ones (see docs/model-card.md)
NONE: U64 = np.empty(0, np.uint64)
_NOTHING = np.uint64(0)  # typed, for an untyped 0 would make floats of the keys beside it


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

    @classmethod
    def of(cls, words: U64, origin: I64, shown: F32, best: I64) -> Reading:
        """Return the reading of some words of what `read_offers` gave."""
        surprise, frequency, pair, triple, capital, gain = shown
        return cls(words, origin, surprise, frequency, pair, triple, capital, gain, best)


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
    triple = uses(tables.triples, triples, tables.counts)
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
def _usable(words: U64, scratch: F64, spared: U64, offers: Offers) -> I64:
    """Which offers count: of the words read, but for `spared` ones; of the last one by the word before it alone."""
    kept, n, place, good = np.empty(len(offers.places) + 1, np.int64), 0, -1, False
    for k in range(len(offers.places)):
        if offers.places[k] != place:
            place = offers.places[k]
            if place >= len(words):
                break
            at = np.searchsorted(spared, words[place])
            good = at == len(spared) or spared[at] != words[place]
        told = offers.hits[k] & LEFT and offers.before[k, Entry.COUNT] > 0 and scratch[place, _Word.PAIR] < SEEN_WELL
        kept[n] = k
        n += good and (place < len(words) - 1 or told)
    return kept[:n]


class _Triples(NamedTuple):
    """What the background knows of the triples that `c` alternatives make."""

    cells: I64  # (c, 3) where the triple that it ends, holds in its middle and begins stands; 0 for none
    triple: F64  # (t,) counts less the discount; the first is 0


_ENDED, _MIDDLE, _BEGUN = range(3)  # columns of `_Triples.cells`


@helper
def _triples(
    tables: Tables, words: U64, pairs: U64, scratch: F64, offers: Offers, kept: I64, substitutions: Substitutions
) -> _Triples:
    """Look up the triples that the offers `kept` make at their places."""
    m, end, parts = 1, len(words), substitutions.parts
    asked, cells = np.empty(3 * len(kept) + 1, np.uint64), np.empty((len(kept), 3), np.int64)
    asked[0] = _NOTHING  # what is not asked for is found there
    for c in range(len(kept)):
        i, target = offers.places[kept[c]], offers.targets[kept[c]]
        second, following, last = parts[target, 1], words[min(i + 1, end - 1)], words[min(i + 2, end - 1)]
        one, two = offers.before[kept[c], Entry.COUNT] > 0, offers.after[kept[c], Entry.COUNT] > 0 and i + 1 < end
        ended = one & (words[i - 1] != BREAK) & (scratch[i - 1, _Word.PAIR] > 0)
        asked[m], cells[c, _ENDED] = mix(pairs[i - 1] + second), m * ended
        m += ended
        asked[m], cells[c, _MIDDLE] = join(mix(words[i - 1] + second), following), m * (one & two)
        m += one & two
        begun = two & (i + 2 < end) & (last != BREAK) & (scratch[min(i + 2, end - 1), _Word.PAIR] > 0)
        asked[m], cells[c, _BEGUN] = join(join(parts[target, 0], following), last), m * begun
        m += begun
    return _Triples(cells, uses(tables.triples, asked[:m], tables.counts)[:, Entry.LESS])


@borrowing
def _likelihood(
    words: U64, scratch: F64, before: F64, after: F64, cells: I64, triple: F64, i: int, own: F64, single: float
) -> float:  # fmt: skip
    """Probability of an alternative at place `i` and of the two words that follow it in the same run.

    `own` is its row of `Entry`, `single` its probability by itself.
    """
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
    tables: Tables, words: U64, scratch: F64, own: F64, offers: Offers, kept: I64, triples: _Triples
) -> tuple[F32, I64]:
    """Gain of the best alternative of each word, and its number; `own` are the rows of `Entry` of all of them."""
    gain, best = np.zeros(len(words), np.float32), np.full(len(words), -1, np.int64)
    counted, unknown = _unigrams(tables)
    last, top, now = np.int64(-1), 0.0, 0.0  # of the place at hand: its number, most likely alternative, own word
    for k in kept:
        prefetch(address_of(own) + own.itemsize * ENTRY_WIDTH * offers.targets[k])
    for c in range(len(kept)):
        k = kept[c]
        i, number, before, after = offers.places[k], offers.targets[k], offers.before[k], offers.after[k]
        single = (own[number, Entry.LESS] + unknown) / counted
        cells = triples.cells[c]
        p = _likelihood(words, scratch, before, after, cells, triples.triple, i, own[number], single)
        if i != last:
            last, top, now = i, 0.0, _own(words, scratch, i)
        if p > top:
            top, better = p, np.log10(p) - now
            if better > gain[i]:
                gain[i], best[i] = better, number
    return gain, best


@kernel
def read_offers(
    tables: Tables, words: U64, single: F64, double: F64, pairs: U64, substitutions: Substitutions, own: F64,
    spared: U64, offers: Offers,
) -> tuple[F32, I64]:  # fmt: skip
    """The fields of `Reading` that are computed: rows `surprise` to `gain`, and `best`."""
    scratch, shown = np.zeros((len(words), _WIDTH)), np.zeros((len(_SHOWN) + 1, len(words)), np.float32)
    _read_words(tables, words, single, double, pairs, scratch)
    kept = _usable(words, scratch, spared, offers)
    triples = _triples(tables, words, pairs, scratch, offers, kept, substitutions)
    shown[-1], best = _read_gains(tables, words, scratch, own, offers, kept, triples)
    for i in range(len(words)):
        if words[i] != BREAK:
            for k in range(len(_SHOWN)):
                shown[k, i] = scratch[i, _SHOWN[k]]
    return shown, best


@borrowing_kernel
def end_of(origin: I64, longest: int = LONGEST) -> int:
    """Return how many of the words and breaks are read: the first `longest` words with the breaks around them."""
    words = 0
    for i in range(len(origin)):
        words += origin[i] >= 0
        if words > longest:
            return i
    return len(origin)


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
    offers = offers_of(seen, substitutions, bits)
    shown, best = read_offers(background.tables, words, *known, substitutions, own, spared, offers)
    return Reading.of(words, origin, shown, best)


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
