"""An index from elsewhere, or one that was damaged: refused by name, never followed, and nothing beside it touched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.index_faults import BAD, RIGHT, TOLD, survey
from dedup.errors import DedupError, IndexClosed, IndexDamaged, IndexMismatch, InputError
from dedup.index import compaction, segment_files
from dedup.index.entries import checksum
from dedup.index.folder import FILE, LOCK
from dedup.index.layout import KeyColumns, Rows, Scope
from dedup.index.migrations import FORMAT
from dedup.index.segment_files import PREFIX, build_segment, open_segment
from dedup.index.segment_set import SegmentSet
from dedup.pipeline.indexes import open_index
from dedup.records import Article
from tests.index.old_formats import describe_again, make_format_1, make_format_2, make_format_3
from tests.made_articles import article

COLUMNS = KeyColumns(10, 2)
SEGMENT = "segment-00000001-000.bin"
posix = pytest.mark.skipif(os.name != "posix", reason="needs links and users as Unix has them")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with a segment, a memtable and a removal in each."""
    monkeypatch.setattr(compaction, "FREEZE", 20)
    path = tmp_path / "index"
    with open_index(path) as index:
        index.add_many(article(f"{i}", i, source=f"s{i % 3}") for i in range(30))
        for i in range(30, 34):
            index.add(article(f"{i}", i, source="late"))
        index.remove("5")
        index.remove("31")
    return path


def change(folder: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    database = sqlite3.connect(folder / FILE)
    with database:
        database.execute(statement, values)
    database.close()


def found(index: Any, seed: int) -> list[str]:
    return [m.left for m in index.check(article("x", seed, 0.1))]


def ask(index: Any) -> None:
    """Ask for everything that the rows of the manifest decide."""
    _ = "7" in index
    list(index)


# Names and links that lead elsewhere


@pytest.mark.parametrize("name", ["../precious", "{tmp}/precious", "segment-00000001-000.bin/../../precious", "lock"])
def test_a_segment_named_outside_the_folder_is_neither_read_nor_deleted(folder: Path, name: str) -> None:
    precious = folder.parent / "precious"
    shutil.copy(folder / SEGMENT, precious)
    before = precious.read_bytes()
    row = (name.format(tmp=folder.parent), 1, 30, b"")
    change(folder, "DELETE FROM segments")
    change(folder, "INSERT INTO segments VALUES (?, ?, ?, ?, ?)", (*row, checksum(*row)))
    with open_index(folder) as index:
        with pytest.raises(IndexDamaged, match=rf"{FILE}: names .* which is no name of one; rebuild"):
            found(index, 3)
        index.compact(rebuild=True)
        assert found(index, 3) == ["3"]
    assert precious.read_bytes() == before
    assert (folder / LOCK).exists()


@posix
@pytest.mark.parametrize("name", [SEGMENT, FILE, f"{FILE}-wal", LOCK])
def test_links_are_not_followed(folder: Path, name: str) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"")
    before = outside.read_bytes()
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside)
    with pytest.raises(IndexDamaged, match=f"{name}: not a plain file"), open_index(folder) as index:
        found(index, 3)
    assert outside.read_bytes() == before


