"""Which differences turn a fact: other names, not other spellings, titles or words of the same thing."""

import pytest

from dedup.evidence.contradictions import contradictions
from dedup.records import Evidence

LEFT = "Yesterday the harbour board heard {}, who had signed the contract in Brunnvik."


def told(before, after, type_="swap", frame=LEFT, other_frame=None):
    texts = frame.format(before), (other_frame or frame).format(after)
    starts = texts[0].index(before), texts[1].index(after)
    spans = [(start, start + len(word)) for start, word in zip(starts, (before, after), strict=True)]
    return [one.fact for one in contradictions([Evidence(type_, *spans, before, after)], texts)]


@pytest.mark.parametrize(("before", "after"), [("Ostvedt", "Marrow"), ("Ingrid Ostvedt", "Tom Wexler")])
def test_another_name_in_the_place_of_a_name_turns_who(before, after):
    assert told(before, after) == ["who"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ostvedt", "Ostvet"),  # another spelling
        ("engineers", "builders"),  # no names
        ("Ostvedt", "engineers"),
        ("Americans", "US"),  # of one thing
        ("European Commission", "EC"),
        ("Tuesday", "Friday"),
        ("President", "Marrow"),
    ],
)
def test_other_words_do_not(before, after):
    assert told(before, after) == []


def test_a_capital_at_the_start_of_a_sentence_tells_nothing():
    assert told("Officials", "Authorities", frame="The vote was close. {} counted twice.") == []


def test_a_name_that_both_texts_have_is_another_one_only_between_the_same_words():
    frame = "Yesterday {} the board heard {{}} in private. Later Marrow and Ostvedt left for Brunnvik."
    assert told("Ostvedt", "Marrow", frame=frame.format("evening"), other_frame=frame.format("night in")) == ["who"]
    assert (
        told("Ostvedt", "Marrow", frame=frame.format(""), other_frame="Last week {} spoke of Marrow and Ostvedt.") == []
    )


def test_a_first_name_or_title_before_the_same_name_is_no_other_one():
    assert told("Skipper", "Ingrid", frame="Yesterday the board heard {} Ostvedt on the quay.") == []


def test_other_types_have_their_own_fact():
    assert told("12", "21", "number") == ["how many"]
    assert told("not", "now", "negation") == ["whether"]
    assert told("Meyer", "Mayer", "name") == []
