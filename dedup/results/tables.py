"""The matches, scores and clusters of a scan: sequences and mappings of records that turn into other tables.

Public: `MatchTable`, `ScoreTable`, `ClusterTable`, `TemplateTable`, `verdicts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, ValuesView
from typing import overload

from dedup.display import plural
from dedup.records import ArticleScore, Cluster, Kind, Match, Template
from dedup.results.export import CLUSTER_COLUMNS, MATCH_COLUMNS, SCORE_COLUMNS, TEMPLATE_COLUMNS, Exported
from dedup.results.packing import PackedMatch, Verdict, unpack_match, unpack_score
from dedup.results.rows import Row, cluster_row, match_row, score_row, template_row


class MatchTable(Exported, Sequence[Match]):
    """Matches sorted by left and right id; each is unpacked when it is asked for. Equal to any equal sequence."""

    columns = MATCH_COLUMNS

    def __init__(self, packed: Iterable[PackedMatch]) -> None:
        self._packed = sorted(packed, key=lambda one: one.verdict[:2])

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """Return all matches without their proofs, in the same order."""
        return [one.verdict for one in self._packed]

    def without(self, numbers: Container[int]) -> MatchTable:
        """Return the table without the matches with these numbers."""
        return MatchTable(one for number, one in enumerate(self._packed) if number not in numbers)

    def joined(self, others: Iterable[PackedMatch]) -> MatchTable:
        """Return the table with other matches in their places."""
        return MatchTable([*self._packed, *others])

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
        kinds = Counter(one.verdict.kind for one in self._packed)
        counts = ", ".join(f"{kinds[kind]:,} {kind.value}" for kind in Kind if kinds[kind])
        return f"<MatchTable of {plural(len(self), 'match', 'matches')}{counts and ': '}{counts}>"

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the matches as the lines of `matches.jsonl`."""
        return map(match_row, self)


def verdicts(matches: Sequence[Match]) -> Sequence[Verdict | Match]:
    """Return the matches without their proofs where they are packed, else as they are."""
    return matches.verdicts if isinstance(matches, MatchTable) else matches


class ScoreTable(Exported, Mapping[str, ArticleScore]):
    """Scores by article id, in the order in which the articles were read; each is unpacked when it is asked for."""

    columns = SCORE_COLUMNS

    def __init__(self, ids: Sequence[str], packed: Iterable[bytes] = ()) -> None:
        """`packed` holds the scores in the order of `ids`, or nothing where there are none."""
        self._packed = list(packed)
        self._ids = ids if self._packed else ()
        self._numbers: dict[str, int] | None = None

    def at(self, number: int) -> ArticleScore:
        """Return the score of the article with this number in the order read."""
        return unpack_score(self._packed[number])

    def __getitem__(self, id_: str) -> ArticleScore:
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self._ids)}
        return self.at(self._numbers[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._packed)

    def values(self) -> ValuesView[ArticleScore]:
        """Return all scores in order, without looking any id up."""
        return _Scores(self)

    def unpacked(self) -> Iterator[ArticleScore]:
        """Return an iterator over all scores in order."""
        return map(unpack_score, self._packed)

    def __repr__(self) -> str:
        return f"<ScoreTable of {plural(len(self), 'score')}>"

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the scores as in `articles.jsonl`, each after the article's id."""
        return ({"id": id_, **score_row(score)} for id_, score in zip(self, self.unpacked(), strict=True))


class _Scores(ValuesView[ArticleScore]):
    """The scores of a table, in order."""

    _mapping: ScoreTable

    def __iter__(self) -> Iterator[ArticleScore]:
        return self._mapping.unpacked()


class ClusterTable(Exported, tuple[Cluster, ...]):
    """The clusters of a scan, sorted by their smallest member: a tuple that turns into other tables."""

    columns = CLUSTER_COLUMNS

    def __repr__(self) -> str:
        members = sum(len(cluster.members) for cluster in self)
        return f"<ClusterTable of {plural(len(self), 'cluster')} of {plural(members, 'article')}>"

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the clusters as the lines of `clusters.jsonl`."""
        return map(cluster_row, self)


class TemplateTable(Exported, tuple[Template, ...]):
    """The templates of a scan, those of most articles first: a tuple that turns into other tables."""

    columns = TEMPLATE_COLUMNS

    def __repr__(self) -> str:
        members = sum(template.count for template in self)
        return f"<TemplateTable of {plural(len(self), 'template')} of {plural(members, 'article')}>"

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the templates as the lines of `templates.jsonl`."""
        return map(template_row, self)
