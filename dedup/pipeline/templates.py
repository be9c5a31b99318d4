"""Articles on different events in one wording: found among the matches that are no copies, and reported once.

Public: `find_templates`, `template_matches`; for single pairs `one_wording`, `Facts`.

Earnings, weather, results and notices are written from one template; a thousand of them give ten thousand pairs that
say the same. A *link* is a match of kind partial or shared_origin whose passages cover at least half of either article
while at most half of the facts agree. Articles that hang together by links, each by several of its own, are one
template. Nothing depends on the order of the articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dedup.compiled.arrays import U64
from dedup.judge import Prepared
from dedup.pipeline.clusters import cluster_id
from dedup.records import Flag, Kind, Match, Template, Tokens
from dedup.results import Verdict

KINDS = frozenset({Kind.PARTIAL, Kind.SHARED_ORIGIN})  # copies are never set aside
BOTH_SIDES = "passages_min"  # what `Alignment.features` calls the share of words in passages, the smaller of both sides
LEAST_SHARE = 0.5  # of the words of either article in passages: more wording in common than not
LEAST_FACTS = 3  # names, numbers and dates of an article below which nothing tells that two events differ
MOST_COMMON = 0.5  # of the facts of the article with fewer: most were replaced
MOST_CAPITALS = 0.5  # of the words: in headline case or capitals, a capital does not mark a name
LEAST_LINKS = 3  # of each article with others of the template ...
LEAST_MEMBERS = LEAST_LINKS + 1  # ... so that the smallest template is four articles, all linked
_NAMED, _NUMBER, _BOILERPLATE = np.uint8(Flag.CAPITAL), np.uint8(Flag.DIGIT), np.uint8(Flag.BOILERPLATE)

Links = dict[str, set[str]]


class Facts(dict[str, U64]):
    """The facts of some articles by id, looked up when they are asked for."""

    def __init__(self, articles: Iterable[Prepared]) -> None:
        super().__init__()
        self._articles = {one.article.id: one for one in articles}

    def __missing__(self, id_: str) -> U64:
        facts = self[id_] = facts_of(self._articles[id_].tokens)
        return facts


def facts_of(tokens: Tokens) -> U64:
    """Return the sorted hashes of an article's facts: its numbers, and the names, weekdays and months with a capital.

    A capital at the start of a sentence tells nothing, and in a text of one case names are unknown.
    """
    inside = np.ones(len(tokens), bool)
    inside[tokens.sentences[:-1]] = False
    names = (tokens.flags & _NAMED > 0) & inside
    if names.sum() > MOST_CAPITALS * len(tokens):
        names[:] = False
    facts = (names | (tokens.flags & _NUMBER > 0)) & (tokens.flags & _BOILERPLATE == 0)
    found: U64 = np.unique(tokens.hashes[facts])
    return found


def one_wording(match: Match, left: U64, right: U64) -> bool:
    """Return whether a match is a link: one wording on both sides, and facts (`facts_of`) that mostly differ."""
    fewer = min(len(left), len(right))
    if match.kind not in KINDS or match.alignment.features.get(BOTH_SIDES, 0.0) < LEAST_SHARE or fewer < LEAST_FACTS:
        return False
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common <= MOST_COMMON * fewer


def find_templates(verdicts: Sequence[Verdict]) -> list[Template]:
    """Return the templates among some matches, those of most articles first, then by their smallest member."""
    linked = [one for one in verdicts if one.one_wording]
    links: Links = defaultdict(set)
    for one in linked:
        links[one.left].add(one.right)
        links[one.right].add(one.left)
    groups = [sorted(group) for group in _components(_core(links))]
    place = {member: number for number, group in enumerate(groups) for member in group}
    examples: dict[int, Verdict] = {}
    for one in linked:
        number = place.get(one.left)
        if number is not None and number == place.get(one.right):
            examples[number] = min(examples.get(number, one), one, key=_most_shared)
    found = [
        Template(cluster_id(group), len(group), (examples[number].left, examples[number].right), tuple(group))
        for number, group in enumerate(groups)
    ]
    return sorted(found, key=lambda template: (-template.count, template.members))


def _most_shared(one: Verdict) -> tuple[float, str, str]:
    return -(one.share or 0.0), one.left, one.right


def _core(links: Links) -> Links:
    """Return the links without the articles that have too few, until all that are left have enough."""
    loose = [article for article, others in links.items() if len(others) < LEAST_LINKS]
    while loose:
        article = loose.pop()
        for other in links.pop(article, ()):
            links[other].discard(article)
            if len(links[other]) == LEAST_LINKS - 1:  # it has just become loose
                loose.append(other)
    return links


def _components(links: Links) -> Iterator[set[str]]:
    """Return an iterator over the articles that hang together."""
    seen: set[str] = set()
    for start in links:
        if start in seen:
            continue
        group, waiting = {start}, [start]
        while waiting:
            new = links[waiting.pop()] - group
            group |= new
            waiting += new
        seen |= group
        yield group


def template_matches(verdicts: Sequence[Verdict], templates: Iterable[Template]) -> set[int]:
    """Return the numbers of the matches that a template stands for: no copies, and both articles of one template."""
    place = {member: template.id for template in templates for member in template.members}
    return {
        number
        for number, one in enumerate(verdicts)
        if one.kind in KINDS and one.left in place and place[one.left] == place.get(one.right)
    }
