"""What a scan returns. Public: `Report`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dedup.display import plural
from dedup.errors import UsageError
from dedup.records import Article, ArticleScore, Match, Skipped
from dedup.results.composition import Composition
from dedup.results.compositions import Compositions
from dedup.results.packing import pack_match, pack_score
from dedup.results.tables import ClusterTable, MatchTable, ScoreTable, TemplateTable


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What a scan found.

    Iterating `matches`, `clusters`, `templates` and `scores.values()` gives records; `to_dicts`, `to_arrow`,
    `to_pandas` and `to_polars` of each of the four give tables. `article` reads an article's text and fields again
    by its id.
    """

    ids: Sequence[str]  # of all articles, in the order read
    matches: MatchTable  # sorted by left and right id; each is unpacked when it is asked for
    clusters: ClusterTable  # sorted by smallest member
    skipped: tuple[Skipped, ...]  # in the order read
    scores: ScoreTable  # by article id; empty at level near
    capped: Mapping[str, int]  # what was not looked at in full, counted; nothing but counts above 0
    seconds: Mapping[str, float]  # wall-clock time by stage
    article: Callable[[str], Article]
    notes: tuple[str, ...] = ()  # how fields of rows were found, and what was left out of articles, for people
    templates: TemplateTable = field(default_factory=TemplateTable)  # of most articles first
    set_aside: Mapping[str, int] = field(default_factory=dict)  # matches counted and not listed, by why; counts above 0
    composed: Callable[[str], Composition] | None = None  # where passages were found
    made_by: Mapping[str, str] = field(default_factory=dict)  # versions, and digests of the settings and of the models

    def composition(self, id: str) -> Composition:  # noqa: A002 - the field's name
        """Return which stretches of an article came from which others of this scan, and what share is its own.

        What was copied from it, by its matches or by the dates, is no source. Only its matches of this scan are asked,
        at most 40, those that share most; `dedup.trace` looks for every stretch. Raises `UsageError` for an unknown
        id, and after a scan at level near.
        """
        if self.composed is None:
            raise UsageError("composition needs passages: scan at level full")
        return self.composed(id)

    @classmethod
    def of(cls, articles: Iterable[Article], matches: Iterable[Match], scores: Iterable[ArticleScore] = ()) -> Report:
        """Return a report of some articles and their matches, as `compare` and an index give them: without clusters.

        `scores` are those of the articles in their order, or none.
        """
        by_id = {article.id: article for article in articles}
        ids = list(by_id)
        found, table = MatchTable(map(pack_match, matches)), ScoreTable(ids, map(pack_score, scores))
        composed = Compositions(found, by_id.__getitem__)
        return cls(ids, found, ClusterTable(), (), table, {}, {}, by_id.__getitem__, composed=composed)

    def __repr__(self) -> str:
        counts = (
            plural(len(self.ids), "article"),
            plural(len(self.matches), "match", "matches"),
            plural(len(self.clusters), "cluster"),
            plural(len(self.scores), "score"),
            f"{len(self.skipped):,} skipped",
        )
        return f"<Report of {', '.join(counts)}>"
