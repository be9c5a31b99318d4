"""The newsroom in fixtures/: six invented stories, each copied in five ways and reported once independently.

`fixtures/pairs.gold` holds every pair that can be formed inside a story, one JSON object a line. A copy of the original
must be found with its kind; two copies of one original may be found; an independent report must never be called a copy.
"""

import json
import random
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest

import dedup
from dedup.read import read
from dedup.records import COPIES, Article, Match, Skipped
from dedup.results import Report

FIXTURES = Path(__file__).parent.parent / "fixtures"
GOLD = [json.loads(line) for line in (FIXTURES / "pairs.gold").read_text(encoding="utf-8").splitlines()]
COPIED = [row for row in GOLD if row["relation"] not in ("independent", "sibling")]
STORIES = ("bank", "cup", "ferry", "hospital", "museum", "treaty")


def names(row: dict) -> str:
    return f"{row['left']}-{row['relation']}"


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {item.id: item for item in read([FIXTURES]) if isinstance(item, Article)}


@pytest.fixture(scope="module")
def report(articles) -> Report:
    return dedup.scan(articles.values(), dedup.Config(workers=1))


@pytest.fixture(scope="module")
def found(report) -> dict[frozenset[str], Match]:
    return {frozenset((match.left, match.right)): match for match in report.matches}


class TestGold:
    def test_everything_is_read_but_the_gold(self):
        skipped = [item for item in read([FIXTURES]) if isinstance(item, Skipped)]
        assert [s.source for s in skipped] == ["pairs.gold"]

    def test_names_every_pair_of_every_story(self, articles):
        inside = [p for p in combinations(sorted(articles), 2) if p[0].split("/")[0] == p[1].split("/")[0]]
        assert {frozenset((row["left"], row["right"])) for row in GOLD} == set(map(frozenset, inside))
        assert len(GOLD) == len(inside) == 6 * 21

    @pytest.mark.parametrize("row", [r for r in GOLD if r["evidence"]], ids=names)
    def test_evidence_stands_in_the_articles(self, articles, row):
        for _, left, right in row["evidence"]:
            assert left in articles[row["left"]].text
            assert right in articles[row["right"]].text


class TestScan:
    @pytest.mark.parametrize("row", COPIED, ids=names)
    def test_every_copy_is_found_with_its_kind(self, found, row):
        match = found[frozenset((row["left"], row["right"]))]
        assert match.kind in row["kinds"]

    @pytest.mark.parametrize("row", [r for r in COPIED if r["original"]], ids=names)
    def test_the_original_is_named(self, found, row):
        assert found[frozenset((row["left"], row["right"]))].original == row["original"]

    @pytest.mark.parametrize("row", [r for r in COPIED if r["evidence"]], ids=names)
    def test_evidence(self, found, row):
        match = found[frozenset((row["left"], row["right"]))]
        flip = match.left != row["left"]
        told = {
            (e.type, *((e.right_text, e.left_text) if flip else (e.left_text, e.right_text))) for e in match.evidence
        }
        for type_, left, right in row["evidence"]:
            assert any(type_ in (t, "any") and left in a and right in b for t, a, b in told), (type_, left, right)

    def test_independent_reports_are_no_copies(self, found):
        wrong = [r["right"] for r in GOLD if r["relation"] == "independent"
                 if (match := found.get(frozenset((r["left"], r["right"])))) and match.kind in COPIES]  # fmt: skip
        assert not wrong

    def test_stories_do_not_mix(self, found):
        assert not [pair for pair in found if len({name.split("/")[0] for name in pair}) > 1]

    def test_one_cluster_a_story(self, report):
        assert [cluster.members[0].split("/")[0] for cluster in report.clusters] == list(STORIES)
        assert all(len(cluster.members) == 6 for cluster in report.clusters)

    def test_clusters_are_led_by_the_original(self, report):
        """Or by its repost, which has the same words."""
        leads = {cluster.lead.split("/")[0]: cluster.lead.split("/")[1] for cluster in report.clusters}
        assert {s: lead for s, lead in leads.items() if not lead.startswith(("original", "repost"))} == {}

    def test_spans_lie_in_the_texts_and_evidence_replays(self, report, articles):
        for match in report.matches:
            left, right = articles[match.left].text, articles[match.right].text
            for passage in match.alignment.passages:
                assert 0 <= passage.left[0] < passage.left[1] <= len(left)
                assert 0 <= passage.right[0] < passage.right[1] <= len(right)
            for e in match.evidence:
                assert (left[slice(*e.left)], right[slice(*e.right)]) == (e.left_text, e.right_text)

    def test_any_order_and_worker_processes_give_the_same(self, report, articles, monkeypatch):
        from dedup.engines import local as parallel
        from dedup.pipeline import scan as pipeline

        for name, size in (("LEAST_SHARED_WORK", 1), ("PAIR_CHUNK", 8), ("SCORE_CHUNK", 4)):
            monkeypatch.setattr(pipeline, name, size)
        started = []
        monkeypatch.setattr(
            parallel, "ProcessPoolExecutor", lambda *args: started.append(args) or ProcessPoolExecutor(*args)
        )
        shuffled = list(articles.values())
        random.Random(5).shuffle(shuffled)
        again = dedup.scan(shuffled, dedup.Config(workers=2))
        assert len(started) == 2  # scores and pairs
        assert again.matches == report.matches
        assert again.clusters == report.clusters
        assert {i: again.scores[i] for i in again.ids} == {i: report.scores[i] for i in report.ids}

    def test_spun_copies_read_worse_than_their_originals(self, report):
        worse = [
            report.scores[r["right"]].parts["spun"] > report.scores[r["left"]].parts["spun"]
            for r in GOLD
            if r["relation"] == "spun"
        ]
        assert all(worse)


@pytest.mark.parametrize("row", COPIED, ids=names)
def test_compare_agrees_with_scan_and_is_symmetric(articles, row):
    left, right = articles[row["left"]], articles[row["right"]]
    one, two = dedup.compare(left, right), dedup.compare(right, left)
    assert one == two
    assert one.kind in row["kinds"]
