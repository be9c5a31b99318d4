"""The results of a scan, packed: bytes instead of a tree of objects until somebody asks for one.

Public: `MatchTable`, `PackedMatch`, `pack_match`, `verdicts`, `ScoreTable`, `pack_score`.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

from dedup.records import Alignment, Evidence, Finding, Kind, Match, Passage, RewriteScore


class Verdict(NamedTuple):
    """A match without its proof: what it takes to count, sort and cluster matches. The fields are those of `Match`."""

    left: str
    right: str
    kind: Kind
    probability: float
    original: str | None


class PackedMatch(NamedTuple):
    """A match as it travels between processes and waits in memory."""

    verdict: Verdict
    proof: bytes  # the other fields; `marshal` is the fastest, and nobody keeps them longer than this process lives


def pack_match(match: Match) -> PackedMatch:
    """The match with all that proves it as bytes."""
    verdict = Verdict(match.left, match.right, match.kind, match.probability, match.original)
    proof = (
        match.original_reason,
        [tuple(passage) for passage in match.alignment.passages],
        match.alignment.features,
        [tuple(evidence) for evidence in match.evidence],
        match.original_confidence,
        match.method,
        match.method_probabilities,
    )
    return PackedMatch(verdict, marshal.dumps(proof))


def unpack_match(packed: PackedMatch) -> Match:
    """The match that `pack_match` was given."""
    left, right, kind, probability, original = packed.verdict
    reason, passages, features, evidence, confidence, method, methods = marshal.loads(packed.proof)
    alignment = Alignment(tuple(map(Passage._make, passages)), features)
    proven = tuple(map(Evidence._make, evidence))
    return Match(
        left, right, kind, probability, original, reason, alignment, proven, confidence, method, methods
    )  # fmt: skip


class MatchTable(Sequence[Match]):
    """Matches sorted by left and right id; each is unpacked when it is asked for. Equal to any equal sequence."""

    def __init__(self, packed: Iterable[PackedMatch]) -> None:
        self._packed = sorted(packed, key=lambda one: one.verdict[:2])

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """All matches without their proofs, in the same order."""
        return [one.verdict for one in self._packed]

    @overload
    def __getitem__(self, at: int) -> Match: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Match, ...]: ...

    def __getitem__(self, at: int | slice) -> Match | tuple[Match, ...]:
        return tuple(map(unpack_match, self._packed[at])) if isinstance(at, slice) else unpack_match(self._packed[at])

    def __len__(self) -> int:
        return len(self._packed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} matches>"


def verdicts(matches: Sequence[Match]) -> Sequence[Verdict | Match]:
    """The matches without their proofs where they are packed, else as they are."""
    return matches.verdicts if isinstance(matches, MatchTable) else matches


def pack_score(score: RewriteScore) -> bytes:
    """A score as bytes for this process and its workers: `marshal` is the fastest, and nobody keeps them for longer."""
    findings = [tuple(finding) for finding in score.evidence]
    return marshal.dumps((score.overall, score.parts, score.percentiles, score.abstained, findings))


def unpack_score(packed: bytes) -> RewriteScore:
    """The score that `pack_score` was given."""
    overall, parts, percentiles, abstained, findings = marshal.loads(packed)
    return RewriteScore(overall, parts, percentiles, abstained, tuple(map(Finding._make, findings)))


class ScoreTable(Mapping[str, RewriteScore]):
    """Scores by article id; each is unpacked when it is asked for."""

    def __init__(self, ids: Sequence[str], packed: Iterable[bytes] = ()) -> None:
        """`packed` holds the scores in the order of `ids`, or nothing where there are none."""
        self._packed = list(packed)
        self._ids = ids if self._packed else ()
        self._numbers: dict[str, int] | None = None

    def at(self, number: int) -> RewriteScore:
        """The score of the article with this number in the order read."""
        return unpack_score(self._packed[number])

    def __getitem__(self, id_: str) -> RewriteScore:
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self._ids)}
        return self.at(self._numbers[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._packed)

    def values(self) -> Iterator[RewriteScore]:  # type: ignore[override]
        """All scores in order, without looking any id up."""
        return map(unpack_score, self._packed)
