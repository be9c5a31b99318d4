"""Which of the articles that share keys become candidates: the rule of `candidates.join`, for one article at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from dedup.candidates.bands import NO_KEY
from dedup.candidates.join import RARITY_SCALE, CandidateConfig, Stage
from dedup.compiled.arrays import U8, U16, U32
from dedup.index.layout import Found, KeyColumns

MOST_SCORED = 256  # articles that share enough keys and are compared slot by slot: far more than `best` ever keeps


class Holder(Protocol):
    """Where the rows of the articles are (`SegmentSet`)."""

    def digest(self, number: int) -> int:
        """Return the digest key of an article."""

    def full(self, number: int) -> int:
        """Return how many weighted slots of an article hold a key."""

    def shared(self, number: int, keys: U32) -> U8:
        """Return which weighted slots an article shares (slots,)."""


class Candidate(NamedTuple):
    """An article to verify, and what made it a candidate."""

    number: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class Selected:
    """Candidates of one article, the surest first, and what was left out.

    `exact` are possible exact copies, oldest first: the first that proves to be one stands for all. `near` share a band
    and still have to resemble. `top_k_overflow` counts rewrites beyond the best, `long` the keys that too many
    articles share.
    """

    exact: tuple[int, ...]
    near: tuple[Candidate, ...]
    rewrites: tuple[Candidate, ...]
    top_k_overflow: int
    long: int


def _met_often(met: U32, least: int) -> list[int]:
    """Articles met at least so often, the most often met first, then the oldest; at most `MOST_SCORED`."""
    met.sort()
    often = met[least - 1 :][met[least - 1 :] == met[: max(0, len(met) - least + 1)]]
    if not len(often):
        return []
    numbers, counts = np.unique(often, return_counts=True)
    return list(numbers[np.lexsort((numbers, -counts))][:MOST_SCORED].tolist())


def _score(number: int, keys: U32, rarity: U16, full: int, holder: Holder) -> float:
    """Mean rarity of the shared slots over the smaller signature, as float32 like the scan's."""
    shared = holder.shared(number, keys).astype(bool)
    return float(np.float32(rarity[shared].sum()) / np.float32(max(1, min(full, holder.full(number)))))


def _spread(heads: Iterable[int], groups: dict[int, list[int]], copies: int, limit: int) -> list[int]:
    """Each head with its exact copies, where that makes few pairs."""
    return [n for head in heads for n in (groups[head] if copies * len(groups[head]) <= limit else [head])]


class Met(NamedTuple):
    """Whom an article meets: what `chosen` asks the holder about."""

    exact: tuple[int, ...]  # those with its digest key, oldest first
    often: list[int]  # in enough weighted slots, the most often met first
    banded: list[int]  # in a band
    long: int  # keys that too many articles share


def meets(keys: U32, found: Found, columns: KeyColumns, rule: CandidateConfig) -> Met:
    """Return whom an article with these keys (k,) meets in what a search found."""
    own = int(keys[columns.digest])
    exact = tuple(found.met(columns.digest, len(columns)).tolist()) if own != NO_KEY else ()
    often = _met_often(found.met(0, columns.slots), rule.shared)
    banded = _met_often(found.met(columns.slots, columns.digest), 1)
    return Met(exact, often, banded, int((found.counts > found.window).sum()))


def chosen(keys: U32, met: Met, rarity: U16, columns: KeyColumns, rule: CandidateConfig, holder: Holder) -> Selected:
    """Return the candidates among whom an article with these keys (k,) meets."""
    own = int(keys[columns.digest])
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number in sorted({*met.often, *met.banded}):
        groups[holder.digest(number)].append(number)
    of_head = {numbers[0]: numbers for digest, numbers in groups.items() if digest != own}
    scores, full = {}, int((keys[: columns.slots] != NO_KEY).sum())
    for head in set(met.often) & set(of_head):
        score = _score(head, keys, rarity, full, holder)
        if score >= np.float32(rule.rarity * RARITY_SCALE):
            scores[head] = score
    best = sorted(scores, key=lambda head: (-scores[head], head))
    rewrites = _spread(best[: rule.best], of_head, len(met.exact) + 1, rule.spread)
    known = set(rewrites)
    near = _spread([n for n in met.banded if n in of_head][: rule.depth], of_head, len(met.exact) + 1, rule.spread)
    return Selected(
        met.exact,
        tuple(Candidate(n, Stage.NEAR) for n in near if n not in known),
        tuple(Candidate(n, Stage.REWRITE) for n in rewrites),
        max(0, len(best) - rule.best),
        met.long,
    )


def select(
    keys: U32, found: Found, rarity: U16, columns: KeyColumns, rule: CandidateConfig, holder: Holder
) -> Selected:
    """Return the candidates among what a search found for an article with these keys (k,)."""
    return chosen(keys, meets(keys, found, columns, rule), rarity, columns, rule, holder)
