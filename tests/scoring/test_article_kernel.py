"""The one call that scores an article gives what its steps give, each called by itself."""

import numpy as np
import pytest

from dedup.language.language_model import Reading, read
from dedup.language.lookup import look_up
from dedup.scoring import Scorer
from dedup.scoring.article_kernel import ArticleKernel, Limits
from dedup.scoring.features import describe
from dedup.scoring.word_classes import language_shares
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN

GERMAN = "Der Rat der Stadt Vellmark stimmte am Dienstag dafür, die alte Drehbrücke für ein Jahr zu schließen. " * 3
WRONG = "He say that many country was in the spite of the joined together states, on on 21th May. " * 3
REPLACED = "The monetary emergency of last year hit the Top Ministerial office, and the Sovereign Assemblage met. " * 2
TEXTS = [CLEAN, SPUN, REPLACED, GERMAN, WRONG, "One.", "", "1, 2, 3 said said.", "Fish " * 1500]
ALL = Limits(least_words=0, most_unknown=1.0, least_function=0.0, any_language=True)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


@pytest.mark.parametrize("text", TEXTS)
def test_one_call_gives_what_the_steps_give(text: str, scorer: Scorer) -> None:
    tokens, model, background = tokenise(text), scorer.model, scorer.background
    found = ArticleKernel(scorer.finder, model, ALL)(tokens)
    reading = read(tokens, background, scorer.synonyms, scorer.finder.frequent, model.spared)
    for name in Reading._fields:
        assert np.array_equal(getattr(found.reading, name), getattr(reading, name)), name
    described = describe(reading, tokens, model.function_words, background.words)
    for name in described._fields:
        assert np.array_equal(getattr(found.description, name), getattr(described, name)), name
    shares = language_shares(look_up(tokens, background), model.function_words)
    assert (found.words, found.unknown, found.function) == shares


@pytest.mark.parametrize("text", TEXTS)
def test_findings_are_the_same_from_one_call_and_from_steps(text: str, scorer: Scorer) -> None:
    tokens = tokenise(text)
    evidence = ArticleKernel(scorer.finder, scorer.model, ALL)(tokens).evidence
    assert scorer.finder(tokens, text, evidence) == scorer.finder(tokens, text)


def test_there_are_findings_to_compare(scorer: Scorer) -> None:
    kinds = {finding.type for text in (SPUN, WRONG) for finding in scorer.finder(tokenise(text), text)}
    assert {"swap", "agreement"} <= kinds


@pytest.mark.parametrize(
    "limits",
    [
        ALL._replace(least_words=10_000),
        ALL._replace(most_unknown=-1.0),
        ALL._replace(least_function=1.1, any_language=False),
    ],
)
def test_what_the_heads_do_not_read_has_no_reading(limits: Limits, scorer: Scorer) -> None:
    found = ArticleKernel(scorer.finder, scorer.model, limits)(tokenise(CLEAN))
    assert len(found.reading.words) == 0
    assert found.words > 100
    assert found.evidence.english
