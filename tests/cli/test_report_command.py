"""`dedup report` and the pages that `compare` and `index check` write."""

import json
import re

from tests.cli.test_commands import FERRY, run


def manifest(path) -> dict:
    return json.loads(re.search(r'id="manifest">(.*?)</script>', path.read_text("utf-8"))[1])


def test_report_makes_the_page_of_a_scan_again(tmp_path):
    out = tmp_path / "out"
    assert run("scan", FERRY, "-o", out, "--level", "near", "--workers", 1, "--mine", "courier.example").exit_code == 0
    page = out / "report.html"
    before = page.read_bytes()
    assert manifest(page)["ours"] == ["courier.example"]
    page.unlink()
    result = run("report", out)
    assert result.output == f"Report: {page}\n"
    assert page.read_bytes() == before
    assert run("report", out, "--mine", "a", "--mine", "b/c").exit_code == 0
    assert manifest(page)["ours"] == ["a", "b/c"]


def test_a_folder_without_a_report_is_named(tmp_path):
    result = run("report", tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path} is no report" in result.output


def test_compare_writes_the_page_of_the_pair(tmp_path):
    page = tmp_path / "pair.html"
    result = run("compare", FERRY / "original.html", FERRY / "spun.html", "--html", page)
    assert result.exit_code == 0
    assert "rewrite" in result.output
    text = page.read_text("utf-8")
    assert "Hundreds taken off ferry" in text
    assert manifest(page)["start"].startswith("#/pair/")


def test_index_check_writes_what_it_found(tmp_path):
    index, page = tmp_path / "index", tmp_path / "found.html"
    assert run("index", "add", index, FERRY / "original.html").exit_code == 0
    result = run("index", "check", index, FERRY / "spun.html", FERRY / "independent.txt", "--html", page)
    assert result.exit_code == 3
    text = page.read_text("utf-8")
    assert "Copies among 3 articles" in text
    assert "1 match</a>" in text
