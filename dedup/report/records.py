"""The records that the script of the pages reads: columns of articles, matches and stories, and the proof of each.

Public: `Offsets`, `article_columns`, `match_columns`, `story_columns`, `text_record`, `made_record`,
`proof_record`.

Positions are given as JavaScript counts them, in UTF-16 units. Nothing is cut out of texts here: they stand beside.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from dedup.records import Article, ArticleScore, Cluster, Kind, Match, Span
from dedup.report.headlines import Headline, link, when
from dedup.report.lines import Line
from dedup.report.words import METHODS, reason_words, score_words
from dedup.results.composition import Composition
from dedup.results.rows import DIGITS

WIDE = "\U00010000"  # the first character that takes two UTF-16 units


class Offsets:
    """Where the characters of a text stand in its UTF-16 form."""

    def __init__(self, text: str) -> None:
        wide = not text.isascii() and max(text) >= WIDE
        self._wide = [at for at, character in enumerate(text) if character >= WIDE] if wide else []

    def __call__(self, at: int) -> int:
        """Return the UTF-16 position of the character at this place."""
        return at + bisect_left(self._wide, at) if self._wide else at

    def span(self, span: Span) -> list[int]:
        """Return both ends of a span."""
        return [self(span[0]), self(span[1])]


def article_columns(headlines: Sequence[Headline], stories: dict[str, int]) -> dict[str, list[Any]]:
    """Return the articles as columns; `stories` are the numbers of clusters by the ids of their members."""
    sources = sorted({each.source for each in headlines if each.source})
    numbers = {source: number for number, source in enumerate(sources)}
    return {
        "sources": sources,
        "id": [each.id for each in headlines],
        "title": [each.title for each in headlines],
        "source": [numbers[each.source] if each.source else -1 for each in headlines],
        "when": [when(each.published, each.day_only) for each in headlines],
        "score": [None if each.overall is None else round(each.overall, DIGITS) for each in headlines],
        "ours": [int(each.ours) for each in headlines],
        "story": [stories.get(each.id, -1) for each in headlines],
    }


def match_columns(lines: Sequence[Line], steps: Iterable[Line]) -> dict[str, list[Any]]:
    """Return the matches as columns; `steps` are those of a copy with what it was copied from."""
    once = {(line.left, line.right) for line in steps}
    names = list(METHODS)
    reasons = sorted({line.reason for line in lines})
    places = {reason: number for number, reason in enumerate(reasons)}
    types = sorted({change for line in lines for change in line.changes})
    bits = {change: 1 << number for number, change in enumerate(types)}
    kinds = list(Kind)
    return {
        "kinds": [str(kind) for kind in kinds],
        "methods": names,
        "reasons": [reason_words(reason) for reason in reasons],
        "left": [line.left for line in lines],
        "right": [line.right for line in lines],
        "kind": [kinds.index(line.kind) for line in lines],
        "p": [line.probability for line in lines],
        "original": [line.original for line in lines],
        "sure": [line.confidence for line in lines],
        "reason": [places[line.reason] for line in lines],
        "method": [names.index(line.method) if line.method in names else -1 for line in lines],
        "sharedLeft": [None if line.shared is None else line.shared[0] for line in lines],
        "sharedRight": [None if line.shared is None else line.shared[1] for line in lines],
        "turned": [line.turned for line in lines],
        "conflict": [int(line.conflict) for line in lines],
        "sameSite": [-1 if line.same_site is None else int(line.same_site) for line in lines],
        "old": [line.old for line in lines],
        "step": [int((line.left, line.right) in once) for line in lines],
        "types": types,
        "changes": [sum(bits[change] for change in line.changes) for line in lines],  # a bit for each type
        "container": [line.container for line in lines],
    }


def story_columns(clusters: Iterable[Cluster], numbers: dict[str, int]) -> dict[str, list[Any]]:
    """Return the clusters as columns; members that the pages do not show are left out and counted."""
    columns: dict[str, list[Any]] = {"id": [], "lead": [], "members": [], "parents": [], "all": []}
    for cluster in clusters:
        columns["id"].append(cluster.id)
        columns["lead"].append(numbers.get(cluster.lead, -1))
        columns["members"].append([numbers[member] for member in cluster.members if member in numbers])
        pairs = [(numbers.get(copy), numbers.get(parent)) for copy, parent in cluster.parents]
        columns["parents"].append([pair for pair in pairs if None not in pair])
        columns["all"].append(len(cluster.members))
    return columns


def text_record(article: Article, score: ArticleScore | None, at: Offsets) -> dict[str, Any]:
    """Return what only the pages of an article and of its pairs need: text, address, score and findings."""
    return {
        "text": article.text,
        "url": link(article.url),
        "words": score_words(score),
        "parts": {} if score is None else {name: round(p, 2) for name, p in score.parts.items() if p is not None},
        "findings": [
            [found.type, *at.span(found.span), found.expected, found.reason, int(found.strong)]
            for found in (score.evidence if score else ())
        ],
    }


def made_record(found: Composition | None, numbers: dict[str, int]) -> dict[str, Any]:
    """Return the shares of an article's text by the numbers of its sources, largest first, and its own."""
    sources = found.sources if found is not None else ()
    return {
        "sources": [[numbers[source], share] for source, share in sources],
        "own": None if found is None else round(found.own, DIGITS),
    }


def proof_record(match: Match, left: Offsets, right: Offsets) -> dict[str, Any]:
    """Return the passages and differences of a match, each span as its two ends: left, then right.

    A passage ends with its similarity, a difference with the fact that it turns.
    """
    return {
        "passages": [
            [*left.span(p.left), *right.span(p.right), round(p.similarity, DIGITS)] for p in match.alignment.passages
        ],
        "evidence": [[e.type, *left.span(e.left), *right.span(e.right), e.fact] for e in match.evidence],
        "methods": {name: round(round(p, DIGITS), 2) for name, p in match.method_probabilities.items()},
        "resemblance": None if match.resemblance is None else round(match.resemblance, DIGITS),
    }
