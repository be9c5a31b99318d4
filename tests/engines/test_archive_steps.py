"""The steps of an archive in Parquet, joined by hand: an index with the same weights says the same."""

from __future__ import annotations

import numpy as np
import pytest

import dedup
from dedup.config import Config
from dedup.language.frequencies import Frequencies
from dedup.pipeline.archive import Archive
from dedup.pipeline.indexes import IndexStages
from dedup.pipeline.intake import store_articles
from tests.made_articles import article

pa = pytest.importorskip("pyarrow")

from dedup.engines import archive_steps as steps  # noqa: E402 - what comes without pyarrow was skipped above
from dedup.engines.archive_files import check_specification, specification_of  # noqa: E402
from dedup.engines.arrow import article_columns, matrix  # noqa: E402
from dedup.engines.result_steps import packed_of  # noqa: E402
from dedup.engines.steps import Told  # noqa: E402
from dedup.index.articles import ArticleIndex  # noqa: E402
from dedup.results import unpack_match  # noqa: E402

CONFIG = Config().replace(candidates={"window": 2})
STAGES = IndexStages(CONFIG, Frequencies.shipped().feature_classes)
FROZEN = steps.Frozen(STAGES.weights(), CONFIG)


def keyed(articles):
    rows = pa.table(article_columns(articles))
    return pa.Table.from_batches([steps.key(batch, FROZEN) for batch in rows.select(["id", "text"]).to_batches()])


def test_the_candidates_and_matches_are_those_of_an_index():
    old = [*(article(f"a{n}", n % 9, n / 300) for n in range(27)), article("twice", 4), article("same", 4)]
    new = [article("new", 4, 0.02), article("a5", 5, 0.05), article("words", 4, published=None), article("alone", 77)]
    numbers = pa.array(range(1, len(old) + 1), pa.int64())
    kept = keyed(old).append_column("number", numbers)
    asked = keyed(new)
    halves = [kept.slice(0, 13), kept.slice(13)]  # two parts of an archive: the lists of a key stand in both
    posts = [steps.lists(pa.Table.from_batches(list(map(steps.post, half.to_batches()))), 2) for half in halves]
    asks = pa.Table.from_batches(list(map(steps.ask, asked.to_batches())))
    met = steps.meet(asks.join(pa.concat_tables(posts), "post", join_type="inner"), asked, FROZEN)
    held = met.join(kept.drop_columns("id"), "number", join_type="inner")
    chosen = steps.choose(held, asked, FROZEN)
    at = {one.id: one for one in new}
    pairs = pa.table({
        "a": pa.array([article_row(at[id_]) for id_ in chosen.column("asker").to_pylist()]),
        "b": pa.array([article_row(old[number - 1]) for number in chosen.column("number").to_pylist()]),
        "stage": chosen.column("stage"),
        "taken": [old[number - 1].id in at for number in chosen.column("number").to_pylist()],
    })  # fmt: skip
    found = [one for rows in steps.verify(pairs.to_batches(), FROZEN, Told()) for one in packed_of(rows) if one]
    index = ArticleIndex(None, lambda _: STAGES)
    index.add_keyed([(old, np.ascontiguousarray(matrix(kept.column("keys"), np.uint32)))])
    store = store_articles(new).store
    want = [unpack_match(one) for one in Archive(opened=index).matches(store, range(len(new)), CONFIG)]
    assert sorted(map(repr, map(unpack_match, found))) == sorted(map(repr, want))
    assert {"exact", "near"} <= {str(one.kind) for one in want}
    assert any(one.left == "a5" and one.right == "a5#archive" for one in want)


def article_row(one):
    return {name: values[0] for name, values in article_columns([one]).items()}


def test_an_archive_that_was_made_otherwise_is_refused():
    weights, named = STAGES.weights(), specification_of(STAGES)
    other = CONFIG.replace(candidates={"window": 3})
    with pytest.raises(dedup.IndexMismatch, match="window is 2, not 3"):
        check_specification("archive", "dedup-archive-1", named, weights, other)
    with pytest.raises(dedup.IndexMismatch, match="format is 'dedup-archive-0'"):
        check_specification("archive", "dedup-archive-0", named, weights, CONFIG)
