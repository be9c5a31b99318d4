"""What an article might say instead of words and phrases whose pair with a neighbour news (almost) never has.

Public: `RARE`, and for compiled callers `Article`, `Options`, `article_of`, `options`, `at`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I64, U8, U64
from dedup.compiled.decorators import borrowing, helper
from dedup.compiled.hashing import SPREAD, join, mix
from dedup.language.alternatives import LEFT, RIGHT, Asked, alternatives
from dedup.language.background import BREAK, NUMBER, Tables
from dedup.language.lookup import Entry, uses
from dedup.language.offers import NAME_SHARE, Offers
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions
from dedup.records import Flag

RARE = 3.0  # an observed pair seen fewer times than this may be wrong
MOST_OPTIONS = 4  # alternatives looked up a word, on average
LONGEST_PHRASE = 4  # words that may stand for one, as in the substitutions
_CAPITAL = int(Flag.CAPITAL)


class Article(NamedTuple):
    """The words of one article and what the background knows of them. Shapes: `n` words, breaks included."""

    words: U64  # (n,)
    capitals: U8  # (n,) whether it is capitalised
    counts: F32  # (n + 2,) uses of the word; 0 for a break
    shares: F32  # (n + 2,) share of them that are capitalised
    pairs: F32  # (n + 2,) uses after the word before it


class Options(NamedTuple):
    """Alternatives that make a pair that may be frequent. Shapes: `k` of them."""

    firsts: I64  # (k,) first word that it stands for
    lasts: I64  # (k,) last word
    targets: I64  # (k,) number of the expected word
    lefts: F32  # (k,) count of its pair with the word before
    rights: F32  # (k,) with the word after


@helper
def article_of(words: U64, origin: I64, single: F64, double: F64, flags: U8) -> Article:
    """Return the article of arrays as `Seen` has them; `flags` are those of its tokens."""
    counts, shares, pairs = np.zeros((3, len(words) + 2), np.float32)
    capitals = np.zeros(len(words), np.uint8)
    for i in range(1, len(words)):
        if words[i] != BREAK:
            counts[i], shares[i] = single[i, Entry.COUNT], single[i, Entry.CAPITAL]
            capitals[i] = flags[origin[i]] & _CAPITAL
            pairs[i] = double[i, Entry.COUNT] if words[i - 1] != BREAK else 0.0
    return Article(words, capitals, counts, shares, pairs)


@borrowing
def at(words: U64, i: int) -> np.uint64:
    """The word at a place, a break outside the article."""
    return words[i] if 0 <= i < len(words) else BREAK


@borrowing
def _usual(article: Article, i: int, last: int) -> bool:
    """Whether the words `i` to `last` have no rare pair on either side."""
    words, pairs = article.words, article.pairs
    usual = words[i - 1] == BREAK or pairs[i] >= RARE
    return bool(usual and (at(words, last + 1) == BREAK or pairs[last + 1] >= RARE))


@helper
def _stretches(article: Article) -> tuple[I64, I64, U64]:
    """First and last words and keys of the stretches of two words and more that have a rare pair to one side at
    least."""
    words, shares, n = article.words, article.shares, 0
    most = LONGEST_PHRASE * len(words)
    firsts, lasts, wanted = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint64)
    for i in range(1, len(words)):
        if words[i] == BREAK or words[i] == NUMBER or shares[i] > NAME_SHARE:
            continue
        key = words[i]
        for last in range(i + 1, min(i + LONGEST_PHRASE, len(words))):
            if words[last] == BREAK:
                break
            key = join(key, words[last])
            if not _usual(article, i, last):
                firsts[n], lasts[n], wanted[n], n = i, last, key, n + 1
    return firsts[:n], lasts[:n], wanted[:n]


@helper
def _empty(n: int) -> Options:
    numbers, counts = np.empty((3, n), np.int64), np.empty((2, n), np.float32)
    return Options(numbers[0], numbers[1], numbers[2], counts[0], counts[1])


@borrowing
def _told(count: float, hit: int) -> np.float32:
    """The count of a pair that may be frequent, 0 for another."""
    return np.float32(count) * np.float32(hit != 0)


@helper
def _of_phrases(tables: Tables, bits: U64, article: Article, substitutions: Substitutions) -> Options:
    """The alternatives of phrases that may be candidates, in order."""
    words = article.words
    firsts, lasts, wanted = _stretches(article)
    rows = rows_of(substitutions.first, substitutions.keys, wanted)
    known = (rows >= 0).nonzero()[0]
    firsts, lasts, n = firsts[known], lasts[known], len(known)
    before, after, sides = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.uint8)
    for d in range(n):
        following = at(words, lasts[d] + 1)
        before[d], after[d] = words[firsts[d] - 1], mix(following + SPREAD)
        sides[d] = LEFT * (before[d] != BREAK) | RIGHT * (following != BREAK)
    asked = Asked(before, after, rows[known], sides)
    found = alternatives(tables, bits, asked, substitutions, MOST_OPTIONS * len(words) + 1)
    left, right = uses(tables.pairs, found.left, tables.counts), uses(tables.pairs, found.right, tables.counts)
    options: Options = _empty(len(left))
    for k in range(len(left)):
        place, hits = found.places[k], found.hits[k]
        options.firsts[k], options.lasts[k] = firsts[place], lasts[place]
        options.targets[k] = substitutions.targets[found.at[k]]
        options.lefts[k] = _told(left[k, Entry.COUNT], hits & LEFT)
        options.rights[k] = _told(right[k, Entry.COUNT], hits & RIGHT)
    return options


@helper
def _of_words(article: Article, offers: Offers) -> Options:
    """The alternatives of single words that may be candidates, in order."""
    kept, n = np.empty(len(offers.places) + 1, np.int64), 0
    for k in range(len(offers.places)):
        kept[n] = k
        n += not _usual(article, offers.places[k], offers.places[k])
    options: Options = _empty(n)
    for c in range(n):
        k = kept[c]
        options.firsts[c], options.lasts[c] = offers.places[k], offers.places[k]
        options.targets[c] = offers.targets[k]
        options.lefts[c] = _told(offers.before[k, Entry.COUNT], offers.hits[k] & LEFT)
        options.rights[c] = _told(offers.after[k, Entry.COUNT], offers.hits[k] & RIGHT)
    return options


@borrowing
def _merge(words: Options, phrases: Options, merged: Options) -> None:
    """Fill both by place; at one place words come first."""
    p = 0
    for k in range(len(merged.firsts)):
        w = k - p
        late = w == len(words.firsts) or (p < len(phrases.firsts) and phrases.firsts[p] < words.firsts[w])
        of, at = (phrases, p) if late else (words, w)
        merged.firsts[k], merged.lasts[k], merged.targets[k] = of.firsts[at], of.lasts[at], of.targets[at]
        merged.lefts[k], merged.rights[k], p = of.lefts[at], of.rights[at], p + late


@helper
def options(tables: Tables, bits: U64, article: Article, substitutions: Substitutions, offers: Offers) -> Options:
    """Return the alternatives of words and phrases that may be candidates, in order."""
    words, phrases = _of_words(article, offers), _of_phrases(tables, bits, article, substitutions)
    merged: Options = _empty(len(words.firsts) + len(phrases.firsts))
    _merge(words, phrases, merged)
    return merged
