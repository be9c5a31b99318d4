"""Signatures -> candidate pairs, in memory: exact copies, near-duplicates, and what may be a rewrite.

Public: `find_candidates`, `CandidateConfig`, `Candidates`, `Capped`, `Stage`. The same set of articles gives the same
pairs in whatever order it comes. Memory beside the signatures: about 1 KB an article with rewrites, 200 bytes without.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.checks import SHARE, Range, check_settings
from dedup.compiled.arrays import F32, I64, U8, U16, U32, U64
from dedup.errors import ConfigError

MOST_ARTICLES = 1 << 24  # posting lists are addressed with 32 bits: 128 slots x 2^24 articles, and a spare bit
SLOT_GROUP = 16  # slots posted at once: their 16 x 4 bytes are one cache line of a signature
CHUNK = 1 << 14  # ranks counted by one call: enough work to outweigh clearing one byte an article
RARITY_FLOOR = 0.3  # of the rarest feature's IDF: what is commoner proves nothing (benchmarks/quality/candidates.py)
HOT_SHARE = 0.02  # a feature in more articles than this tells nothing ...
HOT_LEAST = 30_000  # ... of this many more than there are: 600 rewrites of one story alone in a folder are no template
RARITY_SCALE = 1000  # rarity in integers, so that sums do not depend on their order


class Stage(IntEnum):
    """What made two articles candidates, surest first."""

    EXACT = 1  # the same word sequence
    NEAR = 2  # a shared band, and an estimated resemblance over the threshold
    REWRITE = 3  # enough shared slots of the weighted signatures


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """How candidates are chosen; the defaults are those of `benchmarks/quality/candidates.py`. Raises `ConfigError`.

    `band_rows` is the height of a band: 32 bands of 4 find .87 of the pairs at a resemblance of .5, 16 of 8 find .06.
    `rarity` is the least mean rarity over the slots of the smaller signature (0 lets everything through that shares
    `shared` slots); `window` is how many later members of a posting list an article meets; `best` how many rewrite
    candidates it keeps among the later ones; a component of more than `crowd` near-duplicates sends only its head on to
    the rewrite stage; `spread` is how many pairs of exact copies one pair of their heads stands for, at most.
    """

    band_rows: int = 4
    resemblance: float = 0.5
    depth: int = 8
    shared: int = 3
    rarity: float = 0.015
    window: int = 24
    best: int = 10
    crowd: int = 64
    spread: int = 16

    def __post_init__(self) -> None:
        slots, listed = Range(1, 128), Range(1, 10_000)
        shares = dict.fromkeys(("resemblance", "rarity"), SHARE)
        ranges = {"band_rows": slots, "shared": slots, "window": listed, "best": listed, "crowd": Range(1, 1 << 31)}
        check_settings(self, ranges | shares, default=Range(1, 1000))
        if slots.high % self.band_rows:
            raise ConfigError(f"band_rows must divide the {slots.high} slots of a signature, not be {self.band_rows}")


@dataclass(frozen=True, slots=True)
class Capped:
    """What was not looked at in full, counted."""

    bands: int = 0  # articles that met `depth` unlike entries of one band and no more
    lists: int = 0  # posting lists longer than the window: their members met only their neighbours
    hot: int = 0  # posting lists left out, because so many articles share that feature
    crowded: int = 0  # near-duplicates in crowds: only the crowd's head looked for rewrites
    top_k_overflow: int = 0  # rewrite candidates beyond the best of an article
    spread: int = 0  # pairs of heads whose exact copies were not all paired


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidate pairs of rows, sorted, left < right, each once; all arrays have shape (p,) or (p, 2)."""

    pairs: U32  # (p, 2) row numbers
    stages: U8  # (p,) `Stage`: the surest that made them candidates
    shared: U16  # (p,) slots of the weighted signatures that they share; 0 where there are none
    resemblance: F32  # (p,) of their word 5-grams, estimated from the classic signatures, 0..1
    capped: Capped = field(default_factory=Capped)

    def __len__(self) -> int:
        return len(self.pairs)


class _Groups(NamedTuple):
    """Articles by digest: `rows` sorted by digest and rank, `heads` (h + 1,) where each group begins in it."""

    rows: U32
    heads: I64


def _groups(digests: U64, ranks: U32 | None) -> _Groups:
    """Exact copies together, those without words left out, in an order that depends on digests (then ids) alone."""
    first, second = np.ascontiguousarray(digests[:, 0]), digests[:, 1]
    rows = np.argsort(first).astype(np.uint32)
    high = first[rows]
    same = high[1:] == high[:-1]
    if same.any():  # few articles, or copies: sort these by the rest
        tied = np.append(same, False) | np.insert(same, 0, False)
        part = rows[tied]
        rows[tied] = part[np.lexsort((part if ranks is None else ranks[part], second[part], first[part]))]
        at = np.flatnonzero(same)
        same[at] = second[rows[at]] == second[rows[at + 1]]
    heads = np.flatnonzero(np.insert(~same, 0, True)) if len(rows) else np.empty(0, np.int64)
    if len(rows) and not digests[rows[0]].any():  # noughts come first
        wordless = int(heads[1]) if len(heads) > 1 else len(rows)
        rows, heads = rows[wordless:], heads[1:] - wordless
    return _Groups(rows, np.append(heads, len(rows)).astype(np.int64))


