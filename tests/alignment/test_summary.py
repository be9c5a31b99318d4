from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.bags import Bag, fill_bag
from dedup.alignment.summary import heaviest_window, stretch_on_boundaries
from dedup.compiled.decorators import borrowing_kernel
from tests.alignment.made import STEMS, scale_of, text_of
from tests.reference import alignment as reference


@borrowing_kernel
def _summary_stretch(text, whole, scale, bag, bonus):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    fill_bag(bag, whole, 0, len(whole), scale)
    return stretch_on_boundaries(text, bag, np.log(1 - scale.alpha), bonus)


@borrowing_kernel
def _heaviest_window(ids, size, weight, counts):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    return heaviest_window(ids, size, weight, counts)


numbers = st.lists(st.integers(0, STEMS - 1), min_size=1, max_size=14)
probabilities = st.lists(st.floats(0.001, 0.3), min_size=STEMS, max_size=STEMS)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_summary_stretch_is_the_best_range(text: list[int], whole: list[int], data: st.DataObject) -> None:
    probability = np.array(data.draw(probabilities), np.float32)
    size = len(text) + 1
    marks = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    scale, bag = scale_of(text, whole, probability.tolist(), len(whole)), Bag.empty(STEMS)
    first, last = _summary_stretch(text_of(text, marks), np.array(whole, np.int32), scale, bag, 1.5)
    values = [float(np.log(0.6 + 0.4 * whole.count(w) / (len(whole) * float(probability[w])))) for w in text]
    reached = sum(values[first:last]) + 1.5 * (marks[first] + marks[last]) if last > first else 0.0
    assert reached == pytest.approx(reference.best_range(values, marks, 1.5), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(numbers, st.integers(1, 8), st.lists(st.floats(0, 4, width=32), min_size=10, max_size=10))
def test_the_heaviest_window_equals_its_reference(ids: list[int], size: int, weight: list[float]) -> None:
    counts = np.zeros(10, np.int32)
    found = _heaviest_window(np.array(ids, np.int32), size, np.array(weight, np.float32), counts)
    assert found == pytest.approx(reference.heaviest_window(ids, size, weight), abs=1e-4)
    assert not counts.any()
