"""Grammatical errors of one article that substitution and translation leave: found word by word, no statistics.

Doubled words ("go to to"), "largest and largest", "a incontrovertible", "his or her" for people who are named, template
braces, look-alike letters. Numbers and units: `units.py`; what counts of the background tell: `grammar.py`.

Public: `find_grammatical_errors`, `looks_english`, `outside_boilerplate`, and for compiled callers `tells_english`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import hash_word
from dedup.findings.phrases import lowered
from dedup.findings.tortured import FAMILIAR
from dedup.language.background import Background
from dedup.language.substitutions import Substitutions
from dedup.records import Finding, Flag, Tokens


def _hashes(words: str) -> NDArray[np.uint64]:
    return np.array(sorted(hash_word(w.encode()) for w in words.split()), np.uint64)


_ENGLISH = _hashes("the of and to that is was for with")
SHORTEST_TO_TELL, LEAST_ENGLISH = 30, 0.06  # words; share of _ENGLISH, a fifth of all words of English news
SHORTEST_MIXED = 5  # bytes, one letter of them two: shorter ones are units (μg, kΩ)
_STOP = int(Flag.BOILERPLATE | Flag.BREAK | Flag.LINE)  # a word with one of these does not follow on the word before


_ODD, _MIXED = int(Flag.DIGIT | Flag.GRAM), int(Flag.MIXED)
_CAPITAL, _UPPER, _NAMED = int(Flag.CAPITAL), int(Flag.UPPER), int(Flag.CAPITAL | Flag.DIGIT)
_BEGINS = int(Flag.CAPITAL | Flag.BREAK | Flag.LINE)  # a capital alone of these is none that a sentence begins with
_MIXED_ONLY = int(Flag.MIXED | Flag.BOILERPLATE)
_DOUBLED, _REPEATED, _ARTICLE, _PRONOUN, _HOMOGLYPH = range(5)

_A, _AN, _AND, _HIS, _OR, _HER = (np.uint64(hash_word(w.encode())) for w in ("a", "an", "and", "his", "or", "her"))

# Doubled in good English: "had had", "that that", "very very", "blah blah"; names (Walla Walla) are told by capitals.
_MAY_DOUBLE = _hashes(
    "had that very no so bye ha blah really many much far is do who knock tut hush there now please yeah yes well "
    "go long way never first big old more too hear wait her it you what can will "
)
# Function words that a slip of the pen doubles as well: weak alone.
_FUNCTION = _hashes(
    "the a an of to in on at by for from with and or but as it its he she they we you i is was are were be been has "
    "have this than their his her my your our if not out up about into over when which who would could should after "
)
# "more and more", "over and over", "years and years".
_MAY_REPEAT = re.compile(
    r"(more|over|again|on|through|round|around|up|down|out|off|so|time|times|years?|days?|weeks?|months?|hours?|miles?"
    r"|pages?|hundreds|thousands|millions|billions|tons|lots|loads|dozens|by|in|and|neck|side|such|this|that|it|he|she|i"
    r"|\w+er|less|worse|further|farther|now|then|there|here|fifty|half|two|three|one|both|away|back|ever|yes|no|really|very)"
)
# An "a"/"an" before these says nothing: letters, grades, names of vitamins, slips before a function word.
_LETTERS = "a an is and or of in at as it on if i our us am are all any e o u x the to by was for but be so not"
_NOT_AFTER_ARTICLE = frozenset(_LETTERS.split())
_VOWEL_BUT_CONSONANT = re.compile(
    r"uni(?!n|m|d|l(?:l|in))|unanim|us(?:e|u|a|i(?!s))|ut(?:a|e(?!r)|i|o)|ur(?:a|o|i|u)|uk|ub(?:i|u)|ug(?:a)|eu|ew|one|once|oui|uy|uig|ut?v$|u$|"
    r"ua|uf|um(?:am)|ul(?:ys)|up(?:silon)|uc(?:l)"
)
_SILENT_H = re.compile(r"hour|heir|honest|honor|honour")
_LETTER_VOWEL, _LETTER_CONSONANT = "aefhilmnorsx", "bcdgjkpqtuvwyz"  # sounds of the letters' names
# First bytes of words that "a" may not suit, and "an"; all capitals, which may be spelled out (an FBI agent).
_DOUBT_A, _DOUBT_AN = np.zeros(256, bool), np.ones(256, bool)
_DOUBT_A[[ord(c) for c in "aeiouh18ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = True
_DOUBT_AN[[ord(c) for c in "aeih8"]] = False
_EIGHT = re.compile(r"(8\d?|8\d\d|11|18)(th|,\d+|\.\d+|s)?$")  # eight…, eleven, eighteen
_NUMBER = re.compile(r"\d[\d,.]*(th|st|nd|rd|s)?$")

# Someone of unknown sex, for whom "his or her" is right.
_GENERIC = re.compile(
    r"\b(everyone|everybody|someone|somebody|anyone|anybody|no one|nobody|each|every|either|neither|whoever|"
    r"person|people|individual|child|parent|student|patient|candidate|voter|employee|employer|worker|"
    r"citizen|customer|user|victim|teacher|doctor|nominee|member|owner|buyer|suspect|defendant|spouse|"
    r"applicant|immigrant|consumer|caller|driver|player|one|no|resident|reader|speaker|juror|judge|officer|"
    r"official|winner|successor|partner|baby|kid|lawmaker|viewer|any|an?)\b",
    re.IGNORECASE,
)
_HER_WINDOW = 12  # words before "his or her" in which those meant would stand
_BRACES = re.compile(r"(?<!\{)\{[A-Za-z][A-Za-z'’ -]{1,40}\}(?!\})")


@kernel
def _places(
    hashes: U64, flags: U8, starts: U32, ends: U32, data: U8, doubt_a: NDArray[np.bool_], doubt_an: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rows (kind of error, word) where one may be: what has to hold of hashes, flags and first letters."""
    found, n = np.empty((4 * len(hashes), 2), np.int64), 0
    for i in range(len(hashes)):
        follows = i > 0 and flags[i] & _STOP == 0
        if flags[i] & _MIXED_ONLY == _MIXED and ends[i] - starts[i] >= SHORTEST_MIXED:
            found[n, 0], found[n, 1], n = _HOMOGLYPH, i, n + 1
        if not follows:
            continue
        if hashes[i] == hashes[i - 1] and starts[i] == ends[i - 1] + 1 and flags[i] & _ODD == 0:
            found[n, 0], found[n, 1], n = _DOUBLED, i, n + 1
        initial = data[starts[i]]
        if (hashes[i - 1] == _A and doubt_a[initial]) or (hashes[i - 1] == _AN and doubt_an[initial]):
            found[n, 0], found[n, 1], n = _ARTICLE, i - 1, n + 1
        if i + 1 < len(hashes) and flags[i + 1] & _STOP == 0:
            if hashes[i] == _AND and hashes[i - 1] == hashes[i + 1]:
                found[n, 0], found[n, 1], n = _REPEATED, i, n + 1
            elif hashes[i] == _OR and hashes[i - 1] == _HIS and hashes[i + 1] == _HER:
                found[n, 0], found[n, 1], n = _PRONOUN, i, n + 1
    return found[:n]


