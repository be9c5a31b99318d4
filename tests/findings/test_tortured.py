"""Tortured phrases against plain look-ups, and the trees that rank them."""

import numpy as np

from dedup.findings import ranker, tortured
from dedup.language.background import shipped_background
from dedup.language.substitutions import shipped
from dedup.text import tokenise
from tests.reference.findings import TORTURED, expected_candidates


def test_candidates_are_those_of_the_reference() -> None:
    tokens, background, substitutions = tokenise(TORTURED), shipped_background(), shipped()
    bits = tortured.frequent_pairs(background.tables)
    found = tortured.candidates(tokens, background, substitutions, bits)
    single = {
        (int(place), substitutions.word(int(target)), int(sides))
        for place, last, target, sides in zip(found.places, found.lasts, found.targets, found.sides, strict=True)
        if place == last and sides
    }
    assert single == expected_candidates(tokens)
    assert len(single) > 5
    assert found.features.shape == (len(found.places), len(tortured.Feature))
    assert np.isfinite(found.features).all()


def test_trees_are_walked_as_in_python() -> None:
    trees = tortured.shipped_ranker().trees
    rows = np.random.default_rng(3).normal(3, 4, (50, len(tortured.Feature))).astype(np.float32)

    def walk(row: np.ndarray, at: int) -> float:
        column, left, right = trees.links[at].tolist()
        if left == at:
            return float(trees.thresholds[at])
        return walk(row, left if row[column] <= trees.thresholds[at] else right)

    plain = [trees.bias + sum(walk(row, root) for root in trees.roots.tolist()) for row in rows]
    assert np.allclose(trees.log_odds(rows), plain, atol=1e-3)


def test_scores_are_those_of_numpy() -> None:
    found = tortured.candidates(
        tokenise(TORTURED), shipped_background(), shipped(), tortured.frequent_pairs(shipped_background().tables)
    )
    trees = tortured.shipped_ranker()
    odds = ranker.rank(found.features, trees).astype(float)
    places = np.unique(found.places)
    best = np.array([odds[found.places == place].max() for place in places])
    likely = 1 / (1 + np.exp(1 - best))
    others = (likely.sum() - likely + ranker.PRIOR_SWAPS) / (100 + ranker.PRIOR_WORDS) * 1000
    chosen, scores = ranker.score_places(found.places, odds.astype(np.float32), 100)
    assert found.places[chosen].tolist() == places.tolist()
    assert np.allclose(scores, best + ranker.OTHERS_WEIGHT * np.log(others), atol=1e-4)
