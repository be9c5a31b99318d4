"""`dedup dedupe`, settings, messages and exit codes of all commands, and the examples in their help."""

import json
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dedup.cli import main
from dedup.cli.settings import commands_of
from dedup.evaluation.answers import Answer, Answers
from dedup.evaluation.picking import Picked, save_picked
from tests.made_articles import edited, story

ROOT = Path(__file__).parents[2]


def run(*arguments: object, stdin: bytes | None = None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def rows(*articles: tuple[str, str]) -> bytes:
    return b"".join(json.dumps({"id": id_, "text": text, "more": [id_]}).encode() + b"\n" for id_, text in articles)


NEWS = rows(("a", story(1)), ("b", edited(1, 0.03)), ("c", story(2)), ("a", story(1)))
CLEAN = NEWS.splitlines(keepends=True)[0] + NEWS.splitlines(keepends=True)[2]
NEAR = ("--level", "near", "--workers", 1)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news.jsonl").write_bytes(NEWS)
    return tmp_path


class TestDedupe:
    def test_a_file(self, folder):
        result = run("dedupe", "news.jsonl", "-o", "clean.jsonl", *NEAR)
        assert result.exit_code == 0, result.output
        assert (folder / "clean.jsonl").read_bytes() == CLEAN
        assert "4 articles read, 2 kept, 2 removed" in result.output
        assert "1 with the same words, 1 near-duplicates" in result.output
        listed = [json.loads(line) for line in (folder / "clean.removed.jsonl").read_bytes().splitlines()]
        assert [(row["id"], row["line"], row["kept"]) for row in listed] == [("b", 2, "a"), ("a", 4, "a")]
        assert "2 kept, 0 removed" in run("dedupe", "clean.jsonl", "--dry-run", *NEAR).output

    def test_standard_input_to_standard_output(self, folder):
        result = run("dedupe", "-", "-o", "-", *NEAR, stdin=NEWS)
        assert result.stdout_bytes == CLEAN
        assert "2 removed" in result.stderr

    def test_a_dry_run_writes_nothing(self, folder):
        assert "2 removed" in run("dedupe", "news.jsonl", "--dry-run", "-o", "out", *NEAR).output
        assert [path.name for path in folder.iterdir()] == ["news.jsonl"]

    def test_against_an_archive_and_an_index(self, folder):
        (folder / "old.jsonl").write_bytes(rows(("x", story(1))))
        result = run("dedupe", "news.jsonl", "-o", "clean.jsonl", "--against", "old.jsonl", *NEAR)
        assert (folder / "clean.jsonl").read_bytes() == NEWS.splitlines(keepends=True)[2]
        assert "because the archive has them" in result.output
        assert run("index", "add", "archive", "old.jsonl").exit_code == 0
        result = run("dedupe", "news.jsonl", "-o", "again.jsonl", "--against", "archive", "--workers", 1)
        assert (folder / "again.jsonl").read_bytes() == NEWS.splitlines(keepends=True)[2], result.output

    @pytest.mark.parametrize(
        ("options", "kept"),
        [
            (("--keep", "longest"), 2),
            (("--keep", "source", "--source", "x.example"), 2),
            (("--kinds", "exact"), 3),
            (("--drop-all",), 1),
        ],
    )
    def test_options(self, folder, options, kept):
        assert f" {kept} kept" in run("dedupe", "news.jsonl", "--dry-run", *options, *NEAR).output

    def test_a_threshold_is_of_level_full(self, folder):
        for threshold, kept in ((0.9, 2), (1, 3)):
            result = run("dedupe", "news.jsonl", "--dry-run", "--threshold", threshold, "--workers", 1)
            assert f" {kept} kept" in result.output
        refused = run("dedupe", "news.jsonl", "--dry-run", "--threshold", 0.9, *NEAR)
        assert refused.exit_code == 2
        assert "level full" in refused.output

    def test_wrong_usage(self, folder):
        assert run("dedupe", "news.jsonl").exit_code == 2
        assert run("dedupe", "news.jsonl", "--dry-run", "--keep", "source").exit_code == 2
        assert run("dedupe", "news.jsonl", "--dry-run", "--kinds", "partial").exit_code == 2

    def test_nothing_to_read(self, folder):
        (folder / "empty.jsonl").write_bytes(b"")
        for command in (("dedupe", "--dry-run"), ("scan",), ("score",)):
            result = run(command[0], "empty.jsonl", *command[1:])
            assert result.exit_code == 4
            assert "no article could be read: all 1 inputs were skipped" in result.output


class TestScan:
    def test_against_says_which_side_is_old(self, folder):
        (folder / "old.jsonl").write_bytes(rows(("x", story(2)), ("y", story(2))))
        result = run("scan", "news.jsonl", "--against", "old.jsonl", "--json", *NEAR)
        told = {(m["left"], m["right"]): m.get("old") for m in map(json.loads, result.stdout.splitlines())}
        assert told["a", "b"] is None
        assert told["c", "x"] == "right"
        assert ("x", "y") not in told
        assert not (folder / "dedup-report").exists()

    def test_matches_as_csv(self, folder):
        assert run("scan", "news.jsonl", "-o", "out", "--output-format", "csv", "-q", *NEAR).output == ""
        assert (folder / "out" / "matches.csv").read_text().startswith("left,right,kind,probability,")

    def test_presets_find_the_same_copies(self, folder):
        for preset in ("balanced", "thorough", "no-scores", "near"):
            result = run("scan", "news.jsonl", "--json", "--preset", preset, "--workers", 1)
            assert [(m["left"], m["right"]) for m in map(json.loads, result.stdout.splitlines())] == [("a", "b")]


class TestSettings:
    def sources(self, *command: str) -> dict[str, tuple[object, str]]:
        result = run("config", "show", *command, "--json")
        assert result.exit_code == 0, result.output
        lines = map(json.loads, result.output.splitlines())
        return {f"{row['command']}.{row['name']}": (row["value"], row["source"]) for row in lines}

    def test_files_then_environment_then_options(self, folder, monkeypatch):
        (folder / "dedup.toml").write_text('level = "near"\nkeep = "latest"\n[dedupe]\nkeep = "longest"\nworkers = 1\n')
        monkeypatch.setenv("DEDUP_THRESHOLD", "0.9")
        monkeypatch.setenv("DEDUP_DEDUPE_THRESHOLD", "0.95")
        found = self.sources()
        path = str(folder / "dedup.toml")
        assert found["dedupe.keep"] == ("longest", path)
        assert found["scan.level"] == ("near", path)
        assert found["scan.threshold"] == (0.9, "DEDUP_THRESHOLD")
        assert found["dedupe.threshold"] == (0.95, "DEDUP_DEDUPE_THRESHOLD")
        assert found["scan.output"] == ("dedup-report", "default")
        monkeypatch.delenv("DEDUP_THRESHOLD")  # level near takes none
        monkeypatch.delenv("DEDUP_DEDUPE_THRESHOLD")
        assert "2 kept" in run("dedupe", "news.jsonl", "--dry-run").output
        assert "3 kept" in run("dedupe", "news.jsonl", "--dry-run", "--kinds", "exact").output

    def test_pyproject(self, folder, monkeypatch):
        (folder / "pyproject.toml").write_text(
            '[tool.dedup.scan]\nlevel = "near"\n[tool.dedup.index.check]\nsince = 3\n'
        )
        (folder / "deep").mkdir()
        monkeypatch.chdir(folder / "deep")
        found = self.sources("scan")
        assert found["scan.level"] == ("near", str(folder / "pyproject.toml"))
        assert self.sources("index")["index check.since"][0] == 3

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('levle = "near"', "unknown key 'levle'; did you mean 'level'?"),
            ("[scann]\nworkers = 1", "unknown key 'scann'; did you mean 'scan'?"),
            ('[scan]\nkeep = "first"', "unknown key 'scan.keep'"),
            ('level = "fast"', "'fast' is not one of"),
            ("workers = true", "no value of"),
            ("level = ", "cannot be read as TOML"),
        ],
    )
    def test_mistakes(self, folder, text, told):
        (folder / "dedup.toml").write_text(text)
        result = run("scan", "news.jsonl")
        assert result.exit_code == 2
        assert told in result.output

    def test_another_file(self, folder, monkeypatch):
        (folder / "own.toml").write_text("workers = 3")
        monkeypatch.setenv("DEDUP_CONFIG", "own.toml")
        assert self.sources("scan")["scan.workers"] == (3, "own.toml")

    def test_unknown_command(self, folder):
        assert run("config", "show", "scna").exit_code == 2


