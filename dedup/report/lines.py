"""Which matches and articles the pages show, as numbers and short values.

Public: `Line`, `Chosen`, `choose`, `line_of`, `by_cluster`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.records import COPIES, Cluster, Kind, Match
from dedup.results import Report, Verdict, verdicts
from dedup.results.rows import DIGITS

MOST_MATCHES = 200_000  # of one report; some 100 bytes each that a browser holds
MOST_TEMPLATES = 50
MOST_FACTS = 3  # contradictions of a match that the overview quotes
LEFT, RIGHT, UNKNOWN = 0, 1, -1  # which of two articles
_SIDES = {"left": LEFT, "right": RIGHT}


class Line(NamedTuple):
    """A match without its proof; articles go by their numbers on the pages."""

    left: int
    right: int
    kind: Kind
    probability: float
    original: int  # LEFT, RIGHT or UNKNOWN
    confidence: float
    reason: str
    method: str | None
    shared: tuple[float, float] | None  # of the left and the right article, 0..1; None where nothing was aligned
    turned: int  # contradictions
    conflict: bool
    same_site: bool | None
    old: int  # LEFT, RIGHT or UNKNOWN
    cluster: int  # number of the cluster, UNKNOWN where it connects none
    container: int = UNKNOWN  # LEFT or RIGHT: the page of several stories, of which the other is one
    changes: tuple[str, ...] = ()  # types of evidence, sorted
    facts: tuple[tuple[str, str, str], ...] = ()  # the first contradictions: which fact, left text, right text


class Chosen(NamedTuple):
    """What is shown: matches by their numbers in the report, best first by story, and articles by their ids."""

    matches: list[int]
    clusters: list[int]  # of each of these matches, UNKNOWN where it connects none
    ids: list[str]  # those of the matches first
    left_out: int  # matches


def choose(report: Report, others: Iterable[str] = ()) -> Chosen:
    """Return what is shown of a report; `others` are articles that are shown although no match has them."""
    found = verdicts(report.matches)
    cluster_of = {member: number for number, cluster in enumerate(report.clusters) for member in cluster.members}
    homes = [cluster_of.get(one.left, UNKNOWN) if one.kind in COPIES else UNKNOWN for one in found]
    order = sorted(range(len(found)), key=lambda n: _rank(found[n], homes[n], report.clusters))[:MOST_MATCHES]
    examples = [id_ for template in report.templates[:MOST_TEMPLATES] for id_ in template.example]
    ids = dict.fromkeys(id_ for number in order for id_ in (found[number].left, found[number].right))
    ids |= dict.fromkeys([*examples, *others])
    return Chosen(order, [homes[number] for number in order], list(ids), len(found) - len(order))


def _rank(one: Verdict | Match, home: int, clusters: Sequence[Cluster]) -> tuple[float, bool, float, float, str, str]:
    """Return what sorts matches: by story, those with its representative first, then the most probable."""
    if home == UNKNOWN:
        return float("inf"), False, 0.0, -round(one.share or 0.0, DIGITS), one.left, one.right
    without_lead = clusters[home].lead not in (one.left, one.right)
    return home, without_lead, -round(one.probability, DIGITS), -round(one.share or 0.0, DIGITS), one.left, one.right


def line_of(match: Match, numbers: dict[str, int], cluster: int) -> Line:
    """Return a match as a line; `numbers` are those of the articles by their ids."""
    return Line(
        numbers[match.left],
        numbers[match.right],
        match.kind,
        round(float(match.probability), DIGITS),
        _side(match.original, match),
        round(float(match.original_confidence), DIGITS),
        match.original_reason,
        match.method,
        _shared(match),
        match.contradictions,
        match.date_conflict,
        match.same_site,
        _SIDES.get(match.old or "", UNKNOWN),
        cluster,
        _SIDES.get(match.container or "", UNKNOWN),
        tuple(sorted({each.type for each in match.evidence})),
        facts_of(match),
    )


def facts_of(match: Match) -> tuple[tuple[str, str, str], ...]:
    """Return the first contradictions of a match."""
    found = [each for each in match.evidence if each.type == "contradiction"] if match.contradictions else []
    return tuple((each.fact, each.left_text, each.right_text) for each in found[:MOST_FACTS])


def _side(id_: str | None, match: Match) -> int:
    return {match.left: LEFT, match.right: RIGHT}.get(id_, UNKNOWN) if id_ is not None else UNKNOWN


def _shared(match: Match) -> tuple[float, float] | None:
    if match.kind is Kind.EXACT:
        return 1.0, 1.0
    if not match.alignment.passages:
        return None
    return round(float(match.shared[0]), DIGITS), round(float(match.shared[1]), DIGITS)


def by_cluster(lines: Iterable[Line]) -> dict[int, list[Line]]:
    """Return the lines of each cluster, by its number."""
    found: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.cluster != UNKNOWN:
            found[line.cluster].append(line)
    return found
