"""The overview: stories, flows between sources, turned facts, ours against the rest."""

from datetime import UTC, datetime

from dedup.records import Article, Cluster, Kind
from dedup.report.headlines import headline
from dedup.report.lines import LEFT, RIGHT, UNKNOWN, Line
from dedup.report.overview import Flow, OursCopied, figures, first_copy, overview

DAY = datetime(2026, 5, 4, 8, tzinfo=UTC)


def article(id_: str, source: str | None, hour: int | None = None):
    published = None if hour is None else DAY.replace(hour=hour)
    return headline(Article(id_, "", f"Title {id_}", source=source, published=published), ours=["Ours"])


HEADLINES = [
    article("a", "Ours", 8),
    article("b", "Echo", 11),
    article("c", "Post", 10),
    article("d", None),
    article("x", "Echo"),
]
CLUSTERS = [Cluster("k", "a", ("a", "b", "c", "d"), (("b", "a"), ("c", "b")))]


def line(left: int, right: int, original: int = LEFT, kind: Kind = Kind.REWRITE, cluster: int = 0, **other) -> Line:
    values = {"turned": 0, "conflict": False, "facts": ()} | other
    return Line(
        left, right, kind, 0.9, original, 0.9, "earlier date", None, (0.5, 0.5), values["turned"], values["conflict"],
        None, UNKNOWN, cluster, facts=values["facts"],
    )  # fmt: skip


LINES = [
    line(0, 1),
    line(1, 2, turned=2, facts=(("who", "Ann", "Bob"),)),
    line(0, 2, turned=1),  # no step of the story: c was copied from b
    line(0, 3, UNKNOWN, conflict=True),
    line(0, 4, RIGHT, Kind.PARTIAL, UNKNOWN),
]


def test_every_copy_counts_once_from_what_it_was_copied_from():
    found = overview(HEADLINES, LINES, CLUSTERS)
    assert found.flows == [Flow("Echo", "Post", 1), Flow("Ours", "Echo", 1)]
    assert found.unclear == 1


def test_stories():
    [story] = overview(HEADLINES, LINES, CLUSTERS).stories
    assert (story.id, story.lead.id, story.articles, story.sources) == ("k", "a", 4, 3)
    assert (story.first.id, story.first_published) == ("c", "2026-05-04 10:00 UTC")
    assert (story.turned, story.conflicts) == (1, 1), "copies are counted, not pairs of copies"


def test_no_copy_with_a_date_comes_first():
    assert first_copy(HEADLINES[0], [HEADLINES[0], HEADLINES[3]]) is None


def test_turned_facts_are_quoted_from_original_to_copy():
    turned = overview(HEADLINES, [line(1, 2, RIGHT, turned=2, facts=(("who", "Ann", "Bob"),))], CLUSTERS).turned
    assert [(each.turned, each.facts) for each in turned] == [(2, [("who", "Bob", "Ann")])]


def test_ours_against_the_rest_by_who_took_what():
    lines = [line(0, 1), line(0, 1, RIGHT), line(0, 3, UNKNOWN), line(1, 2), line(0, 2), line(0, 4, LEFT, Kind.PARTIAL)]
    assert overview(HEADLINES, lines, CLUSTERS).ours == [
        OursCopied("Echo", 1, 1, 0),
        OursCopied("source not known", 0, 0, 1),
    ], "what was copied from another copy is not counted"


def test_figures_and_kinds():
    found = overview(HEADLINES, LINES, CLUSTERS)
    assert [(value, number) for value, _, number, _ in found.kinds] == [("rewrite", 4), ("partial", 1)]
    assert figures(9, found, CLUSTERS, 1) == [
        (9, "articles"), (1, "story with copies"), (3, "copies"), (5, "matches"), (1, "copy that turns facts"),
        (1, "input skipped"),
    ]  # fmt: skip


def test_nothing_found():
    found = overview([], [], [])
    assert [len(part) for part in (found.stories, found.flows, found.turned, found.kinds, found.ours)] == [0] * 5
    assert not found.timeline.bars
