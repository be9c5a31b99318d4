"""Which articles of a group of copies are kept: an order of preference, and a comparison with each that is kept.

Public: `Link`, `Links`, `groups_of`, `ordered`, `settle`, `likeliest`, `link_of`.

A copy goes only where it was compared with the article that is kept. Groups are connected by verified matches, but two
members of one group need not be copies of each other: what is no copy of any kept article is kept, too.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

from dedup.records import Kind, Match

SURE = 0.8  # confidence of the judge in an original (dates some hours apart give that much) that no vote outweighs


class Link(NamedTuple):
    """A verified match between two articles, by their numbers."""

    kind: Kind
    probability: float
    original: int | None  # the number of the probable original
    confidence: float  # in it


Links = Mapping[int, Mapping[int, Link]]  # by both numbers, both ways
Gone = dict[int, tuple[int, Link]]  # by the number of what goes: what is kept instead, and the match of the two
Asked = list[tuple[int, int]]
Answers = Sequence[Link | None]


def link_of(match: Match, number_of: Callable[[str], int]) -> Link:
    """Return a match as a link between numbers."""
    original = None if match.original is None else number_of(match.original)
    return Link(match.kind, match.probability, original, match.original_confidence)


def likeliest(found: Mapping[int, Link], tie: Callable[[int], object]) -> tuple[int, Link]:
    """Return the link of an article that is most probable, of equals the first by `tie`."""
    return min(found.items(), key=lambda item: (-item[1].probability, tie(item[0])))


def ordered(
    group: Sequence[int],
    links: Links,
    tie: Callable[[int], object],
    key: Callable[[int], tuple[float, ...]],
    fixed: Callable[[int], bool],
) -> list[int]:
    """Return a group in the order in which `settle` keeps: what is fixed, then by a policy's `key`, then originals."""
    rank = {number: place for place, number in enumerate(originals(group, links, tie))}
    return sorted(group, key=lambda n: (not fixed(n), () if fixed(n) else key(n), rank[n]))


def groups_of(links: Links) -> list[list[int]]:
    """Return the articles that links connect, each group in ascending order."""
    groups, seen = [], set[int]()
    for start in links:
        if start in seen:
            continue
        seen.add(start)
        group = [start]
        for number in group:
            fresh = [other for other in links[number] if other not in seen]
            seen.update(fresh)
            group += fresh
        groups.append(sorted(group))
    return groups


def originals(group: Sequence[int], links: Links, tie: Callable[[int], object]) -> list[int]:
    """Return a group with probable originals first.

    Each link votes for the article that it names as the original and against the other; most votes come first, then
    by `tie`. An article that a sure link names as a copy comes after its original however many votes it has: the hub
    of many links collects votes as their original even where one link shows an earlier article.
    """
    votes, copies_of, waits = dict.fromkeys(group, 0), {n: list[int]() for n in group}, dict.fromkeys(group, 0)
    for number in group:
        for other, link in links[number].items():
            if link.original == number:
                votes[number] += 1
                votes[other] -= 1
                if link.confidence >= SURE:
                    copies_of[number].append(other)
                    waits[other] += 1
    return _sorted_after(group, copies_of, waits, lambda number: (-votes[number], tie(number), number))


def _sorted_after(
    group: Sequence[int],
    after: Mapping[int, list[int]],
    waits: dict[int, int],
    key: Callable[[int], tuple[object, ...]],
) -> list[int]:
    """Return numbers by their key, each behind those that it waits for; where these go in a circle the key decides."""
    ready = [(key(number), number) for number in group if not waits[number]]
    rest = sorted(((key(number), number) for number in group), reverse=True)
    heapq.heapify(ready)
    placed: dict[int, None] = {}
    while len(placed) < len(group):
        if not ready:  # a circle
            while rest[-1][1] in placed:
                rest.pop()
            ready.append(rest.pop())
        number = heapq.heappop(ready)[1]
        if number in placed:
            continue
        placed[number] = None
        for other in after[number]:
            waits[other] -= 1
            if waits[other] == 0 and other not in placed:
                heapq.heappush(ready, (key(other), other))
    return list(placed)


def settle(order: Iterable[int], links: Links, fixed: Callable[[int], bool]) -> Generator[Asked, Answers, Gone]:
    """Decide on one group, in order of preference; yields pairs to be compared and takes their links.

    `fixed` articles stay whatever they are like (those of an archive); they should come first in the order. An article
    is compared with a kept one where the two are linked by what is no longer there: with direct copies nothing is
    asked.
    """
    gone: Gone = {}
    kept: set[int] = set()
    for keeper in order:
        if keeper in gone:
            continue
        kept.add(keeper)
        yield from _follow(keeper, links, gone, lambda number: number in kept or fixed(number))
    return gone


def _follow(keeper: int, links: Links, gone: Gone, stays: Callable[[int], bool]) -> Generator[Asked, Answers, None]:
    """Let the copies of a kept article go, and look for more of them behind each."""
    reached, behind = {keeper}, [keeper]
    while behind:
        next_to = dict.fromkeys(n for via in behind for n in links[via] if n not in reached and not stays(n))
        reached.update(next_to)
        found = {
            number: link for number in next_to if (link := links[keeper].get(number) or _same(keeper, number, links))
        }
        asked = [(keeper, number) for number in next_to if number not in found and number not in gone]
        answers: Answers = (yield asked) if asked else ()
        found |= {number: link for (_, number), link in zip(asked, answers, strict=True) if link}
        for number, link in found.items():
            gone.setdefault(number, (keeper, link))
        behind = list(found)


def _same(one: int, other: int, links: Links) -> Link | None:
    """Return the link of two articles that have the same words as a third: nothing has to be compared."""
    for via, link in links[one].items():
        if link.kind is Kind.EXACT and (second := links[other].get(via)) and second.kind is Kind.EXACT:
            return Link(Kind.EXACT, 1.0, None, 0.5)
    return None
