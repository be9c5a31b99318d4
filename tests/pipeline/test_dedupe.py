"""Removing copies: what is kept, why the rest goes, archives, and that a second run removes nothing."""

from datetime import UTC, datetime

import pytest

import dedup
from dedup import Article, ConfigError, Kind, UsageError

BRIDGE = """The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months, after divers \
found cracks in two of its iron piers. Traffic between the fish market and the northern quays will be sent through the \
tunnel at Carrow Street, which was built for 9,000 cars a day and already carries 11,500.

"Nobody likes a detour, but nobody wants to fall into the river either," said Marta Ellingsen, who chairs the board. \
She put the cost of the repair at 38 million crowns, a third of it paid by the county.

Shopkeepers on the northern side fear for their summer trade. Jonas Prewitt, who sells rope and lamps to sailors, said \
that half of his customers walked over the bridge from the station. The board promised a free ferry for people on \
foot, every 20 minutes from six in the morning until midnight, but no boat has been hired yet.

The bridge was opened in 1911 by the queen and last repaired after the flood of 1953."""
MUSEUM = """A painting that hung for sixty years in the canteen of a shoe factory in Dornach is the work of Elise \
Van Harrow, the town museum announced on Friday. Restorers who cleaned the canvas found her signature under a layer of \
soot, beside the date 1887.

The factory had bought the picture at a jumble sale for the price of two pairs of boots, its former manager Karl \
Obrist recalled. Workers called the woman in the blue coat Aunt Berta and wished her good morning.

Van Harrow painted fewer than forty works before she gave up art for beekeeping, and only twelve were known to \
survive. An auction house in Lisse valued the canvas at 450,000 francs. The museum will show it from 3 June in its own \
room, with a cup of canteen coffee for every visitor on the first day."""
FOOTBALL = """Brackwater Rovers will play next season without their captain. Ines Colmar, 31, told reporters on \
Sunday that her knee had not healed since the cup final in April and that doctors advised her to stop.

She scored 88 goals in nine years for the club and led it to two titles. The trainer, Tom Adeyard, said he would not \
give her shirt number to anybody for at least a year. Rovers meet Saltley in their first match on 22 August."""
MUSEUM_EDITED = MUSEUM.replace("wished her good morning", "greeted her every morning")
MORE = """The council of the neighbouring town of Skelby offered to lend its own pontoon until the autumn."""


def day(number: int) -> datetime:
    return datetime(2026, 5, number, tzinfo=UTC)


def pile() -> list[Article]:
    """Two stories: three copies of the first, two of the second, and one that nothing resembles."""
    longer = BRIDGE.replace("fear for", "worry about") + "\n\n" + MORE
    return [
        Article("b", BRIDGE, source="www.late.example", published=day(4)),
        Article("a", BRIDGE, source="early.example", published=day(2)),
        Article("c", longer, url="https://www.long.example/x", published=day(3)),
        Article("d", MUSEUM),
        Article("e", MUSEUM_EDITED),
        Article("f", FOOTBALL),
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
        articles = [Article("x", BRIDGE), Article("x", BRIDGE), Article("x", MUSEUM)]
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
        old = [
            Article("a", BRIDGE),
            Article("old", BRIDGE),
            Article("old2", BRIDGE.replace("nobody wants", "no one wants")),
        ]
        result = dedup.dedupe(pile(), against=old, level=level, workers=1)
        assert not set(ids(result)) & set("abc")
        assert all(gone.old for gone in result.removed if gone.id in "abc")
        assert result.counts["in_archive"] == 3
        assert dedup.dedupe(result.kept, against=old, level=level, workers=1).removed == ()

    def test_an_open_index(self):
        with dedup.open_index(None) as index:
            index.add(Article("a", BRIDGE))
            result = dedup.dedupe(pile(), against=index, workers=1)
            assert not set(ids(result)) & set("abc")
            assert result.counts["in_archive"] == 3

    def test_scan_matches_new_with_new_and_old_but_never_old_with_old(self):
        old = [Article("o1", BRIDGE), Article("o2", BRIDGE), Article("o3", MUSEUM_EDITED)]
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
            index.add(Article("zz", BRIDGE))
            index.add(Article("d", MUSEUM))
            report = dedup.scan(pile(), against=index, workers=1)
        told = {(match.left, match.right): match.old for match in report.matches}
        assert told["a", "zz"] == "right"
        assert told["d", "d#archive"] == "right"
        assert told["d#archive", "e"] == "left"
