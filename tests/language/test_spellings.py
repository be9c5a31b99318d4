"""British and American spellings of one word are one word to a background, whichever it has more often."""

import numpy as np
import pytest

from dedup.compiled.hashing import hash_word
from dedup.language.lookup import Entry, look_up
from dedup.language.spellings import Spellings, respelled
from dedup.scoring import build_background, shipped_background
from dedup.text import tokenise


def hashed(*words: str) -> np.ndarray:
    return np.array([hash_word(word.encode()) for word in words], np.uint64)


@pytest.mark.parametrize(
    ("british", "american"),
    [("colour", "color"), ("utilise", "utilize"), ("travelled", "traveled"), ("theatre", "theater"), ("tyre", "tire")],
)
def test_an_american_background_reads_british_words_as_its_own(british: str, american: str) -> None:
    spellings = Spellings.of(shipped_background())
    assert (respelled(hashed(british, american), spellings) == hashed(american, american)).all()


@pytest.mark.parametrize("word", ["four", "filled", "prize", "size", "seized", "analyses", "river", "sense", "story"])
def test_words_that_are_no_other_spelling_stay(word: str) -> None:
    assert (respelled(hashed(word), Spellings.of(shipped_background())) == hashed(word)).all()


def test_a_british_background_reads_american_words_as_its_own() -> None:
    news = [tokenise("The colour of the harbour wall was grey, he realised, as it had been for years.")] * 4
    spellings = Spellings.of(build_background(news, source="invented", licence="CC0-1.0", language="en"))
    assert (respelled(hashed("color", "colour"), spellings) == hashed("colour", "colour")).all()


def test_looked_up_words_have_the_counts_of_the_usual_spelling() -> None:
    background = shipped_background()
    british, american = (look_up(tokenise(f"He {word} the plan."), background) for word in ("criticised", "criticized"))
    assert (british.singles[:, Entry.COUNT] == american.singles[:, Entry.COUNT]).all()
    assert (british.doubles == american.doubles).all()
