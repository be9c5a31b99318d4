"""How long work ends: by signals within a second, with the parent, and with a clear error when a worker is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(holds, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


@pytest.fixture
def started(tmp_path):
    """The command under way, and the process numbers of its two workers."""
    path = tmp_path / "workers"
    command = [sys.executable, "-m", "tests.engines.long_work", "long", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert wait_until(lambda: path.exists() and len(path.read_text().split()) == 2, 60)
        yield process, [int(word) for word in path.read_text().split()]
        process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_command_and_its_workers(started, number, code):
    process, workers = started
    process.send_signal(number)
    assert process.wait(10) == code
    assert wait_until(lambda: not any(map(alive, workers)), 5)
    assert b"Traceback" not in process.stderr.read()


def test_workers_end_with_a_parent_that_is_killed(started):
    process, workers = started
    process.kill()
    assert wait_until(lambda: not any(map(alive, workers)), 5)


def test_a_killed_worker_is_told(started):
    process, workers = started
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait(10) == 1
    assert b"a worker process was killed from outside" in process.stderr.read()
