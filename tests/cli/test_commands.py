"""The command line end to end in temporary folders: files, summary, exit codes, one-line errors."""

import gzip
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup import __version__
from dedup.cli import first_run, main
from dedup.config import Config
from dedup.language.frequencies import Frequencies
from dedup.pipeline.verifier import Verifier
from dedup.read.files import one_spelling
from dedup.records import COPIES, Article

ROOT = Path(__file__).parents[2]
FERRY = ROOT / "fixtures" / "ferry"


def run(*arguments: object, stdin: bytes | None = None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def story(n: int) -> str:
    """A text of three hundred different words that shares none with another story."""
    rnd = random.Random(n)
    words = ["".join(rnd.choices("abcdefghijklmnopqrstuvwxyz", k=rnd.randint(3, 9))) for _ in range(300)]
    return ". ".join(" ".join(words[i : i + 15]).capitalize() for i in range(0, 300, 15)) + "."


@pytest.fixture(scope="module")
def ferry_report(tmp_path_factory) -> tuple[Path, str]:
    """The report of the ferry story and what was printed."""
    out = tmp_path_factory.mktemp("ferry") / "out"
    result = run("scan", FERRY, "-o", out, "--workers", 1)
    assert result.exit_code == 0, result.output
    return out, result.output


class TestScan:
    def test_files_and_summary(self, ferry_report):
        out, printed = ferry_report
        rows = ("articles", "clusters", "matches", "skipped", "templates", "texts")
        names = {"report.html", "scan.json", *(f"{name}.jsonl" for name in rows)}
        assert {p.name for p in out.iterdir()} == names
        [cluster] = lines(out / "clusters.jsonl")
        assert cluster["members"] == sorted(p.name for p in FERRY.iterdir() if p.stem != "independent")
        assert cluster["lead"] in cluster["members"]
        assert len(lines(out / "articles.jsonl")) == 7
        assert "7 articles scanned" in printed
        assert "1 cluster of copies, 6 articles in them" in printed
        assert printed.rstrip().endswith(f"Report: {out / 'report.html'}")

    def test_spans_replay(self, ferry_report):
        from dedup.read import read

        texts = {item.id: item.text for item in read([FERRY])}
        for match in lines(ferry_report[0] / "matches.jsonl"):
            assert match["left"] < match["right"]
            assert match["passages"]
            for evidence in match["evidence"]:
                for side in ("left", "right"):
                    start, end = evidence[side]
                    assert texts[match[side]][start:end] == evidence[f"{side}_text"]

    def test_any_number_of_workers_and_a_second_run_give_the_same(self, ferry_report, tmp_path):
        assert run("scan", FERRY, "-o", tmp_path / "two", "--workers", 2).exit_code == 0
        for name in ("matches", "clusters", "articles", "skipped"):
            one, two = ((folder / f"{name}.jsonl").read_bytes() for folder in (ferry_report[0], tmp_path / "two"))
            assert one == two

    def test_standard_input_and_field_names(self, tmp_path):
        rows = [{"uid": i, "body": story(i % 2) + (" And one more word." if i > 1 else "")} for i in range(4)]
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        result = run("scan", "-", "--field", "text=body", "--field", "id=uid", "-o", tmp_path / "out", stdin=data)
        assert result.exit_code == 0, result.output
        assert {(m["left"], m["right"]) for m in lines(tmp_path / "out" / "matches.jsonl")} == {("0", "2"), ("1", "3")}

    def test_level_near(self, tmp_path):
        (tmp_path / "in").mkdir()
        for i in range(3):
            (tmp_path / "in" / f"{i}.txt").write_text(story(0) if i < 2 else story(1))
        result = run("scan", tmp_path / "in", "--level", "near", "-o", tmp_path / "out")
        assert result.exit_code == 0, result.output
        [match] = lines(tmp_path / "out" / "matches.jsonl")
        assert (match["left"], match["right"], match["kind"]) == ("0.txt", "1.txt", "exact")
        assert {a["score"] for a in lines(tmp_path / "out" / "articles.jsonl")} == {None}

    def test_an_earlier_report_is_no_news(self, tmp_path):
        (tmp_path / "a.txt").write_text(story(1))
        for _ in range(2):
            assert run("scan", tmp_path, "-o", tmp_path / "out", "--level", "near").exit_code == 0
        assert [a["id"] for a in lines(tmp_path / "out" / "articles.jsonl")] == ["a.txt"]
        assert lines(tmp_path / "out" / "skipped.jsonl")[0]["reason"] == "the report's own folder, not read"

    def test_nothing_but_broken_files(self, tmp_path):
        (tmp_path / "in").mkdir()
        broken = {
            "empty.txt": b"",
            "noise.txt": random.Random(1).randbytes(500),
            "cut.jsonl.gz": gzip.compress(b'{"text": "abc"}')[:12],
            "types.jsonl": b'{"text": 5}\n[]\n',
            "page.html": b"<html></html>",
            "big.txt": b"word " * 100_000,
        }
        for name, data in broken.items():
            (tmp_path / "in" / name).write_bytes(data)
        result = run("scan", tmp_path / "in", "-o", tmp_path / "out", "--max-mb", 0.1)
        assert result.exit_code == 4, result.output
        assert "7 skipped" in result.output
        skipped = lines(tmp_path / "out" / "skipped.jsonl")
        assert {s["source"] for s in skipped} == set(broken)
        assert all(s["reason"] for s in skipped)
        assert [s["line"] for s in skipped if s["source"] == "types.jsonl"] == [1, 2]

    def test_threshold(self, tmp_path):
        pair = FERRY / "original.html", FERRY / "rewrite.html"
        kinds = []
        for threshold in ("0.05", "0.999999"):
            assert run("scan", *pair, "-o", tmp_path, "--threshold", threshold).exit_code == 0
            kinds += [m["kind"] for m in lines(tmp_path / "matches.jsonl")][:1] or ["none"]
        assert kinds[0] == "rewrite"
        assert kinds[1] != "rewrite"


class TestCompare:
    def test_says_kind_original_and_evidence(self):
        result = run("compare", FERRY / "original.html", FERRY / "spun.html")
        assert result.exit_code == 0, result.output
        assert result.output.startswith("rewrite (probability of a copy ")
        assert f"original: {one_spelling(str(FERRY / 'original.html'))} (" in result.output
        assert "swap: teacher -> instructor" in result.output

    def test_json_is_a_line_of_matches(self, ferry_report):
        result = run("compare", "--json", FERRY / "original.html", FERRY / "independent.txt")
        assert json.loads(result.output)["kind"] not in ("exact", "near", "rewrite")
        row = json.loads(run("compare", "--json", FERRY / "original.html", FERRY / "edited.txt").output)
        assert list(row) == list(lines(ferry_report[0] / "matches.jsonl")[0])

    def test_not_one_article(self, tmp_path):
        (tmp_path / "two.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n')
        (tmp_path / "none.txt").write_text("")
        for name, reason in (("two.jsonl", "holds 2 articles, not one"), ("none.txt", "empty file")):
            result = run("compare", tmp_path / name, FERRY / "original.html")
            assert (result.exit_code, result.output.count("\n")) == (1, 1)
            assert reason in result.output


class TestScore:
    def test_lines(self):
        result = run("score", FERRY / "spun.html", FERRY / "original.html")
        assert result.exit_code == 0, result.output
        values = [float(line.split()[0]) for line in result.output.splitlines() if not line.startswith(" ")]
        assert values[0] > values[1]
        assert "pressure" in result.output

    def test_json_and_abstention(self, tmp_path):
        (tmp_path / "a.txt").write_text("Too short.")
        (tmp_path / "b.txt").write_text("")
        result = run("score", "--json", tmp_path)
        assert result.exit_code == 0
        row = json.loads(result.stdout)
        assert (row["id"], row["score"]["overall"]) == ("a.txt", None)
        assert row["score"]["abstained"]
        assert "skipped b.txt: empty file" in result.stderr

    def test_nothing_to_score(self, tmp_path):
        assert run("score", tmp_path).exit_code == 4


class TestErrors:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["scan"],
            ["scan", "no/such/path"],
            ["scan", ".", "--threshold", "1.5"],
            ["scan", ".", "--threshold", "nan"],
            ["scan", ".", "--max-mb", "nan"],
            ["scan", ".", "--max-mb", "inf"],
            ["scan", ".", "--max-characters", "0"],
            ["scan", ".", "--workers", "-1"],
            ["index", "check", ".", "README.md", "--since", "nan"],
            ["index", "expire", ".", "--days", "inf"],
            ["index", "expire", ".", "--days", "1e300"],
            ["scan", ".", "--level", "deep"],
            ["scan", ".", "--field", "body"],
            ["scan", ".", "--field", "text="],
            ["scan", ".", "--max-mb", "0"],
            ["compare", "README.md"],
            ["nonsense"],
        ],
    )
    def test_wrong_usage_is_2(self, arguments):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "Error: " in result.output
        assert "Traceback" not in result.output

    def test_failure_is_one_line_and_1(self, tmp_path):
        (tmp_path / "a.txt").write_text(story(1))
        (tmp_path / "file").write_text("")
        result = run("scan", tmp_path / "a.txt", "--level", "near", "-o", tmp_path / "file" / "out")
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert result.output.count("\n") == 1

    def test_a_fault_of_the_program_is_one_line_too(self, monkeypatch):
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("something odd")

        monkeypatch.setattr("dedup.pipeline.scan.scan_paths", fail)
        result = run("scan", FERRY)
        assert result.exit_code == 1
        assert result.output == "Error: RuntimeError: something odd (set DEDUP_TRACEBACK=1 to see where)\n"

    def test_closed_output(self):
        command = f"{sys.executable} -m dedup --help | true"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT)
        assert "Traceback" not in done.stderr