@kernel
def tells_english(hashes: U64) -> bool:
    """Kernel of `looks_english`."""
    n = 0
    for other in _ENGLISH:
        for word in hashes:
            n += word == other
    return len(hashes) < SHORTEST_TO_TELL or n >= LEAST_ENGLISH * len(hashes)


def _inside(hashes: NDArray[np.uint64], among: NDArray[np.uint64]) -> NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(among, hashes), len(among) - 1)
    return np.asarray(among[at] == hashes)


def _text(tokens: Tokens, first: int, last: int) -> str:
    return tokens.data[int(tokens.starts[first]) : int(tokens.ends[last - 1])].decode("utf-8", "surrogatepass")


def _finding(
    tokens: Tokens, kind: str, first: int, last: int, expected: str | None, reason: str, strong: bool
) -> Finding:
    return Finding(kind, tokens.span(first, last), _text(tokens, first, last), expected, reason, strong)


def _spaced(tokens: Tokens, i: int) -> bool:
    """Whether one space stands before word `i`, not a hyphen."""
    return tokens.data[int(tokens.ends[i - 1]) : int(tokens.starts[i])].isspace()


def _hyphen_before(tokens: Tokens, i: int) -> bool:
    """Whether word `i` is a later part of a compound."""
    start = int(tokens.starts[i])
    return start > 0 and tokens.data[start - 1 : start] == b"-"


