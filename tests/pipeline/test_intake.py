"""Ids of a scan: unique, stable, nothing lost; and articles that are read again from where they stand."""

import gzip
import io
import json
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.pipeline.intake import ITERABLE, store_articles, store_paths
from dedup.read import Fields, ReadOptions
from dedup.records import Article, Skipped


def from_stdin(data: bytes):
    return store_paths(["-"], ReadOptions(), io.BytesIO(data))


def all_of(intake) -> list[Article]:
    return [intake.store.article(n) for n in range(len(intake.store))]


class TestIds:
    def test_repeats_and_second_texts(self, tmp_path):
        rows = [("1", "one"), ("1", "one"), ("1", "two"), ("1#2", "three"), ("1", "four"), ("1", "two")]
        (tmp_path / "x.jsonl").write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in rows))
        intake = store_paths([tmp_path], ReadOptions())
        found = [(a.id, a.text) for a in all_of(intake)]
        assert found == [("1", "one"), ("1#2", "two"), ("1#2#2", "three"), ("1#3", "four")]
        reasons = [(s.line, s.reason) for s in intake.skipped]
        assert reasons == [(n, "repeats id '1' with the same text") for n in (2, 6)]

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["a", "a#2", "b"]), st.sampled_from("xyz")), min_size=1))
    def test_ids_come_out_unique_and_nothing_is_lost(self, rows):
        intake = from_stdin(b"".join(json.dumps({"id": i, "text": t}).encode() + b"\n" for i, t in rows))
        ids = [a.id for a in all_of(intake)]
        assert len(set(ids)) == len(ids)
        assert len(ids) + len(intake.skipped) == len(rows)
        assert {a.text for a in all_of(intake)} == {text for _, text in rows}

    def test_iterables_follow_the_same_rule(self):
        intake = store_articles([Article("a", "x"), Article("a", "x"), Skipped("feed", 7, "bad"), Article("a", "y")])
        assert [a.id for a in all_of(intake)] == ["a", "a#2"]
        repeat = Skipped(ITERABLE, 2, "repeats id 'a' with the same text")
        assert intake.skipped == [repeat, Skipped("feed", 7, "bad")]


class TestReadAgain:
    def test_every_kind_of_input_comes_back_whole(self, tmp_path):
        rows = [{"key": "a", "body": "caf\u00e9 \ud83d\ude00", "source": "x"}, {"key": "b", "body": "two\nlines"}]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + lines.encode())
        (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(lines.replace('"key": "', '"key": "z').encode()))
        (tmp_path / "c.txt").write_text("three")
        intake = store_paths([tmp_path], ReadOptions(fields=Fields(id="key", text="body")))
        text = "caf\u00e9 \U0001f600"
        wanted = [
            ("a", text),
            ("b", "two\nlines"),
            ("za", text),
            ("zb", "two\nlines"),
        ]
        assert [(a.id, a.text) for a in all_of(intake)] == [*wanted, ("c.txt", "three")]
        assert intake.store.named("a").source == "x"

    def test_texts_are_those_of_the_articles_where_lines_between_were_refused(self, tmp_path):
        rows = [{"id": "a", "text": "one"}, {"id": "a", "text": "one"}, {"text": 5}, {"id": "c", "text": "th\u00e9"}]
        (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        store = store_paths([tmp_path], ReadOptions()).store
        (batch,) = store.batches(range(len(store)))
        blob, offsets, sources = store.texts(batch)
        found = [bytes(blob[a:b]).decode() for a, b in pairwise(offsets)]
        assert found == ["one", "th\u00e9"]
        assert sources == [None, None]

    def test_reading_many_again_gives_what_reading_one_gives(self, tmp_path):
        rows = [
            {"id": "a", "text": "one", "title": "T", "url": "u", "source": "s", "published": "2030-01-02"},
            {"id": 7, "text": "th\u00e9 two\nlines", "published": 1_900_000_000},
            {"text": "three", "id": "", "source": None},
        ]
        (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(r).encode() for r in rows))
        (tmp_path / "b.txt").write_text("four")
        store = store_paths([tmp_path], ReadOptions()).store
        for numbers in ([0, 1, 2, 3], [2, 0], [3], [1], []):
            articles, blob, offsets = store.read(numbers)
            assert articles == [store.article(number) for number in numbers]
            assert [bytes(blob[a:b]).decode() for a, b in pairwise(offsets)] == [a.text for a in articles]

    def test_lone_surrogates_become_one_mark_each(self):
        article = Article("s", "a\ud800b \U0001f600", published=datetime(2030, 1, 1, tzinfo=UTC))
        assert all_of(store_articles([article])) == [Article("s", "a\ufffdb \U0001f600", published=article.published)]
