"""Labelled pairs: what somebody says about two articles.

Public: `Label`, `Gold`, `gold_of`, `gold_of_clusters`, `Pair`, `pair_of`, `Connected`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from dedup.display import plural
from dedup.errors import InputError
from dedup.records import Article, Passage, Skipped

Pair = tuple[str, str]
LARGEST_CLUSTER = 2_000  # articles: more are two million pairs


def pair_of(left: str, right: str) -> Pair:
    """Return two ids with the smaller one first."""
    return (left, right) if left <= right else (right, left)


class Label(NamedTuple):
    """What is known of two articles; `left` is the smaller id."""

    left: str
    right: str
    copy: bool  # whether one is a copy of the other
    kind: str = ""  # of what sort the pair is, in the words of whoever labelled it
    group: str = ""  # what belongs together, where the file says so: an event, a source text

    @property
    def pair(self) -> Pair:
        """The ids of both articles."""
        return self.left, self.right


@dataclass(frozen=True, eq=False, repr=False)
class Gold:
    """Labelled pairs, each once, sorted by ids; with the texts and the passages, where the file has them."""

    labels: tuple[Label, ...]
    complete: bool = False  # whether a pair of these articles that is not listed is known to be no copy
    articles: Mapping[str, Article] = field(default_factory=dict)
    passages: Mapping[Pair, tuple[Passage, ...]] = field(default_factory=dict)  # what is truly shared, by pair
    skipped: tuple[Skipped, ...] = ()  # rows that could not be used
    alone: frozenset[str] = frozenset()  # articles that are known, and in no label

    def __repr__(self) -> str:
        copies = sum(label.copy for label in self.labels)
        return f"<Gold of {plural(len(self.labels), 'pair')}, {plural(copies, 'copy', 'copies')} among them>"

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all articles that are known."""
        return self.alone.union(name for label in self.labels for name in label.pair)

    def groups(self) -> list[int]:
        """Return a number for each label: labels of one group, or connected by articles, have the same one.

        What one article tells of a pair, it also tells of its other pairs: such pairs are no independent trials, and
        stay together wherever pairs are divided.
        """
        connected = Connected()
        for label in self.labels:
            connected.join(label.left, label.right)
            if label.group:
                connected.join(label.left, f"\0{label.group}")
        numbers: dict[str, int] = {}
        return [numbers.setdefault(connected.root(label.left), len(numbers)) for label in self.labels]


class Connected:
    """Names that are connected, directly or through others (union by the smaller name)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for all that are connected with this one."""
        path = [name]
        while (above := self._parent.setdefault(path[-1], path[-1])) != path[-1]:
            path.append(above)
        for passed in path:
            self._parent[passed] = path[-1]
        return path[-1]

    def join(self, one: str, other: str) -> None:
        """Connect two names."""
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low


def gold_of(
    labels: Iterable[Label],
    complete: bool = False,
    articles: Mapping[str, Article] | None = None,
    passages: Mapping[Pair, tuple[Passage, ...]] | None = None,
    skipped: Iterable[Skipped] = (),
    alone: Iterable[str] = (),
) -> Gold:
    """Return labels as gold: each pair once, the smaller id first. Raises `InputError` where two contradict."""
    known: dict[Pair, Label] = {}
    for given in labels:
        left, right = pair_of(given.left, given.right)
        label = given._replace(left=left, right=right)
        before = known.setdefault(label.pair, label)
        if before.copy != label.copy:
            raise InputError(f"the pair {left!r} and {right!r} is labelled as a copy and as none")
        if label.kind and not before.kind:
            known[label.pair] = label
    ordered = tuple(sorted(known.values()))
    return Gold(ordered, complete, articles or {}, passages or {}, tuple(skipped), frozenset(alone))


def gold_of_clusters(where: str, clusters: Iterable[Iterable[str]]) -> Gold:
    """Return clusters of copies as gold that is complete: two articles of no common cluster are no copies.

    Raises `InputError` where a cluster is too large, or none has two articles.
    """
    known = [list(dict.fromkeys(cluster)) for cluster in clusters]
    if too_large := next((cluster for cluster in known if len(cluster) > LARGEST_CLUSTER), None):
        raise InputError(f"{where}: a cluster of {len(too_large):,} articles has more pairs than can be labelled")
    labels = [Label(a, b, True) for cluster in known for a, b in combinations(cluster, 2)]
    if not labels:
        raise InputError(f"{where}: no cluster has two articles")
    return gold_of(labels, complete=True, alone=(cluster[0] for cluster in known if len(cluster) == 1))