def _doubled(tokens: Tokens, places: Iterable[int], background: Background) -> Iterator[Finding]:
    """The same word twice. Strong where no slip of the pen explains it: a common word of four letters or more.

    Weak after a hyphen: a "go-between between" two parties.
    """
    h = tokens.hashes
    for i in places:
        names = (int(tokens.flags[i]) | int(tokens.flags[i - 1])) & _CAPITAL or not _spaced(tokens, i)
        triple = (i > 1 and h[i - 2] == h[i]) or (i + 1 < len(h) and h[i + 1] == h[i])
        if names or triple or _inside(h[i : i + 1], _MAY_DOUBLE)[0]:
            continue
        word = tokens.word(i)
        long = len(word) >= 4 and word.isalpha() and not _hyphen_before(tokens, i - 1)
        strong = long and not _inside(h[i : i + 1], _FUNCTION)[0]
        strong = bool(strong and background.count1(h[i : i + 1])[0] >= FAMILIAR * background.words)  # ylang ylang
        yield _finding(tokens, "doubled", i - 1, i + 1, word, "the same word twice", strong)


def _repeated(tokens: Tokens, places: Iterable[int]) -> Iterator[Finding]:
    """ "X and X": two synonyms that became one word. Strong for superlatives, which nobody repeats."""
    for i in places:
        word = lowered(tokens, i - 1)
        odd = tokens.flags[i - 1] & int(Flag.DIGIT) or (tokens.flags[i - 1] | tokens.flags[i + 1]) & int(Flag.CAPITAL)
        if not _MAY_REPEAT.fullmatch(word) and len(word) > 2 and not odd:
            strong = word.endswith(("est", "ful", "ous", "ive", "able", "ment", "tion")) and len(word) > 5
            yield _finding(tokens, "doubled", i - 1, i + 2, word, "two different words became one", strong)


def _sounds_like_vowel(word: str, upper: bool) -> bool | None:
    """Whether a word begins with a vowel sound; None where it may be read both ways."""
    first = word[0]
    if first.isdigit():
        return bool(_EIGHT.match(word)) if _NUMBER.fullmatch(word) and not re.match(r"1[18]\d\d$", word) else None
    if upper or len(word) == 1:
        if len(word) > 1 and first in "fhlmnrsxu":
            return None  # an FBI agent, a NATO ally
        return first in _LETTER_VOWEL if first.isascii() else None
    if first in "aeiou":
        return not _VOWEL_BUT_CONSONANT.match(word)
    if first == "h":
        return True if _SILENT_H.match(word) else None  # an historic, an hotel, an herb: both are used
    return False if first.isascii() and first != "y" else None


def _explained(word: np.uint64, vowel: bool, substitutions: Substitutions) -> str | None:
    """A word that may have stood there and fits the article before it."""
    for expected, _ in substitutions.alternatives(int(word)):
        if _sounds_like_vowel(expected, False) is not vowel:
            return expected
    return None


def _initial(tokens: Tokens, i: int) -> bool:
    """Whether word `i` is the last letter of an abbreviation: the A of C.I.A."""
    start = int(tokens.starts[i])
    return start > 0 and tokens.data[start - 1 : start] in (b".", b"&", b"/", b"-")


