"""The tokeniser in plain Python: slow, short and the definition of what the compiled kernel must give.

A word is a run of letters, digits and marks. Inside it an apostrophe between two letters or digits joins ("don't"),
and so does a point or comma between two digits ("1,000.5"). Hyphens separate: "pro-Kremlin" is two words. Ignorable
characters (soft hyphen, zero-width spaces) are dropped and do not separate. Runs of scripts without spaces (Chinese,
Japanese kana, Thai, Lao, Khmer, Burmese) give overlapping character bigrams.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.hashing import hash_word
from dedup.records import Flag, Tokens
from dedup.text import unicode
from dedup.text.rules import ABBREVIATIONS, LONGEST_SENTENCE, SHORTEST_SENTENCE, STEM_LENGTH
from dedup.text.unicode import (
    APOSTROPHE,
    CLASS,
    COMMA,
    DIGIT,
    END,
    GRAM,
    IGNORED,
    LETTER,
    NEWLINE,
    POINT,
    RETURN,
    WIDE_END,
)


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
    """The folded word, accents composed, and whether scripts were mixed (then look-alikes become Latin)."""
    kept = [c for c, kind in zip(word, classes, strict=True) if kind != IGNORED]
    records = [unicode.record_of(ord(c)) for c in kept]
    mixed = any(r & unicode.LATIN for r in records) and any(r & unicode.LOOKALIKE for r in records)
    if mixed:
        kept = [unicode.unmask(c) for c in kept]
    folded: list[str] = []
    for c in map(unicode.fold, kept):
        whole = unicode.compose(folded[-1], c) if folded else None
        if whole is None:
            folded.append(c)
        else:
            folded[-1] = whole
    return "".join(folded), mixed


def _flags(word: str, gap: str, mixed: bool) -> int:
    records = [unicode.record_of(ord(c)) for c in word]
    classes = [r & CLASS for r in records]
    flags = 0
    if records[0] & unicode.CAPITAL:
        flags |= Flag.CAPITAL
    if sum(r & unicode.CAPITAL > 0 for r in records) >= 2 and not any(r & unicode.LOWER for r in records):
        flags |= Flag.UPPER
    if DIGIT in classes:
        flags |= Flag.DIGIT
    if mixed:
        flags |= Flag.MIXED
    if classes[0] == GRAM:
        flags |= Flag.GRAM
    between = [unicode.record_of(ord(c)) for c in gap]
    if any(r & CLASS in (NEWLINE, RETURN) for r in between):
        flags |= Flag.LINE
    if any(not r & unicode.SOFT for r in between):
        flags |= Flag.BREAK
    return flags


def _ends_sentence(before: str, gap: str, after: str) -> bool:
    """Whether a sentence ends in the gap between the folded word `before` and the word `after` as written."""
    records = [unicode.record_of(ord(c)) for c in gap.replace("\r\n", "\n")]
    kinds = [NEWLINE if r & CLASS == RETURN else r & CLASS for r in records]
    if kinds.count(NEWLINE) >= 2 or WIDE_END in kinds:
        return True
    if unicode.record_of(ord(after[0])) & unicode.LOWER:
        return False
    if NEWLINE in kinds:
        return True
    marks = [i for i, kind in enumerate(kinds) if kind in (END, POINT)]
    if not marks or not any(r & unicode.SPACE for r in records[marks[0] :]):
        return False
    initial = len(before) == 1 and unicode.class_of(before) != DIGIT
    return END in kinds or not (initial or before in ABBREVIATIONS)


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
    classes = [unicode.class_of(c) for c in text]
    runs = _runs(text, classes)
    sizes = [len(c.encode("utf-8", "surrogatepass")) for c in text]
    byte_at = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32)
    hashes: list[int] = []
    stems: list[int] = []
    flags: list[int] = []
    ends: list[bool] = []
    reached, before = 0, ""
    for start, end in runs:
        word, kinds = text[start:end], classes[start:end]
        gap = text[reached:start]
        folded, mixed = _folded(word, kinds)
        hashes.append(hash_word(folded.encode()))
        stems.append(hash_word(folded[:STEM_LENGTH].encode()))
        first = Flag.LINE | Flag.BREAK if not flags else 0
        flags.append(_flags(word, gap, mixed) | first)
        ends.append(_ends_sentence(before, gap, word) if gap else False)
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
