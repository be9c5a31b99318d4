"""Processor seconds that the first run of each command compiles for, and how many kernels that are.

    python -m benchmarks.speed.first_run [--cache FOLDER] [--kernels 20]

The commands run one after the other in processes of their own with one empty cache. A kernel is measured by the command
that compiles it first, with the helpers that were not compiled before; each command is charged with all the kernels
that it uses. `--kernels` lists the dearest. Compare figures of one run with each other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONE, OTHER = "fixtures/bank/original.txt", "fixtures/bank/spun.txt"
COMMANDS = {
    "scan --level near": ["scan", "fixtures", "--level", "near", "-o", "{work}/near"],
    "scan": ["scan", "fixtures", "-o", "{work}/full"],
    "compare": ["compare", ONE, OTHER],
    "score": ["score", OTHER],
    "index add": ["index", "add", "{work}/index", ONE],
    "index check": ["index", "check", "{work}/index", OTHER],
}


def main() -> None:
    """Run all commands and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", help="an empty folder for the kernels, kept afterwards")
    parser.add_argument("--kernels", type=int, default=0, help="how many of the dearest kernels to list")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        cache = options.cache or f"{work}/cache"
        used = {
            name: _used([part.format(work=work) for part in words], work, cache) for name, words in COMMANDS.items()
        }
    seconds: dict[str, float] = {}
    for kernels in used.values():
        for kernel, taken in kernels.items():
            seconds.setdefault(kernel, taken)
    print("| command | kernels | processor seconds |\n|---|---|---|")
    for name, kernels in used.items():
        print(f"| `dedup {name}` | {len(kernels)} | {sum(seconds[kernel] for kernel in kernels):.1f} |")
    for kernel in sorted(seconds, key=seconds.__getitem__, reverse=True)[: options.kernels]:
        print(f"{seconds[kernel]:6.2f} {kernel}")


def _used(words: list[str], work: str, cache: str) -> dict[str, float]:
    """The kernels that a command uses, each with the seconds it took to compile or load it."""
    record = Path(work) / "record.json"
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-m", __spec__.name, str(record), *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 3):  # 3: the index has a match
        sys.exit(f"dedup {' '.join(words)} failed")
    found: dict[str, float] = json.loads(record.read_text())
    return found


def _record(file: str, words: list[str]) -> None:
    """Run a command in this process alone and write down what it compiled or loaded."""
    from dedup.cli import main as command
    from dedup.compiled.private_numba import Kernel

    taken: dict[str, float] = {}
    inside = [0.0]
    plain = Kernel.compile

    def compile_timed(kernel: Any, signature: Any) -> Any:
        begun = time.process_time()
        inside.append(0.0)
        try:
            return plain(kernel, signature)
        finally:
            whole = time.process_time() - begun
            name = f"{kernel.py_func.__module__}.{kernel.py_func.__qualname__}"
            taken[name] = taken.get(name, 0.0) + whole - inside.pop()
            inside[-1] += whole

    Kernel.compile = compile_timed
    os.cpu_count = lambda: 1  # no second process: it would be measured by nobody
    try:
        command(words)
    finally:
        Path(file).write_text(json.dumps(taken))


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1].endswith(".json"):
        _record(sys.argv[1], sys.argv[2:])
    else:
        main()