class TestMessages:
    def test_quiet_verbose_and_json(self, folder):
        (folder / "bad.jsonl").write_bytes(NEWS + b"{")
        loud = run("dedupe", "bad.jsonl", "--dry-run", "-v", *NEAR)
        assert "read: " in loud.stderr
        assert run("dedupe", "bad.jsonl", "--dry-run", "-q", *NEAR).output == ""
        told = run("score", "bad.jsonl", "--log-format", "json").stderr.splitlines()
        assert [(row["event"], row["line"]) for row in map(json.loads, told)] == [("skipped", 5)]

    def test_what_was_found_out_and_what_could_not_be_read(self, folder):
        text = " ".join(story(1).split())
        (folder / "news.csv").write_text(f'Article Body;Published On\n"{text}";2026-01-13\n;\n', "utf-8")
        for command in ("dedupe", "scan"):
            told = run(command, "news.csv", "-o", f"{command}.out", *NEAR)
            assert "news.csv: text from 'Article Body', published from 'Published On'" in told.stderr
            assert "        1  field 'Article Body' is empty" in told.stdout
            assert run(command, "news.csv", "-o", f"{command}.out", "-q", *NEAR).output == ""
            rows = run(command, "news.csv", "-o", f"{command}.out", "--log-format", "json", *NEAR).stderr.splitlines()
            assert {json.loads(row)["event"] for row in rows} >= {"note"}
        (folder / "none.csv").write_text("a;b\n1;2\n")
        (folder / "empty.txt").touch()
        nothing = run("dedupe", "none.csv", "empty.txt", "--dry-run", *NEAR)
        assert nothing.stderr == (
            "Error: no article could be read: all 2 inputs were skipped: "
            "rows without a text; name its field: a, b; empty file\n"
        )


