"""Which of two copies is probably the original: by their wording, what they say of themselves, and their dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8
from dedup.compiled.decorators import kernel
from dedup.evidence.profile import RARE
from dedup.evidence.rows import Difference, Row
from dedup.evidence.sides import Side
from dedup.judge.columns import Origin, Sided, larger
from dedup.judge.features import Measured
from dedup.judge.origin import common_agency, credit_odds, measure_origin
from dedup.judge.prepare import Prepared
from dedup.models import Logistic
from dedup.records import Article, ArticleScore, WordAlignment
from dedup.results.published import published_hours

REASONS: dict[int, str] = {
    Origin.CORRUPTED_NAMES: "names are corrupted in the other",
    Origin.STRANGE_WORDS: "words are replaced by rarer ones in the other",
    Origin.COHESIVE: "more complete: the other is shortened",
    Origin.FOREIGN: "the other adds foreign text",
    Origin.LOST_NAMES: "more complete: has names that the other lost",
    Origin.LOST_NUMBERS: "more complete: has numbers that the other lost",
    Origin.LOST_QUOTES: "quotations were lost in the other",
    Origin.MISSING_NAMES: "more complete: has names that the other lost",
    Origin.MISSING_NUMBERS: "more complete: has numbers that the other lost",
    Origin.MISSING_QUOTES: "quotations were lost in the other",
}
STYLE, SCORE = "the other is worded like a rewrite", "the other reads more like a rewrite"
SHOWN = 0.7  # odds from which what can be shown is told rather than style: two to one
DATE, AGAINST_DATE, AGAINST_TEXT = (
    "earlier date",
    "although its date is later",
    "although the wording speaks against it",
)
AGENCY_COPY, BOTH_AGENCY = "agency copy of ", "both are copy of the agency "
# As numbers: before Python 3.12, looking up a member costs half a microsecond, and these are asked for at every pair.
_CORRUPTED_NAMES, _STRANGE_WORDS = int(Origin.CORRUPTED_NAMES), int(Origin.STRANGE_WORDS)
_FIVES = larger(Sided.FIVES)
MOST_NAMES = 3
SWAPS_PRIOR = 3  # swaps that are worth as much as no evidence
SCORE_WEIGHT = 4.0  # log odds per unit of difference of the two articles' own scores
# Odds, chosen on noisy dates simulated on the packs (`benchmarks/quality/originals.py`): what a text can say at most,
# what a date far apart says, and the hours after which most of that is said.
MOST_TEXT, MOST_DATE, DATE_HOURS, DATE_MARGIN = 4.5, 1.75, 3.0, 0.5
SURE_ODDS = float(np.log(0.6 / 0.4))  # of the confidence from which an original is named (`JudgeConfig`)
CONFLICT = float(np.log(0.8 / 0.2))  # odds of the text from which a date that speaks against it is a conflict


class Provenance(NamedTuple):
    """Which of two copies is probably the original."""

    original: str | None  # None: unknown
    reason: str
    confidence: float  # .5..1
    conflict: bool  # dates and text name different ones
    odds: float  # log odds that it is the left one


class Changes(NamedTuple):
    """What the differences of a pair come to."""

    swaps: int
    singles: int  # swaps of one word for one
    names: int
    corrupted: int  # corrupted forms of names on the right less those on the left
    rarer: F32  # (singles,) how much rarer the right's word is than the left's, ln


def changes_of(left: Side, right: Side, rows: I32) -> Changes:
    """Return what the rows of `differences` come to."""
    mine = left.numbers, left.weights, left.marks
    swaps, names, corrupted, rarer = _count(rows, *mine, right.numbers, right.weights, right.marks)
    return Changes(swaps, len(rarer), names, corrupted, rarer)


@kernel
def _count(
    rows: I32, numbers: I32, weights: F32, marks: U8, other_numbers: I32, other_weights: F32, other_marks: U8
) -> tuple[int, int, int, F32]:
    swaps, singles, names, corrupted, rarer = 0, 0, 0, 0, np.empty(len(rows), np.float32)
    for k in range(len(rows)):
        i, j = numbers[rows[k, Row.LEFT_FIRST]], other_numbers[rows[k, Row.RIGHT_FIRST]]
        if rows[k, Row.KIND] == Difference.NAME:
            names += 1
            corrupted += (1 if other_marks[j] & RARE else 0) - (1 if marks[i] & RARE else 0)
        elif rows[k, Row.KIND] in (Difference.SWAP, Difference.DIRECTION):
            swaps += 1
            if (
                rows[k, Row.LEFT_LAST] - rows[k, Row.LEFT_FIRST] == 1
                and rows[k, Row.RIGHT_LAST] - rows[k, Row.RIGHT_FIRST] == 1
            ):
                rarer[singles] = other_weights[j] - weights[i]
                singles += 1
    return swaps, names, corrupted, rarer[:singles]


def original_features(
    left: Prepared, right: Prepared, words: WordAlignment, changes: Changes, measured: Measured
) -> F64:
    """Return the differences by `Origin`; `words` and `measured` are those of the pair in this order."""
    found: F64 = measure_origin(
        left.side, right.side, left.profile, right.profile, words.sentence_pairs, words.sentence_similarity,
        float(measured.vector[_FIVES]),
    )  # fmt: skip
    found[_CORRUPTED_NAMES] = max(-MOST_NAMES, min(MOST_NAMES, changes.corrupted))
    found[_STRANGE_WORDS] = _reworded(measured) * float(changes.rarer.sum()) / (changes.singles + SWAPS_PRIOR)
    return found


def _reworded(measured: Measured) -> float:
    """Return 0 for near-verbatim texts up to 1 for rewrites: how much style can say."""
    return min(1.0, 2.0 * (1.0 - float(measured.vector[_FIVES])))


def date_odds(left: Article, right: Article) -> float:
    """Return the log odds that the left article is the original by the dates alone; 0 where they tell nothing."""
    one, two = published_hours(left), published_hours(right)
    if one is None or two is None or one == two:
        return 0.0
    hours, sign = (two[0] - one[1], 1.0) if one[1] <= two[0] else (one[0] - two[1], -1.0)
    return sign * MOST_DATE * (1.0 - float(np.exp(-(hours + DATE_MARGIN) / DATE_HOURS))) if hours >= 0.0 else 0.0


def by_date(left: Article, right: Article, least: float) -> Provenance:
    """Return the original of two articles whose wording says nothing."""
    return decided(left, right, 0.0, "", date_odds(left, right), least)


def decided(left: Article, right: Article, text: float, why: str, date: float, least: float) -> Provenance:
    """Return the original by the odds of text and dates together; `why` is the reason of the text."""
    odds = max(-MOST_TEXT, min(MOST_TEXT, text)) + date
    conflict = abs(text) >= CONFLICT and text * date < 0.0
    confidence = round(1.0 / (1.0 + float(np.exp(-abs(odds)))), 4)
    if confidence < least or odds == 0.0:
        return Provenance(
            None, "unknown: date and wording disagree" if conflict else "unknown", confidence, conflict, odds
        )
    by_text = date * odds <= 0.0 or (text * odds > 0.0 and abs(text) > abs(date))
    reason = why if by_text else DATE
    if conflict:
        reason += ", " + (AGAINST_DATE if by_text else AGAINST_TEXT)
    return Provenance((left if odds > 0 else right).id, reason, confidence, conflict, odds)


def _suspicion(left: ArticleScore | None, right: ArticleScore | None) -> float:
    """Return how much more the right article reads like a rewrite or a translation, -1..1; 0 without both scores."""
    if left is None or right is None or left.overall is None or right.overall is None:
        return 0.0
    clean = [(1.0 - s.overall) * (1.0 - s.parts.get("translated", 0.0)) for s in (left, right) if s.overall is not None]
    return clean[0] - clean[1]


def probable_original(
    left: Prepared, right: Prepared, asymmetry: F64, measured: Measured, models: Mapping[str, Logistic],
    shares: Mapping[str, float], least: float,
) -> Provenance:  # fmt: skip
    """Return the probable original; `least` is the confidence below which it is unknown.

    `shares` is how much each of the `models` counts, together 1. Differences of the texts, what they say of themselves
    and, where no dates tell, the articles' own scores make the
    odds of the text, which the dates are added to.
    """
    reworded, date = _reworded(measured), date_odds(left.article, right.article)
    parts: dict[str, float] = {}
    for name, share in shares.items():
        model = models[name]
        weighed = (share * model.weights * asymmetry[model.columns]).tolist()
        for column, part in zip(model.columns.tolist(), weighed, strict=True):
            reason = REASONS.get(column, STYLE)
            parts[reason] = parts.get(reason, 0.0) + part
    if date == 0.0 and reworded > 0.0:
        parts[SCORE] = reworded * SCORE_WEIGHT * _suspicion(left.score, right.score)
    parts |= credit_odds(left.article, right.article, reworded)
    text = sum(parts.values())
    found = decided(left.article, right.article, text, _why(parts, 1.0 if text > 0 else -1.0), date, least)
    agency = common_agency(left.article, right.article)
    told = agency and not found.reason.startswith(AGENCY_COPY)
    return found._replace(reason=f"{found.reason}; {BOTH_AGENCY}{agency}") if told else found


def _why(parts: dict[str, float], sign: float) -> str:
    """Return the reason with the most odds; a thing that can be shown goes before style, which needs belief."""
    shown = [reason for reason in parts if reason not in (STYLE, SCORE) and sign * parts[reason] >= SHOWN]
    return max(shown or parts, key=lambda reason: sign * parts[reason])
