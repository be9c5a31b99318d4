"""Signatures: kernels equal their references and datasketch, and estimate what they say they estimate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT, pair_hash, pair_hashes
from dedup.errors import ConfigError
from dedup.sketch import (
    SHINGLES,
    WEIGHTED,
    SketchSpec,
    digests,
    keep_words,
    shingle_signatures,
    to_datasketch,
    weighted_signatures,
)
from tests.reference import signatures as reference

EMPTY = 0xFFFFFFFF
hashes = st.integers(0, 2**64 - 1)
batches = st.lists(st.lists(hashes, max_size=40), max_size=6)


def batch(articles: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *(len(a) for a in articles)]).astype(np.int64)
    return np.array([w for a in articles for w in a], np.uint64), offsets


def random_words(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


@pytest.fixture(scope="module")
def classes() -> np.ndarray:
    table = np.random.default_rng(5).integers(1, 256, 1 << CLASS_BITS).astype(np.uint8)
    table[::3] = 0
    return table


@settings(max_examples=60, deadline=None)
@given(batches)
def test_classic_kernel_equals_reference(articles: list[list[int]]) -> None:
    words, offsets = batch(articles)
    found = shingle_signatures(words, offsets)
    expected = [reference.shingle_signature(np.array(a, np.uint64), SHINGLES) for a in articles]
    assert np.array_equal(found, np.array(expected, np.uint32).reshape(len(articles), SHINGLES.slots))


@settings(max_examples=60, deadline=None)
@given(batches, st.sampled_from([8, 64, 128, 512]), st.integers(0, 3))
def test_weighted_kernel_equals_reference(articles: list[list[int]], slots: int, seed: int) -> None:
    table = (np.arange(1 << CLASS_BITS) % 251).astype(np.uint8)
    spec = SketchSpec(WEIGHTED.scheme, WEIGHTED.features, seed=seed, slots=slots)
    words, offsets = batch(articles)
    found = weighted_signatures(words, offsets, table, spec)
    expected = [reference.weighted_signature(np.array(a, np.uint64), table, spec) for a in articles]
    assert np.array_equal(found, np.array(expected, np.uint32).reshape(len(articles), slots))


@settings(max_examples=60, deadline=None)
@given(batches)
def test_digest_kernel_equals_reference(articles: list[list[int]]) -> None:
    found = digests(*batch(articles))
    assert [tuple(row) for row in found.tolist()] == [reference.digest(np.array(a, np.uint64)) for a in articles]


@pytest.mark.parametrize(("seed", "slots"), [(1, 128), (42, 128), (7, 256), (0, 16)])
def test_classic_signatures_are_those_of_datasketch(seed: int, slots: int) -> None:
    datasketch = pytest.importorskip("datasketch")
    spec = SketchSpec(SHINGLES.scheme, SHINGLES.features, seed=seed, slots=slots)
    for count in (1, 4, 5, 6, 12, 13, 300):
        words = random_words(count, count)
        theirs = datasketch.MinHash(num_perm=slots, seed=seed, scheme="affine32", hashfunc=lambda h: h)
        theirs.update_batch([int(h) for h in reference.shingle_hashes(words)])
        ours = shingle_signatures(words, np.array([0, count]), spec)[0]
        assert np.array_equal(ours, theirs.hashvalues)
        lean = to_datasketch(ours, spec)
        assert lean == datasketch.LeanMinHash(theirs)
        assert lean.jaccard(theirs) == 1.0


def test_empty_articles_have_empty_signatures_and_short_ones_do_not(classes: np.ndarray) -> None:
    words, offsets = batch([[], [3], [3, 4, 5], []])
    classic, weighted = shingle_signatures(words, offsets), weighted_signatures(words, offsets, classes | 1)
    assert (classic[[0, 3]] == EMPTY).all()
    assert (weighted[[0, 3]] == EMPTY).all()
    assert (classic[1:3] != EMPTY).all()
    assert ((weighted[1:3] != EMPTY).sum(axis=1) > 0).all()
    assert (digests(words, offsets) == 0).all(axis=1).tolist() == [True, False, False, True]
    assert not np.array_equal(classic[1], classic[2])


def test_no_articles_at_all(classes: np.ndarray) -> None:
    none, start = np.empty(0, np.uint64), np.array([0])
    assert shingle_signatures(none, start).shape == (0, 128)
    assert weighted_signatures(none, start, classes).shape == (0, 128)
    assert digests(none, start).shape == (0, 2)


def test_batches_do_not_touch_each_other(classes: np.ndarray) -> None:
    words, offsets = random_words(900, 1), np.array([0, 300, 300, 304, 900])
    for make in (shingle_signatures, digests, lambda w, o: weighted_signatures(w, o, classes)):
        whole = make(words, offsets)
        alone = [make(words[a:b], np.array([0, b - a]))[0] for a, b in pairwise(offsets)]
        assert np.array_equal(whole, np.array(alone))


def test_classic_signatures_estimate_resemblance() -> None:
    shared, left, right = random_words(600, 2), random_words(200, 3), random_words(200, 4)
    words = np.concatenate([shared, left, shared, right])
    found = shingle_signatures(words, np.array([0, 800, 1600]), SketchSpec(SHINGLES.scheme, "", slots=1024))
    assert (found[0] == found[1]).mean() == pytest.approx(596 / (596 + 2 * 200), abs=0.05)


def test_weighted_signatures_estimate_weighted_resemblance() -> None:
    """Words of class 250 shared, of class 50 not: the estimate follows weights, not counts."""
    words = random_words(9000, 6)
    heavy = words >> np.uint64(63) == 1
    table = np.where(np.arange(1 << CLASS_BITS) >> (CLASS_BITS - 1), 250, 50).astype(np.uint8)
    shared, others = words[heavy][:2000], words[~heavy]
    flat = np.concatenate([shared, others[:2000], shared[::-1], others[2000:4000]])
    kept = SketchSpec(WEIGHTED.scheme, "", slots=1024)
    signatures = weighted_signatures(flat, np.array([0, 4000, 8000]), table, kept)
    pairs = [pair_hashes(part) for part in (flat[:4000], flat[4000:])]
    weight = [250 * 2000 + 50 * 2000 + int(table[(p >> np.uint64(CLASS_SHIFT)).astype(int)].sum()) for p in pairs]
    expected = 250 * 2000 / (sum(weight) - 250 * 2000)
    assert (signatures[0] == signatures[1]).mean() == pytest.approx(expected, abs=0.04)


def test_features_of_class_nought_are_left_out() -> None:
    words = random_words(50, 7)
    signatures = weighted_signatures(words, np.array([0, 50]), np.zeros(1 << CLASS_BITS, np.uint8))
    assert (signatures == EMPTY).all()


@given(st.lists(hashes, min_size=2, max_size=30))
def test_pair_hashes_agree(words: list[int]) -> None:
    array = np.array(words, np.uint64)
    with np.errstate(over="ignore"):
        assert pair_hashes(array).tolist() == [pair_hash.py_func(a, b) for a, b in pairwise(array)]


def test_pairs_mind_the_order() -> None:
    words = random_words(1000, 10)
    assert not np.intersect1d(pair_hashes(words), pair_hashes(words[::-1])).size


def test_digests_tell_order_and_length() -> None:
    base = random_words(50, 8).tolist()
    swapped = [*base[:10], base[11], base[10], *base[12:]]
    found = digests(*batch([base, base, swapped, base[:-1], [*base, base[-1]]]))
    assert len({tuple(row) for row in found.tolist()}) == 4
    assert np.array_equal(found[0], found[1])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(hashes, st.integers(0, 255)), max_size=20), max_size=5), st.integers(0, 255))
def test_keep_words_drops_what_is_flagged(articles: list[list[tuple[int, int]]], unwanted: int) -> None:
    words, offsets = batch([[w for w, _ in a] for a in articles])
    flags = np.array([f for a in articles for _, f in a], np.uint8)
    kept, starts = keep_words(words, flags, offsets, unwanted)
    expected = [[w for w, f in a if not f & unwanted] for a in articles]
    assert [kept[a:b].tolist() for a, b in pairwise(starts)] == expected


def test_read_only_arrays_are_taken(classes: np.ndarray) -> None:
    words = np.frombuffer(random_words(64, 9).tobytes(), np.uint64)
    assert not words.flags.writeable
    assert np.array_equal(
        weighted_signatures(words, np.array([0, 64]), classes),
        weighted_signatures(words.copy(), np.array([0, 64]), classes),
    )


@pytest.mark.parametrize("offsets", [[], [0, 9], [3, 1], [-1, 2]])
def test_bad_offsets_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ConfigError, match="offsets"):
        shingle_signatures(np.zeros(4, np.uint64), np.array(offsets, np.int64))


def test_a_specification_names_what_differs() -> None:
    other = SketchSpec(SHINGLES.scheme, SHINGLES.features, seed=2, normaliser="words-0")
    assert SHINGLES.difference(SHINGLES) == ()
    assert SHINGLES.difference(other) == (("seed", 1, 2), ("normaliser", SHINGLES.normaliser, "words-0"))


@pytest.mark.parametrize("wrong", [{"scheme": "simhash"}, {"slots": 100}, {"slots": 4}, {"seed": -1}])
def test_specifications_that_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        SketchSpec(**{"scheme": "affine32", "features": "", **wrong})  # type: ignore[arg-type]


def test_schemes_are_not_mixed_up(classes: np.ndarray) -> None:
    words, offsets = batch([[1, 2, 3]])
    with pytest.raises(ConfigError, match="scheme"):
        shingle_signatures(words, offsets, WEIGHTED)
    with pytest.raises(ConfigError, match="scheme"):
        weighted_signatures(words, offsets, classes, SHINGLES)
    with pytest.raises(ConfigError, match="cells"):
        weighted_signatures(words, offsets, classes[:10])
    with pytest.raises(ConfigError, match="datasketch"):
        to_datasketch(weighted_signatures(words, offsets, classes)[0], WEIGHTED)
