from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.choose import BUCKET, Buckets
from dedup.alignment.ranges import Range

ranges = st.tuples(st.integers(0, 9 * BUCKET), st.integers(1, 3 * BUCKET)).map(lambda at: Range(at[0], sum(at)))


@settings(max_examples=50, deadline=None)
@given(st.lists(ranges, max_size=6), ranges)
def test_all_ranges_that_overlap_one_are_near_it(others: list[Range], words: Range) -> None:
    buckets = Buckets()
    for number, other in enumerate(others):
        buckets.put(other, number)
    near = buckets.near(words)
    assert {k for k, other in enumerate(others) if words.overlap(other) > 0} <= near
    assert all(words.first - BUCKET < others[k].last and others[k].first < words.last + BUCKET for k in near)
