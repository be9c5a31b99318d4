"""Swaps learnt from confirmed copies: counted in the right direction, saved, loaded, and found by the score."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.evidence.learnt_swaps import Swap, SwapTable
from dedup.findings.phrases import read_patterns
from dedup.records import Alignment, Evidence, Kind, Match

TEXTS = {
    "a": "The mayor praised the air force base near the harbour.",
    "b": "The mayor praised the air pressure base near the harbour.",
    "c": "The visitors left the air force museum early.",
    "d": "The visitors left the air pressure museum early.",
}


def match(left: str, right: str, original: str | None, confidence: float = 0.9, kind: Kind = Kind.REWRITE) -> Match:
    words = ("force", "pressure")
    found = next(w for w in words if w in TEXTS[left]), next(w for w in words if w in TEXTS[right])
    spans = [(text.index(word), text.index(word) + len(word)) for text, word in zip((TEXTS[left], TEXTS[right]), found)]  # noqa: B905
    evidence = (Evidence("swap", spans[0], spans[1], *found), Evidence("number", (0, 3), (0, 3), "The", "The"))
    return Match(left, right, kind, 0.9, original, "earlier date", Alignment(()), evidence, confidence)


def learnt(*matches: Match) -> SwapTable:
    table = SwapTable()
    table.learn(matches, TEXTS.__getitem__)
    return table


def test_the_original_gives_the_expected_word() -> None:
    table = learnt(match("a", "b", "a"), match("d", "c", "c"))
    assert list(table.swaps()) == [Swap("force", "pressure", 2, (("air", "base"), ("air", "museum")))]


@pytest.mark.parametrize(
    "unsure", [match("a", "b", None), match("a", "b", "a", 0.6), match("a", "b", "a", kind=Kind.PARTIAL)]
)
def test_only_sure_copies_teach(unsure: Match) -> None:
    assert len(learnt(unsure)) == 0


def test_saved_and_loaded(tmp_path: Path) -> None:
    table = learnt(match("a", "b", "a"), match("d", "c", "c"))
    table.save(tmp_path / "swaps.tsv")
    again = SwapTable.load(tmp_path / "swaps.tsv")
    assert list(again.swaps()) == list(table.swaps())
    again.save(tmp_path / "twice.tsv")
    assert (tmp_path / "twice.tsv").read_text() == (tmp_path / "swaps.tsv").read_text()


def test_a_broken_table_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "swaps.tsv").write_text("# head\nforce\tpressure\n")
    with pytest.raises(InputError, match="line 2"):
        SwapTable.load(tmp_path / "swaps.tsv")


def test_patterns_are_of_the_grammar_of_the_score(tmp_path: Path) -> None:
    table = learnt(match("a", "b", "a"), match("d", "c", "c"))
    path = tmp_path / "patterns.tsv"
    path.write_text("\n".join(table.patterns(least=2)) + "\n")
    patterns = read_patterns(path)
    assert {p.expected for p in patterns} == {"force"}
    assert len(patterns) == 2
