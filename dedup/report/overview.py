"""What the overview says: plain records, made from the lines of the matches and the headlines of their articles.

Public: `Overview`, `overview`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from dedup.records import COPIES, Cluster, Kind
from dedup.report.headlines import Headline, when
from dedup.report.lines import LEFT, RIGHT, UNKNOWN, Line, by_cluster
from dedup.report.pictures import NOT_KNOWN, FlowPicture, Timeline, flow_picture, timeline
from dedup.report.words import KINDS, kind_name

MOST_STORIES = 50
MOST_FLOWS = 30
MOST_TURNED = 30


class Story(NamedTuple):
    """A cluster, as the overview lists it."""

    id: str
    lead: Headline
    published: str | None
    articles: int
    sources: int
    first: Headline | None  # the copy with the earliest date after that of the lead, or of all where that has none
    first_published: str | None
    turned: int  # copies that turn facts of what they were copied from
    conflicts: int  # copies whose date and wording name different originals


class Flow(NamedTuple):
    """How many copies one source took from another."""

    origin: str
    copier: str
    copies: int


class OursCopied(NamedTuple):
    """How much another source took from ours, and ours from it."""

    source: str
    taken: int
    given: int
    unclear: int  # copies of which the original is not known


class Turned(NamedTuple):
    """A pair whose copy turns facts."""

    left: Headline
    right: Headline
    original: int
    turned: int
    facts: list[tuple[str, str, str]]  # what, original text, text of the copy; of the first contradictions


class Overview(NamedTuple):
    """All that the overview says of matches and stories."""

    kinds: list[tuple[str, str, int, str]]  # value, name, matches, sentence; closest kind first
    stories: list[Story]  # those of most articles first
    flows: list[Flow]  # largest first
    flows_left_out: int
    picture: FlowPicture
    unclear: int  # copies of which it is not known what they were copied from
    timeline: Timeline
    turned: list[Turned]  # of most contradictions first
    turned_left_out: int
    conflicts: int  # matches whose dates and texts name different originals
    ours: list[OursCopied]


def overview(headlines: Sequence[Headline], lines: Sequence[Line], clusters: Sequence[Cluster]) -> Overview:
    """Return what the overview says; `headlines` are the articles by their numbers in `lines`."""
    numbers = {each.id: number for number, each in enumerate(headlines)}
    flows, unclear = _flows(headlines, numbers, clusters)
    largest = sorted(flows.items(), key=lambda item: (-item[1], item[0]))
    steps = steps_of(lines, numbers, clusters)
    turned = sorted((line for line in steps if line.turned and line.kind in COPIES), key=lambda line: -line.turned)
    return Overview(
        kinds(lines),
        stories(headlines, steps, clusters),
        [Flow(origin, copier, count) for (origin, copier), count in largest[:MOST_FLOWS]],
        max(0, len(largest) - MOST_FLOWS),
        flow_picture(flows),
        unclear,
        timeline(_moments(headlines, numbers, clusters)),
        [_turned(line, headlines) for line in turned[:MOST_TURNED]],
        max(0, len(turned) - MOST_TURNED),
        sum(line.conflict for line in lines),
        ours_against_the_rest(headlines, steps),
    )


def steps_of(lines: Iterable[Line], numbers: dict[str, int], clusters: Iterable[Cluster]) -> list[Line]:
    """Return one match a copy, with what it was copied from or else the representative; and matches outside stories."""
    wanted = set()
    for cluster in clusters:
        parents = dict(cluster.parents)
        for member in cluster.members:
            pair = numbers.get(member, UNKNOWN), numbers.get(parents.get(member, cluster.lead), UNKNOWN)
            wanted.add((min(pair), max(pair)))
    return [
        line
        for line in lines
        if line.cluster == UNKNOWN or (min(line.left, line.right), max(line.left, line.right)) in wanted
    ]


def _turned(line: Line, headlines: Sequence[Headline]) -> Turned:
    turn = line.original == RIGHT
    facts = [(what, right, left) if turn else (what, left, right) for what, left, right in line.facts]
    return Turned(headlines[line.left], headlines[line.right], line.original, line.turned, facts)


def kinds(lines: Iterable[Line]) -> list[tuple[str, str, int, str]]:
    """Return value, name, number of matches and meaning of each kind that there is."""
    counts = Counter(line.kind for line in lines)
    return [(str(kind), kind_name(kind), counts[kind], KINDS[kind]) for kind in Kind if counts[kind]]


def stories(headlines: Sequence[Headline], lines: Iterable[Line], clusters: Sequence[Cluster]) -> list[Story]:
    """Return the clusters of most articles."""
    numbers = {each.id: number for number, each in enumerate(headlines)}
    found = by_cluster(lines)
    largest = sorted(range(len(clusters)), key=lambda n: (-len(clusters[n].members), n))[:MOST_STORIES]
    return [_story(clusters[n], headlines, numbers, found.get(n, [])) for n in largest if clusters[n].lead in numbers]


def _story(cluster: Cluster, headlines: Sequence[Headline], numbers: dict[str, int], lines: list[Line]) -> Story:
    lead = headlines[numbers[cluster.lead]]
    members = [headlines[numbers[member]] for member in cluster.members if member in numbers]
    first = first_copy(lead, members)
    return Story(
        cluster.id,
        lead,
        when(lead.published, lead.day_only),
        len(cluster.members),
        len({each.source for each in members if each.source}),
        first,
        when(first.published, first.day_only) if first else None,
        sum(line.turned > 0 for line in lines),
        sum(line.conflict for line in lines),
    )


def first_copy(lead: Headline, members: Iterable[Headline]) -> Headline | None:
    """Return the copy that has the earliest date; None where no copy has one."""
    dated = [each for each in members if each.id != lead.id and each.published is not None]
    return min(dated, key=lambda each: (_moment(each), each.id), default=None)


def _moment(each: Headline) -> datetime:
    published = each.published or datetime.max
    return published if published.tzinfo else published.replace(tzinfo=UTC)


def _flows(
    headlines: Sequence[Headline], numbers: dict[str, int], clusters: Iterable[Cluster]
) -> tuple[Counter[tuple[str, str]], int]:
    """Return the copies by the sources of what they were copied from and of themselves, and how many have no parent."""
    flows: Counter[tuple[str, str]] = Counter()
    unclear = 0
    for cluster in clusters:
        known = [(copy, parent) for copy, parent in cluster.parents if copy in numbers and parent in numbers]
        for copy, parent in known:
            sides = (headlines[numbers[parent]].source or NOT_KNOWN, headlines[numbers[copy]].source or NOT_KNOWN)
            flows[sides] += 1
        unclear += max(0, len(cluster.members) - 1 - len(known))
    return flows, unclear


def _moments(
    headlines: Sequence[Headline], numbers: dict[str, int], clusters: Iterable[Cluster]
) -> Iterable[tuple[datetime | None, bool]]:
    for cluster in clusters:
        for member in cluster.members:
            if member in numbers:
                yield headlines[numbers[member]].published, member != cluster.lead


def ours_against_the_rest(headlines: Sequence[Headline], lines: Iterable[Line]) -> list[OursCopied]:
    """Return who took copies from our sources and gave copies to them, by source, the most copies first."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        left, right = headlines[line.left], headlines[line.right]
        if left.ours == right.ours or line.kind not in COPIES:
            continue
        other = (right if left.ours else left).source or NOT_KNOWN
        original = left if line.original == LEFT else right
        how = "unclear" if line.original == UNKNOWN else "taken" if original.ours else "given"
        counts[other, how] += 1
    sources = {source for source, _ in counts}
    rows = [OursCopied(s, counts[s, "taken"], counts[s, "given"], counts[s, "unclear"]) for s in sources]
    return sorted(rows, key=lambda row: (-row.taken, -row.given, -row.unclear, row.source))


def figures(articles: int, found: Overview, clusters: Sequence[Cluster], skipped: int) -> list[tuple[int, str]]:
    """Return the numbers at the head of the page, each with what it counts."""
    inside = sum(len(cluster.members) for cluster in clusters)
    matches = sum(count for _, _, count, _ in found.kinds)
    turned = len(found.turned) + found.turned_left_out
    counted = [
        (articles, "article", "articles"),
        (len(clusters), "story with copies", "stories with copies"),
        (inside - len(clusters), "copy", "copies"),
        (matches, "match", "matches"),
        (turned, "copy that turns facts", "copies that turn facts"),
        (skipped, "input skipped", "inputs skipped"),
    ]
    return [(number, one if number == 1 else many) for number, one, many in counted]
