"""Candidates: kernels equal their references; order changes nothing; nothing is quadratic or lost unsaid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates import kernels
from dedup.candidates.join import CandidateConfig, Candidates, Stage, class_rarity, find_candidates
from dedup.compiled.hashing import CLASS_BITS
from dedup.errors import ConfigError
from dedup.sketch import digests, shingle_signatures, weighted_signatures
from tests.reference import candidates as reference

EMPTY = 0xFFFFFFFF
CLASSES = np.full(1 << CLASS_BITS, 255, np.uint8)
Article = np.ndarray

few_values = st.integers(0, 5).map(lambda v: EMPTY if v == 5 else v * 0x11111111)
signature_lists = st.integers(2, 24).flatmap(
    lambda n: st.lists(st.lists(few_values, min_size=16, max_size=16), min_size=n, max_size=n)
)


def random_words(count: int, seed: int) -> Article:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def edited(article: Article, share: float, seed: int) -> Article:
    """A copy with a share of its words replaced."""
    draw = np.random.default_rng(seed)
    copy = article.copy()
    changed = draw.random(len(copy)) < share
    copy[changed] = draw.integers(0, 2**64, changed.sum(), dtype=np.uint64)
    return copy


def candidates(articles: list[Article], rewrites: bool = True, **settings_: float) -> Candidates:
    words = np.concatenate([*articles, np.empty(0, np.uint64)])
    offsets = np.cumsum([0, *(len(a) for a in articles)])
    weighted = weighted_signatures(words, offsets, CLASSES) if rewrites else None
    config = CandidateConfig(**settings_)  # type: ignore[arg-type]
    return find_candidates(
        digests(words, offsets), shingle_signatures(words, offsets), weighted, CLASSES, config=config
    )


def found(result: Candidates, stage: Stage | None = None) -> set[tuple[int, int]]:
    chosen = result.pairs if stage is None else result.pairs[result.stages == stage]
    return {(int(a), int(b)) for a, b in chosen}


def components(count: int, pairs: np.ndarray) -> int:
    parts = reference.Components(count)
    for left, right in pairs.tolist():
        if parts.of[left] != parts.of[right]:
            parts.join(left, right)
    return len(set(parts.of))


@settings(max_examples=80, deadline=None)
@given(signature_lists, st.sampled_from([2, 4, 8]), st.integers(4, 14), st.integers(1, 4))
def test_band_join_equals_reference(articles: list[list[int]], rows: int, least: int, depth: int) -> None:
    n = len(articles)
    parents, links = np.arange(n, dtype=np.uint32), np.empty((n, 2), np.uint32)
    order = np.arange(n, dtype=np.uint32)
    signatures = np.array(articles, np.uint32)
    count, stopped = kernels.near_links(signatures, order, order, rows, least, depth, parents, links)
    expected = reference.near_links(articles, rows, least, depth)
    assert ([tuple(x) for x in links[:count].tolist()], parents.tolist(), stopped) == expected


@settings(max_examples=80, deadline=None)
@given(
    signature_lists, st.integers(1, 6), st.integers(2, 30), st.integers(1, 6), st.integers(0, 900), st.integers(1, 5)
)
def test_collision_count_equals_reference(
    articles: list[list[int]], window: int, most: int, least: int, threshold: int, best: int
) -> None:
    n, slots = len(articles), 16
    signatures, order = np.array(articles, np.uint32), np.arange(n, dtype=np.uint32)
    where, lists, full = np.empty((n, slots), np.uint32), np.empty(n * slots, np.uint32), np.empty(n, np.uint16)
    classes = (np.arange(1 << CLASS_BITS) % 256).astype(np.uint8)
    kernels.count_full(signatures, order, full)
    posted = kernels.post_slots(signatures, order, 0, slots, 0, window, most, where, lists)
    pairs = np.empty((n * best, 2), np.uint32)
    lists_of_all = kernels.Posted(signatures, order, full, where, lists, classes, class_rarity())
    count, lost = kernels.count_collisions(lists_of_all, 0, n, window, least, threshold, pairs)
    rarity = {v: int(class_rarity()[classes[v >> 12]]) for a in articles for v in a}
    expected = reference.rewrite_pairs(articles, rarity, window, most, least, threshold, best)
    every = reference.rewrite_pairs(articles, rarity, window, most, least, threshold, n)
    sizes = [len(members) for members in reference.posting_lists(articles)]
    assert [tuple(p) for p in pairs[:count].tolist()] == expected
    assert lost == len(every) - len(expected)
    assert posted[1:] == (sum(window + 1 < s <= most for s in sizes), sum(s > most for s in sizes))


def newsroom() -> list[Article]:
    """Eight stories with an exact copy, a near-verbatim one, a rewrite and a third of it; empty and short articles."""
    stories = [random_words(240, seed) for seed in range(8)]
    copies = [[s, s.copy(), edited(s, 0.02, 90 + i), edited(s, 0.6, 190 + i), s[:80]] for i, s in enumerate(stories)]
    return [a for group in copies for a in group] + [np.empty(0, np.uint64)] * 2 + [random_words(3, 99)] * 2


def test_copies_are_found_and_strangers_are_not() -> None:
    articles = newsroom()
    result = candidates(articles)
    assert {(a // 5, b // 5) for a, b in found(result) if a < 40} == {(i, i) for i in range(8)}
    assert found(result, Stage.EXACT) == {(5 * i, 5 * i + 1) for i in range(8)} | {(42, 43)}
    for story in range(0, 40, 5):
        assert {(story, story + k) for k in (1, 2, 3, 4)} <= found(result)
        assert {(story, story + 2), (story + 1, story + 2)} <= found(result, Stage.NEAR)
    assert not {40, 41} & set(result.pairs.ravel().tolist())


def test_level_near_leaves_rewrites_alone() -> None:
    result = candidates(newsroom(), rewrites=False)
    assert set(result.stages.tolist()) == {Stage.EXACT, Stage.NEAR}
    assert not result.shared.any()


def test_pairs_are_sorted_once_each_and_described() -> None:
    result = candidates(newsroom())
    pairs = [tuple(p) for p in result.pairs.tolist()]
    assert pairs == sorted(set(pairs))
    assert (result.pairs[:, 0] < result.pairs[:, 1]).all()
    exact = result.stages == Stage.EXACT
    assert (result.resemblance[exact] == 1).all()
    assert (result.resemblance[result.stages == Stage.NEAR] >= 0.5).all()
    assert (result.shared[result.stages == Stage.REWRITE] >= CandidateConfig().shared).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("limits", [{}, {"window": 2, "best": 2, "depth": 1, "crowd": 3, "spread": 1}])
def test_order_of_articles_changes_nothing(seed: int, limits: dict[str, int]) -> None:
    articles = [*newsroom(), *(edited(random_words(200, 50), 0.5, k) for k in range(30))]
    words, offsets = np.concatenate(articles), np.cumsum([0, *(len(a) for a in articles)])
    parts = digests(words, offsets), shingle_signatures(words, offsets), weighted_signatures(words, offsets, CLASSES)
    config = CandidateConfig(**limits)  # type: ignore[arg-type]
    base = find_candidates(*parts, CLASSES, config=config)
    mixed = np.random.default_rng(seed).permutation(len(articles))
    moved = find_candidates(
        *(p[mixed] for p in parts), CLASSES, ranks=mixed.astype(np.uint32), config=config, workers=2
    )
    back = np.sort(mixed[moved.pairs], axis=1)
    order = np.lexsort((back[:, 1], back[:, 0]))
    assert np.array_equal(back[order], base.pairs)
    assert np.array_equal(moved.stages[order], base.stages)
    assert np.array_equal(moved.shared[order], base.shared)
    assert moved.capped == base.capped


def test_many_rewrites_of_one_story_stay_connected() -> None:
    story = random_words(300, 1)
    articles = [edited(story, 0.5, seed) for seed in range(200)]
    result = candidates(articles)
    assert result.capped.lists > 0
    assert components(200, result.pairs) == 1
    assert len(result) <= 200 * CandidateConfig().best


def test_identical_articles_are_linked_to_the_first() -> None:
    article = random_words(50, 1)
    result = candidates([article] * 5000)
    assert found(result) == {(0, i) for i in range(1, 5000)}


def test_a_template_stays_linear_and_is_reported() -> None:
    template = random_words(200, 1)
    rows = np.tile(template, (3000, 1))
    rows[:, 170:] = np.random.default_rng(2).integers(0, 2**64, (3000, 30), dtype=np.uint64)
    result = candidates(list(rows))
    assert len(result) < 2 * 3000
    assert result.capped.crowded > 2900
    assert result.capped.hot + result.capped.lists + result.capped.crowded > 0


def test_hot_features_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.candidates.join.HOT_LEAST", 0)
    story = random_words(300, 1)
    result = candidates([edited(story, 0.5, seed) for seed in range(100)])
    assert result.capped.hot > 0
    assert len(result) < 50


def test_a_near_chain_is_followed_past_the_head() -> None:
    """Each version resembles the one before it; the last is unlike the first."""
    versions = [random_words(400, 1)]
    for seed in range(6):
        versions.append(edited(versions[-1], 0.05, seed))
    result = candidates(versions, rewrites=False, band_rows=2)
    assert components(7, result.pairs) == 1


def test_exact_copies_are_spread_over_pairs_up_to_a_limit() -> None:
    story = random_words(200, 1)
    copy = edited(story, 0.5, 2)
    few, many = candidates([story] * 3 + [copy] * 3), candidates([story] * 30 + [copy] * 30)
    assert len(found(few, Stage.REWRITE)) == 9
    assert len(found(many, Stage.REWRITE)) == 1
    assert many.capped.spread == 1


def test_no_articles_and_one_article() -> None:
    assert len(candidates([])) == 0
    assert len(candidates([random_words(30, 1)])) == 0
    assert len(candidates([np.empty(0, np.uint64)] * 3)) == 0


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"resemblance": 1.5}, {"rarity": -0.1}, {"best": 0}, {"band_rows": 0}, {"shared": 0}]
)
def test_settings_out_of_range_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        CandidateConfig(**wrong)  # type: ignore[arg-type]


def test_arrays_that_do_not_fit_are_refused() -> None:
    two, three = np.zeros((2, 2), np.uint64), np.zeros((3, 128), np.uint32)
    with pytest.raises(ConfigError, match="one row"):
        find_candidates(two, three)
    with pytest.raises(ConfigError, match="classes"):
        find_candidates(two, three[:2], three[:2])
    with pytest.raises(ConfigError, match="band_rows"):
        find_candidates(two, three[:2], config=CandidateConfig(band_rows=5))
