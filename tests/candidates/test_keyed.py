"""The join in pieces gives what the join of all articles at once gives, however the keys are divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedup.candidates import keyed
from dedup.candidates.join import CandidateConfig, Candidates, Capped, find_candidates
from dedup.compiled.hashing import CLASS_BITS
from dedup.sketch import digests, shingle_signatures, weighted_signatures

CLASSES = np.full(1 << CLASS_BITS, 255, np.uint8)
Pairs = set[tuple[int, int]]


def edited(article: np.ndarray, share: float, draw: np.random.Generator) -> np.ndarray:
    copy = article.copy()
    changed = draw.random(len(copy)) < share
    changed[draw.integers(len(copy))] = True
    copy[changed] = draw.integers(0, 2**64, changed.sum(), dtype=np.uint64)
    return copy


def newsroom(draw: np.random.Generator) -> list[np.ndarray]:
    """Stories with light and heavy edits, a crowd, one wording in many articles, and articles of their own."""
    stories = [draw.integers(0, 2**64, 90, dtype=np.uint64) for _ in range(30)]
    versions = [edited(story, share, draw) for story in stories for share in (0.02, 0.08, 0.3, 0.5)]
    crowd = [edited(stories[0], 0.0, draw) for _ in range(90)]
    template = [edited(stories[1], 0.4, draw) for _ in range(120)]
    return [*stories, *versions, *crowd, *template]


def pieces(parts: int, keys: np.ndarray) -> list[np.ndarray]:
    """The places of rows in each of some parts; rows of one key are in one."""
    return [np.flatnonzero(keys % parts == part) for part in range(parts)]


def joined(words: np.ndarray, offsets: np.ndarray, config: CandidateConfig, parts: int) -> tuple[Pairs, Capped]:
    """Links between different articles, near-duplicates and rewrites, and what was capped."""
    order = np.lexsort(digests(words, offsets).T[::-1])
    shingles, weighted = (
        one[order] for one in (shingle_signatures(words, offsets), weighted_signatures(words, offsets, CLASSES))
    )
    ranks = np.random.default_rng(parts).permutation(len(order))
    bits = keyed.rank_bits(len(order))
    of, posts = keyed.band_posts(shingles, np.arange(len(order)), config, bits, parts)
    edges = [keyed.sharing(posts[part], bits) for part in pieces(parts, of)]
    names, places = keyed.components(*np.concatenate(edges).T)
    component = np.arange(len(order))
    component[names] = names[places]
    found, crowded, stopped = set(), [], 0
    for part in pieces(parts, component[ranks]):
        near = keyed.near(ranks[part], shingles[ranks[part]], config)
        found |= {(*pair, 2) for pair in near.links.tolist()}
        crowded, stopped = [*crowded, *near.crowded.tolist()], stopped + near.stopped
    chosen = np.setdiff1d(ranks, crowded)
    of, posts = keyed.slot_posts(weighted[chosen], chosen, bits, parts)
    lefts, sizes, rights, long, hot = [], [], [], 0, 0
    for part in pieces(parts, of):
        met = keyed.meetings(posts[part], bits, config.window, keyed.hot_from(len(chosen)))
        lefts.append(met.lefts)
        sizes.append(met.ends - met.starts)
        rights += [met.rights[a:b] for a, b in zip(met.starts, met.ends, strict=True)]
        long, hot = long + met.long, hot + met.hot
    left, size = np.concatenate(lefts), np.concatenate(sizes)
    overflow = 0
    for part in pieces(parts, left):
        right = np.concatenate([np.empty(0, np.int64), *(rights[n] for n in part)])
        pairs = keyed.met_often(left[part], size[part], right.astype(np.uint32), config.shared)
        pairs = pairs[np.random.default_rng(1).permutation(len(pairs))]
        best = keyed.best(pairs, pairs.ravel(), weighted[pairs.ravel()], CLASSES, config)
        found |= {(*pair, 3) for pair in best.pairs.tolist()}
        overflow += best.overflow
    links = {tuple(sorted(order[[a, b]].tolist())) for a, b, _ in found}
    return links, Capped(stopped, long, hot, len(crowded), overflow)


@pytest.mark.parametrize(
    ("settings", "hot_least"), [({}, 30_000), ({"window": 4, "best": 3, "depth": 1, "rarity": 0.0}, 2000)]
)
@pytest.mark.parametrize("parts", [1, 7])
def test_pieces_give_what_the_whole_gives(settings, hot_least, parts, monkeypatch):
    monkeypatch.setattr("dedup.candidates.join.HOT_LEAST", hot_least)
    articles = newsroom(np.random.default_rng(5))
    words, offsets = np.concatenate(articles), np.cumsum([0, *map(len, articles)])
    config = CandidateConfig(**settings)
    weighted = weighted_signatures(words, offsets, CLASSES)
    whole: Candidates = find_candidates(
        digests(words, offsets), shingle_signatures(words, offsets), weighted, CLASSES, config=config
    )
    exact = set(map(tuple, whole.pairs[whole.stages == 1].tolist()))
    links, capped = joined(words, offsets, config, parts)
    assert not exact
    assert links == set(map(tuple, whole.pairs.tolist()))
    assert replace(capped, spread=0) == replace(whole.capped, spread=0)
    assert capped.crowded
    assert capped.lists
    assert bool(capped.hot) == (hot_least < 30_000)


def test_components_of_ways_and_circles():
    draw = np.random.default_rng(3)
    long_way = draw.permutation(4000)
    left, right = np.append(long_way[:-1], [9001, 9002, 9003]), np.append(long_way[1:], [9002, 9003, 9001])
    names, places = keyed.components(left, right)
    assert names[places].tolist() == [0] * 4000 + [9001] * 3


def test_components_of_names():
    names, places = keyed.components(np.array(["b", "x"]), np.array(["a", "y"]))
    assert names[places].tolist() == ["a", "a", "x", "x"]


def test_components_of_nothing():
    assert all(len(part) == 0 for part in keyed.components(np.empty(0, np.int64), np.empty(0, np.int64)))


def test_spread_pairs_all_copies_or_the_heads():
    link, places, capped = keyed.spread(np.array([[2, 3], [1, 1], [5, 4]]), 6)
    assert link.tolist() == [0] * 6 + [1, 2]
    assert places.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 0], [0, 0]]
    assert capped == 1
