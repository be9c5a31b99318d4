"""How surprising each word of an article is to the background, and how much better another word would fit.

An interpolated trigram model with absolute discounting (Ney, Essen, Kneser 1994): P(w|uv) = max(c(uvw) - D, 0) / c(uv)
+ rest(uv) P(w|v), and so on down to words; `rest` is what the pruned tables leave, so each distribution sums to one but
for the rounding of the counts. Stacked backgrounds add their counts.

Public: `read`, `Reading`, `log_probability` (for compiled callers), `reference_log_probability`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.records import U64, Tokens
from dedup.rewrite.background import BREAK, DISCOUNT, NUMBER, Background, Tables, normalised
from dedup.rewrite.synonyms import Synonyms, row_of
from dedup.rewrite.tables import F32, I64, Table, find, join, mix

VOCABULARY = 1e6  # unknown words share the probability that is left by the known ones
LONGEST = 400  # words read of an article: what is compared must not depend on its length (DESIGN finding 5)
NAME_SHARE = 0.5  # a word capitalised in more of its uses is a name (DESIGN finding 5)
SEEN_WELL = 50.0  # a pair seen this often is no candidate for replacement on that side
_BREAK, _NUMBER = BREAK, NUMBER
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


@njit(cache=True, nogil=True)
def _context(table: Table, key: np.uint64, rest: int, values: F32) -> tuple[float, float]:
    """Count of a context, and the probability that it leaves to what is not stored after it."""
    total, left = 0.0, 0.0
    for layer in range(len(table.layers)):
        at = find(table, np.int64(layer), key)
        if at >= 0:
            count = np.float64(values[table.columns[at, 0]])
            total += count
            left += count * table.columns[at, rest] / 255.0
    return total, (left / total if total > 0 else 1.0)


@njit(cache=True, nogil=True)
def _discounted(table: Table, key: np.uint64, values: F32) -> tuple[float, float]:
    """Count of an n-gram, and the same with the discount taken off."""
    total, less = 0.0, 0.0
    for layer in range(len(table.layers)):
        at = find(table, np.int64(layer), key)
        if at >= 0:
            count = np.float64(values[table.columns[at, 0]])
            total += count
            less += max(count - _D, 0.0)
    return total, less


@njit(cache=True, nogil=True)
def _word_probability(tables: Tables, word: np.uint64) -> float:
    counted, unknown = 0.0, 0.0
    for layer in range(len(tables.totals)):
        counted += tables.totals[layer, 0]
        unknown += tables.totals[layer, 0] * tables.totals[layer, 1]
    less = _discounted(tables.words, mix(word), tables.counts)[1]
    return (less + unknown / VOCABULARY) / max(counted, 1.0)


@njit(cache=True, nogil=True)
def log_probability(tables: Tables, before: np.uint64, last: np.uint64, word: np.uint64) -> float:
    """log10 of the probability of `word` after `before` and `last`; where `last` is a break, `before` is ignored."""
    p = _word_probability(tables, word)
    count, rest = _context(tables.words, mix(last), 3, tables.counts)
    if count > 0:
        p = min(1.0, _discounted(tables.pairs, join(last, word), tables.counts)[1] / count + rest * p)
    if last != _BREAK:
        key = join(before, last)
        count, rest = _context(tables.pairs, key, 1, tables.counts)
        if count > 0:
            p = min(1.0, _discounted(tables.triples, join(key, word), tables.counts)[1] / count + rest * p)
    return float(np.log10(p))


@njit(cache=True, nogil=True)
def _stretch(tables: Tables, words: U64, i: int, word: np.uint64) -> float:
    """log10 probability of `word` at place `i` and of the words after it that see it."""
    before = words[i - 2] if i >= 2 else _BREAK
    total = log_probability(tables, before, words[i - 1], word)
    if i + 1 < len(words) and words[i + 1] != _BREAK:
        total += log_probability(tables, words[i - 1], word, words[i + 1])
        if i + 2 < len(words) and words[i + 2] != _BREAK:
            total += log_probability(tables, word, words[i + 1], words[i + 2])
    return total


@njit(cache=True, nogil=True)
def _best(
    tables: Tables,
    words: U64,
    i: int,
    row: np.int64,
    offsets: NDArray[np.uint32],
    targets: NDArray[np.uint16],
    hashes: U64,
) -> tuple[float, np.int64]:
    """Largest gain over the alternatives that the background has seen beside a neighbour, and its number."""
    gain, best, own = 0.0, np.int64(-1), 1.0
    following = words[i + 1] if i + 1 < len(words) else _BREAK
    for at in range(np.int64(offsets[row]), np.int64(offsets[row + 1])):
        word = hashes[targets[at]]
        seen = _discounted(tables.pairs, join(words[i - 1], word), tables.counts)[0]
        if seen == 0 and following != _BREAK:
            seen = _discounted(tables.pairs, join(word, following), tables.counts)[0]
        if seen > 0:
            if own > 0:
                own = _stretch(tables, words, i, words[i])
            better = _stretch(tables, words, i, word) - own
            if better > gain:
                gain, best = better, np.int64(targets[at])
    return gain, best


@njit(cache=True, nogil=True)
def _read_words(tables: Tables, words: U64, reading: F32) -> None:
    """Fill the columns surprise, frequency, pair, triple and capital of `reading`."""
    for i in range(len(words)):
        if words[i] == _BREAK:
            continue
        last = words[i - 1] if i > 0 else _BREAK
        before = words[i - 2] if i > 1 else _BREAK
        reading[i, 0] = -log_probability(tables, before, last, words[i])
        for layer in range(len(tables.words.layers)):
            at = find(tables.words, np.int64(layer), mix(words[i]))
            if at >= 0:
                count = tables.counts[tables.words.columns[at, 0]]
                reading[i, 1] += count
                reading[i, 4] += count * tables.words.columns[at, 2] / np.float32(255)
        if reading[i, 1] > 0:
            reading[i, 4] /= reading[i, 1]
        reading[i, 2] = _discounted(tables.pairs, join(last, words[i]), tables.counts)[0]
        if last != _BREAK and i > 1:
            reading[i, 3] = _discounted(tables.triples, join(join(before, last), words[i]), tables.counts)[0]


@njit(cache=True, nogil=True)
def _read_gains(
    tables: Tables,
    words: U64,
    reading: F32,
    best: I64,
    first: NDArray[np.uint32],
    keys: U64,
    offsets: NDArray[np.uint32],
    targets: NDArray[np.uint16],
    hashes: U64,
) -> None:
    """Fill the column gain and `best`; names and numbers are left alone, and words well seen on both sides."""
    for i in range(1, len(words)):
        if words[i] == _BREAK or words[i] == _NUMBER or reading[i, 4] > NAME_SHARE:
            continue
        ends = i + 1 >= len(words) or words[i + 1] == _BREAK
        if reading[i, 2] >= SEEN_WELL and (ends or reading[i + 1, 2] >= SEEN_WELL):
            continue
        row = row_of(first, keys, words[i])
        if row >= 0:
            reading[i, 5], best[i] = _best(tables, words, i, row, offsets, targets, hashes)


def read(tokens: Tokens, background: Background, synonyms: Synonyms, longest: int = LONGEST) -> Reading:
    """Read the first `longest` words of an article (breaks not counted) with the language model."""
    words, origin = normalised(tokens)
    end = int(np.searchsorted(np.cumsum(origin >= 0), longest, "right"))
    words, origin = words[:end], origin[:end]
    columns, best = np.zeros((len(words), 6), np.float32), np.full(len(words), -1, np.int64)
    _read_words(background.tables, words, columns)
    table = (synonyms.first, synonyms.keys, synonyms.offsets, synonyms.targets, synonyms.hashes)
    _read_gains(background.tables, words, columns, best, *table)
    surprise, frequency, pair, triple, capital, gain = np.ascontiguousarray(columns.T)
    return Reading(words, origin, surprise, frequency, pair, triple, capital, gain, best)


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
        p = min(1.0, seen / context + rest(tables.words, mix(np.uint64(last)), 3) * p)
    context = float(background.count2(before, last)[0])
    if last != int(BREAK) and context:
        seen = max(float(background.count3(before, last, word)[0]) - DISCOUNT, 0.0)
        p = min(1.0, seen / context + rest(tables.pairs, join(np.uint64(before), np.uint64(last)), 1) * p)
    return float(np.log10(p))
