"""Names compared by sound and spelling: Kyiv is Kiev, Witkoff is Witkov, Ukraine is not Ukrainian.

A name is folded to a short phonetic spelling (digraphs and voiced consonants made one, r and l made one, as happens in
translation through speech-like scripts; compare Soundex, Russell 1918, and Daitch-Mokotoff, 1985, for Slavic names).
Its consonants in order are the skeleton. Public: `spelling`, `similarity`, `is_inflection` (all compiled).
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import I32, U8
from dedup.compiled.decorators import borrowing
from dedup.language.word_classes import Index

LONGEST = 24  # letters of a name that are compared
NEAR_MISS = 0.5  # least similarity of two names in the same place

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

# What may follow the stem of a name in its plural, possessive, demonym and adjective forms.
_SUFFIXES = """
    s es 's n an ian ans ians ese uese ish i is ic er ers ean eans ist ists ism ite ites a e ia y ys y's ies ion
    ions ive ional al ation ations ative o land
"""
SUFFIXES = tuple(s.encode() for s in _SUFFIXES.split())
_WIDEST = max(len(s) for s in SUFFIXES)
SUFFIX_TABLE: NDArray[np.uint8] = np.zeros((len(SUFFIXES), _WIDEST), np.uint8)
for _row, _suffix in enumerate(SUFFIXES):
    SUFFIX_TABLE[_row, : len(_suffix)] = np.frombuffer(_suffix, np.uint8)
ABBREVIATION = 4  # letters: Nov is November, Sen is Senator
SHORTEST_STEM = 3  # letters that two forms of one name share at least


@borrowing
def letters(data: U8, start: Index, end: Index, out: I32) -> int:
    """Base letters of a word (and apostrophes as 39) into `out`; the number of them, or -1 for another script."""
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
        elif byte == 0xE2 and at + 2 < end and data[at + 1] == 0x80 and data[at + 2] == 0x99:
            code = np.int64(39)
            at += 3
        else:
            return -1
        if code == 39:
            out[n] = 39
            n += 1
        elif code < 0x250 and BASES[code]:
            out[n] = BASES[code]
            n += 1
        elif code >= 0x250:
            return -1
    return n


@borrowing
def spelling(data: U8, start: Index, end: Index, out: U8, raw: I32) -> int:
    """Phonetic spelling of a word without its possessive into `out` (size >= 24); its length, or -1.

    `raw` is scratch for 24 letters.
    """
    n = letters(data, start, end, raw)
    if n < 0:
        return -1
    if n > 2 and raw[n - 2] == 39 and raw[n - 1] == 115:  # 's
        n -= 2
    size = 0
    for i in range(n):
        letter = raw[i]
        if letter == 39 or letter > 127:
            continue
        after = raw[i + 1] if i + 1 < n else 0
        sound = SOUNDS[letter]
        if letter == 104 and i > 0:  # h is silent, ph is f
            if raw[i - 1] == 112 and size > 0:
                out[size - 1] = 102
            continue
        if letter == 99 and (after == 101 or after == 105 or after == 121):  # c before e, i, y
            sound = np.uint8(115)
        if size > 0 and out[size - 1] == sound and sound != 97 and sound != 101 and sound != 111:
            continue  # double consonants
        out[size] = sound
        size += 1
    return size


@borrowing
def _is_vowel(sound: int) -> bool:
    return sound == 97 or sound == 101 or sound == 105 or sound == 111 or sound == 117


@borrowing
def similarity(left: U8, x: Index, na: int, right: U8, y: Index, nb: int, row: I32) -> float:
    """1 - weighted edit distance / longer length of two phonetic spellings, 0..1; a vowel for a vowel costs a half.

    The spellings are the first `na` and `nb` sounds of `left[x]` and `right[y]`; `row` is scratch for 25. Names that
    begin with different sounds have similarity 0, unless both begin with a vowel; so have those whose lengths alone
    keep them below `NEAR_MISS`.
    """
    if na < 2 or nb < 2 or 2 * abs(na - nb) > max(na, nb):
        return 0.0
    if left[x, 0] != right[y, 0] and not (_is_vowel(left[x, 0]) and _is_vowel(right[y, 0])):
        return 0.0
    for j in range(nb + 1):
        row[j] = 2 * j  # in halves
    for i in range(1, na + 1):
        before, sound = row[0], left[x, i - 1]
        row[0] = 2 * i
        vowel, last = _is_vowel(sound), 2 * i
        for j in range(1, nb + 1):
            cost = 0
            if sound != right[y, j - 1]:
                cost = 1 if vowel and _is_vowel(right[y, j - 1]) else 2
            last = min(before + cost, row[j] + 2, last + 2)
            before = row[j]
            row[j] = last
    return float(1.0 - 0.5 * row[nb] / max(na, nb))


@borrowing
def _known_suffix(word: I32, start: Index, end: Index) -> bool:
    if start >= end:
        return True
    for k in range(SUFFIX_TABLE.shape[0]):
        same = True
        for i in range(SUFFIX_TABLE.shape[1]):
            letter = word[start + i] if start + i < end else 0
            if letter != SUFFIX_TABLE[k, i]:
                same = False
                break
        if same and end - start <= SUFFIX_TABLE.shape[1]:
            return True
    return False


@borrowing
def _without_possessive(word: I32, size: int) -> int:
    return size - 2 if size > 2 and word[size - 2] == 39 and word[size - 1] == 115 else size


@borrowing
def is_inflection(
    data: U8, start: Index, end: Index, other: U8, other_start: Index, other_end: Index, work: I32
) -> bool:
    """Whether two words are forms of one name (plural, possessive, demonym): a shared stem and known endings.

    `work`: scratch of shape (2, 24) or more.
    """
    a, b = work[0], work[1]
    na, nb = letters(data, start, end, a), letters(other, other_start, other_end, b)
    na, nb = _without_possessive(a, na), _without_possessive(b, nb)
    shared = 0
    while shared < na and shared < nb and a[shared] == b[shared]:
        shared += 1
    for stem in range(shared, max(SHORTEST_STEM, shared - 2) - 1, -1):
        if stem in (na, nb) and stem <= ABBREVIATION:
            return True
        if _known_suffix(a, stem, na) and _known_suffix(b, stem, nb):
            return True
    return False
