"""What every index must do, wherever it keeps its articles: memory, disk, reopened, after kill -9, in segments."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dedup.index import compaction
from dedup.pipeline.indexes import open_index
from dedup.records import Article, Kind, Match
from tests.made_articles import article, story

Call = Callable[..., Any]
WRITES = ("add", "add_many", "remove", "expire", "compact")

ZONE = datetime(2021, 5, 4, 12, 30, tzinfo=UTC)
PILE = [
    article("a", 1, title="Title", url="https://example.org/a", source="One", published=ZONE),
    article("b", 2, source="Two", published=ZONE - timedelta(days=40)),
    article("c", 1, 0.1, source="Two", published=ZONE + timedelta(days=1)),
    article("d", 3),
    article("e", 2, 0.15, source="One", published=ZONE - timedelta(days=2)),
    article("f", 1, source="Three", published=ZONE + timedelta(days=2)),
]


def fresh(seed: int, share: float | None = None, published: datetime = ZONE + timedelta(days=9)) -> Article:
    """A new article; it has a date, because to tell the original without one takes much longer."""
    return article("new", seed, share, published=published)


def answer(index: Any, name: str, *args: Any, **named: Any) -> Any:
    if name in ("len", "list"):
        return len(index) if name == "len" else list(index)
    return getattr(index, name)(*args, **named)


def memory(path: Path) -> Iterator[Call]:
    with open_index(None) as index:
        yield lambda *args, **named: answer(index, *args, **named)


def disk(path: Path) -> Iterator[Call]:
    with open_index(path) as index:
        yield lambda *args, **named: answer(index, *args, **named)


def batched(path: Path) -> Iterator[Call]:
    with open_index(path, durability="batch") as index:
        yield lambda *args, **named: answer(index, *args, **named)


def reopened(path: Path) -> Iterator[Call]:
    def call(*args: Any, **named: Any) -> Any:
        with open_index(path) as index:
            return answer(index, *args, **named)

    yield call


def reader(path: Path) -> Iterator[Call]:
    """One connection writes, the answers come from another that was opened before."""
    with open_index(path) as writer, open_index(path) as other:

        def call(name: str, *args: Any, **named: Any) -> Any:
            return answer(writer if name in WRITES else other, name, *args, **named)

        yield call


class Doomed:
    """A writer in a process of its own, which is killed instead of closed."""

    def __init__(self, path: Path) -> None:
        (theirs, self.said), (self.heard, ours) = os.pipe(), os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                serve(path, theirs, ours)
            finally:
                os._exit(1)
        os.close(theirs)
        os.close(ours)
        self.answers = os.fdopen(self.heard, "rb")

    def call(self, *asked: Any) -> Any:
        os.write(self.said, pickle.dumps(asked))
        return pickle.load(self.answers)

    def kill(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.said)
        self.answers.close()


def serve(path: Path, questions: int, answers: int) -> None:
    index = open_index(path)
    with os.fdopen(questions, "rb") as asked, os.fdopen(answers, "wb") as said:
        while True:
            name, args, named = pickle.load(asked)
            said.write(pickle.dumps(answer(index, name, *args, **named)))
            said.flush()


def crashed(path: Path) -> Iterator[Call]:
    """A writer is killed as soon as anything is to be read; the next write needs another one."""
    writers: list[Doomed] = []

    def call(name: str, *args: Any, **named: Any) -> Any:
        if name in WRITES:
            writers[:] = writers or [Doomed(path)]
            return writers[0].call(name, args, named)
        while writers:
            writers.pop().kill()
        with open_index(path) as index:
            return answer(index, name, *args, **named)

    yield call
    for writer in writers:
        writer.kill()


# Each kind with its articles in the memtable or, with segments of two that merge in pairs, in segments.
KINDS = [(memory, False), (disk, True), (batched, False), (reopened, False), (reader, True)]
if hasattr(os, "fork"):
    KINDS.append((crashed, True))


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0].__name__}-{'segments' if kind[1] else 'memtable'}")
def index(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    made, frozen = request.param
    if frozen:
        monkeypatch.setattr(compaction, "FREEZE", 2)
        monkeypatch.setattr(compaction, "FANOUT", 2)
    yield from made(tmp_path / "index")


def others(matches: list[Match], id_: str) -> list[str]:
    return sorted(m.right if m.left == id_ else m.left for m in matches)


def fill(index: Call) -> list[list[Match]]:
    return [index("add", a) for a in PILE]


def test_an_empty_index_knows_nothing(index: Call) -> None:
    assert index("check", PILE[0]) == []
    assert index("len") == 0
    assert index("get", "a") is None
    assert index("remove", "a") is False


def test_adding_tells_what_is_there_already(index: Call) -> None:
    assert [others(m, a.id) for m, a in zip(fill(index), PILE, strict=True)] == [[], [], ["a"], [], ["b"], ["a", "c"]]
    assert index("len") == 6


def test_checking_finds_all_copies_and_adds_nothing(index: Call) -> None:
    fill(index)
    matches = index("check", fresh(1, 0.05))
    assert others(matches, "new") == ["a", "c", "f"]
    assert all(m.kind in (Kind.NEAR, Kind.REWRITE) for m in matches)
    assert [m.probability for m in matches] == sorted((m.probability for m in matches), reverse=True)
    assert index("len") == 6
    assert index("check", fresh(77)) == []


def test_an_exact_copy_is_linked_to_the_first(index: Call) -> None:
    fill(index)
    matches = index("check", fresh(1))
    assert [m.kind for m in matches if "a" in (m.left, m.right)] == [Kind.EXACT]
    assert others(matches, "new") == ["a", "c"]


def test_articles_come_back_as_they_were(index: Call) -> None:
    fill(index)
    odd = Article(
        "odd \udcff/é", "Lone \ud800 surrogate.\r\n\0 And 東京.", None, "u\ud801", "", datetime(1969, 1, 1, 5, 6)
    )
    index("add", odd)
    assert index("get", odd.id) == odd
    assert [index("get", a.id) for a in PILE] == PILE


def test_the_same_text_again_changes_nothing(index: Call) -> None:
    fill(index)
    again = index("add", PILE[2])
    assert others(again, "c") == ["a", "f"]
    assert index("len") == 6
    assert index("add_many", PILE) == 0


def test_another_text_replaces(index: Call) -> None:
    fill(index)
    index("add", article("a", 9))
    assert index("len") == 6
    assert index("get", "a").text == story(9)
    assert others(index("check", fresh(1, 0.05)), "new") == ["c", "f"]
    assert others(index("check", fresh(9, 0.05)), "new") == ["a"]
    index("add_many", [article("a", 8), article("a", 7)])
    assert index("get", "a").text == story(7)
    assert others(index("check", fresh(7, 0.05)), "new") == ["a"]
    assert index("check", fresh(8, 0.05)) == []
    assert index("len") == 6


def test_what_is_removed_is_gone(index: Call) -> None:
    fill(index)
    assert index("remove", "a") is True
    assert index("remove", "a") is False
    assert index("get", "a") is None
    assert others(index("check", fresh(1)), "new") == ["c", "f"]
    index("compact")
    assert others(index("check", fresh(1)), "new") == ["c", "f"]
    index("add", PILE[0])
    assert others(index("check", fresh(1)), "new") == ["c", "f"]
    assert index("len") == 6


def test_old_articles_expire(index: Call) -> None:
    fill(index)
    assert index("expire", ZONE) == 2
    assert index("len") == 4
    assert index("check", fresh(2, 0.05)) == []
    assert index("expire", ZONE) == 0


def test_a_window_and_a_source_limit_the_search(index: Call) -> None:
    fill(index)
    new = fresh(2, 0.05, published=ZONE)
    assert others(index("check", new), "new") == ["b", "e"]
    assert others(index("check", new, since=timedelta(days=30)), "new") == ["e"]
    assert others(index("check", new, exclude_source="One"), "new") == ["b"]
    assert others(index("check", new, exclude_source="Nobody"), "new") == ["b", "e"]
    assert index("check", new, since=timedelta(days=30), exclude_source="One") == []


def test_bulk_adding_is_adding_one_by_one(index: Call) -> None:
    assert index("add_many", PILE) == 6
    with open_index(None) as one_by_one:
        for a in PILE:
            one_by_one.add(a)
        for query in (fresh(1, 0.05), fresh(2), fresh(3, 0.1)):
            assert index("check", query) == one_by_one.check(query)


def test_compacting_and_rebuilding_change_no_answer(index: Call) -> None:
    fill(index)
    index("remove", "b")
    query = fresh(1, 0.05)
    before = index("check", query)
    index("compact")
    assert index("check", query) == before
    index("compact", rebuild=True)
    assert index("check", query) == before
    assert index("info", verify=True).articles == 5
    assert index("info").hidden == 0


def test_articles_without_words_match_nothing(index: Call) -> None:
    for id_, text in (("x", ""), ("y", ""), ("z", "... !")):
        assert index("add", Article(id_, text)) == []
    assert index("check", Article("new", "")) == []
    assert index("len") == 3


def test_all_articles_can_be_read_in_order(index: Call) -> None:
    fill(index)
    index("remove", "b")
    assert index("list") == [a for a in PILE if a.id != "b"]


def test_a_clock_that_goes_backwards_loses_and_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles without a date are dated by the clock; segments hold them in the order in which they came."""
    clock = iter([2_000_000_000, 1_000_000_000, 1_999_999_000, 0, 1_500_000_000] * 3)
    monkeypatch.setattr(compaction, "FREEZE", 4)
    monkeypatch.setattr("dedup.index.core.now", lambda: next(clock))
    with open_index(tmp_path / "index") as index:
        for number in range(15):
            index.add(article(f"{number:02}", number))
        index.compact()
        assert sorted(one.id for one in index) == [f"{number:02}" for number in range(15)]
        for number in range(15):
            assert [match.kind for match in index.check(article("new", number))] == [Kind.EXACT]
        assert index.expire(datetime.fromtimestamp(1_200_000_000, UTC)) == 6
        assert len(index) == 9