def _exact_pairs(groups: _Groups) -> U32:
    """Each member of a group with its head."""
    sizes = np.diff(groups.heads)
    head = np.repeat(groups.rows[groups.heads[:-1]], sizes)
    pairs: U32 = np.stack([head, groups.rows], axis=1)[head != groups.rows]
    return pairs


def near_of(shingles: U32, order: U32, config: CandidateConfig) -> tuple[U32, U32, int]:
    """Links (l, 2) between ranks, the component of each rank, and how many were stopped.

    What share no band do not meet: some articles may be joined apart from all others with which they share none.
    """
    from dedup.candidates.kernels import NOWHERE, near_links

    least = max(1, int(np.ceil(config.resemblance * shingles.shape[1])))
    parents = np.arange(len(order), dtype=np.uint32)
    links = np.empty((len(order), 2), np.uint32)
    ranks = np.full(len(shingles), NOWHERE, np.uint32)
    ranks[order] = parents
    found, stopped = near_links(shingles, order, ranks, config.band_rows, least, config.depth, parents, links)
    return links[:found], parents, stopped


def uncrowded(parents: U32, crowd: int) -> NDArray[np.bool_]:
    """The ranks that are not in a crowd, and the heads of the crowds."""
    sizes = np.bincount(parents, minlength=len(parents))
    chosen: NDArray[np.bool_] = (sizes[parents] <= crowd) | (parents == np.arange(len(parents)))
    return chosen


def hot_from(articles: int) -> int:
    """How many of so many articles may share a feature; a posting list that is longer is left out."""
    return int(HOT_SHARE * (articles + HOT_LEAST))


def class_rarity() -> U16:
    """Rarity (256,) of a feature by its IDF class, in thousandths: its IDF over the floor, relative to the rarest.

    A class is a linear weight, the squared IDF; class 0 is left out of signatures.
    """
    relative = np.sqrt(np.arange(256) / 255)
    return np.round(RARITY_SCALE * np.clip((relative - RARITY_FLOOR) / (1 - RARITY_FLOOR), 0, 1)).astype(np.uint16)


def _collisions(weighted: U32, order: U32, classes: U8, config: CandidateConfig, workers: int) -> tuple[U32, Capped]:
    """Pairs (p, 2) of places in `order`, and what was capped."""
    from dedup.candidates import kernels

    n, slots = len(order), weighted.shape[1]
    if n < 2:
        return np.empty((0, 2), np.uint32), Capped()
    where, lists = np.empty((n, slots), np.uint32), np.empty(n * slots, np.uint32)
    full, rarity = np.empty(n, np.uint16), class_rarity()
    kernels.count_full(weighted, order, full)

    posted = kernels.Posted(weighted, order, full, where, lists, classes, rarity)
    most = hot_from(n)

    def post(first: int) -> tuple[int, int]:
        last = min(first + SLOT_GROUP, slots)
        _, long, hot = kernels.post_slots(weighted, order, first, last, first * n, config.window, most, where, lists)
        return long, hot

    def count(first: int) -> tuple[U32, int]:
        last = min(first + CHUNK, n)
        pairs = np.empty(((last - first) * config.best, 2), np.uint32)
        threshold = np.float32(config.rarity * RARITY_SCALE)
        found, lost = kernels.count_collisions(posted, first, last, config.window, config.shared, threshold, pairs)
        return pairs[:found].copy(), lost

    with ThreadPoolExecutor(workers) as pool:
        long, hot = np.sum(list(pool.map(post, range(0, slots, SLOT_GROUP))), axis=0).tolist()
        counted = list(pool.map(count, range(0, n, CHUNK)))
    capped = Capped(lists=long, hot=hot, top_k_overflow=sum(lost for _, lost in counted))
    return np.concatenate([pairs for pairs, _ in counted]), capped


def _spread(links: U32, groups: _Groups, limit: int) -> tuple[U32, int]:
    """Links between group heads -> pairs of rows for all their exact copies, where these are few."""
    link, step, capped = spread(np.diff(groups.heads)[links], limit)
    return groups.rows[groups.heads[:-1][links][link] + step], capped


