"""What two articles have in common as sets and sequences of words, compiled.

Public: `common` (sums over what is in both), `runs` (words taken over in a row).

A word can only be shared if its stem is, a pair only if its words are, a triple only if its pairs are, and five words
only if their triples are. So of two articles that have little in common, little is looked up.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F64, I32, U8, U64
from dedup.compiled.decorators import Int, borrowing, helper
from dedup.evidence.grams import FIVES, PAIRS, STEMS, TABLES, TRIPLES, WORDS, find_gram, find_key, gram_key
from dedup.evidence.profile import (
    FIRST_PAIR,
    FIRST_TRIPLE,
    KEPT,
    NAMED,
    NUMERIC,
    ONE_PAIR,
    ONE_TRIPLE,
    PLAIN,
    Profile,
    Sum,
)

RUN = 5  # words of a gram from which a run grows
LEAST_RUN = 8  # words of a run that counts as taken over


@helper
def _common_words(left: Profile, right: Profile, sums: F64) -> U8:
    """Add the weights of the stems, words, names and numerals in common; mark the left's words that the right has."""
    stems, words = np.zeros(len(left.stems), np.uint8), np.zeros(len(left.words), np.uint8)
    for k in range(len(left.stems)):
        if left.stem_marks[k] & KEPT:
            t = find_key(right.stems, right.cells, STEMS, left.stems[k])
            if t >= 0 and right.stem_marks[t] & KEPT:
                stems[k] = 1
                sums[Sum.STEMS] += left.stem_weights[k]
                if left.stem_marks[k] & right.stem_marks[t] & PLAIN:
                    sums[Sum.STEMS_PLAIN] += left.stem_weights[k]
    for k in range(len(left.words)):
        if left.marks[k] & KEPT and stems[left.stem_of[k]]:
            t = find_key(right.words, right.cells, WORDS, left.words[k])
            both = left.marks[k] & right.marks[t] if t >= 0 else np.uint8(0)
            if both & KEPT:
                words[k] = 1
                sums[Sum.WORDS] += left.weights[k]
                sums[Sum.NAMES] += left.weights[k] if both & NAMED else 0.0
                sums[Sum.NUMBERS] += 1.0 if both & NUMERIC else 0.0
    return words


@borrowing
def _place(left: Profile, right: Profile, i: Int, size: Int, table: Int) -> Int:
    """Return the first place in the right of the `size` words at place `i` of the left, or less than 0."""
    cells = len(right.cells) // TABLES
    key = gram_key(left.hashes, i, size)
    return find_gram(right.hashes, right.cells, table * cells, cells, 0, left.hashes, i, size, key)


@borrowing
def _goes_on(left: Profile, right: Profile, i: int, place: int, first: int, last: int) -> bool:
    """Return whether words [first, last) after place `i` of the left are those after `place` of the right."""
    k, end = first, last if place + last <= len(right.hashes) else first - 1
    while k < end and left.hashes[i + k] == right.hashes[place + k]:
        k += 1
    return bool(k == last)


@borrowing
def _longer(left: Profile, right: Profile, i: Int, place: Int, one: Int, size: Int, longer: Int, table: Int) -> Int:
    """Return the first place in the right of the `longer` words at place `i`, or -1; the first `size` are known."""
    if right.firsts[place] & one:
        return place if _goes_on(left, right, i, place, size, longer) else -1
    return max(-1, _place(left, right, i, longer, table))


@helper
def common(left: Profile, right: Profile, sums: F64, places: I32) -> None:
    """Add up what is in both, by `profile.Sum`; `places`: where the right first has the left's fives.

    Shapes: `sums` (len(Sum),), zero; `places` (n,), -1.
    """
    words = _common_words(left, right, sums)
    n = len(left.hashes)
    for i in range(n - 1):
        if words[left.text[i]] and words[left.text[i + 1]]:
            places[i] = max(-1, _place(left, right, i, 2, PAIRS))
            if places[i] >= 0 and left.firsts[i] & FIRST_PAIR:
                sums[Sum.PAIRS] += np.float32(left.weights[left.text[i]] + left.weights[left.text[i + 1]])
    for i in range(n):  # the next place still tells of its pair, the last two hold none
        if places[i] >= 0:
            found = i + 2 < n and places[i + 1] >= 0
            places[i] = _longer(left, right, i, np.int64(places[i]), ONE_PAIR, 2, 3, TRIPLES) if found else -1
            sums[Sum.TRIPLES] += 1.0 if places[i] >= 0 and left.firsts[i] & FIRST_TRIPLE else 0.0
    for i in range(n):
        if places[i] >= 0:
            found = i + 4 < n and places[i + 1] >= 0 and places[i + 2] >= 0
            places[i] = _longer(left, right, i, np.int64(places[i]), ONE_TRIPLE, 3, 5, FIVES) if found else -1
            sums[Sum.FIVES] += 1.0 if places[i] >= 0 and left.fives[i] == i else 0.0


@helper
def places_back(left: Profile, right: Profile, places: I32) -> I32:
    """Return where the left first has the right's fives, -1 where it has not: `places` of the other direction."""
    back, there = np.full(len(right.hashes), -1, np.int32), np.full(len(right.hashes), -1, np.int32)
    for i in range(len(places)):
        if places[i] >= 0 and left.fives[i] == i:
            back[places[i]] = i
    for j in range(len(right.hashes)):
        there[j] = back[right.fives[j]]
    return there


@borrowing
def runs(mine: U64, other: U64, places: I32, plain: U8) -> tuple[int, int, int]:
    """Return the longest run of words in common, my words in runs of at least 8, and how many of those are `plain`.

    `places`: where the other first has my five words; of five that it repeats, the continuation of a run counts first.
    """
    n, m = max(0, len(mine) - RUN + 1), max(0, len(other) - RUN + 1)
    longest, covered, outside, run, place, reached = 0, 0, 0, 0, -2, 0
    for i in range(n + 1):
        if i < n and run > 0 and place + 1 < m and other[place + RUN] == mine[i + RUN - 1]:
            place += 1
            run += 1
            continue
        if run > 0:
            words = run + RUN - 1
            longest = max(longest, words)
            if words >= LEAST_RUN:
                for k in range(max(reached, i - run), i + RUN - 1):
                    covered += 1
                    outside += plain[k]
                reached = i + RUN - 1
        run, place = 0, -2
        if i < n and places[i] >= 0:
            place, run = int(places[i]), 1
    return longest, covered, outside
