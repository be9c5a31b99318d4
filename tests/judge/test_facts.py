"""Names, numbers and dates of one article, and what two articles have of them in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import align_words
from dedup.evidence.profile import KEPT
from dedup.judge import Prepared, prepare
from dedup.judge.columns import PAIR
from dedup.judge.features import measure
from dedup.judge.verdict import mirrored
from dedup.language.calendar import CALENDAR, Moment
from dedup.language.frequencies import Frequencies
from dedup.records import Article
from dedup.text import tokenise

BRIEF = (
    "On Monday evening Mayor Odile Marsh of Tarnwick opened a ferry to Skelby. It takes 240 people and 18 cars. "
    "From May the ferry will leave Tarnwick nine times a day, and a crossing costs 3.5 euros, said Bruno Ahlers."
)


def prepared(text: str) -> Prepared:
    return prepare(Article("a", text), tokenise(text), Frequencies.shipped())


def moments(text: str) -> set[Moment]:
    dates = int(prepared(text).facts.dates)
    return {moment for moment in Moment if dates >> moment & 1}


def features(left: str, right: str) -> dict[str, float]:
    a, b = prepared(left), prepared(right)
    vector = measure(a, b, align_words(a.tokens, b.tokens, Frequencies.shipped())).vector
    return dict(zip(PAIR, vector.tolist(), strict=True))


def test_names_numbers_and_dates_of_an_article() -> None:
    article = prepared(BRIEF)
    tokens = article.tokens
    words = {int(h): tokens.word(i) for i, h in enumerate(tokens.hashes)}
    names = {words[int(article.profile.words[k])] for k in article.facts.names}
    assert names == {"Mayor", "Tarnwick", "Odile", "Marsh", "Skelby", "Bruno", "Ahlers"}
    assert sorted(article.facts.amounts.tolist()) == [3.5, 9.0, 18.0, 240.0]
    assert moments(BRIEF) == {Moment.MONDAY, Moment.NIGHT, Moment.MAY}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The march went on and it may rain.", set()),
        ("Rain is forecast in March, and in May too.", {Moment.MARCH, Moment.MAY}),
        ("Am Mittwoch und am Donnerstag", {Moment.WEDNESDAY, Moment.THURSDAY}),
        ("le lundi 3 mars au matin", {Moment.MONDAY, Moment.MARCH, Moment.MORNING}),
        ("la sonda llegó a Marte el viernes por la noche", {Moment.FRIDAY, Moment.NIGHT}),
        ("w poniedziałek, 4 września", {Moment.MONDAY, Moment.SEPTEMBER}),
        ("A probe reached Mars.", set()),
    ],
)
def test_words_that_say_when(text: str, found: set[Moment]) -> None:
    assert moments(text) == found


def test_no_calendar_word_stands_for_two_moments() -> None:
    words = [word for each in CALENDAR.values() for word in each.split()]
    assert len({int(tokenise(word).hashes[0]) for word in words}) == len(words)


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_names_are_unknown_where_a_text_is_in_one_case(change) -> None:
    assert len(prepared(change(BRIEF)).facts.names) == 0
    found, plain = features(BRIEF, change(BRIEF)), features(BRIEF, BRIEF)
    for name in ("name_conflict", "fact_conflict", "number_conflict"):
        assert found[name] == 0.0
    assert found["fact_names_max"] == plain["fact_names_max"]  # its words are there, whatever their case
    assert found["fact_names_min"] == found["fact_names_max"]  # it is taken to have those of the other


def test_facts_that_differ_are_seen() -> None:
    other = (
        BRIEF.replace("Tarnwick", "Ostermoor").replace("Odile Marsh", "Lena Hock").replace("Bruno Ahlers", "Tom Bell")
    )
    other = other.replace("240", "75").replace("18", "31").replace("Monday", "Friday").replace("Skelby", "Hexley")
    same, found = features(BRIEF, BRIEF), features(BRIEF, other)
    assert same["facts_min"] > 0.95
    assert found["facts_max"] < 0.6
    for name in ("number_conflict", "name_conflict", "fact_conflict", "date_conflict"):
        assert same[name] == 0.0 < found[name]


def test_a_misspelt_name_is_the_same_name() -> None:
    found = features(BRIEF, BRIEF.replace("Skelby", "Skelbi").replace("Ahlers", "Alers"))
    assert found["name_conflict"] == 0.0


def test_order_tells_a_copy_from_a_shuffle() -> None:
    words = ["ferry", "mayor", "harbour", "bridge", "whale", "cannon", "orchard", "lantern", "violin", "glacier"]
    text, back = "The " + " and the ".join(words) + ".", "The " + " and the ".join(words[::-1]) + "."
    assert features(text, text)["kendall"] > 0.9
    assert features(text, back)["kendall"] < -0.9
    assert features(text, text)["evidence"] > features(text, back)["evidence"] == 0.0


texts = st.lists(st.sampled_from(["Tarnwick", "7", "240", "ferry.", "May", "monday", "ship", "Ship"]), max_size=40)


@settings(deadline=None)
@given(texts)
def test_places_of_stems_are_those_of_the_text(words: list[str]) -> None:
    article = prepared(" ".join(words))
    facts, profile = article.facts, article.profile
    for stem in range(len(profile.stems)):
        places = facts.places[facts.firsts[stem] : facts.firsts[stem + 1]].tolist()
        assert places == [i for i, word in enumerate(profile.text) if profile.stem_of[word] == stem]
    kept = [k for k in range(len(profile.words)) if profile.marks[k] & KEPT]
    assert set(profile.text.tolist()) == set(kept)


@settings(deadline=None)
@given(texts, texts)
def test_facts_are_the_same_from_either_side(left: list[str], right: list[str]) -> None:
    a, b = prepared(" ".join(left)), prepared(" ".join(right))
    words = align_words(a.tokens, b.tokens, Frequencies.shipped())
    one, two = measure(a, b, words).vector, measure(b, a, mirrored(words)).vector
    assert np.isfinite(one).all()
    assert np.allclose(one, two)
