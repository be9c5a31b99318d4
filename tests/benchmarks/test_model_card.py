"""The tables of the model card are what the steps of the training printed."""

import pytest

from benchmarks.training.model_card import filled, sections

PRINTED = """
spun: held out by spinner
wordnet, allsides                                           1499  2995  0.995  0.96  0.98
wordnet, other sets                                          869   862  0.972  0.87  0.92

clean articles over .5
bbc              1060   4 0.004

| set | strong |
|---|---|
| bbc | .05 |
"""
CARD = """before
<!-- figures: score, spun -->
old
<!-- end of figures -->
between
<!-- figures: score, clean articles -->
<!-- end of figures -->
<!-- figures: score, | set -->
<!-- end of figures -->
<!-- figures: other, all -->
stays
<!-- end of figures -->
"""


def test_rows_of_heads_become_tables_and_other_sections_stay_text() -> None:
    card = filled(CARD, {"score": PRINTED})
    assert "| wordnet, allsides (1,499 texts, 2,995 clean) | 0.995 | 0.96 | 0.98 |" in card
    assert "```text\nclean articles over .5\nbbc              1060   4 0.004\n```" in card
    assert "\n<!-- figures: score, | set -->\n| set | strong |\n|---|---|\n| bbc | .05 |\n<!-- end" in card
    assert "old" not in card
    assert "stays" in card
    assert card.startswith("before\n<!-- figures: score, spun -->\n")
    assert "<!-- end of figures -->\nbetween" in card


def test_writing_again_changes_nothing() -> None:
    card = filled(CARD, {"score": PRINTED})
    assert filled(card, {"score": PRINTED}) == card


def test_a_section_that_was_not_printed_is_named() -> None:
    with pytest.raises(ValueError, match="'spun'"):
        filled(CARD, {"score": "llm\nrow"})


def test_sections_are_parted_by_empty_lines() -> None:
    assert [title for title, _ in sections(PRINTED)] == [
        "spun: held out by spinner",
        "clean articles over .5",
        "| set | strong |",
    ]
