"""What a scan prints on the terminal: a few lines that say what was found, and where to look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from dedup.display import plural
from dedup.records import COPIES, TRANSLATIONS, Kind, Match, Skipped
from dedup.results import Report, Verdict, verdicts

MOST_LINES = 10  # matches named on the terminal; the files hold them all
MOST_REASONS = 5
MOST_TEMPLATES = 5
MOST_PAGES = 5
LEAST_FOR_RATE = 1000  # articles; with fewer, starting up is most of the time

# What the counts of `Report.capped` mean.
LIMITS = {
    "bands": "articles that look like too many others to compare them with all",
    "lists": "features that very many articles share, each of which was compared with a few of the others",
    "hot": "features that are too common to tell anything",
    "crowded": "near-duplicates in large groups, for which one of the group was compared with other articles",
    "top_k_overflow": "possible rewrites beyond the likeliest of each article",
    "spread": "pairs of groups of exact copies, of which only some pairs are named",
}

LANGUAGE = "language_"  # what a count of articles of a language begins with that translations are not looked for in

# What the counts of `Report.set_aside` mean.
SET_ASIDE = {
    "templates": "of articles on different events in one wording, reported as templates (--templates all lists them)",
    "site_text": "within a site that share only text which the site repeats (--site-text all lists them)",
}
SITES = {True: "within a site", False: "across sites", None: "site not known"}  # by `Match.same_site`

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
        yield f"{plural(len(report.matches), 'match', 'matches')}: {_counted(kinds)}"
        yield from _sites(report)
        yield from _turned(report)
        yield from _containers(report)
        yield from _best(report)
        yield from _translations(report)
    yield from repeats(report)
    yield from limits(report)


def _counted(kinds: Counter[Kind]) -> str:
    return ", ".join(f"{kinds[kind]:,} {kind.value.replace('_', ' ')}" for kind in Kind if kinds[kind])


def by_site(report: Report) -> dict[bool | None, Counter[Kind]]:
    """Return how many matches of each kind there are by `Match.same_site`, with one entry for each that occurs."""
    found: dict[bool | None, Counter[Kind]] = {}
    for match in verdicts(report.matches):
        found.setdefault(match.same_site, Counter())[match.kind] += 1
    return {same: found[same] for same in SITES if same in found}


def _sites(report: Report) -> Iterator[str]:
    """Return a line for the matches within a site and one for those across sites, where any site is known."""
    counts = by_site(report)
    if counts.keys() - {None}:
        for same, kinds in counts.items():
            yield f"  {SITES[same]}: {_counted(kinds)}"


def repeats(report: Report) -> Iterator[str]:
    """Return an iterator over the lines on templates and on matches that are counted and not listed."""
    if report.templates:
        articles = sum(template.count for template in report.templates)
        yield f"{plural(len(report.templates), 'template')}, {plural(articles, 'article')} on different events in them"
        for template in report.templates[:MOST_TEMPLATES]:
            yield f"  {template.count:>7,}  like {template.example[0]} and {template.example[1]}"
        if len(report.templates) > MOST_TEMPLATES:
            yield f"  ... and {len(report.templates) - MOST_TEMPLATES:,} more in templates.jsonl"
    yield from set_aside(report)


def set_aside(report: Report) -> list[str]:
    """Return a line for each kind of match that is counted and not listed."""
    return [
        f"Not listed: {plural(count, 'match', 'matches')} {SET_ASIDE.get(why, why.replace('_', ' '))}"
        for why, count in report.set_aside.items()
    ]


def limits(report: Report) -> Iterator[str]:
    """Return an iterator over one line for each kind of thing that was not looked at in full."""
    for what, times in sorted(report.capped.items()):
        if what.startswith(LANGUAGE):
            yield f"Not looked for in other languages: {plural(times, 'article')} {_in_language(what)}"
        else:
            yield f"Not looked at in full: {times:,} {LIMITS.get(what, what.replace('_', ' '))}"


def _in_language(what: str) -> str:
    """Return the language that a count of `Report.capped` is of, in words."""
    from dedup.translation.language import name_of

    return f"in {name_of(what.removeprefix(LANGUAGE))}, which the encoder does not know"


def _head(report: Report) -> str:
    seconds = sum(report.seconds.values())
    rate = f" ({len(report.ids) / seconds:,.0f} a second)" if len(report.ids) >= LEAST_FOR_RATE else ""
    return f"{plural(len(report.ids), 'article')} scanned in {seconds:.1f} s{rate}"


def _skipped(report: Report) -> Iterator[str]:
    """Return how many inputs were skipped and why."""
    if not report.skipped:
        return
    yield f"{len(report.skipped):,} skipped, each listed in skipped.jsonl with its reason:"
    yield from reasons(report.skipped)


def reasons(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Return the most frequent reasons with their counts, the changing numbers in them left out."""
    found = Counter(_NUMBER.sub("N", one.reason) for one in skipped)
    for reason, times in sorted(found.items(), key=lambda row: (-row[1], row[0]))[:MOST_REASONS]:
        yield f"  {times:>7,}  {reason}"
    if len(found) > MOST_REASONS:
        yield f"           and {len(found) - MOST_REASONS:,} other reasons"


