"""Inputs made to break readers, kernels, models and indexes: each gives a result, a `Skipped` or an error of ours.

    python -m benchmarks.quality.fuzz [--inputs 1000] [--targets page align] [--seed 0] [--bounds] [--keep FOLDER]
    python -m benchmarks.quality.fuzz --again TARGET:BLOCK:NUMBER      one input again, with its traceback

Inputs are made by mutation of seeds and of what gave a new kind of outcome (`mutations`), in blocks of 500 that each
start from the seeds: an input depends on seed, target, block and number alone. Each block runs in a process of its own.
Wrong are: an exception that is none of ours, a broken promise about the result (spans, ranges, order, what is written
can be read), more than 10 seconds of processor time for one input (64 KB at most), a process that dies, and a block
that needs more than 600 MB. `--bounds` compiles the kernels with checks of every index (minutes, into a cache of its
own). Exit code 1 if anything was wrong. `--inputs` counts all targets together, in shares that go with their speed.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from benchmarks.quality.fuzz_targets import TARGETS, Target
from benchmarks.quality.mutations import MOST, mutated
from dedup.errors import DedupError

BLOCK = 500  # inputs a process
SECONDS = 10  # of processor time an input may take
MEGABYTES = 600  # that a block may add to the memory of the process it begins in
MOST_KEPT = 400  # inputs of a block that gave something new
HEAD = struct.Struct("<qqq")  # number and length of the input on which a block is, and how many outcomes it has seen
WRONG = "WRONG"


class Trouble(NamedTuple):
    """One input and what it did."""

    target: str
    block: int
    number: int
    what: str
    data: bytes


def outcome(target: Target, data: bytes) -> str:
    """Return what an input did, without its details; begins with WRONG where it must not be."""
    try:
        said = target.run(data)
    except DedupError as error:
        said = f"{type(error).__name__}: {error}"
    except Exception:
        return f"{WRONG}: {traceback.format_exc()}"
    return re.sub(r"\d+|'[^']*'|/\S+", "#", said)[:200]


def inputs(target: Target, name: str, seed: int, block: int) -> Iterator[tuple[bytes, Callable[[str], None]]]:
    """Yield the inputs of a block, each with what has to be told its outcome: new ones are kept and mutated."""
    draw, corpus, seen = random.Random(f"{seed} {name} {block}"), list(target.seeds()), set[str]()

    for _ in range(BLOCK):
        data = mutated(corpus, draw)

        def told(said: str, data: bytes = data) -> None:
            if said not in seen and len(corpus) < MOST_KEPT and len(data) < MOST // 8:
                corpus.append(data)
            seen.add(said)

        yield data, told


def _child(target: Target, name: str, seed: int, block: int, shared: mmap.mmap, found: int) -> None:
    """Run a block; what is wrong goes to the descriptor, the input that is tried to the shared memory."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    said_by, before = Counter[str](), _peak(reset=True)
    with os.fdopen(found, "w", errors="backslashreplace") as out, tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, (data, told) in enumerate(inputs(target, name, seed, block)):
            shared[HEAD.size : HEAD.size + len(data)] = data
            shared[: HEAD.size] = HEAD.pack(number, len(data), len(said_by))
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            said = outcome(target, data)
            signal.setitimer(signal.ITIMER_PROF, 0)
            said_by[said] += 1
            told(said)
            if said.startswith(WRONG):
                out.write(f"{number}\0{data.hex()}\0{said}\0\0\n")
        grown = _peak() - before
        shared[: HEAD.size] = HEAD.pack(BLOCK, 0, len(said_by))
        if grown > MEGABYTES:
            out.write(f"{BLOCK - 1}\0\0{WRONG}: {grown:.0f} MB of memory\0\0\n")