def spread(sizes: I64, limit: int) -> tuple[I64, I64, int]:
    """Return for links between groups of so many exact copies (l, 2) which members meet, and how many were capped.

    The members are given as the number of the link (p,) and as places in both groups (p, 2). A link that stands for
    more than `limit` pairs is capped: only the heads meet.
    """
    times = sizes.prod(axis=1)
    capped = times > limit
    sizes, times = np.where(capped[:, None], 1, sizes), np.where(capped, 1, times)
    link = np.repeat(np.arange(len(sizes)), times)
    step = np.arange(len(link)) - np.repeat(np.cumsum(times) - times, times)
    width = sizes[link, 1]
    return link, np.stack([step // width, step % width], axis=1), int(capped.sum())


def _merged(parts: list[tuple[U32, Stage]]) -> tuple[U32, U8]:
    """All pairs once, sorted, left < right, with the surest stage."""
    pairs = np.sort(np.concatenate([p for p, _ in parts]), axis=1).astype(np.uint64)
    stages = np.concatenate([np.full(len(p), stage, np.uint64) for p, stage in parts])
    keys = np.sort((pairs[:, 0] << np.uint64(34)) | (pairs[:, 1] << np.uint64(2)) | stages)
    first = np.concatenate([[True], keys[1:] >> np.uint64(2) != keys[:-1] >> np.uint64(2)])[: len(keys)]
    keys = keys[first]
    left, right = keys >> np.uint64(34), keys >> np.uint64(2) & np.uint64(0xFFFFFFFF)
    return np.stack([left, right], axis=1).astype(np.uint32), (keys & np.uint64(3)).astype(np.uint8)


def equal_slots(signatures: U32 | None, pairs: U32) -> U16:
    """Return how many slots the rows of each pair (p, 2) share; nought where there are no signatures."""
    from dedup.candidates.bands import compare_rows

    equal = np.zeros(len(pairs), np.uint16)
    if signatures is not None:
        compare_rows(signatures, pairs, equal)
    return equal


def _check(digests: U64, shingles: U32, weighted: U32 | None, classes: U8 | None, config: CandidateConfig) -> None:
    n = len(digests)
    if n > MOST_ARTICLES:
        raise ConfigError(f"candidates in memory are made for at most {MOST_ARTICLES} articles, not {n}")
    if len(shingles) != n or (weighted is not None and len(weighted) != n):
        raise ConfigError("digests and signatures must have one row for each article")
    if shingles.shape[1] % config.band_rows:
        raise ConfigError(f"band_rows must divide the {shingles.shape[1]} slots, not be {config.band_rows}")
    if weighted is not None and classes is None:
        raise ConfigError("weighted signatures need the table of IDF classes that they were made with")


def find_candidates(
    digests: U64,
    shingles: U32,
    weighted: U32 | None = None,
    classes: U8 | None = None,
    *,
    ranks: U32 | None = None,
    config: CandidateConfig | None = None,
    workers: int = 1,
) -> Candidates:
    """Every pair of n articles that is worth aligning.

    `digests` (n, 2), `shingles` (n, slots) and, for rewrites, `weighted` (n, slots) with the table `classes` come from
    `dedup.sketch`; articles without words are nobody's candidates. `ranks` (n,) orders the ids of the articles, from
    which exact copies choose their head; without it rows count as sorted by id. `workers` threads give the same result
    as one. Raises `ConfigError` where the arrays do not fit together.

    1. Exact copies (equal digests) are linked to the first of them, which alone goes on.
    2. Near-duplicates: articles that share one of slots / band_rows bands are linked to a member of that bucket if the
       estimated resemblance of their word 5-grams reaches the threshold (Broder 1997; Indyk and Motwani 1998).
    3. Rewrites: articles that share enough slots of the weighted signatures, counted over posting lists. Each article
       meets the next `window` members of each of its lists, so that long lists stay linear and yet connected.
    """
    config = config or CandidateConfig()
    _check(digests, shingles, weighted, classes, config)
    groups = _groups(digests, ranks)
    order = groups.rows[groups.heads[:-1]]
    links, parents, stopped = near_of(shingles, order, config)
    near, near_spread = _spread(links, groups, config.spread)
    parts = [(_exact_pairs(groups), Stage.EXACT), (near, Stage.NEAR)]
    capped = Capped()
    if weighted is not None and classes is not None:
        chosen = np.flatnonzero(uncrowded(parents, config.crowd)).astype(np.uint32)
        places, capped = _collisions(weighted, order[chosen], classes, config, workers)
        rewrites, rewrite_spread = _spread(chosen[places], groups, config.spread)
        parts.append((rewrites, Stage.REWRITE))
        capped = replace(capped, crowded=len(order) - len(chosen), spread=rewrite_spread)
    pairs, stages = _merged(parts)
    resemblance = (equal_slots(shingles, pairs) / np.float32(shingles.shape[1])).astype(np.float32)
    capped = replace(capped, bands=stopped, spread=capped.spread + near_spread)
    return Candidates(pairs, stages, equal_slots(weighted, pairs), resemblance, capped)
