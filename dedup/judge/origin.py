"""What tells the original of two copies from its copy, measured on their words: `judge.columns.Origin` names it.

Public: `measure_origin`; `credit_odds`, `common_agency` (what the texts say of themselves).
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8
from dedup.compiled.decorators import borrowing, helper, kernel
from dedup.compiled.hashing import hash_word
from dedup.evidence.profile import Profile
from dedup.evidence.sides import Side, View, meet
from dedup.evidence.word_alignment import holds_nothing
from dedup.judge.columns import Origin
from dedup.records import Article, Flag

ALIGNED = 0.35  # cosine of a sentence and its best partner
LEAST_EXTRA = 10  # words of a sentence that counts as more: shorter ones are headlines, links and the like
FACTS_PRIOR, QUOTES_PRIOR, CHANGED_PRIOR = 4.0, 20.0, 10.0  # as many of each are worth no evidence
MOST_CAPITALS = 0.5  # share of capitalised words from which capitals say nothing of names
LONGEST_LETTERS = 20.0
_CAPITAL, _BOILERPLATE, _BREAK, _DIGIT = (
    int(Flag.CAPITAL), int(Flag.BOILERPLATE), int(Flag.BREAK), int(Flag.DIGIT)
)  # fmt: skip


def _hashes(words: str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(sorted(hash_word(word.encode()) for word in words.split()), np.uint64)


SAID = _hashes("said says told")
HIGHLIGHTED = _hashes(
    "highlighted highlighting emphasized emphasizing emphasised emphasising underscored underscoring significant "
    "significantly crucial ongoing notably additionally furthermore moreover overall ensuring aimed regarding amid "
    "stated"
)
_COUNT = len(Origin)
# Names, numbers, quoted and other words, in this order: of aligned sentences, and of the whole text.
_LOST, _MISSING = int(Origin.LOST_NAMES), int(Origin.MISSING_NAMES)
_PRIORS = np.array([FACTS_PRIOR, FACTS_PRIOR, QUOTES_PRIOR, CHANGED_PRIOR])
_WORDING = (
    Origin.SURPRISE, Origin.WORD_LENGTH, Origin.FUNCTION_WORDS, Origin.REPEATS, Origin.SAID, Origin.HIGHLIGHTED,
    Origin.CLAUSES, Origin.SPREAD,
)  # fmt: skip
_STYLE = np.array(_WORDING, np.int64)
LETTER_I, LETTER_N, LETTER_G = (ord(letter) for letter in "ing")


@borrowing
def _among(words: U8, word: np.uint64) -> bool:
    at = np.searchsorted(words, word)
    return bool(at < len(words) and words[at] == word)


@borrowing
def _aligned_words(side: Side, pairs: I32, cosine: F32, column: int, out: U8) -> None:
    """Mark the words of sentences that have a partner."""
    for p in range(len(pairs)):
        if cosine[p] >= ALIGNED:
            s = pairs[p, column]
            for i in range(side.sentences[s], side.sentences[s + 1]):
                out[i] = 1


@helper
def _cohesion(view: View, profile: Profile, aligned: U8, out: F64) -> None:
    """Write the shares of words in sentences without a partner that belong to the rest of the article, or do not."""
    side = view.side
    count, whole, mine, own, again, extra, n = np.zeros(len(profile.stems), np.int32), 0.0, 0.0, 0.0, 0.0, 0, 0
    for i in range(len(side.numbers)):
        if aligned[i]:
            count[profile.stem_of[side.numbers[i]]] += 1
    for s in range(len(side.sentences) - 1):
        first, last = side.sentences[s], side.sentences[s + 1]
        for i in range(first, last):
            if side.flags[i] & _BOILERPLATE:
                continue
            t = profile.stem_of[side.numbers[i]]
            weight = float(profile.stem_weights[t])
            n += 1
            if aligned[i]:
                own += weight
                again += weight if count[t] > 1 else 0.0
            elif last - first >= LEAST_EXTRA:
                extra += 1
                whole += weight
                mine += weight if count[t] > 0 else 0.0
    share, usual = mine / (whole + 1e-9), again / (own + 1e-9)
    relative = min(1.0, share / (usual + 0.05)) if whole > 0.0 else 0.0
    part = extra / max(n, 1)
    out[Origin.COHESIVE], out[Origin.FOREIGN] = part * relative, part * (1.0 - relative)


@borrowing
def _facts(view: View, plain: U8, marked: U8, first: int, out: F64) -> None:
    """Write counts of the marked names, numbers, quoted and other words that the other lacks, and their surprise.

    The columns of the counts begin with `first`.
    """
    side = view.side
    names, numbers, quoted, changed, surprise = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(side.numbers)):
        if not marked[i] or side.flags[i] & _BOILERPLATE or not view.foreign[i]:
            continue
        if side.flags[i] & _DIGIT:
            numbers += 1.0
        elif side.sizes[i] > 1 and not view.lower[i] and not side.flags[i] & _BREAK:
            names += 1.0
        elif not holds_nothing(side.codes[i]):
            changed += 1.0
            surprise += side.weights[side.numbers[i]]
        quoted += 1.0 - plain[i]
    out[first], out[first + 1], out[first + 2], out[first + 3] = names, numbers, quoted, changed
    out[Origin.SURPRISE] = surprise / (changed + CHANGED_PRIOR)


@helper
def _style(side: Side, out: F64) -> None:
    """Write rates of the words."""
    n, letters, function, said, highlighted, clauses, capitals = 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    seen, repeats = np.zeros(len(side.words), np.uint8), 0.0
    for i in range(len(side.numbers)):
        if side.flags[i] & _BOILERPLATE:
            continue
        n += 1
        start, end = np.int64(side.starts[i]), np.int64(side.ends[i])
        letters += min(LONGEST_LETTERS, float(end - start))
        function += 1.0 if holds_nothing(side.codes[i]) else 0.0
        capitals += 1.0 if side.flags[i] & _CAPITAL else 0.0
        repeats += seen[side.numbers[i]]
        seen[side.numbers[i]] = 1
        said += 1.0 if _among(SAID, side.hashes[i]) else 0.0
        highlighted += 1.0 if _among(HIGHLIGHTED, side.hashes[i]) else 0.0
        ing = (
            end - start > 4
            and side.data[end - 3] == LETTER_I
            and side.data[end - 2] == LETTER_N
            and side.data[end - 1] == LETTER_G
        )
        clauses += 1.0 if ing and side.flags[i] & _BREAK else 0.0
    most = max(n, 1)
    out[Origin.WORD_LENGTH], out[Origin.FUNCTION_WORDS] = letters / most, function / most
    out[Origin.REPEATS] = repeats / most
    out[Origin.SAID], out[Origin.HIGHLIGHTED], out[Origin.CLAUSES] = said / most, highlighted / most, clauses / most
    out[Origin.CAPITALS] = capitals / most
    total, squares, count = 0.0, 0.0, 0
    for s in range(len(side.sentences) - 1):
        first, last = side.sentences[s], side.sentences[s + 1]
        if last > first and not side.flags[first] & _BOILERPLATE:
            size = float(last - first)
            total += size
            squares += size * size
            count += 1
    mean = total / max(count, 1)
    out[Origin.SPREAD] = np.sqrt(max(0.0, squares / max(count, 1) - mean * mean)) / max(mean, 1.0)


@helper
def _plain_words(side: Side, profile: Profile) -> U8:
    """Return 1 for each running word outside quotation marks, boilerplate included."""
    plain, kept = np.ones(len(side.numbers), np.uint8), 0
    for i in range(len(side.numbers)):
        if not side.flags[i] & _BOILERPLATE and kept < len(profile.plain):
            plain[i] = profile.plain[kept]
            kept += 1
    return plain


@helper
def _measure_side(view: View, profile: Profile, pairs: I32, cosine: F32, column: int, out: F64) -> None:
    """Write what is measured of one side; `column` is where its sentences stand in `pairs`."""
    side, plain = view.side, _plain_words(view.side, profile)
    aligned, all_words = np.zeros(len(side.numbers), np.uint8), np.ones(len(side.numbers), np.uint8)
    _aligned_words(side, pairs, cosine, column, aligned)
    _cohesion(view, profile, aligned, out)
    _facts(view, plain, aligned, _LOST, out)
    _facts(view, plain, all_words, _MISSING, out)
    _style(side, out)


@kernel
def measure_origin(left: Side, right: Side, a: Profile, b: Profile, pairs: I32, cosine: F32, fives: float) -> F64:
    """Return the differences by `Origin`, left less right; `fives` is the larger share of five-word grams in common.

    Shapes: `pairs` (p, 2) numbers of sentences, `cosine` (p,) their similarity.
    """
    mine, other, _ = meet(left, right)
    one, two = np.zeros(_COUNT), np.zeros(_COUNT)
    _measure_side(mine, a, pairs, cosine, 0, one)
    _measure_side(other, b, pairs, cosine, 1, two)
    found = one - two
    for first in (_LOST, _MISSING):
        for k in range(len(_PRIORS)):
            found[first + k] /= one[first + k] + two[first + k] + _PRIORS[k]
    if max(one[Origin.CAPITALS], two[Origin.CAPITALS]) > MOST_CAPITALS:
        found[Origin.LOST_NAMES], found[Origin.MISSING_NAMES] = 0.0, 0.0
    reworded = min(1.0, 2.0 * (1.0 - fives))  # near-verbatim texts differ in nothing but chance
    for k in range(len(_STYLE)):
        found[_STYLE[k]] *= reworded
    found[Origin.CAPITALS] = 0.0
    return found


# What a text says of itself, with odds proposed from counts on the packs (l2r, background).
HEAD, TAIL = 300, 400  # characters at the start and the end
TO_USER, AGENCY, PHOTO, NAMED_SOURCE = -4.0, 1.5, 1.5, 3.0
_TO_USER = re.compile(
    r"\s*(?:sure|certainly|of course|absolutely)[!,.]\s"
    r"|\s*here(?:'s|’s| is) (?:a|the|your|an) (?:\w+ ){0,2}(?:rewrit|rephras|paraphras|revis|version)"
    r"|\bas an ai (?:language )?model",
    re.I,
)
_AGENCIES = {"AP": "apnews", "Reuters": "reuters", "AFP": "afp", "UPI": "upi", "dpa": "dpa", "PTI": "pti",
             "Bloomberg": "bloomberg", "TASS": "tass", "Xinhua": "xinhua"}  # fmt: skip
_AGENCY = re.compile(r"[(\[/]\s*(" + "|".join(_AGENCIES) + r")\s*[)\]/]|^\s*[A-Z][A-Z .,]+[(,-]+\s*(AP|AFP|UPI)\b")
_PHOTO = re.compile(r"\b(?:photo|image|picture|photograph)(?: credit| by|:)|\bgetty images\b|\bfile photo\b", re.I)
_APPEARED = re.compile(
    r"\b(?:originally|first) (?:appeared|published|posted)\s+(?:in|on|at|by)\s+(?:the\s+)?([^\n.,;]{2,60})", re.I
)


@lru_cache(maxsize=4096)
def _credits(text: str) -> tuple[bool, str, bool, str]:
    """Return whether a text opens with a line to a user, its agency tag, whether photos are credited, its source."""
    head, tail = text[:HEAD], text[-TAIL:]
    agency = _AGENCY.search(head) or _AGENCY.search(tail)
    appeared = _APPEARED.search(head) or _APPEARED.search(tail)
    name = (agency[1] or agency[2]) if agency else ""
    return bool(_TO_USER.search(head)), name, bool(_PHOTO.search(text)), appeared[1].strip() if appeared else ""


def _is_source(name: str, article: Article) -> bool:
    told = re.sub(r"\W", "", name.lower())
    sites = (re.sub(r"\W", "", site.lower()) for site in (article.source, article.url) if site)
    return bool(told) and any(told in site or site in told for site in sites)


def common_agency(left: Article, right: Article) -> str:
    """Return the agency whose copy both texts say to be; "" where they do not."""
    one, two = _credits(left.text)[1], _credits(right.text)[1]
    return one if one == two else ""


def credit_odds(left: Article, right: Article, reworded: float) -> dict[str, float]:
    """Return the log odds, by reason, that the left article is the original, from what both say of themselves.

    `reworded`: 0 for near-verbatim texts, 1 for rewrites. A translator, a dateline or "via" is no evidence.
    """
    (user, agency, photo, source), (other_user, other_agency, other_photo, other_source) = (
        _credits(article.text) for article in (left, right)
    )
    odds = {
        "the other opens with a line to a user": TO_USER * (user - other_user),
        "carries a photo credit that the other lost": PHOTO * reworded * (photo - other_photo),
        "the other names it as its source": NAMED_SOURCE
        * ((bool(other_source) and _is_source(other_source, left)) - (bool(source) and _is_source(source, right))),
    }
    if agency and agency == other_agency:
        home = _AGENCIES[agency]
        odds[f"agency copy of {agency}"] = AGENCY * (_is_source(home, left) - _is_source(home, right))
    else:
        odds[f"carries the tag of the agency {agency or other_agency}"] = AGENCY * (bool(agency) - bool(other_agency))
    return {reason: value for reason, value in odds.items() if value}
