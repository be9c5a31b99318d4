"""Kernels on disk: used again, made again when something is wrong with them, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dedup.compiled import sources

HELPER = "FACTOR = {factor}\n"
KERNEL = """
import sys
from dedup.compiled.decorators import kernel
from dedup.errors import DedupError

@kernel
def triple(value):
    return 3 * value

print(triple(7), triple(2.5), sum(triple.stats.cache_hits.values()))
"""


def _run(folder: Path, *, cache: Path | None, **more: str) -> tuple[str, str]:
    script = folder / "script.py"
    script.write_text(KERNEL)
    root = str(Path(sources.PACKAGE).parent)
    environment = {**os.environ, "PYTHONPATH": root, "DEDUP_PLAIN_NUMBA": "", **more}
    environment.pop("NUMBA_CACHE_DIR", None)
    if cache:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _hole(data: bytes) -> bytes:
    """What is left of a file whose end had not reached the disk."""
    return data[:1000] + bytes(len(data) - 1000)


@pytest.mark.parametrize("damage", [_cut, _hole, lambda _: b"", lambda _: os.urandom(5000)])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    assert _run(tmp_path, cache=tmp_path / "cache") == ("21 7.5 0", "")
    files = list((tmp_path / "cache").rglob("*.nbc"))
    assert len(files) == 2
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    assert _run(tmp_path, cache=tmp_path / "cache") == ("21 7.5 0", "")
    assert _run(tmp_path, cache=tmp_path / "cache") == ("21 7.5 2", "")
    assert len(list((tmp_path / "cache").rglob("*"))) == 3, "the folder and two files"


@pytest.mark.parametrize("plain", ["", "1"])
def test_without_a_folder_one_line_says_what_is_lost(tmp_path: Path, plain: str) -> None:
    file = tmp_path / "file"
    file.touch()  # a folder cannot be made in a file, whoever asks
    (tmp_path / "__pycache__").touch()
    more = {"HOME": str(file), "XDG_CACHE_HOME": str(file), "TMPDIR": str(file), "DEDUP_PLAIN_NUMBA": plain}
    found, said = _run(tmp_path, cache=file, **more)
    assert found == "21 7.5 0"
    assert len(said.splitlines()) == 1
    assert "cannot be kept in" in said
    assert "NUMBA_CACHE_DIR" in said


def test_where_nothing_else_can_be_written_a_temporary_folder_keeps_them(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "__pycache__").touch()
    (tmp_path / "own").mkdir()
    more = {"HOME": str(file), "XDG_CACHE_HOME": str(file), "TMPDIR": str(tmp_path / "own")}
    assert _run(tmp_path, cache=None, **more) == ("21 7.5 0", "")
    assert _run(tmp_path, cache=None, **more) == ("21 7.5 2", "")
    next((tmp_path / "own").glob("dedup-kernels-*")).chmod(0o777)
    found, said = _run(tmp_path, cache=None, **more)
    assert found == "21 7.5 0", "others could have put anything there"
    assert "cannot be kept in" in said


def test_numbas_own_way_gives_the_same(tmp_path: Path) -> None:
    assert _run(tmp_path, cache=tmp_path / "cache", DEDUP_PLAIN_NUMBA="1") == ("21 7.5 0", "")
    assert _run(tmp_path, cache=tmp_path / "cache", DEDUP_PLAIN_NUMBA="1") == ("21 7.5 2", "")


def test_two_first_runs_at_once_keep_both_kernels(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(KERNEL)
    own = {"PYTHONPATH": str(sources.PACKAGE.parent), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    environment = {**os.environ, **own, "DEDUP_PLAIN_NUMBA": ""}
    command = [sys.executable, str(script)]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert all(process.communicate()[0].startswith("21 7.5 ") for process in running)
    assert _run(tmp_path, cache=tmp_path / "cache") == ("21 7.5 2", "")


def test_a_change_of_an_imported_module_is_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "dedup"
    package.mkdir()
    for name, text in {
        "outer.py": "from dedup.middle import (\n    a,\n)\n",
        "middle.py": "from dedup import inner\na = 1\n",
        "inner.py": "b = 1\n",
        "apart.py": "",
    }.items():
        (package / name).write_text(text)
    monkeypatch.setattr(sources, "PACKAGE", package)

    def digest() -> str:
        sources.digest.cache_clear()
        sources._source.cache_clear()
        return sources.digest(str(package / "outer.py"))

    first = digest()
    (package / "apart.py").write_text("c = 1\n")
    assert digest() == first
    (package / "inner.py").write_text("b = 2\n")
    assert digest() != first