def _articles(tokens: Tokens, places: Iterable[int], substitutions: Substitutions) -> Iterator[Finding]:
    """ "a" before a vowel sound or "an" before a consonant. Strong where a synonym would fit: the word was swapped."""
    h = tokens.hashes
    for i in places:
        word, flags = lowered(tokens, i + 1), int(tokens.flags[i + 1])
        mid_capital = int(tokens.flags[i]) & _BEGINS == _CAPITAL
        if (
            mid_capital
            or _initial(tokens, i)
            or word in _NOT_AFTER_ARTICLE
            or not word[0].isalnum()
            or not _spaced(tokens, i + 1)
        ):
            continue
        vowel = _sounds_like_vowel(word, bool(flags & _UPPER))
        if vowel is None or vowel == (h[i] == _AN):
            continue
        other = None if flags & _NAMED else _explained(h[i + 1], vowel, substitutions)
        reason = "a/an does not fit the sound that follows" + (f"; “{other}” would" if other else "")
        expected = ("an " if vowel else "a ") + tokens.word(i + 1)
        yield _finding(tokens, "article", i, i + 2, expected, reason, other is not None)


def _his_or_her(tokens: Tokens, places: Iterable[int]) -> Iterator[Finding]:
    """ "his or her" for people who are named just before: "their" was taken for one person."""
    for i in places:
        sentence = int(tokens.sentences[np.searchsorted(tokens.sentences, i, "right") - 1])
        start = max(sentence, i - 1 - _HER_WINDOW)
        before = _text(tokens, start, i) if start < i - 1 else ""
        named = (tokens.flags[start + (start == sentence) : i - 1] & int(Flag.CAPITAL)).any()
        strong = bool(named) and not _GENERIC.search(before)
        last = i + 2
        following = last < len(tokens) and not int(tokens.flags[last]) & _STOP
        expected = f"their {tokens.word(last)}" if following else "their"
        reason = "“his or her” for people who are named"
        yield _finding(tokens, "pronoun", i - 1, last + following, expected, reason, strong)


def outside_boilerplate(tokens: Tokens, text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern in the text of an article that touch no word of the boilerplate."""
    matches = list(pattern.finditer(text))
    if not matches:
        return
    hidden = tokens.characters(tokens.starts[tokens.flags & int(Flag.BOILERPLATE) != 0])
    for match in matches:
        at = np.searchsorted(hidden, match.start())
        if at == len(hidden) or hidden[at] >= match.end():
            yield match


def _braces(tokens: Tokens, text: str) -> Iterator[Finding]:
    """Braces of a template; round one word alone they may be an editor's, who put it into a quotation: weak."""
    if "{" in text:
        for m in outside_boilerplate(tokens, text, _BRACES):
            yield Finding("brace", m.span(), m[0], m[0][1:-1], "braces of a spinning template", " " in m[0])


def _formula(word: str) -> bool:
    """Whether Greek letters stand beside Latin capitals or a digit, as in the names of proteins (IFNγ, TGFβ1)."""
    greek = all(letter.isascii() or "\u0370" <= letter <= "\u03ff" for letter in word)
    return greek and all(not letter.islower() for letter in word if letter.isascii())


def _homoglyphs(tokens: Tokens, places: Iterable[int]) -> Iterator[Finding]:
    for i in (i for i in places if not _formula(tokens.word(i))):
        yield _finding(tokens, "homoglyph", i, i + 1, None, "letters of two scripts that look alike in one word", True)


def looks_english(tokens: Tokens) -> bool:
    """Whether the commonest English function words are as frequent as in English; a short text gets the benefit."""
    return bool(tells_english(tokens.hashes))


def find_grammatical_errors(
    tokens: Tokens, text: str, substitutions: Substitutions, background: Background, english: bool = True
) -> Iterator[Finding]:
    """Yield the errors of one article, those of English grammar only where asked; words in boilerplate don't count."""
    data = np.frombuffer(tokens.data, np.uint8)
    places = _places(tokens.hashes, tokens.flags, tokens.starts, tokens.ends, data, _DOUBT_A, _DOUBT_AN).tolist()
    of: list[list[int]] = [[] for _ in range(_HOMOGLYPH + 1)]
    for kind, i in places:
        of[kind].append(i)
    if english and len(tokens) >= 3:
        yield from _doubled(tokens, of[_DOUBLED], background)
        yield from _repeated(tokens, of[_REPEATED])
        yield from _articles(tokens, of[_ARTICLE], substitutions)
        yield from _his_or_her(tokens, of[_PRONOUN])
    yield from _homoglyphs(tokens, of[_HOMOGLYPH])
    yield from _braces(tokens, text)
