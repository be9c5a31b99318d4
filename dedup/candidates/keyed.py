"""The join of `join` in pieces that stand between shuffles: each takes all rows of some keys, in any order.

    band_keys -> sharing -> components -> near -> chosen ranks -> postings -> meetings -> met_often -> best

Articles go by *ranks*: their places among the digests of all articles, exact copies apart. All pieces together give the
pairs and the counts of `join.find_candidates`, however the keys were divided.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.join import (
    RARITY_SCALE,
    CandidateConfig,
    class_rarity,
    equal_slots,
    hot_from,
    near_of,
    spread,
    uncrowded,
)
from dedup.compiled.arrays import F32, I64, U8, U32, U64

EMPTY = 0xFFFFFFFF  # a slot that nothing fell into
RIGHT_BITS = 40  # of a rank, beside the number of the article that meets it

__all__ = ["Best", "Meetings", "Near", "band_keys", "best", "components", "hot_from", "meetings", "met_often", "near",
           "postings", "sharing", "spread"]  # fmt: skip


def band_keys(shingles: U32, config: CandidateConfig) -> U64:
    """Return a key (n, bands) of each band: what resembles each other meets in the articles with an equal one."""
    from dedup.candidates.kernels import BAND_FACTORS

    bands = shingles.reshape(len(shingles), -1, config.band_rows).astype(np.uint64)
    keys: U64 = (bands * BAND_FACTORS[np.arange(config.band_rows) & 127]).sum(axis=2, dtype=np.uint64)
    return keys


def sharing(keys: I64, ranks: I64) -> I64:
    """Return an edge (e, 2) from the least rank that has a key to each other one that has it; once each."""
    order = np.lexsort((ranks, keys))
    keys, ranks = keys[order], ranks[order]
    first = np.insert(keys[1:] != keys[:-1], 0, True) if len(keys) else np.empty(0, bool)
    edges = np.stack([ranks[first][np.cumsum(first) - 1], ranks], axis=1)
    found: I64 = np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0)
    return found


def components(left: NDArray[np.generic], right: NDArray[np.generic]) -> tuple[NDArray[np.generic], I64]:
    """Return what the edges (e,) connect, sorted, and for each the place of the least that it hangs together with.

    Labels go down along edges, and are followed to their ends after each round (Shiloach and Vishkin 1982): rounds are
    as many as the logarithm of the longest way.
    """
    names, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    one, other = places[: len(left)], places[len(left) :]
    label = np.arange(len(names))
    while len(one):
        low, high = np.minimum(label[one], label[other]), np.maximum(label[one], label[other])
        np.minimum.at(label, high, low)
        while (label[label] != label).any():
            label = label[label]
        apart = label[one] != label[other]
        one, other = one[apart], other[apart]
    return names, label


class Near(NamedTuple):
    """What near-duplicates some articles have: all that share bands with each other."""

    links: I64  # (l, 2) ranks
    resemblance: F32  # (l,)
    crowded: I64  # (c,) ranks that look for no rewrites: a crowd's head does
    stopped: int


def near(ranks: I64, shingles: U32, config: CandidateConfig) -> Near:
    """Return the near-duplicates among articles in any order; with all that they share a band with."""
    order = np.argsort(ranks).astype(np.uint32)
    links, parents, stopped = near_of(shingles, order, config)
    sorted_ranks, rows = ranks[order], order[links]
    resemblance = (equal_slots(shingles, rows) / np.float32(shingles.shape[1])).astype(np.float32)
    return Near(sorted_ranks[links], resemblance, sorted_ranks[~uncrowded(parents, config.crowd)], stopped)


def postings(weighted: U32) -> tuple[I64, I64]:
    """Return the row (m,) and the key (m,), slot and value, of every slot that something fell into."""
    rows, slots = np.nonzero(weighted != EMPTY)
    return rows, slots.astype(np.int64) << 32 | weighted[rows, slots].astype(np.int64)


class Meetings(NamedTuple):
    """Whom articles meet in posting lists: `rights[starts[i]:ends[i]]` for each place in a list."""

    lefts: I64  # (p,) ranks
    starts: I64  # (p,)
    ends: I64  # (p,)
    rights: I64  # ranks
    long: int  # lists that are longer than the window
    hot: int  # lists that are left out


def meetings(keys: I64, ranks: I64, window: int, most: int) -> Meetings:
    """Return whom each article meets in its posting lists: the next `window` of each list that holds at most `most`."""
    order = np.lexsort((ranks, keys))
    keys, ranks = keys[order], ranks[order]
    starts = np.flatnonzero(np.insert(keys[1:] != keys[:-1], 0, True)) if len(keys) else np.empty(0, np.int64)
    sizes = np.diff(np.append(starts, len(keys)))
    hot = sizes > most
    end = np.repeat(starts + sizes, sizes)
    place = np.arange(len(keys))
    ends = np.minimum(end, place + 1 + window)
    meets = np.repeat(~hot, sizes) & (ends > place + 1)
    long = int((~hot & (sizes > window + 1)).sum())
    return Meetings(ranks[meets], place[meets] + 1, ends[meets], ranks, long, int(hot.sum()))


def met_often(lefts: I64, sizes: I64, rights: I64, least: int) -> I64:
    """Return the pairs (p, 2) of ranks that were met at least so often, sorted; with all meetings of the left ones.

    The first of `lefts` meets the first of `sizes` of `rights`, the next those that follow.
    """
    names, number = np.unique(lefts, return_inverse=True)
    number = np.repeat(number.astype(np.uint64) << np.uint64(RIGHT_BITS), sizes)
    keys = np.sort(number | rights.astype(np.uint64))
    often = np.ones(max(0, len(keys) - least + 1), bool)
    often &= keys[: len(often)] == keys[least - 1 :]
    found = np.unique(keys[: len(often)][often])
    right = (found & np.uint64((1 << RIGHT_BITS) - 1)).astype(np.int64)
    return np.stack([names[(found >> np.uint64(RIGHT_BITS)).astype(np.int64)], right], axis=1)


class Best(NamedTuple):
    """The rewrite candidates of some articles among later ones."""

    pairs: I64  # (p, 2) ranks
    overflow: int  # candidates beyond the best of their article


def best(pairs: I64, ranks: I64, weighted: U32, classes: U8, config: CandidateConfig) -> Best:
    """Return the best of some pairs of ranks; `ranks` (n,) says whose signatures `weighted` (n, slots) are.

    All pairs of a left article that were met often must be there; the signatures of both may be there twice.
    """
    from dedup.candidates.keyed_kernels import best_of_pairs

    names, first = np.unique(ranks, return_index=True)
    signatures = np.ascontiguousarray(weighted[first])
    full = (signatures != EMPTY).sum(axis=1).astype(np.uint16)
    rows = np.searchsorted(names, pairs).astype(np.uint32)
    rows = np.ascontiguousarray(rows[np.lexsort((rows[:, 1], rows[:, 0]))])
    out = np.empty((len(rows) + config.best, 2), np.uint32)
    threshold = np.float32(config.rarity * RARITY_SCALE)
    found, lost = best_of_pairs(signatures, full, rows, classes, class_rarity(), threshold, config.best, out)
    return Best(names[out[:found]], lost)
