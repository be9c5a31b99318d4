from functools import lru_cache

import numpy as np
import pytest

from dedup.translation.chain import FLOOR, MERGE, STEPS, Side, best_chain, places, similarities
from dedup.translation.encoder import quantise


def side(rows, lengths=None):
    vectors = quantise(np.array(rows, np.float32))
    return Side.of(vectors, lengths or [100] * len(rows), "en")


def random_sides(seed, n, m):
    rng = np.random.default_rng(seed)
    meanings = rng.normal(size=(n, 24))
    told = np.clip(np.sort(rng.integers(0, n, m)), 0, n - 1)
    other = meanings[told] + rng.normal(scale=0.7, size=(m, 24))
    return side(meanings, rng.integers(20, 200, n).tolist()), side(other, rng.integers(20, 200, m).tolist())


def best_payment(left, right):
    """The most that any chain pays, by trying all of them."""
    n, m = len(left.weights), len(right.weights)
    tables = {(a, b): similarities(left, right, a, b) for a, b in STEPS if a <= n and b <= m}

    @lru_cache(None)
    def paid(i, j):
        if i == n or j == m:
            return 0.0
        best = max(paid(i + 1, j), paid(i, j + 1))
        for (a, b), table in tables.items():
            if i + a <= n and j + b <= m:
                size = min(left.weights[i : i + a].sum(), right.weights[j : j + b].sum())
                gain = size * (table[i, j] - FLOOR - MERGE * (a + b > 2))
                best = max(best, gain + paid(i + a, j + b))
        return best

    return paid(0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_the_chain_is_the_one_that_pays_most(seed):
    left, right = random_sides(seed, 3 + seed % 5, 2 + seed % 4)
    beads = best_chain(left, right, similarities(left, right))
    assert sum(bead.gain for bead in beads) == pytest.approx(best_payment(left, right))
    rows = places(beads)
    assert (rows[1:, 0] >= rows[:-1, 1]).all()
    assert (rows[1:, 2] >= rows[:-1, 3]).all()


def test_a_sentence_that_was_cut_in_two_is_one_bead():
    basis = np.eye(6)
    left = side([basis[0], basis[1] + basis[2], basis[3]], [100, 200, 100])
    right = side([basis[0], basis[1], basis[2], basis[3]])
    beads = best_chain(left, right, similarities(left, right))
    assert [bead[:4] for bead in beads] == [(0, 1, 0, 1), (1, 1, 1, 2), (2, 1, 3, 1)]
    assert min(bead.cosine for bead in beads) > 0.99


def test_order_counts_and_unrelated_sentences_are_left_out():
    basis = np.eye(5)
    left, right = side(basis[[0, 1, 2, 3]]), side(basis[[3, 0, 4, 1]])
    beads = best_chain(left, right, similarities(left, right))
    assert [bead[:4] for bead in beads] == [(0, 1, 1, 1), (1, 1, 3, 1)]


def test_articles_without_sentences_have_no_chain():
    empty, some = side(np.empty((0, 5))), side(np.eye(5))
    assert best_chain(empty, some, similarities(empty, some)) == []


def test_cosines_do_not_depend_on_what_is_computed_beside():
    left, right = random_sides(3, 9, 7)
    alone = Side(left.vectors[4:5].copy(), left.weights[4:5])
    assert (similarities(alone, right)[0] == similarities(left, right)[4]).all()
