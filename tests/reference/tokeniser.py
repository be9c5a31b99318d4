"""The tokeniser in plain Python: slow, short and the definition of what the compiled kernel must give.

A word is a run of letters, digits and marks. Inside it an apostrophe between two letters or digits joins ("don't"),
and so does a point or comma between two digits ("1,000.5"). Hyphens separate: "pro-Kremlin" is two words. Ignorable
characters (soft hyphen, zero-width spaces) are dropped and do not separate. Runs of scripts without spaces (Chinese,
Japanese kana, Thai, Lao, Khmer, Burmese) give overlapping character bigrams, also over a few spaces. Three single
letters or more, a space apart, are one word; so are two digits behind a spaced character of those scripts. An article
most of whose words are single letters with the same sign between them is read without that sign, one with escapes as
they are meant (`escapes`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from string import ascii_letters, digits

import numpy as np

from dedup.compiled.hashing import hash_word
from dedup.records import Flag, Tokens
from dedup.text import unicode
from dedup.text.rules import (
    ABBREVIATIONS,
    FUNCTION_WORDS,
    LEAST_ACCENTED,
    LEAST_ACCENTED_SHARE,
    LEAST_DIGITS,
    LEAST_LEET,
    LEAST_LEET_SHARE,
    LEAST_LETTERS,
    LEAST_LETTERS_SHARE,
    LEAST_NATIVE_SHARE,
    LEAST_SPELLED,
    LEAST_VIETNAMESE_SHARE,
    LEET,
    LONGEST_SENTENCE,
    LONGEST_SEPARATOR,
    LONGEST_TAG,
    LONGEST_UNMARKED,
    MOST_CAPITALS,
    SAMPLE,
    SHORTEST_SENTENCE,
    SIGN_ENTITIES,
    SPACE_ENTITIES,
    STEM_LENGTH,
    TAGS,
    UNITS,
)
from dedup.text.unicode import (
    APOSTROPHE,
    CLASS,
    COMBINING,
    COMMA,
    DIGIT,
    END,
    GRAM,
    IGNORED,
    LETTER,
    NEWLINE,
    OTHER,
    POINT,
    RETURN,
    SPACE,
    WIDE_END,
)
from dedup.text.words import MOST_BETWEEN
from tests.reference import escapes

TAG = re.compile(r"</?(?P<name>[A-Za-z0-9]{1,16})(?P<rest>|[ /][^<>\n]*/|/|[ /][^<>\n]*=[^<>\n]*)>")
NUMBER_OR_MODEL = re.compile(rf"[A-Z]{{1,4}}[0-9]+|[0-9]+[xX][0-9]*|[0-9]+[A-Z]|[0-9]+(?i:{'|'.join(sorted(UNITS))})")
ENTITY = re.compile(r"&(?:(?P<name>[A-Za-z0-9]{1,16})|#(?:(?P<digits>[0-9]+)|[xX](?P<hex>[0-9a-fA-F]+)));")


def fold(character: str) -> str:
    """Its folded form, a single character (of the expansions for a ligature)."""
    table, code = unicode.tables(), ord(character)
    return chr(code + int(table.deltas[int(table.pages[code >> 8]) * unicode.PAGE + (code & 255)]))


def compose(letter: str, mark: str) -> str | None:
    """One folded character for a folded letter and a mark, if there is one."""
    if unicodedata.category(mark) == "Lo":  # the parts of a syllable of Hangul
        whole = unicodedata.normalize("NFC", letter + mark)
        return whole if len(whole) == 1 else None
    table, key = unicode.tables(), ord(letter) << 32 | ord(mark)
    at = int(np.searchsorted(table.pairs, np.uint64(key)))
    return chr(int(table.composed[at])) if at < len(table.pairs) and int(table.pairs[at]) == key else None


def _joins(classes: list[int], i: int) -> bool:
    """Whether the mark at `i` holds a word together."""
    if i == 0 or i + 1 >= len(classes):
        return False
    before, after = classes[i - 1], classes[i + 1]
    if classes[i] == APOSTROPHE:
        return before in (LETTER, DIGIT) and after in (LETTER, DIGIT)
    return classes[i] in (POINT, COMMA) and before == DIGIT and after == DIGIT


def _grams(records: list[int], i: int) -> list[tuple[int, int]]:
    """Ranges of the characters of the run of grams from `i` on, each with its marks."""
    found: list[tuple[int, int]] = []
    while i < len(records) and records[i] & CLASS == GRAM:
        end = i + 1
        while end < len(records) and records[end] & CLASS == GRAM and records[end] & COMBINING:
            end += 1
        found.append((i, end))
        i = end
        while i < min(len(records), end + MOST_BETWEEN) and (
            records[i] & CLASS == IGNORED or (records[i] & CLASS == OTHER and records[i] & SPACE)
        ):
            i += 1
    return found


def _runs(text: str) -> list[tuple[int, int]]:
    """Character ranges of words and of grams, in order. Ignorable characters never begin or end a word."""
    found: list[tuple[int, int]] = []
    records = [unicode.record_of(ord(c)) for c in text]
    classes = [record & CLASS for record in records]
    i, n = 0, len(text)
    while i < n:
        if classes[i] == GRAM:
            grams = _grams(records, i)
            found += [(a, b) for (a, _), (_, b) in pairwise(grams)] or grams
            i = grams[-1][1]
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


def _separator(text: str, runs: list[tuple[int, int]]) -> str:
    """What stands between the letters of an article that is spelled out; nothing for all others."""
    least = max(LEAST_LETTERS, LEAST_LETTERS_SHARE * len(runs))
    alone = [end - start == 1 and unicode.class_of(text[start]) == LETTER for start, end in runs]
    step = max(1, len(runs) // SAMPLE)
    if sum(alone[: SAMPLE * step : step]) < SAMPLE // 4:
        return ""
    gaps = Counter(text[runs[i - 1][1] : runs[i][0]] for i in range(1, len(runs)) if alone[i - 1] and alone[i])
    found = [gap for gap, n in gaps.items() if n >= least and 0 < len(gap.encode()) <= LONGEST_SEPARATOR]
    return found[0] if found else ""


def _without(text: str, sign: str) -> list[int]:
    """The places of the characters that stay where a sign is no separator any more.

    It goes where it stands once, between two characters of which each is alone, or no letter and the end of others.
    """
    in_word = [unicode.class_of(c) in (LETTER, DIGIT) for c in text]
    places, parted, i = list[int](), False, 0
    while i < len(text):
        if here := text.startswith(sign, i):
            after = i + len(sign)
            beside = i >= 2 and in_word[i - 2]
            ends = after < len(text) and not (after + 1 < len(text) and in_word[after + 1])
            if not (i and ends) or parted or text.startswith(sign, after) or beside:
                places += range(i, after)
            i = after
        else:
            places.append(i)
            i += 1
        parted = here
    return places


def _markup(text: str, at: int) -> tuple[int, str] | None:
    """Where the markup ends that begins at a place of a text, and what it stands for in a gap between words."""
    if tag := TAG.match(text, at):
        return (tag.end(), "") if tag["name"].lower() in TAGS and len(tag["rest"].encode()) < LONGEST_TAG else None
    if not (entity := ENTITY.match(text, at)):
        return None
    if name := entity["name"]:
        known = " " if name.lower() in SPACE_ENTITIES else '"' if name.lower() in SIGN_ENTITIES else None
        return (entity.end(), known) if known else None
    code = int(entity["digits"] or entity["hex"], 10 if entity["digits"] else 16)
    meant = chr(code) if code <= 0x10FFFF else "a"
    return None if unicode.class_of(meant) in (LETTER, DIGIT, GRAM) else (entity.end(), meant)


def _outside_markup(text: str, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    inside: set[int] = set()
    at = 0
    while at < len(text):
        found = _markup(text, at)
        end = found[0] if found else at + 1
        inside.update(range(at, end) if found else ())
        at = end
    return [run for run in runs if run[0] not in inside]


def _read(gap: str) -> str:
    """What a gap between words says, without tags and with the characters that entities stand for."""
    said, at = "", 0
    while at < len(gap):
        end, meant = _markup(gap, at) or (at + 1, gap[at])
        said, at = said + meant, end
    return said


def _in_letters(word: str) -> str | None:
    """The word with letters for its digits, where it is in leet."""
    if not re.fullmatch(r"[A-Za-z013457-9']+", word):
        return None
    spelled = "".join(LEET.get(c, c) for c in word)
    if not any(c in ascii_letters for c in word) or spelled == word:
        return None
    return spelled if spelled.lower() in FUNCTION_WORDS or not NUMBER_OR_MODEL.fullmatch(word) else None


def _spelled(words: list[str]) -> list[str]:
    """The words of an article as written, those in leet with letters where there is enough of it."""
    spelled = [_in_letters(word) for word in words]
    known = sum(one is not None and one.lower() in FUNCTION_WORDS for one in spelled)
    enough = known >= max(LEAST_LEET, LEAST_LEET_SHARE * len(words))
    return [one if one and enough else word for word, one in zip(words, spelled, strict=True)]


def _despaced(text: str, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges, with single ASCII letters or digits a space apart as one word where there are enough of them."""
    found: list[tuple[int, int]] = []

    def spaced(k: int) -> bool:
        return runs[k - 1][1] + 1 == runs[k][0] and text[runs[k][0] - 1] == " "

    def run_of(i: int, members: str) -> int:
        k = i
        while k < len(runs) and runs[k][1] - runs[k][0] == 1 and text[runs[k][0]] in members and (k == i or spaced(k)):
            k += 1
        return k

    i = 0
    while i < len(runs):
        k = run_of(i, ascii_letters)
        k = k if k - i >= LEAST_SPELLED else i + 1
        if i and spaced(i) and unicode.class_of(text[runs[i - 1][0]]) == GRAM:
            after = run_of(i, digits)
            k = after if after - i >= LEAST_DIGITS else k
        found.append((runs[i][0], runs[k - 1][1]))
        i = k
    return found


