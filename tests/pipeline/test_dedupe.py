"""Removing copies: what is kept, why the rest goes, archives, and that a second run removes nothing."""

from datetime import UTC, datetime

import pytest

import dedup
from dedup import Article, ConfigError, Kind, UsageError
from tests.made_articles import edited, story


def day(number: int) -> datetime:
    return datetime(2026, 5, number, tzinfo=UTC)


def pile() -> list[Article]:
    """Two stories: three copies of the first, two of the second, and one that nothing resembles."""
    return [
        Article("b", story(1), source="www.late.example", published=day(4)),
        Article("a", story(1), source="early.example", published=day(2)),
        Article("c", edited(1, 0.03) + "\n\n" + story(50, 13), url="https://www.long.example/x", published=day(3)),
        Article("d", story(2)),
        Article("e", edited(2, 0.03)),
        Article("f", story(3)),
    ]


def ids(result) -> list[str]:
    return [article.id for article in result.kept]


class TestKeep:
    @pytest.mark.parametrize("level", ["near", "full"])
    @pytest.mark.parametrize(
        ("keep", "first"),
        [
            ("original", "a"),
            ("earliest", "a"),
            ("latest", "b"),
            ("first", "b"),
            ("longest", "c"),
            (["nobody.example", "late.example"], "b"),
            (["long.example", "early.example"], "c"),
        ],
    )
    def test_policies(self, keep, first, level):
        result = dedup.dedupe(pile(), keep=keep, level=level, workers=1)
        assert [i for i in ids(result) if i in "abc"] == [first]
        assert {gone.kept for gone in result.removed if gone.id in "abc"} == {first}

    def test_best_score_keeps_one_of_each_group(self):
        assert len(ids(dedup.dedupe(pile(), keep="best-score", level="near", workers=1))) == 3

    def test_order_does_not_matter_for_the_original(self):
        one, two = (dedup.dedupe(p, level="near", workers=1) for p in (pile(), pile()[::-1]))
        assert set(ids(one)) == set(ids(two))

    def test_twice_removes_nothing_more(self):
        once = dedup.dedupe(pile(), workers=1)
        assert dedup.dedupe(once.kept, workers=1).removed == ()

    def test_kinds(self):
        result = dedup.dedupe(pile(), kinds=["exact"], level="near", workers=1)
        assert ids(result) == ["a", "c", "d", "e", "f"]
        assert [gone.kind for gone in result.removed] == [Kind.EXACT]

    def test_drop_all(self):
        result = dedup.dedupe(pile(), drop_all=True, level="near", workers=1)
        assert ids(result) == ["f"]
        assert {gone.kept for gone in result.removed} == {None}


class TestResult:
    def test_counts_reasons_and_places(self):
        result = dedup.dedupe(pile(), level="near", workers=1)
        assert result.counts == {
            "read": 6, "kept": 3, "removed": 3, "exact": 1, "near": 2, "in_archive": 0, "skipped": 0,
        }  # fmt: skip
        gone = {one.id: one for one in result.removed}
        assert gone["b"].reason == "the same words as a"
        assert (gone["b"].source, gone["b"].line) == ("articles", 1)

    def test_repeated_ids(self):
        articles = [Article("x", story(1)), Article("x", story(1)), Article("x", story(2))]
        result = dedup.dedupe(articles, level="near", workers=1)
        assert ids(result) == ["x", "x#2"]
        assert [(one.id, one.line, one.kept) for one in result.removed] == [("x", 2, "x")]
        assert result.counts["read"] == 3
        assert result.skipped == ()

    def test_nothing(self):
        assert dedup.dedupe([]).counts["read"] == 0

    def test_wrong_arguments(self):
        with pytest.raises(ConfigError, match="keep must be"):
            dedup.dedupe(pile(), keep="best")
        with pytest.raises(ConfigError, match="kinds must be some of"):
            dedup.dedupe(pile(), kinds=["partial"])
        with pytest.raises(UsageError):
            dedup.dedupe("folder")


class TestArchive:
    @pytest.mark.parametrize("level", ["near", "full"])
    def test_what_the_archive_has_goes_and_nothing_of_the_archive(self, level):
        old = [Article("a", story(1)), Article("old", story(1)), Article("old2", edited(1, 0.03))]
        result = dedup.dedupe(pile(), against=old, level=level, workers=1)
        assert not set(ids(result)) & set("abc")
        assert all(gone.old for gone in result.removed if gone.id in "abc")
        assert result.counts["in_archive"] == 3
        assert dedup.dedupe(result.kept, against=old, level=level, workers=1).removed == ()

    def test_an_open_index(self):
        with dedup.open_index(None) as index:
            index.add(Article("a", story(1)))
            result = dedup.dedupe(pile(), against=index, workers=1)
            assert not set(ids(result)) & set("abc")
            assert result.counts["in_archive"] == 3

    def test_scan_matches_new_with_new_and_old_but_never_old_with_old(self):
        old = [Article("o1", story(1)), Article("o2", story(1)), Article("o3", edited(2, 0.03))]
        report = dedup.scan(pile(), against=old, level="near", workers=1)
        assert list(report.ids) == list("bacdef")
        for match in report.matches:
            sides = {side: getattr(match, side).startswith("o") for side in ("left", "right")}
            assert not all(sides.values())
            assert match.old == next((side for side, is_old in sides.items() if is_old), None)
        assert any(match.old for match in report.matches)
        assert any(match.old is None for match in report.matches)

    def test_scan_against_an_index_says_the_same_of_a_copy(self):
        with dedup.open_index(None) as index:
            index.add(Article("zz", story(1)))
            index.add(Article("d", story(2)))
            report = dedup.scan(pile(), against=index, workers=1)
        told = {(match.left, match.right): match.old for match in report.matches}
        assert told["a", "zz"] == "right"
        assert told["d", "d#archive"] == "right"
        assert told["d#archive", "e"] == "left"
