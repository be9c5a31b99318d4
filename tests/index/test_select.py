"""Adding articles one by one finds what a scan of all of them finds, with the same proof."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dedup.config import Config
from dedup.index import bulk, compaction
from dedup.language.background import shipped_background
from dedup.pipeline.indexes import open_index
from dedup.pipeline.scan import scan
from dedup.pipeline.scorer import learn_background
from dedup.read import read
from dedup.records import Article, Match
from tests.made_articles import article, story

NEWSROOM = Path(__file__).parents[2] / "fixtures"


def one_by_one(path: Path | None, articles: list[Article]) -> list[Match]:
    with open_index(path) as index:
        found = [match for a in articles for match in index.add(a)]
    return sorted(found, key=lambda m: (m.left, m.right))


def newsroom() -> list[Article]:
    return sorted((a for a in read([str(NEWSROOM)]) if isinstance(a, Article)), key=lambda a: a.id)


def copies() -> list[Article]:
    pile = [article(f"{seed}-{i}", seed, share) for seed in range(8) for i, share in enumerate((None, 0.05, 0.2, None))]
    random.Random(4).shuffle(pile)
    return pile


@pytest.mark.parametrize("pile", [newsroom, copies])
def test_one_by_one_finds_what_a_scan_finds(pile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(compaction, "FREEZE", 16)
    articles = pile()
    expected = scan(articles, Config(workers=1)).matches
    found = one_by_one(tmp_path / "index", sorted(articles, key=lambda a: a.id))
    # The index weighs words by the shipped frequencies, the scan by its own too: a pair that is barely a copy may be no
    # candidate of one of them.
    sure = [match for match in expected if match.probability > 0.8]
    assert len(sure) > 20
    assert [match for match in found if match.probability > 0.8] == sure
    assert all(match in expected for match in found)


def test_an_old_article_is_found_after_many_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FREEZE", 256)
    monkeypatch.setattr(compaction, "FANOUT", 3)
    with open_index(tmp_path) as index:
        index.add(article("first", 1))
        for part in range(8):
            index.add_many(article(f"{part}-{i}", 100 + 200 * part + i) for i in range(200))
        assert [m.left for m in index.check(article("new", 1, 0.15))] == ["first"]
        index.compact(relearn=True)
        assert [m.left for m in index.check(article("new", 1, 0.15))] == ["first"]


def test_weights_are_learnt_from_the_first_bulk_load(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        shipped = index.info().specification["weighted.weights"]
        index.add_many(article(f"{i}", i) for i in range(bulk.LEAST_LEARNT))
        learnt = index.info().specification["weighted.weights"]
        assert learnt != shipped
        index.add_many(article(f"more-{i}", 5000 + i) for i in range(50))
    with open_index(tmp_path) as index:
        assert index.info().specification["weighted.weights"] == learnt
        assert [m.left for m in index.check(article("new", 7, 0.1))] == ["7"]
        assert [m.left for m in index.check(article("new", 5007, 0.1))] == ["more-7"]


def test_an_index_teaches_the_score_of_single_articles(tmp_path: Path) -> None:
    from dedup.text import tokenise

    with open_index(tmp_path) as index:
        index.add_many(Article(f"{i}", f"{story(i, 30)} The wumblefex gathered in town {i}.") for i in range(40))
        learnt = learn_background(index)
    known = tokenise("wumblefex gathered").hashes
    assert learnt.documents == shipped_background().documents + 40
    assert learnt.count1(known)[0] == pytest.approx(40, rel=0.05)
    assert learnt.count2(known[:1], known[1:])[0] == pytest.approx(40, rel=0.05)


def test_a_story_copied_everywhere_is_still_found(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.add_many([article(f"{i:03}", 1, 0.02 if i % 2 else None) for i in range(300)])
        matches = index.check(article("new", 1, 0.05))
        assert 1 <= len(matches) <= 40
        assert "000" in {m.left for m in matches}
        exact = index.check(article("new", 1))
        assert exact[0].left == "000"
        assert index.info().capped["long"] > 0
