"""Chain, features and verdict by an encoder that knows a handful of made-up words: no extra is needed."""

import numpy as np
import pytest

from dedup.records import SHARE_FEATURE, Article, Kind
from dedup.translation.chain import Side
from dedup.translation.config import TranslationConfig
from dedup.translation.encoder import quantise
from dedup.translation.facts import Facts
from dedup.translation.features import FACTS, PAIR, Measure, Text, measure
from dedup.translation.judge import judge
from dedup.translation.model import Model, shipped_model
from dedup.translation.sentences import split
from dedup.translation.use_encoder import UseEncoder

CONFIG = TranslationConfig()


@pytest.fixture(scope="module")
def model():
    return shipped_model(UseEncoder.name)


def meaning(sentence, language):
    """A vector by the number that ends a sentence, with a little of the language in it."""
    rng = np.random.default_rng([int(sentence.rstrip(".").split()[-1]), 7])
    return rng.normal(size=512) + 0.6 * np.random.default_rng([len(language), *language.encode()]).normal(size=512)


class Plain(Text):
    facts = Facts((), (), (), frozenset(), "")


def text(id_, language, numbers):
    body = " ".join(
        f"{'Satz' if language == 'de' else 'Sentence'} of the story that has the number {n + 100}." for n in numbers
    )
    article, spans = Article(id_, body), split(body)
    vectors = quantise(np.array([meaning(body[a:b], language) for a, b in spans]))
    return Plain(article, language, spans, Side.of(vectors, [b - a for a, b in spans], language))


def test_the_same_story_in_two_languages_is_a_translation(model):
    left, right = text("a", "en", range(12)), text("b", "de", range(12))
    match = judge(left, right, model, CONFIG)
    assert match is not None
    assert match.kind is Kind.TRANSLATION
    assert match.probability > 0.99
    assert judge(right, left, model, CONFIG) == match
    assert [(p.left, p.right) for p in match.alignment.passages] == list(zip(left.spans, right.spans, strict=True))
    assert match.shared == (1.0, 1.0)
    assert match.alignment.features[SHARE_FEATURE] == 1.0


def test_another_story_is_none_and_two_sentences_in_common_are_not_enough(model):
    assert judge(text("a", "en", range(12)), text("b", "de", range(50, 62)), model, CONFIG) is None
    match = judge(text("a", "en", range(12)), text("b", "de", [*range(50, 60), 3, 7]), model, CONFIG)
    assert match is None or match.kind is Kind.POSSIBLE_TRANSLATION


def test_what_was_left_out_is_told_with_its_place(model):
    left, right = text("a", "en", range(14)), text("b", "de", [*range(4), *range(9, 14)])
    match = judge(left, right, model, CONFIG)
    assert match is not None
    assert match.kind is Kind.TRANSLATION
    (gone,) = [one for one in match.evidence if one.type == "omission"]
    assert gone.left == (left.spans[4][0], left.spans[8][1])
    assert gone.right == (right.spans[4][0],) * 2
    assert left.article.text[slice(*gone.left)] == gone.left_text
    assert gone.right_text == ""
    assert match.original == "a"
    assert match.original_reason.startswith("more complete")


def test_features_are_the_same_in_either_order():
    left, right = text("a", "en", range(14)), text("b", "de", [*range(2, 9), *range(30, 36)])
    one, two = measure(left, right)[0], measure(right, left)[0]
    assert np.allclose(one, two)
    assert one[Measure.COVERED_MIN] < one[Measure.COVERED_MAX] < 0.7


def test_facts_are_looked_up_only_where_they_may_decide(model, monkeypatch):
    assert all(weight >= 0 for column, weight in zip(*_weights(model), strict=True) if column in FACTS)
    monkeypatch.setattr(Plain, "facts", property(lambda _: pytest.fail("looked up")))
    assert judge(text("a", "en", range(12)), text("b", "de", range(50, 62)), model, CONFIG) is None


def _weights(model):
    return model.regression.columns.tolist(), model.regression.weights.tolist()


def test_two_sentences_that_agree_prove_less_than_six(model):
    def probability(numbers):
        vector, _ = measure(text("a", "en", numbers), text("b", "de", numbers))
        return model.probability(vector, ("en", "de"))

    assert probability(range(1)) < probability(range(2)) < probability(range(6))


def test_a_model_of_another_encoder_is_refused():
    from dedup.errors import ModelMismatch

    shipped_model.cache_clear()
    with pytest.raises(ModelMismatch, match="another"):
        shipped_model("another")
    shipped_model.cache_clear()


def test_the_model_names_features_that_there_are(model):
    assert isinstance(model, Model)
    assert set(model.regression.columns.tolist()) <= set(range(len(PAIR)))
    assert set(model.means) == UseEncoder.languages
