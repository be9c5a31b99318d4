"""The geometry of the pictures: nothing is lost, nothing overlaps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.report.pictures import BARS, OTHERS, WIDTH, flow_picture, timeline

NAMES = st.sampled_from([f"source {n}" for n in range(14)])


@given(st.dictionaries(st.tuples(NAMES, NAMES), st.integers(1, 50), min_size=1))
def test_flows_keep_every_copy_and_nodes_stand_apart(flows):
    picture = flow_picture(flows)
    total = sum(flows.values())
    assert sum(band.copies for band in picture.bands) == total
    for nodes in (picture.origins, picture.copiers):
        assert sum(node.copies for node in nodes) == total
        assert len(nodes) <= 9
        assert all(a.y + a.height <= b.y for a, b in pairwise(nodes))
        assert nodes[-1].y + nodes[-1].height <= picture.height
        assert OTHERS not in [node.name for node in nodes[:-1]]


def test_no_flows():
    assert flow_picture({}).bands == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.booleans()), max_size=30)
)
def test_timeline_counts_every_article(moments):
    found = timeline(moments)
    assert sum(bar.originals + bar.copies for bar in found.bars) + found.undated == len(moments)
    if found.bars:
        assert found.most == max(bar.originals + bar.copies for bar in found.bars)
        assert max(bar.originals_height + bar.copies_height for bar in found.bars) == pytest.approx(BARS, abs=0.2)
        assert found.bars[-1].x + found.bars[-1].width <= WIDTH


@pytest.mark.parametrize(
    ("days", "unit", "bars"),
    [(3, "day", 4), (100, "week", 15), (900, "month", 30), (5000, "year", 14),
     (99_999, "decade", 28), (700_000, "century", 20)],
)  # fmt: skip
def test_bars_of_a_day_to_a_year_without_holes(days, unit, bars):
    first = datetime(2020, 1, 6, 23, tzinfo=UTC)
    found = timeline([(first, False), (first + timedelta(days=days), True)])
    assert (found.unit, len(found.bars)) == (unit, bars)
    assert all((b.first - a.last).days == 1 for a, b in pairwise(found.bars))
    assert found.bars[0].first <= first.date() <= found.bars[0].last
