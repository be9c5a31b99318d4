"""How records show themselves: short whatever they hold, and safe in a page."""

from datetime import UTC, datetime

from dedup.records import Alignment, Article, ArticleScore, Cluster, Evidence, Finding, Kind, Match, Passage

HUGE = "word " * 200_000
MANY = tuple(Evidence("swap", (i, i + 1), (i, i + 1), f"<b>{i}</b>", "&\ud800" * 300) for i in range(1_000))
MATCH = Match(
    "<a>", "b" * 500, Kind.SHARED_ORIGIN, 0.875, None, "unknown", Alignment((Passage((0, 1), (0, 1), 1.0),)), MANY
)
FINDING = Finding("swap", (0, 5), "<script>", "script", "a & b", True)
SCORE = ArticleScore(0.5, {"spun": 0.25, "llm": 0.125}, {}, None, (FINDING,) * 2)


def test_records_are_shown_on_one_short_line():
    cluster = Cluster("0123", "a", tuple(map(str, range(100_000))))
    for record in (Article(HUGE, HUGE, HUGE, published=datetime(1, 1, 1, tzinfo=UTC)), MATCH, SCORE, cluster):
        assert len(repr(record)) < 250
        assert "\n" not in repr(record)
    assert repr(SCORE) == "<ArticleScore 0.50 (spun 0.25, llm 0.12); 2 findings>"
    assert repr(ArticleScore(None, {}, {}, "too short", ())) == "<ArticleScore abstained: too short; 0 findings>"
    assert repr(cluster) == "<Cluster 0123: 100,000 members, lead 'a'>"
    assert repr(MATCH).startswith("<Match shared origin: '<a>' and 'bbb")
    assert repr(MATCH).endswith("1 passage, 1,000 differences>")


def test_records_of_wrong_types_can_be_shown():
    assert repr(Article(None, b"x")) == "Article(id=<NoneType>, text=<bytes>, 0 characters)"  # type: ignore[arg-type]


def test_tables_for_notebooks_are_escaped_and_short():
    page = MATCH._repr_html_()
    assert "&lt;a&gt;" in page
    assert "<b>" not in page
    assert "&amp;" in page
    assert "and 960 more" in page
    assert len(page.encode()) < 80_000
    assert "<script>" not in SCORE._repr_html_()
    assert "a &amp; b" in SCORE._repr_html_()
    assert ArticleScore(None, {}, {}, "too <short>", ())._repr_html_() == (
        "<table><caption>abstained: too &lt;short&gt;</caption></table>"
    )
