"""The state of an open index: manifest, segment set and stages, kept in step with what other processes commit.

Public: `Core`. `articles.py` answers and adds with it, `bulk.py` loads, `compaction.py` freezes, merges and rebuilds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup.compiled.arrays import U32
from dedup.errors import ConfigError, IndexDamaged, IndexMismatch, InputError
from dedup.index.folder import FILE, REBUILD, SEGMENT_FILES, discard, segment_path, sync_folder
from dedup.index.layout import Rows
from dedup.index.lock import WriterLock
from dedup.index.manifest import Entry, Manifest, article_row, fingerprint, now, seconds
from dedup.index.segment import Segment
from dedup.index.segment_files import open_segment
from dedup.index.segment_set import SegmentSet
from dedup.index.stages import Stages
from dedup.records import Article

TRIES = 10  # of reading the segments: a merge in another process may delete one while they are being opened
PATIENCE = 0.01  # seconds between them

TextOf = Callable[[str], str | None]
MakeStages = Callable[[bytes | None], Stages]


class Entered(NamedTuple):
    """An article on its way in: its text's fingerprint and, unless kept by reference, its packed text."""

    article: Article
    fingerprint: bytes
    body: bytes | None


class Core:
    """One connection to an index. `stale` makes the next use read everything again."""

    def __init__(self, path: Path | None, make: MakeStages, text_of: TextOf | None) -> None:
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
        self.path, self.text_of = path, text_of
        self.guard = threading.RLock()
        self.lock = WriterLock(None if path is None else path / "lock")
        self._make = make
        self.manifest = Manifest(None if path is None else path / FILE)
        self.stale = True
        self.version, self.generation, self.count, self.next_number = 0, 0, 0, 1
        self.damage: IndexDamaged | None = None
        self._missing = False
        self.in_memory: dict[str, Segment] = {}  # segments of an index without a path, by name
        try:
            self._open()
            self.refresh()
        except BaseException:
            self.manifest.close()
            raise

    def _open(self) -> None:
        manifest = self.manifest
        if not manifest.exists():
            stages = self._make(None)
            header = {"specification": stages.specification(), "texts": "reference" if self.text_of else "stored"}
            manifest.create({**header, "next_number": 1, "articles": 0}, stages.weights())
            for folder in (self.path, self.path.parent) if self.path else ():
                sync_folder(folder)
        manifest.upgrade()
        header = manifest.header()
        self.stored = header["texts"] == "stored"
        if not self.stored and self.text_of is None:
            raise ConfigError(f"{manifest.name} keeps no texts: open it with text_of=, which gives the text of an id")
        self._fit(header)

    def _fit(self, header: dict[str, Any]) -> None:
        """Stages with the stored weights. Raises `IndexMismatch` naming each field that differs."""
        self.stages = self._make(self.manifest.weights())
        theirs, ours = header["specification"], self.stages.specification()
        fields = sorted({*theirs, *ours})
        wrong = [f"{f} is {theirs.get(f)!r}, not {ours.get(f)!r}" for f in fields if theirs.get(f) != ours.get(f)]
        if wrong:
            raise IndexMismatch(f"{self.manifest.name} was built differently: {'; '.join(wrong)}")
        self.specification = theirs

    # Keeping up

    def refresh(self) -> None:
        """See what other processes have committed."""
        if self.manifest.writing and not self.stale:
            return
        version = self.manifest.version()
        if self.stale or version != self.version:
            self.version = version
            self._catch_up()

    def _catch_up(self) -> None:
        for left in reversed(range(TRIES)):
            with self.manifest.snapshot():
                self._read()
            if not self._missing or not left:
                return
            self.stale = True
            time.sleep(PATIENCE)

    def _read(self) -> None:
        header = self.manifest.header()
        if self.stale or header["generation"] != self.generation:
            if header["specification"] != self.specification:
                self._fit(header)
            self.segment_set, self._removed = self._load(), 0
        else:
            self.segment_set.memtable.add(
                self.manifest.recent(self.segment_set.last_number(), len(self.segment_set.columns))
            )
        gone, self._removed = self.manifest.removed(self._removed)
        self.segment_set.remove(gone)
        self.generation, self.count, self.next_number = header["generation"], header["articles"], header["next_number"]
        self.stale = False

    def _load(self) -> SegmentSet:
        found, self.damage, self._missing = SegmentSet(self.stages.columns), None, False
        try:
            found.segments = [self._segment(name) for name in self.manifest.segments()]
        except FileNotFoundError as error:
            self.damage, self._missing = IndexDamaged(f"{error.filename} is missing; {REBUILD}"), True
        except IndexDamaged as error:
            self.damage = error
        found.memtable.add(self.manifest.recent(0, len(found.columns)))
        return found

    def _segment(self, name: str) -> Segment:
        if self.path is not None:
            return open_segment(segment_path(self.path, name))
        segment = self.in_memory[name]
        segment.alive[:] = 1
        return segment

    def _sound(self) -> None:
        if self.damage is not None:
            raise self.damage

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One consistent state for everything inside."""
        with self.guard:
            self.refresh()
            self._sound()
            with self.manifest.snapshot():
                yield

    @contextmanager
    def writing(self, repair: bool = False) -> Iterator[None]:
        """The only writer, up to date; a failure leaves nothing of this write. Raises `IndexBusy`, `IndexDamaged`."""
        with self.guard:
            if not self.lock.held:
                self.lock.take()
                self.refresh()
                self._sweep()
            self.refresh()
            if not repair:
                self._sound()
            before = self.next_number, self.count, self.generation
            self.manifest.mark()
            try:
                yield
                self.manifest.unmark()
            except BaseException:
                self.manifest.rollback()
                self.next_number, self.count, self.generation = before
                self._write_header()
                self.stale = True
                raise

    def _sweep(self) -> None:
        """Delete the files of segments that do not count: what a crash has left."""
        if self.path is not None:
            kept = set(self.manifest.segments())
            for file in self.path.glob(SEGMENT_FILES):
                if file.name not in kept:
                    discard(file)

    # Changing

    def insert(self, entered: list[Entered], keys: U32) -> Rows:
        """Number and store articles, inside a transaction; their keys are the caller's to keep."""
        numbers = range(self.next_number, self.next_number + len(entered))
        articles = [e.article for e in entered]
        present = now()
        dates = [seconds(a.published) if a.published else present for a in articles]
        sources = [self.manifest.source_number(a.source) for a in articles]
        rows = zip(numbers, entered, sources, dates, strict=True)
        self.manifest.insert(
            [article_row(n, e.article, source, date, e.fingerprint) for n, e, source, date in rows],
            [(n, e.body) for n, e in zip(numbers, entered, strict=True) if e.body is not None],
        )
        self.next_number += len(entered)
        self.count += len(entered)
        return Rows(np.array(numbers, np.uint32), np.array(dates, np.int64), np.array(sources, np.uint32), keys)

    def remember(self, rows: Rows) -> None:
        """Put rows in the memtable, inside a transaction."""
        self.manifest.insert_recent(rows)
        self.segment_set.memtable.add(rows)

    def delete(self, numbers: list[int]) -> None:
        """Remove articles, inside a transaction."""
        self.manifest.delete(numbers)
        self.segment_set.remove(numbers)
        self.count -= len(numbers)

    def commit(self) -> None:
        """Make everything since the last commit count."""
        self._write_header()
        self.manifest.commit()

    def _write_header(self) -> None:
        if self.manifest.writing:
            self.manifest.set_header(next_number=self.next_number, articles=self.count, generation=self.generation)

    def close(self) -> None:
        """Commit, and let another process write."""
        with self.guard:
            try:
                self.commit()
            finally:
                self.manifest.close()
                self.lock.release()
                self.segment_set.segments = []  # so that their files are let go

    # Reading

    def article(self, entry: Entry) -> Article:
        """An article with its text."""
        published = None if entry.published is None else datetime.fromisoformat(entry.published)
        return Article(entry.id, self.text(entry), entry.title, entry.url, entry.source, published)

    def text(self, entry: Entry) -> str:
        """The text that was added. Raises `InputError` where `text_of` gives no text or another one."""
        if self.stored:
            return self.manifest.text(entry.number)
        text = self.text_of(entry.id) if self.text_of else None
        if text is None or fingerprint(text) != entry.fingerprint:
            what = "no text" if text is None else "another text than was added"
            raise InputError(f"text_of({entry.id!r}) gives {what}; remove the article, or add it again")
        return text
