"""Turns of processes that compile the same kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dedup.compiled import turns
from dedup.compiled.turns import Turn

ROOT = Path(turns.__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from dedup.compiled.turns import Turn
turn = Turn()
turn.take(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.readline()
Path(sys.argv[2]).write_text("made")
turn.give_back()
"""
pytestmark = pytest.mark.skipif(not turns.LOCKS, reason="no locks on this system")


def _holder(lock: Path, made: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(lock), str(made)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "taken\n"
    return process


def test_what_another_process_makes_is_waited_for(tmp_path: Path) -> None:
    lock, made = tmp_path / "a" / "kernel.lock", tmp_path / "made"
    process, turn = _holder(lock, made), Turn()
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()
    turn.take(lock)
    assert made.read_text() == "made"
    turn.give_back()
    assert not lock.exists()
    process.communicate()


def test_a_process_that_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    process, turn = _holder(tmp_path / "kernel.lock", tmp_path / "made"), Turn()
    process.kill()
    process.communicate()
    turn.take(tmp_path / "kernel.lock")
    turn.take(tmp_path / "kernel.lock")  # and one that failed in between does not wait for itself
    turn.give_back()
    turn.give_back()
    assert not (tmp_path / "kernel.lock").exists()


def test_no_process_is_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    process, turn = _holder(tmp_path / "kernel.lock", tmp_path / "made"), Turn()
    turn.take(tmp_path / "kernel.lock")
    assert not (tmp_path / "made").exists()
    turn.give_back()
    process.communicate("\n")


def test_a_folder_that_cannot_be_made_has_no_turns(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    turn = Turn()
    turn.take(tmp_path / "file" / "kernel.lock")
    turn.give_back()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
