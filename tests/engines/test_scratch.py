"""Temporary folders of processes that were killed are swept away; those of living ones are left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedup.engines import scratch
from dedup.engines.scratch import Scratch

ROOT = Path(__file__).parents[2]
HOLDING = """
import sys, time
from dedup.engines.scratch import Scratch
made = Scratch()
print(made.name, flush=True)
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(scratch.fcntl is None, reason="no locks on files")


def aged(folder: str) -> Path:
    """The folder, as if it had been made an hour ago."""
    lock = Path(folder) / "lock"
    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    return Path(folder)


def swept(folder) -> None:
    scratch._sweep.cache_clear()
    scratch._sweep(str(folder))


def test_only_what_a_killed_process_left_is_swept(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", HOLDING], env=environment, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        folder = aged(one.stdout.readline().strip())
        (tmp_path / "dedup-of-somebody").mkdir()
        (tmp_path / "dedup-link").symlink_to(ROOT)
        swept(tmp_path)
        assert folder.exists()
        one.send_signal(signal.SIGKILL)
        one.wait()
    swept(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dedup-link", "dedup-of-somebody"]
    assert (ROOT / "dedup").exists()


def test_a_folder_that_was_just_made_is_left(tmp_path):
    young = tmp_path / "dedup-young"
    young.mkdir()
    (young / "lock").touch()
    swept(tmp_path)
    assert young.exists()


def test_it_is_gone_after_its_use():
    with Scratch() as name:
        assert os.listdir(name) == ["lock"]
    assert not os.path.exists(name)
