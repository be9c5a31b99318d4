"""The id of a cluster stays what it was when articles are added: in a larger pile, and beside an archive."""

from datetime import UTC, datetime, timedelta

import pytest

import dedup
from dedup.pipeline.clusters import cluster_id, find_clusters
from dedup.records import Article, Kind, Match
from tests.made_articles import edited, story

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def copy(id_: str, day: int | None, share: float = 0.02) -> Article:
    return Article(id_, edited(1, share), published=None if day is None else DAY + timedelta(days=day))


FIRST = [copy("m", 0), copy("p", 1)]
LATER = [copy("a", 2), copy("z", None)]


def ids(report: dedup.Report) -> list[str]:
    return [cluster.id for cluster in report.clusters]


def near(articles, **options):
    return dedup.scan(articles, level="near", workers=1, **options)


def test_articles_that_are_published_later_leave_it_as_it_is():
    assert ids(near(FIRST)) == ids(near([*LATER, *FIRST])) == [cluster_id(["m"])]


def test_so_do_articles_beside_an_archive_whatever_their_dates():
    assert ids(near([copy("a", -5)], against=FIRST)) == ids(near(FIRST))


def test_an_index_as_archive_gives_the_same_id_as_its_articles():
    with dedup.open_index(None) as index:
        index.add(Article("m", story(1)))
        found = dedup.scan([Article("b", story(1)), Article("m", story(1))], against=index, workers=1)
    assert ids(found) == [cluster_id(["m"])]  # the archive's, which goes by m#archive here


@pytest.mark.parametrize("order", [1, -1])
def test_without_dates_it_is_the_smallest_id(order):
    matches = [Match(a, b, Kind.EXACT, 1.0, None, "", dedup.Alignment(())) for a, b in (("b", "c"), ("a", "b"))]
    assert [cluster.id for cluster in find_clusters(matches[::order])] == [cluster_id(["a"])]
