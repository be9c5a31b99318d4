from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.contrast import other_stretches
from dedup.alignment.ranges import Side
from dedup.compiled.decorators import borrowing_kernel
from tests.alignment.made import STEMS, pair_of, text_of
from tests.reference import alignment as reference


@borrowing_kernel
def _other_stretches(pair, rectangle, best):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    other_stretches(pair, rectangle, best)


numbers = st.lists(st.integers(0, STEMS - 1), min_size=1, max_size=14)
probabilities = st.lists(st.floats(0.001, 0.3), min_size=STEMS, max_size=STEMS)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_other_stretch_equals_its_reference(left: list[int], right: list[int], data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(st.integers(0, len(left)), st.integers(0, len(left)))))
    probability = np.array(data.draw(probabilities), np.float32)
    rectangle, found = np.array([[a, b], [0, len(right)]], np.int32), np.empty(2)
    _other_stretches(pair_of(text_of(left), text_of(right), probability.tolist()), rectangle, found)

    def value(w: int) -> float:
        p = float(probability[w])
        return float(np.log(0.6 + 0.4 * right.count(w) / (len(right) * p)))

    parts = [[value(w) for w in part] for part in (left[:a], left[b:])]
    assert found[Side.LEFT] == pytest.approx(max(map(reference.best_stretch, parts)), abs=1e-3)
    assert found[Side.RIGHT] == 0.0