class TestIndexContents:
    def test_list_show_and_export(self, folder):
        assert run("index", "add", "archive", "news.jsonl").exit_code == 0
        assert sorted(line[0] for line in run("index", "list", "archive").output.splitlines()) == ["a", "b", "c"]
        assert json.loads(run("index", "list", "archive", "--json").stdout.splitlines()[0])["id"] in "abc"
        assert story(2)[:40] in run("index", "show", "archive", "c").output
        assert json.loads(run("index", "show", "archive", "c", "--json").stdout)["text"] == story(2)
        assert run("index", "show", "archive", "nobody").exit_code == 1
        assert run("index", "export", "archive", "-o", "all.jsonl").exit_code == 0
        assert {json.loads(line)["id"] for line in (folder / "all.jsonl").read_bytes().splitlines()} == set("abc")
        assert run("index", "export", "archive").stdout_bytes == (folder / "all.jsonl").read_bytes()


EXAMPLES = [command.epilog for _, command in commands_of(main) if command.epilog]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_in_the_help_run(example, tmp_path, monkeypatch):
    words = shlex.split(example.removeprefix("Example: "))
    assert words[0] == "dedup"
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(story(1))
    if words[1] == "index":
        assert run("index", "add", "archive", "news").exit_code == 0
    if words[1] == "report":
        assert run("scan", "news", "-o", "dedup-report").exit_code == 0
    if words[1] == "label":
        save_picked([Picked("a", "b", "One text.", "Another.", None, None, "near", 0.5)], "pairs.jsonl")
        Answers("pairs.jsonl", "bob").give(("a", "b"), Answer.COPY)
    result = run(*words[1:])
    assert result.exit_code in (0, 3), result.output


def test_every_command_but_old_ones_has_an_example():
    without = {" ".join(path) for path, command in commands_of(main) if not command.epilog}
    assert without <= {
        *("background build", "background calibrate", "compile"),
    }


def test_options_are_documented():
    told = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    missing = {
        name
        for _, command in commands_of(main)
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
        if name.startswith("--") and f"`{name}" not in told
    }
    assert not missing
