"""What an index survives, and what it refuses: kill -9, damage, other formats, a second writer."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from dedup.candidates.join import CandidateConfig
from dedup.compiled.hashing import NORMALISER
from dedup.config import Config
from dedup.errors import ConfigError, IndexBusy, IndexDamaged, IndexMismatch, InputError
from dedup.index import articles, compaction
from dedup.index.folder import FILE
from dedup.index.migrations import header_row, migrate, stored_format
from dedup.pipeline.indexes import open_index
from dedup.records import Article
from tests.index.old_formats import make_format_3
from tests.made_articles import article, story

ROUNDS, CALLS, LONGEST = 20, 6, 0.02  # of kill -9; calls, and then seconds, until it comes
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def write_until_killed(path: Path, said: int, seed: int) -> None:
    """Adds, replaces, bulk-adds and compacts; says `+id` or `-id` once a call has returned."""
    draw = random.Random(seed)
    with open_index(path) as index:
        os.write(said, b"ready\n")
        for i in range(10_000):
            key = f"{seed}-{i}"
            index.add(Article(key, story(1000 * seed + i, 60)))
            os.write(said, f"+{key}\n".encode())
            if draw.random() < 0.2:
                index.add_many([Article(f"{key}-{k}", story(1000 * seed + i + k, 50)) for k in range(5)])
                os.write(said, "".join(f"+{key}-{k}\n" for k in range(5)).encode())
            if draw.random() < 0.1:
                index.remove(key)
                os.write(said, f"-{key}\n".encode())
            if draw.random() < 0.05:
                index.compact()


def killed(path: Path, calls: int, wait: float, seed: int) -> list[str]:
    """What a writer said that was killed some seconds after so many calls had returned."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receive)
            write_until_killed(path, send, seed)
        finally:
            os._exit(1)
    os.close(send)
    with os.fdopen(receive) as pipe:
        said = [pipe.readline() for _ in range(calls + 1)][1:]
        assert "" not in said, "the writer failed by itself"
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return [line.strip() for line in [*said, *pipe] if line.endswith("\n")]


@forking
def test_nothing_acknowledged_is_lost_to_kill_9(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FREEZE", 8)
    monkeypatch.setattr(compaction, "FANOUT", 3)
    with open_index(None) as warm:  # so that the children need not load what is compiled
        for i in range(10):
            warm.add(article(f"{i}", 1, 0.1))
    draw, kept = random.Random(1), dict[str, bool]()
    for seed in range(ROUNDS):
        for line in killed(tmp_path, draw.randrange(CALLS), draw.uniform(0, LONGEST), seed):
            kept[line[1:]] = line[0] == "+"
        with open_index(tmp_path) as index:
            last = f"{seed}-"
            wrong = [k for k, there in kept.items() if (k in index) != there and not (there and k.startswith(last))]
            lost = [k for k, there in kept.items() if there and k not in index]
            assert wrong == []
            assert len(lost) <= 1  # its removal may have been done and not yet been said
            for key in lost:
                kept[key] = False
            assert index.info(verify=True).articles == len(index)
    assert sum(kept.values()) > ROUNDS


@forking
def test_a_half_written_bulk_load_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.add(article("first", 1))
    child = os.fork()
    if child == 0:

        def endless():  # type: ignore[no-untyped-def]
            for i in range(2000):
                yield article(f"bulk-{i}", i)
            os.kill(os.getpid(), signal.SIGKILL)

        open_index(tmp_path).add_many(endless())
    os.waitpid(child, 0)
    with open_index(tmp_path) as index:
        assert len(index) == 1
        index.add(article("second", 2))
        assert index.info(verify=True).articles == 2


def test_a_failing_input_leaves_nothing_of_the_bulk_load(tmp_path: Path) -> None:
    def failing():  # type: ignore[no-untyped-def]
        yield from (article(f"bulk-{i}", i) for i in range(600))
        raise RuntimeError("the source broke")

    with open_index(tmp_path) as index:
        index.add(article("first", 1))
        with pytest.raises(RuntimeError, match="broke"):
            index.add_many(failing())
        assert len(index) == 1
        assert index.add_many(article(f"bulk-{i}", i) for i in range(20)) == 20
        assert len(index) == 21


def test_a_batch_counts_after_a_hundred_or_when_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "BATCH_SECONDS", 1e9)
    with open_index(tmp_path, durability="batch") as writer, open_index(tmp_path) as reader:
        for i in range(30):
            writer.add(Article(f"{i}", story(i, 40)))
        assert len(writer) == 30
        assert len(reader) == 0
        writer.flush()
        assert len(reader) == 30
        for i in range(30, 131):
            writer.add(Article(f"{i}", story(i, 40)))
        assert len(reader) == 130
    with open_index(tmp_path) as index:
        assert len(index) == 131


