"""What else might stand at each place of an article: alternatives that make a pair with a neighbour that news has.

`language_model.read` asks how much better they fit, `findings.tortured` which of them were swapped for a strange word;
they are found once for both.

Public: `Offers`, `offers_of`, `SEEN_WELL`, `NAME_SHARE`, and for compiled callers `find_offers`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F64, I64, U8, U16, U64
from dedup.compiled.decorators import helper, kernel
from dedup.compiled.hashing import SPREAD, mix
from dedup.language.alternatives import LEFT, RIGHT, Alternatives, Asked, alternatives
from dedup.language.background import BREAK, NUMBER, PairColumn, Tables
from dedup.language.lookup import ENTRY_WIDTH, Entry, Seen, entries
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions

NAME_SHARE = 0.5  # a word capitalised in more of its uses is a name
MOST = 8  # alternatives kept a word, on average; an article has about one
SEEN_WELL = 50.0  # a pair seen this often is no candidate for replacement on that side
_PAIR_REST = int(PairColumn.REST)


class Offers(NamedTuple):
    """Alternatives of single words, by place. Shapes: `k` of them."""

    places: I64  # (k,) index in the normalised words
    targets: I64  # (k,) number of the alternative in the substitutions
    hits: U8  # (k,) bits `LEFT` and `RIGHT`: the pair may be frequent
    before: F64  # (k, 4) columns of `Entry`: of the alternative after the word before it
    after: F64  # (k, 4) of the word after it


@helper
def _replaceable(words: U64, single: F64, double: F64) -> I64:
    """Places of words that are no names, no numbers, and not well seen on both sides."""
    places, n, last = np.empty(len(words), np.int64), 0, len(words) - 1
    for i in range(1, len(words)):
        ends = i == last or words[i + 1] == BREAK
        fits = double[i, Entry.COUNT] >= SEEN_WELL and (ends or double[i + 1, Entry.COUNT] >= SEEN_WELL)
        if not (fits or words[i] == BREAK or words[i] == NUMBER or single[i, Entry.CAPITAL] > NAME_SHARE):
            places[n], n = i, n + 1
    return places[:n]


@helper
def _asked(words: U64, places: I64, rows: I64) -> Asked:
    """Ask for what may stand at places that have a row in the substitutions."""
    n, last = len(places), len(words) - 1
    before, after, sides = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.uint8)
    for d in range(n):
        i = places[d]
        ends = i == last or words[i + 1] == BREAK
        before[d], after[d] = words[i - 1], mix((BREAK if ends else words[i + 1]) + SPREAD)
        sides[d] = LEFT * (words[i - 1] != BREAK) | RIGHT * (not ends)
    return Asked(before, after, rows, sides)


@helper
def _with_pairs(places: I64, found: Alternatives, targets: U16, before: F64, after: F64) -> Offers:
    """The alternatives that make a pair that the background has."""
    kept, n = np.empty(len(before) + 1, np.int64), 0
    for k in range(len(before)):
        kept[n] = k
        n += (before[k, Entry.COUNT] > 0) | (after[k, Entry.COUNT] > 0)  # no branch: who could guess?
    numbers, hits, counts = np.empty((2, n), np.int64), np.empty(n, np.uint8), np.empty((2, n, ENTRY_WIDTH))
    for k in range(n):
        at = kept[k]
        numbers[0, k], numbers[1, k], hits[k] = places[found.places[at]], targets[found.at[at]], found.hits[at]
        counts[0, k], counts[1, k] = before[at], after[at]
    return Offers(numbers[0], numbers[1], hits, counts[0], counts[1])


@kernel
def find_offers(
    tables: Tables, bits: U64, words: U64, single: F64, double: F64, substitutions: Substitutions
) -> Offers:
    """Kernel of `offers_of`."""
    places = _replaceable(words, single, double)
    rows = rows_of(substitutions.first, substitutions.keys, words[places])
    found = alternatives(tables, bits, _asked(words, places, rows), substitutions, MOST * len(words) + 1)
    before = entries(tables.pairs, found.left, _PAIR_REST, tables.counts)
    after = entries(tables.pairs, found.right, _PAIR_REST, tables.counts)
    offers: Offers = _with_pairs(places, found, substitutions.targets, before, after)
    return offers


def offers_of(seen: Seen, substitutions: Substitutions, bits: U64) -> Offers:
    """Return the offers of one article, looked up once; `bits` are the background's `frequent_pairs`."""
    if seen.offers.get("of") is not substitutions:
        given = (seen.background.tables, bits, seen.words, seen.singles, seen.doubles, substitutions)
        seen.offers.update(of=substitutions, found=find_offers(*given))
    found: Offers = seen.offers["found"]
    return found
