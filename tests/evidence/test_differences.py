"""Evidence on invented pairs: what changed, where, and what is no change at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.evidence.spans import differences, to_evidence
from dedup.records import Evidence, Tokens, WordAlignment
from tests.evidence.made_background import prepared


def sentence_by_sentence(left: Tokens, right: Tokens) -> WordAlignment:
    count = min(len(left.sentences), len(right.sentences)) - 1
    pairs = np.stack([np.arange(count)] * 2, axis=1).astype(np.int32)
    none = np.zeros((0, 4), np.int32)
    return WordAlignment(none, np.zeros(0, np.float32), pairs, np.full(count, 0.9, np.float32))


def evidence(left: str, right: str, unknown: str = "") -> list[Evidence]:
    a, b = prepared(left, unknown), prepared(right, unknown)
    rows = differences(a.side, b.side, sentence_by_sentence(a.tokens, b.tokens))
    return list(to_evidence(a.side, b.side, (left, right), rows))


def told(left: str, right: str, unknown: str = "") -> set[tuple[str, str, str]]:
    return {(e.type, e.left_text, e.right_text) for e in evidence(left, right, unknown)}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            "The ferry left the old harbour at dawn today.",
            "The ferry left the ancient harbour at dawn today.",
            ("swap", "old", "ancient"),
        ),
        (
            "The council will take part in the regatta.",
            "The council will participate in the regatta.",
            ("swap", "take part", "participate"),
        ),
        (
            "He said that Anders Kots wrote the letter himself.",
            "He said that Anders Cott wrote the letter himself.",
            ("name", "Kots", "Cott"),
        ),
        (
            "She told the mayor of Velmora about the flood.",
            "She told the mayor of Felmorra about the flood.",
            ("name", "Velmora", "Felmorra"),
        ),
        (
            "They counted 45 boats in the bay on Monday.",
            "They counted 54 boats in the bay on Monday.",
            ("number", "45", "54"),
        ),
        (
            "The bridge cost 3 million crowns to build there.",
            "The bridge cost 3 billion crowns to build there.",
            ("number", "3 million", "3 billion"),
        ),
        (
            "She said the dam will not be repaired this year.",
            "She said the dam will be repaired this year.",
            ("negation", "not", ""),
        ),
        (
            "She said the dam will be repaired this year.",
            "She said the dam will never be repaired this year.",
            ("negation", "", "never"),
        ),
    ],
)
def test_tells_what_changed(left: str, right: str, expected: tuple[str, str, str]) -> None:
    assert expected in told(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The town raised 7.2 million crowns for the pier.", "The town raised 7,200,000 crowns for the pier."),
        ("Some seven sailors came back to the port.", "Some 7 sailors came back to the port."),
        ("It weighed 640,016 grams when it was caught.", "It weighed 640 016 grams when it was caught."),
        ("They waited 24 months for the permit to come.", "They waited two years for the permit to come."),
        ("The mast is eight feet high, the builder said.", "The mast is 2.5 metres high, the builder said."),
        ("He visited the Norlian capital in the spring.", "He visited the Norlia capital in the spring."),
        ("The Velmorans voted for the new harbour.", "The Velmora voted for the new harbour."),
        ("The crew refused to board the ferry on Friday.", "The crew did not agree to board the ferry on Friday."),
        ("She asked whether or not the ferry sails today.", "She asked whether the ferry sails today."),
    ],
)
def test_what_is_no_change(left: str, right: str) -> None:
    assert {e.type for e in evidence(left, right)} <= {"swap"}


def test_a_strange_name_is_found_by_its_sound_where_the_wording_differs() -> None:
    left = "They hold the upper hand on the Uvenian battlefield, he said. The war in Uvenia goes on for now."
    right = "They have an advantage on the battlefield of Ufaniya, he said. The war goes on for now in the east."
    assert ("name", "Uvenia", "Ufaniya") in told(left, right, unknown="Ufaniya")


def test_moved_words_are_not_swapped() -> None:
    left = "On Friday the old lighthouse keeper told reporters about the storm."
    right = "The old lighthouse keeper told reporters about the storm on Friday."
    assert not told(left, right)


WORDS = [
    "Kiel",
    "kyil",
    "not",
    "no",
    "the",
    "harbour",
    "7",
    "seven",
    "7,200",
    "Äland",
    "don't",
    "港",
    "ferry",
    "ferries",
    "Old",
    ".",
]
words = st.lists(st.sampled_from([*WORDS, "\n\n"]), max_size=60)


@settings(max_examples=150, deadline=None)
@given(words, words)
def test_spans_hold_the_texts_and_sides_swap(left: list[str], right: list[str]) -> None:
    a, b = " ".join(left), " ".join(right)
    for e in evidence(a, b):
        assert a[slice(*e.left)] == e.left_text
        assert b[slice(*e.right)] == e.right_text
    assert not told(a, a)


FRAME = (
    "The harbour board in Tarnwick voted late on Tuesday to close the old east quay. {} Some 38 boats still moor there "
    "and the port earns little from them. Chairwoman Ilse Marrow told the meeting that repairs would cost 4.6 million."
)


@pytest.mark.parametrize(
    ("left", "right", "type_"),
    [
        ("Officials can't open the bridge before the spring, the engineers warned.", "can't>can", "negation"),
        ("Officials told union members on Monday that they will not strike.", "not >", "negation"),
        ("The singer from Ireland said on Friday that she had not signed the contract.", "not >", "negation"),
        ("The bridge is not old, and it is not unsafe, the engineers said on Friday.", "not old>old", "negation"),
        ("Nobody was hurt when the crane fell into the water on Sunday night.", "Nobody>Everybody", "negation"),
        ("The sale was legal under the old law of the province, a judge said.", "legal>illegal", "negation"),
        ("Profits at the port rose by 5 percent in the second quarter.", "rose>fell", "direction"),
        ("The court heard the case for the second time on Friday, a clerk said.", "second>third", "direction"),
        ("The fund paid 5 million dollars for the land beside the old fort.", "dollars>euros", "number"),
        ("The mayor, Mario Ugolini, said that the ruling left builders without work.", "Mario>Maria", "name"),
    ],
)
def test_turned_facts(left: str, right: str, type_: str) -> None:
    old, new = right.split(">")
    one, two = FRAME.format(left), FRAME.format(left.replace(old, new))
    for a, b in ((one, two), (two, one)):
        found = dedup.compare(dedup.Article("a", a), dedup.Article("b", b)).evidence
        assert [e.type for e in found if e.type != "contradiction"] == [type_]


def test_exchanged_names() -> None:
    one = FRAME.format("Marrow accused the trader Edwin Strand of hiding the report for two years.")
    two = FRAME.format("Strand accused the trader Edwin Marrow of hiding the report for two years.")
    found = dedup.compare(dedup.Article("a", one), dedup.Article("b", two)).evidence
    assert [(e.type, e.fact) for e in found] == [("contradiction", "who")] * 2 + [("exchange", "")] * 2


def test_exchanged_names_where_one_seems_to_have_moved() -> None:
    one = FRAME.format("A convoy left for the port of New Haven in Upper Marrland, where drivers wait for fuel.")
    two = FRAME.format("A convoy left for the port of Upper Marrland in New Haven, where drivers wait for fuel.")
    found = dedup.compare(dedup.Article("a", one), dedup.Article("b", two)).evidence
    told = {(e.left_text, e.right_text) for e in found if e.type == "exchange"}
    assert told == {("New Haven", "Upper Marrland"), ("Upper Marrland", "New Haven")}
    listed = [
        FRAME.format(f"The board met {names} on Monday and left.")
        for names in ("Tom Reyk, Ulf Dahl and Ada Bos", "Ada Bos, Ulf Dahl and Tom Reyk")
    ]
    same = dedup.compare(dedup.Article("a", listed[0]), dedup.Article("b", listed[1])).evidence
    assert not [e for e in same if e.type in ("exchange", "contradiction")]


def test_articles_at_the_end_of_a_gap_are_no_part_of_it() -> None:
    one = FRAME.format("He called it the most expensive mistake a harbour can make in ten years.")
    two = FRAME.format("He called it the most costly error an harbour can make in ten years.")
    found = dedup.compare(dedup.Article("a", one), dedup.Article("b", two)).evidence
    assert [(e.type, e.left_text, e.right_text) for e in found] == [("swap", "expensive mistake", "costly error")]
