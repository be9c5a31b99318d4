"""Phrases that spinners leave behind, from a readable table: `dedup/data/tortured_phrases.tsv` (its header: grammar).

Two adjacent words of each pattern are its anchor; one compiled pass over the hashes finds the anchors of all patterns,
and only there are the words compared.

Public: `Pattern`, `read_patterns`, `find_phrases`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word
from dedup.errors import ConfigError
from dedup.language.sorted_keys import row_of, starts_of
from dedup.records import Finding, Flag, Tokens
from dedup.resources import resource

_SHIPPED = resource("tortured_phrases.tsv")
_DASHES = (b"--", b" - ", b"- ")  # hyphens that stand for a dash: they part words that a hyphen joins
_REPEATED = re.compile(r"\{(\d)\}")  # in what is expected: a word of the phrase as it stands there
_QUOTE_ENDS = ('," ', ",” ", ",' ", ",’ ")


_CAPITAL, _UPPER, _BROKEN = int(Flag.CAPITAL), int(Flag.UPPER), int(Flag.BREAK | Flag.LINE)


@lru_cache(maxsize=1 << 14)
def _lowered(written: bytes) -> str:
    return written.decode("utf-8", "surrogatepass").lower().replace("’", "'").replace("‘", "'")


def lowered(tokens: Tokens, i: int) -> str:
    """Word `i` in lower case with straight apostrophes, as patterns are written."""
    return _lowered(tokens.data[int(tokens.starts[i]) : int(tokens.ends[i])])


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a pattern: what it may be, or (`negative`) may not be."""

    words: frozenset[str]
    endings: tuple[str, ...] = ()
    negative: bool = False
    capital: str = ""  # "^" capital | "^^" capital and not all capitals | "_" none
    loose: bool = False  # a mark may stand before it

    @classmethod
    def parse(cls, written: str) -> Term:
        """Read one word of the table."""
        rest = written.lstrip("!^_~")
        marks, parts = written[: len(written) - len(rest)], rest.split("|")
        capital = "^^" if "^^" in marks else "^" if "^" in marks else "_" if "_" in marks else ""
        endings = tuple(p[1:] for p in parts if p.startswith("*"))
        words = frozenset(p for p in parts if not p.startswith("*"))
        return cls(words, endings, "!" in marks, capital, "~" in marks)

    @property
    def literal(self) -> bool:
        """Whether it can be an anchor."""
        return not self.endings and not self.negative

    def fits(self, tokens: Tokens, i: int) -> bool:
        """Whether word `i` is what the term asks for."""
        if self.capital and bool(int(tokens.flags[i]) & _CAPITAL) != (self.capital != "_"):
            return False
        if self.capital == "^^" and int(tokens.flags[i]) & _UPPER:
            return False
        word = lowered(tokens, i)
        return (word in self.words or word.endswith(self.endings or ("\0",))) != self.negative


@dataclass(frozen=True)
class Pattern:
    """One line of the table."""

    strong: bool
    before: tuple[Term, ...]
    found: tuple[Term, ...]
    after: tuple[Term, ...]
    expected: str
    starts: str = ""  # "." or ',"': what must stand before
    ends: bool = False  # a comma, full stop or the end must follow

    @classmethod
    def parse(cls, line: str) -> Pattern:
        """Read one line; raises ConfigError where it has not five columns."""
        columns = line.split("\t")
        if len(columns) != 5 or columns[0] not in ("strong", "weak") or not columns[2]:
            raise ConfigError(f"tortured_phrases.tsv: cannot read {line!r}")
        strength, before, found, after, expected = columns
        starts = before if before in (".", ',"') else ""
        ends = after.split("|")[-1] == "."
        terms = [tuple(Term.parse(w) for w in part.split()) for part in ("" if starts else before, found, after)]
        if ends:
            terms[2] = tuple(Term(t.words - {"."}, t.endings, t.negative, t.capital) for t in terms[2][:1])
            terms[2] = () if not terms[2][0].words and not terms[2][0].endings else terms[2]
        return cls(strength == "strong", terms[0], terms[1], terms[2], expected, starts, ends)

    @cached_property
    def row(self) -> tuple[Term, ...]:
        """All terms, in order."""
        return self.before + self.found + self.after

    @cached_property
    def anchor(self) -> int:
        """Where in `row` the two words begin that are looked for first; -1 - i where it is the single word i."""
        row = self.row
        pairs = [i for i in range(len(row) - 1) if row[i].literal and row[i + 1].literal]
        if self.ends and self.after:
            pairs = [i for i in pairs if i + 1 < len(self.before) + len(self.found)]
        if pairs:
            return max(pairs, key=lambda i: min(map(len, row[i].words)) + min(map(len, row[i + 1].words)))
        return -1 - next(i for i in range(len(self.before), len(row)) if row[i].literal)

    def fits(self, tokens: Tokens, first: int) -> bool:
        """Whether the pattern stands in the text with its first `found` word at `first`."""
        last = first + len(self.found)
        if first < 0 or last > len(tokens):
            return False
        for i, term in enumerate(self.found, first):
            if not term.fits(tokens, i):
                return False
        if (tokens.flags[first:last] & int(Flag.BOILERPLATE)).any():
            return False
        written = tokens.data[int(tokens.starts[first]) : int(tokens.ends[last - 1])]
        if any(dash in written for dash in _DASHES):
            return False
        joined = all(t.loose or not self._broken(tokens, first + k) for k, t in enumerate(self.found) if k)
        return joined and self._starts(tokens, first) and self._follows(tokens, last)

    @staticmethod
    def _broken(tokens: Tokens, i: int) -> bool:
        return bool(int(tokens.flags[i]) & _BROKEN)

    def _starts(self, tokens: Tokens, first: int) -> bool:
        if self.starts:
            gap = tokens.data[int(tokens.ends[first - 1]) if first else 0 : int(tokens.starts[first])].decode()
            return gap in _QUOTE_ENDS if self.starts == ',"' else self._broken(tokens, first)
        for k, term in enumerate(reversed(self.before), 1):
            i = first - k
            if i < 0 or (self._broken(tokens, i + 1) and not term.loose):
                return term.negative
            if not term.fits(tokens, i):
                return False
        return True

    def _follows(self, tokens: Tokens, last: int) -> bool:
        absent = last >= len(tokens) or self._broken(tokens, last)
        if self.ends and absent:
            return True
        if self.ends and not self.after:
            return False
        for k, term in enumerate(self.after):
            i = last + k
            if i >= len(tokens) or (self._broken(tokens, i) and not term.loose):
                return term.negative
            if not term.fits(tokens, i):
                return False
        return True