@posix
def test_a_new_segment_is_not_written_through_a_link(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes(b"precious")
    with open_index(folder) as index:
        for generation in range(20):
            (folder / f"segment-{generation:08d}-000.tmp").symlink_to(outside)
        index.compact(rebuild=True)
        assert found(index, 3) == ["3"]
    assert outside.read_bytes() == b"precious"


@posix
def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    (folder / SEGMENT).unlink()
    os.mkfifo(folder / SEGMENT)
    with pytest.raises(IndexDamaged, match="not a plain file"), open_index(folder) as index:
        found(index, 3)


# Segments that lie


def rows(count: int) -> Rows:
    draw = np.random.default_rng(3)
    keys = draw.integers(0, 20, (count, len(COLUMNS))).astype(np.uint32)
    return Rows(np.arange(1, count + 1, dtype=np.uint32), np.zeros(count, np.int64), np.zeros(count, np.uint32), keys)


def lying(path: Path, lie: Callable[[np.ndarray], None]) -> None:  # type: ignore[type-arg]
    """Write a segment whose checksums are right and whose postings are not."""
    sort = segment_files.sorted_postings

    def sorted_postings(values: np.ndarray, places: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        posts = sort(values, places)
        lie(posts)
        return posts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_files, "sorted_postings", sorted_postings)
        build_segment(path, rows(600), COLUMNS)


def far_places(posts: np.ndarray) -> None:  # type: ignore[type-arg]
    posts[:600] |= np.uint64(0x7FFFFF00)


def unsorted(posts: np.ndarray) -> None:  # type: ignore[type-arg]
    posts[:600] = posts[:600][::-1].copy()


@pytest.mark.parametrize("lie", [far_places, unsorted])
@pytest.mark.parametrize("window", [1, 24])
def test_right_checksums_do_not_lead_out_of_the_arrays(
    tmp_path: Path,
    lie: Callable[[np.ndarray], None],
    window: int,  # type: ignore[type-arg]
) -> None:
    lying(tmp_path / SEGMENT, lie)
    made = SegmentSet(COLUMNS)
    made.segments = [open_segment(tmp_path / SEGMENT, COLUMNS, "")]
    for keys in rows(600).keys[:40]:
        with suppress(IndexDamaged):
            assert made.search(keys, Scope(), window).numbers.max() <= 600
    if lie is far_places:
        with pytest.raises(IndexDamaged, match="chunk 0"):
            made.segments[0].verify()


@pytest.mark.parametrize("array", ["columns", "fences", "numbers", "dates", "full"])
def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path, array: str) -> None:
    path = tmp_path / SEGMENT
    build_segment(path, rows(600), COLUMNS)
    data = bytearray(path.read_bytes())
    said = json.loads(data[PREFIX.size : PREFIX.size + PREFIX.unpack_from(data)[2]])
    kind, count, offset, _ = said["arrays"][array]
    shorter = count - 1
    said["arrays"][array] = [
        kind,
        shorter,
        offset,
        zlib.crc32(data[offset : offset + shorter * np.dtype(kind).itemsize]),
    ]
    describe_again(path, {"arrays": said["arrays"]}, 2)
    with pytest.raises(IndexDamaged, match=f"{SEGMENT}: its arrays do not fit together"):
        open_segment(path, COLUMNS, "")


def test_a_segment_of_another_index_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with open_index(tmp_path / "other") as index:
        index.add_many(article(f"{i}", 100 + i) for i in range(30))
    shutil.copy(tmp_path / "other" / SEGMENT, folder / SEGMENT)
    with open_index(folder) as index:
        with pytest.raises(IndexDamaged, match=f"{SEGMENT}: a segment of another index; rebuild"):
            found(index, 3)
        index.compact(rebuild=True)
        assert found(index, 3) == ["3"]
    with open_index(tmp_path / "copy") as index:
        assert found(index, 3) == ["3"]


def test_another_segment_of_the_same_index_is_refused(folder: Path) -> None:
    describe_again(folder / SEGMENT, {"more": "another description"}, 2)
    with (
        pytest.raises(IndexDamaged, match=f"{SEGMENT}: not the segment that the manifest means"),
        open_index(folder) as i,
    ):
        found(i, 3)


# The manifest


def test_weights_that_unpack_to_gigabytes_are_refused(folder: Path) -> None:
    squeeze = zlib.compressobj(9)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(1 << 9)) + squeeze.flush()
    change(folder, "UPDATE weights SET body = ?, checksum = ?", (bomb, zlib.crc32(bomb)))
    with pytest.raises(IndexDamaged, match=r"table of weights.*more than"):
        open_index(folder)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE header SET value = '7' WHERE name = 'next_number'", "header field 'next_number'"),
        ("DELETE FROM header WHERE name = 'articles'", "the header cannot be read"),
        ("UPDATE sources SET name = x'41' WHERE source = 1", "its source"),
        ("DELETE FROM sources WHERE source = 1", "its source"),
        ("UPDATE removed SET number = 9", "removals"),
        ("DELETE FROM removed", "articles can be found"),
        ("UPDATE recent SET number = 40 WHERE number = 33", "keys of article 40"),
        ("UPDATE recent SET date = 5 WHERE number = 33", "keys of article 33"),
        ("DELETE FROM recent WHERE number = 33", "articles can be found"),
        ("UPDATE segments SET last = 31", "row of segment"),
        ("DELETE FROM segments", "articles can be found"),
        ("DELETE FROM articles WHERE number = 8", "article 8 is missing"),
        ("DELETE FROM ids WHERE number = 8", "two tables of ids"),
        ("UPDATE articles SET id = x'41' WHERE number = 8", "row of article 8"),
        ("UPDATE texts SET body = (SELECT body FROM texts WHERE number = 9) WHERE number = 8", "text of article 8"),
        ("DELETE FROM texts WHERE number = 8", "text of article 8"),
        ("CREATE TRIGGER t AFTER DELETE ON recent BEGIN DELETE FROM texts; END", "tables of format"),
        ("DROP TABLE ids", "tables of format"),
        ("PRAGMA user_version = 1", "says in one place"),
    ],
)
def test_every_row_is_checked(folder: Path, statement: str, named: str) -> None:
    change(folder, statement)
    with pytest.raises(IndexDamaged, match=f"{FILE}: .*{named}"), open_index(folder) as index:
        ask(index)


