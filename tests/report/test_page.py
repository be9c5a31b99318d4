"""The page as it is written: whole without a script, nothing from elsewhere, only its own script and style allowed."""

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from dedup.records import Article, Cluster, Kind, Match, Skipped
from dedup.report import write_page, write_report
from dedup.report.chunks import INSIDE
from dedup.results import ClusterTable, MatchTable, Report, ScoreTable, pack_match
from tests.made_report import LEFT, made_report, matches


class Parsed(HTMLParser):
    """Notes tags that are not closed in order, attributes, and the words outside of scripts and style."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.inside: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag in ("style", "script"):
            self.inside.setdefault(dict(attrs).get("type", tag), []).append("")

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] in (["style"], ["script"]):
            next(reversed(self.inside.values()))[-1] += data
        else:
            self.words.append(data)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Parsed:
    path = write_page(made_report(), tmp_path_factory.mktemp("page") / "x.html", mine=["Ostrel News"])
    return Parsed(path.read_text("utf-8"))


def test_overview_is_whole_without_a_script(page):
    text = " ".join("".join(page.words).split())
    for shown in (
        "Copies among 5 articles", "Bridge opens", "2026-01-02 03:04 UTC", "Newsbucket", "How many: 40 → 14",
        "dates and wording disagree", "4 articles such as Rain and Snow", "Reads very much as if it were spun",
        "Not looked at in full: 12 features", "Not listed: 7 matches", "no field 'text'", "Ours are Ostrel News",
        "One is the other told again in other words", "</script><script>document.title='owned'</script>",
    ):  # fmt: skip
        assert shown in text


def test_nothing_comes_from_elsewhere_and_nothing_runs_but_its_own_script(page):
    assert not page.open
    allowed = [value for name, value in page.attributes if name == "content" and "default-src" in value]
    [style], [script] = page.inside["style"], page.inside["script"]
    for text, directive in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in allowed[0]
    assert "default-src 'none'" in allowed[0]
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]
    links = {value for name, value in page.attributes if name in ("href", "src", "action")}
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"url\(|@import|fetch\(|innerHTML|insertAdjacent|document\.write|eval\(", style + script)


def test_nothing_found(tmp_path):
    none = Report(["a"], MatchTable([]), ClusterTable(), (), ScoreTable(["a"]), {}, {}, lambda id_: Article(id_, LEFT))
    text = write_page(none, tmp_path / "x.html").read_text("utf-8")
    assert "No copies found." in text
    assert "Nothing: every input was read" in text


def many(count: int) -> Report:
    """A story an article pair, each with a text of its own."""
    ids = [f"{n:05}" for n in range(2 * count)]
    pairs = list(zip(ids[::2], ids[1::2], strict=True))
    proof = matches()[0]
    found = [
        Match(a, b, Kind.NEAR, 1.0, a, "earlier date", proof.alignment, proof.evidence, shared=(0.5, 0.5))
        for a, b in pairs
    ]
    return Report(
        ids, MatchTable(map(pack_match, found)), ClusterTable(Cluster(a, a, pair) for pair in pairs for a in pair[:1]),
        tuple(Skipped(f"{n}", None, "empty file") for n in range(2 * count)), ScoreTable(ids), {}, {},
        lambda id_: Article(id_, f"{LEFT} {id_}" + " and so on" * 700),
    )  # fmt: skip


def test_page_stays_small_and_data_go_beside_it(tmp_path):
    path = write_report(many(300), tmp_path)
    assert path.stat().st_size < 500_000
    data = sorted((tmp_path / "report-data").iterdir())
    assert sum(file.stat().st_size for file in data) > INSIDE
    text = path.read_text("utf-8")
    assert all(f"report-data/{file.name}" in text for file in data)
    assert "the largest 50 of 300 stories" in text
    assert "100 more inputs in skipped.jsonl" in text
    write_report(many(8), tmp_path)
    assert not (tmp_path / "report-data").exists(), "a small report needs no data beside it"


def test_what_an_article_is_made_of_is_what_the_library_says(tmp_path):
    report = made_report()
    path = write_page(report, tmp_path / "x.html")
    pieces = dict(re.findall(r'id="data-([a-z]+)-0">(.*?)</script>', path.read_text("utf-8"), re.S))
    ids, records = json.loads(pieces["list"])[0]["id"], json.loads(pieces["made"])
    told = [report.composition(id_) for id_ in ids]
    assert [[[ids[n], share] for n, share in record["sources"]] for record in records] == [
        [list(source) for source in each.sources] for each in told
    ]
    for record, each in zip(records, told, strict=True):
        assert record["own"] in (None, each.own)
    assert any(each.sources for each in told)
