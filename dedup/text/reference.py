"""The tokeniser in plain Python: slow, short and the definition of what the compiled kernel must give.

A word is a run of letters, digits and marks. Inside it an apostrophe between two letters or digits joins ("don't"),
and so does a point or comma between two digits ("1,000.5"). Hyphens separate: "pro-Kremlin" is two words. Ignorable
characters (soft hyphen, zero-width spaces) are dropped and do not separate. Runs of scripts without spaces (Chinese,
Japanese kana, Thai, Lao, Khmer, Burmese) give overlapping character bigrams.
"""

from __future__ import annotations

import numpy as np

from dedup.records import Flag, Tokens
from dedup.text.unicode import (
    APOSTROPHE,
    COMMA,
    DIGIT,
    END,
    GRAM,
    IGNORED,
    LETTER,
    LOOKALIKES,
    NEWLINE,
    POINT,
    WIDE_END,
    class_of,
    fold,
    is_latin,
    is_lookalike_script,
)

MASK = (1 << 64) - 1
LENGTH_FACTOR = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, as in Fibonacci hashing
MIX_FACTOR = 0xD6E8FEB86659FD93  # odd, from Pelle Evensen's rrmxmx

STEM_LENGTH = 5  # code points; five-letter prefixes equal stems for alignment (DESIGN finding 4)
SHORTEST_SENTENCE = 3  # words; a shorter one joins the next
LONGEST_SENTENCE = 80  # words; text without punctuation is cut here

ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sen rep gov gen lt col sgt capt rev hon jr sr vs no jan feb mar apr jun jul aug sep sept "
    "oct nov dec inc ltd co corp dept est fig".split()
)


def hash_word(word: bytes) -> int:
    """64-bit hash of a folded word: eight bytes a step, little-endian, zero-padded, one 64x64 to 128 bit multiply."""
    h = len(word) * LENGTH_FACTOR & MASK
    for at in range(0, len(word), 8):
        product = (h ^ int.from_bytes(word[at : at + 8], "little")) * MIX_FACTOR
        h = (product & MASK) ^ (product >> 64)
    return h


def _joins(classes: list[int], i: int) -> bool:
    """Whether the mark at `i` holds a word together."""
    if i == 0 or i + 1 >= len(classes):
        return False
    before, after = classes[i - 1], classes[i + 1]
    if classes[i] == APOSTROPHE:
        return before in (LETTER, DIGIT) and after in (LETTER, DIGIT)
    return classes[i] in (POINT, COMMA) and before == DIGIT and after == DIGIT


def _runs(text: str, classes: list[int]) -> list[tuple[int, int]]:
    """Character ranges of words and of grams, in order. Ignorable characters never begin or end a word."""
    found: list[tuple[int, int]] = []
    i, n = 0, len(text)
    while i < n:
        if classes[i] == GRAM:
            end = i
            while end < n and classes[end] == GRAM:
                end += 1
            found += [(k, k + 2) for k in range(i, end - 1)] or [(i, end)]
            i = end
        elif classes[i] in (LETTER, DIGIT):
            end = last = i + 1
            while end < n and (classes[end] in (LETTER, DIGIT, IGNORED) or _joins(classes, end)):
                end += 1
                if classes[end - 1] in (LETTER, DIGIT):
                    last = end
            found.append((i, last))
            i = end
        else:
            i += 1
    return found


def _folded(word: str, classes: list[int]) -> tuple[str, bool]:
    """The folded word and whether scripts were mixed."""
    kept = [c for c, kind in zip(word, classes, strict=True) if kind != IGNORED]
    mixed = any(is_latin(c) for c in kept) and any(is_lookalike_script(c) for c in kept)
    if mixed:
        kept = [LOOKALIKES.get(c, c) for c in kept]
    return "".join(fold(c) for c in kept), mixed


def _flags(word: str, classes: list[int], gap: str, gap_classes: list[int], mixed: bool) -> int:
    letters = [c for c, kind in zip(word, classes, strict=True) if kind == LETTER]
    flags = 0
    if word[0].isupper():
        flags |= Flag.CAPITAL
    if len(letters) >= 2 and not any(fold(c) == c and c.upper() != c for c in letters):
        flags |= Flag.UPPER
    if DIGIT in classes:
        flags |= Flag.DIGIT
    if mixed:
        flags |= Flag.MIXED
    if classes[0] == GRAM:
        flags |= Flag.GRAM
    if NEWLINE in gap_classes:
        flags |= Flag.LINE
    if any(c not in " \t\u00a0-\u2010\u2011" and kind != IGNORED for c, kind in zip(gap, gap_classes, strict=True)):
        flags |= Flag.BREAK
    return flags


def _ends_sentence(before: str, gap: str, kinds: list[int], after: str) -> bool:
    """Whether a sentence ends in the gap between the folded word `before` and the word `after` as written."""
    if kinds.count(NEWLINE) >= 2 or WIDE_END in kinds:
        return True
    if after[0].islower():
        return False
    if NEWLINE in kinds:
        return True
    marks = [i for i, kind in enumerate(kinds) if kind in (END, POINT)]
    if not marks or not any(c.isspace() for c in gap[marks[0] :]):
        return False
    only_point = all(kinds[i] == POINT for i in marks)
    return not (only_point and (len(before) == 1 or before in ABBREVIATIONS))


def _sentences(ends: list[bool]) -> list[int]:
    """First word of each sentence and the number of words; `ends[i]`: a sentence may end before word i."""
    starts = [0]
    for i in range(1, len(ends)):
        long_enough = i - starts[-1] >= SHORTEST_SENTENCE
        if (ends[i] and long_enough) or i - starts[-1] >= LONGEST_SENTENCE:
            starts.append(i)
    if len(starts) > 1 and len(ends) - starts[-1] < SHORTEST_SENTENCE:
        starts.pop()
    return [*starts, len(ends)] if ends else [0]


def tokenise(text: str) -> Tokens:
    """Words, sentences and byte offsets of a text, one character at a time."""
    classes = [class_of(c) for c in text]
    runs = _runs(text, classes)
    sizes = [len(c.encode("utf-8", "surrogatepass")) for c in text]
    byte_at = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32)
    hashes, stems, flags, ends = [], [], [], []
    reached, before = 0, ""
    for start, end in runs:
        word, kinds = text[start:end], classes[start:end]
        gap, gap_kinds = text[reached:start], classes[reached:start]
        folded, mixed = _folded(word, kinds)
        hashes.append(hash_word(folded.encode()))
        stems.append(hash_word(folded[:STEM_LENGTH].encode()))
        first = Flag.LINE | Flag.BREAK if not flags else 0
        flags.append(_flags(word, kinds, gap, gap_kinds, mixed) | first)
        ends.append(_ends_sentence(before, gap, gap_kinds, word) if gap else False)
        reached, before = max(reached, end), folded
    spans = np.array(runs, np.int64).reshape(-1, 2)
    return Tokens(
        data=text.encode("utf-8", "surrogatepass"),
        hashes=np.array(hashes, np.uint64),
        stems=np.array(stems, np.uint64),
        starts=byte_at[spans[:, 0]],
        ends=byte_at[spans[:, 1]],
        flags=np.array(flags, np.uint8),
        sentences=np.array(_sentences(ends), np.uint32),
    )
