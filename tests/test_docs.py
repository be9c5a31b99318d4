"""The documentation under test: its commands and code run, outputs are what is printed, all fields are named."""

import contextlib
import doctest
import io
import re
import shlex
import sys
import types
from pathlib import Path

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.evaluation import Found
from dedup.report.stored import scan_row
from dedup.results import rows
from dedup.results.stored import text_row
from tests.made_articles import article, story

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "notes" not in path.parts)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
# The command line is tested by test_dedupe_command.py; the engine on Spark, which needs a cluster, by test_spark.py.
RUN = [path for path in PAGES if path.name not in ("command-line.md", "model-card.md", "scale.md")]
FRAMEWORKS = {"scrapy", "fastapi"}  # only where the extra `docs` is installed; `.ci/run` installs it
SHELL_ONLY = ("python3 -m venv", "pip install")


def name(path: Path) -> str:
    return str(path.relative_to(DOCS))


def blocks(path: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(path.read_text("utf-8"))


def prints(line: str) -> str:
    """What a command of the documentation prints; `> FILE` and `|| test $? -eq N` mean what they do in a shell."""
    line, _, wanted = line.partition(" || test $? -eq ")
    line, _, target = line.partition(" > ")
    words = shlex.split(line, comments=True)
    assert words[0] == "dedup", line
    result = CliRunner().invoke(main, words[1:])
    usual = (0, 3) if words[1:3] == ["index", "check"] else (0,)
    assert result.exit_code in ((int(wanted),) if wanted else usual), f"{line}\n{result.output}"
    if target:
        Path(target).write_text(result.stdout, "utf-8")
    return result.stdout


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", RUN, ids=name)
def test_commands_run_and_print_what_is_shown(page, folder):
    """A block of output belongs to the commands before it; a table before a command is the file that it is given."""
    output, checker = "", doctest.OutputChecker()
    for language, text in blocks(page):
        if language == "csv":
            (folder / "pairs.csv").write_text(text, "utf-8")
        elif language == "sh":
            lines = [
                line for line in text.splitlines() if line.strip() and not any(skip in line for skip in SHELL_ONLY)
            ]
            output = "".join(map(prints, lines)) if lines else output
        elif language == "text":
            assert checker.check_output(text, output, doctest.ELLIPSIS), f"{page.name} shows\n{text}\nand not\n{output}"


def test_the_output_in_the_readme(folder):
    (shown,) = [text for language, text in BLOCK.findall((ROOT / "README.md").read_text("utf-8")) if language == "text"]
    output = prints("dedup scan fixtures/ -o dedup-report")
    assert doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS), output


def needs(text: str) -> set[str]:
    return {framework for framework in FRAMEWORKS if re.search(rf"^from {framework}\b", text, re.M)}


@pytest.mark.parametrize("page", [p for p in RUN if any(lang == "python" for lang, _ in blocks(p))], ids=name)
def test_code_runs(page, folder):
    names: dict = {"__name__": "example"}
    for language, text in blocks(page):
        if language == "python" and not needs(text):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(text, names)


def recipe(framework: str) -> types.ModuleType:
    """The recipe of a framework as a module, so that it looks itself up as it does in a project."""
    pytest.importorskip(framework)
    texts = [text for _, text in blocks(DOCS / "how-to" / "pipelines.md") if framework in needs(text)]
    assert len(texts) == 1
    module = types.ModuleType(f"recipe_{framework}")
    sys.modules[module.__name__] = module
    exec(compile(texts[0], framework, "exec"), module.__dict__)
    return module


class TestRecipes:
    def test_scrapy(self, folder):
        module = recipe("scrapy")
        pipeline = module.DropCopies(str(folder / "seen"))
        pipeline.open_spider()
        one = {"url": "https://one.example/a", "text": story(1), "title": "One"}
        assert pipeline.process_item(one) is one
        assert pipeline.process_item(one) is one  # the same page again is no copy of itself
        with pytest.raises(module.DropItem, match=r"exact of https://one\.example/a"):
            pipeline.process_item({"url": "https://two.example/a", "text": story(1)})
        other = {"url": "https://two.example/b", "text": story(2)}
        assert pipeline.process_item(other) is other
        assert pipeline.process_item({"url": "https://two.example/c"})
        pipeline.close_spider()

    def test_fastapi(self, folder):
        module = recipe("fastapi")
        from fastapi.testclient import TestClient

        with TestClient(module.app) as client:
            assert client.post("/articles", json={"id": "a", "text": story(1)}).json() == []
            (match,) = client.post("/articles", json={"id": "b", "text": story(1)}).json()
            assert (match["left"], match["right"], match["kind"]) == ("a", "b", "exact")
            assert client.post("/articles", json={"id": "c", "text": ""}).status_code == 422

    def test_the_daily_task_gives_the_same_again(self, folder):
        names: dict = {}
        exec(next(text for _, text in blocks(DOCS / "how-to" / "pipelines.md") if "def without_copies" in text), names)
        day = folder / "day"
        day.mkdir()
        for number, text in enumerate((story(1), story(1), story(2))):
            (day / f"{number}.txt").write_text(text, "utf-8")
        first = names["without_copies"](str(day), str(folder / "archive"), "one.jsonl")
        assert first == {"read": 3, "kept": 2}
        assert names["without_copies"](str(day), str(folder / "archive"), "two.jsonl") == first
        assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()


class TestFields:
    TOLD = (DOCS / "files.md").read_text("utf-8")

    def test_all_fields_that_are_written_are_told(self):
        report = dedup.scan([article("a", 1), article("b", 1, 0.05), article("c", 2)], workers=1)
        match, cluster = rows.match_row(report.matches[0]), rows.cluster_row(report.clusters[0])
        score = rows.article_row("a", None, report.scores["a"])
        template = rows.template_row(dedup.records.Template("t", 4, ("a", "b"), ("a", "b", "c", "d")))
        skipped = rows.skipped_row(dedup.Skipped("a", 1, "why"))
        result = dedup.evaluate(ROOT / "fixtures" / "pairs.gold", {("ferry/a", "bank/original.txt"): Found(1.0)})
        found = [match, *match["passages"], *match["evidence"], cluster, template, skipped, score, score["score"]]
        found += [text_row(article("a", 1)), scan_row(report)]
        found += [*result.error_rows()[:1], result.to_dict()]
        names = {field for row in found for field in row} | {"in_archive", "kept", "dedup_profile", "answers", "picked"}
        assert not {field for field in names if f"`{field}`" not in self.TOLD}


def test_every_page_is_in_the_navigation():
    told = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert all(f": {name(path)}" in told for path in PAGES)


def test_pictures_are_there():
    for path in [*PAGES, ROOT / "README.md"]:
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"
