"""A report that was written is the report that is read."""

import pytest

from dedup.errors import InputError, UsageError
from dedup.report import load_report, write_page, write_report
from dedup.report.stored import stored_ours
from dedup.results.rows import match_row, score_row
from tests.made_report import made_report


@pytest.fixture
def folder(tmp_path):
    write_report(made_report(), tmp_path / "out", mine=["Ostrel News"])
    return tmp_path / "out"


def test_everything_comes_back(folder):
    before, after = made_report(), load_report(folder)
    assert list(map(match_row, after.matches)) == list(map(match_row, before.matches))
    assert (after.clusters, after.templates, after.skipped) == (before.clusters, before.templates, before.skipped)
    assert list(map(score_row, after.scores.values())) == list(map(score_row, before.scores.values()))
    assert list(after.ids) == list(before.ids)
    assert [after.article(id_) for id_ in after.ids] == [before.article(id_) for id_ in before.ids]
    assert (after.capped, after.set_aside, after.seconds, after.notes) == (
        before.capped, before.set_aside, before.seconds, before.notes,
    )  # fmt: skip
    assert stored_ours(folder) == ("Ostrel News",)


def test_the_page_made_again_is_the_same(folder):
    again = write_page(load_report(folder), folder / "again.html", mine=stored_ours(folder))
    assert again.read_bytes() == (folder / "report.html").read_bytes()


def test_an_article_that_was_not_kept_is_an_error(folder):
    with pytest.raises(InputError, match="holds no article 'zz'"):
        load_report(folder).article("zz")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scan.json", None, "is no report"),
        ("scan.json", b'{"format": 99}\n', "format 99"),
        ("scan.json", b"", "format None"),
        ("scan.json", b'{"format": 1, "capped": {"a": "b"}}\n', "no usable capped, set_aside, seconds"),
        ("skipped.jsonl", b'{"source": 7, "line": 1, "reason": "x"}\n', "7 is no text"),
        ("clusters.jsonl", b'{"id": "a", "lead": [], "members": [], "parents": []}\n', "is no text"),
        ("articles.jsonl", b'{"id": "a", "score": {"overall": "high"}}\n', "not a line"),
        ("matches.jsonl", b'{"left": "a"}\n', r"matches.jsonl:1: not a line"),
        ("clusters.jsonl", b"{}\n{", r"clusters.jsonl:1"),
        ("articles.jsonl", b"[1]\n", r"articles.jsonl:1"),
        ("texts.jsonl", None, "cannot be read"),
    ],
)
def test_what_is_no_report_is_named(folder, name, content, message):
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_report(folder)


def test_wrong_calls():
    with pytest.raises(UsageError):
        load_report(3)
    with pytest.raises(UsageError, match="a list of sources"):
        write_report(made_report(), ".", mine="Echo")


def test_texts_are_no_articles_to_a_later_scan(folder):
    from dedup.read import read
    from dedup.records import Article

    assert not [item for item in read([folder / "texts.jsonl"]) if isinstance(item, Article)]
