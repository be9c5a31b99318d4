"""A power cut at any moment of an index's work: what was acknowledged is there, what was not synced may be gone.

    python -m benchmarks.quality.power_cut [--turns 12] [--states 1000] [--seed 0] [--keep FOLDER]

One process works on an index as in `soak` (adds, removals, expiry, compaction, checks) while strace writes down what it
asks of the file system. That list is played again on a model of a disk: a write counts as lasting after an fsync of its
file, a name after one of its folder. A cut comes between two calls, at places spread over the list. Of what is not yet
synced then, all is lost, all is kept, or some is: any of the writes to a file, some of them torn at a sector of 512
bytes, and the first few of the changes of names, whose order journals keep. Each state that may be found after the cut
is laid out in a folder and compared with what had been acknowledged, as in `soak`. Exit code 1 if anything is lost or
wrong. Needs Linux and strace. Source of the method: Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.quality.soak import Worker, wrong
from dedup.index import compaction

CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat,lseek"
FROZEN = 40  # articles of a segment
SECTOR = 512  # bytes that are written whole or not at all
MEMORY = "-shm"  # SQLite's shared memory, which it makes again
CALL = re.compile(r"\d+\s+(\w+)\((.*)\)\s+=\s+(\d+)", re.DOTALL)
UNFINISHED = re.compile(r"(\d+)\s+(.*) <unfinished \.\.\.>")
RESUMED = re.compile(r"(\d+)\s+<\.\.\. \w+ resumed>(.*)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
HANDLE = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")


class Write(NamedTuple):
    """Bytes for a place in a file; without bytes, the place is where the file is cut off."""

    at: int
    data: bytes | None


class Rename(NamedTuple):
    """A name that gets a file, or none; `old` loses it."""

    name: str
    file: File | None
    old: str | None = None


@dataclass(eq=False)
class File:
    """What lasts of a file, and what was asked for since it was last synced."""

    lasting: bytes = b""
    pending: list[Write] = field(default_factory=list)

    def after(self, writes: list[Write]) -> bytes:
        """Return the content once some writes have come through; places that nothing was written to are zeros."""
        data = bytearray(self.lasting)
        for at, new in writes:
            data.extend(bytes(max(0, at - len(data))))
            if new is None:
                del data[at:]
            else:
                data[at : at + len(new)] = new
        return bytes(data)

    def sync(self) -> None:
        """Let everything last."""
        self.lasting, self.pending = self.after(self.pending), []


Names = dict[str, File]


def after(names: Names, changes: list[Rename]) -> Names:
    """Return the names of a folder once some changes have come through."""
    found = dict(names)
    for name, file, old in changes:
        if old is not None:
            found.pop(old, None)
        if file is None:
            found.pop(name, None)
        else:
            found[name] = file
    return found


class Disk:
    """The folder of an index on a disk that loses what is not synced, and the notes beside it, which it keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now, self.lasting, self.changes, self.notes = Names(), Names(), list[Rename](), Names()
        self._places: dict[str, int] = {}  # by number of a descriptor

    def call(self, name: str, arguments: str, result: int) -> bool:
        """Play a call again; returns whether it had to do with the folder."""
        handle = HANDLE.match(arguments)
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(arguments)]
        if name == "openat":
            return self._open(texts[0].decode(), arguments, str(result))
        if name.startswith(("link", "rename", "unlink")):
            return self._rename(name, *(Path(text.decode()) for text in texts))
        if handle is None:
            return False
        path = Path(bytes.fromhex(handle[2].replace("\\x", "")).decode())
        if path == self.folder and name in ("fsync", "fdatasync"):
            self.lasting, self.changes = after(self.lasting, self.changes), []
            return True
        file = self._file(path)
        return file is not None and self._change(file, name, handle[1], arguments, result, texts)

    def _file(self, path: Path) -> File | None:
        names = {self.folder: self.now, self.folder.parent: self.notes}.get(path.parent)
        return None if names is None else names.get(path.name)

    def _open(self, name: str, arguments: str, handle: str) -> bool:
        path = Path(name)
        self._places[handle] = 0
        if path.parent == self.folder.parent and path.name.startswith("notes-"):
            file = self.notes.setdefault(path.name, File())
        elif path.parent == self.folder and "O_CREAT" in arguments and path.name not in self.now:
            file = File()
            self._renamed(Rename(path.name, file))
        elif not (found := self._file(path)):
            return False
        else:
            file = found
        if "O_TRUNC" in arguments:
            file.pending.append(Write(0, None))
        if "O_APPEND" in arguments:
            self._places[handle] = len(file.after(file.pending))
        return True

    def _renamed(self, change: Rename) -> None:
        self.changes.append(change)
        self.now = after(self.now, [change])

    def _rename(self, call: str, old: Path, new: Path | None = None) -> bool:
        if old.parent != self.folder:
            return False
        if new is None:
            self._renamed(Rename(old.name, None))
        else:
            self._renamed(Rename(new.name, self.now[old.name], old.name if call.startswith("rename") else None))
        return True

    def _change(self, file: File, name: str, handle: str, arguments: str, result: int, texts: list[bytes]) -> bool:
        if name in ("fsync", "fdatasync"):
            file.sync()
        elif name == "ftruncate":
            file.pending.append(Write(int(arguments.rsplit(",", 1)[1]), None))
        elif name == "pwrite64":
            file.pending.append(Write(int(arguments.rsplit(",", 1)[1]), texts[-1][:result]))
        elif name == "lseek":
            self._places[handle] = result
        else:
            file.pending.append(Write(self._places[handle], texts[-1][:result]))
            self._places[handle] += result
        return True

    def lay(self, folder: Path, keep: Callable[[list[Write]], list[Write]], names: int) -> None:
        """Write what is found after a cut: the first so many changes of names, and the writes that `keep` returns."""
        (folder / "index").mkdir(parents=True)
        for name, file in after(self.lasting, self.changes[:names]).items():
            if not name.endswith(MEMORY):
                (folder / "index" / name).write_bytes(file.after(keep(file.pending)))
        for name, file in self.notes.items():
            (folder / name).write_bytes(file.after(file.pending))


