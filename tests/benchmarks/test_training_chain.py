"""The chain of training: steps come after what they need, commands fit the scripts, and parts of it can be chosen."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.training.all import NAMES, ROOT, STEPS, Step, chosen, run
from benchmarks.training.versions import differences, installed, record

FOLDERS = {"packs": "PACKS", "wordnet": "WORDNET", "scratch": "SCRATCH"}


def test_every_step_comes_after_what_it_needs() -> None:
    for at, step in enumerate(STEPS):
        assert set(step.needs) <= set(NAMES[:at]), step.name


def test_every_file_is_written_once_and_those_of_the_package_exist() -> None:
    files = [name for step in STEPS for name in step.writes]
    assert len(files) == len(set(files))
    assert all((ROOT / name).exists() for name in files if name.startswith("dedup/"))


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_commands_fit_the_scripts(step: Step) -> None:
    module, *words = step.words(FOLDERS)[2:]
    source = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text("utf-8")
    assert 'if __name__ == "__main__"' in source
    for shared in re.findall(r"from (benchmarks\.[\w.]+) import", source):  # options that two scripts have
        source += (ROOT / shared.replace(".", "/")).with_suffix(".py").read_text("utf-8")
    assert [word for word in words if word.startswith("-") and f'"{word}"' not in source] == []


def test_steps_can_be_chosen() -> None:
    assert [step.name for step in chosen(["check", "score"], None)] == ["score", "check"]
    assert [step.name for step in chosen(None, "check")] == ["check", "spinners", "findings", "mixed", "card"]
    assert chosen(None, None) == list(STEPS)


def test_a_dry_run_prints_the_commands_and_writes_nothing(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    command = [sys.executable, "-m", "benchmarks.training.all", "--packs", str(tmp_path), "--scratch", str(scratch)]
    shown = subprocess.run([*command, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(shown.splitlines()) == len(STEPS)
    assert not scratch.exists()


def test_a_step_keeps_what_it_prints(tmp_path: Path) -> None:
    folders = dict.fromkeys(FOLDERS, str(tmp_path))
    run(Step("tables", "platform --terse", ()), folders)
    assert (tmp_path / "tables.txt").read_text("utf-8").strip()
    with pytest.raises(subprocess.CalledProcessError):
        run(Step("tables", "platform.nothing", ()), folders)
    assert not (tmp_path / "tables.txt").exists()


def test_other_versions_are_named(tmp_path: Path) -> None:
    path = tmp_path / "versions.json"
    record(path)
    assert differences(path) == []
    path.write_text(path.read_text("utf-8").replace(installed()["numpy"], "0.1"), "utf-8")
    assert [told.split()[0] for told in differences(path)] == ["numpy"]
