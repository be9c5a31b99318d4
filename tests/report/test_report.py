"""Reports: exact fields, whole files, stable bytes, and the summary. The pages are tested in files of their own."""

import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest

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
            "percentile": None,
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
        lines = ["articles", "clusters", "matches", "skipped", "templates", "texts"]
        assert names == sorted(["report.html", "scan.json", *(f"{name}.jsonl" for name in lines)])
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