def _script(kept: list[str], mixed: bool) -> int:
    """The script that look-alikes are folded to."""
    table = unicode.tables()
    own = unicode.ALIKE_ALWAYS | (unicode.ALIKE_AS_WRITTEN if mixed else 0)
    foreign, latin, script, before = 0, [0, 0], unicode.TO_LATIN, ""
    for c in kept:
        record, code = unicode.record_of(ord(c)), ord(c)
        if record & unicode.LOOKALIKE:
            foreign += not int(table.lookalikes[code - unicode.LOOKALIKE_START]) & own
            scripts = (unicode.TO_GREEK, unicode.TO_CYRILLIC, unicode.AS_IS)
            script = scripts[(code >= unicode.CYRILLIC_START) + (code >= unicode.ARMENIAN_START)]
            before = fold(c)
        elif record & unicode.LATIN:
            latin = [n + (code >= 128 or not table.reverse[row, code]) for row, n in enumerate(latin)]
            before = ""
        elif record & COMBINING and script == unicode.TO_CYRILLIC and before:
            foreign += compose(before, c) is not None
    if foreign > latin[script == unicode.TO_GREEK]:
        return unicode.TO_LATIN if mixed and script == unicode.AS_IS else script
    return unicode.TO_LATIN


def _unmasked(character: str, script: int) -> str:
    """The character, or the one of the script that it looks like."""
    table, code, other = unicode.tables(), ord(character), 0
    if script == unicode.TO_LATIN and unicode.LOOKALIKE_START <= code < unicode.LOOKALIKE_END:
        other = int(table.lookalikes[code - unicode.LOOKALIKE_START]) & unicode.LATIN_LETTER
    elif script >= unicode.TO_CYRILLIC and code < 128:
        other = int(table.reverse[script - unicode.TO_CYRILLIC, code])
    return chr(other) if other else character


