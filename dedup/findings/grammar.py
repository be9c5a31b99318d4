"""Grammatical errors that the background is sure of: a word of the wrong number or form, a wrong function word, one too
few or too many.

Boosted trees rank the edits that might heal them (`edits`, `benchmarks/training/train_grammar.py`). Two frequent words
that chance alone should have brought together hundreds of times, and that the background never has side by side, clash.

Public: `find_grammar`, `ranked`, `RankedEdits`, and for compiled callers `told_edits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I32, I64, U64
from dedup.compiled.decorators import kernel
from dedup.findings.edit_features import Feature
from dedup.findings.edit_options import CLASH, FUNCTION_WORDS, PUT_IN, SWAP, TAKE_OUT, TIMES, USUAL, Option
from dedup.findings.edits import AGREEMENT, ARTICLE, FORM, LINK, Edits, Forms, edits
from dedup.findings.neighbours import NeighbourClass
from dedup.findings.phrases import lowered
from dedup.findings.ranker import Ranker, best_of_places, rank, score_places
from dedup.language.background import NUMBER, Background
from dedup.language.lookup import Entry, Known, Seen, look_up
from dedup.records import Finding, Tokens

_NUMBERS = frozenset(
    frozenset(pair.split())
    for pair in ("is are", "was were", "has have", "does do", "isn't aren't", "wasn't weren't", "hasn't haven't")
) | {frozenset(("doesn't", "don't"))}
_KINDS = [int(Feature.EDIT), int(Feature.KIND)]
LEAST_TRIPLE = 20.0  # uses of the word before, the pronoun and the right verb
_LOG_2 = np.float32(np.log(2.0))
NEVER = 2.0  # the background keeps no pair that it has seen less often
_LARGE = frozenset(("hundreds", "thousands", "millions", "billions", "trillions"))
# Classes of the word before that alone may decide on the number of the next (`_sure`, `_certain`).
_DECIDES = np.zeros(len(NeighbourClass), np.bool_)
_DECIDES[[NeighbourClass.MANY, NeighbourClass.NUMBER, NeighbourClass.ONE, NeighbourClass.HE, NeighbourClass.THEY]] = (
    True
)
_OF_MANY = (NeighbourClass.MANY, NeighbourClass.NUMBER)
# Classes before which a noun is no part of a longer name.
_ENDS_A_NOUN = (
    NeighbourClass.MODAL,
    NeighbourClass.HAVE,
    NeighbourClass.BE,
    NeighbourClass.PREPOSITION,
    NeighbourClass.CONJUNCTION,
    NeighbourClass.BREAK,
)


@kernel
def _add_up(places: I32, odds: F32) -> F32:
    """The odds of each edit and of the others at its place: those of all of a place add up, that of the best counts."""
    added, first = odds.copy(), 0
    while first < len(odds):
        end, top, total = first + 1, odds[first], odds[first]
        while end < len(odds) and places[end] == places[first]:
            high, low = max(total, odds[end]), min(total, odds[end])
            total = high + np.log1p(np.exp(low - high)) if low < high else high + _LOG_2
            top, end = max(top, odds[end]), end + 1
        for k in range(first, end):
            added[k] = odds[k] + (total - top)
        first = end
    return added


@kernel
def told_edits(rows: I32, features: F32, odds: F32, words: int, weak: float) -> tuple[I64, F32]:
    """Return the best edit of each place that may be told, and its score (`ranked`).

    That is where the score reaches `weak`, or a function word before may ask for another number (`_sure`, `_certain`).
    """
    places = rows[:, Option.PLACE].copy()
    chosen, scores = best_of_places(places, _add_up(places, odds), words)
    kept, n, k = np.empty(len(chosen), np.int64), 0, 0
    for c in range(len(chosen)):
        told, place = scores[c] >= weak, places[chosen[c]]
        while k < len(places) and places[k] == place:
            agrees = features[k, Feature.EDIT] == SWAP and features[k, Feature.KIND] == AGREEMENT
            told |= agrees and _DECIDES[np.int64(features[k, Feature.LEFT_CLASS])]
            k += 1
        kept[n] = c
        n += told
    return chosen[kept[:n]], scores[kept[:n]]


class RankedEdits(NamedTuple):
    """Edits, the best of each place (those that are told are among them), and its score."""

    known: Known
    edits: Edits
    chosen: I64  # (c,)
    scores: F32  # (c,)


def ranked(found: Edits, ranker: Ranker, words: int) -> tuple[I64, F32]:
    """Return the best candidate of each place, and how surely something is wrong there (as `score_places`).

    The odds of all edits of a place add up: "they was" may have been "they were" or "they are".
    """
    return score_places(found.places, _add_up(found.places, rank(found.features, ranker)), words)


def _agreements(features: F32) -> list[int]:
    """The edits that put a word of another number in the place of one."""
    kinds = features[:, _KINDS].tolist()
    return [k for k, (edit, kind) in enumerate(kinds) if edit == SWAP and kind == AGREEMENT]


def _sure(row: F32) -> bool:
    """Whether a pronoun has a verb of the wrong number and the same words with the right one are frequent.

    `row` is one of `_agreements`. .0006 false alarms in 1,000 words of clean news, .18 hits where 20 words are hurt.
    """
    before = int(row[Feature.LEFT_CLASS])
    if before not in (NeighbourClass.HE, NeighbourClass.THEY) or row[Feature.LEFT_OBSERVED] >= np.log1p(USUAL):
        return False
    pronoun = before == NeighbourClass.HE or (before == NeighbourClass.THEY and not row[Feature.INFLECTION])
    return bool(pronoun and row[Feature.FIRST_OBSERVED] == 0 and row[Feature.FIRST_EXPECTED] >= np.log1p(LEAST_TRIPLE))


def _sure_places(tokens: Tokens, seen: Known, forms: Forms, found: Edits, agreements: Iterable[int]) -> dict[int, int]:
    """The places with an edit that is sure, and that edit."""
    rows = [k for k in agreements if _sure(found.features[k])]
    words = [lowered(tokens, int(seen.origin[found.places[k]])) for k in rows]
    healed = [forms.spelled[int(forms.words.targets[found.targets[k]])] for k in rows]
    return {int(found.places[k]): k for k, w, h in zip(rows, words, healed, strict=True) if _differ_in_number(w, h)}


def _differ_in_number(one: str, other: str) -> bool:
    """Whether two forms of a verb differ in nothing else: say and says, was and were."""
    short, long = sorted((one, other), key=len)
    return frozenset((one, other)) in _NUMBERS or long in (short + "s", short + "es", short[:-1] + "ies")


def _certain(row: F32) -> bool:
    """Whether a function word before asks for another number: many country, a countries, two man, they was.

    `row` is one of `_agreements`. Of these the trees have seen too few; .02 false alarms in 1,000 words of clean news
    (`benchmarks/training/train_grammar.py`).
    """
    seen, plural = float(np.expm1(row[Feature.LEFT_OBSERVED])), bool(row[Feature.INFLECTION])
    before, ends = int(row[Feature.LEFT_CLASS]), int(row[Feature.RIGHT_CLASS]) in _ENDS_A_NOUN
    if plural:
        return ends and before in _OF_MANY and seen < USUAL
    return (ends and before == NeighbourClass.ONE and seen < NEVER) or (before == NeighbourClass.THEY and seen < USUAL)


def _counted(tokens: Tokens, seen: Known, found: Edits, k: int) -> bool:
    """Whether a plural follows on its number: 75 runs are no 75 run, though news has "a 75 run stand"."""
    place = int(found.places[k])
    plural = not found.features[k][Feature.INFLECTION]
    if not plural or seen.words[place - 1] != NUMBER:
        return False
    return tokens.word(int(seen.origin[place])).lower() not in _LARGE


def _rank(tokens: Tokens, background: Background, forms: Forms, bits: U64, seen: Seen) -> RankedEdits:
    found = edits(tokens, background, forms, bits, seen)
    return RankedEdits(seen, found, *ranked(found, forms.ranker, len(tokens)))


def find_grammar(
    tokens: Tokens,
    background: Background,
    forms: Forms,
    bits: U64,
    seen: Seen | None = None,
    told: RankedEdits | None = None,
) -> Iterator[Finding]:
    """Yield the grammatical errors of one article in order, the best edit for each place, and the clashes.

    `seen`: its `look_up`, `told`: its edits, where they are there already.
    """
    told = told or _rank(tokens, background, forms, bits, seen or look_up(tokens, background))
    known, found, chosen, scores = told
    if len(chosen):
        agreements = set(_agreements(found.features))
        sure = _sure_places(tokens, known, forms, found, sorted(agreements))
        for k, score in zip(chosen.tolist(), scores.tolist(), strict=True):
            best = sure.get(int(found.places[k]), k)
            strong = score >= forms.ranker.strong or int(found.places[k]) in sure
            if best in agreements and _counted(tokens, known, found, best):
                continue
            if strong or score >= forms.ranker.weak or (k in agreements and _certain(found.features[k])):
                yield _finding(tokens, known, forms, found, best, strong)
    yield from (_clash(tokens, known, i) for i in found.clashes.tolist())


def _clash(tokens: Tokens, seen: Known, i: int) -> Finding:
    """A finding over two frequent words that never meet."""
    first, last = int(seen.origin[i - 1]), int(seen.origin[i]) + 1
    chance = float(seen.singles[i, Entry.COUNT] * seen.singles[i - 1, Entry.COUNT]) / seen.background.words
    reason = f"the background never has these two side by side; chance alone would bring them {chance:.0f} times"
    return Finding("clash", tokens.span(first, last), _text(tokens, first, last), None, reason, chance >= CLASH)


def _text(tokens: Tokens, first: int, last: int) -> str:
    return tokens.data[int(tokens.starts[first]) : int(tokens.ends[last - 1])].decode("utf-8", "surrogatepass")


_NAMES = {AGREEMENT: "agreement", FORM: "form", LINK: "idiom", ARTICLE: "article"}
_REASONS = {
    "agreement": "the wrong number",
    "form": "the wrong form",
    "idiom": "the wrong function word",
    "article": "the wrong article",
}


def _type(forms: Forms, edit: int, target: int, word: str) -> str:
    """What kind of grammatical error an edit heals; `word` is the one that is put in, taken out or replaced."""
    if edit != SWAP:
        return "article" if word in ("the", "a", "an") else "idiom"
    kinds = int(forms.words.sources[target])
    return next(name for bit, name in _NAMES.items() if kinds & bit)


def _neighbours(seen: Known, place: int, edit: int, row: F32) -> tuple[bool, bool]:
    """Whether the words before and after belong to the finding: the background wants the edit to go with them."""
    left = edit != SWAP or row[Feature.LEFT_EXPECTED] >= row[Feature.LEFT_OBSERVED] + np.log(TIMES)
    left = bool(left) and int(seen.origin[place - 1]) >= 0
    right = edit == TAKE_OUT
    right |= edit == SWAP and row[Feature.RIGHT_EXPECTED] >= row[Feature.RIGHT_OBSERVED] + np.log(TIMES)
    right = bool(right or not left) and place + 1 < len(seen.words) and int(seen.origin[place + 1]) >= 0
    return left, right


def _finding(tokens: Tokens, seen: Known, forms: Forms, found: Edits, k: int, strong: bool) -> Finding:
    """A finding over the word and the neighbour, or both, that the background wants it to go with."""
    edit, target, row = int(found.edits[k]), int(found.targets[k]), found.features[k]
    at, (left, right) = int(seen.origin[found.places[k]]), _neighbours(seen, int(found.places[k]), edit, row)
    first, last = at - int(left), at + 1 + int(right)
    written = tokens.word(at)
    word = written if edit == TAKE_OUT else _put(forms, edit, target, written)
    healed = [] if edit == TAKE_OUT else [word, written] if edit == PUT_IN else [word]
    expected = " ".join(
        [*(tokens.word(j) for j in range(first, at)), *healed, *(tokens.word(j) for j in range(at + 1, last))]
    )
    kind = _type(forms, edit, target, word.lower())
    reason = _REASONS[kind] if edit == SWAP else "a word is missing" if edit == PUT_IN else "a word too many"
    counts = [float(row[k]) for k, used in ((Feature.LEFT_EXPECTED, left), (Feature.RIGHT_EXPECTED, right)) if used]
    reason = (
        f"{reason}: news says “{expected}” (up to {round(np.expm1(min(counts, default=0.0)))} times in the background)"
    )
    return Finding(kind, tokens.span(first, last), _text(tokens, first, last), expected, reason, strong)


def _put(forms: Forms, edit: int, target: int, written: str) -> str:
    """The word that an edit puts in, written like the one that stands there."""
    if edit == PUT_IN:
        return FUNCTION_WORDS[target]
    word = forms.spelled[int(forms.words.targets[target])]
    return word[:1].upper() + word[1:] if written[:1].isupper() else word