class Book(NamedTuple):
    """The patterns, ready to look for: `w` words of anchors, numbered from 1 by their sorted hashes."""

    first: U32
    keys: U64  # (w,)
    marked: NDArray[np.bool_]  # (w + 1, w + 1) whether two words are an anchor; column 0: the first alone is one
    patterns: dict[tuple[int, int], list[tuple[Pattern, int]]]  # anchor -> pattern, words from its start to the anchor


def read_patterns(path: Path = _SHIPPED) -> list[Pattern]:
    """The patterns of a table."""
    lines = path.read_text("utf-8").splitlines()
    return [Pattern.parse(line) for line in lines if line and not line.startswith("#")]


def _anchors(pattern: Pattern) -> Iterator[tuple[tuple[str, ...], int]]:
    """Word tuples that mark a pattern, and how far its first `found` word lies behind their first."""
    at = pattern.anchor
    place = at if at >= 0 else -1 - at
    terms = pattern.row[place : place + 2] if at >= 0 else pattern.row[place : place + 1]
    for words in product(*(sorted(t.words) for t in terms)):
        yield words, len(pattern.before) - place


def _book(patterns: list[Pattern]) -> Book:
    marks = [(words, shift, p) for p in patterns for words, shift in _anchors(p)]
    keys = np.array(sorted({hash_word(w.encode()) for words, _, _ in marks for w in words}), np.uint64)
    number = {int(k): i + 1 for i, k in enumerate(keys)}
    marked = np.zeros((len(keys) + 1, len(keys) + 1), bool)
    found: dict[tuple[int, int], list[tuple[Pattern, int]]] = defaultdict(list)
    for words, shift, pattern in marks:
        left, *right = (number[hash_word(w.encode())] for w in words)
        pair = (left, right[0] if right else 0)
        marked[pair] = True
        found[pair].append((pattern, shift))
    return Book(starts_of(keys), keys, marked, dict(found))


@cache
def shipped_book() -> Book:
    """The patterns that come with the package."""
    return _book(read_patterns())


def book_with(lines: Iterable[str]) -> Book:
    """The shipped patterns and further ones, lines in the same grammar. Raises `ConfigError` for a line that is not."""
    return _book([*read_patterns(), *map(Pattern.parse, lines)])


@kernel
def _marks(hashes: U64, first: U32, keys: U64, marked: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Rows (position, first word's number, second word's number or 0) where an anchor stands."""
    found = np.empty((2 * len(hashes), 3), np.int32)
    n, before = 0, np.int64(0)
    for i in range(len(hashes)):
        word = row_of(first, keys, hashes[i]) + 1
        if word and marked[word, 0]:
            found[n, 0], found[n, 1], found[n, 2] = i, word, 0
            n += 1
        if word and before and marked[before, word]:
            found[n, 0], found[n, 1], found[n, 2] = i - 1, before, word
            n += 1
        before = word
    return found[:n]


def find_phrases(tokens: Tokens, book: Book | None = None) -> Iterator[Finding]:
    """The phrases of the table that stand in an article, in order."""
    book = book or shipped_book()
    for place, left, right in _marks(tokens.hashes, book.first, book.keys, book.marked).tolist():
        for pattern, shift in book.patterns[left, right]:
            first = place + shift
            if pattern.fits(tokens, first):
                span = tokens.span(first, first + len(pattern.found))
                found = tokens.data[
                    int(tokens.starts[first]) : int(tokens.ends[first + len(pattern.found) - 1])
                ].decode()
                expected = _completed(pattern.expected, tokens, first)
                yield Finding("swap", span, found, expected, "a swap that spinners make", pattern.strong)


def _completed(expected: str, tokens: Tokens, first: int) -> str:
    """What is expected, with the words of the phrase that begins at `first` where it asks for them."""
    return _REPEATED.sub(lambda match: tokens.word(first + int(match[1]) - 1), expected)
