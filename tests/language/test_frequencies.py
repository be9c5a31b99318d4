"""Counts that ship, their blending with a corpus, and that the order of a corpus does not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.compiled.arrays import U64
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT, NORMALISER, pair_hashes
from dedup.language import frequencies
from dedup.language.frequencies import CorpusSample, Frequencies, count_cells, rounded, shipped, to_bytes
from dedup.text import tokenise


def hashes(text: str) -> U64:
    return tokenise(text).hashes


def flat(articles: list[U64]) -> tuple[U64, np.ndarray]:
    offsets = np.cumsum([0, *(len(a) for a in articles)]).astype(np.int64)
    return np.concatenate([np.empty(0, np.uint64), *articles]), offsets


def random_article(seed: int, size: int = 60) -> U64:
    return np.random.default_rng(seed).integers(0, 1 << 64, size, dtype=np.uint64)


def test_shipped_counts_know_news() -> None:
    known = shipped()
    the, president, rare, unknown = known.word_documents(hashes("the President orchestra qzxvwk"))
    assert known.documents >= the > president > 100 * rare > 0
    assert unknown == 0
    assert known.provenance["normaliser"] == NORMALISER
    assert "licence" in known.provenance["provenance"]


def test_probabilities_are_positive_shares() -> None:
    known = shipped()
    words = known.word_probability(hashes("the president qzxvwk"))
    assert 0.03 < words[0] < 0.1 > words[1] > words[2] > 0
    stems = known.stem_probability(tokenise("presidents presidential").stems)
    assert stems[0] == stems[1] > known.word_probability(hashes("presidential"))[0]
    assert words.dtype == stems.dtype == np.float32
    assert known.word_probability(np.empty(0, np.uint64)).shape == (0,)


def test_lookup_equals_a_dictionary() -> None:
    table = shipped().words
    rows = dict(zip(table.fingerprints.tolist(), range(len(table.fingerprints)), strict=True))
    asked = np.concatenate([random_article(1, 2000), table.fingerprints[::50].astype(np.uint64) << np.uint64(32)])
    expected = [rows.get(h >> 32, -1) for h in asked.tolist()]
    assert table.rows(asked).tolist() == expected


@given(st.lists(st.integers(0, 1 << 23), max_size=50))
def test_rounding_keeps_order_and_size(counts: list[int]) -> None:
    codes = rounded(np.array(sorted(counts), np.int64))
    back = frequencies._counts_of_bytes()[codes].astype(float)
    assert (np.diff(codes.astype(int)) >= 0).all()
    assert np.allclose(back, sorted(counts), rtol=0.04, atol=0.5)


def test_classes_fall_with_frequency_and_drop_the_common() -> None:
    classes = shipped().feature_classes
    the, city, rare = (int(classes[int(h) >> CLASS_SHIFT]) for h in hashes("the orchestra qzxvwkjh"))
    assert the == 0 < city < rare
    assert classes.shape == (1 << CLASS_BITS,)
    assert classes.dtype == np.uint8


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=12))
def test_cells_count_articles(words: list[list[int]]) -> None:
    articles = [random_article(5, 41)[np.array(w, np.int64)] for w in words]
    expected: dict[int, int] = {}
    for article in articles:
        features = np.concatenate([article, pair_hashes(article)]) if len(article) else article
        for cell in set((features >> np.uint64(CLASS_SHIFT)).tolist()):
            expected[cell] = expected.get(cell, 0) + 1
    counts = np.zeros(1 << CLASS_BITS, np.uint32)
    count_cells(*flat(articles), np.full(len(counts), -1, np.int32), counts)
    assert dict(zip(np.flatnonzero(counts).tolist(), counts[counts > 0].tolist(), strict=True)) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 8), st.randoms(use_true_random=False))
def test_a_sample_depends_on_neither_order_nor_batches_nor_copies(seeds: list[int], batch: int, shuffle) -> None:  # type: ignore[no-untyped-def]
    def counted(order: list[int], step: int) -> tuple[int, bytes]:
        sample = CorpusSample(articles=10)
        for i in range(0, len(order), step):
            sample.add(*flat([random_article(seed, 5) for seed in order[i : i + step]]))
        found = sample.counts()
        return found.documents, found.cells.tobytes()

    other = sorted(set(seeds))
    shuffle.shuffle(other)
    documents, cells = counted(seeds, batch)
    assert (documents, cells) == counted(other, 3)
    assert documents == min(10, len(set(seeds)))


def test_a_large_corpus_drops_its_template_and_a_small_one_does_not() -> None:
    template = random_article(0, 20)
    cells = (template >> np.uint64(CLASS_SHIFT)).astype(np.int64)
    for articles, dropped in ((2, False), (1200, True)):
        sample = CorpusSample()
        sample.add(*flat([np.concatenate([template, random_article(1 + i)]) for i in range(articles)]))
        classes = shipped().blended(sample.counts()).feature_classes[cells]
        assert (classes == 0).all() == dropped
        assert (classes > 0).all() != dropped


def test_an_empty_corpus_changes_nothing() -> None:
    assert (shipped().blended(CorpusSample().counts()).feature_classes == shipped().feature_classes).all()


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 'other'"):
        Frequencies.read(to_bytes({}, {}).replace(frequencies.FORMAT.encode(), b"other"))
