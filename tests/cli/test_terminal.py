"""Nothing that an id, a title, an address or the name of a file says acts on a terminal, in a table or on the page."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.display import harmless, harmless_lines
from dedup.write.matches import write_matches
from tests.made_articles import story

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
FORGED = "x\nReport: out/forged\r\u2028\u202eb\x9b31m\ud800"
ACTS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
NEAR = ("--level", "near", "--workers", "1")


@pytest.fixture
def news(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": FORGED.replace("\ud800", ""), "text": story(1), "title": ESCAPE, "url": f"https://x.example/{ESCAPE}"},
        {"id": f"=cmd|' /C calc'!A0{ESCAPE}", "text": story(1), "title": FORGED.replace("\ud800", "")},
        {"id": ESCAPE, "text": "", "source": FORGED.replace("\ud800", "")},
    ]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / f"{ESCAPE}\n.pdf").write_text("x")
    return tmp_path


def output(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    assert not ACTS.search(result.output), repr(result.output)
    return result.output


def test_commands_print_what_acts_as_escapes(news):
    told = output("scan", "news.jsonl", str(news), "-o", "out", *NEAR)
    assert [line for line in told.splitlines() if line.startswith("Report")] == ["Report: out/report.html"]
    output("dedupe", ".", "-o", "clean", "--format", "jsonl", *NEAR)
    output("index", "add", "archive", "news.jsonl", "-q")
    assert "\\x1b" in output("index", "check", "archive", "news.jsonl", code=3)
    output("index", "show", "archive", f"nobody{ESCAPE}", code=1)
    assert output("index", "show", "archive", FORGED.replace("\ud800", "")).count("\nReport:") == 0
    lists = CliRunner().invoke(main, ["index", "list", "archive"]).output
    assert not ACTS.search(lists.replace("\t", ""))
    assert [line.count("\t") for line in lists.splitlines()] == [3, 3]


def test_errors_too(news):
    assert "\\x1b" in output("scan", "news.jsonl", "--field", f"text={ESCAPE}", "-o", "out", *NEAR, code=1)


def test_a_page_holds_no_controls_and_no_markup_of_others(news):
    report = dedup.scan_paths("news.jsonl", level="near", workers=1)
    page = dedup.write_report(report, news / "out").read_text("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page)
    assert page.count("<bdi") == page.count("</bdi>")
    assert "\x1b" not in page


def test_cells_are_no_formulas(tmp_path):
    articles = [dedup.Article(id_, story(1)) for id_ in ("=1+1", "+2", "-3", "@sum", "\tx", "plain")]
    write_matches(dedup.scan(articles, level="near", workers=1), tmp_path / "matches.csv")
    with (tmp_path / "matches.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells = {row[side] for row in rows for side in ("left", "right")}
    assert "plain" in cells
    assert {cell for cell in cells if cell != "plain"} <= {"'=1+1", "'+2", "'-3", "'@sum", "'\tx"}


def test_harmless():
    assert harmless("naïve “ok” 東京\u200d") == "naïve “ok” 東京\u200d"
    assert harmless("a\x1b[0m\n\u202e\ud800") == "a\\x1b[0m\\n\\u202e\\ud800"
    assert harmless_lines("a\x1b\nb\u2028c") == "a\\x1b\nb\nc"