def test_a_damaged_memtable_can_be_rebuilt(folder: Path) -> None:
    change(folder, "UPDATE recent SET keys = zeroblob(3) WHERE number = 33")
    change(folder, "DELETE FROM removed")
    with open_index(folder) as index:
        index.compact(rebuild=True)
        assert index.info(verify=True).articles == 32
        assert found(index, 32) == ["32"]


@pytest.mark.parametrize("size", [0, 1, 99, 1000, 1 << 14, 200_000])
def test_a_truncated_manifest_is_told(folder: Path, size: int) -> None:
    os.truncate(folder / FILE, size)
    with pytest.raises(IndexDamaged, match=f"{FILE}: .*restore"):
        open_index(folder)
    assert (folder / SEGMENT).exists()


@pytest.mark.parametrize("gone", [[FILE], [FILE, LOCK], [FILE, SEGMENT]])
def test_a_missing_manifest_is_told_and_nothing_is_deleted(folder: Path, gone: list[str]) -> None:
    for name in gone:
        (folder / name).unlink()
    left = sorted(f.name for f in folder.iterdir())
    with pytest.raises(IndexDamaged, match=f"{FILE}: empty or missing.*another folder"):
        open_index(folder)
    assert set(left) <= {f.name for f in folder.iterdir()}


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("CREATE TABLE notes (text)")
    database.close()
    with pytest.raises(IndexDamaged, match="of something else"):
        open_index(tmp_path)


