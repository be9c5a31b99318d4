"""The edits that might heal a wound in the grammar, tried at every place of an article.

For each word another form (he say: says; many country: countries) or another preposition or article, a little word put
in before it, and where it is a little word itself, taken out (in the spite of). An edit is a candidate where the pair
that it makes is frequent and far more frequent than what stands there. Its features are the counts of the pairs and
triples on both sides as they are and as they would be, and the classes of the neighbours.

Public: `edits`, `Edits`, `Forms`, `FEATURES`, what an edit does (`SWAP`, `PUT_IN`, `TAKE_OUT`) and what it heals
(`AGREEMENT`, `FORM`, `LINK`, `ARTICLE`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I32, I64, U8, U16, U32, U64
from dedup.compiled.decorators import helper, kernel
from dedup.compiled.hashing import hash_word
from dedup.findings.ranker import Ranker, load_ranker
from dedup.language.background import BREAK, NUMBER, Background, Tables
from dedup.language.lookup import Seen, entries, look_up, rows_of, singles
from dedup.language.pair_filter import may_be_frequent
from dedup.language.substitutions import Synonyms, buckets, load, row_of
from dedup.language.tables import SPREAD, mix, mixed
from dedup.records import Flag, Tokens
from dedup.resources import resource

AGREEMENT, FORM, LINK, ARTICLE = 1, 2, 4, 8  # bits of an alternative: what kind of wound it heals
INFLECTED = {"": 0, "s": 16, "ed": 32, "ing": 64}  # bits of an alternative: its inflection
SWAP, PUT_IN, TAKE_OUT = 0, 1, 2  # what an edit does

FREQUENT = 15.0  # a pair that may be expected (DESIGN finding 5, recipe 4)
TIMES = 10.0  # as often as what stands there, at least
MOST_OPTIONS = 3  # pairs looked up a word, on average; an article has about half of one
ROW = 64  # no word has as many alternatives
LOSS = 20.0  # so much rarer a pair may become on one side for the other one's sake
RARE = 3.0  # between two words that are seen side by side this often no word is missed
USUAL = 30.0  # a pair seen this often is in order, on its side
NAME_SHARE = 0.5  # a word that the background capitalises more often is a name (same finding)
MOST = 256  # candidates kept of one article, so that garbage cannot fill the memory
FEATURES = (
    "left_expected", "right_expected", "first_expected", "middle_expected", "last_expected",
    "left_observed", "right_observed", "first_observed", "middle_observed", "last_observed",
    "word", "expected", "left_word", "right_word", "left_chance", "right_chance", "begins", "ends",
    "capital", "left_capital", "right_capital", "left_class", "right_class", "edit", "kind", "inflection",
)  # fmt: skip
VERSION = "grammar-1"
WIDTH = len(FEATURES)
_BREAK, _NUMBER, _NOTHING = BREAK, NUMBER, np.uint64(0)
LITTLE_WORDS = (
    "the", "a", "of", "to", "in", "an", "on", "at", "by", "for", "from", "with", "and", "that", "is", "was", "as",
)  # fmt: skip
CLASH_WEAK, CLASH = 200.0, 1600.0  # times by chance: .03 and .002 false alarms in 1,000 words of clean news
PUT = 4  # the first of them may be missing: the others are missed in too many places where nothing is wrong
LITTLE: U64 = np.array([hash_word(w.encode()) for w in LITTLE_WORDS], np.uint64)
# What a little word asks of its neighbours; 0 is any other word.
CLASSES = (
    "these those many several few various both two three four five six seven eight nine ten numerous multiple",
    "a an this that each every another one either neither much",
    "he she it",
    "they we you i",
    "to will would can could may might must should shall do does did not don't doesn't didn't won't can't cannot",
    "have has had having haven't hasn't hadn't",
    "is are was were be been being am isn't aren't wasn't weren't",
    "of in on at by for from with into about over against as under after before between through during without",
    "the his her its their our my your",
    "and or but which who if when because than while so last next today yesterday tomorrow ago now also not",
)
_CLASSED = {hash_word(word.encode()): k for k, row in enumerate(CLASSES, 1) for word in row.split()}
_CLASS_KEYS: U64 = np.array(sorted(_CLASSED), np.uint64)
_CLASS_VALUES: U8 = np.array([_CLASSED[key] for key in sorted(_CLASSED)], np.uint8)
_CLASS_TABLE = (buckets(_CLASS_KEYS), _CLASS_KEYS, _CLASS_VALUES)
_CLASS_OF_NUMBER, _CLASS_OF_BREAK = np.uint8(len(CLASSES) + 1), np.uint8(len(CLASSES) + 2)
_SPACES = np.zeros(256, bool)
_SPACES[[9, 10, 11, 12, 13, 32, 0xC2, 0xA0]] = True  # bytes of the usual spaces, the one that does not break too
_CAPITAL, _UPPER = int(Flag.CAPITAL), int(Flag.UPPER)
_MARK_CAPITAL, _MARK_JOINED, _MARK_ODD = 1, 2, 4


class Edits(NamedTuple):
    """What might heal an article: shapes `k` candidates."""

    places: I32  # (k,) index in the normalised words of the word that is changed, or before which one is put in
    edits: I32  # (k,) SWAP, PUT_IN or TAKE_OUT
    targets: I32  # (k,) row of the alternative in the forms, number in `LITTLE` for PUT_IN, -1 for TAKE_OUT
    features: F32  # (k, WIDTH)
    clashes: I64  # (c,) index of the second of two frequent words that never meet


@dataclass(frozen=True, eq=False)
class Forms:
    """What a background needs for this: the words that may heal, how often it has them, the trees that rank."""

    words: Synonyms
    spelled: tuple[str, ...]  # the words that may heal
    spread: U64  # `mix(h + SPREAD)` of the hashes of these words, then of `LITTLE`: the inner part of `join`
    expected: F64  # `singles` of `words.hashes`, then of `LITTLE`
    ranker: Ranker

    @classmethod
    def of(cls, background: Background, ranker: Ranker | None = None) -> Forms:
        """The shipped forms for a background."""
        words, tables = shipped_forms(), background.tables
        hashes = np.concatenate([words.hashes, LITTLE])
        with np.errstate(over="ignore"):
            spread = mixed(hashes + SPREAD)
        expected: F64 = singles(tables.words, hashes, tables.counts)
        spelled = tuple(bytes(words.words).decode().split("\n"))
        return cls(words, spelled, spread, expected, ranker or shipped_grammar())


@cache
def shipped_forms() -> Synonyms:
    """The forms that come with the package; read once."""
    return load(resource("synonyms_forms.npz"))


@cache
def shipped_grammar() -> Ranker:
    """The trees that come with the package."""
    return load_ranker(resource("swaps_grammar.json"), FEATURES, VERSION)


@helper
def _spaced(data: U8, start: np.int64, end: np.int64, spaces: NDArray[np.bool_]) -> bool:
    """Whether nothing but spaces stands between two words."""
    others = 0
    for at in range(start, end):
        others += not spaces[data[at]]
    return bool(others == 0 and end > start)


@helper
def _marks(origin: I64, flags: U8, starts: U32, ends: U32, data: U8, single: F64, spaces: NDArray[np.bool_]) -> U8:
    """Of each word: capital; joined: more than space before it (a hyphen); odd: in capitals, no name (IS, US)."""
    marks = np.zeros(len(origin) + 1, np.uint8)
    for i in range(len(origin)):
        at = origin[i]
        if at >= 0:
            marks[i] = _MARK_CAPITAL if flags[at] & _CAPITAL else 0
            if at > 0 and not _spaced(data, np.int64(ends[at - 1]), np.int64(starts[at]), spaces):
                marks[i] |= _MARK_JOINED
            if flags[at] & _UPPER and single[i, 3] <= NAME_SHARE:
                marks[i] |= _MARK_ODD
    return marks


@helper
def _among(words: U64, word: np.uint64) -> bool:
    hits = 0
    for other in words:
        hits += other == word
    return hits > 0


@helper
def _options(
    tables: Tables, bits: U64, words: U64, single: F64, double: F64, rows: I64, marks: U8,
    offsets: U32, targets: U16, hashes: U64, little: U64, spread: U64,
) -> tuple[I32, U64]:  # fmt: skip
    """Rows (place, edit, alternative) that make a pair that may be frequent, and the keys of both pairs they make."""
    most = MOST_OPTIONS * len(words) + ROW
    found, asked, n = np.empty((most, 3), np.int32), np.empty((most, 2), np.uint64), 0
    for i in range(1, len(words)):
        word, before = words[i], words[i - 1]
        after = words[i + 1] if i + 1 < len(words) else _BREAK
        odd = marks[i - 1] | marks[i] | (marks[i + 1] if after != _BREAK else 0)
        joined = before != _BREAK and marks[i] & _MARK_JOINED
        if word == _BREAK or joined or odd & _MARK_ODD or n + ROW > most:
            continue
        left, right = double[i, 0], double[i + 1, 0] if after != _BREAK else USUAL
        if left < RARE and before != _BREAK:
            following = mix(word + SPREAD)  # the part of join(…, word) that stays
            for k in range(PUT):
                one, two = mix(before + spread[len(hashes) + k]), mix(little[k] + following)
                found[n, 0], found[n, 1], found[n, 2] = i, PUT_IN, k
                asked[n, 0], asked[n, 1] = one, two
                n += may_be_frequent(tables, bits, one) & may_be_frequent(
                    tables, bits, two
                )  # no branch: who could guess?
        if min(left, right) >= USUAL or (after != _BREAK and marks[i + 1] & _MARK_JOINED):
            continue
        first = n
        if rows[i] >= 0 and single[i, 3] <= NAME_SHARE:
            following = mix(after + SPREAD)
            for at in range(np.int64(offsets[rows[i]]), np.int64(offsets[rows[i] + 1])):
                found[n, 0], found[n, 1], found[n, 2] = i, SWAP, at
                hit = False
                if left < USUAL:
                    hit = may_be_frequent(tables, bits, mix(before + spread[targets[at]]))
                if right < USUAL:
                    hit |= may_be_frequent(tables, bits, mix(hashes[targets[at]] + following))
                n += hit  # no branch: most are not frequent, but which?
            for k in range(first, n):
                e = targets[found[k, 2]]
                asked[k, 0] = mix(before + spread[e])
                asked[k, 1] = mix(hashes[e] + following) if after != _BREAK else _NOTHING
        alone = word != before and word != after  # a doubled word is found as such
        if before != _BREAK and after != _BREAK and alone and _among(little, word):
            one = mix(before + mix(after + SPREAD))
            if may_be_frequent(tables, bits, one):
                found[n, 0], found[n, 1], found[n, 2] = i, TAKE_OUT, -1
                asked[n, 0], asked[n, 1], n = one, _NOTHING, n + 1
    return found[:n], asked[:n]


@helper
def _keep(found: I32, seen: F64, sides: F64, double: F64, words: U64) -> int:
    """Move what makes a pair that is frequent and far more frequent than what stands there to the front; how many.

    `seen` are the entries of both pairs of each option; their counts go to `sides`.
    """
    n = 0
    for k in range(len(found)):
        i, edit, left, right = np.int64(found[k, 0]), found[k, 1], seen[2 * k, 0], seen[2 * k + 1, 0]
        ends = i + 1 >= len(words) or words[i + 1] == _BREAK
        here, after = double[i, 0], USUAL if ends else double[i + 1, 0]
        if edit == PUT_IN:
            good = min(left, right) >= max(FREQUENT, TIMES * here)
        elif edit == TAKE_OUT:
            good = left >= FREQUENT and left >= TIMES * min(here, after)
        else:
            good = here < USUAL and left >= max(FREQUENT, TIMES * here)
            good = good or (after < USUAL and right >= max(FREQUENT, TIMES * after))
            good = good and left >= here / LOSS and (ends or right >= after / LOSS)
        _move(found, k, n)
        sides[n, 0], sides[n, 1] = left, right
        n += good
    return n


@helper
def _move(rows: I32, old: int, new: int) -> None:
    rows[new, 0], rows[new, 1], rows[new, 2] = rows[old, 0], rows[old, 1], rows[old, 2]


@helper
def _at(words: U64, i: np.int64) -> np.uint64:
    return words[i] if 0 <= i < len(words) else _BREAK


@helper
def _triple(a: np.uint64, b: np.uint64, c: np.uint64) -> np.uint64:
    """Key of a triple; a break may only come first."""
    return mix(mix(a + mix(b + SPREAD)) + mix(c + SPREAD)) if b != _BREAK and c != _BREAK else _NOTHING


@helper
def _triples(found: I32, n: int, words: U64, targets: U16, hashes: U64, little: U64) -> U64:
    """Keys of the triples of each candidate: three expected, three observed."""
    keys = np.zeros((n, 6), np.uint64)
    for k in range(n):
        i, edit = np.int64(found[k, 0]), found[k, 1]
        after = np.int64(i + (0 if edit == PUT_IN else 1))
        a, b, c, d = _at(words, i - 2), words[i - 1], _at(words, after), _at(words, after + 1)
        if b == _BREAK:
            a = _BREAK
        d = d if c != _BREAK else _BREAK
        if edit == TAKE_OUT:
            keys[k, 0], keys[k, 2] = _triple(a, b, c), _triple(b, c, d)
        else:
            y = little[found[k, 2]] if edit == PUT_IN else hashes[targets[found[k, 2]]]
            keys[k, 0], keys[k, 1], keys[k, 2] = _triple(a, b, y), _triple(b, y, c), _triple(y, c, d)
        if edit == PUT_IN:
            keys[k, 3], keys[k, 5] = _triple(a, b, c), _triple(b, c, d)
        else:
            keys[k, 3], keys[k, 4] = _triple(a, b, words[i]), _triple(b, words[i], c)
            keys[k, 5] = _triple(words[i], c, d)
    return keys


@helper
def _class(word: np.uint64, first: U32, keys: U64, values: U8) -> int:
    """What a neighbour is: a row of `CLASSES`, a number, a break, or any other word."""
    if word == _BREAK:
        return int(_CLASS_OF_BREAK)
    if word == _NUMBER:
        return int(_CLASS_OF_NUMBER)
    row = row_of(first, keys, word)
    return int(values[row]) if row >= 0 else 0


@helper
def _describe(
    found: I32, n: int, pairs: F64, triples: F64, words: U64, marks: U8, targets: U16, sources: U8, single: F64,
    double: F64, expected: F64, forms: int, counted: float, class_first: U32, class_keys: U64, class_values: U8,
) -> F32:  # fmt: skip
    """The features of each candidate."""
    rows = np.zeros((n, WIDTH), np.float32)
    for k in range(n):
        i, edit = np.int64(found[k, 0]), found[k, 1]
        after = i + (0 if edit == PUT_IN else 1)
        ends = after >= len(words) or words[after] == _BREAK
        b, c = single[i - 1, 0], 0.0 if ends else single[after, 0]
        here, there = double[i, 0], 0.0 if ends else double[i + 1 if edit != PUT_IN else i, 0]
        x = 0.0 if edit == PUT_IN else single[i, 0]
        at = np.int64(found[k, 2])
        own = 0.0 if edit == TAKE_OUT else expected[forms + at if edit == PUT_IN else np.int64(targets[at]), 0]
        rows[k, 0], rows[k, 1] = np.log1p(pairs[k, 0]), np.log1p(pairs[k, 0 if edit == TAKE_OUT else 1])
        for j in range(6):
            rows[k, 2 + j + (2 if j > 2 else 0)] = np.log1p(triples[6 * k + j, 0])
        rows[k, 5], rows[k, 6] = np.log1p(here), np.log1p(there)
        rows[k, 10], rows[k, 11], rows[k, 12], rows[k, 13] = np.log1p(x), np.log1p(own), np.log1p(b), np.log1p(c)
        rows[k, 14] = np.log1p(b * (c if edit == PUT_IN else x) / counted)
        rows[k, 15] = np.log1p(c * (b if edit == PUT_IN else x) / counted)
        rows[k, 16], rows[k, 17] = words[i - 1] == _BREAK, ends
        rows[k, 18], rows[k, 19] = marks[i] & _MARK_CAPITAL, marks[i - 1] & _MARK_CAPITAL
        rows[k, 20] = 0 if ends else marks[after] & _MARK_CAPITAL
        rows[k, 21] = _class(words[i - 1], class_first, class_keys, class_values)
        rows[k, 22] = _class(_BREAK if ends else words[after], class_first, class_keys, class_values)
        rows[k, 23] = edit
        if edit == SWAP:
            rows[k, 24], rows[k, 25] = sources[found[k, 2]] & 15, sources[found[k, 2]] >> 4
    return rows


@helper
def _fill(found: I32, sides: F64, triples: F64, n: int, double: F64) -> int:
    """Move the candidates to be ranked to the front: a word is missed only where the background has it in between."""
    kept = 0
    for k in range(n):
        _move(found, k, kept)
        sides[kept, 0], sides[kept, 1] = sides[k, 0], sides[k, 1]
        for j in range(6):
            triples[6 * kept + j, 0] = triples[6 * k + j, 0]
        missed = triples[6 * kept + 1, 0] >= max(FREQUENT, TIMES * double[np.int64(found[kept, 0]), 0])
        kept += (found[kept, 1] != PUT_IN) | missed
        if kept == MOST:
            break
    return kept


@helper
def _clashes(words: U64, single: F64, double: F64, marks: U8, counted: float) -> I64:
    """Where two frequent words meet, in lower case and with a space between, that never do in the background."""
    found, n = np.empty(len(words), np.int64), 0
    for i in range(1, len(words)):
        plain = (marks[i - 1] & ~_MARK_JOINED | marks[i]) == 0 and words[i] != words[i - 1]
        real = words[i] != _BREAK and words[i - 1] != _BREAK and words[i] != _NUMBER and words[i - 1] != _NUMBER
        if plain and real and double[i, 0] == 0 and single[i, 0] * single[i - 1, 0] >= CLASH_WEAK * counted:
            found[n], n = i, n + 1
    return found[:n]


@kernel
def _edits(
    tables: Tables, bits: U64, words: U64, origin: I64, flags: U8, starts: U32, ends: U32, data: U8,
    spaces: NDArray[np.bool_], single: F64, double: F64, first: U32, keys: U64, offsets: U32, targets: U16,
    sources: U8, hashes: U64, little: U64, spread: U64, expected: F64, class_first: U32, class_keys: U64,
    class_values: U8,
) -> tuple[I32, F32, I64]:  # fmt: skip
    """Rows (place, edit, alternative), their features, clashes; `expected`: `singles` of `hashes` and `little`."""
    marks = _marks(origin, flags, starts, ends, data, single, spaces)
    rows = rows_of(first, keys, words)
    found, asked = _options(tables, bits, words, single, double, rows, marks, offsets, targets, hashes, little, spread)
    sides = np.empty((len(found), 2))
    n = _keep(found, entries(tables.pairs, asked.ravel(), 1, tables.counts), sides, double, words)
    wanted = _triples(found, n, words, targets, hashes, little)
    triples = entries(tables.triples, wanted.ravel(), 0, tables.counts)
    n = _fill(found, sides, triples, n, double)
    counted = 0.0
    for layer in range(len(tables.totals)):
        counted += tables.totals[layer, 0]
    features = _describe(
        found, n, sides, triples, words, marks, targets, sources, single, double, expected, len(hashes), counted,
        class_first, class_keys, class_values,
    )  # fmt: skip
    return found[:n], features, _clashes(words, single, double, marks, counted)


def edits(tokens: Tokens, background: Background, forms: Forms, bits: U64, seen: Seen | None = None) -> Edits:
    """The candidates of one article, by place; `bits` are the background's `frequent_pairs`, `seen` its `look_up`."""
    seen, words = seen or look_up(tokens, background), forms.words
    data = np.frombuffer(tokens.data, np.uint8)
    found, features, clashes = _edits(
        background.tables, bits, seen.words, seen.origin, tokens.flags, tokens.starts, tokens.ends, data, _SPACES,
        seen.singles, seen.doubles, words.first, words.keys, words.offsets, words.targets, words.sources, words.hashes,
        LITTLE, forms.spread, forms.expected, *_CLASS_TABLE,
    )  # fmt: skip
    return Edits(found[:, 0], found[:, 1], found[:, 2], features, clashes)
