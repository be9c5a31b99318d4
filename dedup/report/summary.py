"""What a scan prints on the terminal: a few lines that say what was found, and where to look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from dedup.display import plural
from dedup.records import COPIES, Kind, Match
from dedup.results import Report, Verdict, verdicts

MOST_LINES = 10  # matches named on the terminal; the files hold them all
MOST_REASONS = 5
LEAST_FOR_RATE = 1000  # articles; with fewer, starting up is most of the time

# What the counts of `Report.capped` mean.
LIMITS = {
    "bands": "articles that look like too many others to compare them with all",
    "lists": "features that very many articles share, each of which was compared with a few of the others",
    "hot": "features that are too common to tell anything",
    "crowded": "near-duplicates in large groups, for which one of the group was compared with other articles",
    "outbid": "possible rewrites beyond the likeliest of each article",
    "overflow": "possible rewrites beyond the likeliest of each article",
    "spread": "pairs of groups of exact copies, of which only some pairs are named",
}

_NUMBER = re.compile(r"(?<= )\d+\b")


def summary(report: Report) -> Iterator[str]:
    """Return an iterator over the lines that tell what a scan found."""
    yield _head(report)
    yield from _skipped(report)
    kinds = Counter(match.kind for match in verdicts(report.matches))
    if not kinds:
        yield "No copies found."
    else:
        members = sum(len(cluster.members) for cluster in report.clusters)
        yield f"{plural(len(report.clusters), 'cluster')} of copies, {plural(members, 'article')} in them"
        found = ", ".join(f"{kinds[kind]:,} {kind.value.replace('_', ' ')}" for kind in Kind if kinds[kind])
        yield f"{plural(len(report.matches), 'match', 'matches')}: {found}"
        yield from _turned(report)
        yield from _best(report)
    yield from limits(report)


def limits(report: Report) -> Iterator[str]:
    """Return an iterator over one line for each kind of thing that was not looked at in full."""
    for what, times in sorted(report.capped.items()):
        yield f"Not looked at in full: {times:,} {LIMITS.get(what, what.replace('_', ' '))}"


def _head(report: Report) -> str:
    seconds = sum(report.seconds.values())
    rate = f" ({len(report.ids) / seconds:,.0f} a second)" if len(report.ids) >= LEAST_FOR_RATE else ""
    return f"{plural(len(report.ids), 'article')} scanned in {seconds:.1f} s{rate}"


def _skipped(report: Report) -> Iterator[str]:
    """Return the most frequent reasons, the changing numbers in them left out."""
    if not report.skipped:
        return
    reasons = Counter(_NUMBER.sub("N", skipped.reason) for skipped in report.skipped)
    yield f"{len(report.skipped):,} skipped, each listed in skipped.jsonl with its reason:"
    for reason, times in sorted(reasons.items(), key=lambda row: (-row[1], row[0]))[:MOST_REASONS]:
        yield f"  {times:>7,}  {reason}"
    if len(reasons) > MOST_REASONS:
        yield f"           and {len(reasons) - MOST_REASONS:,} other reasons"


def _turned(report: Report) -> Iterator[str]:
    """Return how many copies turn facts of their story, and of how many pairs dates and texts disagree."""
    found = list(verdicts(report.matches))
    turned, conflicts = sum(match.contradictions > 0 for match in found), sum(match.date_conflict for match in found)
    if turned:
        yield f"{plural(turned, 'match', 'matches')} with contradictions: who, how many, whether, which way"
    if conflicts:
        yield f"{plural(conflicts, 'match', 'matches')} whose dates and texts name different originals"


def _best(report: Report) -> Iterator[str]:
    """Return the matches of probable originals with their copies, most probable first."""
    copies = [match for match in verdicts(report.matches) if match.kind in COPIES]
    leads = {cluster.lead for cluster in report.clusters}
    copies.sort(key=lambda match: (not leads & {match.left, match.right}, -match.probability))
    for match in copies[:MOST_LINES]:
        yield f"  {match.kind:<8} {match.probability:4.2f}  {arrow(match)}"
    if len(copies) > MOST_LINES:
        yield f"  ... and {len(copies) - MOST_LINES:,} more"


def arrow(match: Verdict | Match) -> str:
    """Return the pair, the copy first where the original is known."""
    if match.original is None:
        return f"{match.left}  =  {match.right}"
    copy = match.right if match.original == match.left else match.left
    return f"{copy}  copies  {match.original}"
