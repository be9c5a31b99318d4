"""Damage to the files of an index: is every flipped byte named, or are the answers right?

    python -m benchmarks.quality.index_faults [--places 200] [--folder DIR]

Makes an index with segments, a memtable, removals and sources, and a second one whose writer was killed, so that
SQLite's log is there. Flips one byte at a time, at places spread over each file, cuts each file at a quarter as many
places, and changes values inside the manifest; then opens the index and asks for articles, matches, counts, sources and
dates, in a process of its own. Prints for each file how often the answers were right, the damage was told by an error
of this package that names the file, the answers were wrong, an error was raw, or the process died. Exit code 1 if any
of the last three happened.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dedup.errors import DedupError
from dedup.index import compaction
from dedup.pipeline.indexes import open_index
from dedup.records import Article

RIGHT, TOLD, WRONG, RAW, DIED = "right", "told", "wrong", "raw error", "died"
BAD = (WRONG, RAW, DIED)
ARTICLES, FROZEN, WORDS = 90, 30, 70  # articles, those of a segment, and words an article
ZONE = datetime(2024, 3, 1, tzinfo=UTC)
PATIENCE = 120  # seconds after which a process counts as dead
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]

Damage = Callable[[Path], None]


def article(number: int) -> Article:
    """Return one of the articles: each third one is new, and two edited copies follow it."""
    draw, edit = random.Random(number // 3), random.Random(number)
    words = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(WORDS)]
    if number % 3:
        words = ["".join(edit.choices(SYLLABLES, k=3)) if edit.random() < 0.05 else word for word in words]
    source = f"source {number % 4}" if number % 5 else None
    text, when = " ".join(words) + ".", ZONE + timedelta(days=number)
    return Article(f"id-{number}", text, f"Title {number}", None, source, when)


@contextmanager
def small_segments() -> Iterator[None]:
    """Let the memtable become a segment early."""
    before = compaction.FREEZE
    compaction.FREEZE = FROZEN
    try:
        yield
    finally:
        compaction.FREEZE = before


def fill(folder: Path, close: bool = True) -> None:
    """Make the index; not closed, its log stays."""
    with small_segments():
        index = open_index(folder)
        index.add_many(article(n) for n in range(ARTICLES // 2))
        for number in range(ARTICLES // 2, ARTICLES):
            index.add(article(number))
        for number in (2, 40, 85):
            index.remove(article(number).id)
    if close:
        index.close()


def fill_and_die(folder: Path) -> None:
    """Make the index in a process that is killed."""
    child = os.fork()
    if not child:
        fill(folder, close=False)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def answers(folder: Path) -> list[Any]:
    """Return what the index says to all that can be asked."""
    queries = [article(n) for n in (0, 1, 38, 41, 84, 88)]
    new = [Article("new", q.text, published=q.published) for q in queries]
    with open_index(folder) as index:
        return [
            len(index),
            [index.check(q) for q in new],
            index.check(new[2], since=timedelta(days=1)),
            index.check(new[2], exclude_source="source 3"),
            [index.get(article(n).id) for n in range(0, ARTICLES, 7)],
            [article(n).id in index for n in (2, 40, 85, 3, 1000)],
            list(index),
        ]


def outcome(folder: Path, expected: list[Any]) -> str:
    """Return how an index answers, asked in a process of its own."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(PATIENCE)
        try:
            try:
                said = RIGHT if answers(folder) == expected else WRONG
            except DedupError as error:
                said = TOLD if str(folder) in str(error) else f"{RAW}: names no file: {error}"
            except Exception:
                said = f"{RAW}: {traceback.format_exc()}"
            os.write(send, said.encode()[:60_000])
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    return said or DIED