def _peak(reset: bool = False) -> float:
    """Return the most memory of this process, in MB; where the system can, since the last reset."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_block(name: str, seed: int, block: int) -> tuple[int, int, list[Trouble]]:
    """Return how many inputs a block tried, how many kinds of outcome it saw, and what was wrong."""
    target = TARGETS[name]
    shared, (receive, send) = mmap.mmap(-1, HEAD.size + MOST), os.pipe()
    child = os.fork()
    if not child:
        os.close(receive)
        try:
            _child(target, name, seed, block, shared, send)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    status = os.waitpid(child, 0)[1]
    number, length, kinds = HEAD.unpack(shared[: HEAD.size])
    rows = [row.split("\0", 2) for row in said.split("\0\0\n") if row]
    wrong = [Trouble(name, block, int(row[0]), row[2], bytes.fromhex(row[1])) for row in rows]
    if number != BLOCK:
        how = "hangs" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF else f"died ({status})"
        data = shared[HEAD.size : HEAD.size + length]
        wrong.append(Trouble(name, block, number, f"{WRONG}: {how}", data))
    return min(number + 1, BLOCK), kinds, wrong


def keep(folder: Path | None, trouble: Trouble, seed: int) -> None:
    """Print what an input did and, with a folder, keep it."""
    last = trouble.what.strip().splitlines()[-1]
    print(f"    {trouble.target}:{trouble.block}:{trouble.number}  {last[:160]}", flush=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{trouble.target}-{seed}-{trouble.block}-{trouble.number}"
        (folder / f"{name}.txt").write_text(trouble.what, errors="backslashreplace")
        (folder / f"{name}.bin").write_bytes(trouble.data)


def again(place: str, seed: int) -> int:
    """Run one input once more and print what it is and does; those before it decide what it is made of."""
    name, block, number = place.split(":")
    for at, (data, told) in enumerate(inputs(TARGETS[name], name, seed, int(block))):
        last = at == int(number)
        if last:
            print(data[:2000])
        said = outcome(TARGETS[name], data)
        told(said)
        if last:
            print(said)
            return said.startswith(WRONG)
    raise SystemExit("there is no such input")


def with_bounds(arguments: list[str]) -> None:
    """Go on as a process whose kernels check every index."""
    if os.environ.get("NUMBA_BOUNDSCHECK") != "1":
        cache = Path(tempfile.gettempdir()) / f"dedup-bounds-{os.getuid()}"
        own = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR") or str(cache)}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.quality.fuzz", *arguments], {**os.environ, **own})


def survey(name: str, count: int, seed: int, folder: Path | None = None) -> tuple[int, int, int]:
    """Try so many inputs on a target; returns how many, the kinds of outcome a block and how many were wrong."""
    for data in TARGETS[name].seeds():  # compiles and loads, once for all blocks
        outcome(TARGETS[name], data)
    done, most, bad = 0, 0, 0
    for block in range(-(-count // BLOCK)):
        tried, kinds, wrong = run_block(name, seed, block)
        done, most, bad = done + tried, max(most, kinds), bad + len(wrong)
        for trouble in wrong[:5]:
            keep(folder, trouble, seed)
    return done, most, bad


def main() -> int:
    """Print a line for each target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bounds", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that are wrong")
    parser.add_argument("--again", metavar="TARGET:BLOCK:NUMBER")
    options = parser.parse_args()
    if options.bounds:
        with_bounds(sys.argv[1:])
    if options.keep:
        options.keep = options.keep.absolute()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):  # targets leave files where they are run
        return again(options.again, options.seed) if options.again else survey_all(options)


def survey_all(options: argparse.Namespace) -> int:
    """Print a line for each target; returns whether any input was wrong."""
    shares = sum(TARGETS[name].share for name in options.targets)
    total, wrong = 0, 0
    print(f"{'target':12} {'inputs':>9} {'outcomes':>9} {'wrong':>6} {'seconds':>8}")
    for name in options.targets:
        begin = time.monotonic()
        done, kinds, bad = survey(name, options.inputs * TARGETS[name].share // shares, options.seed, options.keep)
        total, wrong = total + done, wrong + bad
        print(f"{name:12} {done:9,} {kinds:9} {bad:6} {time.monotonic() - begin:8.0f}", flush=True)
    print(f"{'all':12} {total:9,} {'':9} {wrong:6}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
