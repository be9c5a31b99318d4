"""How surprising each word of an article is to the background, and how much better another word would fit.

An interpolated trigram model with absolute discounting (Ney, Essen, Kneser 1994): P(w|uv) = max(c(uvw) - D, 0) / c(uv)
+ rest(uv) P(w|v), and so on down to words; `rest` is what the pruned tables leave, so each distribution sums to one but
for the rounding of the counts. Stacked backgrounds add their counts.

Public: `read`, `Reading`, `log_probability`, `reference_log_probability`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I64, U32, U64
from dedup.compiled.decorators import helper, kernel
from dedup.language.background import BREAK, DISCOUNT, NUMBER, Background, Tables
from dedup.language.lookup import Seen, entries, look_up, pair_keys, rows_of, singles
from dedup.language.pair_filter import may_be_frequent
from dedup.language.substitutions import Synonyms
from dedup.language.tables import SPREAD, Table, find, join, mix
from dedup.records import Tokens

VOCABULARY = 1e6  # unknown words share the probability that is left by the known ones
LONGEST = 1000  # words read of an article: 400 miss light rewrites of long ones (see docs/model-card.md)
NAME_SHARE = 0.5  # a word capitalised in more of its uses is a name (DESIGN finding 5)
MOST = 8  # alternatives looked up a word, on average; an article has about one
SEEN_WELL = 50.0  # a pair seen this often is no candidate for replacement on that side
NONE: U64 = np.empty(0, np.uint64)
_BREAK, _NUMBER = BREAK, NUMBER
_NOTHING = np.uint64(0)  # typed, for an untyped 0 would make floats of the keys beside it
_D = np.float64(DISCOUNT)


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
    best: I64  # (n,) number of that alternative in the synonyms, -1 for none


# Columns of the scratch array that `_read_words` fills; the first five are also fields of `Reading`.
_SURPRISE, _FREQUENCY, _PAIR, _TRIPLE, _CAPITAL, _REST, _PAIR_REST, _SINGLE, _DOUBLE = range(9)


@helper
def _unigrams(tables: Tables) -> tuple[float, float]:
    """Number of words counted, and the count that one unknown word stands for."""
    counted, unknown = 0.0, 0.0
    for layer in range(len(tables.totals)):
        counted += tables.totals[layer, 0]
        unknown += tables.totals[layer, 0] * tables.totals[layer, 1]
    return max(counted, 1.0), unknown / VOCABULARY


@kernel
def _interpolated(less: float, context: float, rest: float, shorter: float) -> float:
    return min(1.0, less / context + rest * shorter) if context > 0 else shorter


@kernel
def _read_words(tables: Tables, words: U64, single: F64, double: F64, keys: U64, scratch: F64) -> None:
    """Fill the scratch array, a row a word: what `Reading` shows, and what the gains are computed from."""
    counted, unknown = _unigrams(tables)
    n = len(words)
    triples = np.zeros(n, np.uint64)
    for i in range(n):
        if words[i] != _BREAK and words[i - 1] != _BREAK and min(double[i, 0], double[i - 1, 0]) > 0:
            triples[i] = join(keys[i - 1], words[i])
    triple = entries(tables.triples, triples, 0, tables.counts)
    for i in range(n):
        scratch[i, _FREQUENCY], scratch[i, _REST] = single[i, 0], single[i, 1]
        if words[i] == _BREAK:
            continue
        scratch[i, _CAPITAL] = single[i, 3]
        scratch[i, _PAIR], scratch[i, _PAIR_REST], scratch[i, _TRIPLE] = double[i, 0], double[i, 1], triple[i, 0]
        scratch[i, _SINGLE] = (single[i, 2] + unknown) / counted
        p = _interpolated(double[i, 2], single[i - 1, 0], single[i - 1, 1], scratch[i, _SINGLE])
        scratch[i, _DOUBLE] = p
        if words[i - 1] != _BREAK:
            p = _interpolated(triple[i, 2], double[i - 1, 0], double[i - 1, 1], p)
        scratch[i, _SURPRISE] = -np.log10(p)


@helper
def _own(words: U64, scratch: F64, i: int) -> float:
    """log10 probability of the word at place `i` and of the words after it that see it."""
    total = -float(scratch[i, _SURPRISE])
    for j in range(i + 1, min(i + 3, len(words))):
        if words[j] == _BREAK:
            break
        total -= scratch[j, _SURPRISE]
    return total


@kernel
def _candidates(
    tables: Tables,
    words: U64,
    scratch: F64,
    first: U32,
    keys: U64,
    offsets: U32,
    targets: NDArray[np.uint16],
    hashes: U64,
    bits: U64,
    spared: U64,
) -> tuple[I64, I64]:
    """Places and numbers of the alternatives that make a frequent pair with a neighbour of the word.

    Names, numbers, `spared` words and words well seen on both sides have none.
    """
    most = MOST * len(words) + 1
    places, numbers = np.empty(most, np.int64), np.empty(most, np.int64)
    doubtful, wanted, n = np.empty(len(words), np.int64), np.empty(len(words), np.uint64), 0
    for i in range(1, len(words)):
        ends = i + 1 >= len(words) or words[i + 1] == _BREAK
        fits = scratch[i, _PAIR] >= SEEN_WELL and (ends or scratch[i + 1, _PAIR] >= SEEN_WELL)
        if not (fits or words[i] == _BREAK or words[i] == _NUMBER or scratch[i, _CAPITAL] > NAME_SHARE):
            doubtful[n], wanted[n], n = i, words[i], n + 1
    rows, doubtful, n = rows_of(first, keys, wanted[:n]), doubtful[:n], 0
    for d in range(len(doubtful)):
        i, row = doubtful[d], rows[d]
        if row < 0:
            continue
        ends = i + 1 >= len(words) or words[i + 1] == _BREAK
        at = np.searchsorted(spared, words[i])
        if at < len(spared) and spared[at] == words[i]:
            continue
        following = mix((_BREAK if ends else words[i + 1]) + SPREAD)  # the part of join(word, next) that stays
        for k in range(np.int64(offsets[row]), np.int64(offsets[row + 1])):
            word = hashes[targets[k]]
            left = (words[i - 1] != _BREAK) & may_be_frequent(tables, bits, join(words[i - 1], word))
            right = (not ends) & may_be_frequent(tables, bits, mix(word + following))
            places[n], numbers[n] = i, np.int64(targets[k])
            n = min(n + (left | right), len(places) - 1)  # no branch: most are not frequent, but which?
    return places[:n], numbers[:n]


@helper
def _read_gains(
    tables: Tables, words: U64, pairs: U64, scratch: F64, places: I64, numbers: I64, hashes: U64, own: F64
) -> tuple[F32, I64]:
    """Gain of the best alternative of each word, and its number.

    An alternative changes the probability of its own place and of the two that follow in the same run of words.
    """
    gain, best = np.zeros(len(words), np.float32), np.full(len(words), -1, np.int64)
    counted, unknown = _unigrams(tables)
    n, end = len(places), len(words)
    left, right = np.empty(n, np.uint64), np.zeros(n, np.uint64)
    for k in range(n):
        i, word = places[k], hashes[numbers[k]]
        left[k] = join(words[i - 1], word)
        if i + 1 < end and words[i + 1] != _BREAK:
            right[k] = join(word, words[i + 1])
    before, after = entries(tables.pairs, left, 1, tables.counts), entries(tables.pairs, right, 1, tables.counts)
    asked, slot, m = np.empty(3 * n + 1, np.uint64), np.empty((n, 3), np.int64), 1
    asked[0] = _NOTHING  # what is not asked for is found there
    for k in range(n):
        i, word = places[k], hashes[numbers[k]]
        slot[k] = 0
        if before[k, 0] > 0 and words[i - 1] != _BREAK and scratch[i - 1, _PAIR] > 0:
            asked[m], slot[k, 0], m = join(pairs[i - 1], word), m, m + 1
        if before[k, 0] > 0 and after[k, 0] > 0:
            asked[m], slot[k, 1], m = join(left[k], words[i + 1]), m, m + 1
        if after[k, 0] > 0 and i + 2 < end and words[i + 2] != _BREAK and scratch[i + 2, _PAIR] > 0:
            asked[m], slot[k, 2], m = join(right[k], words[i + 2]), m, m + 1
    triple = entries(tables.triples, asked[:m], 0, tables.counts)[:, 2]
    last, top, now = np.int64(-1), 0.0, 0.0  # of the place at hand: its number, most likely alternative, own word
    for k in range(n):
        if before[k, 0] == 0 and after[k, 0] == 0:
            continue
        i = places[k]
        p = (own[numbers[k], 2] + unknown) / counted
        p = _interpolated(before[k, 2], scratch[i - 1, _FREQUENCY], scratch[i - 1, _REST], p)
        if words[i - 1] != _BREAK:
            p = _interpolated(triple[slot[k, 0]], scratch[i - 1, _PAIR], scratch[i - 1, _PAIR_REST], p)
        if i + 1 < end and words[i + 1] != _BREAK:
            q = _interpolated(after[k, 2], own[numbers[k], 0], own[numbers[k], 1], scratch[i + 1, _SINGLE])
            p *= _interpolated(triple[slot[k, 1]], before[k, 0], before[k, 1], q)
            if i + 2 < end and words[i + 2] != _BREAK:
                p *= _interpolated(triple[slot[k, 2]], after[k, 0], after[k, 1], scratch[i + 2, _DOUBLE])
        if i != last:
            last, top, now = i, 0.0, _own(words, scratch, i)
        if p > top:
            top, better = p, np.log10(p) - now
            if better > gain[i]:
                gain[i], best[i] = better, numbers[k]
    return gain, best


@kernel
def _read(
    tables: Tables,
    words: U64,
    single: F64,
    double: F64,
    pairs: U64,
    first: U32,
    keys: U64,
    offsets: U32,
    targets: NDArray[np.uint16],
    hashes: U64,
    own: F64,
    bits: U64,
    spared: U64,
) -> tuple[F32, F32, I64]:
    """The fields of `Reading`: those from the scratch array as rows, gain, best."""
    scratch, shown = np.zeros((len(words), 9)), np.zeros((5, len(words)), np.float32)
    _read_words(tables, words, single, double, pairs, scratch)
    places, numbers = _candidates(tables, words, scratch, first, keys, offsets, targets, hashes, bits, spared)
    gain, best = _read_gains(tables, words, pairs, scratch, places, numbers, hashes, own)
    for i in range(len(words)):
        if words[i] != _BREAK:
            for k in range(5):
                shown[k, i] = scratch[i, k]
    return shown, gain, best


def end_of(origin: I64, longest: int = LONGEST) -> int:
    """How many of the words and breaks are read: the first `longest` words with the breaks before and after them."""
    return int(np.searchsorted(np.cumsum(origin >= 0), longest, "right")) if len(origin) > longest else len(origin)


def read(
    tokens: Tokens,
    background: Background,
    synonyms: Synonyms,
    bits: U64,
    spared: U64 = NONE,
    longest: int = LONGEST,
    seen: Seen | None = None,
    own: F64 | None = None,
) -> Reading:
    """Read the first `longest` words of an article (breaks not counted) with the language model.

    `bits` are the background's `frequent_pairs`: an alternative must make one with a neighbour. `spared`: sorted hashes
    of words that no alternative betters, such as spellings of the other side of the Atlantic. `seen`: what `look_up`
    gave for the article, and `own`: what `singles` gave for the synonyms' hashes, if they are there already.
    """
    seen = seen or look_up(tokens, background)
    end = end_of(seen.origin, longest)
    words, origin = seen.words[:end], seen.origin[:end]
    if own is None:
        own = singles(background.tables.words, synonyms.hashes, background.tables.counts)
    shown, gain, best = _read(
        background.tables, words, seen.singles[:end], seen.doubles[:end], seen.keys[:end], synonyms.first,
        synonyms.keys, synonyms.offsets, synonyms.targets, synonyms.hashes, own, bits, spared,
    )  # fmt: skip
    surprise, frequency, pair, triple, capital = shown
    return Reading(words, origin, surprise, frequency, pair, triple, capital, gain, best)


def log_probability(background: Background, words: U64) -> F32:
    """log10 of the probability of each word after those before it; 0 for a break. `words` begin with a break."""
    scratch = np.zeros((len(words), 9))
    tables, keys = background.tables, pair_keys(words)
    single, double = singles(tables.words, words, tables.counts), entries(tables.pairs, keys, 1, tables.counts)
    _read_words(tables, words, single, double, keys, scratch)
    result: F32 = -scratch[:, _SURPRISE].astype(np.float32)
    return result


def reference_log_probability(background: Background, before: int, last: int, word: int) -> float:
    """`log_probability` over the Python look-ups of a background with a single layer: the definition."""
    tables = background.tables

    def rest(table: Table, key: int, column: int) -> float:
        at = int(find(table, np.int64(0), np.uint64(key)))
        return float(table.columns[at, column]) / 255 if at >= 0 else 1.0

    counted, unknown = tables.totals[0]
    p = (max(float(background.count1(word)[0]) - DISCOUNT, 0.0) + counted * unknown / VOCABULARY) / max(counted, 1.0)
    if context := float(background.count1(last)[0]):
        seen = max(float(background.count2(last, word)[0]) - DISCOUNT, 0.0)
        p = min(1.0, seen / context + rest(tables.words, int(mix(np.uint64(last))), 3) * p)
    context = float(background.count2(before, last)[0])
    if last != int(BREAK) and context:
        seen = max(float(background.count3(before, last, word)[0]) - DISCOUNT, 0.0)
        p = min(1.0, seen / context + rest(tables.pairs, int(join(np.uint64(before), np.uint64(last))), 1) * p)
    return float(np.log10(p))