def _is_latin_accented(character: str) -> bool:
    code = ord(character)
    return unicode.LATIN_1 <= code < unicode.LATIN_1_END or unicode.LATIN_2 <= code < unicode.LATIN_2_END


def _bare(character: str) -> str:
    code, first = ord(character), unicode.LATIN_1_END - unicode.LATIN_1
    if not _is_latin_accented(character):
        return character
    at = code - unicode.LATIN_1 if code < unicode.LATIN_1_END else first + code - unicode.LATIN_2
    return chr(int(unicode.tables().bases[at]))


def _expanded(character: str) -> str:
    number = ord(character) - unicode.EXPANSIONS_START
    if not 0 <= number < unicode.EXPANSIONS_END - unicode.EXPANSIONS_START:
        return character
    return "".join(chr(code) for code in unicode.tables().expansions[number].tolist() if code)


def _is_vietnamese(character: str) -> bool:
    return unicode.VIETNAMESE <= ord(character) < unicode.VIETNAMESE_END or ord(character) in unicode.HORNED


def _is_dropped(mark: str) -> bool:
    """Whether a mark counts for nothing where it does not compose."""
    code = ord(mark)
    return unicode.MARKS <= code < unicode.MARKS_END or unicode.ARABIC_MARKS <= code < unicode.ARABIC_MARKS_END