def flips(file: str, size: int, places: int) -> Iterator[tuple[str, Damage]]:
    """Yield changes of one byte each, spread over a file, the first ones in its first bytes."""
    draw = random.Random(file)
    for i in range(places):
        place = draw.randrange(min(size, 200)) if i < places // 5 else draw.randrange(size)
        change = draw.randrange(1, 256)

        def flip(folder: Path, place: int = place, change: int = change) -> None:
            data = bytearray((folder / file).read_bytes())
            data[place] ^= change
            (folder / file).write_bytes(data)

        yield f"{file}: byte {place} ^ {change}", flip


def cuts(file: str, size: int, places: int) -> Iterator[tuple[str, Damage]]:
    """Yield truncations of a file, to nothing first."""
    draw = random.Random(f"cut {file}")
    for length in [0, *(draw.randrange(size) for _ in range(places - 1))]:

        def cut(folder: Path, length: int = length) -> None:
            os.truncate(folder / file, length)

        yield f"{file}: cut to {length}", cut


def values(folder: Path, places: int) -> Iterator[tuple[str, Damage]]:
    """Yield changes of one value of the manifest each."""
    draw = random.Random("values")
    with sqlite3.connect(folder / "manifest.sqlite") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {t: [row[1] for row in database.execute(f"PRAGMA table_info({t})")] for t in tables}
        counts = {t: database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
    database.close()
    kinds = ("NULL", "7", "-1", "'x'", "x'00'", "9223372036854775807", "1.5", "delete")
    for _ in range(places):
        table = draw.choice(tables)
        column, row, kind = draw.choice(columns[table]), draw.randrange(max(1, counts[table])), draw.choice(kinds)
        key = columns[table][0]
        where = f"WHERE {key} = (SELECT {key} FROM {table} LIMIT 1 OFFSET {row})"
        change = f"DELETE FROM {table} {where}" if kind == "delete" else f"UPDATE {table} SET {column} = {kind} {where}"

        def execute(folder: Path, change: str = change) -> None:
            database = sqlite3.connect(folder / "manifest.sqlite")
            try:
                database.execute(change)
                database.commit()
            except sqlite3.Error:
                pass  # SQLite refuses this value here
            database.close()

        yield f"values: {change}", execute


def survey(folder: Path, places: int, show: Callable[[str], None] = print) -> Iterator[tuple[str, Counter[str]]]:
    """Yield, for each file and kind of damage, how many of so many damages had which outcome; `show` what is bad."""
    for name, make in (("closed", fill), ("killed", fill_and_die)):
        whole = folder / name
        make(whole)
        shutil.copytree(whole, folder / "asked")
        expected = answers(folder / "asked")
        shutil.rmtree(folder / "asked")
        for kind, damages in _damages(whole, places).items():
            counts = Counter[str]()
            for what, damage in damages:
                tried = folder / "tried"
                shutil.copytree(whole, tried)
                damage(tried)
                said = outcome(tried, expected)
                counts[said.partition(":")[0]] += 1
                if said.partition(":")[0] in BAD:
                    show(f"{name} {what}: {said}")
                shutil.rmtree(tried)
            yield f"{name} {kind}", counts


def _damages(whole: Path, places: int) -> dict[str, Iterator[tuple[str, Damage]]]:
    files = {f.name: f.stat().st_size for f in sorted(whole.iterdir()) if f.stat().st_size}
    return {
        **{f"{name} flipped": flips(name, size, places) for name, size in files.items()},
        **{f"{name} cut": cuts(name, size, max(1, places // 4)) for name, size in files.items()},
        "manifest values": values(whole, places),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    kinds, total = (RIGHT, TOLD, *BAD), Counter[str]()
    print(f"{'':42}", *(f"{kind:>10}" for kind in kinds))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, counts in survey(Path(folder), options.places):
            print(f"{name:42}", *(f"{counts[kind]:>10}" for kind in kinds), flush=True)
            total += counts
    print(f"{'all':42}", *(f"{total[kind]:>10}" for kind in kinds))
    sys.exit(any(total[kind] for kind in BAD))


if __name__ == "__main__":
    main()