def test_there_is_one_writer(tmp_path: Path) -> None:
    with open_index(tmp_path) as one, open_index(tmp_path) as two:
        one.add(article("a", 1))
        with pytest.raises(IndexBusy, match="may be read"):
            two.add(article("b", 2))
        assert two.get("a") == article("a", 1)
    with open_index(tmp_path) as two:
        two.add(article("b", 2))
        assert len(two) == 2


def test_readers_follow_freezing_and_merging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FREEZE", 3)
    monkeypatch.setattr(compaction, "FANOUT", 2)
    with open_index(tmp_path) as writer, open_index(tmp_path) as reader:
        for i in range(20):
            writer.add(article(f"{i}", i))
            assert [m.left for m in reader.check(article("x", i))] == [f"{i}"]
        assert reader.info().segments == writer.info().segments < 5
        files = {f.name for f in tmp_path.glob("segment-*")}
        assert len(files) == writer.info().segments


def put_header(database: sqlite3.Connection, name: str, value: object) -> None:
    database.execute("INSERT OR REPLACE INTO header VALUES (?, ?, ?)", header_row(name, value))


def test_another_specification_is_refused_by_name(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.add(article("a", 1))
    with pytest.raises(IndexMismatch, match="band_rows is 4, not 8"):
        open_index(tmp_path, config=Config(candidates=CandidateConfig(band_rows=8)))
    with sqlite3.connect(tmp_path / FILE) as database:
        stored = json.loads(database.execute("SELECT value FROM header WHERE name = 'specification'").fetchone()[0])
        stored |= {"weighted.seed": 9, "shingles.hash": "older"}
        put_header(database, "specification", stored)
    with pytest.raises(IndexMismatch, match=r"shingles.hash is 'older', not '.*weighted.seed is 9, not 1"):
        open_index(tmp_path)


def test_an_index_of_another_normaliser_is_refused_by_name(tmp_path: Path) -> None:
    """Its hashes are those of words that were folded otherwise: copies would go missing in silence."""
    with open_index(tmp_path) as index:
        index.add(article("a", 1))
    with sqlite3.connect(tmp_path / FILE) as database:
        stored = json.loads(database.execute("SELECT value FROM header WHERE name = 'specification'").fetchone()[0])
        normalisers = [name for name in stored if name.endswith(".normaliser")]
        put_header(database, "specification", stored | dict.fromkeys(normalisers, "words-1"))
    with pytest.raises(IndexMismatch, match=rf"shingles.normaliser is 'words-1', not '{NORMALISER}'"):
        open_index(tmp_path)


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    open_index(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as database:
        put_header(database, "format", 99)
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(IndexMismatch, match="format is 99"):
        open_index(tmp_path)


def test_migrations_run_in_order_and_once(tmp_path: Path) -> None:
    open_index(tmp_path).close()
    database = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    ran: list[int] = []
    steps = {n: lambda _, __, n=n: ran.append(n) for n in (4, 5)}
    migrate(database, Path("it"), steps, 6)
    migrate(database, Path("it"), steps, 6)
    assert (ran, stored_format(database, "it")) == ([4, 5], 6)

    def failing(_: sqlite3.Connection, __: Path) -> None:
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        migrate(database, Path("it"), {6: lambda _, __: ran.append(6), 7: failing}, 8)
    assert stored_format(database, "it") == 6
    with pytest.raises(IndexMismatch, match="format is 6"):
        migrate(database, Path("it"), {}, 7)
    database.close()


def frozen_index(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compaction, "FREEZE", 20)
    with open_index(path) as index:
        index.add_many(article(f"{i}", i) for i in range(30))
    (segment,) = path.glob("segment-*")
    return segment


def test_a_damaged_segment_is_named_and_can_be_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment = frozen_index(tmp_path, monkeypatch)
    data = bytearray(segment.read_bytes())
    data[-100] ^= 1
    segment.write_bytes(data)
    with open_index(tmp_path) as index:
        with pytest.raises(IndexDamaged, match=f"{segment.name}.*rebuild"):
            index.check(article("x", 3))
        index.compact(rebuild=True)
        assert [m.left for m in index.check(article("x", 3))] == ["3"]
        assert index.info(verify=True).articles == 30


def test_a_missing_segment_is_named_and_can_be_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment = frozen_index(tmp_path, monkeypatch)
    segment.unlink()
    with open_index(tmp_path) as index:
        with pytest.raises(IndexDamaged, match=f"{segment.name} is missing.*rebuild"):
            index.check(article("x", 3))
        index.compact(rebuild=True)
        assert [m.left for m in index.check(article("x", 3))] == ["3"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE texts SET body = x'78da' WHERE number = 2", "text of article 2"),
        ("UPDATE articles SET title = x'41' WHERE number = 2", "row of article 2"),
        ("UPDATE recent SET keys = zeroblob(length(keys)) WHERE number = 2", "keys of article 2"),
        ("UPDATE weights SET body = x'00'", "table of weights"),
    ],
)
def test_damaged_rows_are_named(tmp_path: Path, change: str, named: str) -> None:
    with open_index(tmp_path) as index:
        index.add_many(article(f"{i}", i) for i in range(3))
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute(change)
    with pytest.raises(IndexDamaged, match=f"{FILE}: the {named}.*re(store|build)"), open_index(tmp_path) as index:
        index.info(verify=True)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"something else entirely" * 1000)
    with pytest.raises(IndexDamaged, match=FILE):
        open_index(tmp_path)


