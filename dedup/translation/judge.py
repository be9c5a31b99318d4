"""The verdict on two articles of different languages. Public: `judge`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.judge.config import JudgeConfig
from dedup.judge.origin import credit_odds
from dedup.judge.original import Provenance, date_odds, decided
from dedup.records import SHARE_FEATURE, Alignment, Kind, Match, Passage
from dedup.translation.chain import Bead, places
from dedup.translation.config import TranslationConfig
from dedup.translation.evidence import evidence_of
from dedup.translation.features import Measure, Text, fill_facts, measure_meaning
from dedup.translation.model import Model

LOSS = 1.5  # odds of an article that says more than the other, at most
LOST = 400.0  # characters of English that are worth half of that
MORE = "more complete: the other leaves sentences out"
DIGITS = 9  # of a probability: the same on every machine
SURE = JudgeConfig().sure_original
TOLD = (Measure.CHAIN_SHORT, Measure.CHAIN_LONG, Measure.BEADS, Measure.ORDER, Measure.NUMBERS_BESIDE, Measure.NAMES)


def judge(left: Text, right: Text, model: Model, config: TranslationConfig) -> Match | None:
    """Return the match of two articles, or None where they are no translations; the same in either order."""
    if right.article.id < left.article.id:
        left, right = right, left
    languages = left.language, right.language
    vector, beads = measure_meaning(left, right)
    if round(model.probability(vector, languages), DIGITS) < config.possible:  # no facts could make it more likely
        return None
    fill_facts(vector, left, right, beads)
    probability = round(model.probability(vector, languages), DIGITS)
    if probability < config.possible:
        return None
    kind = Kind.TRANSLATION if probability >= config.threshold else Kind.POSSIBLE_TRANSLATION
    found = _original(left, right, beads)
    shared = _shared(left, right, beads)
    told = {member.name.lower(): round(float(vector[member]), 4) for member in TOLD}
    told |= {SHARE_FEATURE: max(shared), "original_odds": round(found.odds, 4)}
    return Match(
        left.article.id, right.article.id, kind, probability, found.original, found.reason,
        Alignment(_passages(left, right, beads), told), evidence_of(left, right, beads),
        original_confidence=found.confidence, shared=shared, date_conflict=found.conflict,
    )  # fmt: skip


def _passages(left: Text, right: Text, beads: Sequence[Bead]) -> tuple[Passage, ...]:
    """Return each bead as a passage: sentences that say the same."""
    return tuple(
        Passage(
            (left.spans[a][0], left.spans[b - 1][1]),
            (right.spans[c][0], right.spans[d - 1][1]),
            round(min(1.0, bead.cosine), 4),
        )
        for bead, (a, b, c, d) in zip(beads, places(beads).tolist(), strict=True)
    )


def _shared(left: Text, right: Text, beads: Sequence[Bead]) -> tuple[float, float]:
    covered = np.zeros(2)
    for a, b, c, d in places(beads).tolist():
        covered += left.side.weights[a:b].sum(), right.side.weights[c:d].sum()
    sizes = left.side.weights.sum(), right.side.weights.sum()
    return round(float(covered[0] / max(sizes[0], 1)), 4), round(float(covered[1] / max(sizes[1], 1)), 4)


def _original(left: Text, right: Text, beads: Sequence[Bead]) -> Provenance:
    """Return the probable original: by the agencies that the texts name, what one leaves out, and the dates."""
    one, two = left.article, right.article
    parts = credit_odds(one, two, 1.0)
    shares = _shared(left, right, beads)
    rest = [float(text.side.weights.sum()) * (1.0 - share) for text, share in zip((left, right), shares, strict=True)]
    more = rest[0] - rest[1]
    parts[MORE] = LOSS * more / (abs(more) + LOST)
    odds = sum(parts.values())
    why = max(parts, key=lambda reason: parts[reason] * (1 if odds > 0 else -1))
    return decided(one, two, odds, why, date_odds(one, two), SURE)
