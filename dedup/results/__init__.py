"""The results of a scan: packed while they wait, records when they are asked for, and rows of other tables.

Public: `Report`, `Composition` with `Stretch`, `Deduped` with `Removed` and `KeptArticles`; `MatchTable`,
`ScoreTable`, `ClusterTable`, `TemplateTable`, `Verdict`, `verdicts`; `PackedMatch` and its
functions. `rows` has the lines of the report's files.
"""

from dedup.results.composition import Composition, Stretch
from dedup.results.deduped import Deduped, KeptArticles, Removed
from dedup.results.packing import PackedMatch, Verdict, pack_match, pack_score, unpack_match, unpack_score
from dedup.results.report import Report
from dedup.results.tables import ClusterTable, MatchTable, ScoreTable, TemplateTable, verdicts

__all__ = [
    "ClusterTable",
    "Composition",
    "Deduped",
    "KeptArticles",
    "MatchTable",
    "PackedMatch",
    "Removed",
    "Report",
    "ScoreTable",
    "Stretch",
    "TemplateTable",
    "Verdict",
    "pack_match",
    "pack_score",
    "unpack_match",
    "unpack_score",
    "verdicts",
]