def test_texts_may_stay_with_their_owner(tmp_path: Path) -> None:
    texts = {f"{i}": story(i) for i in range(5)}
    with open_index(tmp_path, text_of=texts.get) as index:
        index.add_many(Article(key, text) for key, text in texts.items())
        assert [m.left for m in index.check(article("x", 3, 0.1))] == ["3"]
        assert index.get("2") == Article("2", texts["2"])
        assert index.info().text_bytes == 0
        texts["3"] = "Something else."
        with pytest.raises(InputError, match=r"text_of\('3'\) gives another text"):
            index.check(article("x", 3, 0.1))
    with pytest.raises(ConfigError, match="text_of="):
        open_index(tmp_path)


def test_a_copied_folder_is_the_same_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen_index(tmp_path / "one", monkeypatch)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with open_index(tmp_path / "one") as one, open_index(tmp_path / "two") as two:
        assert one.check(article("x", 3, 0.1)) == two.check(article("x", 3, 0.1))


def test_durability_is_one_of_two(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="durability"):
        open_index(tmp_path, durability="perhaps")


@forking
@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_process_that_dies_while_it_makes_an_index_leaves_nothing_in_the_way(tmp_path, monkeypatch, call):
    folder = tmp_path / "index"
    child = os.fork()
    if not child:
        monkeypatch.setattr(os, call, lambda *_: os._exit(7))
        with open_index(folder):
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with open_index(folder) as index:
        index.add(article("a", 1))
    with open_index(folder) as index:
        assert [one.id for one in index] == ["a"]
    assert {path.name for path in folder.iterdir()} == {FILE, "lock"}


def test_two_processes_that_make_one_index_make_one_manifest(tmp_path, monkeypatch):
    folder, link = tmp_path / "index", os.link

    def late(*names):
        monkeypatch.setattr(os, "link", link)
        with open_index(folder) as other:
            other.add(article("a", 1))
        return link(*names)

    monkeypatch.setattr(os, "link", late)
    with open_index(folder) as index:
        index.add(article("b", 2))
        assert sorted(one.id for one in index) == ["a", "b"]


def test_an_index_is_made_where_a_file_has_one_name_only(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with open_index(tmp_path / "index") as index:
        index.add(article("a", 1))
    assert {path.name for path in (tmp_path / "index").iterdir()} == {FILE, "lock"}


def test_an_old_index_of_another_normaliser_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.add(article("a", 1))
    make_format_3(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        stored = json.loads(database.execute("SELECT value FROM header WHERE name = 'specification'").fetchone()[0])
        put_header(database, "specification", stored | {"shingles.normaliser": "words-2"})
        before = list(database.iterdump())
    with pytest.raises(IndexMismatch, match=r"normaliser is 'words-2'.*dedup index export"):
        open_index(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        assert list(database.iterdump()) == before
        assert database.execute("PRAGMA user_version").fetchone() == (3,)
