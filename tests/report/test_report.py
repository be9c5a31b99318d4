"""Reports: exact fields, whole files, stable bytes, and a page that stays usable and safe."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates.join import Capped
from dedup.errors import InputError
from dedup.records import (
    Alignment,
    Article,
    ArticleScore,
    Cluster,
    Evidence,
    Finding,
    Kind,
    Match,
    Passage,
    Skipped,
)
from dedup.report import summary, write_lines, write_report
from dedup.report.marks import context, pieces, side_by_side
from dedup.report.summary import LIMITS, limits
from dedup.results import Report

LEFT = "The mayor of Ostrel opened the new bridge on Friday. It cost 40 million and took three years to build."
RIGHT = "The mayor of Ostrell opened the new span on Friday. It cost 14 million and took three years to build."


def evidence(type_: str, left: str, right: str) -> Evidence:
    a, b = LEFT.index(left), RIGHT.index(right)
    return Evidence(type_, (a, a + len(left)), (b, b + len(right)), left, right)


def match(left: str = "a", right: str = "b", kind: Kind = Kind.REWRITE, probability: float = 0.98765) -> Match:
    found = (
        evidence("name", "Ostrel ", "Ostrell "),
        evidence("swap", "bridge", "span"),
        evidence("number", "40", "14"),
    )
    return Match(
        left, right, kind, probability, left, "the other one has corrupted names",
        Alignment((Passage((0, 52), (0, 51), 0.8), Passage((53, len(LEFT)), (52, len(RIGHT)), 0.9))), found,
        method="spun", method_probabilities={"spun": 0.7, "llm": 0.3},
    )  # fmt: skip


SCORE = ArticleScore(
    0.91, {"spun": 0.91, "llm": 0.1}, {"spun": 99.5}, None,
    (Finding("swap", (39, 43), "span", "bridge", "never seen, its synonym often", True),),
)  # fmt: skip


def report(**changes: object) -> Report:
    articles = {
        "a": Article("a", LEFT, "A bridge", "https://news.example/a", "News", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        "b": Article("b", RIGHT, "<script>alert(1)</script>", "javascript:alert(1)", None),
        "c": Article("c", "Something else."),
    }
    abstained = ArticleScore(None, {}, {}, "under 100 words", ())
    values: dict[str, object] = {
        "ids": ["a", "b", "c"],
        "matches": (match(),),
        "clusters": (Cluster("0123", "a", ("a", "b")),),
        "skipped": (Skipped("x.txt", None, "empty file"), Skipped("y.jsonl", 3, "no field 'text'")),
        "scores": {"a": SCORE, "b": SCORE, "c": abstained},
        "capped": {"postings": 12},
        "seconds": {"read": 0.5},
        "article": articles.__getitem__,
    }
    return Report(**(values | changes))  # type: ignore[arg-type]


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Page(HTMLParser):
    """Notes tags that are not closed in order, attributes that load something, and the words."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [(name, value or "") for name, value in attrs if name in ("src", "href", "srcset", "action")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)


