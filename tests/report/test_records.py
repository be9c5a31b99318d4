"""What the script of the pages reads: positions in UTF-16, columns of equal length, the order of matches."""

from hypothesis import given
from hypothesis import strategies as st

from dedup.report.lines import UNKNOWN, choose, line_of
from dedup.report.records import Offsets, proof_record, text_record
from tests.made_report import ARTICLES, HOSTILE_ID, LEFT, RIGHT, SCORE, made_report


@given(st.text(st.sampled_from("aé漢😀𐍈"), max_size=20))
def test_positions_are_those_of_javascript(text):
    at = Offsets(text)
    for n in range(len(text) + 1):
        assert at(n) == len(text[:n].encode("utf-16-le")) // 2


def slice16(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_proof_replays_on_the_texts():
    match = made_report().matches[1]
    record = proof_record(match, Offsets(LEFT), Offsets(RIGHT))
    assert [e[0] for e in record["evidence"]] == ["contradiction", "name", "swap"]
    for (_, a, b, c, d, _), found in zip(record["evidence"], match.evidence, strict=True):
        assert (slice16(LEFT, a, b), slice16(RIGHT, c, d)) == (found.left_text, found.right_text)


def test_findings_replay_and_unsafe_addresses_are_gone():
    record = text_record(ARTICLES[1], SCORE, Offsets(RIGHT))
    [[type_, start, end, expected, _, strong]] = record["findings"]
    assert (type_, slice16(RIGHT, start, end), expected, strong) == ("swap", "construct", "build", 1)
    assert record["url"] is None


def test_matches_of_stories_come_first_those_of_the_representative_best_first():
    report = made_report()
    chosen = choose(report, ["p/2", "extra"])
    pairs = [(report.matches[n].left, report.matches[n].right) for n in chosen.matches]
    assert pairs == [(HOSTILE_ID, "a"), ("a", "b"), ("p/1", "p/2")]
    assert chosen.clusters == [0, 0, UNKNOWN]
    assert chosen.ids == [HOSTILE_ID, "a", "b", "p/1", "p/2", "extra"]


def test_an_exact_copy_shares_everything_and_what_was_not_aligned_nothing_known():
    report = made_report()
    numbers = {article.id: n for n, article in enumerate(ARTICLES)}
    assert line_of(report.matches[0], numbers, 0).shared == (1.0, 1.0)
    assert line_of(report.matches[1], numbers, 0).facts == (("how many", "40", "14"),)
