"""The sentences of the pages: one for everything that a scan can say."""

from itertools import chain

import pytest

from dedup.judge.original import AGAINST_DATE, AGAINST_TEXT, DATE, REASONS, SCORE, STYLE
from dedup.records import ArticleScore, Kind
from dedup.report.words import KINDS, reason_words, score_words


def test_every_kind_has_a_sentence():
    assert {str(kind) for kind in Kind} <= KINDS.keys()


@pytest.mark.parametrize(
    "reason", [*REASONS.values(), STYLE, SCORE, DATE, f"{DATE}, {AGAINST_TEXT}", f"{STYLE}, {AGAINST_DATE}"]
)
def test_reasons_speak_of_original_and_copy(reason):
    words = reason_words(reason)
    assert "the other" not in words
    assert "the original" in words or "the copy" in words


def test_scores_in_words():
    def words(overall, parts, percentiles=None):
        return score_words(ArticleScore(overall, parts, percentiles or {}, None, ()))

    assert words(0.1, {"spun": 0.1}).startswith("Reads like ordinary news")
    assert "a little as if it were written by a language model" in words(0.3, {"llm": 0.3, "spun": 0.1})
    assert words(0.9, {"spun": 0.9}, {"spun": 99.99}).endswith(": more so than 99 of 100 ordinary articles.")
    assert score_words(ArticleScore(None, {}, {}, "under 100 words", ())) == "No score: under 100 words."
    assert "not scored" in score_words(None)
    assert len(set(chain([words(x / 10, {"spun": x / 10}) for x in (1, 3, 6, 9)]))) == 4
