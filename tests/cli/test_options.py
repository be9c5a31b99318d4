"""Options that no other test uses, and a count of all: each stands in some test of the command line."""

import ast
import json
import os
import subprocess
import tarfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dedup.cli import main
from dedup.cli.label_page import LabelServer
from dedup.cli.settings import commands_of
from dedup.evaluation.picking import NEAR, Picked, save_picked
from dedup.language.background import load_background
from tests.made_articles import edited, story

FERRY = Path(__file__).parents[2] / "fixtures" / "ferry"
PATTERN = (
    "The company {0} said on Monday that its sales rose by {1} percent in the third quarter of the year. "
    "Its profit was {1} million crowns, said {2}, who has led the company since the spring. "
    "The shares of {0} closed {1} crowns higher in Ostrel, where they have been traded since it was founded. "
    "{2} said that demand for its goods had grown in all regions and that the rest of the year looked good."
)
NAMES = ("Velmar", "Torgan", "Quellis", "Brandoro", "Hestvik", "Amunde")


def run(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"key": f"{n}{side}", "text": text}
        for n in range(3)
        for side, text in (("a", story(n)), ("b", edited(n, 0.03)))
    ]
    Path("news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    Path("gold.csv").write_text("left,right,label\n0a,0b,1\n1a,1b,1\n0a,1a,0\n0a,2a,0\n0b,2b,0\n", "utf-8")
    return tmp_path


def used() -> set[str]:
    """All words of the strings in the tests, and of the examples in the help, which a test runs."""
    words = set()
    for path in Path(__file__).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.update(word.partition("=")[0] for word in node.value.split())
    return words | {word for _, command in commands_of(main) for word in (command.epilog or "").split()}


def test_every_option_is_used_in_a_test():
    words = used()
    unused = {
        (" ".join(path), option.opts[0])
        for path, command in commands_of(main)
        for option in command.params
        if isinstance(option, click.Option) and not words & {*option.opts, *option.secondary_opts}
    }
    assert not unused


def test_id_field(folder):
    Path("copies.jsonl").write_text("".join(json.dumps({"key": key, "text": story(1)}) + "\n" for key in "xy"), "utf-8")
    done = run("scan", "copies.jsonl", "--id-field", "key", "--level", "near", "--workers", 1, "--json")
    assert [(row["left"], row["right"]) for row in map(json.loads, done.stdout.splitlines())] == [("x", "y")]


def test_templates_site_text_and_related(folder):
    lines = [
        json.dumps({"id": name, "text": PATTERN.format(name, 11 + n, f"Anna {name[::-1].title()}"), "source": "x"})
        for n, name in enumerate(NAMES)
    ]
    Path("reports.jsonl").write_text("\n".join(lines), "utf-8")
    options = ("scan", "reports.jsonl", "--workers", 1, "--json", "--threshold", 1)
    counted = run(*options, "--templates", "counted", "--site-text", "counted").stdout.splitlines()
    listed = run(*options, "--templates", "all", "--site-text", "all").stdout.splitlines()
    assert len(listed) > len(counted)
    assert set(counted) <= set(listed)
    assert set(listed) <= set(
        run(*options, "--templates", "all", "--site-text", "all", "--related").stdout.splitlines()
    )


def test_languages_are_asked_for_refused_or_left_out(folder, monkeypatch):
    monkeypatch.setattr("dedup.translation.translator.installed", lambda: False)
    for n in range(2):
        Path(f"{n}.txt").write_text(story(n), "utf-8")
    for command in (("scan", "0.txt", "1.txt", "--workers", 1, "--json"), ("compare", "0.txt", "1.txt")):
        asked = run(*command, "--languages")
        assert asked.exit_code == 1
        assert "dedup-news[languages]" in asked.stderr
        assert run(*command, "--no-languages").exit_code == 0


def test_a_short_score():
    plain, short = run("score", FERRY / "spun.html").output, run("score", "--short", FERRY / "spun.html").output
    assert 0 < len(short) < len(plain) / 2


def test_compiled_code_is_packed(tmp_path, monkeypatch):
    def compiled(command, env, **_):
        Path(env["NUMBA_CACHE_DIR"], "kernel.nbi").write_bytes(b"compiled")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", compiled)
    done = run("compile", "--level", "near", "--to", tmp_path / "kernels.tar.gz")
    assert done.exit_code == 0, done.output
    with tarfile.open(tmp_path / "kernels.tar.gz") as packed:
        assert "./kernel.nbi" in packed.getnames()
    assert os.listdir(tmp_path) == ["kernels.tar.gz"]


def test_what_is_not_labelled_is_no_copy(folder):
    options = ("evaluate", "gold.csv", "news.jsonl", "--id-field", "key", "--gold-format", "table", "--json")
    plain, complete = (json.loads(run(*options, "--workers", 1, *more).stdout) for more in ([], ["--complete"]))
    assert (plain["precision"]["value"], complete["precision"]["value"]) == (1.0, round(2 / 3, 4))


def test_what_tuning_learns_and_how_sure_it_is(folder):
    rows = [{"left_text": story(n), "right_text": edited(n, 0.3), "label": 1} for n in range(20)]
    rows += [{"left_text": story(n), "right_text": story(n + 1), "label": 0} for n in range(20, 60, 2)]
    Path("pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    options = ("tune", "pairs.jsonl", "--gold-format", "table", "--precision", 0.5, "--workers", 1, "-o")
    for sure in ("--sure", "--likely"):
        done = run(*options, f"{sure}.json", sure, "--learn", "nothing")
        assert done.exit_code == 0, done.output
    learnt = [json.loads(Path(f"{sure}.json").read_text("utf-8"))["settings"] for sure in ("--sure", "--likely")]
    assert "own" not in learnt[0].get("judge", {}), "nothing but a threshold"
    assert learnt[1]["judge"]["threshold"] <= learnt[0]["judge"]["threshold"]


def test_an_index_is_made_anew_from_its_texts(folder):
    assert run("index", "add", "archive", FERRY).exit_code == 0
    for option in ("--rebuild", "--relearn"):
        done = run("index", "compact", option, "archive")
        assert (done.exit_code, "7 articles" in done.output) == (0, True), done.output
        assert run("index", "check", "archive", FERRY / "spun.html").exit_code == 3


def test_pairs_to_label_are_drawn_anew_and_without_those_known(folder):
    def picked(name, *options):
        done = run(
            "label", "pick", "news.jsonl", "--id-field", "key", "-o", name, "--random", 4, "--workers", 1, *options
        )
        assert done.exit_code == 0, done.output
        rows = map(json.loads, Path(name).read_text("utf-8").splitlines())
        return [(row["left"], row["right"]) for row in rows]

    first = picked("1", "--seed", 1)
    assert picked("2", "--seed", 1) == first
    assert picked("3", "--seed", 2) != first
    assert not {("0a", "0b"), ("1a", "1b"), ("0a", "1a")} & set(picked("4", "--known", "gold.csv"))


def test_pairs_are_judged_in_a_browser(tmp_path, monkeypatch):
    save_picked([Picked("a", "b", "One text.", "Another.", None, None, NEAR, 0.5)], tmp_path / "pairs.jsonl")
    monkeypatch.setattr(LabelServer, "serve_forever", lambda self: None)
    done = run("label", "judge", tmp_path / "pairs.jsonl", "--by", "ann", "--page", "--port", 0)
    assert (done.exit_code, "http://127.0.0.1:" in done.output) == (0, True), done.output


def test_the_language_of_a_background(tmp_path):
    done = run("background", "build", FERRY, "-o", tmp_path / "b.bin", "--language", "xx", "--verbose")
    assert done.exit_code == 0, done.output
    assert load_background(tmp_path / "b.bin").headers[0]["language"] == "xx"
