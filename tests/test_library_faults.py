"""What callers may hand in by mistake or on purpose: a call gives a result, a `Skipped` or an error that says why."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

import dedup
from tests.made_articles import story

PHRASE = "The chairman met the boss of the counterfeit consciousness group. "  # a shipped phrase is in it
NUMBERS = [float("nan"), float("inf"), -1, 1e300, "7", None, True]


@pytest.mark.parametrize("id_", ["", None, 7, b"a"])
def test_ids_that_are_none_are_skipped_with_a_reason(id_):
    report = dedup.scan([dedup.Article(id_, story(1)), dedup.Article("b", story(1))], level="near", workers=1)
    assert list(report.ids) == ["b"]
    assert [(one.source, one.line) for one in report.skipped] == [("articles", 1)]
    assert "id" in report.skipped[0].reason
    result = dedup.dedupe([dedup.Article(id_, story(1))], level="near", workers=1)
    assert result.counts["skipped"] == 1


@pytest.mark.parametrize("text", ["", " \n", None, 7, b"text"])
def test_texts_that_are_none_are_skipped_with_a_reason(text):
    report = dedup.scan([dedup.Article("a", text)], level="near", workers=1)
    assert "text" in report.skipped[0].reason


@pytest.mark.parametrize("where", ["{0}" + PHRASE * 30, PHRASE * 15 + "{0} {0}" + PHRASE * 15, "{0}\n" * 300])
def test_half_characters_anywhere(where):
    for half in ("\ud800", "\udfff\ud800", "x\udc80"):
        article = dedup.Article("a", where.format(half))
        dedup.score(article.text)
        dedup.compare(article, dedup.Article("b", where.format("y")))
        assert dedup.scan([article], level="near", workers=1).ids == ["a"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min,
        datetime.max,
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_the_first_and_the_last_year(moment):
    one, two = (dedup.Article(id_, story(1), published=moment) for id_ in "ab")
    three = dedup.Article("c", story(1), published=datetime(2026, 3, 1, tzinfo=UTC))
    assert dedup.compare(one, three).kind is dedup.Kind.EXACT
    assert len(dedup.scan([one, two, three], level="near", workers=1).clusters) == 1
    for keep in ("earliest", "latest", "original"):
        assert len(dedup.dedupe([one, two, three], level="near", keep=keep, workers=1).kept) == 1
    with dedup.open_index(None) as index:
        index.add(one)
        assert index.check(three)
        index.check(one, since=timedelta(days=30))


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("name", ["threshold", "workers"])
def test_numbers_out_of_range_are_named(name, value):
    if value is None:
        return
    with pytest.raises(dedup.ConfigError, match=name):
        dedup.scan([], **{name: value})


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("name", ["max_bytes", "max_characters"])
def test_limits_out_of_range_are_named(name, value):
    with pytest.raises(dedup.ConfigError, match=name):
        dedup.ReadOptions(**{name: value})


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "//", "\x00", "http://a:99999999/", "\ud800"])
def test_addresses_that_are_none(url):
    pile = [dedup.Article("a", story(1), url=url), dedup.Article("b", story(1), url="https://b.example/1")]
    assert len(dedup.scan(pile, level="near", workers=1).matches) == 1
    assert [one.id for one in dedup.dedupe(pile, level="near", keep=["b.example"], workers=1).kept] == ["b"]