def _turned(report: Report) -> Iterator[str]:
    """Return how many copies turn facts of their story, and of how many pairs dates and texts disagree."""
    found = list(verdicts(report.matches))
    turned, conflicts = sum(match.contradictions > 0 for match in found), sum(match.date_conflict for match in found)
    if turned:
        yield f"{plural(turned, 'match', 'matches')} with contradictions: who, how many, whether, which way"
    if conflicts:
        yield f"{plural(conflicts, 'match', 'matches')} whose dates and texts name different originals"


def _containers(report: Report) -> Iterator[str]:
    """Return how many pages hold several stories, of which others are part: these are no copies of them."""
    found = [match for match in verdicts(report.matches) if match.kind is Kind.CONTAINS]
    pages = Counter(match.left if match.container == "left" else match.right for match in found)
    if pages:
        yield f"{plural(len(pages), 'page')} with several stories, of which {plural(len(found), 'article')} are parts"
        for page, parts in sorted(pages.items(), key=lambda one: (-one[1], one[0]))[:MOST_PAGES]:
            yield f"  {page}  contains  {plural(parts, 'other article')}"


def _best(report: Report) -> Iterator[str]:
    """Return the matches of probable originals with their copies, most probable first."""
    copies = [match for match in verdicts(report.matches) if match.kind in COPIES]
    leads = {cluster.lead for cluster in report.clusters}
    copies.sort(key=lambda match: (not leads & {match.left, match.right}, -match.probability))
    for match in copies[:MOST_LINES]:
        yield f"  {match.kind:<8} {match.probability:4.2f}  {arrow(match)}"
    if len(copies) > MOST_LINES:
        yield f"  ... and {len(copies) - MOST_LINES:,} more"


def _translations(report: Report) -> Iterator[str]:
    """Return the translations, most probable first."""
    found = [match for match in verdicts(report.matches) if match.kind in TRANSLATIONS]
    found.sort(key=lambda match: -match.probability)
    for match in found[:MOST_LINES]:
        yield f"  {match.kind.value.replace('_', ' '):<11} {match.probability:4.2f}  {arrow(match, 'translates')}"
    if len(found) > MOST_LINES:
        yield f"  ... and {len(found) - MOST_LINES:,} more across languages"


def arrow(match: Verdict | Match, verb: str = "copies") -> str:
    """Return the pair, the copy first where the original is known."""
    if match.original is None:
        return f"{match.left}  =  {match.right}"
    copy = match.right if match.original == match.left else match.left
    return f"{copy}  {verb}  {match.original}"
