"""Which of two copies is probably the original: the earlier, the less corrupted, the more complete one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8
from dedup.compiled.decorators import kernel
from dedup.evidence.profile import RARE, Profile, Sum
from dedup.evidence.rows import Difference, Row
from dedup.evidence.sides import Side
from dedup.judge.columns import ORIGINAL, Asymmetry, Sided
from dedup.judge.features import Measured
from dedup.judge.prepare import Prepared
from dedup.models import Logistic
from dedup.records import Article, ArticleScore

REASONS: dict[int, str] = {
    Asymmetry.CORRUPTED_NAMES: "names are corrupted in the other",
    Asymmetry.STRANGE_WORDS: "words are replaced by rarer ones in the other",
    Asymmetry.COMPLETENESS: "more complete",
    Asymmetry.NAMES: "more complete: has names that the other lost",
    Asymmetry.QUOTATIONS: "quotations were lost in the other",
    Asymmetry.LENGTH: "more complete: the other is shortened",
}
# As numbers: before Python 3.12, looking up a member costs half a microsecond, and these are asked for at every pair.
_COMPLETENESS = int(Asymmetry.COMPLETENESS)
_CORRUPTED_NAMES = int(Asymmetry.CORRUPTED_NAMES)
_LENGTH = int(Asymmetry.LENGTH)
_NAMES = int(Asymmetry.NAMES)
_QUOTATIONS = int(Asymmetry.QUOTATIONS)
_STRANGE_WORDS = int(Asymmetry.STRANGE_WORDS)
_SIDED_STEMS, _SIDED_NAMES, _PLAIN_WORDS = int(Sided.STEMS), int(Sided.NAMES), int(Sum.PLAIN_WORDS)
MOST_NAMES = 3
SWAPS_PRIOR = 3  # swaps that are worth as much as no evidence
SCORE_WEIGHT = 4.0  # log odds per unit of difference of the two articles' own scores
HOURS = ((24.0, 0.9), (1.0, 0.8), (0.0, 0.65))  # hours between two dates, and how sure the earlier one is the original


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


def original_features(left: Profile, right: Profile, changes: Changes, measured: Measured) -> F64:
    """Return the differences by `Asymmetry`; `measured` are the features of the pair in this order."""
    n, m = len(left.hashes), len(right.hashes)
    found = np.empty(len(ORIGINAL))
    found[_CORRUPTED_NAMES] = max(-MOST_NAMES, min(MOST_NAMES, changes.corrupted))
    found[_STRANGE_WORDS] = float(changes.rarer.sum()) / (changes.singles + SWAPS_PRIOR)
    found[_COMPLETENESS] = measured.right[_SIDED_STEMS] - measured.left[_SIDED_STEMS]
    found[_NAMES] = measured.right[_SIDED_NAMES] - measured.left[_SIDED_NAMES]
    found[_QUOTATIONS] = _quoted(left) - _quoted(right)
    found[_LENGTH] = max(-1.0, min(1.0, np.log(max(1, n) / max(1, m))))
    return found


def _quoted(profile: Profile) -> float:
    """Return the share of the words that stand in quotation marks."""
    return 1.0 - float(profile.sums[_PLAIN_WORDS]) / len(profile.hashes) if len(profile.hashes) else 0.0


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # within a day of the first or the last date there is
        return moment.replace(tzinfo=UTC)


def by_date(left: Article, right: Article) -> tuple[str, float] | None:
    """Return the id of the earlier article and how sure it is the original; None where dates are missing or equal."""
    if left.published is None or right.published is None:
        return None
    first, second = _utc(left.published), _utc(right.published)
    if first == second:
        return None
    hours = abs((second - first).total_seconds()) / 3600.0
    return (left if first < second else right).id, next(sure for least, sure in HOURS if hours >= least)


def _suspicion(left: ArticleScore | None, right: ArticleScore | None) -> float:
    """Return how much more the right article reads like a rewrite or a translation, -1..1; 0 without both scores."""
    if left is None or right is None or left.overall is None or right.overall is None:
        return 0.0
    clean = [(1.0 - s.overall) * (1.0 - s.parts.get("translated", 0.0)) for s in (left, right) if s.overall is not None]
    return clean[0] - clean[1]


def probable_original(
    left: Prepared, right: Prepared, asymmetry: F64, model: Logistic, least: float
) -> tuple[str | None, str, float]:
    """Return the id of the probable original (None: unknown), the reason, and the confidence, .5..1.

    The articles' own scores are asked for only where no dates tell; `least` is the confidence below which the original
    is unknown.
    """
    dated = by_date(left.article, right.article)
    if dated:
        return dated[0], "earlier date", dated[1]
    parts = dict(zip(model.columns.tolist(), (model.weights * asymmetry[model.columns]).tolist(), strict=True))
    score = SCORE_WEIGHT * _suspicion(left.score, right.score)
    odds = sum(parts.values()) + score
    confidence = round(1.0 / (1.0 + float(np.exp(-abs(odds)))), 4)
    if confidence < least:
        return None, "unknown", confidence
    sign = 1.0 if odds > 0 else -1.0
    reason = max(parts, key=lambda column: sign * parts[column])
    told = REASONS[reason] if sign * parts[reason] >= sign * score else "the other reads more like a rewrite"
    return (left if odds > 0 else right).article.id, told, confidence
