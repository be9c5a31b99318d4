"""What the context model adds to `spun`: only where that is high, never below those that it is not asked about."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ModelMismatch
from dedup.resources import resource
from dedup.scoring import Scorer
from dedup.scoring.calibration import BANDS
from dedup.scoring.context_head import ContextHead, lift
from dedup.scoring.heads import shipped_model
from dedup.text import tokenise
from tests.sample_texts import SPUN

NUMBERS = st.floats(-50, 50)


@given(NUMBERS, NUMBERS, NUMBERS, st.floats(0.1, 3), NUMBERS)
def test_who_is_asked_about_stays_above_those_who_are_not(
    low: float, high: float, more: float, factor: float, gate: float
) -> None:
    low, high = min(low, gate - 1e-6), max(high, gate)
    assert lift(low, more, factor, gate) == low < gate <= lift(high, more, factor, gate)


def test_more_of_the_value_never_lowers_it() -> None:
    values = [lift(value / 10, 1.0, 0.8, 2.0) for value in range(-50, 100)]
    assert values == sorted(values)


def test_the_context_model_is_asked_about_spun_news() -> None:
    scorer, tokens = Scorer(), tokenise(SPUN)
    measured = scorer.measure(tokens, SPUN)
    assert measured.seen is not None
    plain = scorer.model.raw(measured.seen.description, measured.rates)
    assert scorer.model.context.asks(plain["spun"], measured.words)
    assert measured.values["spun"] != plain["spun"]
    assert scorer(tokens, SPUN).percentiles["spun"] > 99.5
    assert {**measured.values, "spun": 0.0} == {**plain, "spun": 0.0}


def test_the_context_model_is_not_asked_about_what_lies_low() -> None:
    model, tokens = shipped_model(), tokenise(SPUN)
    scorer = Scorer(model=replace(model, context=replace(model.context, gates=(math.inf,) * len(BANDS))))
    measured = scorer.measure(tokens, SPUN)
    assert measured.seen is not None
    assert measured.values == model.raw(measured.seen.description, measured.rates)


def test_unfamiliar_news_is_raised_less() -> None:
    head, features = replace(shipped_model().context, surprise=0.0), np.array([0.5, 0.5, 0.0])
    assert head.lifted(20.0, BANDS[1], head.usual, features) > head.lifted(20.0, BANDS[1], head.usual + 1, features) > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature_version": "context-0"}, "trained on features 'context-0'"),
        ({"weights": {"oddness": 1.0}}, "names columns that this version does not compute: oddness"),
    ],
)
def test_a_head_of_other_features_is_refused(change: dict[str, Any], message: str) -> None:
    data = json.loads(resource("score.json").read_text("utf-8"))["heads"]["spun"]["context"]
    with pytest.raises(ModelMismatch, match=message):
        ContextHead.of(data | change, "here")
