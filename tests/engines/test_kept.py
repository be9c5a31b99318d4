"""Work that is kept while a call runs: what is done is not done again, what is damaged or of something else is."""

import marshal
import os

import pytest

from dedup.engines.kept import Codec, Kept
from dedup.errors import InputError

CODEC = Codec(marshal.dumps, marshal.loads)
CHUNKS = [[n, n + 1] for n in range(6)]
done: list[list[int]] = []


def work(factor: int, chunk: list[int]) -> list[int]:
    done.append(chunk)
    return [factor * n for n in chunk]


def mapped(kept: Kept, most: int = 6) -> list[list[int]]:
    done.clear()
    results = kept.map(b"label", work, 3, CHUNKS, 1, CODEC)
    return [result for result, _ in zip(results, range(most), strict=False)]


def begun(path, key: bytes = b"key") -> Kept:
    kept = Kept(path)
    kept.begin(key)
    return kept


ALL = [[3 * n, 3 * n + 3] for n in range(6)]


@pytest.fixture
def path(tmp_path):
    mapped(begun(tmp_path / "deep" / "kept"), 4)  # four pieces at least are done, and nobody closed the file
    return tmp_path / "deep" / "kept"


def test_what_was_done_is_taken_and_the_rest_is_done(path):
    kept = begun(path)
    assert mapped(kept) == ALL
    assert 1 <= len(done) == 6 - kept.taken <= 2
    kept.remove()
    assert not path.exists()


@pytest.mark.parametrize("key", [b"", b"another", b"key "])
def test_work_of_something_else_is_thrown_away(path, key):
    assert mapped(begun(path, key)) == ALL
    assert len(done) == 6


def test_another_label_is_other_work(path):
    done.clear()
    assert list(begun(path).map(b"other", work, 3, CHUNKS, 1, CODEC)) == ALL
    assert len(done) == 6


def test_a_file_that_is_cut_off_anywhere_or_damaged_gives_the_same(path):
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        assert mapped(begun(path)) == ALL
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert mapped(begun(path)) == ALL


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may give a file away")
def test_what_another_user_left_is_not_read(path):
    os.chown(path, 12345, 12345)
    assert mapped(begun(path)) == ALL
    assert len(done) == 6


def test_without_a_path_nothing_is_kept():
    kept = begun(None)
    assert mapped(kept) == ALL
    kept.remove()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file/kept: cannot be written"):
        begun(tmp_path / "file" / "kept")
