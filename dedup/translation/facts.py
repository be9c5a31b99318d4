"""Numbers, dates and names of an article in any language, so that those of two languages can be compared.

Public: `Fact`, `Facts`, `facts_of`, `same_number`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dedup.records import Span

LEAST_NUMBER = 13  # smaller whole numbers are written as words in one language and as digits in the other
_NUMBER = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d+)?")
_GROUPED = re.compile(r"(?<=\d)[.,' \u00a0\u202f](?=\d{3}(?!\d))")
_WORD = re.compile(r"[^\W\d_]+")
_KATAKANA = re.compile(r"[ァ-ヺー]{3,}")
_CASED = re.compile(r"[^\W\d_]")
# Consonants that scripts and spellings of names confuse; vowels, h, w and y are left out.
_CLASSES = str.maketrans("bpvfckqgdtszjxlrmn", "bbbbkkkkttssssrrnn", "aeiouhwy'-")
LEAST_KEY = 3  # classes of a name's consonants
SPACELESS = frozenset(("ja", "zh", "th"))
NOUNS_CAPITAL = frozenset(("de",))  # a capital tells nothing of names


class Fact(NamedTuple):
    """A number, a date or a name, and where it stands."""

    type: str  # number | date | name
    key: str  # equal for the same fact in two languages
    span: Span


@dataclass(frozen=True, eq=False)
class Facts:
    """What an article states that a translation keeps."""

    numbers: tuple[Fact, ...]
    dates: tuple[Fact, ...]
    names: tuple[Fact, ...]  # in scripts that have capitals and languages that use them for names
    sounds: frozenset[str]  # beginnings of all words as consonants, to look the other's names up
    running: str  # the same of a text without spaces, in one piece

    def says(self, name: str) -> bool:
        """Return whether a name of the other article stands here."""
        return name in self.sounds or (bool(self.running) and name in self.running)


def facts_of(text: str, language: str) -> Facts:
    """Return the facts of an article in this language (ISO 639-1)."""
    words = [(match.group(), match.span()) for match in _WORD.finditer(text)]
    spaceless = language in SPACELESS
    sounded = [match.group() for match in _KATAKANA.finditer(text)] if language == "ja" else []
    sounded += [word for word, _ in words if word.isascii() or not spaceless]
    sounds = {sound for word in set(sounded) for sound in _beginnings(word, language)}
    running = consonants(text) if language == "th" else ""
    dates = _dates_within(text, language) if spaceless else _dates(words, language)
    return Facts(tuple(_numbers(text)), tuple(dates), tuple(_names(text, words, language)), frozenset(sounds), running)


@lru_cache(1 << 14)
def consonants(word: str) -> str:
    """Return a word by the classes of its consonants, in Latin letters, equal ones in a row once."""
    from anyascii import anyascii

    plain = str(anyascii(word)).lower().replace("kh", "h").translate(_CLASSES)
    return re.sub(r"(.)\1+", r"\1", "".join(filter(str.isalpha, plain)))


def _beginnings(word: str, language: str) -> set[str]:
    forms = [consonants(word)]
    if language == "ar":  # prepositions and the article are written together with the name
        forms += [consonants(word[cut:]) for cut in (1, 2, 3) if len(word) > cut + 2]
    return {form[:end] for form in forms for end in range(LEAST_KEY, len(form) + 1)}


def _names(text: str, words: list[tuple[str, Span]], language: str) -> Iterator[Fact]:
    """Return the capitalised words that begin no sentence and stand nowhere in lower case."""
    if language in NOUNS_CAPITAL:
        return
    small, dates = {word for word, _ in words if word.islower()}, calendar(language)
    for word, span in words:
        if not word[0].isupper() or len(word) < LEAST_KEY or word.lower() in small or not _inside(text, span[0]):
            continue
        key = consonants(word)
        if len(key) >= LEAST_KEY and _date(word, dates) is None:
            yield Fact("name", key, span)


def _inside(text: str, at: int) -> bool:
    """Return whether a word that begins here stands inside a sentence."""
    before = text[max(0, at - 2) : at]
    return bool(before) and (before[-1] != " " or before[0] not in ".!?:…") and before[-1] not in '\n"“„«'


def _numbers(text: str) -> Iterator[Fact]:
    for match in _NUMBER.finditer(text):
        digits = _GROUPED.sub("", match.group())
        plain = "".join(str(int(each)) if each.isdecimal() else "." for each in digits)
        if "." in plain or int(plain) >= LEAST_NUMBER:
            yield Fact("number", plain, match.span())


def same_number(one: str, other: str) -> bool:
    """Return whether two numbers may be one: the same digits but for zeros, as 12 million and 1200 ten-thousands."""
    return significant(one) == significant(other)


def significant(number: str) -> str:
    """Return the digits of a number without the zeros around them."""
    return number.replace(".", "").strip("0")


@lru_cache(maxsize=32)
def calendar(language: str) -> dict[str, str]:
    """Return the names of months and weekdays, in lower case and without most of their endings, with their keys."""
    from babel import Locale

    locale, found = Locale.parse(language), dict[str, str]()
    for letter, names in (("m", locale.months), ("d", locale.days)):
        for context in ("format", "stand-alone"):
            for number, name in names[context]["wide"].items():
                plain = _WORD.findall(name.lower())[0] if language not in SPACELESS else name
                found.setdefault(_stem(plain), f"{letter}{number}")
    if language == "zh":  # written with digits and, of weekdays, in short
        found |= {f"{month}月": f"m{month}" for month in range(1, 13)}
        found |= {f"周{day}": f"d{number}" for number, day in enumerate("一二三四五六日")}
    return found


STEM = 5  # letters of a month or weekday that its endings leave alone


def _stem(word: str) -> str:
    return word[: max(STEM, len(word) - 2)] if len(word) > STEM else word


def _dates(words: list[tuple[str, Span]], language: str) -> Iterator[Fact]:
    names = calendar(language)
    for word, span in words:
        key = _date(word, names)
        if key is not None:
            yield Fact("date", key, span)


def _date(word: str, names: dict[str, str]) -> str | None:
    """Return the key of a month or weekday in any of its forms."""
    low = word.lower()
    return names.get(low) or names.get(low[:-1]) or names.get(_stem(low))


@lru_cache(maxsize=32)
def _pattern(language: str) -> re.Pattern[str]:
    names = sorted(calendar(language), key=len, reverse=True)
    return re.compile(r"(?<!\d)(?:" + "|".join(map(re.escape, names)) + ")")


def _dates_within(text: str, language: str) -> Iterator[Fact]:
    for match in _pattern(language).finditer(text):
        yield Fact("date", calendar(language)[match.group()], match.span())
