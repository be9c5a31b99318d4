"""Tortured phrases: word pairs that news never has, one synonym away from pairs that it has all the time.

A candidate is a word whose pair with a neighbour the background has (almost) never seen, with an alternative that it
has seen there often. Boosted trees (`dedup/data/swaps_ranker.json`, trained by
`benchmarks/training/train_evidence.py`) rank the candidates by counts, associations and frequencies.

Public: `candidates`, `Candidates`, `find_tortured`, `FEATURES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I32, U8, U64
from dedup.compiled.decorators import helper, kernel
from dedup.findings.ranker import Ranker, load_ranker, rank, score_places
from dedup.language.background import BREAK, NUMBER, Background, Tables
from dedup.language.lookup import Seen, entries, look_up, rows_of
from dedup.language.pair_filter import FREQUENT_TRIPLE, frequent_pairs, may_be_frequent
from dedup.language.substitutions import Synonyms
from dedup.language.tables import count, find, join, mix
from dedup.records import Finding, Flag, Tokens
from dedup.resources import resource

RARE = 3.0  # an observed pair seen fewer times than this may be wrong
FREQUENT_PAIR = 15.0  # expected pair (DESIGN finding 5, recipe 4)
NAME_SHARE = 0.5  # a word that the background capitalises more often is a name, not a wrong word (same finding)
MOST = 512  # candidates kept of one article, so that garbage cannot fill the memory
MOST_OPTIONS = 4  # alternatives looked up a word, on average

# Where an alternative comes from is left out on purpose: with it the trees learn to tell the simulated spinners apart,
# and find a third as much in the text of a spinner that they were not trained on.
FEATURES = (
    "left_expected", "right_expected", "triple_expected", "before_expected", "after_expected",
    "left_observed", "right_observed", "triple_observed", "left_share", "right_share",
    "word", "expected", "left_word", "right_word",
    "left_association", "right_association", "left_missing", "right_missing",
    "capital", "left_capital", "right_capital", "own_uses", "expected_uses",
    "left_function", "right_function", "name_share", "expected_name_share", "length",
)  # fmt: skip

VERSION = "tortured-1"
WIDTH = len(FEATURES)
CAPITAL, EXPECTED_NAME_SHARE = FEATURES.index("capital"), FEATURES.index("expected_name_share")
_NOTHING = np.uint64(0)  # typed, for an untyped 0 would make floats of the keys beside it
LONGEST_PHRASE = 4  # words that may stand for one, as in the synonyms
# Verbs that only report speech: swapping one for another is a habit of writers, not of spinners.
_REPORTING = "said says say saying told tells added asked noted stated replied wrote explained argued"
REPORTING = frozenset(_REPORTING.split())
_BREAK, _NUMBER = BREAK, NUMBER
_FUNCTION_COUNT = 60000.0 / 29.4e6  # share of all words from which on a neighbour is a function word: it proves little


class Candidates(NamedTuple):
    """Words that may have been swapped: shapes `k` candidates."""

    places: I32  # (k,) index of the token
    lasts: I32  # (k,) index of the last token that one word should stand for; mostly the same
    targets: I32  # (k,) number of the expected word in the synonyms
    sides: I32  # (k,) 1 the pair with the word before tells, 2 the pair with the word after, 3 both, 0 the triple
    features: F32  # (k, len(FEATURES))


@helper
def _word(tables: Tables, word: np.uint64) -> tuple[float, float]:
    """Count of a word and the share of its uses that are capitalised."""
    total, capital = 0.0, 0.0
    for layer in range(len(tables.words.layers)):
        at = find(tables.words, np.int64(layer), mix(word))
        if at >= 0:
            uses = tables.counts[tables.words.columns[at, 0]]
            total += uses
            capital += uses * tables.words.columns[at, 2] / 255.0
    return total, capital / max(total, 1.0)


@helper
def _triple(tables: Tables, first: np.uint64, second: np.uint64, third: np.uint64) -> float:
    if first == _BREAK or second == _BREAK or third == _BREAK:
        return 0.0
    uses: float = count(tables.triples, join(join(first, second), third), tables.counts)
    return uses


@helper
def _uses(words: U64, word: np.uint64) -> float:
    n = 0
    for i in range(len(words)):
        n += words[i] == word
    return float(n)


@helper
def _describe(
    row: F32, tables: Tables, words: U64, capitals: U8, i: int, last: int, e: np.uint64, seen: F32,
    own: float, counts: F32,
) -> None:  # fmt: skip
    """Fill the features of expecting `e` for the words `i` to `last`, which the background has `own` times.

    `seen` holds the counts of the pairs to the left and right, of the triple, and of the pairs expected left and right.
    """
    size = tables.totals[:, 0].sum()
    before, after = words[i - 1], words[last + 1] if last + 1 < len(words) else _BREAK
    far_before, far_after = words[i - 2] if i > 1 else _BREAK, words[last + 2] if last + 2 < len(words) else _BREAK
    expected, expected_share = _word(tables, e)
    left, right = counts[i - 1], counts[last + 1] if after != _BREAK else np.float32(0)
    row[0], row[1] = np.log(1 + seen[3]), np.log(1 + seen[4])
    row[2] = np.log(1 + _triple(tables, before, e, after))
    row[3] = np.log(1 + _triple(tables, far_before, before, e))
    row[4] = np.log(1 + _triple(tables, e, after, far_after))
    row[5], row[6], row[7] = np.log(1 + seen[0]), np.log(1 + seen[1]), np.log(1 + seen[2])
    row[8], row[9] = np.log((seen[3] + 0.1) / (left + 10)), np.log((seen[4] + 0.1) / (right + 10))
    row[10], row[11], row[12], row[13] = np.log(1 + own), np.log(1 + expected), np.log(1 + left), np.log(1 + right)
    row[14] = np.log((seen[3] + 0.1) * size / ((left + 10) * (expected + 10)))
    row[15] = np.log((seen[4] + 0.1) * size / ((right + 10) * (expected + 10)))
    row[16] = np.log((left + 1) * (own + 1) / size * (seen[3] + 0.1) / (left * expected / size + 0.1))
    row[17] = np.log((right + 1) * (own + 1) / size * (seen[4] + 0.1) / (right * expected / size + 0.1))
    row[18], row[19] = capitals[i], capitals[i - 1]
    row[20] = capitals[last + 1] if after != _BREAK else np.uint8(0)
    row[21], row[22] = _uses(words, words[i]), _uses(words, e)
    row[23], row[24] = left > _FUNCTION_COUNT * size, right > _FUNCTION_COUNT * size
    row[26], row[27] = expected_share, last - i + 1


@helper
def _phrase_count(tables: Tables, words: U64, i: int, last: int, word: float, pair: float) -> float:
    """How often the background has the words `i` to `last` in a row, at most."""
    if last == i:
        return word
    if last == i + 1:
        return pair
    uses: float = _triple(tables, words[i], words[i + 1], words[i + 2])
    return uses if last == i + 2 else min(uses, _triple(tables, words[i + 1], words[i + 2], words[i + 3]))


@helper
def _options(
    tables: Tables,
    bits: U64,
    words: U64,
    shares: F32,
    pairs: F32,
    first: NDArray[np.uint32],
    keys: U64,
    offsets: NDArray[np.uint32],
    targets: NDArray[np.uint16],
    hashes: U64,
) -> tuple[I32, F32]:
    """Rows (first word, last word, alternative) that may be candidates, and the pairs they make left and right."""
    most = LONGEST_PHRASE * len(words)
    stretches, wanted, n = np.empty((most, 2), np.int64), np.empty(most, np.uint64), 0
    for i in range(1, len(words)):
        if words[i] == _BREAK or words[i] == _NUMBER or shares[i] > NAME_SHARE:
            continue
        key, usual = words[i], words[i - 1] == _BREAK or pairs[i] >= RARE
        for last in range(i, min(i + LONGEST_PHRASE, len(words))):
            if last > i:
                if words[last] == _BREAK:
                    break
                key = join(key, words[last])
            if not (usual and (last + 1 >= len(words) or words[last + 1] == _BREAK or pairs[last + 1] >= RARE)):
                stretches[n, 0], stretches[n, 1], wanted[n], n = i, last, key, n + 1
    found = rows_of(first, keys, wanted[:n])
    rows, n = np.empty((MOST_OPTIONS * len(words), 3), np.int32), 0
    asked = np.zeros((len(rows), 2), np.uint64)
    for k in range(len(found)):
        if found[k] < 0:
            continue
        i, last = stretches[k]
        before, after = words[i - 1], words[last + 1] if last + 1 < len(words) else _BREAK
        for at in range(np.int64(offsets[found[k]]), np.int64(offsets[found[k] + 1])):
            left, right = join(before, hashes[targets[at]]), join(hashes[targets[at]], after)
            asked[n, 0] = left * np.uint64((before != _BREAK) & may_be_frequent(tables, bits, left))
            asked[n, 1] = right * np.uint64((after != _BREAK) & may_be_frequent(tables, bits, right))
            rows[n, 0], rows[n, 1], rows[n, 2] = i, last, at
            n = min(n + ((asked[n, 0] | asked[n, 1]) != _NOTHING), len(rows) - 1)  # no branch: most are not frequent
    seen = entries(tables.pairs, asked[:n].ravel(), 1, tables.counts)[:, 0].astype(np.float32)
    return rows[:n], seen.reshape(n, 2)


@kernel
def _candidates(
    tables: Tables,
    bits: U64,
    words: U64,
    single: F64,
    double: F64,
    capitals: U8,
    first: NDArray[np.uint32],
    keys: U64,
    offsets: NDArray[np.uint32],
    targets: NDArray[np.uint16],
    hashes: U64,
) -> tuple[I32, F32]:
    """Rows (first word, last word, target, sides) and their features."""
    rows, features = np.empty((MOST, 4), np.int32), np.zeros((MOST, WIDTH), np.float32)
    counts, shares, pairs = np.zeros((3, len(words) + 2), np.float32)
    for i in range(1, len(words)):
        if words[i] != _BREAK:
            counts[i], shares[i] = single[i, 0], single[i, 3]
            pairs[i] = double[i, 0] if words[i - 1] != _BREAK else 0.0
    options, frequent = _options(tables, bits, words, shares, pairs, first, keys, offsets, targets, hashes)
    n, seen = 0, np.zeros(5, np.float32)
    for k in range(len(options)):
        i, last, at = int(options[k, 0]), int(options[k, 1]), options[k, 2]
        e, before, after = hashes[targets[at]], words[i - 1], words[last + 1] if last + 1 < len(words) else _BREAK
        seen[0], seen[1], seen[3], seen[4] = pairs[i], pairs[last + 1], frequent[k, 0], frequent[k, 1]
        left = before != _BREAK and seen[0] < RARE and seen[3] >= FREQUENT_PAIR
        right = after != _BREAK and seen[1] < RARE and seen[4] >= FREQUENT_PAIR
        both = min(seen[3], seen[4]) >= FREQUENT_TRIPLE  # no triple is more frequent than its pairs
        if not (left or right or (both and _triple(tables, before, e, after) >= FREQUENT_TRIPLE)):
            continue
        if n == MOST:
            break
        seen[2] = _triple(tables, before, words[i], after)
        own = _phrase_count(tables, words, i, last, counts[i], pairs[i + 1])
        rows[n, 0], rows[n, 1], rows[n, 2], rows[n, 3] = i, last, targets[at], 1 * left + 2 * right
        _describe(features[n], tables, words, capitals, i, last, e, seen, own, counts)
        features[n, 25] = shares[i]
        n += 1
    return rows[:n], features[:n]


def candidates(
    tokens: Tokens, background: Background, synonyms: Synonyms, bits: U64, seen: Seen | None = None
) -> Candidates:
    """The candidates of one article, by place; `bits` are the background's `frequent_pairs`, `seen` its `look_up`."""
    seen = seen or look_up(tokens, background)
    words, origin = seen.words, seen.origin
    capitals = np.where(origin >= 0, tokens.flags[origin] & int(Flag.CAPITAL), 0).astype(np.uint8)
    table = (synonyms.first, synonyms.keys, synonyms.offsets, synonyms.targets, synonyms.hashes)
    rows, features = _candidates(background.tables, bits, words, seen.singles, seen.doubles, capitals, *table)
    places, lasts = (origin[rows[:, k]].astype(np.int32) for k in (0, 1))
    return Candidates(places, lasts, rows[:, 2], rows[:, 3], features)


