"""Matches and scores as bytes instead of trees of objects, until somebody asks for one.

Public: `Verdict`, `PackedMatch`, `pack_match`, `unpack_match`, `pack_score`, `unpack_score`.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from typing import NamedTuple

from dedup.records import CONTAINER, Alignment, ArticleScore, Evidence, Finding, Kind, Match, Passage


class Verdict(NamedTuple):
    """A match without its proof: what it takes to count, sort and cluster matches. The fields are those of `Match`."""

    left: str
    right: str
    kind: Kind
    probability: float
    original: str | None
    old: str | None = None
    share: float | None = None
    same_site: bool | None = None
    one_wording: bool = False  # whether it links two articles of one template (`dedup.pipeline.templates`)
    contradictions: int = 0
    date_conflict: bool = False
    original_odds: float = 0.0  # that the left one is the original, ln
    word_jaccard: float = 0.0
    container: str | None = None  # "left" or "right": the page that contains the other, or of copies, that might


class PackedMatch(NamedTuple):
    """A match as it travels between processes and waits in memory."""

    verdict: Verdict
    proof: bytes  # the other fields; `marshal` is the fastest, and nobody keeps them longer than this process lives


def pack_match(match: Match, one_wording: bool = False) -> PackedMatch:
    """Return the match with all that proves it as bytes."""
    told = match.alignment.features
    verdict = Verdict(
        match.left, match.right, match.kind, match.probability, match.original, match.old, match.share,
        match.same_site, one_wording, match.contradictions, match.date_conflict, told.get("original_odds", 0.0),
        told.get("word_jaccard", 0.0), match.container or _possible(match),
    )  # fmt: skip
    proof = (
        match.original_reason,
        [tuple(passage) for passage in match.alignment.passages],
        match.alignment.features,
        [tuple(evidence) for evidence in match.evidence],
        match.original_confidence,
        match.method,
        match.method_probabilities,
        match.resemblance,
        match.same_site,
        match.contradictions,
        match.shared,
        match.date_conflict,
        match.container,
    )
    return PackedMatch(verdict, marshal.dumps(proof))


def _possible(match: Match) -> str | None:
    """Return the side that might be a page with several stories, of which the other is one."""
    if CONTAINER not in match.alignment.features:
        return None
    return "left" if match.shared[0] < match.shared[1] else "right"


def unpack_match(packed: PackedMatch) -> Match:
    """Return the match that `pack_match` was given, with the side that its verdict calls old (`mark_old`)."""
    left, right, kind, probability, original, old = packed.verdict[:6]
    reason, passages, features, evidence, confidence, method, methods, *rest = marshal.loads(packed.proof)
    alignment = Alignment(tuple(map(Passage._make, passages)), features)
    proven = tuple(map(Evidence._make, evidence))
    return Match(
        left, right, kind, probability, original, reason, alignment, proven, confidence, method, methods, old, *rest
    )


def pack_score(score: ArticleScore) -> bytes:
    """Return a score, without its explanation, as bytes for this process and its workers.

    Nobody keeps them for longer, as for matches.
    """
    findings = [tuple(finding) for finding in score.evidence]
    return marshal.dumps((score.overall, score.parts, score.percentiles, score.abstained, findings, score.percentile))


def unpack_score(packed: bytes) -> ArticleScore:
    """Return the score that `pack_score` was given."""
    overall, parts, percentiles, abstained, findings, percentile = marshal.loads(packed)
    return ArticleScore(overall, parts, percentiles, abstained, tuple(map(Finding._make, findings)), percentile)


def to_bytes(packed: Iterable[PackedMatch]) -> bytes:
    """Return packed matches as bytes for a file that this version alone reads again, while a call is not finished."""
    return marshal.dumps([(*verdict[:2], verdict.kind.value, *verdict[3:], proof) for verdict, proof in packed])


def from_bytes(data: bytes) -> Iterable[PackedMatch]:
    """Return the packed matches that `to_bytes` was given."""
    return [
        PackedMatch(Verdict(left, right, Kind(kind), *rest), proof)
        for left, right, kind, *rest, proof in marshal.loads(data)
    ]
