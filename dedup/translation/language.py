"""The language of an article. Public: `language_of`, `name_of`.

By function words where they decide, which takes 20 us, else by the package py3langid, which takes 400.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from dedup.errors import MissingPackage

READ = 400  # characters from the beginning ...
READ_ON = 3000  # ... and where function words do not decide by those; then py3langid reads the first `READ`
LEAST_TEXT = 100  # characters; less is not told the language of
SURE = 0.15  # share of words that are function words of a language, where its nearest rival has a third of that
LEAST = 4  # different ones
_WORDS = {
    "en": "the of and to in is that for was on with as at by it from has are his have",
    "de": "der die und das den von zu mit sich des auf für ist nicht dem ein eine wurde im",
    "fr": "le la les et des du en un une dans pour qui est que sur par au pas avec il",
    "es": "el los las y del que en un una por con para se su como al más fue lo",
    "it": "il di che la e per un una del della con non sono da nel alla gli le più è",
    "nl": "de het een van en in op dat te met voor zijn niet aan door is werd ook maar",
    "pt": "o os as do da que em um uma para com não por dos das se na no ao foi",
    "pl": "w i na się z do nie że jest to od po przez dla oraz ze jak za był które",
}
_OF = {
    word: tuple(code for code, words in _WORDS.items() if word in words.split())
    for words in _WORDS.values()
    for word in words.split()
}
_WORD = re.compile(r"[^\W\d_]+")
_SAME = {"wuu": "zh"}  # the written language is one


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that a text begins in.

    Raises `MissingPackage` where function words don't decide and py3langid is not installed.
    """
    code = _by_function_words(text[:READ])
    if code is None and len(text) > READ:
        code = _by_function_words(text[:READ_ON])
    code = code or str(_identifier()(text[:READ])[0])
    return _SAME.get(code, code)


def name_of(code: str) -> str:
    """Return the English name of a language, such as "Icelandic", its code where it has none."""
    from babel import Locale

    return str(Locale("en").languages.get(code, code))


def _by_function_words(begin: str) -> str | None:
    """Return the language whose function words are many and of which no other has nearly as many, None if unsure.

    Words that spaces divide are counted first, in a fifth of the time: punctuation can only hide some of them.
    """
    low = begin.lower()
    return _decided(low.split()) or _decided(_WORD.findall(low))


def _decided(words: list[str]) -> str | None:
    counts: dict[str, int] = {}
    found = [word for word in words if word in _OF]
    for word in found:
        for code in _OF[word]:
            counts[code] = counts.get(code, 0) + 1
    if not counts:
        return None
    best = max(counts, key=lambda code: (counts[code], code))
    rival = max((count for code, count in counts.items() if code != best), default=0)
    if counts[best] < SURE * len(words) or rival * 3 > counts[best]:
        return None
    return best if len({word for word in found if best in _OF[word]}) >= LEAST else None


@lru_cache(maxsize=1)
def _identifier() -> Any:
    try:
        import py3langid
    except ImportError:
        raise MissingPackage("languages need dedup-news[languages] (py3langid)") from None
    return py3langid.classify