@cache
def shipped_ranker() -> Ranker:
    """The trees that come with the package."""
    return load_ranker(resource("swaps_ranker.json"), FEATURES, VERSION)


def find_tortured(
    tokens: Tokens,
    background: Background,
    synonyms: Synonyms,
    bits: U64 | None = None,
    ranker: Ranker | None = None,
    seen: Seen | None = None,
) -> Iterator[Finding]:
    """The tortured phrases of one article, the best alternative for each place."""
    ranker = ranker or shipped_ranker()
    bits = frequent_pairs(background.tables) if bits is None else bits
    found = candidates(tokens, background, synonyms, bits, seen)
    if not len(found.places):
        return
    chosen, scores = score_places(found.places, rank(found.features, ranker), len(tokens))
    for k, score in zip(chosen.tolist(), scores.tolist(), strict=True):
        if score >= ranker.weak:
            proper = found.features[k, EXPECTED_NAME_SHARE] > NAME_SHARE and not found.features[k, CAPITAL]
            reporting = synonyms.word(int(found.targets[k])) in REPORTING
            strong = score >= ranker.strong and not reporting and not proper  # a white home is no White House
            yield _finding(tokens, synonyms, found, k, strong)


def _finding(tokens: Tokens, synonyms: Synonyms, found: Candidates, k: int, strong: bool) -> Finding:
    """A finding over the swapped words and the neighbours that tell."""
    sides, first, last = int(found.sides[k]), int(found.places[k]), int(found.lasts[k])
    if sides == 3:
        sides = 1 if found.features[k, 0] >= found.features[k, 1] else 2
    left = [tokens.word(first - 1)] if sides != 2 else []
    right = [tokens.word(last + 1)] if sides != 1 else []
    expected = " ".join([*left, _like(synonyms.word(int(found.targets[k])), tokens.word(first)), *right])
    begin, end = first - len(left), last + 1 + len(right)
    text = tokens.data[int(tokens.starts[begin]) : int(tokens.ends[end - 1])].decode("utf-8", "surrogatepass")
    times = round(float(np.expm1(found.features[k, sides - 1 if sides else 2])))
    reason = f"news says “{expected}” ({times} times in the background), and (almost) never this"
    return Finding("swap", tokens.span(begin, end), text, expected, reason, strong)


def _like(word: str, written: str) -> str:
    return word[:1].upper() + word[1:] if written[:1].isupper() else word
