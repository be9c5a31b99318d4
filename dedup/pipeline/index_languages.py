"""Translations of one article: among those of an index, which keeps vectors of them, or of a pile that passes by.

Public: `IndexLanguages`, `Passing`, `joined`.

The article is compared with its own best, those that `dedup.translation.candidates` gives it, by the same verdict as in
a scan. Near copies of one article, of which a scan pairs the first only, are each named here, and count as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from itertools import compress

import numpy as np

from dedup.compiled.arrays import U32
from dedup.errors import IndexDamaged
from dedup.index.folder import REBUILD
from dedup.index.stages import Held
from dedup.index.vector_rows import VectorRow
from dedup.pipeline.languages import DAY, day_of
from dedup.pipeline.preference import moment
from dedup.pipeline.sites import same_site
from dedup.records import SAME_WORDS, Article, Kind, Match
from dedup.translation.candidates import Nearest, Sketch, Sketches, language_number, sketch_of
from dedup.translation.encoder import I8
from dedup.translation.features import Text
from dedup.translation.translator import Translator

MICRO = 1e6
KEPT = 4  # texts whose vectors are at hand: an index asks for them when it checks, and again when it adds


def joined(matches: Iterable[Match], across: Iterable[Match]) -> list[Match]:
    """Return matches with those across languages among them; a sure one takes the place of all but the same words."""
    found = {(match.left, match.right): match for match in matches}
    for match in across:
        old = found.get((match.left, match.right))
        if old is None or (match.kind is Kind.TRANSLATION and old.kind not in SAME_WORDS):
            found[match.left, match.right] = match
    return list(found.values())


class _Asked:
    """An article whose translations are looked for."""

    def __init__(self, article: Article, language: str, first: I8, chosen: Translator) -> None:
        self.article, self.language, self.first, self._chosen = article, language, first, chosen
        self._centred = chosen.model.centred(first, language)
        self.near = Nearest(sketch_of(self._centred), chosen.config)
        self._day = day_of(article)
        self._text: Text | None = None

    def look_at(self, some: Sketches, wanted: np.ndarray | bool = True) -> None:
        """Take some articles; those of its language, and of other times, are passed over."""
        self.near.look_at(some, wanted & self.in_time(some.days) & (some.languages != language_number(self.language)))

    def in_time(self, days: np.ndarray) -> np.ndarray:
        """Return which days are near enough to its own; all where one of the two is not known."""
        return ~(np.abs(days - self._day) > self._chosen.config.days)

    def verdict(self, other: Article, language: str, first: I8) -> Match | None:
        """Return the match with one of the best."""
        if not self._chosen.worth_reading(self._centred, self._chosen.model.centred(first, language)):
            return None
        self._text = self._text or self._ready(self.article, self.language, self.first)
        match = self._chosen.match(self._text, self._ready(other, language, first))
        return match and replace(match, same_site=same_site(self.article, other))

    def _ready(self, article: Article, language: str, first: I8) -> Text:
        return self._chosen.text(article, language, first, self._chosen.rest(article.text))


def _encoded(text: str, chosen: Translator) -> tuple[str, I8]:
    """Return the language of a text and the vectors that it is found by; none where the language is not known."""
    language = chosen.language(text)
    known = chosen.knows(language)
    return language, chosen.first(text) if known else np.empty((0, chosen.encoder.width), np.int8)


class Passing:
    """The translations of an article among those of a pile that passes by: no more of it is kept than may be one."""

    def __init__(self, article: Article, chosen: Translator) -> None:
        language, first = _encoded(article.text, chosen)
        self._asked = _Asked(article, language, first, chosen) if len(first) else None
        self._chosen = chosen
        self._seen, self._best = 0, dict[int, tuple[Article, str, I8]]()

    def look_at(self, articles: Sequence[Article]) -> None:
        """Take some articles."""
        if self._asked is None:
            return
        near = self._asked.in_time(np.array([day_of(one) for one in articles]))
        told = ((one, self._chosen.language(one.text)) for one in compress(articles, near))
        others = [(one, code) for one, code in told if code != self._asked.language and self._chosen.knows(code)]
        found = [(one, code, first) for one, code in others if len(first := self._chosen.first(one.text))]
        numbers = range(self._seen, self._seen + len(found))
        self._seen += len(found)
        days = [day_of(one) for one, *_ in found]
        made = [self._chosen.sketch(first, code) for _, code, first in found]
        self._asked.look_at(Sketches.of(numbers, [code for _, code, _ in found], days, made))
        self._best |= dict(zip(numbers, found, strict=True))
        self._best = {number: self._best[number] for number in self._asked.near.held()}

    def article(self, id_: str) -> Article | None:
        """Return one of the best by its id."""
        return next((one for one, *_ in self._best.values() if one.id == id_), None)

    def matches(self) -> list[Match]:
        """Return the translations among all that passed."""
        asked = self._asked
        found = [asked.verdict(*self._best[number]) for number in asked.near.numbers()] if asked else []
        return [match for match in found if match is not None]


class IndexLanguages:
    """The search across languages in an index (`dedup.index.stages.Across`)."""

    def __init__(self, chosen: Translator) -> None:
        self._chosen = chosen
        means = (chosen.model.means[code].tobytes() for code in sorted(chosen.model.means))
        made_by = f"{chosen.encoder.name} {chosen.config.sentences}".encode()
        self.stamp = blake2b(b"".join((made_by, *means)), digest_size=16).digest()
        self._parts: list[Sketches] = []
        self._numbers = np.empty(0, np.uint32)  # of all rows so far, those without vectors too
        self._last, self._removed = 0, list[int]()  # the last row so far, and what is gone of them
        self._encoded = lru_cache(KEPT)(lambda text: _encoded(text, chosen))

    def row(self, number: int, article: Article) -> VectorRow:
        """Return what is kept of an article."""
        (language, first), at = self._encoded(article.text), moment(article.published)
        published = None if at is None else round(at * MICRO)
        if not len(first):
            return VectorRow(number, self.stamp, language, published)
        sketch = self._chosen.sketch(first, language)
        body = sketch.mean.tobytes() + sketch.blocks.tobytes()
        return VectorRow(number, self.stamp, language, published, body, first.tobytes())

    def matches(self, article: Article, held: Held, numbers: U32) -> list[Match]:
        """Return the translations of an article among those with some numbers. Raises `IndexDamaged`."""
        for rows in held.rows(self._last):
            self._add(rows)
        if not np.isin(numbers, self._numbers, assume_unique=True).all():
            raise IndexDamaged(f"articles of the index have no row of vectors; {REBUILD}")
        if not self._parts:
            return []
        language, first = self._encoded(article.text)
        if not len(first):
            return []
        asked = _Asked(article, language, first, self._chosen)
        for part in self._parts:
            asked.look_at(part, np.isin(part.numbers, numbers, assume_unique=True))
        found = (self._verdict(asked, held, number) for number in asked.near.numbers())
        return [match for match in found if match is not None]

    def forget(self, numbers: Sequence[int]) -> None:
        """Note that articles were removed; when they are half of what is held, their sketches are let go."""
        self._removed += numbers
        if 2 * len(self._removed) > len(self._numbers):
            self._numbers = self._numbers[~np.isin(self._numbers, self._removed)]
            self._parts = [part.only(~np.isin(part.numbers, self._removed)) for part in self._parts]
            self._removed = []

    def _verdict(self, asked: _Asked, held: Held, number: int) -> Match | None:
        other = held.read(number)
        first = np.frombuffer(held.vectors(number, self.stamp), np.int8).reshape(-1, self._chosen.encoder.width)
        if not len(first):  # made anew by another process since its sketch was read
            return None
        return asked.verdict(other, self._chosen.language(other.text), first)

    def _add(self, rows: Sequence[VectorRow]) -> None:
        """Take rows that follow; parts are joined so that each is more than twice as large as the next."""
        self._last = rows[-1].number
        self._numbers = np.concatenate([self._numbers, np.array([row.number for row in rows], np.uint32)])
        made = [row for row in rows if row.stamp == self.stamp and row.sketch]
        if not made:
            return
        days = [np.nan if row.published is None else row.published / MICRO / DAY for row in made]
        sketches = [self._sketch(row.sketch) for row in made]
        some = Sketches.of([row.number for row in made], [row.language for row in made], days, sketches)
        self._parts.append(some)
        while len(self._parts) > 1 and len(self._parts[-2].numbers) <= 2 * len(self._parts[-1].numbers):
            self._parts[-2:] = [self._parts[-2].followed(self._parts[-1])]

    def _sketch(self, body: bytes) -> Sketch:
        wide = np.frombuffer(body, np.int8).reshape(-1, self._chosen.encoder.width)
        return Sketch(wide[0], wide[1:])

    joined: Callable[[Iterable[Match], Iterable[Match]], list[Match]] = staticmethod(joined)
