"""Headlines: titles without names of sites, one spelling a source, whose articles are ours, safe links."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dedup.records import Article
from dedup.report.headlines import headline, is_ours, link, tidied, when


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Menu\nHome | Sport | Tips and more\nA bridge is opened in Ostrel\nMore.", "A bridge is opened in Ostrel"),
        ("word " * 40, "word " * 16 + "word …"),
        ("One line.", "One line."),
        ("字" * 200, "字" * 90),
        ("", "x/y.txt"),
    ],
)  # fmt: skip
def test_an_article_without_title_goes_by_its_first_whole_line(text, expected):
    shown = headline(Article("x/y.txt", text))
    assert (shown.title, shown.titled) == (expected, False)


def test_name_of_its_own_site_is_taken_from_a_title():
    shown = headline(Article("x", "", "Bridge opens - Ostrel News", source="Ostrel News"))
    assert shown.title == "Bridge opens"


def test_what_half_of_a_source_s_titles_end_with_is_taken_away():
    def of(title):
        return headline(Article(title, "", title, url="https://www.on.example/x"))

    titles = ["Bridge opens | ON24", "Rain falls | ON24", "Cup won | ON24", "A mayor | resigns"]
    assert [each.title for each in tidied([of(t) for t in titles])] == [
        "Bridge opens", "Rain falls", "Cup won", "A mayor | resigns",
    ]  # fmt: skip
    assert [each.title for each in tidied([of(t) for t in titles[:2]])] == titles[:2], "two titles tell nothing"


def test_one_spelling_of_a_source():
    shown = [headline(Article(str(n), "", "T", source=s)) for n, s in enumerate(("Echo", "echo ", "Echo", None))]
    assert [each.source for each in tidied(shown)] == ["Echo", "Echo", "Echo", None]


@pytest.mark.parametrize(
    ("name", "ours"),
    [("ECHO", True), ("echo.example", True), ("example", True), ("cho.example", False), ("news/echo", True),
     ("news/echo/", True), ("news/ech", False), ("", False)],
)  # fmt: skip
def test_ours_by_source_site_and_folder(name, ours):
    article = Article("news/echo/1.txt", "", None, "https://www.echo.example/1", "Echo")
    assert is_ours(article, [name]) is ours


def test_only_web_addresses_are_links():
    assert link("HTTPS://x.example/a") == "HTTPS://x.example/a"
    assert [link(url) for url in ("javascript:alert(1)", " https://x", "data:text/html,x", None, "")] == [None] * 5


def test_dates_carry_their_zone_and_days_none():
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    assert when(moment, False) == "2026-03-04 05:06 UTC"
    assert when(moment, True) == "2026-03-04"
    assert when(moment.astimezone(timezone(timedelta(hours=-3, minutes=-30))), False) == "2026-03-04 01:36 -03:30"
    assert when(None, False) is None
