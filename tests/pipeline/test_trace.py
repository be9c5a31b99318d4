"""Where an article came from: in a pile, in an index, in a report, on the command line."""

from __future__ import annotations

import json
import random
from datetime import datetime

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.errors import UsageError
from dedup.pipeline.trace import BEST, trace_paths
from dedup.records import Article
from tests.made_articles import story
from tests.pipeline.test_containers import FERRY
from tests.sample_texts import CLEAN

OWN = """What the two have in common is the mood in the county, where nobody seems to trust those who decide. Our
correspondent went to see for herself, and met people who count their coins before they buy bread or a ticket."""
REWORDED = """
On Wednesday morning a pair of tugs pulled the vessel from the rocks and towed it to a shipyard in Lindholm.
A four-metre tear under the waterline was discovered by divers, and oil had leaked into the bay. The ferry's owner has
promised it will pay to clean up three beaches. Built in 1998, the Norrvik takes commuters between the islands five
times daily.""".strip()
POOL = " ".join(CLEAN.split()[:70])
MADE = f"{POOL}\n\n{OWN}\n\n{REWORDED}"
PILE = [Article("ferry", FERRY), Article("pool", CLEAN), *(Article(f"other{n}", story(n)) for n in range(40))]


def shares(made):
    return {source: round(share, 1) for source, share in made.sources}


def test_sources_and_shares():
    made = dedup.trace(Article("made", MADE), PILE)
    assert shares(made) == {"pool": 0.4, "ferry": 0.4}
    assert made.own == pytest.approx(len(OWN) / len(MADE), abs=0.1)
    assert [stretch.source for stretch in made.stretches] == ["pool", None, "ferry"]
    (ferry,) = [stretch for stretch in made.stretches if stretch.source == "ferry"]
    assert MADE[slice(*ferry.span)].startswith("On Wednesday morning a pair")
    assert FERRY[slice(*ferry.source_span)].startswith("Two tugs pulled the ship")


def test_order_does_not_matter_and_an_index_says_the_same():
    made = dedup.trace(Article("made", MADE), PILE)
    assert dedup.trace(Article("made", MADE), random.Random(5).sample(PILE, len(PILE))) == made
    with dedup.open_index(None) as index:
        index.add_many(PILE)
        assert dedup.trace(Article("made", MADE), index) == made


def test_more_copies_than_a_window_asks_for_are_all_one_source():
    copies = [Article(f"copy{n:02}", CLEAN) for n in range(3 * BEST)]
    made = dedup.trace(Article("made", MADE), [*copies, *PILE])
    assert shares(made) == {"copy00": 0.4, "ferry": 0.4}


def test_nothing_shared_is_all_its_own():
    made = dedup.trace(Article("x", story(77)), PILE)
    assert (made.sources, made.own) == ((), 1.0)


def test_itself_is_left_out_and_a_later_one_is_no_source():
    early, late = datetime(2026, 3, 1, 9), datetime(2026, 3, 4, 9)
    made = Article("made", MADE, published=early)
    found = dedup.trace(made, [made, Article("pool", CLEAN, published=late), Article("ferry", FERRY)])
    assert (shares(found), found.later) == ({"ferry": 0.4}, ("pool",))


def test_a_report_composes_from_its_matches():
    report = dedup.scan([*PILE[:2], Article("made", MADE)], workers=1, related=True)
    assert shares(report.composition("made")) == {"pool": 0.4, "ferry": 0.4}
    with pytest.raises(UsageError, match="no article of this scan"):
        report.composition("nobody")
    with pytest.raises(UsageError, match="level full"):
        dedup.scan(PILE[:2], level="near", workers=1).composition("pool")


def test_wrong_calls_are_refused(tmp_path):
    with pytest.raises(UsageError):
        dedup.trace("a text", PILE)
    with pytest.raises(dedup.InputError):
        trace_paths(Article("made", MADE), tmp_path / "nowhere")


class TestCommand:
    @pytest.fixture
    def files(self, tmp_path):
        for article in PILE[:2]:
            (tmp_path / "pile").mkdir(exist_ok=True)
            (tmp_path / "pile" / f"{article.id}.txt").write_text(article.text)
        (tmp_path / "pile" / "made.txt").write_text(MADE)
        return tmp_path / "pile"

    def test_for_people(self, files):
        result = CliRunner().invoke(main, ["trace", str(files / "made.txt"), "--against", str(files)])
        lines = result.output.splitlines()
        assert lines[0].startswith(f"{files}/made.txt: 2 sources, ")
        assert {line.split()[-1] for line in lines[1:3]} == {f"{files}/ferry.txt", f"{files}/pool.txt"}
        assert any(line.endswith("  its own") for line in lines[3:])

    def test_json_against_an_index(self, files):
        run, archive = CliRunner().invoke, str(files.parent / "archive")
        assert run(main, ["index", "add", archive, str(files)]).exit_code == 0
        row = json.loads(run(main, ["trace", str(files / "made.txt"), "--against", archive, "--json"]).output)
        assert list(row) == ["id", "own", "sources", "stretches", "later"]
        assert row["own"] + sum(source["share"] for source in row["sources"]) == pytest.approx(1.0, abs=1e-3)

    def test_nothing_to_read(self, files, tmp_path):
        (tmp_path / "empty").mkdir()
        result = CliRunner().invoke(main, ["trace", str(files / "made.txt"), "--against", str(tmp_path / "empty")])
        assert result.exit_code == 4