def _is_native(kept: list[str], script: int) -> bool:
    """Whether all letters are of a script or look like one, and one of them would not pass for Latin."""
    own, table = 0, unicode.tables()
    for c in kept:
        if unicode.class_of(c) != LETTER:
            continue
        if not c.isascii() and (ord(c) < unicode.CYRILLIC_START) != (script == unicode.TO_GREEK):
            return False
        code = ord(_unmasked(c, script) if c.isascii() else fold(c))
        if not unicode.LOOKALIKE_START <= code < unicode.LOOKALIKE_END:
            return False
        own += not int(table.lookalikes[code - unicode.LOOKALIKE_START]) & unicode.ALIKE_ALWAYS
    return own > 0


def _native(words: list[tuple[str, bool, int]]) -> int:
    """The script with look-alikes that an article is in."""
    for script in (unicode.TO_CYRILLIC, unicode.TO_GREEK):
        if sum(found == script for _, _, found in words) > LEAST_NATIVE_SHARE * len(words):
            return script
    return unicode.AS_IS


def _folded(word: str, native: int = unicode.AS_IS) -> tuple[str, bool, int]:
    """The folded word, accents composed, whether scripts were mixed, and the script that it was folded to."""
    records = [unicode.record_of(ord(c)) for c in word]
    kept = [c for c, r in zip(word, records, strict=True) if r & CLASS != IGNORED and not r & SPACE]
    strange = any(r & unicode.LOOKALIKE for r in records)
    mixed = strange and any(r & unicode.LATIN for r in records)
    script = _script(kept, mixed) if strange else unicode.AS_IS
    script = native if native != unicode.AS_IS and _is_native(kept, native) else script
    folded: list[str] = []
    for c in kept:
        one = fold(_unmasked(c, script))
        if folded and unicode.record_of(ord(c)) & COMBINING:
            whole = compose(folded[-1], one)
            if whole is not None or _is_dropped(one):
                folded[-1] = whole or folded[-1]
                continue
        folded.append(one)
    return "".join(map(_expanded, folded)), mixed, script


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


def _ends_sentence(before: str, gap: str, after: str, caseless: bool) -> bool:
    """Whether a sentence ends in the gap between the folded word `before` and the word `after` as written."""
    records = [unicode.record_of(ord(c)) for c in gap.replace("\r\n", "\n")]
    kinds = [NEWLINE if r & CLASS == RETURN else r & CLASS for r in records]
    if kinds.count(NEWLINE) >= 2 or WIDE_END in kinds:
        return True
    if unicode.record_of(ord(after[0])) & unicode.LOWER and not caseless:
        return False
    if NEWLINE in kinds:
        return True
    marks = [i for i, kind in enumerate(kinds) if kind in (END, POINT)]
    if not marks or not any(r & unicode.SPACE for r in records[marks[0] :]):
        return False
    initial = len(before) == 1 and unicode.class_of(before) != DIGIT
    return END in kinds or not (initial or before in ABBREVIATIONS)