class TestFiles:
    def test_fields(self, tmp_path):
        write_report(report(), tmp_path / "out")
        [row] = lines(tmp_path / "out" / "matches.jsonl")
        assert row == {
            "left": "a", "right": "b", "kind": "rewrite", "probability": 0.9877, "original": "a",
            "original_reason": "the other one has corrupted names", "original_confidence": 0.5,
            "method": "spun", "method_probabilities": {"spun": 0.7, "llm": 0.3},
            "passages": [
                {"left": [0, 52], "right": [0, 51], "similarity": 0.8},
                {"left": [53, 102], "right": [52, 101], "similarity": 0.9},
            ],
            "evidence": [
                {"type": "name", "left": [13, 20], "right": [13, 21], "left_text": "Ostrel ", "right_text": "Ostrell ",
                 "fact": ""},
                {"type": "swap", "left": [35, 41], "right": [36, 40], "left_text": "bridge", "right_text": "span",
                 "fact": ""},
                {"type": "number", "left": [61, 63], "right": [60, 62], "left_text": "40", "right_text": "14",
                 "fact": ""},
            ],
            "resemblance": None, "share": None, "same_site": None,
            "contradictions": 0, "shared": [0.0, 0.0], "date_conflict": False, "container": None,
        }  # fmt: skip
        assert lines(tmp_path / "out" / "clusters.jsonl") == [
            {"id": "0123", "lead": "a", "members": ["a", "b"], "parents": []}
        ]
        articles = lines(tmp_path / "out" / "articles.jsonl")
        assert [(a["id"], a["cluster"], a["score"]["overall"]) for a in articles] == [
            ("a", "0123", 0.91),
            ("b", "0123", 0.91),
            ("c", None, None),
        ]
        assert articles[0]["score"] == {
            "overall": 0.91, "parts": {"spun": 0.91, "llm": 0.1}, "percentiles": {"spun": 99.5}, "abstained": None,
            "evidence": [{"type": "swap", "span": [39, 43], "found": "span", "expected": "bridge",
                          "reason": "never seen, its synonym often", "strong": True}],
        }  # fmt: skip
        assert articles[2]["score"]["abstained"] == "under 100 words"
        assert lines(tmp_path / "out" / "skipped.jsonl") == [
            {"source": "x.txt", "line": None, "reason": "empty file"},
            {"source": "y.jsonl", "line": 3, "reason": "no field 'text'"},
        ]

    def test_without_scores(self, tmp_path):
        write_report(report(scores={}), tmp_path)
        assert [a["score"] for a in lines(tmp_path / "articles.jsonl")] == [None] * 3

    def test_nothing_found(self, tmp_path):
        write_report(report(ids=[], matches=(), clusters=(), skipped=(), scores={}, capped={}), tmp_path)
        assert all((tmp_path / f"{name}.jsonl").read_bytes() == b"" for name in ("matches", "articles", "skipped"))
        assert "No copies found." in (tmp_path / "report.html").read_text()

    def test_same_report_same_bytes_and_no_leftovers(self, tmp_path):
        for _ in range(2):
            write_report(report(), tmp_path / "one")
        write_report(report(), tmp_path / "two")
        names = sorted(p.name for p in (tmp_path / "one").iterdir())
        lines = ["articles", "clusters", "matches", "skipped", "templates"]
        assert names == sorted(["report.html", *(f"{name}.jsonl" for name in lines)])
        assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)

    def test_a_failure_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "x.jsonl"
        write_lines(path, [{"a": 1}])

        def failing():
            yield {"a": 2}
            raise RuntimeError

        with pytest.raises(RuntimeError):
            write_lines(path, failing())
        assert path.read_text() == '{"a":1}\n'
        assert list(tmp_path.iterdir()) == [path]

    def test_half_characters_are_written_as_replacement_marks(self, tmp_path):
        assert write_lines(tmp_path / "x", [{"a": ["\ud800 and 漢"]}]) == 1
        assert (tmp_path / "x").read_text("utf-8") == '{"a":["� and 漢"]}\n'

    def test_folder_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="cannot be made"):
            write_report(report(), tmp_path / "file" / "out")


