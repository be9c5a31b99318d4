"""Pages with several stories: what contains what, in pairs, in a pile, in an index and where copies are removed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.pipeline.containers import settle_containers
from dedup.records import CONTAINER, Alignment, Article, Kind, Match, Passage
from dedup.report import summary
from dedup.results import pack_match, unpack_match
from tests.sample_texts import CLEAN, SPUN

FERRY = """The ferry Norrvik ran aground near the lighthouse of Hallo on Tuesday night with 318 people on board.
Nobody was hurt, but the rescue took until dawn because of high waves, the coast guard of Vestland said.
Captain Ingrid Ostvedt told reporters that the steering failed when the ship left the harbour of Brunnvik.
"We heard a loud bang and then nothing worked any more," she said. "I dropped the anchor at once."
Two tugs pulled the ship off the rocks on Wednesday morning and towed it to the yard in Lindholm.
Divers found a tear of four metres below the waterline, and some oil leaked into the bay.
The company that owns the ferry promised to pay for the cleaning of three beaches.
The Norrvik was built in 1998 and carries commuters between the islands five times a day.
Passengers complained that they had waited for hours without water or news.
An inquiry led by judge Per Lindqvist will publish its findings in March."""
INTRODUCTION = "Good morning. Here is what our readers talk about today, and what you may have missed last night."
FIELDS = {"ferry": FERRY, "pool": CLEAN.strip(), "spun": SPUN.strip()}
DIGEST = f"{INTRODUCTION}\n\n{FIELDS['pool']}\n\n{FERRY}"
STORIES = [Article(name, text) for name, text in FIELDS.items()]


def one(matches, *ids):
    (found,) = [match for match in matches if {match.left, match.right} == set(ids)]
    return found


@pytest.fixture(scope="module")
def report():
    return dedup.scan([*STORIES, Article("a-digest", DIGEST)], workers=1)


class TestPile:
    def test_a_digest_contains_its_stories_and_is_no_copy(self, report):
        for part in ("ferry", "pool", "spun"):
            match = one(report.matches, "a-digest", part)
            assert (match.kind, match.container, match.original) == (Kind.CONTAINS, "left", None), part

    def test_clusters_are_not_joined_through_it(self, report):
        assert [cluster.members for cluster in report.clusters] == [("pool", "spun")]

    def test_people_and_machines_are_told(self, report):
        assert "1 page with several stories, of which 3 articles are parts" in list(summary(report))
        row = one([*map(_named, report.matches.to_dicts())], "a-digest", "ferry")
        assert (row.row["kind"], row.row["container"]) == ("contains", "left")

    def test_a_longer_copy_is_a_copy(self):
        lead = " ".join(FERRY.split("\n")[:4])
        (match,) = dedup.scan([Article("all", FERRY), Article("lead", lead)], workers=1).matches
        assert (match.kind in dedup.COPIES, match.container) == (True, None)

    def test_the_order_makes_no_difference(self, report):
        pile = [*STORIES, Article("a-digest", DIGEST)]
        random.Random(3).shuffle(pile)
        assert list(dedup.scan(pile, workers=1).matches) == list(report.matches)


class _Row:
    def __init__(self, row):
        self.row, self.left, self.right = row, row["left"], row["right"]


def _named(row):
    return _Row(row)


class TestPairs:
    def test_both_orders_and_the_index_say_the_same(self):
        digest, ferry = Article("digest", DIGEST), STORIES[0]
        match = dedup.compare(digest, ferry)
        assert (match.kind, match.container) == (Kind.CONTAINS, "left")
        assert match == dedup.compare(ferry, digest)
        with dedup.open_index(None) as index:
            index.add(ferry)
            assert [(m.kind, m.container) for m in index.check(digest)] == [(Kind.CONTAINS, "left")]

    def test_only_dates_name_an_original(self):
        early, late = datetime(2026, 3, 1, 9), datetime(2026, 3, 4, 9)
        digest, ferry = Article("digest", DIGEST), STORIES[0]
        assert dedup.compare(digest, ferry).original is None
        assert dedup.compare(replace(digest, published=late), replace(ferry, published=early)).original == "ferry"
        first = dedup.compare(replace(digest, published=early), replace(ferry, published=late))
        assert (first.original, first.original_reason) == ("digest", "earlier date")

    def test_a_turned_fact_of_a_part_is_told(self):
        match = dedup.compare(STORIES[0], Article("digest", DIGEST.replace("318 people", "381 people")))
        assert (match.kind, match.contradictions, match.evidence[0].fact) == (Kind.CONTAINS, 1, "how many")

    def test_commands_say_which_contains_which(self, tmp_path):
        for name, text in {**FIELDS, "page": DIGEST}.items():
            (tmp_path / f"{name}.txt").write_text(text)
        page, ferry, archive = (str(tmp_path / name) for name in ("page.txt", "ferry.txt", "archive"))
        run = CliRunner().invoke
        assert f"{page} contains {ferry} and other stories" in run(main, ["compare", page, ferry]).output
        assert run(main, ["index", "add", archive, page]).exit_code == 0
        found = run(main, ["index", "check", archive, ferry])
        assert (found.exit_code, f": contained in {page}" in found.output) == (3, True)
        row = json.loads(run(main, ["index", "check", archive, ferry, "--json"]).output)
        assert (row["kind"], row["container"]) == ("contains", "right" if row["new"] == "left" else "left")
        assert run(main, ["index", "check", archive, ferry, "--copies"]).exit_code == 0


class TestRemoval:
    PILE = (STORIES[0], STORIES[1], Article("digest", DIGEST))

    def test_neither_the_page_nor_its_parts_go(self):
        assert dedup.dedupe(self.PILE, workers=1).removed == ()

    def test_unless_asked(self):
        asked = ("exact", "near", "rewrite", "contains")
        gone = dedup.dedupe(self.PILE, workers=1, kinds=asked, keep="longest").removed
        assert {(each.id, each.kept, each.reason) for each in gone} == {
            ("ferry", "digest", "one page with digest"),
            ("pool", "digest", "one page with digest"),
        }


class TestStretches:
    """What a pile shows where the pair does not."""

    @staticmethod
    def copy(part, span, probability=0.6):
        told = Alignment((Passage(span, (0, 900), 0.9),), {CONTAINER: probability} if probability else {})
        return pack_match(Match("page", part, Kind.NEAR, 1.0, "page", "", told, shared=(0.4, 0.95)))

    @staticmethod
    def kinds(*packed):
        settled = settle_containers(packed, lambda id_: Article(id_, ""))
        return [unpack_match(each).kind for each in settled]

    def test_two_separate_stretches_are_parts(self):
        assert self.kinds(self.copy("x", (0, 900)), self.copy("y", (950, 1800))) == [Kind.CONTAINS] * 2

    def test_copies_of_one_stretch_are_copies(self):
        assert self.kinds(self.copy("x", (0, 900)), self.copy("y", (40, 930))) == [Kind.NEAR] * 2

    def test_a_rest_that_belongs_to_the_story_is_no_other_story(self):
        assert self.kinds(self.copy("x", (0, 900)), self.copy("y", (950, 1800), None)) == [Kind.NEAR] * 2
