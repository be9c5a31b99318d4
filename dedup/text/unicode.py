"""One class and one folded form for every code point: the only place that knows Unicode.

Classes and folds follow the Unicode database of the running Python for letters, digits and case; a fold is always a
single code point, so that it fits a table (`tables`). Accents are kept.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np

from dedup.records import U8, U32

OTHER, LETTER, DIGIT, GRAM, IGNORED, APOSTROPHE, POINT, COMMA, END, WIDE_END, NEWLINE = range(11)

APOSTROPHES = "'\u2019\u2018\u02bc\uff07\u00b4`"
IGNORABLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
ENDS = "!?\u2026\u203c\u2047\u2048\u2049"
WIDE_ENDS = "\u3002\uff01\uff1f\uff61"
NEWLINES = "\n\r\x0b\x0c\x85\u2028\u2029"

# Scripts written without spaces between words: kana, Han, Thai, Lao, Burmese, Khmer.
GRAM_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFD),
)  # fmt: skip

# Letters of Cyrillic and Greek that are drawn like Latin ones, lower and upper case.
_CYRILLIC = ("авсԁеһіјкӏмոорԛѕтухԝѵгпь", "abcdehijklmnopqstyxwvrnb")
_UPPER_CYRILLIC = ("АВСЕНІЈКМОРЅТУХԜѴ", "ABCEHIJKMOPSTYXWV")
_GREEK = ("αεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeikvoptuxABEZHIKMNOPTYX")
LOOKALIKES = {
    look: latin
    for looks, latins in (_CYRILLIC, _UPPER_CYRILLIC, _GREEK)
    for look, latin in zip(looks, latins, strict=True)
}


@lru_cache(maxsize=1 << 16)
def class_of(character: str) -> int:
    """The class of one character."""
    for kind, members in (
        (APOSTROPHE, APOSTROPHES), (IGNORED, IGNORABLE), (POINT, "."), (COMMA, ","), (END, ENDS),
        (WIDE_END, WIDE_ENDS), (NEWLINE, NEWLINES),
    ):  # fmt: skip
        if character in members:
            return kind
    code = ord(character)
    category = unicodedata.category(character)
    if category[0] in "LMN" and any(low <= code <= high for low, high in GRAM_RANGES):
        return GRAM
    if category[0] in "LM":
        return LETTER
    return DIGIT if category == "Nd" else LETTER if category[0] == "N" else OTHER


@lru_cache(maxsize=1 << 16)
def fold(character: str) -> str:
    """Lower case, compatibility forms (full width) and apostrophes made one; always a single code point."""
    if character in APOSTROPHES:
        return "'"
    plain = unicodedata.normalize("NFKC", character)
    plain = plain if len(plain) == 1 else character
    low = plain.lower()
    return "σ" if low == "ς" else low if len(low) == 1 else low[0] if plain == "İ" else plain


def is_latin(character: str) -> bool:
    """Whether it is a letter of the Latin script."""
    code = ord(fold(character))
    return 0x61 <= code <= 0x7A or (0xC0 <= code <= 0x24F and class_of(character) == LETTER)


def is_lookalike_script(character: str) -> bool:
    """Whether it is a letter of Greek, Cyrillic or Armenian, the scripts whose letters pass for Latin ones."""
    return 0x370 <= ord(character) <= 0x58F and class_of(character) == LETTER


def tables(size: int = 0x20000) -> tuple[U8, U32]:
    """Class and folded code point of every code point below `size`; both arrays have shape (size,)."""
    classes = np.fromiter((class_of(chr(c)) for c in range(size)), np.uint8, size)
    folds = np.fromiter((ord(fold(chr(c))) for c in range(size)), np.uint32, size)
    return classes, folds