class TestPage:
    def test_shows_everything_and_loads_nothing(self, tmp_path):
        html = write_report(report(), tmp_path).read_text("utf-8")
        page = Page(html)
        assert not page.open
        assert page.loads == [("href", "https://news.example/a")]
        assert "script" not in page.tags
        text = " ".join("".join(page.words).split())
        for shown in ("A bridge", "<script>alert(1)</script>", "the other one has corrupted names", "0.99", "spun",
                      "bridge → span", "40 → 14", "expected “bridge”", "empty file", "no field 'text'",
                      "Not looked at in full: 12 postings", "2026-01-02 03:04"):  # fmt: skip
            assert shown in text
        assert '<mark class="swap">bridge</mark>' in html
        assert '<mark class="same">opened the new</mark>' in html
        assert not re.search(r"url\(|@import|https?://(?!news\.example)", html)

    def test_ten_thousand_matches(self, tmp_path):
        names = [f"{i:05}" for i in range(20_000)]
        pairs = list(zip(names[::2], names[1::2], strict=True))
        path = write_report(
            report(
                ids=names,
                matches=tuple(match(a, b) for a, b in pairs),
                clusters=tuple(Cluster(a, a, (a, b)) for a, b in pairs),
                scores={},
                skipped=tuple(Skipped(f"{i}", None, "empty file") for i in range(10_000)),
                article=lambda name: Article(name, RIGHT if int(name) % 2 else LEFT),
            ),
            tmp_path,
        )
        html = path.read_text()
        assert len(lines(tmp_path / "matches.jsonl")) == 10_000
        assert len(html) < 5_000_000
        assert "9,500 more clusters in clusters.jsonl" in html
        assert "9,500 more inputs in skipped.jsonl" in html

    def test_one_cluster_of_thousands_and_long_passages(self, tmp_path):
        names = [f"{i:05}" for i in range(8000)]
        long = Article("", "word after word " * 10_000)
        passage = Alignment((Passage((0, 150_000), (0, 150_000), 1.0),))
        matches = tuple(Match(names[0], n, Kind.NEAR, 1.0, None, "nothing tells", passage) for n in names[1:300])
        clusters = (Cluster("c", names[0], tuple(names)),)
        path = write_report(
            report(ids=names, matches=matches, clusters=clusters, scores={}, article=lambda _: long), tmp_path
        )
        html = path.read_text()
        assert len(html) < 5_000_000
        assert "7,950 more articles in clusters.jsonl" in html
        assert "This passage goes on" in html

    def test_partial_matches_stand_apart(self, tmp_path):
        html = write_report(report(matches=(match(kind=Kind.PARTIAL),), clusters=()), tmp_path).read_text()
        assert html.index("No copies found.") < html.index("Shared passages") < html.index("bridge</mark>")

    def test_worst_articles_are_listed_worst_first(self, tmp_path):
        names = [f"{i:03}" for i in range(200)]
        scores = {n: ArticleScore(int(n) / 199, {"spun": int(n) / 199}, {}, None, ()) for n in names}
        html = write_report(
            report(ids=names, scores=scores, matches=(), clusters=(), article=lambda n: Article(n, LEFT)), tmp_path
        ).read_text()
        shown = re.findall(r'<bdi class="id">(\d{3})</bdi>', html)
        assert shown == sorted(names, reverse=True)[:50]


class TestMarks:
    @given(
        st.text(max_size=30),
        st.tuples(st.integers(0, 30), st.integers(0, 30)),
        st.lists(st.tuples(st.tuples(st.integers(0, 30), st.integers(0, 30)), st.sampled_from(["a", "b"]))),
    )
    def test_pieces_are_the_text(self, text, span, marks):
        assert (
            "".join(p.text for p in pieces(text, span, marks)) == text[span[0] : max(span)]
            if span[0] <= span[1]
            else True
        )

    def test_evidence_wins_over_common_words(self):
        view = side_by_side(match(), Passage((0, 52), (0, 51), 0.8), LEFT, RIGHT)
        assert [(p.text, p.kind) for p in view.left if p.kind] == [
            ("The mayor of", "same"), ("Ostrel ", "name"), ("opened the new", "same"), ("bridge", "swap"),
        ]  # fmt: skip
        assert not view.cut

    def test_context_is_whole_words_around(self):
        [before, found, after] = context("one two three four five six seven", (14, 18), 4)
        assert (before.text, found.text, after.text) == ("three ", "four", " five")


class TestSummary:
    def test_lines(self):
        text = "\n".join(summary(report()))
        assert "3 articles scanned" in text
        assert "2 skipped" in text
        assert "1 cluster of copies, 2 articles in them" in text
        assert "1 match: 1 rewrite" in text
        assert "b  copies  a" in text
        assert "Not looked at in full: 12 postings" in text

    def test_reasons_that_differ_in_a_number_are_one(self):
        skipped = tuple(Skipped("x", i, f"invalid UTF-8 at byte {i}; no more") for i in range(12))
        assert "       12  invalid UTF-8 at byte N; no more" in list(summary(report(skipped=skipped)))

    def test_stays_short(self):
        names = [f"{i}" for i in range(2000)]
        many = report(
            ids=names,
            matches=tuple(match(a, b) for a, b in zip(names[::2], names[1::2], strict=True)),
            skipped=tuple(Skipped(n, None, f"reason {n}") for n in names),
        )
        assert len(list(summary(many))) < 30

    def test_nothing_found(self):
        assert "No copies found." in list(summary(report(matches=(), clusters=())))


def test_every_limit_of_a_scan_has_a_sentence():
    counted = {field.name for field in fields(Capped)}
    assert counted <= LIMITS.keys()
    shown = list(limits(report(capped=dict.fromkeys(counted, 1234))))
    assert len(shown) == len(counted)
    assert all(line.startswith("Not looked at in full: 1,234 ") and "_" not in line for line in shown)
