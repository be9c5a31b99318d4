"""The README under test: its commands, its example, and the files and fields that it names."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SHELL = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]


def options_of(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("-") and word != "-"]


def test_the_two_commands_come_first_and_are_one_line_each():
    scan, test = SHELL[:2]
    assert (
        scan == "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/dedup scan fixtures/ -o dedup-report"
    )
    assert test == "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/python -m pytest"
    assert README.index(test) < README.index("\n## ")


@pytest.mark.parametrize("line", [line for line in SHELL if re.search(r"\bdedup [a-z]", line)])
def test_commands_and_options_exist(line):
    words = shlex.split(re.split(r"\bdedup (?=[a-z])", line)[-1], comments=True)
    commands = []
    while words and not words[0].startswith("-") and (main_of(commands + words[:1])) is not None:
        commands.append(words.pop(0))
    command = main_of(commands)
    assert commands
    known = {name for parameter in command.params for name in parameter.opts}
    assert set(options_of(words)) <= known


def main_of(path: list[str]):
    command = main
    for name in path:
        command = getattr(command, "commands", {}).get(name)
        if command is None:
            return None
    return command


def test_the_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        exec(block, names)
    assert names["match"].kind == "rewrite"
    assert [(m.left, m.right) for m in names["report"].matches] == [("original", "spun")]
    assert names["matches"] == list(names["report"].matches)
    assert names["alignment"].passages
    assert names["score"].overall > 0.9


def test_every_command_has_help_and_every_option_too():
    def visit(command, path):
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        assert command.help, path
        assert all(p.help for p in command.params if p.param_type_name == "option"), path
        for name, inner in getattr(command, "commands", {}).items():
            visit(inner, [*path, name])

    visit(main, [])


def test_exit_codes_are_documented():
    assert set(re.findall(r"^\| (\d) \|", README, re.M)) >= {"0", "1", "2"}
    assert all(code in main.help for code in ("0 done", "1 failed", "2 wrong usage"))
