import numpy as np
import pytest

from dedup.translation.candidates import Nearest, Sketches, candidates, sketch_of, worth_reading
from dedup.translation.config import TranslationConfig
from dedup.translation.encoder import quantise

NOWHERE = float("nan")


def pile(seed=0, count=40):
    """Articles of three languages: each third one and the two after it say the same."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        story = np.random.default_rng(number // 3).normal(size=(7, 48))
        made.append(sketch_of(quantise(story + rng.normal(scale=0.4, size=story.shape))))
    return made, [("de", "en", "fr")[number % 3] for number in range(count)]


def found(made, languages, days=None, config=None, order=None):
    order = list(range(len(made))) if order is None else order
    days = days or [NOWHERE] * len(made)
    chosen = [languages[n] for n in order], [days[n] for n in order], [made[n] for n in order]
    return candidates(Sketches.of(order, *chosen), config or TranslationConfig())


def test_articles_of_one_story_are_candidates_in_any_order():
    made, languages = pile()
    pairs = found(made, languages)
    assert {(a, b) for a in range(39) for b in range(a + 1, 39) if a // 3 == b // 3} <= set(pairs)
    assert all(languages[a] != languages[b] for a, b in pairs)
    order = np.random.default_rng(5).permutation(len(made)).tolist()
    assert found(made, languages, order=order) == pairs


def test_a_half_between_other_text_is_found_by_its_blocks():
    rng = np.random.default_rng(2)
    story, foreign = rng.normal(size=(9, 48)), rng.normal(size=(30, 48))
    made = [sketch_of(quantise(story)), sketch_of(quantise(np.vstack([foreign, story])))]
    assert found(made, ["en", "de"], config=TranslationConfig(mean_cosine=1.0)) == [(0, 1)]


def test_dates_too_far_apart_are_no_candidates_and_a_missing_one_always_is():
    made, languages = pile(count=3)
    days = [0.0, 10.0, NOWHERE]
    config = TranslationConfig(days=5)
    assert found(made, languages, days, config) == [(0, 2), (1, 2)]


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_than_the_best_of_each_are_candidates(most):
    rng = np.random.default_rng(1)
    story = rng.normal(size=(6, 48))
    made = [sketch_of(quantise(story + rng.normal(scale=0.2, size=story.shape))) for _ in range(9)]
    pairs = found(made, ["en"] + ["de"] * 8, config=TranslationConfig(best=most))
    assert len(pairs) == 8  # each of the others has the one as its best
    assert found(made, ["en"] * 9) == []


@pytest.mark.parametrize(("best", "others"), [(1, 0), (2, 1), (3, 2)])
def test_near_copies_of_one_article_count_as_one_of_the_best(best, others):
    rng = np.random.default_rng(6)
    story = rng.normal(size=(6, 48))
    copies = [sketch_of(quantise(story + rng.normal(scale=0.05, size=story.shape))) for _ in range(9)]
    made = [*copies, *(sketch_of(quantise(story + rng.normal(scale=scale, size=story.shape))) for scale in (0.5, 1.0))]
    some = Sketches.of(range(11), ["en"] * 10 + ["de"], [NOWHERE] * 11, made)
    near = Nearest(sketch_of(quantise(story)), TranslationConfig(best=best))
    for part in (range(5), range(5, 11)):  # as a pile passes by
        near.look_at(some, np.isin(some.numbers, part))
    assert near.numbers() == list(range(9 + others))


def test_candidates_without_partners_are_not_read_as_a_whole():
    rng = np.random.default_rng(4)
    story, others = rng.normal(size=(12, 64)), rng.normal(size=(14, 64))
    told = quantise(story[3:9] + rng.normal(scale=0.4, size=(6, 64)))
    config = TranslationConfig()
    assert worth_reading(quantise(story), told, config)
    assert worth_reading(told, quantise(story), config)
    assert not worth_reading(quantise(story), quantise(others), TranslationConfig(partners=1.0))
    assert worth_reading(quantise(story), quantise(others[:2]), config)  # too few to tell
