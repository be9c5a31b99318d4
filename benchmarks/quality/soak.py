"""An index at work for long: checks, adds, removals, expiry, compaction from several processes, and kills in between.

    python -m benchmarks.quality.soak [--minutes 60] [--processes 4] [--kills 30] [--folder DIR]

Each process opens one index over and over and asks, adds one or many, removes, expires or compacts, as a generator of
its own says. All but the first, whose memory is watched, are killed with SIGKILL at random moments, so many a minute,
and started again. Each notes what it is about to do and what was acknowledged in a file of its own, line by line. Every
minute and at the end all notes are compared with the index: an acknowledged article that nobody removed or expired is
there with its text, what was removed is gone, nothing is there that nobody added, a copy of an article is still found,
and every byte passes `info(verify=True)`. Expiry keeps some 2,000 articles. Exit code 1 if anything was lost or wrong,
or the first process grew by more than a fifth in the second half of its time.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from dedup.errors import IndexBusy
from dedup.index import compaction
from dedup.index.articles import ArticleIndex
from dedup.pipeline.indexes import open_index
from dedup.records import Article

WORDS, POOL = 90, 400  # words an article, articles that copies are made of
WINDOW = timedelta(hours=1)  # of the articles' own clock, which expiry keeps
TICK = timedelta(seconds=2)  # of that clock, an article
FROZEN = 200  # articles of a segment: many segments and merges
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
GROWN = 1.2  # most that the memory of the first process may grow in the second half
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


def text_of(number: int, writer: int) -> str:
    """Return the text of an article: words of its own, or of one of a pool with a few words changed."""
    draw = random.Random(number % POOL if number % 3 == 0 else f"{writer} {number}")
    words = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(WORDS)]
    change = random.Random(f"{number} {writer}")
    words[change.randrange(WORDS)] = f"{writer} {number}"
    return " ".join(words) + "."


class Notes:
    """What one process is about to do and has done; a line reaches the system before the call goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, what: str, names: list[str]) -> None:
        """Add a line."""
        os.write(self._file, f"{what}\t{' '.join(names)}\n".encode())


class Worker:
    """One process: its index, its notes and what it draws."""

    def __init__(self, folder: Path, number: int, seed: str) -> None:
        self.folder, self.number, self.draw = folder, number, random.Random(seed)
        self.notes = Notes(folder / f"notes-{number}")
        lines = self.notes.path.read_text().splitlines()
        self.next = sum(len(line.split("\t")[1].split()) for line in lines if line.startswith("adding"))
        self.count = Counter[str]()

    def fresh(self) -> Article:
        """Return an article that nobody has added yet."""
        self.next += 1
        published = BEGIN + TICK * self.next * 3
        name = f"{self.number}-{self.next}"
        return Article(name, text_of(self.next, self.number), source=f"s{self.next % 5}", published=published)

    def add(self, index: ArticleIndex) -> None:
        """Add one article."""
        self.many(index, 1)

    def many(self, index: ArticleIndex, count: int = 20) -> None:
        """Add some articles in one call."""
        articles = [self.fresh() for _ in range(count)]
        names = [article.id for article in articles]
        self.notes.say("adding", names)
        if count == 1:
            index.add(articles[0])
        else:
            index.add_many(articles, workers=1)
        self.notes.say("added", names)

    def check(self, index: ArticleIndex) -> None:
        """Ask for copies of articles that may be there; a match is one of ids that exist."""
        for _ in range(20):
            index.check(Article("asked", text_of(self.draw.randrange(self.next + 9), self.number)))

    def remove(self, index: ArticleIndex) -> None:
        """Remove one of its own articles."""
        if not self.next:
            return
        name = f"{self.number}-{self.draw.randrange(max(1, self.next - 60), self.next + 1)}"
        self.notes.say("removing", [name])
        index.remove(name)
        self.notes.say("removed", [name])

    def expire(self, index: ArticleIndex) -> None:
        """Expire what is older than the window, by its own newest article."""
        before = BEGIN + TICK * self.next * 3 - WINDOW
        self.notes.say("expiring", [before.isoformat()])
        index.expire(before)
        self.notes.say("expired", [before.isoformat()])

    def compact(self, index: ArticleIndex) -> None:
        """Merge all segments."""
        index.compact()

    def turn(self) -> None:
        """Open the index, do some things, close it."""
        names = self.draw.choices(list(ACTIONS), list(ACTIONS.values()), k=3)
        with open_index(self.folder / "index") as index:
            for name in names:
                try:
                    getattr(self, name)(index)
                    self.count[name] += 1
                except IndexBusy:
                    self.count["busy"] += 1
                    time.sleep(self.draw.random() / 50)


ACTIONS = {"add": 6, "many": 2, "check": 8, "remove": 2, "expire": 1, "compact": 0.3}


def work(folder: Path, number: int, seed: str, until: float) -> None:
    """Work until the time is up; memory is noted on the way. What is raised is kept for the parent."""
    compaction.FREEZE = FROZEN
    worker = Worker(folder, number, seed)
    begin, noted = time.monotonic(), 0.0
    try:
        while time.monotonic() < until:
            worker.turn()
            if time.monotonic() - noted > 1:
                noted = time.monotonic()
                with open(folder / f"memory-{number}", "a") as file:
                    file.write(f"{noted - begin:.0f} {resident()}\n")
    except BaseException:
        with open(folder / "raised", "a") as file:
            file.write(f"process {number}: {traceback.format_exc()}\n")
    finally:
        with open(folder / f"done-{number}", "a") as file:
            file.write(" ".join(f"{name}={count}" for name, count in worker.count.items()) + "\n")


