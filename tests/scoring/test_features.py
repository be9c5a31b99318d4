"""The features of one article equal their definition, whatever order they are declared in."""

import numpy as np
import pytest

from dedup.language.language_model import Reading, read
from dedup.language.lookup import look_up
from dedup.records import Tokens
from dedup.scoring import Scorer
from dedup.scoring.features import describe
from dedup.scoring.hashed_features import CELLS
from dedup.scoring.numeric_features import Numeric
from dedup.scoring.word_classes import language_shares, mask
from dedup.text import tokenise
from tests.reference import scoring as reference
from tests.sample_texts import CLEAN, SPUN

TEXTS = [CLEAN, SPUN, CLEAN.replace("council", "council council"), "One.", "", "1, 2, 3 said said.", "Fish " * 1500]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


def read_by(scorer: Scorer, tokens: Tokens) -> Reading:
    return read(tokens, scorer.background, scorer.synonyms, scorer.finder.frequent, scorer.model.spared)


def function_words_of(scorer: Scorer, tokens: Tokens, reading: Reading) -> reference.Mask:
    known = (reading.frequency, reading.capital)
    text = (np.frombuffer(tokens.data, np.uint8), tokens.starts, tokens.ends)
    function: reference.Mask = mask(reading.words, reading.origin, *known, text, scorer.model.function_words)[1]
    return function


@pytest.mark.parametrize("text", TEXTS)
def test_numeric_features_are_their_definition(text: str, scorer: Scorer) -> None:
    tokens = tokenise(text)
    reading = read_by(scorer, tokens)
    described = describe(reading, tokens, scorer.model.function_words, scorer.background.words)
    function = function_words_of(scorer, tokens, reading)
    slow = reference.numeric_features(reading, tokens, function, scorer.background.words)
    assert set(slow) == set(Numeric.names())
    found = dict(zip(Numeric.names(), described.numeric.tolist(), strict=True))
    assert found == pytest.approx(slow, abs=1e-5)


@pytest.mark.parametrize("text", TEXTS)
def test_shares_of_the_language_are_the_features_of_that_name(text: str, scorer: Scorer) -> None:
    tokens, words = tokenise(text), scorer.model.function_words
    described = describe(read_by(scorer, tokens), tokens, words, scorer.background.words)
    n, unknown, functions = language_shares(look_up(tokens, scorer.background), words)
    assert n == described.words
    assert unknown == described.numeric[Numeric.UNKNOWN]
    assert functions == described.numeric[Numeric.FUNCTION]


@pytest.mark.parametrize("text", TEXTS)
def test_hashed_features_are_unit_vectors_or_nothing(text: str, scorer: Scorer) -> None:
    tokens = tokenise(text)
    described = describe(read_by(scorer, tokens), tokens, scorer.model.function_words, scorer.background.words)
    for group in (described.masked, described.frequent):
        assert group.shape == (CELLS,)
        assert (group >= 0).all()
        assert np.linalg.norm(group) <= 1.0001


def test_only_listed_words_are_function_words(scorer: Scorer) -> None:
    tokens = tokenise(CLEAN)
    reading = read_by(scorer, tokens)
    function = function_words_of(scorer, tokens, reading)
    assert set(reading.words[function].tolist()) <= set(scorer.model.function_words.tolist())
    assert function.any()
