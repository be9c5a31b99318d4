"""What the machine may lack: shared memory, room on the disk, descriptors. Each is told, or got along without."""

import resource
from contextlib import contextmanager

import pytest

import dedup
from dedup.engines import local
from dedup.engines.local import map_chunks
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.scorer import build_background
from dedup.scoring import Scorer
from dedup.whole_files import whole_file
from tests.made_articles import article


def work(factor: int, chunk: list[int]) -> list[int]:
    return [factor * number for number in chunk]


@contextmanager
def limited(what: int, most: int):
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


def written(path, size: int) -> None:
    with whole_file(path) as stream:
        stream.write(b"x" * size)


def test_without_shared_memory_the_work_is_done_in_one_process(monkeypatch):
    def refuse(*_):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(local, "ProcessPoolExecutor", refuse)
    with pytest.warns(RuntimeWarning, match="worker processes cannot be started"):
        assert list(map_chunks(work, 2, [[1], [2], [3]], 2)) == [[2], [4], [6]]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    path = tmp_path / "matches.jsonl"
    path.write_text("old")
    reason = r"matches.jsonl: cannot be written \(file too large\)"
    with limited(resource.RLIMIT_FSIZE, 1000), pytest.raises(dedup.InputError, match=reason):
        written(path, 100_000)
    assert [one.name for one in tmp_path.iterdir()] == ["matches.jsonl"]
    assert path.read_text() == "old"


SAVERS = {
    "background": lambda path: dedup.save_background(build_background([article(str(n), n) for n in range(40)]), path),
    "calibration": lambda path: dedup.save_calibration(Scorer().calibration, path),
    "profile": lambda path: dedup.save_profile(dedup.Config(), path, {"note": "x" * 2000}),
}


@pytest.mark.parametrize("name", SAVERS)
def test_what_was_learnt_before_stays_where_the_disk_is_full(tmp_path, name):
    path = tmp_path / name
    path.write_text("learnt before")
    with limited(resource.RLIMIT_FSIZE, 1000), pytest.raises(dedup.InputError, match=f"{name}: cannot be written"):
        SAVERS[name](path)
    assert path.read_text() == "learnt before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_temporary_folder_is_told_with_what_helps():
    store = ArticleStore()
    many = [article(str(number), number) for number in range(2000)]
    reason = r"0.jsonl: cannot be written .*TMPDIR names another folder"
    with limited(resource.RLIMIT_FSIZE, 1000), pytest.raises(dedup.InputError, match=reason):
        list(map(store.add, many))


def test_a_process_without_descriptors_is_told_and_no_file_is_skipped(tmp_path):
    (tmp_path / "a.txt").write_text("The bridge is closed.")
    items = dedup.read_articles(tmp_path)
    opened = []
    with limited(resource.RLIMIT_NOFILE, 64):
        try:
            while True:
                opened.append(open(tmp_path / "a.txt"))  # noqa: SIM115 - all of them
        except OSError:
            with pytest.raises(dedup.InputError, match="no descriptor left"):
                list(items)
        finally:
            for stream in opened:
                stream.close()