def none(_: list[Write]) -> list[Write]:
    """Keep no write."""
    return []


def some(draw: random.Random) -> Callable[[list[Write]], list[Write]]:
    """Return what keeps a random part of the writes, one in eight of them torn."""

    def torn(write: Write) -> Write:
        if write.data is None or draw.random() > 1 / 8:
            return write
        return write._replace(data=write.data[: draw.randrange(0, len(write.data) + 1, SECTOR)])

    return lambda writes: [torn(write) for write in writes if draw.random() < 0.5]


def calls(trace: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the calls that strace saw succeed, in the order in which they ended."""
    begun: dict[str, str] = {}
    with trace.open() as lines:
        for line in lines:
            if found := UNFINISHED.match(line):
                begun[found[1]] = found[2]
                continue
            resumed = RESUMED.match(line)
            whole = f"{resumed[1]} {begun.pop(resumed[1])}{resumed[2]}" if resumed else line
            if found := CALL.match(whole):
                yield found[1], found[2], int(found[3])


def work(folder: Path, turns: int, seed: int) -> None:
    """Work on an index in a folder and note what was acknowledged."""
    compaction.FREEZE = FROZEN
    worker = Worker(folder, 1, str(seed))
    for _ in range(turns):
        worker.turn()


def traced(folder: Path, turns: int, seed: int) -> Path:
    """Let a process work in a folder; returns the file with its calls."""
    trace = folder.with_suffix(".trace")
    command = [sys.executable, "-m", __spec__.name, "--work", str(folder), "--turns", str(turns), "--seed", str(seed)]
    strace = ["strace", "-f", "-y", "-xx", "-s", str(1 << 26), "-e", f"trace={CALLS}", "-o", str(trace)]
    folder.mkdir()
    subprocess.run([*strace, *command], check=True)
    return trace


def states(disk: Disk, draw: random.Random) -> Iterator[tuple[str, Callable[[list[Write]], list[Write]], int]]:
    """Yield what may be left by a cut: its name, the writes that are kept, and how many changes of names are."""
    most = len(disk.changes)
    yield "all lost", none, 0
    yield "all kept", list, most
    yield "names kept, writes lost", none, most
    yield "some kept", some(draw), draw.randint(0, most)


def check(disk: Disk, folder: Path, keep: Callable[[list[Write]], list[Write]], names: int) -> list[str]:
    """Return what is wrong with one state, by the notes and by what opening the index raises."""
    disk.lay(folder, keep, names)
    try:
        return list(wrong(folder))
    except Exception:
        return [traceback.format_exc()]


def main() -> int:
    """Print how many states were tried and what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=12, help="times that the index is opened and worked on")
    parser.add_argument("--states", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the states that are wrong")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.turns, options.seed)
        return 0
    with tempfile.TemporaryDirectory() as name:
        return cut(Path(name).resolve(), options)


def cut(folder: Path, options: argparse.Namespace) -> int:
    """Let a process work, cut the power at places spread over what it did, and print what was wrong."""
    trace, draw = traced(folder / "work", options.turns, options.seed), random.Random(options.seed)
    disk = Disk(folder / "work" / "index")
    count = sum(disk.call(*one) for one in calls(trace))
    disk, every = Disk(disk.folder), max(1, 4 * count // options.states)
    tried, bad, at = 0, 0, 0
    for one in calls(trace):
        if not disk.call(*one):
            continue
        at += 1
        if at % every:
            continue
        for what, keep, names in states(disk, draw):
            found = check(disk, folder / "found", keep, names)
            tried, bad = tried + 1, bad + bool(found)
            if found:
                print(f"call {at}, {what}: {found[0].strip().splitlines()[-1]}", flush=True)
                if options.keep:
                    shutil.copytree(folder / "found", options.keep / f"{at} {what}")
            shutil.rmtree(folder / "found")
    notes = next(iter(disk.notes.values()))
    said = notes.after(notes.pending).count(b"\nadd") + 1
    print(f"{count:,} calls, {said} adds begun or acknowledged, {tried:,} states after a cut, {bad} wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
