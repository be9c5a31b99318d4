"""`--resume`: a scan and a removal that are killed and begun again leave the same bytes as those that were not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup.cli import main
from dedup.engines import kept as engine
from tests.made_articles import edited, story

ROOT = Path(__file__).parents[2]
# The command line in a process that is killed after some pieces of work.
KILLED = """
import os, signal, sys
from dedup.cli import main
from dedup.engines.kept import Kept
from dedup.pipeline import scan
scan.PAIR_CHUNK = scan.SCORE_CHUNK = 8
left, write = int(sys.argv[1]), Kept._write
def counted(self, key, data):
    global left
    write(self, key, data)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
Kept._write = counted
main(sys.argv[2:])
"""


@pytest.fixture
def news(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dedup.pipeline.scan.PAIR_CHUNK", 8)
    monkeypatch.setattr("dedup.pipeline.scan.SCORE_CHUNK", 8)
    rows = [{"id": f"{n}", "text": story(n)} for n in range(24)]
    rows += [{"id": f"copy-{n}", "text": edited(n, 0.2)} for n in range(24)]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def worked(monkeypatch) -> list[object]:
    """Pieces of work that this process does and does not take from an earlier one."""
    pieces: list[object] = []
    write = engine.Kept._write

    def counted(self, key, data):
        pieces.append(key)
        write(self, key, data)

    monkeypatch.setattr(engine.Kept, "_write", counted)
    return pieces


def run(*arguments: str) -> None:
    result = CliRunner().invoke(main, [*arguments, "--workers", "1", "-q"])
    assert result.exit_code == 0, result.output


def killed(after: int, *arguments: str) -> None:
    command = [sys.executable, "-c", KILLED, str(after), *arguments, "--workers", "1", "-q"]
    ended = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -9


def rows_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


def test_a_scan(news, worked):
    run("scan", "news.jsonl", "-o", "whole")
    pieces = len(worked)
    assert pieces >= 9  # six of scores, at least three of pairs
    killed(8, "scan", "news.jsonl", "-o", "out")
    worked.clear()
    run("scan", "news.jsonl", "-o", "out", "--resume")
    assert len(worked) == pieces - 8
    assert rows_of(news / "out") == rows_of(news / "whole")
    assert not (news / "out" / ".unfinished").exists()


def test_a_removal(news, worked):
    run("dedupe", "news.jsonl", "-o", "whole.jsonl")
    pieces = len(worked)
    killed(2, "dedupe", "news.jsonl", "-o", "clean.jsonl")
    assert (news / ".clean.jsonl.unfinished").exists()
    worked.clear()
    run("dedupe", "news.jsonl", "-o", "clean.jsonl", "--resume")
    assert len(worked) == pieces - 2
    assert (news / "clean.jsonl").read_bytes() == (news / "whole.jsonl").read_bytes()
    assert (news / "clean.removed.jsonl").read_bytes() == (news / "whole.removed.jsonl").read_bytes()
    assert not (news / ".clean.jsonl.unfinished").exists()


def test_work_on_another_input_or_unasked_is_not_taken(news, worked):
    for resume in ((), ("--resume",)):
        killed(3, "scan", "news.jsonl", "-o", "out")
        worked.clear()
        if resume:
            data = (news / "news.jsonl").read_bytes()
            (news / "news.jsonl").write_bytes(data.replace(b".", b"!", 1))
        run("scan", "news.jsonl", "-o", "out", *resume)
        assert len(worked) >= 9
    run("scan", "news.jsonl", "-o", "whole")
    assert rows_of(news / "out") == rows_of(news / "whole")
