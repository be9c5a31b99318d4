"""Which of two copies is probably the original: the earlier, the less corrupted, the more complete one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8
from dedup.compiled.decorators import kernel
from dedup.evidence.profile import PLAIN_WORDS, RARE, Profile
from dedup.evidence.sides import Side
from dedup.evidence.word_alignment import NAMES as NAME_SLOT
from dedup.evidence.word_alignment import SWAP
from dedup.models import Logistic
from dedup.records import Article, RewriteScore

VERSION = "original-1"
# Differences between the left and the right article; positive speaks for the left one.
NAMES = (
    "corrupted_names",  # strange spellings of names on the right less those on the left, at most 3
    "strange_words",  # how much rarer the right's words are than those they stand for, mean over single swaps, ln
    "completeness",  # weighted share of the right's stems that the left has, less the reverse
    "names",  # the same of names
    "quotations",  # share of words in quotation marks, left less right
    "length",  # ln(left words / right words), within -1..1
)
REASONS = {
    "corrupted_names": "names are corrupted in the other",
    "strange_words": "words are replaced by rarer ones in the other",
    "completeness": "more complete",
    "names": "more complete: has names that the other lost",
    "quotations": "quotations were lost in the other",
    "length": "more complete: the other is shortened",
}
MOST_NAMES = 3
SWAPS_PRIOR = 3  # swaps that are worth as much as no evidence
SCORE_WEIGHT = 4.0  # log odds per unit of difference of the two articles' own rewrite scores
DAY = timedelta(days=1)
HOURS = ((24.0, 0.9), (1.0, 0.8), (0.0, 0.65))  # hours between two dates, and how sure the earlier one is the original


class Changes(NamedTuple):
    """What the differences of a pair come to."""

    swaps: int
    singles: int  # swaps of one word for one
    names: int
    corrupted: int  # strange spellings of names on the right less those on the left
    rarer: F32  # (singles,) how much rarer the right's word is than the left's, ln


def changes_of(left: Side, right: Side, rows: I32) -> Changes:
    """What the rows of `differences` come to."""
    mine = left.numbers, left.weights, left.marks
    swaps, names, corrupted, rarer = _count(rows, *mine, right.numbers, right.weights, right.marks)
    return Changes(swaps, len(rarer), names, corrupted, rarer)


@kernel
def _count(
    rows: I32, numbers: I32, weights: F32, marks: U8, other_numbers: I32, other_weights: F32, other_marks: U8
) -> tuple[int, int, int, F32]:
    swaps, singles, names, corrupted, rarer = 0, 0, 0, 0, np.empty(len(rows), np.float32)
    for k in range(len(rows)):
        if rows[k, 0] == NAME_SLOT:
            i, j = numbers[rows[k, 1]], other_numbers[rows[k, 3]]
            names += 1
            corrupted += (1 if other_marks[j] & RARE else 0) - (1 if marks[i] & RARE else 0)
        elif rows[k, 0] == SWAP:
            swaps += 1
            if rows[k, 2] - rows[k, 1] == 1 and rows[k, 4] - rows[k, 3] == 1:
                rarer[singles] = other_weights[other_numbers[rows[k, 3]]] - weights[numbers[rows[k, 1]]]
                singles += 1
    return swaps, names, corrupted, rarer[:singles]


def original_features(left: Profile, right: Profile, changes: Changes, shares: F64) -> F64:
    """Differences in the order of `NAMES`; `shares`: stems of left in right, of right in left; names the same."""
    sizes = len(left.hashes), len(right.hashes)
    stems_left, stems_right, names_left, names_right = shares.tolist()
    quoted = [1.0 - p.sums[PLAIN_WORDS] / n if n else 0.0 for p, n in zip((left, right), sizes, strict=True)]
    return np.array(
        [
            max(-MOST_NAMES, min(MOST_NAMES, changes.corrupted)),
            float(changes.rarer.sum()) / (changes.singles + SWAPS_PRIOR),
            stems_right - stems_left,
            names_right - names_left,
            quoted[0] - quoted[1],
            max(-1.0, min(1.0, np.log(max(1, sizes[0]) / max(1, sizes[1])))),
        ]
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def by_date(left: Article, right: Article) -> tuple[str, float] | None:
    """Id of the earlier article and how sure it is the original; None where dates are missing, equal, or on one day.

    A date of which only the day is known may be any moment of it.
    """
    if left.published is None or right.published is None:
        return None
    first, second = _utc(left.published), _utc(right.published)
    if first == second or (first < second + DAY * right.day_only and second < first + DAY * left.day_only):
        return None
    hours = abs((second - first).total_seconds()) / 3600.0
    return (left if first < second else right).id, next(sure for least, sure in HOURS if hours >= least)


def _suspicion(left: RewriteScore | None, right: RewriteScore | None) -> float:
    """How much more the right article reads like a rewrite or a translation, -1..1; 0 where either has no score."""
    if left is None or right is None or left.overall is None or right.overall is None:
        return 0.0
    clean = [(1.0 - s.overall) * (1.0 - s.parts.get("translated", 0.0)) for s in (left, right) if s.overall is not None]
    return clean[0] - clean[1]


def probable_original(
    left: Article,
    right: Article,
    differences: F64,
    model: Logistic,
    scores: tuple[RewriteScore | None, RewriteScore | None],
    least: float,
) -> tuple[str | None, str, float]:
    """Id of the probable original (None: unknown), the reason, and the confidence, .5..1."""
    dated = by_date(left, right)
    if dated:
        return dated[0], "earlier date", dated[1]
    values = (model.weights * differences[model.columns]).tolist()
    parts = dict(zip((NAMES[c] for c in model.columns.tolist()), values, strict=True))
    score = SCORE_WEIGHT * _suspicion(*scores)
    odds = sum(parts.values()) + score
    confidence = round(1.0 / (1.0 + float(np.exp(-abs(odds)))), 4)
    if confidence < least:
        return None, "unknown", confidence
    sign = 1.0 if odds > 0 else -1.0
    reason = max(parts, key=lambda name: sign * parts[name])
    told = REASONS[reason] if sign * parts[reason] >= sign * score else "the other reads more like a rewrite"
    return (left if odds > 0 else right).id, told, confidence