def test_version():
    shown = subprocess.run([sys.executable, "-m", "dedup", "--version"], capture_output=True, text=True, cwd=ROOT)
    assert shown.stdout == f"dedup {__version__}\n"
    assert f"version = {__version__}\n" in (ROOT / "setup.cfg").read_text()


def test_the_installed_package_is_complete(tmp_path):
    """Beside this Python, where it is installed there: the command runs, and all data files are along."""
    script = Path(sys.executable).with_name("dedup")
    if not script.exists():
        pytest.skip("the package is not installed here")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    show = "import dedup, os; print(*os.listdir(os.path.join(os.path.dirname(dedup.__file__), 'data')))"
    installed = subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert set(installed.stdout.split()) >= {p.name for p in (ROOT / "dedup" / "data").iterdir() if p.is_file()}
    done = subprocess.run([script, "--version"], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.stdout == f"dedup {__version__}\n"


def test_learnt_swaps_are_found_in_a_single_article(tmp_path):
    """Three spun copies of three stories put the same word in one place; a fourth article is scored alone."""
    template = (
        "The harbour council of {town} met on Monday to talk about the {word} wall that keeps the sea out. "
        "Engineers told the {word} committee that repairs will cost four million crowns and take two winters. "
        "{town} has asked the province for help, and the mayor said the town could not wait for another storm. "
        "Fishermen who moor their boats below the wall have complained for years about falling stones. "
    )
    rows = []
    for n, town in enumerate(("Oldhaven", "Brackmouth", "Tirnsea", "Varlow")):
        body = template * 2 + f"The next meeting in {town} is on day {n} of the month."
        rows.append({"id": f"{n}-a", "text": body.format(town=town, word="breakwater"), "published": "2031-03-01"})
        rows.append({"id": f"{n}-b", "text": body.format(town=town, word="wavecrusher"), "published": "2031-03-05"})
    news, table, alone = tmp_path / "news.jsonl", tmp_path / "swaps.tsv", tmp_path / "alone.txt"
    news.write_text("".join(json.dumps(row) + "\n" for row in rows))
    alone.write_text(rows[1]["text"].replace("Oldhaven", "Sandquay"))
    result = run("scan", news, "-o", tmp_path / "out", "--workers", 1, "--learn-swaps", table)
    assert result.exit_code == 0, result.output
    assert "breakwater\twavecrusher" in table.read_text()
    plain, learnt = run("score", alone, "--weak"), run("score", alone, "--weak", "--swaps", table)
    assert "breakwater" not in plain.output
    assert "wavecrusher" in learnt.output
    assert "breakwater" in learnt.output


def test_compile_names_the_folder_and_the_seconds():
    done = run("compile", "--level", "near")
    assert done.exit_code == 0, done.output
    assert re.fullmatch(r"compiled in \d+\.\d s, kept in \S+\n", done.output)


class TestFirstRun:
    @pytest.fixture
    def started(self, monkeypatch, tmp_path):
        commands: list[list[str]] = []
        monkeypatch.setattr("subprocess.Popen", lambda command, **_: commands.append(command))
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
        return commands

    def test_is_told_and_shared_where_nothing_is_compiled(self, started, capsys):
        first_run.first_run()
        assert "first run" in capsys.readouterr().err
        assert [command[1:] for command in started] == [["-m", "dedup.cli.first_run"]]

    def test_is_silent_afterwards(self, started, capsys, tmp_path):
        (tmp_path / "text").mkdir()
        (tmp_path / "text" / "kernel.tokenise_batch-1.py311.0123456789abcdef.nbc").touch()
        first_run.first_run()
        assert (capsys.readouterr().err, started) == ("", [])

    def test_the_pair_that_is_compiled_for_goes_through_everything(self):
        verifier = Verifier(Frequencies.shipped(), Config())
        found = verifier.compare(
            *(verifier.prepare(Article(*a)) for a in (("a", first_run.ORIGINAL), ("b", first_run.COPY)))
        )
        assert found.kind in COPIES
        assert {evidence.type for evidence in found.evidence} == {"contradiction", "name", "number", "negation", "swap"}


@pytest.mark.parametrize("command", ["scan", "dedupe"])
def test_the_local_engine_says_that_it_reads_no_archive_at_a_url(tmp_path, command):
    (tmp_path / "a.txt").write_text(story(1))
    done = run(command, tmp_path / "a.txt", "-o", tmp_path / "out", "--against", "s3a://bucket/archive")
    assert done.exit_code == 1
    assert "s3a://bucket/archive: no such file or folder; of URLs only an archive that --engine spark" in done.output
