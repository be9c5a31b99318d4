"""Keys of names by their sound: names that sound alike have keys that are alike, or the same.

Two keys, because they answer two questions; one for both would change results: in the first "ch" sounds as k, p and f
differ and vowels count, in the second "ch" sounds as s, p and f are one and vowels are dropped.

- `phonetic_key` (compiled, on UTF-8 bytes) keeps the vowels and is compared by edit distance, so that two names in the
  same place can be told to be more or less alike. Digraphs and voiced consonants are made one, r and l too, as happens
  in translation through speech-like scripts (compare Soundex, Russell 1918, and Daitch-Mokotoff, 1985, for Slavic
  names).
- `consonant_key` (plain Python, cached by its callers) drops the vowels and makes one of all consonants of one place of
  articulation, so that equal keys can be looked up in a dictionary among all names of the background.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

from dedup.compiled.arrays import I32, U8
from dedup.compiled.decorators import borrowing
from dedup.language.word_classes import Index

LONGEST = 24  # letters of a name that are compared
A, C, E, F, H, I, O, P, S, Y = map(ord, "acefhiopsy")  # noqa: E741
APOSTROPHE, CURLY = ord("'"), tuple("’".encode())

# Base letter of every code point below 0x250 (Latin-1, Latin Extended-A and -B), 0 where there is none.
BASES: U8 = np.zeros(0x250, np.uint8)
for _code in range(0x250):
    _base = unicodedata.normalize("NFD", chr(_code)).lower()[:1]
    _base = {"ø": "o", "ł": "l", "đ": "d", "ß": "s", "æ": "e", "œ": "e", "ı": "i", "þ": "t", "ð": "d"}.get(_base, _base)
    if "a" <= _base <= "z":
        BASES[_code] = ord(_base)

# One sound class a letter: voiced = unvoiced, r = l, w = v = f; y as i.
_SOUNDS = dict(zip("bcdfgjklmnpqrstvwxyzaeiouh", "pktfkjklmnpklstffkisaeiouh", strict=True))
SOUNDS: U8 = np.zeros(128, np.uint8)
for _letter, _sound in _SOUNDS.items():
    SOUNDS[ord(_letter)] = ord(_sound)

# One class per place of articulation, voice ignored: what survives a round trip through kana, Arabic or Cyrillic.
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("bpfvw", "p"),
        **dict.fromkeys("cgkqx", "k"),
        **dict.fromkeys("dt", "t"),
        **dict.fromkeys("jsz", "s"),
    }
    | {**dict.fromkeys("lr", "r"), **dict.fromkeys("aeiouyh'-", "")}
)
_SAME_SOUND = (
    ("sch", "s"),
    ("sh", "s"),
    ("ch", "s"),
    ("th", "t"),
    ("ph", "p"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
)
_DOUBLED = re.compile(r"(.)\1+")


@borrowing
def letters(data: U8, start: Index, end: Index, out: I32) -> int:
    """Write the base letters of a word, and apostrophes, into `out`; return how many, or -1 for another script."""
    n = 0
    at = start
    while at < end and n < LONGEST:
        byte = np.int64(data[at])
        if byte < 0x80:
            code = byte
            at += 1
        elif byte < 0xE0 and at + 1 < end:
            code = ((byte & 0x1F) << 6) | (np.int64(data[at + 1]) & 0x3F)
            at += 2
        elif byte == CURLY[0] and at + 2 < end and data[at + 1] == CURLY[1] and data[at + 2] == CURLY[2]:
            code = np.int64(APOSTROPHE)
            at += 3
        else:
            return -1
        if code == APOSTROPHE:
            out[n] = APOSTROPHE
            n += 1
        elif code < 0x250 and BASES[code]:
            out[n] = BASES[code]
            n += 1
        elif code >= 0x250:
            return -1
    return n


@borrowing
def phonetic_key(data: U8, start: Index, end: Index, out: U8, raw: I32) -> int:
    """Write the phonetic key of a word without its possessive into `out` (size >= 24); return its length, or -1.

    The word is the UTF-8 bytes [start, end) of `data`, `raw` scratch for 24 letters. -1: another script.
    """
    n = letters(data, start, end, raw)
    if n < 0:
        return -1
    if n > 2 and raw[n - 2] == APOSTROPHE and raw[n - 1] == S:
        n -= 2
    size = 0
    for i in range(n):
        letter = raw[i]
        if letter == APOSTROPHE or letter > 127:
            continue
        after = raw[i + 1] if i + 1 < n else 0
        sound = SOUNDS[letter]
        if letter == H and i > 0:  # h is silent, ph is f
            if raw[i - 1] == P and size > 0:
                out[size - 1] = F
            continue
        if letter == C and (after in (E, I, Y)):  # c before e, i, y
            sound = np.uint8(S)
        if size > 0 and out[size - 1] == sound and sound != A and sound != E and sound != O:
            continue  # double consonants
        out[size] = sound
        size += 1
    return size


@lru_cache(maxsize=1 << 14)
def consonant_key(name: str) -> str:
    """What is left of a name's sound: its first letter and the classes of the consonants after it, doubles as one."""
    low = _DOUBLED.sub(r"\1", name.lower())
    for written, sounded in _SAME_SOUND:
        low = low.replace(written, sounded)
    first = low[0] if low[0] in "aeiouyh" else low[0].translate(_CLASSES)
    return first + low[1:].translate(_CLASSES)
