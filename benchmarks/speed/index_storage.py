"""Three ways to keep the postings of an index on disk: sorted segments, SQLite alone, LMDB.

    python -m benchmarks.speed.index_storage [--articles 50000] [--folder DIR]      (LMDB needs `pip install lmdb`)

Each stores 145 keys an article (128 weighted slots, 16 bands, a digest), drawn so that half are rare and half are Zipf,
loads them in bulk, adds 300 articles one by one durably, and finds what shares a key with an article (at most 24 of
each list). Prints articles/s, milliseconds a search, and bytes an article.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.index.compaction import FREEZE
from dedup.index.layout import KeyColumns, Rows, Scope
from dedup.index.manifest import Manifest
from dedup.index.segment_files import build_segment
from dedup.index.segment_set import SegmentSet

COLUMNS = KeyColumns(128, 16)
WINDOW, ADDS, SEARCHES, COMMIT = 24, 300, 300, 16_384
Keys = NDArray[np.uint32]


class Store(Protocol):
    """One way to keep postings."""

    def load(self, keys: Keys) -> None:
        """Many articles."""

    def add(self, number: int, keys: Keys) -> None:
        """One article, durably."""

    def search(self, keys: Keys) -> int:
        """How many postings share a key."""


def drawn(articles: int) -> Keys:
    """Keys (articles, 145): half of them rare, half Zipf."""
    draw = np.random.default_rng(7)
    rare = draw.integers(0, 1 << 31, (articles, len(COLUMNS)), dtype=np.uint32)
    common = np.minimum(draw.zipf(1.3, rare.shape), 1 << 30).astype(np.uint32) * np.uint32(2654435761)
    return np.where(draw.random(rare.shape) < 0.5, rare, common & np.uint32(0x7FFFFFFF))


def rows(first: int, keys: Keys) -> Rows:
    numbers = np.arange(first, first + len(keys), dtype=np.uint32)
    return Rows(numbers, np.zeros(len(keys), np.int64), np.zeros(len(keys), np.uint32), keys)


class Segments:
    """What the index does: sorted memory-mapped segments, the newest keys in SQLite and in a hash table in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.segment_set, self.count = folder, SegmentSet(COLUMNS), 0
        self.manifest = Manifest(folder / "manifest.sqlite")
        self.manifest.create({}, "stored", b"")

    def load(self, keys: Keys) -> None:
        """As `Store`."""
        for first in range(0, len(keys), 4 * FREEZE):
            part = rows(first, keys[first : first + 4 * FREEZE])
            self.segment_set.segments.append(build_segment(self.folder / f"segment-{first}", part, COLUMNS))
        self.count = len(keys)

    def add(self, number: int, keys: Keys) -> None:
        """As `Store`."""
        one = rows(number, keys[None])
        self.manifest.begin()
        self.manifest.insert_recent(one)
        self.manifest.commit()
        self.segment_set.memtable.add(one)

    def search(self, keys: Keys) -> int:
        """As `Store`."""
        return int(self.segment_set.search(keys, Scope(), WINDOW // 2).counts.sum())


class SQLite:
    """One table of postings, clustered by key."""

    def __init__(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / "postings.sqlite", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -200000"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute("CREATE TABLE postings (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID")

    def insert(self, first: int, keys: Keys) -> None:
        """Articles from a number on, in one commit."""
        columns = np.arange(len(COLUMNS), dtype=np.uint64) << np.uint64(32)
        wide = (columns + keys).ravel()
        numbers = np.repeat(np.arange(first, first + len(keys)), len(COLUMNS))
        order = np.argsort(wide, kind="stable")
        self.db.execute("BEGIN")
        pairs = zip(wide[order].tolist(), numbers[order].tolist(), strict=True)
        self.db.executemany("INSERT OR IGNORE INTO postings VALUES (?, ?)", pairs)
        self.db.execute("COMMIT")

    def load(self, keys: Keys) -> None:
        """As `Store`."""
        for first in range(0, len(keys), COMMIT):
            self.insert(first, keys[first : first + COMMIT])

    def add(self, number: int, keys: Keys) -> None:
        """As `Store`."""
        self.insert(number, keys[None])

    def search(self, keys: Keys) -> int:
        """As `Store`."""
        sql = f"SELECT number FROM postings WHERE key = ? ORDER BY number LIMIT {WINDOW}"
        return sum(len(self.db.execute(sql, ((c << 32) + k,)).fetchall()) for c, k in enumerate(keys.tolist()))


class LMDB:
    """Sorted duplicates of 4 bytes under keys of 8."""

    def __init__(self, folder: Path) -> None:
        import lmdb

        self.env = lmdb.open(str(folder), map_size=1 << 34, max_dbs=1)
        self.db = self.env.open_db(b"postings", dupsort=True, dupfixed=True, integerdup=True)

    def insert(self, first: int, keys: Keys) -> None:
        """Articles from a number on, in one commit."""
        pack = struct.Struct(">II").pack
        pairs = sorted(
            (pack(c, k), struct.pack("=I", first + i)) for i, row in enumerate(keys.tolist()) for c, k in enumerate(row)
        )
        with self.env.begin(write=True, db=self.db) as writing, writing.cursor() as cursor:
            cursor.putmulti(pairs)

    def load(self, keys: Keys) -> None:
        """As `Store`."""
        for first in range(0, len(keys), COMMIT):
            self.insert(first, keys[first : first + COMMIT])

    def add(self, number: int, keys: Keys) -> None:
        """As `Store`."""
        self.insert(number, keys[None])

    def search(self, keys: Keys) -> int:
        """As `Store`."""
        pack, found = struct.Struct(">II").pack, 0
        with self.env.begin(db=self.db) as reading, reading.cursor() as cursor:
            for column, key in enumerate(keys.tolist()):
                if cursor.set_key(pack(column, key)):
                    for _, _ in zip(cursor.iternext_dup(), range(WINDOW), strict=False):
                        found += 1
        return found


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(kind: type, folder: Path, keys: Keys) -> str:
    """A line of the table."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store: Store = kind(folder)
    old, new = keys[:-ADDS], keys[-ADDS:]
    loading = timed(lambda: store.load(old))
    begin = time.perf_counter()
    for number, one in enumerate(new, len(old)):
        store.add(number, one)
    adding = time.perf_counter() - begin
    queries = old[:: max(1, len(old) // SEARCHES)][:SEARCHES]
    found = store.search(queries[0])
    searching = statistics.median(timed(lambda q=query: store.search(q)) for query in queries)  # type: ignore[misc]
    size = sum(f.stat().st_size for f in folder.iterdir() if not f.name.endswith(("-wal", "-shm")))
    rates = f"{len(old) / loading:>10,.0f} {ADDS / adding:>8,.0f} {1e3 * searching:>9.2f}"
    return f"{kind.__name__:10} {rates} {size / len(keys):>10,.0f}   ({found} postings found by the first search)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, default=Path("storage-benchmark"))
    options = parser.parse_args()
    keys = drawn(options.articles)
    print(f"{'':10} {'load/s':>10} {'adds/s':>8} {'search ms':>9} {'bytes':>10}")
    for kind in (Segments, SQLite, LMDB):
        print(measure(kind, options.folder / kind.__name__, keys), flush=True)


if __name__ == "__main__":
    main()
