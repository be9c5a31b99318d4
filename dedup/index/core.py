"""The state of an open index: manifest, segment set and stages, kept in step with what other processes commit.

Public: `Core`. `articles.py` answers and adds with it, `bulk.py` loads, `compaction.py` freezes, merges and rebuilds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from dedup.compiled.arrays import U32
from dedup.errors import ConfigError, IndexClosed, IndexDamaged, IndexMismatch, InputError
from dedup.index import vector_rows
from dedup.index.entries import Entry, TextRow, article_row, fingerprint, id_hash, now, read_date, seconds
from dedup.index.folder import FILE, LOCK, REBUILD, discard, leftovers, segment_path, sync_folder, unfinished_manifests
from dedup.index.layout import Rows
from dedup.index.lock import WriterLock, recorded_commits
from dedup.index.manifest import Header, Manifest
from dedup.index.migrations import FORMAT
from dedup.index.segment import Segment, Span
from dedup.index.segment_files import open_segment
from dedup.index.segment_set import SegmentSet
from dedup.index.stages import Across, Stages
from dedup.index.vector_rows import VectorRow
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
        self.path, self.text_of = path, text_of
        self.guard = threading.RLock()
        self.lock = WriterLock(None if path is None else path / LOCK)
        self._make = make
        recorded = 0 if path is None else _prepared_folder(path)
        self.manifest = Manifest(None if path is None else path / FILE)
        self.stale, self.closed = True, False
        self.version, self.generation, self.count, self.next_number, self.commits = 0, 0, 0, 1, 0
        self.damage: IndexDamaged | None = None
        self._missing = False
        self.keeps_vectors, self.across = False, cast(Across | None, None)
        self.in_memory: dict[str, Segment] = {}  # segments of an index without a path, by name
        try:
            self._open(recorded)
            with self.reading(damaged=True):
                pass
        except BaseException:
            self.manifest.close()
            self.lock.release()
            raise

    def _open(self, recorded: int) -> None:
        """Make what is not there, bring what is old up to date, and choose the stages; `recorded` by the lock."""
        manifest = self.manifest
        if not manifest.exists():
            self._create()
        elif (found := manifest.format()) != FORMAT:
            self._upgrade(found)
        header = manifest.header()
        if header.commits < recorded:
            lost = recorded - header.commits
            raise manifest.damaged(f"{lost} commits are lost (to go on without them, delete the file {LOCK!r})")
        self.identity, self.stored = header.index, header.texts == "stored"
        if not self.stored and self.text_of is None:
            raise ConfigError(f"{manifest.name} keeps no texts: open it with text_of=, which gives the text of an id")
        self._fit(header)

    def _create(self) -> None:
        used = self.path is not None and ((self.path / LOCK).exists() or bool(leftovers(self.path)))
        if used and not self.manifest.exists():  # now: another process may have made it in the meantime
            raise self.manifest.damaged(
                "empty or missing, although there is more of an index beside it (for a new index name another folder)"
            )
        stages = self._make(None)
        texts = "reference" if self.text_of else "stored"
        self.manifest.create(stages.specification(), texts, stages.weights())
        for folder in (self.path, self.path.parent) if self.path else ():
            sync_folder(folder)

    def _upgrade(self, found: int) -> None:
        if self.manifest.read_only and found < FORMAT:
            raise IndexMismatch(
                f"{self.manifest.name}: format is {found}, this version reads {FORMAT}: open it once where it can be "
                "written, and it is brought up to date"
            )
        self.lock.take()
        self.manifest.upgrade(lambda: self._fit(self.manifest.header()))
        self.lock.release()

    def _fit(self, header: Header) -> None:
        """Choose the stages with the stored weights. Raises `IndexMismatch` naming each field that differs."""
        self.stages = self._make(self.manifest.weights())
        theirs, ours = header.specification, self.stages.specification()
        fields = sorted({*theirs, *ours})
        wrong = [f"{f} is {theirs.get(f)!r}, not {ours.get(f)!r}" for f in fields if theirs.get(f) != ours.get(f)]
        if wrong:
            raise IndexMismatch(
                f"{self.manifest.name} was built differently: {'; '.join(wrong)}. Where another version of dedup made "
                "it, `dedup index export` of that version and `dedup index add` of this one bring its articles over"
            )
        self.specification = theirs

    # Keeping up

    def _follow(self) -> None:
        """See what other processes have committed; inside a snapshot, or as the only writer."""
        if self.manifest.writing and self.lock.held and not self.stale:
            return
        version = self.manifest.version()
        if self.stale or version != self.version:
            self.version = version
            self.manifest.forget()
            self._read()

    def _read(self) -> None:
        header, self._missing = self.manifest.header(), False
        afresh = self.stale or header.generation != self.generation or self.damage is not None
        if afresh and header.specification != self.specification:
            self._fit(header)
        self.generation, self.count, self.next_number = header.generation, header.articles, header.next_number
        self.commits, self.damage, self.stale = header.commits, None, False
        kept, self.keeps_vectors = self.keeps_vectors, vector_rows.keeps(self.manifest)
        if afresh or kept != self.keeps_vectors:
            self.across = self.stages.across(self.keeps_vectors)
        try:
            self._load(afresh)
        except FileNotFoundError as error:
            self.damage, self._missing = IndexDamaged(f"{error.filename} is missing; {REBUILD}"), True
        except IndexDamaged as error:  # what a rebuild may mend
            self.damage = error

    def _load(self, afresh: bool) -> None:
        """Read what has come to the segments, the memtable and the removals, or all of it."""
        if afresh:
            self.segment_set, self._removed = SegmentSet(self.stages.columns), 0
            self.segment_set.segments = [self._segment(span) for span in self.manifest.segments()]
        held = self.segment_set
        held.memtable.add(self.manifest.recent(held.memtable.last_number(), len(held.columns)))
        removals = self.manifest.removed(self._removed)
        self._removed = removals.place
        self._forget(removals.numbers)
        if not held.in_order():
            raise self.manifest.damaged("its segments and its memtable do not follow each other", REBUILD)
        if held.living() != self.count:
            raise self.manifest.damaged(f"{held.living()} articles can be found instead of {self.count}", REBUILD)

    def _forget(self, numbers: list[int]) -> None:
        """Let go what is held of articles that were removed."""
        self.segment_set.remove(numbers)
        if self.across is not None:
            self.across.forget(numbers)

    def _segment(self, span: Span) -> Segment:
        if self.path is not None:
            return open_segment(segment_path(self.path, span.name), self.stages.columns, self.identity, span.digest)
        segment = self.in_memory[span.name]
        segment.alive[:] = 1
        return segment

    def _sound(self) -> None:
        if self.damage is not None:
            raise self.damage

    def require_open(self) -> None:
        """Raise `IndexClosed` where the index has been closed."""
        if self.closed:
            name = "the index in memory" if self.path is None else f"the index {self.path}"
            raise IndexClosed(f"{name} was closed: open it again with dedup.open_index")

    @contextmanager
    def reading(self, damaged: bool = False) -> Iterator[None]:
        """Hold one consistent state for everything inside. Raises `IndexDamaged`, unless it may be `damaged`."""
        with self.guard:
            self.require_open()
            for left in reversed(range(TRIES)):
                with self.manifest.snapshot():
                    self._follow()
                    if not self._missing or not left:
                        if not damaged:
                            self._sound()
                        yield
                        return
                self.stale = True
                time.sleep(PATIENCE)

    @contextmanager
    def writing(self, repair: bool = False) -> Iterator[None]:
        """Be the only writer, up to date; a failure leaves nothing of this write.

        Raises `IndexBusy`, `IndexDamaged`, `InputError` where the folder can only be read.
        """
        with self.guard:
            self.require_open()
            if not self.lock.held:
                self.lock.take()
                self._follow()
                if self.damage is None:
                    self.sweep()
            self._follow()
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

    def sweep(self) -> None:
        """Delete the files of segments that do not count: what a crash has left.

        Where the manifest cannot say which ones count, none are deleted.
        """
        if self.path is None:
            return
        try:
            kept = {span.name for span in self.manifest.segments()}
        except IndexDamaged:
            return
        for file in (*leftovers(self.path), *unfinished_manifests(self.path)):
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
            [(id_hash(a.id), n) for n, a in zip(numbers, articles, strict=True)],
            [TextRow(n, e.body) for n, e in zip(numbers, entered, strict=True) if e.body is not None],
        )
        self._keep_vectors(numbers, articles)
        self.next_number += len(entered)
        self.count += len(entered)
        return Rows(np.array(numbers, np.uint32), np.array(dates, np.int64), np.array(sources, np.uint32), keys)

    def _keep_vectors(self, numbers: Sequence[int], articles: Sequence[Article]) -> None:
        """Keep the vectors of new articles, where the index does or is to; without the encoder they wait."""
        self.start_keeping_vectors()
        if self.keeps_vectors:
            made = self.across.row if self.across is not None else lambda number, _: VectorRow(number)
            vector_rows.insert(self.manifest, map(made, numbers, articles))

    def start_keeping_vectors(self) -> None:
        """Let all articles wait, inside a transaction, where vectors are to be kept and none were so far."""
        if self.across is not None and not self.keeps_vectors:
            vector_rows.mark_waiting(self.manifest)
            self.keeps_vectors = True

    def remember(self, rows: Rows) -> None:
        """Put rows in the memtable, inside a transaction."""
        self.manifest.insert_recent(rows)
        self.segment_set.memtable.add(rows)

    def delete(self, numbers: list[int]) -> None:
        """Remove articles, inside a transaction."""
        self.manifest.delete(numbers)
        self._forget(numbers)
        self.count -= len(numbers)

    def commit(self) -> None:
        """Make everything since the last commit count."""
        self.require_open()
        if self.manifest.writing:
            self.commits += 1
            self._write_header()
            self.manifest.commit()
            self.lock.record(self.commits)

    def _write_header(self) -> None:
        if self.manifest.writing:
            self.manifest.set_header(
                next_number=self.next_number, articles=self.count, generation=self.generation, commits=self.commits
            )

    def close(self) -> None:
        """Commit, and let another process write; a second time does nothing."""
        with self.guard:
            if self.closed:
                return
            try:
                self.commit()
            finally:
                self.closed = True
                self.manifest.close()
                self.lock.release()
                self.segment_set.segments = []  # so that their files are let go

    # Reading

    def articles_after(self, last: int, most: int) -> list[Entry]:
        """Return at most so many articles that follow a number. Raises `IndexDamaged`, also where one is missing."""
        return [self.manifest.entry(number) for number in self.segment_set.following(last, most)]

    def article(self, entry: Entry) -> Article:
        """Return an article with its text."""
        try:
            published, day_only = (None, False) if entry.published is None else read_date(entry.published)
        except ValueError as error:
            raise self.manifest.damaged(f"article {entry.number} has no such date: {error}") from error
        return Article(entry.id, self.text(entry), entry.title, entry.url, entry.source, published, day_only)

    def rows(self, last: int) -> Iterator[list[VectorRow]]:
        """Yield the rows of vectors of a higher number (`stages.Held`). Raises `IndexDamaged`."""
        return vector_rows.after(self.manifest, last)

    def vectors(self, number: int, stamp: bytes) -> bytes:
        """Return the vectors of an article, none where they were made otherwise. Raises `IndexDamaged`."""
        return vector_rows.vectors(self.manifest, number, stamp)

    def read(self, number: int) -> Article:
        """Return an article by number. Raises `IndexDamaged`."""
        return self.article(self.manifest.entry(number))

    def text(self, entry: Entry) -> str:
        """Return the text that was added. Raises `InputError` where `text_of` gives no text or another one."""
        if self.stored:
            return self.manifest.text(entry)
        text = self.text_of(entry.id) if self.text_of else None
        if text is None or fingerprint(text) != entry.fingerprint:
            what = "no text" if text is None else "another text than was added"
            raise InputError(f"text_of({entry.id!r}) gives {what}; remove the article, or add it again")
        return text


def _prepared_folder(path: Path) -> int:
    """Make a folder if there is none; returns how many commits its lock tells of, which must be read first."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made a folder for an index: {error.strerror}") from error
    return recorded_commits(path / LOCK)
