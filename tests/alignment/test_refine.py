from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.ranges import Side
from dedup.alignment.refine import Measure, refine_one
from dedup.compiled.decorators import borrowing_kernel
from tests.alignment.made import STEMS, pair_of, text_of
from tests.reference import alignment as reference


@borrowing_kernel
def _refine_one(pair, rectangle, measures, reach, bonus):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    refine_one(pair, rectangle, measures, reach, bonus)


numbers = st.lists(st.integers(0, STEMS - 1), min_size=1, max_size=14)
probabilities = st.lists(st.floats(0.001, 0.3), min_size=STEMS, max_size=STEMS)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_refined_ends_are_the_best_ones(left: list[int], right: list[int], data: st.DataObject) -> None:
    """Stable rectangles: no other end of one side beats the chosen one, and the measures are the reference's."""
    probability = np.array(data.draw(probabilities), np.float32)
    marks = [data.draw(st.lists(st.integers(0, 1), min_size=n + 1, max_size=n + 1)) for n in (len(left), len(right))]
    found, measures = np.array([[0, len(left)], [0, len(right)]], np.int32), np.zeros((2, len(Measure)))

    def go_on() -> None:
        pair = pair_of(text_of(left, marks[0]), text_of(right, marks[1]), probability.tolist())
        _refine_one(pair, found, measures, 60, 1.5)

    go_on()
    before = found.tolist()
    go_on()
    if before != found.tolist():
        return  # still moving after the last round
    (a, b), (c, d) = found.tolist()
    scores = measures[:, Measure.SCORE]
    score = reference.range_score(left[a:b], right[c:d], probability.tolist(), 0.4)
    assert scores[Side.LEFT] == pytest.approx(score, abs=1e-3)
    back = reference.range_score(right[c:d], left[a:b], probability.tolist(), 0.4)
    assert scores[Side.RIGHT] == pytest.approx(back, abs=1e-3)
    for end in range(a + 1, len(left) + 1):
        other = reference.range_score(left[a:end], right[c:d], probability.tolist(), 0.4)
        assert other + 1.5 * marks[0][end] <= score + 1.5 * marks[0][b] + 1e-3
