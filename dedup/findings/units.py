"""Numbers and units that went wrong: "21th", "$5 dollars", "5 million millions", "14:00 p.m.", "30 % percent", "5 km
kilometers", "April 31", "1 hundred".

Public: `find_units`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from dedup.records import Finding, Flag, Tokens

_TEENS = ("11", "12", "13")
_SUFFIX = {"1": "st", "2": "nd", "3": "rd"}
_SCALES = r"(?:thousand|million|billion|trillion)"
_ORDINAL = re.compile(r"(\d+)(st|nd|rd|th)", re.IGNORECASE)
_CURRENCY = re.compile(rf"[\d,.]*\d( {_SCALES})? (dollars|pounds|euros|bucks)\b")
_SIGNS = {"$": ("dollars", "bucks"), "£": ("pounds",), "€": ("euros",)}
_AFTERNOON = re.compile(r"(?:1[3-9]|2[0-4])(?::[0-5]\d)? ?[ap](?:m\b|\.m\.)")
_TWICE = re.compile(
    r"[\d,.]*\d ?(?:(km|kms) kilomet(?:er|re)s?|(kg) kilo(?:gram)?s?|(mph) miles (?:per|an) hour|(lbs?) pounds?"
    r"|(cm) centimet(?:er|re)s?|(ft) feet|(km/h) kilomet(?:er|re)s (?:per|an) hour|(%) ?per ?cent|(per ?cent) ?%)\b"
)
_ONE = re.compile(r"1 (years|months|weeks|days|hours|minutes|people|men|women|children|dollars|times|miles|points)\b")
_ROUND = re.compile(r"[1-9] (hundred|thousand)\b")
_SHORT_MONTHS = re.compile(r"(?:(?:April|June|September|November) (?=31\b)|February (?=3[01]\b))")
_LATER_MONTHS = re.compile(r"31(?:st)?(?: of)? (?:April|June|September|November)\b|3[01](?:st|th)?(?: of)? February\b")
_SCALE_TWICE = re.compile(rf"illion(s?) ({_SCALES}(s?))\b")
_PERCENT_TWICE = re.compile(r"percent per ?cent\b|per cent per ?cent\b")
# What any of them begins with, in one step: most numbers are in order.
_MAY_BE_ODD = re.compile(
    rb"\d[\d,.]*(?:(?:st|nd|rd|th)\b|(?::[0-5]\d)? ?[apAP]\.?m"
    rb"| (?:[tmb]r?illion |thousand )?(?:dollars|pounds|euros|bucks)\b"
    rb"| ?(?:km|kg|lb|cm|ft|mph)| ?%? ?per ?cent ?(?:%|per)| ?% ?per| hundred\b)|[1-9] thousand\b|3[01]\b"
    rb"|1 (?:years|months|weeks|days|hours|minutes|people|men|women|children|times|miles|points)\b"
)
_NUMBERS, _NUMBERS_OUTSIDE = np.uint8(Flag.DIGIT | Flag.BOILERPLATE), np.uint8(Flag.DIGIT)
_LONGEST = 60  # characters of a number with its units
_BEFORE_DATE = 10  # characters of the longest month with a space


def _ordinal(word: str) -> str | None:
    """A number with the ending that it should have, where it has another one."""
    found = _ORDINAL.fullmatch(word)
    if not found:
        return None
    digits, ending = found.groups()
    right = "th" if digits[-2:] in _TEENS else _SUFFIX.get(digits[-1], "th")
    return None if right == ending.lower() else digits + right


def _around(tokens: Tokens, i: int) -> tuple[str, str]:
    """The text before a word and from it on."""
    data, at = tokens.data, int(tokens.starts[i])
    before = data[max(0, at - 4 * _BEFORE_DATE) : at].decode("utf-8", "ignore")[-_BEFORE_DATE:]
    return before, data[at : at + _LONGEST].decode("utf-8", "ignore")


def _number(tokens: Tokens, i: int) -> tuple[int, int, str | None, str, bool] | None:
    """What is odd about the number at word `i`: characters before it, length, expected, reason, strength."""
    before, text = _around(tokens, i)
    sign = before[-1:]
    if (right := _ordinal(tokens.word(i))) is not None:
        return 0, len(tokens.word(i)), right, "the ending does not fit the number", True
    if sign in _SIGNS and (found := _CURRENCY.match(text)) and found[2] in _SIGNS[sign]:
        slip = bool(found[1])  # writers who say "million" say "$4 million dollars" now and then
        return 1, found.end(), sign + found[0][: found.start(2)].rstrip(), "the unit twice", not slip
    if sign not in ":.," and (found := _AFTERNOON.match(text)):
        return 0, found.end(), None, "a time of 24 hours with a.m. or p.m.", True
    if found := _TWICE.match(text):
        return 0, found.end(), None, "the unit twice", True
    if text[:1] == "3" and (found := _SHORT_MONTHS.search(before + text[:2])):
        return len(before) - found.start(), 2, None, "a day that the month does not have", True
    if text[:1] == "3" and (found := _LATER_MONTHS.match(text)):
        return 0, found.end(), None, "a day that the month does not have", True
    if sign in " \n" and not before[-2:-1].isdigit():
        if found := _ONE.match(text):
            return 0, found.end(), None, "one with a plural", False
        if found := _ROUND.match(text):
            return 0, found.end(), None, "a digit with a round number in words", False
    return None


def find_units(tokens: Tokens, text: str) -> Iterator[Finding]:
    """Yield the numbers and units of an English article that went wrong; those in boilerplate don't count."""
    at = (tokens.flags & _NUMBERS == _NUMBERS_OUTSIDE).nonzero()[0]
    may_be_odd, data = _MAY_BE_ODD.match, tokens.data
    for i, start in zip(at.tolist(), tokens.starts[at].tolist(), strict=True):
        if may_be_odd(data, start) and (odd := _number(tokens, i)):
            before, length, expected, reason, strong = odd
            first = tokens.span(i, i + 1)[0]
            span = (first - before, first + length)
            yield Finding("unit", span, text[span[0] : span[1]], expected, reason, strong)
    yield from _scales(tokens, text)


def _scales(tokens: Tokens, text: str) -> Iterator[Finding]:
    """ "million millions" and "percent per cent", in words alone."""
    matches = [(m, m[3] == "s" and not m[1]) for m in _SCALE_TWICE.finditer(text)] if "illion" in text else []
    matches += [(m, True) for m in _PERCENT_TWICE.finditer(text)] if "cent per" in text else []
    if not matches:
        return
    starts = tokens.characters(tokens.starts)
    for match, strong in matches:
        i = int(np.searchsorted(starts, match.start(), "right")) - 1
        if i >= 0 and not int(tokens.flags[i]) & Flag.BOILERPLATE:
            span = (int(starts[i]), match.end())
            yield Finding("unit", span, text[span[0] : span[1]], None, "the unit twice", strong)