def _sentences(ends: list[bool], longest: int = LONGEST_SENTENCE) -> list[int]:
    """First word of each sentence and the number of words; `ends[i]`: a sentence may end before word i."""
    starts = [0]
    for i in range(1, len(ends)):
        long_enough = i - starts[-1] >= SHORTEST_SENTENCE
        if (ends[i] and long_enough) or i - starts[-1] >= longest:
            starts.append(i)
    if longest == LONGEST_SENTENCE and len(ends) > (sum(ends[i] for i in starts[1:]) + 1) * longest:
        return _sentences(ends, LONGEST_UNMARKED)
    if len(starts) > 1 and len(ends) - starts[-1] < SHORTEST_SENTENCE:
        starts.pop()
    return [*starts, len(ends)] if ends else [0]


def _without_marks(words: list[str]) -> list[str]:
    """Folded words, without marks where they hold Vietnamese letters or where the article's marks mean nothing."""
    accented = [any(map(_is_latin_accented, word)) for word in words]
    vietnamese = [any(map(_is_vietnamese, word)) for word in words]
    bare = ["".join(map(_bare, word)) for word in words]
    worn = sum(a and not v and b in FUNCTION_WORDS for a, v, b in zip(accented, vietnamese, bare, strict=True))
    plain = sum(vietnamese) > LEAST_VIETNAMESE_SHARE * len(words) or (
        worn >= LEAST_ACCENTED and worn > LEAST_ACCENTED_SHARE * len(words)
    )
    return [b if plain or v else w for w, v, b in zip(words, vietnamese, bare, strict=True)]


def _is_caseless(text: str, runs: list[tuple[int, int]]) -> bool:
    """Whether an article has hardly any capitals."""
    records = [unicode.record_of(ord(text[start])) for start, _ in runs]
    capitals, small = (sum(r & kind > 0 for r in records) for kind in (unicode.CAPITAL, unicode.LOWER))
    return capitals <= MOST_CAPITALS * small


def _clear(data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """An article without its disguise, and the bytes of it that each character stands for."""
    text = data.decode("utf-8", "surrogatepass")
    if sign := _separator(text, _runs(text)):
        at = np.concatenate([[0], np.cumsum([len(c.encode("utf-8", "surrogatepass")) for c in text])]).astype(int)
        kept = _without(text, sign)
        return "".join(text[i] for i in kept), [(int(at[i]), int(at[i + 1])) for i in kept]
    copy, spans = escapes.without(data)
    characters = escapes.decoded(copy)
    bounds = np.concatenate([[0], np.cumsum([size for _, size in characters])]).astype(int).tolist()
    return "".join(c for c, _ in characters), [(spans[a][0], spans[b - 1][1]) for a, b in pairwise(bounds)]


def tokenise(whole: str) -> Tokens:
    """Words, sentences and byte offsets of a text, one character at a time."""
    data = whole.encode("utf-8", "surrogatepass")
    text, places = _clear(data)
    runs = _runs(text)
    runs = _despaced(text, _outside_markup(text, runs))
    written = _spelled([text[start:end] for start, end in runs])
    native = _native([_folded(word) for word in written])
    folded = [_folded(word, native) for word in written]
    words = _without_marks([word for word, _, _ in folded])
    caseless = _is_caseless(text, runs)
    flags: list[int] = []
    ends: list[bool] = []
    reached, before = 0, ""
    for (start, end), as_read, word, (_, mixed, _) in zip(runs, written, words, folded, strict=True):
        gap = _read(text[reached:start])
        first = Flag.LINE | Flag.BREAK if not flags else 0
        flags.append(_flags(as_read, gap, mixed) | first)
        ends.append(_ends_sentence(before, gap, text[start:end], caseless) if gap else False)
        reached, before = max(reached, end), word
    return Tokens(
        data=data,
        hashes=np.array([hash_word(word.encode("utf-8", "surrogatepass")) for word in words], np.uint64),
        stems=np.array([hash_word(w[:STEM_LENGTH].encode("utf-8", "surrogatepass")) for w in words], np.uint64),
        starts=np.array([places[start][0] for start, _ in runs], np.uint32),
        ends=np.array([places[end - 1][1] for _, end in runs], np.uint32),
        flags=np.array(flags, np.uint8),
        sentences=np.array(_sentences(ends), np.uint32),
    )
