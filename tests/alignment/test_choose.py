from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.alignment.choose import BLOCK, Blocks
from dedup.alignment.ranges import Range

ranges = st.tuples(st.integers(0, 9 * BLOCK), st.integers(1, 3 * BLOCK)).map(lambda at: Range(at[0], sum(at)))


@given(st.lists(ranges, max_size=20), ranges)
def test_all_ranges_that_overlap_one_are_near_it(others: list[Range], words: Range) -> None:
    blocks = Blocks()
    for number, other in enumerate(others):
        blocks.put(other, number)
    near = blocks.near(words)
    assert {k for k, other in enumerate(others) if words.overlap(other) > 0} <= near
    assert all(words.first - BLOCK < others[k].last and others[k].first < words.last + BLOCK for k in near)
