"""The joins of `candidate_kernels.py` in plain Python: the definition, quadratic where that is shorter.

An article is a list of slots here, and `articles` are in canonical order: an article's place is its rank.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

EMPTY = 0xFFFFFFFF

Signature = list[int]


def equal_slots(left: Signature, right: Signature) -> int:
    """How many slots show the same, empty ones too."""
    return sum(a == b for a, b in zip(left, right, strict=True))


class Components:
    """Which articles are linked, named after the smallest rank."""

    def __init__(self, count: int) -> None:
        self.of = list(range(count))

    def join(self, left: int, right: int) -> None:
        """Makes one component of two."""
        low, high = sorted((self.of[left], self.of[right]))
        self.of = [low if c == high else c for c in self.of]


def _settle(
    rank: int, entries: list[list[int]], articles: list[Signature], least: int, depth: int, parts: Components
) -> tuple[tuple[int, int] | None, str]:
    """The link that one band gives an article (if any), and how it ended: known, stopped, linked or new."""
    for met, entry in enumerate(entries):
        if parts.of[entry[0]] == parts.of[rank]:
            entry[1] = rank
            return None, "known"
        if met == depth:
            entry[1] = rank
            return None, "stopped"
        others = entry[:1] if entry[0] == entry[1] or parts.of[entry[1]] == parts.of[rank] else entry
        for other in others:
            if equal_slots(articles[other], articles[rank]) >= least:
                entry[1] = rank
                return (other, rank), "linked"
    return None, "new"


def near_links(
    articles: list[Signature], band_rows: int, least: int, depth: int
) -> tuple[list[tuple[int, int]], list[int], int]:
    """Links between near-duplicates, the component of each article, and how often `depth` stopped a search."""
    parts = Components(len(articles))
    links, stopped = [], 0
    for first, last in pairwise(range(0, len(articles[0]) + 1, band_rows)):
        buckets: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
        for rank, article in enumerate(articles):
            entries = buckets[tuple(article[first:last])]
            link, ending = _settle(rank, entries, articles, least, depth, parts)
            stopped += ending == "stopped"
            if link:
                links.append(link)
                parts.join(*link)
            if ending == "new":
                entries.append([rank, rank])
    return links, parts.of, stopped


def posting_lists(articles: list[Signature]) -> list[list[int]]:
    """For each slot and value that two articles share: who shows it, in order."""
    lists: dict[tuple[int, int], list[int]] = defaultdict(list)
    for rank, article in enumerate(articles):
        for slot, value in enumerate(article):
            if value != EMPTY:
                lists[slot, value].append(rank)
    return [members for members in lists.values() if len(members) > 1]


def collisions(articles: list[Signature], window: int, most: int) -> dict[tuple[int, int], int]:
    """How many lists of at most `most` members show each pair within `window` places of each other."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for members in posting_lists(articles):
        if len(members) <= most:
            for i, left in enumerate(members):
                for right in members[i + 1 : i + 1 + window]:
                    counts[left, right] += 1
    return counts


def mean_rarity(left: Signature, right: Signature, rarity: dict[int, int]) -> float:
    """Summed rarity of the shared slots over the filled slots of the emptier signature."""
    shared = [a for a, b in zip(left, right, strict=True) if a == b != EMPTY]
    filled = min(sum(v != EMPTY for v in s) for s in (left, right))
    return sum(rarity[v] for v in shared) / filled


def rewrite_pairs(
    articles: list[Signature], rarity: dict[int, int], window: int, most: int, least: int, threshold: float, best: int
) -> list[tuple[int, int]]:
    """Each article with its best candidates among later ones, by rarity, then by rank."""
    candidates: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (left, right), count in collisions(articles, window, most).items():
        score = mean_rarity(articles[left], articles[right], rarity)
        if count >= least and score >= threshold:
            candidates[left].append((-score, right))
    return [(left, right) for left in sorted(candidates) for _, right in sorted(candidates[left])[:best]]
