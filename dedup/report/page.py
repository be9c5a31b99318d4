"""`report.html`: one page without outside resources, rendered piece by piece, of bounded size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import heappush, heappushpop
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.records import COPIES, ArticleScore, Cluster, Kind, Match
from dedup.report.files import whole_file
from dedup.report.marks import context, counted, side_by_side
from dedup.report.summary import SITES, by_site, limits, repeats
from dedup.report.views import Group, Member, Shown, Suspect
from dedup.resources import resource
from dedup.results import Report, Verdict, verdicts

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "report.html.jinja"

# What one page shows; everything is in the JSON lines beside it. A match with its texts takes some 25 KB, one as a
# line .5 KB: the page stays below 15 MB, which a browser opens in about a second.
CONTROLS = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}
MOST_CLUSTERS = 500
MOST_MEMBERS = 50  # of one cluster
MOST_IN_CLUSTER = 100  # matches of one cluster
MOST_MATCHES = 2_000  # matches of all clusters
MOST_OTHERS = 300  # matches outside clusters: partial, of shared origin
MOST_DETAILED = 400  # matches with their texts, of those in clusters; a quarter as many of the others
MOST_PASSAGES = 30  # of one match
MOST_EVIDENCE = 60  # different differences of one match
MOST_SUSPECTS = 50  # articles that read as spun or corrupted
MOST_FINDINGS = 20  # of one article
MOST_SKIPPED = 500
MOST_REASONS = 20
LEAST_SUSPECT = 0.5  # overall score from which an article is listed


class Worst:
    """The articles that read worst among those noted, so that all scores need to be unpacked only once."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []

    def note(self, number: int, score: ArticleScore) -> None:
        """Remember an article, by its number in the order read, if its score is among the worst."""
        if score.overall is None or score.overall < LEAST_SUSPECT:
            return
        (heappush if len(self._heap) < MOST_SUSPECTS else heappushpop)(self._heap, (score.overall, -number))

    def numbers(self) -> list[int]:
        """Return the worst first; equals in the order read."""
        return [-number for _, number in sorted(self._heap, reverse=True)]


def write_page(path: Path, report: Report, worst: Worst) -> None:
    """Render the page of a scan; the articles that it shows are read again, one at a time."""
    stream = _template().stream(page=Page(report, worst), report=report)
    stream.enable_buffering(256)
    with whole_file(path) as out:
        stream.dump(out, encoding="utf-8", errors="replace")


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_without_controls
    )
    return environment.from_string(resource(TEMPLATE).read_text("utf-8"))


def _without_controls(value: Any) -> Any:
    """Return a value of the template without what a page cannot hold (NUL, ESC): replacement marks stand for it."""
    return value.translate(CONTROLS) if isinstance(value, str) else value


