"""Connected components of verified copies, each with a deterministic id and representative."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import exp, inf, log, log1p

import numpy as np

from dedup.compiled.arrays import U64
from dedup.records import COPIES, Cluster, Match
from dedup.results import Verdict

# Chosen on l2r, sheepdog and simulated families (`benchmarks/quality/originals.py`).
LIKENESS = 2.0  # what a Jaccard overlap of 1 counts beside ln of a probability
SURE = log(0.6 / 0.4)  # odds from which a pair's original is known
LEAST_LEAD = 0.2  # by which the evidence of a known representative is above that of any other of three and more
EQUALS = 0.75  # likeness of a repost: where nothing tells which of the two was first, either may be the original
LEAST_NEW, NEW_PRIOR = 0.4, 15  # share of what is new in a copy that its parent has too; three-word grams
MOST_NEAR = 50  # members that are looked at as a parent


class _Forest:
    """Union-find over article ids with path halving; the smallest id is the root (Tarjan 1975)."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def root(self, item: str) -> str:
        parent = self.parent
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def join(self, a: str, b: str) -> None:
        low, high = sorted((self.root(a), self.root(b)))
        self.parent[high] = low


def cluster_id(members: Iterable[str]) -> str:
    """Return sixteen hexadecimal digits that depend on some ids alone, not on their order."""
    digest = hashlib.blake2b(digest_size=8)
    for member in sorted(members):
        digest.update(member.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


class _Pairs:
    """What the matches of copies say of their articles, by article."""

    def __init__(self) -> None:
        self.forest = _Forest()
        self.odds: defaultdict[str, dict[str, float]] = defaultdict(dict)  # ln, that the first copied from nobody
        self.likeness: defaultdict[str, dict[str, float]] = defaultdict(dict)  # Jaccard of their words

    def add(self, match: Verdict | Match) -> None:
        """Take a match of copies."""
        left, right = match.left, match.right
        self.forest.join(left, right)
        odds, likeness = _told(match)
        self.odds[left][right], self.odds[right][left] = odds, -odds
        self.likeness[left][right] = self.likeness[right][left] = likeness

    def evidence(self, member: str, others: int) -> float:
        """Return the mean of ln(probability / .5), over the other members, that a member is the original."""
        return sum(ln_half(odds) for odds in self.odds[member].values()) / max(1, others)

    def score(self, member: str, others: int) -> float:
        """Return how well a member stands for its cluster: the surest original, the most alike."""
        return self.evidence(member, others) + LIKENESS * sum(self.likeness[member].values()) / max(1, others)

    def are_equals(self, lead: str, member: str) -> bool:
        """Return whether two members are next to the same text, and nothing tells which of them was first."""
        return self.likeness[lead].get(member, 0.0) >= EQUALS and abs(self.odds[lead][member]) < SURE

    def is_known(self, lead: str, members: Sequence[str]) -> bool:
        """Return whether the evidence of all pairs together names the representative, or an equal, as the original."""
        others, rest = len(members) - 1, [m for m in members if m != lead and not self.are_equals(lead, m)]
        best = max((self.evidence(member, others) for member in rest), default=inf)
        return self.evidence(lead, others) - best >= (SURE if others == 1 else LEAST_LEAD)


def ln_half(odds: float) -> float:
    """Return ln(sigma(odds) / .5), so that a pair that nothing is known of counts nothing."""
    return log(2.0) - (log1p(exp(-odds)) if odds > 0 else log1p(exp(odds)) - odds)


def _told(match: Verdict | Match) -> tuple[float, float]:
    """Return the odds that the left article of a match is the original, and how alike the words are."""
    if isinstance(match, Match):
        told = match.alignment.features
        odds, likeness = told.get("original_odds", 0.0), told.get("word_jaccard", 0.0)
    else:
        odds, likeness = match.original_odds, match.word_jaccard
    if odds == 0.0 and match.original is not None:  # of a match that tells no odds
        odds = SURE if match.original == match.left else -SURE
    return odds, likeness


def _representative(members: list[str], pairs: _Pairs) -> str:
    """Return the probable original of all members; among equals the smallest id."""
    others = len(members) - 1
    return min(members, key=lambda member: (-round(pairs.score(member, others), 9), member))


def _parents(members: list[str], lead: str, pairs: _Pairs, grams: Mapping[str, U64]) -> tuple[tuple[str, str], ...]:
    """Return which member each other one was copied from, where that is known.

    A copy that shares what is new in another, which is more like the representative, was made from that one; the
    others come from the representative where that is known, its equals left out.
    """
    near, known = pairs.likeness[lead], pairs.is_known(lead, members)
    order = sorted((m for m in members if m != lead), key=lambda m: (-near.get(m, 0.0), m))
    worded = {id(own): own for own in grams.values()}  # copies of one wording have one array
    apart = {at: np.setdiff1d(own, grams[lead], assume_unique=True) for at, own in worded.items()}
    new = {m: apart[id(grams[m])] for m in order} if grams else {}
    found = []
    for at, member in enumerate(order):
        near_ones = order[max(0, at - MOST_NEAR) : at] if new and len(new[member]) else []
        shares = [(_common(new[member], new[other]), other) for other in near_ones]
        share, parent = max(shares, key=lambda one: (one[0], one[1]), default=(0.0, lead))
        if share > LEAST_NEW and pairs.odds[member].get(parent, 0.0) < SURE:
            found.append((member, parent))
        elif known and not pairs.are_equals(lead, member):
            found.append((member, lead))
    return tuple(sorted(found))


def _common(new: U64, other: U64) -> float:
    """Return the share of what is new in a copy that another has too; shrunk, so that a few words prove nothing."""
    return len(np.intersect1d(new, other, assume_unique=True)) / (len(new) + NEW_PRIOR)


def word_triples(hashes: U64) -> U64:
    """Return the different three-word grams of a text as sorted hashes."""
    if len(hashes) < 3:
        return hashes[:0]
    mixed = hashes[:-2] * np.uint64(0x9E3779B97F4A7C15) + hashes[1:-1] * np.uint64(0xC2B2AE3D27D4EB4F)
    return np.unique(mixed + hashes[2:] * np.uint64(0x165667B19E3779F9))


Grams = Callable[[Sequence[str]], Mapping[str, U64]]
Founder = Callable[[Sequence[str]], str]


def find_clusters(
    matches: Iterable[Verdict | Match], grams_of: Grams | None = None, founder: Founder | None = None
) -> list[Cluster]:
    """Return the clusters of the articles that copies (exact, near, rewrite) connect, sorted by their smallest member.

    Other kinds never connect: two articles that share an agency paragraph are not one story. The representative
    (`lead`) is the surest original of all pairs together; `grams_of` gives the `word_triples` of articles by id,
    without which every copy is taken to come from the representative. A cluster's id is made of that of one member, so
    that it survives what is added: of the `founder`, the smallest id where that is not told.
    """
    pairs = _Pairs()
    for match in matches:
        if match.kind in COPIES:
            pairs.add(match)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for member in sorted(pairs.forest.parent):
        groups[pairs.forest.root(member)].append(member)
    return [_cluster(members, pairs, grams_of, founder or min) for _, members in sorted(groups.items())]


def _cluster(members: list[str], pairs: _Pairs, grams_of: Grams | None, founder: Founder) -> Cluster:
    lead = _representative(members, pairs)
    grams = grams_of(members) if grams_of and len(members) > 2 else {}
    return Cluster(cluster_id([founder(members)]), lead, tuple(members), _parents(members, lead, pairs, grams))
