from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.runs import RunColumn, RunScratch, common_runs, least_shared
from dedup.compiled.decorators import borrowing_kernel
from tests.reference import alignment as reference


@borrowing_kernel
def _common_runs(left, right, run, scratch):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    return common_runs(left, right, run, scratch)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40), st.integers(2, 5))
def test_runs_equal_their_reference(left: list[int], right: list[int], run: int) -> None:
    one, two = (np.array(x, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1) for x in (left, right))
    wanted = reference.common_runs(left, right, run)
    scratch = RunScratch.empty(max(len(left), len(right)))
    runs = scratch.runs[: _common_runs(one, two, run, scratch)]
    found = runs[:, [RunColumn.LEFT, RunColumn.RIGHT, RunColumn.WORDS]].tolist()
    assert [(a, n) for a, _, n in found] == [(a, n) for a, _, n in wanted]
    assert all(left[a : a + n] == right[b : b + n] for a, b, n in found)


def test_a_chain_of_few_shared_words_in_a_row_cannot_be_verbatim() -> None:
    for words, density in ((40, 0.98), (10, 0.5), (3, 1.0), (8, 0.0)):
        most = 10 * words
        least = min(
            m / (others + 1) for m in range(words, most) for others in range(most) if m >= density * (m + others)
        )
        assert least_shared.py_func(words, density) <= least + 1e-9
