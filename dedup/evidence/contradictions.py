"""Facts that a copy turned: who, how many, whether, which way. Public: `contradictions`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from dedup.records import Evidence, Span

CONTRADICTION = "contradiction"
FACTS = {"exchange": "who", "name": "who", "number": "how many", "negation": "whether", "direction": "direction"}
ALIKE = 0.5  # of the longer name's letters at both ends in common: another spelling, not another person
AROUND, LEAST_AROUND = 40, 3  # characters in which words around a swap are looked for; words
SPELLING = 0.6  # share of letters in common, in order: Aleksandr and Alexander, Pyotr and Peter
SHORTEST = 3  # letters of a word of a name: shorter ones are initials and titles
_NAMES = re.compile(r"[^\W\d_a-z][\w’'-]+(?: [^\W\d_a-z][\w’'-]+)*")
_WORD = re.compile(r"[\w’'-]+")
_NAME_BEHIND = re.compile(r"\.? [^\W\d_a-z]")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n“\"«(\[–—-])\s*[“\"'‘]?$")
# Names of one thing, and words with a capital that are no names.
_ALIASES = (
    "us usa america american americans united states", "uk britain british england english united kingdom",
    "eu europe european union", "gop republican republicans", "holland netherlands dutch", "russia russian soviet",
    "democrat democrats democratic party", "congress house senate parliament lawmakers",
)  # fmt: skip
_ALIAS = {word: line for line, words in enumerate(_ALIASES) for word in words.split()}
_WORDS_OF_NO_NAME = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december mr mrs ms miss sir dr prof president minister chancellor premier senator sen rep
    representative congressman congresswoman gov governor mayor judge justice general gen colonel captain pope king
    queen prince princess the this that these those there they he she it we you his her its their our
"""
_NO_NAMES = frozenset(_WORDS_OF_NO_NAME.split())


def contradictions(evidence: Iterable[Evidence], texts: tuple[str, str]) -> tuple[Evidence, ...]:
    """Return the differences that turn a fact of the story, each as evidence of type `contradiction` with its `fact`.

    A name counts where it is another name, not another spelling; a swap of names where not both texts
    have words of both, or the words around are the same.
    """
    found = []
    for each in evidence:
        if each.type == "swap":
            told = "who" if _other_name(each, texts) else None
        else:
            told = FACTS.get(each.type)
            if each.type == "name" and _alike(each.left_text.lower(), each.right_text.lower()):
                told = None
        if told is not None:
            found.append(Evidence(CONTRADICTION, *each[1:5], told))
    return tuple(found)


def _other_name(each: Evidence, texts: tuple[str, str]) -> bool:
    """Return whether a swap puts the name of somebody else in the place of a name."""
    left, right = each.left_text, each.right_text
    if not (_NAMES.fullmatch(left) and _NAMES.fullmatch(right)) or _alike(left.lower(), right.lower()):
        return False
    mine, other = _words(left), _words(right)
    if _begins(texts[0], each.left) or _begins(texts[1], each.right) or _same_thing(mine, other):
        return False
    if _NAME_BEHIND.match(texts[0], each.left[1]) and _NAME_BEHIND.match(texts[1], each.right[1]):
        return False  # a first name or a title, and the name comes behind it
    text, other_text = set(_words(texts[0])), set(_words(texts[1]))
    return not (text & set(other) and other_text & set(mine)) or _same_around(each, texts)


def _same_around(each: Evidence, texts: tuple[str, str]) -> bool:
    """Return whether the two words before a swap, and the two behind it, are the same, and three at least."""
    sides = [
        (
            _WORD.findall(text[max(0, start - AROUND) : start].lower())[-2:],
            _WORD.findall(text[end : end + AROUND].lower())[:2],
        )
        for text, (start, end) in zip(texts, (each.left, each.right), strict=True)
    ]
    return sides[0] == sides[1] and sum(map(len, sides[0])) >= LEAST_AROUND


def _words(text: str) -> list[str]:
    return [word.removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text.lower())]


def _begins(text: str, span: Span) -> bool:
    """Return whether a span begins a sentence or a line, where a capital tells nothing."""
    return bool(_SENTENCE_END.search(text[max(0, span[0] - 3) : span[0]])) or span[0] == 0


def _same_thing(mine: list[str], other: list[str]) -> bool:
    """Return whether two names are of one thing as far as known, or one of them is no name."""
    if any(word in _NO_NAMES or len(word) < SHORTEST for word in (*mine, *other)):
        return True
    groups = {_ALIAS[word] for word in mine if word in _ALIAS} & {_ALIAS[word] for word in other if word in _ALIAS}
    initials = {"".join(word[0] for word in name) for name in (mine, other) if len(name) > 1}
    return bool(groups or initials & {"".join(mine), "".join(other)})


def _alike(a: str, b: str) -> bool:
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    return start + end >= ALIKE * max(len(a), len(b)) or SequenceMatcher(None, a, b, False).ratio() >= SPELLING


def _common(a: str, b: str) -> int:
    """Return how many letters two words have in common from the start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
