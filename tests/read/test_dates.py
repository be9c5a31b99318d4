"""Dates: what they say, what they do not, and which number is the day."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.read.dates import BadDate, DateOrder, language_order, parse_date, when, written


@pytest.mark.parametrize(
    ("value", "expected", "day_only"),
    [
        ("2026-03-04", "2026-03-04", True),
        ("20260304", "2026-03-04", True),
        (20260304, "2026-03-04", True),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07", False),
        ("2026-03-04T00:00:00Z", "2026-03-04", False),
        ("1772600767", "2026-03-04T05:06:07", False),
        ("1772600767000", "2026-03-04T05:06:07", False),
        (1772600767.0, "2026-03-04T05:06:07", False),
        (1772600767000000, "2026-03-04T05:06:07", False),
        ("20260304050607", "2026-03-04T05:06:07", False),
        ("Wed, 04 Mar 2026 05:06:07 GMT", "2026-03-04T05:06:07", False),
        ("March 4, 2026", "2026-03-04", True),
        ("March 4, 2026 9:15 am EST", "2026-03-04T14:15", False),
        ("13/05/2026", "2026-05-13", True),
        ("05/13/2026 10:20", "2026-05-13T10:20", False),
        ("4.5.2026", "2026-05-04", True),
        ("05/05/2026", "2026-05-05", True),
        ("3. März 2026", "2026-03-03", True),
        ("12 mai 2026 à 10:30", "2026-05-12T10:30", False),
        ("4 марта 2026 г.", "2026-03-04", True),
        ("2026年5月3日", "2026-05-03", True),
        ("2026년 5월 3일", "2026-05-03", True),
    ],
)
def test_read(value, expected, day_only):
    assert when(value) == (datetime.fromisoformat(expected).replace(tzinfo=UTC), day_only)


@pytest.mark.parametrize(
    "value",
    [
        "", "10:30", "Tuesday", "March 2026", "2 hours ago", "2026", "12/05/26", "12/05/2026", "31/31/2026", "soon",
        "x" * 500, "9" * 70, 0, "0", 0.0, "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0000-00-00", 1e300, -1e300,
        float("nan"), float("inf"), True, "3026-01-01", "13.5.2026 19-74:00", "March 3, 2026 10:00 +9900",
    ],
)  # fmt: skip
def test_says_nothing(value):
    with pytest.raises(BadDate):
        when(value)
    assert parse_date(value) is None


@pytest.mark.parametrize(("day_first", "month"), [(True, 5), (False, 12)])
def test_order_told(day_first, month):
    assert when("12/05/2026", day_first).moment.month == month


class TestOrder:
    def test_by_other_dates_of_the_site(self):
        order = DateOrder()
        order.learn("13/05/2026", "British")
        order.learn("05/14/2026", "American")
        order.learn("12/05/2026", "Other")
        order.learn(None, "Other")
        found = [order.day_first(site) for site in ("British", "American", "Other")]
        assert found == [True, False, None]

    def test_by_the_whole_pile_where_it_agrees(self):
        order = DateOrder()
        order.learn("13/05/2026", "British")
        assert order.day_first("Other") is True

    def test_by_country(self):
        hosts = ("post.co.uk", "post.de", "post.gov", "post.com", "post.io")
        assert [DateOrder().day_first(None, host) for host in hosts] == [True, True, False, None, None]

    def test_by_language(self):
        assert [language_order(name) for name in ("en-GB", "en_US", "en", "fr", "ja", None)] == [
            True, False, None, True, None, None,
        ]  # fmt: skip


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_whatever_stands_there(value):
    try:
        found = when(value)
    except BadDate:
        return
    assert found.moment.tzinfo is UTC
    assert when(written(*found)) == found
