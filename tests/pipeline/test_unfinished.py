"""The key of kept work changes with everything that may change a result, and with nothing else."""

from dataclasses import replace

import pytest

from dedup.config import Config
from dedup.pipeline import unfinished
from dedup.pipeline.intake import store_articles
from dedup.pipeline.unfinished import key_of_work
from dedup.records import Article
from tests.made_articles import story

ONE = Article("a", story(1), title="x")
TWO = Article("b", story(2), url="https://post.example/b")
CONFIG = Config()


def key(*articles: Article, config: Config = CONFIG, new: int = 2) -> bytes:
    return key_of_work(store_articles(articles).store, new, config)


def test_the_same_work_has_the_same_key_with_any_number_of_workers():
    assert key(ONE, TWO) == key(ONE, TWO) == key(ONE, TWO, config=Config(workers=3))


@pytest.mark.parametrize(
    "other",
    [
        lambda: key(TWO, ONE),
        lambda: key(ONE, replace(TWO, text=TWO.text + ".")),
        lambda: key(ONE, replace(TWO, url=None)),
        lambda: key(ONE, replace(TWO, id="c")),
        lambda: key(replace(ONE, title=None), TWO),
        lambda: key(ONE, TWO, new=1),
        lambda: key(ONE, TWO, config=CONFIG.replace(threshold=0.6)),
        lambda: key(ONE, TWO, config=CONFIG.replace(align={"reach": 41})),
    ],
)
def test_other_work_has_another(other):
    assert other() != key(ONE, TWO)


def test_another_version_or_model_has_another(monkeypatch, tmp_path):
    before = key(ONE, TWO)
    monkeypatch.setattr(unfinished, "PACKAGE", tmp_path)
    (tmp_path / "model.bin").write_bytes(b"1")
    unfinished.package_digest.cache_clear()
    first = key(ONE, TWO)
    (tmp_path / "model.bin").write_bytes(b"2")
    unfinished.package_digest.cache_clear()
    assert len({before, first, key(ONE, TWO)}) == 3
    unfinished.package_digest.cache_clear()
