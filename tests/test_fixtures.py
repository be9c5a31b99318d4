"""The newsroom in fixtures/: six invented stories, each copied in five ways and reported once independently.

`fixtures/pairs.gold` holds every pair that can be formed inside a story, one JSON object a line.
"""

import json
from pathlib import Path

import pytest

from dedup.read import read
from dedup.records import Article, Skipped

FIXTURES = Path(__file__).parent.parent / "fixtures"
GOLD = [json.loads(line) for line in (FIXTURES / "pairs.gold").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {item.id: item for item in read([FIXTURES]) if isinstance(item, Article)}


def test_everything_is_read_but_the_gold():
    skipped = [item for item in read([FIXTURES]) if isinstance(item, Skipped)]
    assert [s.source for s in skipped] == ["pairs.gold"]


def test_gold_names_every_pair_of_every_story(articles):
    assert {name for row in GOLD for name in (row["left"], row["right"])} == set(articles)
    assert len({frozenset((row["left"], row["right"])) for row in GOLD}) == len(GOLD) == 6 * 21


@pytest.mark.parametrize("row", [r for r in GOLD if r["evidence"]], ids=lambda r: r["right"])
def test_gold_evidence_stands_in_the_articles(articles, row):
    for _, left, right in row["evidence"]:
        assert left in articles[row["left"]].text
        assert right in articles[row["right"]].text