def test_files_beside_the_manifest_stay(folder: Path) -> None:
    (folder / "segment-of-my-diary.txt").write_text("dear diary")
    with open_index(folder) as index:
        index.compact(rebuild=True)
    assert (folder / "segment-of-my-diary.txt").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_commits_that_a_damaged_log_loses_are_told(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        index = open_index(tmp_path)
        for i in range(4):
            index.add(article(f"{i}", i))
        os._exit(0)
    os.waitpid(child, 0)
    log = tmp_path / f"{FILE}-wal"
    data = bytearray(log.read_bytes())
    data[-100] ^= 1
    log.write_bytes(data)
    with pytest.raises(IndexDamaged, match=r"1 commits are lost.*delete the file 'lock'"):
        open_index(tmp_path)
    (tmp_path / LOCK).unlink()
    with open_index(tmp_path) as index:
        assert len(index) == 3


def test_damage_anywhere_is_told_or_does_not_matter(tmp_path: Path) -> None:
    said: list[str] = []
    outcomes = dict(survey(tmp_path, 5, said.append))
    assert not {kind for counts in outcomes.values() for kind in counts} & set(BAD), "\n".join(said)
    assert {outcome for counts in outcomes.values() for outcome in counts} == {RIGHT, TOLD}


# Reading only

READER = """
import os, sys
from dedup.pipeline.indexes import open_index
from dedup.errors import InputError, IndexMismatch
from tests.made_articles import article
with open_index(sys.argv[2]) as warm:  # loads all that is asked for below: the user to come may not read the package
    warm.check(article("x", 3, 0.1))
    warm.info(verify=True)
os.setuid(65534)
with open_index(sys.argv[1]) as index:
    print([m.left for m in index.check(article("x", 3, 0.1))], len(index), index.info(verify=True).articles)
    try:
        index.add(article("new", 99))
    except InputError as error:
        print(error)
"""


@posix
def test_an_index_that_may_only_be_read_can_be_checked(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as open_to_all:  # unlike the folders of pytest
        Path(open_to_all).chmod(0o755)
        copy = Path(shutil.copytree(folder, Path(open_to_all, "index")))
        for path in (copy, *copy.iterdir()):
            path.chmod(0o555 if path.is_dir() else 0o444)
        code = READER if os.getuid() == 0 else READER.replace("os.setuid(65534)", "")
        done = subprocess.run(
            [sys.executable, "-c", code, str(copy), str(folder)], capture_output=True, text=True, check=False
        )
        copy.chmod(0o755)
    first, second = done.stdout.splitlines() or [done.stderr, ""]
    assert first == "['3'] 32 32"
    assert "can only be read here" in second


# Older formats


def test_an_index_of_format_1_opens_and_is_brought_up_to_date(folder: Path) -> None:
    with open_index(folder) as index:
        before = [index.check(article("x", seed, 0.1)) for seed in (3, 8, 32)], list(index), len(index)
    make_format_1(folder)
    for _ in range(2):
        with open_index(folder) as index:
            assert ([index.check(article("x", seed, 0.1)) for seed in (3, 8, 32)], list(index), len(index)) == before
            assert index.info(verify=True).format == FORMAT
            assert "5" not in index
    with open_index(folder) as index:
        assert [m.left for m in index.add(article("new", 3, 0.1, source="s1"))] == ["3"]
        index.compact()
        assert index.info(verify=True).articles == 33


def test_a_day_is_kept_without_an_hour_and_known_from_format_2(folder: Path) -> None:
    dates = {
        "day": (datetime(2024, 5, 7, tzinfo=timezone(timedelta(hours=2))), True),
        "hour": (datetime(2024, 5, 7, 9, 30, tzinfo=UTC), False),
        "bare": (datetime(2024, 5, 7), True),
        "none": (None, False),
    }
    with open_index(folder) as index:
        index.add_many(article(id_, 90, published=told, day_only=day) for id_, (told, day) in dates.items())
    make_format_2(folder)
    for _ in range(2):
        with open_index(folder) as index:
            kept = {id_: index.get(id_) for id_ in dates}
            assert {id_: (one.published, one.day_only) for id_, one in kept.items() if one} == dates
            assert index.info(verify=True).format == FORMAT


def test_an_index_of_format_3_opens_and_keeps_no_vectors(folder: Path) -> None:
    make_format_3(folder)
    for _ in range(2):
        with open_index(folder) as index:
            assert found(index, 3) == ["3"]
            assert index.info(verify=True).languages == {}


def test_an_old_index_with_a_damaged_segment_can_still_be_rebuilt(folder: Path) -> None:
    make_format_1(folder)
    (folder / SEGMENT).unlink()
    with open_index(folder) as index:
        with pytest.raises(IndexDamaged, match=f"{SEGMENT} is missing"):
            found(index, 3)
        index.compact(rebuild=True)
        assert found(index, 3) == ["3"]


def test_an_old_index_with_other_tables_is_refused(folder: Path) -> None:
    make_format_1(folder)
    change(folder, "CREATE TABLE more (x)")
    with pytest.raises(IndexDamaged, match="tables of format 1"):
        open_index(folder)


# Calls that cannot be answered


def test_a_closed_index_says_so(folder: Path) -> None:
    index = open_index(folder)
    index.close()
    index.close()
    for call in (
        lambda: index.check(article("x", 1)),
        lambda: index.add(article("x", 1)),
        lambda: len(index),
        index.flush,
    ):
        with pytest.raises(IndexClosed, match="was closed"):
            call()


def test_a_file_instead_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        open_index(tmp_path / "file")


def test_times_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    first, last = datetime(1, 1, 3, tzinfo=timezone(timedelta(hours=14))), datetime(9999, 12, 30, tzinfo=UTC)
    with open_index(tmp_path) as index:
        index.add(article("first", 1, published=first))
        index.add(article("last", 1, 0.1, published=last))
        for published in (first, last, None):
            for since in (timedelta(0), timedelta(days=1), timedelta.max):
                index.check(article("x", 1, 0.05, published=published), since=since)
        assert [m.left for m in index.check(article("x", 1, 0.05, published=last), since=timedelta(days=9))] == ["last"]
        assert index.expire(datetime.max) == 2
        assert index.expire(datetime.min) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("room", [0, 20_000, 60_000, 200_000])
def test_a_disk_that_takes_no_more_is_told_and_loses_nothing(folder: Path, room: int) -> None:
    """A limit on the size of files stands for a full disk."""
    size = (folder / FILE).stat().st_size
    child = os.fork()
    if child == 0:
        import resource

        code = 1
        try:
            with open_index(folder) as index:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, size + room))
                with suppress(InputError):
                    index.compact(rebuild=True)
                    code = 0 if room > 100_000 else 2
                with pytest.raises(InputError):
                    index.add_many(article(f"more {i}", 200 + i) for i in range(300))
                code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with open_index(folder) as index:
        assert index.info(verify=True).articles == 32
        assert found(index, 3) == ["3"]


def test_every_error_of_an_index_is_of_this_package(folder: Path) -> None:
    with open_index(folder) as index:
        shutil.rmtree(folder)
        with pytest.raises(DedupError):
            index.add(Article("x", "One more article with some words."))


def test_an_old_format_needs_a_place_to_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_format_1(folder)
    monkeypatch.setattr("dedup.index.database.is_read_only", lambda path: True)
    with pytest.raises(IndexMismatch, match="open it once where it can be written"):
        open_index(folder)