class Page:
    """The parts of the page, made when the template asks for them, and what there was no room for."""

    def __init__(self, report: Report, worst: Worst) -> None:
        self._report, self._worst = report, worst
        self._read = lru_cache(maxsize=256)(report.article)
        self._verdicts = verdicts(report.matches)
        self._inside, self._others = _divide(self._verdicts, report.clusters)
        self._lines, self._details = MOST_MATCHES, MOST_DETAILED
        self.clusters_left_out = max(0, len(report.clusters) - MOST_CLUSTERS)
        self.others_left_out = max(0, len(self._others) - MOST_OTHERS)
        self.skipped_left_out = max(0, len(report.skipped) - MOST_SKIPPED)

    @property
    def kinds(self) -> list[tuple[Kind, int]]:
        """How many matches there are of each kind, closest kind first."""
        counts = Counter(verdict.kind for verdict in self._verdicts)
        return [(kind, counts[kind]) for kind in Kind if counts[kind]]

    @property
    def sites(self) -> list[tuple[str, list[tuple[Kind, int]]]]:
        """How many matches there are of each kind within a site and across sites; nothing where no site is known."""
        counts = by_site(self._report)
        if not counts.keys() - {None}:
            return []
        return [(SITES[same], [(kind, found[kind]) for kind in Kind if found[kind]]) for same, found in counts.items()]

    @property
    def repeats(self) -> list[str]:
        """A sentence each on templates and on matches that are counted and not listed."""
        return [line.strip() for line in repeats(self._report)]

    @property
    def clustered(self) -> int:
        """How many articles are in clusters."""
        return sum(len(cluster.members) for cluster in self._report.clusters)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The most frequent reasons for skipping."""
        return Counter(skipped.reason for skipped in self._report.skipped).most_common(MOST_REASONS)

    @property
    def skipped(self) -> Sequence[object]:
        """The skipped inputs that are listed."""
        return self._report.skipped[:MOST_SKIPPED]

    @property
    def capped(self) -> list[str]:
        """A sentence for each kind of thing that was not looked at in full."""
        return list(limits(self._report))

    def groups(self) -> Iterator[Group]:
        """Return the clusters, each with its members and matches."""
        for cluster in self._report.clusters[:MOST_CLUSTERS]:
            matches = self._best_first(self._inside[cluster.id], cluster.lead)
            room = min(self._lines, MOST_IN_CLUSTER)
            self._lines -= min(len(matches), room)
            yield Group(
                cluster,
                [self._member(cluster, member) for member in _representative_first(cluster)[:MOST_MEMBERS]],
                max(0, len(cluster.members) - MOST_MEMBERS),
                [self._shown(self._report.matches[number]) for number in matches[:room]],
                max(0, len(matches) - room),
            )

    def others(self) -> Iterator[Shown]:
        """Return the matches that are no copies."""
        self._details = MOST_DETAILED // 4
        for number in self._best_first(self._others)[:MOST_OTHERS]:
            yield self._shown(self._report.matches[number])

    def suspects(self) -> list[Suspect]:
        """Return the articles that read worst, with the words that say so."""
        return [self._suspect(self._report.ids[number]) for number in self._worst.numbers()]

    def _best_first(self, numbers: list[int], representative: str | None = None) -> list[int]:
        """Return those with the cluster's representative first, then the most probable, then those that share most."""

        def rank(number: int) -> tuple[bool, float, float, str, str]:
            verdict = self._verdicts[number]
            return (
                representative not in (verdict.left, verdict.right),
                -verdict.probability if verdict.kind in COPIES else 0.0,
                -(verdict.share or 0.0),
                verdict.left,
                verdict.right,
            )

        return sorted(numbers, key=rank)

    def _suspect(self, article_id: str) -> Suspect:
        score, text = self._report.scores[article_id], self._read(article_id).text
        strong = [f for f in score.evidence if f.strong] or list(score.evidence)
        return Suspect(article_id, score, [(f, context(text, f.span)) for f in strong[:MOST_FINDINGS]])

    def _member(self, cluster: Cluster, article_id: str) -> Member:
        article = self._read(article_id)
        score = self._report.scores[article_id] if self._report.scores else None
        return Member(article, score, article_id == cluster.lead)

    def _shown(self, match: Match) -> Shown:
        """Return the match, with its texts while there is room; copies word for word need none."""
        evidence = counted(match.evidence)
        shown = Shown(match, [], len(match.alignment.passages), evidence[:MOST_EVIDENCE], len(evidence) - MOST_EVIDENCE)
        if match.kind is Kind.EXACT or self._details <= 0 or not match.alignment.passages:
            return shown
        self._details -= 1
        left, right = self._read(match.left).text, self._read(match.right).text
        first = match.alignment.passages[:MOST_PASSAGES]
        shown.passages.extend(side_by_side(match, passage, left, right) for passage in first)
        return shown


def _divide(
    matches: Sequence[Verdict | Match], clusters: Sequence[Cluster]
) -> tuple[defaultdict[str, list[int]], list[int]]:
    """Return the numbers of the matches of each cluster, and of those that connect nothing."""
    cluster_of = {member: cluster.id for cluster in clusters for member in cluster.members}
    inside: defaultdict[str, list[int]] = defaultdict(list)
    others: list[int] = []
    for number, match in enumerate(matches):
        if match.kind in COPIES and match.left in cluster_of:
            inside[cluster_of[match.left]].append(number)
        else:
            others.append(number)
    return inside, others


def _representative_first(cluster: Cluster) -> list[str]:
    return [cluster.lead, *(member for member in cluster.members if member != cluster.lead)]
