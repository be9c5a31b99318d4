"""`dedup index` and `dedup background`: the same inputs and matches as a scan, and exit codes to branch on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup.cli import main
from dedup.read import read
from dedup.read.files import one_spelling
from dedup.records import Article
from dedup.translation.translator import installed

FERRY = Path(__file__).parents[2] / "fixtures" / "ferry"


def run(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def matches(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def clean_texts() -> list[str]:
    """The originals and independent reports of three stories."""
    names = ("ferry/original.html", "ferry/independent.txt", "bank/original.txt", "bank/independent.html",
             "treaty/original.txt", "treaty/independent.html")  # fmt: skip
    return [item.text for name in names for item in read([FERRY.parent / name]) if isinstance(item, Article)]


@pytest.fixture
def index(tmp_path) -> Path:
    """An index of the original and the independent report."""
    folder = tmp_path / "index"
    result = run("index", "add", folder, FERRY / "original.html", FERRY / "independent.txt")
    assert result.exit_code == 0, result.output
    assert "2 articles read, 0 skipped; 2 in the index" in result.stderr
    return folder


class TestIndex:
    def test_check_finds_copies_and_says_so_by_its_exit_code(self, index):
        found = run("index", "check", index, FERRY / "spun.html", "--json")
        assert found.exit_code == 3
        [match] = matches(found)
        original, spun = (one_spelling(str(FERRY / name)) for name in ("original.html", "spun.html"))
        assert {match["left"], match["right"]} == {original, spun}
        assert (match["kind"], match["original"]) == ("rewrite", original)

    def test_a_line_for_people_and_all_of_it_as_json(self, index):
        spun = FERRY / "spun.html"
        [line] = run("index", "check", index, spun).stdout.splitlines()
        name, original = one_spelling(str(spun)), one_spelling(str(FERRY / "original.html"))
        assert line.startswith(f"{name}: rewrite ")
        assert f" of {original}" in line
        assert line.endswith("the old one is the original")
        [match] = matches(run("index", "check", index, spun, "--json"))
        new, old = ("left", "right") if match["left"] == name else ("right", "left")
        assert match["new"] == new
        assert match[f"{old}_title"]
        assert 0.5 < match[f"{new}_share"] <= 1

    def test_standard_input_is_answered_line_by_line(self, index):
        text = next(iter(clean_texts()))
        command = [sys.executable, "-m", "dedup", "index", "check", str(index), "-", "--json"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["new"] == "right"  # answered while the input is open
            process.stdin.write(b"\n{\n" + json.dumps({"text": text}).encode())
            process.stdin.close()
            last = json.loads(process.stdout.readline())
            assert "stdin:4" in (last["left"], last["right"])
            assert b"skipped stdin:3" in process.stderr.read()
            assert process.wait(20) == 3

    def test_check_finds_nothing_and_adds_nothing(self, index):
        other = FERRY.parent / "museum" / "edited.txt"
        for _ in range(2):
            result = run("index", "check", index, other, "--copies")
            assert (result.exit_code, result.stdout) == (0, "")

    def test_same_verdict_as_compare(self, index):
        [match] = matches(run("index", "check", index, FERRY / "rewrite.html", "--json"))
        alone = json.loads(run("compare", "--json", FERRY / "original.html", FERRY / "rewrite.html").stdout)
        assert {name: match[name] for name in alone} == alone

    @pytest.mark.parametrize("days", ["nan", "inf", "-inf", "1e400", "-1", "4000000"])
    def test_days_that_are_none_are_refused(self, index, days):
        for result in (
            run("index", "expire", index, f"--days={days}"),
            run("index", "check", index, FERRY / "spun.html", f"--since={days}"),
        ):
            assert result.exit_code == 2
            assert "--days" in result.stderr or "--since" in result.stderr

    def test_as_many_days_as_there_are(self, index):
        result = run("index", "expire", index, "--days", "3652059")
        assert (result.exit_code, result.stdout) == (0, "0 articles forgotten, 2 left\n")
        assert run("index", "expire", index, "--before", "1905-01-01").exit_code == 0
        assert run("index", "check", index, FERRY / "spun.html", "--since", "3652059").exit_code == 3

    def test_scopes(self, index):
        spun = FERRY / "spun.html"
        assert run("index", "check", index, spun, "--since", 0.1).exit_code == 0
        assert run("index", "check", index, spun, "--since", 5).exit_code == 3
        assert run("index", "check", index, spun, "--exclude-source", "Norrvik Courier").exit_code == 0
        assert run("index", "check", index, spun, "--exclude-source", "Nobody").exit_code == 3

    def test_add_check_prints_matches_as_they_come(self, index):
        result = run("index", "add", index, "--check", "--json", FERRY / "edited.txt", FERRY / "repost.txt")
        assert result.exit_code == 0
        assert len(matches(result)) == 3
        assert "4 in the index" in result.stderr

    def test_remove_expire_info_compact(self, index):
        assert json.loads(run("index", "info", index, "--verify").stdout)["articles"] == 2
        result = run("index", "remove", index, FERRY / "original.html", "nobody")
        assert (result.exit_code, result.output) == (1, "Error: not in the index: nobody\n")
        assert run("index", "check", index, FERRY / "spun.html").exit_code == 0
        assert "1 article" in run("index", "compact", index).output
        assert "0 articles forgotten, 1 left" in run("index", "expire", index, "--before", "2001-02-03").output
        assert "1 article forgotten, 0 left" in run("index", "expire", index, "--before", "2101-02-03").output

    def test_what_cannot_be_read_is_said(self, index, tmp_path):
        (tmp_path / "empty.txt").write_text("")
        result = run("index", "check", index, tmp_path / "empty.txt")
        assert result.exit_code == 4
        assert f"skipped {tmp_path / 'empty.txt'}: empty file" in result.stderr

    @pytest.mark.parametrize("command", [["info"], ["compact"], ["remove", "x"], ["expire", "--days", "1"]])
    def test_a_folder_that_is_no_index_stays_as_it_is(self, tmp_path, command):
        result = run("index", command[0], tmp_path, *command[1:])
        assert result.exit_code == 1
        assert "is no index" in result.output
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("options", [[], ["--days", "1", "--before", "2026-01-01"], ["--before", "soon"]])
    def test_expire_wants_one_date(self, index, options):
        assert run("index", "expire", index, *options).exit_code == 2


class TestBackground:
    def test_build(self, tmp_path):
        result = run("background", "build", FERRY.parent, "-o", tmp_path / "b.bin", "--source", "fixtures")
        assert result.exit_code == 0, result.output
        assert "42 articles read, 1 skipped" in result.stdout
        from dedup.language.background import load_background

        assert load_background(tmp_path / "b.bin").documents == 42

    def test_own_counts_and_calibration_change_the_score(self, tmp_path):
        (tmp_path / "clean.jsonl").write_text(
            "".join(json.dumps({"text": f"{text} {i}"}) + "\n" for i in range(8) for text in clean_texts())
        )
        own, fitted = tmp_path / "own.bin", tmp_path / "fit.json"
        assert run("background", "build", tmp_path / "clean.jsonl", "-o", own).exit_code == 0
        result = run("background", "calibrate", tmp_path / "clean.jsonl", "-o", fitted, "--background", own)
        assert result.exit_code == 0, result.output
        assert "48 articles read, 0 skipped, 48 measured" in result.stdout
        plain, fit = (
            json.loads(run("score", "--json", FERRY / "original.html", *options).stdout)["score"]
            for options in ([], ["--background", own, "--calibration", fitted])
        )
        assert plain["percentiles"] != fit["percentiles"]

    def test_too_few_to_calibrate(self, tmp_path):
        result = run("background", "calibrate", FERRY, "-o", tmp_path / "fit.json")
        assert (result.exit_code, result.output.count("\n")) == (1, 1)
        assert "too few to calibrate" in result.output

    @pytest.mark.parametrize("option", ["--background", "--calibration"])
    def test_files_of_another_kind(self, option):
        result = run("score", FERRY / "original.html", option, __file__)
        assert (result.exit_code, result.output.count("\n")) == (1, 1)

    def test_nothing_to_count(self, tmp_path):
        (tmp_path / "empty.txt").write_text("")
        result = run("background", "build", tmp_path, "-o", tmp_path / "b.bin")
        assert result.exit_code == 4
        assert not (tmp_path / "b.bin").exists()


@pytest.mark.skipif(not installed(), reason="the extra [languages] is not installed")
def test_what_the_library_warns_of_is_one_line_on_standard_error(index: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("The harbour board of Vellmar moved the fish market to the old customs shed.")
    found = run("index", "check", index, tmp_path / "one.txt", "--languages")
    assert [line for line in found.stderr.splitlines() if "Warning" in line] == [
        line for line in found.stderr.splitlines() if line.startswith("Warning: ") and "index add --languages" in line
    ]
    assert "Warning: " in found.stderr
    assert "Warning" not in found.stdout
    assert "Warning" not in run("index", "check", index, tmp_path / "one.txt", "--languages", "--quiet").stderr
