"""Columns of Arrow and arrays are the same, whatever part of a table they are."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from dedup.engines import arrow
from dedup.read.dates import DateOrder
from dedup.records import Article

TEXTS = ["Ägir", "", "a harbour", None, "tide"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("part", [slice(0, 5), slice(1, 4), slice(4, 5), slice(2, 2)])
def test_texts_of_a_part(kind, part):
    column = pa.array(TEXTS, kind)[part.start : part.stop]
    blob, offsets = arrow.texts(column)
    found = [blob[a:b].tobytes().decode() for a, b in pairwise(offsets)]
    assert found == [text or "" for text in TEXTS[part]]


def test_texts_of_several_chunks_and_of_none():
    whole, none = pa.chunked_array([["one", "two"], ["three"]]), pa.chunked_array([], pa.string())
    assert bytes(arrow.texts(whole)[0]).startswith(b"onetwothree")
    assert arrow.texts(none)[1].tolist() == [0]


def test_a_matrix_comes_back():
    rows = np.arange(24, dtype=np.uint32).reshape(6, 4)
    column = arrow.from_matrix(rows)
    assert (arrow.matrix(column, np.uint32) == rows).all()
    assert (arrow.matrix(column[2:5], np.uint32) == rows[2:5]).all()
    assert arrow.matrix(column[:0], np.uint32).shape == (0, 0)


def test_ragged_rows():
    column = arrow.ragged(np.array([7, 8, 9], np.int64), [0, 2, 2, 3])
    assert [np.frombuffer(one.as_py(), np.int64).tolist() for one in column] == [[7, 8], [], [9]]


@pytest.mark.parametrize("most", [1 << 22, 96])
def test_bundles_hold_all_rows_of_a_bucket_in_pieces(most, monkeypatch):
    monkeypatch.setattr(arrow, "MOST_BUNDLED", most)
    keys = np.random.default_rng(3).integers(0, 1 << 60, 500)
    buckets, rows = arrow.bucket_of(keys, 7), np.stack([keys, keys + 1], axis=1)
    made = arrow.bundled(buckets, key=keys, row=rows)
    assert len(made["bucket"]) == 7 if most > 1000 else max(map(len, made["row"].to_pylist())) == most
    for bucket in range(7):
        here = pa.array(made["bucket"] == bucket)
        found = arrow.loose(made["key"].filter(here))
        assert found.tolist() == keys[buckets == bucket].tolist()
        assert (arrow.loose(made["row"].filter(here)).reshape(-1, 2)[:, 1] == found + 1).all()
    none = arrow.bundled(buckets[:0], key=keys[:0])
    assert len(none["bucket"]) == len(none["key"]) == 0


def test_signed_numbers_sort_as_unsigned_ones():
    keys = np.array([0, 1, 1 << 63, (1 << 64) - 1, 12345], np.uint64)
    assert np.argsort(arrow.signed(keys)).tolist() == np.argsort(keys).tolist()


def test_articles_come_back():
    moment = datetime(2026, 5, 3, 14, 5, tzinfo=UTC)
    given = [
        Article("a", "One.", "Title", "https://a.example/x", "A", moment),
        Article("b", "Two.", published=datetime(2026, 5, 4, tzinfo=UTC), day_only=True),
        Article("c", "Three."),
    ]
    assert arrow.articles(pa.table(arrow.article_columns(given)), DateOrder()) == given
    assert arrow.articles(pa.table(arrow.article_columns([])), DateOrder()) == []


def test_a_date_of_numbers_goes_by_all_dates():
    columns = arrow.article_columns([Article("a", "One.")]) | {"published": ["05/12/2026"]}
    order = DateOrder()
    assert arrow.articles(pa.table(columns), order)[0].published is None
    order.votes.update([("", True)])
    assert arrow.articles(pa.table(columns), order)[0].published == datetime(2026, 12, 5, tzinfo=UTC)


def test_a_batch_has_nulls_where_nothing_is_given():
    schema = pa.schema({"a": pa.int64(), "b": pa.string()})
    assert arrow.batch(schema, a=[1, 2]).to_pydict() == {"a": [1, 2], "b": [None, None]}
