"""Phrases of spinners: the table, its grammar, and the search for anchors."""

from pathlib import Path

import pytest

from dedup.errors import ConfigError
from dedup.findings.phrases import Pattern, find_phrases, read_patterns
from dedup.text import tokenise
from tests.reference.findings import TORTURED


def test_anchors_find_what_trying_every_place_finds() -> None:
    tokens = tokenise(TORTURED)
    tried = {tokens.span(i, i + len(p.found)) for p in read_patterns() for i in range(len(tokens)) if p.fits(tokens, i)}
    assert {f.span for f in find_phrases(tokens)} == tried
    assert len(tried) >= 5


@pytest.mark.parametrize("line", ["", "strong\ta\tb", "loud\t\ta b\t\tc", "weak\t\t\t\tc"])
def test_a_bad_line_of_the_table_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        Pattern.parse(line)


def test_the_shipped_patterns_are_read(tmp_path: Path) -> None:
    table = tmp_path / "swaps.tsv"
    table.write_text("# comment\nstrong\tthe\t^old|new _bridge\tover|.\tOld Bridge\n", "utf-8")
    (pattern,) = read_patterns(table)
    assert pattern.strong
    assert len(read_patterns()) > 200
    for text, fits in (("the Old bridge", True), ("the old bridge", False), ("the New bridge is", False)):
        assert pattern.fits(tokenise(text), 1) is fits, text
