"""Pages: the article's own date and title, and text from pieces of HTML."""

import json
import logging
from datetime import UTC, datetime

import pytest

from dedup.read import ReadOptions, Session
from dedup.read.html import fragment_text, parse_page
from dedup.read.inputs import Input
from dedup.read.titles import own_title

TEXT = "<p>The harbour board of Vellmar voted on Tuesday to move the fish market to the old customs shed.</p>" * 3


def page(head: str, language: str = "en"):
    html = f'<html lang="{language}"><head><title>Market moves | Post</title>{head}</head><body><article>{TEXT}'
    return parse_page(html + "</article></body></html>", Input("p.html", ReadOptions(), Session()))


def linked(*nodes: dict) -> str:
    return f'<script type="application/ld+json">{json.dumps(list(nodes))}</script>'


def news(headline: str, date: str, **more: object) -> dict:
    return {"@type": "NewsArticle", "headline": headline, "datePublished": date, **more}


class TestLinkedData:
    def test_teasers_in_lists_are_not_the_article(self):
        teaser = {"@type": "ItemList", "itemListElement": [news("Old tale", "2020-01-01T00:00:00Z")]}
        found = page(linked(teaser, news("Quay", "2026-05-03T10:00:00Z")))
        assert found.published == datetime(2026, 5, 3, 10, tzinfo=UTC)

    def test_the_one_with_the_title_wins(self):
        nodes = [news("Old tale", "2020-01-01T00:00:00Z"), news("Market moves", "2026-05-03T10:00:00Z")]
        assert page(linked(*nodes)).published == datetime(2026, 5, 3, 10, tzinfo=UTC)

    def test_the_one_with_the_address_wins(self):
        nodes = [news("Old tale", "2020-01-01T00:00:00Z"), news("x", "2026-05-03T10:00:00Z", url="https://p.example/1")]
        canonical = '<link rel="canonical" href="https://p.example/1">'
        assert page(canonical + linked(*nodes)).published == datetime(2026, 5, 3, 10, tzinfo=UTC)

    def test_related_ones_inside_the_article(self):
        own = news("Market moves", "2026-05-03", relatedLink=[news("Old tale", "2020-01-01T00:00:00Z")])
        found = page(linked(own))
        assert (found.published, found.day_only) == (datetime(2026, 5, 3, tzinfo=UTC), True)


def test_the_language_tells_the_day():
    meta = '<meta property="article:published_time" content="12/05/2026 10:00">'
    assert page(meta, "en-GB").published == datetime(2026, 5, 12, 10, tzinfo=UTC)
    assert page(meta, "en-US").published == datetime(2026, 12, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Market moves | Vellmar Post"], "Market moves"),
        (["Market moves - Vellmar Post"], "Market moves"),
        (["Vellmar Post: Market moves"], "Vellmar Post: Market moves"),
        (["Vellmar Post | Market moves"], "Market moves"),
        (["Market moves – what now?"], "Market moves – what now?"),
        (["Market | moves | vellmarpost.example"], "Market | moves"),
        (["Vellmar Post", "Market moves"], "Market moves"),
        (["logo", None, "Menu", "Market moves"], "Market moves"),
        (["", None], None),
    ],
)
def test_titles_without_the_site(titles, expected):
    assert own_title(titles, "Vellmar Post", "vellmarpost.example") == expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a &amp; b", "a & b"),
        ("<p>One <b>two</b>.</p><p>Three<br>four</p><script>x()</script>tail", "One two.\nThree\nfour\ntail"),
        ("<ul><li>a</li><li>b</li></ul><!-- c -->", "a\nb"),
        ("", ""),
    ],
)
def test_fragments(html, text):
    assert fragment_text(html) == text


def test_a_page_leaves_nothing_behind():
    def handlers():
        return [len(logging.getLogger(name).handlers) for name in ("trafilatura", "htmldate")]

    page("")
    before = handlers()
    page("")
    assert handlers() == before
