"""`dedup evaluate`, `dedup tune` and `--profile`."""

import json
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from dedup.cli import main
from tests.made_articles import edited, story


def run(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"id": f"o{n}", "text": story(n)} for n in range(6)] + [
        {"id": f"<c{n}>", "text": edited(n)} for n in range(4)
    ]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    labels = [(f"o{n}", f"<c{n}>", 1) for n in range(4)] + [("o0", "o1", 0), ("o2", "o5", 0), ("o3", "o4", 1)]
    table = "".join(f"{a},{b},{copy}\n" for a, b, copy in labels)
    (tmp_path / "gold.csv").write_text(f"left,right,label\n{table}o1,o2,who knows\n", "utf-8")
    return tmp_path


class Tags(HTMLParser):
    """The tags of a page, and the addresses of its links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]


class TestEvaluate:
    def test_articles(self, folder):
        result = run("evaluate", "gold.csv", "news.jsonl", "-o", "out", "--workers", 1)
        assert result.exit_code == 0, result.output
        assert "7 labelled pairs in 3 independent groups, 5 of them copies" in result.output
        assert "precision          1.000" in result.output
        assert "recall             0.800" in result.output
        assert "1 rows could not be used, such as line 9: the label 'who knows'" in result.output
        written = json.loads((folder / "out" / "evaluation.json").read_text("utf-8"))
        assert written["recall"]["value"] == 0.8
        (error,) = [json.loads(line) for line in (folder / "out" / "errors.jsonl").read_text("utf-8").splitlines()]
        assert (error["left"], error["right"], error["error"]) == ("o3", "o4", "missed")

    def test_the_page_is_whole_and_loads_nothing(self, folder):
        run("evaluate", "gold.csv", "news.jsonl", "-o", "out", "--threshold", 1, "--workers", 1)
        text = (folder / "out" / "evaluation.html").read_text("utf-8")
        page = Tags()
        page.feed(text)
        assert {"svg", "polyline", "circle", "table"} <= page.tags
        assert not page.tags & {"script", "link", "img", "iframe"}
        assert not page.links
        assert "&lt;c1&gt;" in text
        assert "<c1>" not in text

    def test_results_of_a_scan_link_their_report(self, folder):
        assert run("scan", "news.jsonl", "-o", "found", "--workers", 1).exit_code == 0
        result = run("evaluate", "gold.csv", "found", "-o", "out", "--articles", "news.jsonl")
        assert result.exit_code == 0, result.output
        assert "120 to 249 words" in result.output
        page = Tags()
        page.feed((folder / "out" / "evaluation.html").read_text("utf-8"))
        assert page.links == ["../found/report.html#/pair/o3/o4"]

    def test_results_of_another_tool(self, folder):
        (folder / "theirs.csv").write_text("left,right,score\no0,<c0>,3.5\no0,o1,2.5\n", "utf-8")
        result = run("evaluate", "gold.csv", "theirs.csv", "--json")
        found = json.loads(result.output)
        assert (found["precision"]["value"], found["recall"]["value"]) == (0.5, 0.2)
        assert found["brier"] is None

    def test_wrong_usage(self, folder):
        assert "is not COLUMN=NAME" in run("evaluate", "gold.csv", "news.jsonl", "--column", "x=y").output
        result = run("evaluate", "gold.csv")
        assert (result.exit_code, "the labels have no texts" in result.output) == (1, True)


class TestTune:
    @pytest.fixture
    def gold(self, folder):
        rows = [{"left_text": story(n), "right_text": edited(n, 0.3), "label": 1} for n in range(20)]
        rows += [{"left_text": story(n), "right_text": story(n + 1), "label": 0} for n in range(20, 60, 2)]
        (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return "pairs.jsonl"

    def test_a_profile_that_other_commands_use(self, folder, gold):
        result = run("tune", gold, "--recall", 0.9, "-o", "own.json", "--workers", 1)
        assert result.exit_code == 0, result.output
        assert "40 labelled pairs in 40 independent groups" in result.output
        assert "such pairs" not in result.output
        threshold = json.loads((folder / "own.json").read_text("utf-8"))["settings"]["judge"]["threshold"]
        assert f"threshold {threshold:g}" in result.output
        for n, text in enumerate((story(3), edited(3, 0.3))):
            (folder / f"{n}.txt").write_text(text, "utf-8")
        assert run("compare", "0.txt", "1.txt", "--profile", "own.json").exit_code == 0
        for command in (["scan", "-o", "out"], ["dedupe", "-o", "clean"], ["index", "add", "archive", "--check"]):
            done = run(*command, "0.txt", "1.txt", "--profile", "own.json")
            assert done.exit_code == 0, done.output
        assert run("index", "check", "archive", "1.txt", "--profile", "own.json").exit_code == 3

    def test_wrong_usage(self, folder, gold):
        assert "give either --precision or --recall" in run("tune", gold, "-o", "own.json").output
        (folder / "own.json").write_text('{"dedup_profile": 1, "settings": {"judge": {"treshold": 1}}}', "utf-8")
        result = run("scan", "news.jsonl", "--profile", "own.json")
        assert (result.exit_code, "judge has no setting treshold" in result.output) == (2, True)
        both = run("scan", "news.jsonl", "--profile", "own.json", "--preset", "near")
        assert "give either --preset or --profile" in both.output
