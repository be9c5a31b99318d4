"""Connected components of verified copies, each with a deterministic id and representative."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from dedup.records import COPIES, Cluster, Match
from dedup.results import Verdict


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
    """Return sixteen hexadecimal digits that depend on the ids of the members alone, not on their order."""
    digest = hashlib.blake2b(digest_size=8)
    for member in sorted(members):
        digest.update(member.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _representative(members: list[str], votes: Counter[str]) -> str:
    """Return the member that most of its matches name as the original; among equals the smallest id."""
    return min(members, key=lambda member: (-votes[member], member))


def find_clusters(matches: Iterable[Verdict | Match]) -> list[Cluster]:
    """Return the clusters of the articles that copies (exact, near, rewrite) connect, sorted by their smallest member.

    Other kinds never connect: two articles that share an agency paragraph are not one story. A match votes for the
    article it names as the original and against the other; the cluster's representative (`lead`) has the most votes.
    """
    forest, votes = _Forest(), Counter[str]()
    for match in matches:
        if match.kind not in COPIES:
            continue
        forest.join(match.left, match.right)
        if match.original is not None:
            copy = match.right if match.original == match.left else match.left
            votes[match.original] += 1
            votes[copy] -= 1
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for member in sorted(forest.parent):
        groups[forest.root(member)].append(member)
    return [Cluster(cluster_id(m), _representative(m, votes), tuple(m)) for _, m in sorted(groups.items())]
