"""Which of two copies is probably the original: the earlier, the less corrupted, the more complete one."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from dedup.judge.model import Logistic
from dedup.judge.profile import RARE, Profile
from dedup.judge.sides import Side
from dedup.judge.slots import NAMES as NAME_SLOT
from dedup.judge.slots import SWAP
from dedup.judge.vocabulary import F64, I32
from dedup.records import Article, RewriteScore

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
HOURS = ((24.0, 0.9), (1.0, 0.8), (0.0, 0.65))  # hours between two dates, and how sure the earlier one is the original


def _rare(side: Side, i: int) -> bool:
    return bool(side.marks[side.numbers[i]] & RARE)


def original_features(left: Profile, right: Profile, sides: tuple[Side, Side], rows: I32, shares: F64) -> F64:
    """Differences in the order of `NAMES`; `shares`: stems of left in right, of right in left; names the same."""
    corrupted = 0
    for row in rows[rows[:, 0] == NAME_SLOT]:
        corrupted += int(_rare(sides[1], row[3])) - int(_rare(sides[0], row[1]))
    swaps = rows[(rows[:, 0] == SWAP) & (rows[:, 2] - rows[:, 1] == 1) & (rows[:, 4] - rows[:, 3] == 1)]
    rarer = sides[1].weights[sides[1].numbers[swaps[:, 3]]] - sides[0].weights[sides[0].numbers[swaps[:, 1]]]
    stems_left, stems_right, names_left, names_right = shares
    quoted = [1.0 - float(p.plain.mean()) if len(p.plain) else 0.0 for p in (left, right)]
    length = np.log(max(1, len(left.hashes)) / max(1, len(right.hashes)))
    return np.array(
        [
            max(-MOST_NAMES, min(MOST_NAMES, corrupted)),
            float(rarer.sum()) / (len(swaps) + SWAPS_PRIOR),
            stems_right - stems_left,
            names_right - names_left,
            quoted[0] - quoted[1],
            max(-1.0, min(1.0, length)),
        ]
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def by_date(left: Article, right: Article) -> tuple[str, float] | None:
    """Id of the earlier article and how sure it is the original; None where dates are missing or equal."""
    if left.published is None or right.published is None:
        return None
    first, second = _utc(left.published), _utc(right.published)
    if first == second:
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
    parts = dict(zip((NAMES[c] for c in model.columns), model.weights * differences[list(model.columns)], strict=True))
    score = SCORE_WEIGHT * _suspicion(*scores)
    odds = sum(parts.values()) + score
    confidence = round(1.0 / (1.0 + float(np.exp(-abs(odds)))), 4)
    if confidence < least:
        return None, "unknown", confidence
    sign = 1.0 if odds > 0 else -1.0
    reason = max(parts, key=lambda name: sign * parts[name])
    told = REASONS[reason] if sign * parts[reason] >= sign * score else "the other reads more like a rewrite"
    return (left if odds > 0 else right).id, told, confidence