def resident() -> int:
    """Return the memory of this process in MB, that of mapped files included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


class Known(NamedTuple):
    """What the notes say of ids."""

    added: set[str]  # acknowledged
    tried: set[str]  # set out to be added
    gone: set[str]  # acknowledged to be removed
    uncertain: set[str]  # set out to be removed
    expired: datetime  # the latest time that was set out to be expired


def known(folder: Path) -> Known:
    """Read all notes."""
    names: dict[str, set[str]] = {what: set() for what in ("adding", "added", "removing", "removed")}
    expired = BEGIN - WINDOW
    for path in folder.glob("notes-*"):
        for line in path.read_text().splitlines():
            what, _, said = line.partition("\t")
            if what in ("expiring", "expired"):
                expired = max(expired, datetime.fromisoformat(said))
            elif what in names:
                names[what] |= set(said.split())
    return Known(names["added"], names["adding"], names["removed"], names["removing"], expired)


def wrong(folder: Path) -> Iterator[str]:
    """Compare the index with the notes while nobody works; yields what does not agree."""
    notes = known(folder)
    with open_index(folder / "index") as index:
        index.info(verify=True)
        there = {article.id: article for article in index}
        if len(index) != len(there):
            yield f"{len(index)} articles counted, {len(there)} there"
        for name in sorted(there.keys() - notes.tried):
            yield f"{name} was never added"
        for name in sorted(there.keys() & notes.gone):
            yield f"{name} was removed and is there"
        for name in sorted(notes.added - notes.uncertain - there.keys()):
            if published(name) >= notes.expired:
                yield f"{name} is lost"
        for name in sorted(there):
            number, writer = int(name.split("-")[1]), int(name.split("-")[0])
            if there[name].text != text_of(number, writer):
                yield f"{name} has another text"
        for name in sorted(there)[:: max(1, len(there) // 50)]:
            if name not in {match.left for match in index.check(Article("~", there[name].text))}:
                yield f"{name} is not found by its own text"


def published(name: str) -> datetime:
    """Return the date of an article by its id."""
    return BEGIN + TICK * int(name.split("-")[1]) * 3


class Soak:
    """The processes, and who is killed when."""

    def __init__(self, folder: Path, processes: int, kills: float, seed: int) -> None:
        self.folder, self.kills, self.draw = folder, kills, random.Random(seed)
        self.running: dict[int, int] = {}  # number of a worker: its process
        self.processes, self.killed, self.lives = processes, 0, 0

    def start(self, number: int, until: float) -> None:
        """Start a worker."""
        self.lives += 1
        child = os.fork()
        if not child:
            try:
                work(self.folder, number, f"{number} {self.lives}", until)
            finally:
                os._exit(0)
        self.running[number] = child

    def spell(self, seconds: float) -> None:
        """Let everybody work for a while, with kills; all have ended when it returns."""
        until = time.monotonic() + seconds
        for number in range(self.processes):
            self.start(number, until)
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, self.draw.expovariate(self.kills / 60)))
            number = self.draw.randrange(1, self.processes)
            if time.monotonic() < until:
                os.kill(self.running[number], signal.SIGKILL)
                os.waitpid(self.running.pop(number), 0)
                self.killed += 1
                self.start(number, until)
        for child in self.running.values():
            os.waitpid(child, 0)
        self.running.clear()


def grown(folder: Path) -> tuple[float, float]:
    """Return the median memory of the first process in the third and in the last quarter of its time, in MB."""
    rows = [int(line.split()[1]) for line in (folder / "memory-0").read_text().splitlines()]
    quarter = max(1, len(rows) // 4)
    return median(rows[2 * quarter : 3 * quarter] or rows), median(rows[3 * quarter :] or rows)


def median(values: list[int]) -> float:
    """Return the middle value."""
    return float(sorted(values)[len(values) // 2])


def run(folder: Path, minutes: float, processes: int, kills: float, show: Callable[[str], None] = print) -> list[str]:
    """Return what was wrong; `show` a line a minute."""
    compaction.FREEZE = FROZEN
    soak, found = Soak(folder, processes, kills, 0), list[str]()
    with open_index(folder / "index") as index:  # compiles for all
        index.add(Article("0-0", text_of(0, 0), published=BEGIN))
        index.check(Article("asked", text_of(0, 0)))
        index.remove("0-0")
    begin = time.monotonic()
    while (left := 60 * minutes - (time.monotonic() - begin)) > 1:
        soak.spell(min(60.0, left))
        now = list(wrong(folder))
        if (raised := folder / "raised").exists():
            now.append(raised.read_text())
            raised.unlink()
        for line in now:
            show(line)
        found += now
        notes = known(folder)
        show(
            f"{(time.monotonic() - begin) / 60:5.1f} min  {soak.killed} kills  {len(notes.added):,} acknowledged  "
            f"{len(notes.gone):,} removed  {resident()} MB here  {len(found)} wrong"
        )
    return found


def main() -> int:
    """Print a line a minute and what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--kills", type=float, default=30, help="a minute")
    parser.add_argument("--folder", type=Path, help="where the index is made (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        found = run(folder, options.minutes, options.processes, options.kills)
        before, after = grown(folder)
        done = Counter[str]()
        for path in folder.glob("done-*"):
            for pair in path.read_text().split():
                done[pair.split("=")[0]] += int(pair.split("=")[1])
        files = sorted(path.name for path in (folder / "index").iterdir())
    print("done by processes that were not killed:", dict(done))
    print(f"memory of the first process: {before:.0f} MB in the third quarter, {after:.0f} MB in the last")
    print(f"files left: {', '.join(files)}")
    return bool(found) or after > GROWN * before


if __name__ == "__main__":
    sys.exit(main())
