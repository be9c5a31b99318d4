"""Characters that nobody types: invisible ones inside words, letters of decorated alphabets, digits for letters.

They hide a text from programs and change nothing for a reader. Look-alike letters of other scripts are found by
`grammar_rules`. Signs that honest text needs do not count: joiners of Arabic and Indic scripts, soft hyphens, marks of
direction between words, full-width letters in text that is not English.

Public: `find_tampering`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import numpy as np

from dedup.compiled.arrays import I64, U8, U32
from dedup.compiled.decorators import kernel
from dedup.findings.grammar_rules import outside_boilerplate
from dedup.records import Finding, Flag, Tokens
from dedup.text.escapes import is_escape_sign
from dedup.text.rules import LEET

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f]"
_HIDDEN = "\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0001-\U000e007f"
_STRUCK = "\u0335-\u0338"  # strokes through letters
_INVISIBLE = re.compile(f"{_LETTER}+(?:[{_HIDDEN}{_STRUCK}]+{_LETTER}+)+")
# Mathematical, circled, squared and full-width letters, and small capitals: two and more in a row.
_STYLED = re.compile(
    "[\U0001d400-\U0001d7cb\u24b6-\u24e9\U0001f130-\U0001f189\uff21-\uff3a\uff41-\uff5a\u1d00-\u1d22]{2,}"
)
_SOME = re.compile(f"[{_HIDDEN}{_STRUCK}\u1d00-\u1d22\u24b6-\u24e9\uff21-\uff5a\U0001d400-\U0001f189]")
_ASCII = bytes(range(128))
_READ_AS_DIGITS = int(Flag.DIGIT | Flag.BOILERPLATE)
_ZERO, _NINE = ord("0"), ord("9")
_LETTERS = str.maketrans(LEET)
_REMOVED = re.compile(f"[{_HIDDEN}{_STRUCK}]")


def find_tampering(tokens: Tokens, text: str, english: bool = True) -> Iterator[Finding]:
    """Yield the words of an article that invisible characters, leet or, in English, decorated letters disguise.

    Leet is looked for whatever `english` says: an article is read as leet only where several English function words
    stand in it in leet. Boilerplate does not count.
    """
    data = np.frombuffer(tokens.data, np.uint8)
    for word in _in_leet(data, tokens.starts, tokens.ends, tokens.flags).tolist():
        span, found = tokens.span(word, word + 1), tokens.word(word)
        yield Finding("styled", span, found, found.translate(_LETTERS), "digits that stand for letters", True)
    if text.isascii() or not _SOME.search(tokens.data.translate(None, _ASCII).decode("utf-8", "surrogatepass")):
        return
    for match in outside_boilerplate(tokens, text, _INVISIBLE):
        plain = _REMOVED.sub("", match[0])
        yield Finding("invisible", match.span(), match[0], plain, "characters that nobody sees inside a word", True)
    for match in outside_boilerplate(tokens, text, _STYLED) if english else ():
        plain = unicodedata.normalize("NFKC", match[0])
        yield Finding("styled", match.span(), match[0], plain, "letters of a decorated alphabet", True)


@kernel
def _in_leet(data: U8, starts: U32, ends: U32, flags: U8) -> I64:
    """Return the words, boilerplate left out, that hold a digit and were read as if they did not.

    The digits of `&#233;` and of other escapes stand for no letter of leet.
    """
    found, n = np.empty(len(starts), np.int64), 0
    for i in range(len(starts)):
        digits, escapes = 0, 0
        for at in range(np.int64(starts[i]), np.int64(ends[i])):
            digits += (data[at] >= _ZERO) & (data[at] <= _NINE)
            escapes += is_escape_sign(np.int64(data[at]))
        found[n] = i
        n += (digits > 0) & (escapes == 0) & (flags[i] & _READ_AS_DIGITS == 0)
    return found[:n]
