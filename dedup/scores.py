"""The scores of all articles of a scan, packed: some hundred bytes each instead of a tree of objects.

Public: `ScoreTable`, `pack`.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dedup.records import Finding, RewriteScore


def pack(score: RewriteScore) -> bytes:
    """A score as bytes for this process and its workers: `marshal` is the fastest, and nobody keeps them for longer."""
    findings = [tuple(finding) for finding in score.evidence]
    return marshal.dumps((score.overall, score.parts, score.percentiles, score.abstained, findings))


def unpack(packed: bytes) -> RewriteScore:
    """The score that `pack` was given."""
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
        return unpack(self._packed[number])

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
        return map(unpack, self._packed)
