"""The join of `join` in pieces that stand between shuffles: each takes all rows of some keys, in any order.

    band_posts -> sharing -> components -> near -> chosen ranks -> slot_posts -> meetings -> met_often -> best

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
from dedup.compiled.arrays import F32, I64, U8, U16, U32, U64

EMPTY = 0xFFFFFFFF  # a slot that nothing fell into
MOST_RANKS = 1 << 32  # articles apart from exact copies: ranks are kept in 32 bits
SLOT_BITS = 39  # of the key of a posting list: 7 of the slot, 32 of its value
MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 by the golden ratio; odd, so that products modulo a power of two differ

__all__ = ["Best", "Meetings", "Near", "band_posts", "best", "components", "hot_from", "meetings", "met_often", "near",
           "rank_bits", "sharing", "slot_posts", "spread"]  # fmt: skip


def rank_bits(articles: int) -> int:
    """Return how many bits hold the rank of each of some articles."""
    return max(1, (articles - 1).bit_length())


def _split(posts: U64, bits: int) -> tuple[U64, I64]:
    """Return keys and ranks of posts (m,) that stand in the order of both."""
    ordered = np.sort(posts)
    return ordered >> np.uint64(bits), (ordered & np.uint64((1 << bits) - 1)).astype(np.int64)


def _firsts(keys: U64) -> NDArray[np.bool_]:
    """Return which of some sorted keys (m,) are the first of their kind."""
    return np.insert(keys[1:] != keys[:-1], 0, True) if len(keys) else np.empty(0, bool)


def band_posts(shingles: U32, ranks: I64, config: CandidateConfig, bits: int, buckets: int) -> tuple[I64, U64]:
    """Return a bucket (n * bands,) and a post of each band: what resembles each other meets in an equal key.

    A post is a number of 64 bits, the rank in the low `bits` of them and as much of the key as there is room for above:
    of a bucket's keys a few may be taken for equal, which joins components and changes nothing else.
    """
    from dedup.candidates.kernels import BAND_FACTORS

    bands = shingles.reshape(len(shingles), -1, config.band_rows).astype(np.uint64)
    keys: U64 = (bands * BAND_FACTORS[np.arange(config.band_rows) & 127]).sum(axis=2, dtype=np.uint64)
    posts = keys >> np.uint64(bits) << np.uint64(bits) | ranks.astype(np.uint64)[:, None]
    return ((keys * MIXER >> np.uint64(33)) % np.uint64(buckets)).astype(np.int64).ravel(), posts.ravel()


def sharing(posts: U64, bits: int) -> I64:
    """Return an edge (e, 2) from the least rank that has a key to each other one that has it; once each."""
    keys, ranks = _split(posts, bits)
    first = _firsts(keys)
    least = ranks[first][np.cumsum(first) - 1]
    edges = np.unique(
        least[least != ranks].astype(np.uint64) << np.uint64(32) | ranks[least != ranks].astype(np.uint64)
    )
    return np.stack([edges >> np.uint64(32), edges & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


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


def slot_posts(weighted: U32, ranks: I64, bits: int, buckets: int) -> tuple[I64, U64]:
    """Return a bucket (m,) and a post of every slot that something fell into.

    A post has the rank in its low `bits`, above it what tells the key, slot and value, from the others of its bucket:
    with buckets of up to 4096 articles each that is always less than 64 bits.
    """
    rows, slots = np.nonzero(weighted != EMPTY)
    keys = slots.astype(np.uint64) << np.uint64(32) | weighted[rows, slots].astype(np.uint64)
    keys = keys * MIXER & np.uint64((1 << SLOT_BITS) - 1)  # an odd factor: different keys stay different
    of = keys % np.uint64(buckets)
    return of.astype(np.int64), keys // np.uint64(buckets) << np.uint64(bits) | ranks[rows].astype(np.uint64)


class Meetings(NamedTuple):
    """Whom articles meet in posting lists: `rights[starts[i]:ends[i]]` for each place in a list."""

    lefts: I64  # (p,) ranks
    starts: I64  # (p,)
    ends: I64  # (p,)
    rights: I64  # ranks
    long: int  # lists that are longer than the window
    hot: int  # lists that are left out


def meetings(posts: U64, bits: int, window: int, most: int) -> Meetings:
    """Return whom each article meets in its posting lists: the next `window` of each list that holds at most `most`."""
    keys, ranks = _split(posts, bits)
    starts = np.flatnonzero(_firsts(keys))
    sizes = np.diff(np.append(starts, len(keys)))
    hot = sizes > most
    end = np.repeat(starts + sizes, sizes)
    place = np.arange(len(keys))
    ends = np.minimum(end, place + 1 + window)
    meets = np.repeat(~hot, sizes) & (ends > place + 1)
    long = int((~hot & (sizes > window + 1)).sum())
    return Meetings(ranks[meets], place[meets] + 1, ends[meets], ranks, long, int(hot.sum()))


def met_often(lefts: U32, sizes: U16, rights: U32, least: int) -> U32:
    """Return the pairs (p, 2) of ranks that were met at least so often, sorted; with all meetings of the left ones.

    The first of `lefts` meets the first of `sizes` of `rights`, the next those that follow.
    """
    keys = np.repeat(lefts.astype(np.uint64) << np.uint64(32), sizes)
    keys |= rights
    keys.sort()
    often = keys[: max(0, len(keys) - least + 1)]
    often = often[often == keys[least - 1 :]]
    found = often[_firsts(often)]
    return np.stack([found >> np.uint64(32), found & np.uint64(0xFFFFFFFF)], axis=1).astype(np.uint32)


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
