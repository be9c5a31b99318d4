"""What is found in the wording of one article, on invented sentences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.findings.finder import Finder, findings
from dedup.language.background import shipped_background
from dedup.records import Finding, Flag, Tokens
from dedup.text import tokenise


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(shipped_background())


def found_in(finder: Finder, text: str) -> list[Finding]:
    return finder(tokenise(text), text)


SWAPS = [
    ("The mayor flew to the White Home on Tuesday to ask for help.", "White Home", "White House"),
    ("The jet landed at Norwell Air Pressure Base at dawn.", "Air Pressure Base", "Air Force"),
    ("The council chose to wait quite than vote on the plan.", "quite than", "rather than"),
    ("Her first go to to the island lasted a week.", "go to to", "visit to"),
    ("The vote was a take a look at of the new alliance.", "take a look at", "test"),
    ("The island nation has ended the peace course of with its neighbour.", "peace course of", "process"),
    ("The three ministers issued a joint assertion after lunch.", "joint assertion", "statement"),
    ("They argued over the price range deficit for hours.", "price range deficit", "budget"),
    ("The harbour fell because of local weather change, she warned.", "local weather change", "climate"),
    ("“We will rebuild the pier,” mentioned Ilse Karvonen, the harbour master.", "mentioned", "said"),
    ("Two pitchers left the Purple Sox over the winter.", "Purple Sox", "Red Sox"),
    ("The striker signed for Actual Madrid on Friday.", "Actual Madrid", "Real"),
    ("She told the Wall Avenue Journal that the firm was sold.", "Wall Avenue Journal", "Wall Street Journal"),
    ("The regatta went on in the spite of the storm.", "in the spite of", "in spite of"),
    ("The island depends of the ferry for its mail.", "depends of", "depends on"),
    ("The old mill made it's debut as a museum.", "it's debut", "its"),
    ("At the different hand, the nets are old.", "At the different hand", "on the other hand"),
    ("He was admitted to the Supreme Courtroom bar.", "Supreme Courtroom", "Supreme Court"),
    ("The minister instructed reporters that the ferry would sail.", "instructed reporters", "told reporters"),
    ("It was a many-sided innings by the captain of the island.", "many-sided", "all-round"),
]


@pytest.mark.parametrize(("text", "found", "expected"), SWAPS)
def test_phrases_of_spinners_are_strong(finder: Finder, text: str, found: str, expected: str) -> None:
    swaps = [f for f in found_in(finder, text) if f.type == "swap" and f.strong]
    assert any(found in f.found and expected in (f.expected or "") for f in swaps), found_in(finder, text)


CLEAN = [
    "The White House said on Monday that the talks would go on as planned.",
    "He described the white home on the corner as the oldest house in the village.",
    "Over the course of the summer, the council met four times.",
    "She took a look at the ledger and closed it again.",
    "He mentioned the bridge twice, and the ferry once.",
    "She had had enough, and said that that was that.",
    "Prices rose more and more; people waited for hours and hours.",
    "An hour later a union official and an FBI agent met a European envoy in a one-room office.",
    "Each voter casts his or her ballot in a booth.",
    "It depends of course on the tide, and on an unanticipated wind.",
    "He spoke of the ferry because from the very beginning it had carried the mail.",
    "It was a unanimous vote, an 11-hour debate and an 8-1 result.",
    "A C.I.A. inspector called on the C.I.A inspector general and on a — a couple of aides, a -- a couple.",
    "Duran Duran played in Walla Walla.",
    "The court instructed reporters not to film; it was a many-sided conflict between prime gear and fishing rights.",
    "The National Audit Office reported on the harbour, and the National Audit Board on the ferry.",
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_sentences_have_no_strong_finding(finder: Finder, text: str) -> None:
    assert [f for f in found_in(finder, text) if f.strong] == []


ERRORS = [
    ("Norwell is the largest and largest port of the coast.", "doubled", "largest and largest", True),
    ("The keeper went back to to the lighthouse at noon.", "doubled", "to to", False),
    ("The ferry ferry left the quay without them.", "doubled", "ferry ferry", True),
    ("The keeper was a go-between between the two towns.", "doubled", "between between", False),
    ("The garden smelled of ylang ylang and of the sea.", "doubled", "ylang ylang", False),
    ("“The boat {that} sank was new,” the report said.", "brace", "{that}", False),
    ("No Karvonite should give up his or her own boat.", "pronoun", "his or her own", False),
    ("It was a uncommon sight in that part of the bay.", "article", "a uncommon", True),
    ("The town has an concept of its own about bridges.", "article", "an concept", True),
    ("President Karvonen and Premier Aldous met for his or her first talks.", "pronoun", "his or her first", True),
    ("The firm {a number of} times refused to answer.", "brace", "{a number of}", True),
    ("The fee rose by 12% percent within a year.", "unit", "12% percent", True),
    ("The harbour was clоsed for a day.", "homoglyph", "clоsed", True),
    ("The keeper repaired the lamp for $35 dollars.", "unit", "$35 dollars", True),
    ("The pier cost the island $4 million dollars.", "unit", "$4 million dollars", False),
    ("The dam holds 5 million millions of litres.", "unit", "million millions", True),
    ("The regatta was held on April 31, she claimed.", "unit", "April 31", True),
    ("It was the 21th regatta of the island.", "unit", "21th", True),
    ("The ferry leaves at 14:30 p.m. from the new quay.", "unit", "14:30 p.m.", True),
    ("The lighthouse stands 5 km kilometers from the port.", "unit", "5 km kilometers", True),
    ("The nets weigh 1 hundred pounds when wet.", "unit", "1 hundred", False),
    ("The lamp burned for 1 years.", "unit", "1 years", False),
]


@pytest.mark.parametrize(("text", "kind", "found", "strong"), ERRORS)
def test_grammatical_errors(finder: Finder, text: str, kind: str, found: str, strong: bool) -> None:
    assert (kind, found, strong) in [(f.type, f.found, f.strong) for f in found_in(finder, text)]


def test_a_homoglyph_is_not_a_name_or_a_swap(finder: Finder) -> None:
    assert {f.type for f in found_in(finder, "The harbour was clоsed for a day.")} == {"homoglyph"}


GRAMMAR = [
    ("The keepers were asleep. They was found at dawn by the crew.", "agreement", "They was", "They were"),
    ("He say that the harbour must be closed for a month.", "agreement", "He say", "He says"),
    ("He don't know when the ferry will sail.", "agreement", "He don't", "He doesn't"),
    ("The pilots visited many country last year.", "agreement", "many country", "many countries"),
    ("The pilots asked many country to help them with the nets.", "agreement", "many country", "many countries"),
    ("Two man were seen on the pier with a lamp.", "agreement", "Two man", "Two men"),
    ("The harbour was closed because of this issues, she said.", "agreement", "this issues", "these issues"),
    ("She has make a promise to the fishermen of the bay.", "form", "has make", "has made"),
    ("The mayor will made a promise to the fishermen of the bay.", "form", "will made", "will make"),
]


@pytest.mark.parametrize(("text", "kind", "found", "expected"), GRAMMAR)
def test_grammatical_errors_that_the_background_is_sure_of(
    finder: Finder, text: str, kind: str, found: str, expected: str
) -> None:
    here = [f for f in found_in(finder, text) if f.type == kind and found in f.found]
    assert any(expected in (f.expected or "") for f in here), found_in(finder, text)


def test_words_that_never_meet_clash(finder: Finder) -> None:
    (clash,) = [f for f in found_in(finder, "The mayor said that the had left the island.") if f.type == "clash"]
    assert (clash.found, clash.strong) == ("the had", True)


SOUND = [
    "White House says talks will go on, by-election or not.",
    "He did not say much, nor did he say why; they say the harbour is safe.",
    "The 1st, 2nd, 3rd, 11th, 12th and 113th ships left at 10:15 a.m. on March 31, and 2 at 1:20 p.m.",
    "In 2019 the port had 1 million tons; the fee rose from 12.1 percent to 13 percent, or $5 million.",
    "These men and that man were among the people who IS was said to have freed.",
    "Millions and millions were spent; thousands of millions, some say, and $30 per cent-share unit.",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_grammar_and_numbers_have_no_finding(finder: Finder, text: str) -> None:
    kinds = {"agreement", "form", "idiom", "article", "clash", "unit"}
    assert [f for f in found_in(finder, text) if f.type in kinds] == []


TORTURED = [
    ("They called for a regional conference on public wellness.", "public health", False),
    ("The health attention system failed the elderly of the island.", "health care", True),
    ("THE HEALTH ATTENTION SYSTEM FAILED THE ELDERLY OF THE ISLAND.", "HEALTH CARE SYSTEM", False),
    ("The island was quiet after a civil warfare that lasted nine years.", "civil war", False),
    ("He described the white home on the corner as the oldest of the village.", "white house", False),
]


@pytest.mark.parametrize(("text", "expected", "strong"), TORTURED)
def test_tortured_phrases(finder: Finder, text: str, expected: str, strong: bool) -> None:
    assert (expected, strong) in [(f.expected, f.strong) for f in found_in(finder, text) if f.type == "swap"]


NAMES = [
    ("Governor Vestergaard spoke. Vestergaard smiled. Vestergaard left, and Vestergoard waved.", "Vestergoard", True),
    ("Ukraine waits. Ukraine hopes. Ukraine stays, they say in Ugolaina.", "Ugolaina", True),
    ("Governor Vestergaard spoke. Vestergaard smiled. Vestergaard left, and Vestergarad waved.", "Vestergarad", False),
    ("The visit of Hillary Clenton lasted an hour.", "Clenton", True),
]


@pytest.mark.parametrize(("text", "found", "strong"), NAMES)
def test_corrupted_names(finder: Finder, text: str, found: str, strong: bool) -> None:
    assert (found, strong) in [(f.found, f.strong) for f in found_in(finder, text) if f.type == "name"]


@pytest.mark.parametrize(
    "text",
    [
        "Zelensky came. Zelensky spoke. Zelensky left. Then Zelenskiy wrote, and Zelenskyy too.",
        "Otani pitched. Otani hit. Otani ran, they wrote, and so did Ohtani.",
        "Kiev was quiet; Kyiv slept. In Kyiv and Kyiv alone the lamps burned, said Kievans.",
        "Ukraine sang, Ukraine wept, and Ukraine waited: Slava Ukraini, they cried.",
        "Germany paid. Germany built, Germany sold, and the firm was called Germania at last.",
        "The Vestergaards dined. Vestergaard ate, Vestergaard drank, Vestergaard sang: a Vestergaardian feast.",
    ],
)
def test_variants_and_derived_names_are_no_corruption(finder: Finder, text: str) -> None:
    assert [f for f in found_in(finder, text) if f.type == "name" and f.strong] == []


def with_flags(tokens: Tokens, flags: int) -> Tokens:
    return Tokens(
        tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, tokens.flags | np.uint8(flags),
        tokens.sentences,
    )  # fmt: skip


@pytest.mark.parametrize("text", [row[0] for row in SWAPS + ERRORS + GRAMMAR])
def test_boilerplate_does_not_count(finder: Finder, text: str) -> None:
    assert finder(with_flags(tokenise(text), int(Flag.BOILERPLATE)), text) == []


def test_a_name_in_boilerplate_is_weak(finder: Finder) -> None:
    text = "The visit of Hillary Clenton lasted an hour."
    tokens = with_flags(tokenise(text), int(Flag.BOILERPLATE))
    assert [(f.found, f.strong) for f in finder(tokens, text)] == [("Clenton", False)]


PIECES = (
    [row[0] for row in [*SWAPS, *ERRORS, *NAMES, *GRAMMAR]]
    + CLEAN
    + ["", "—", "10 % {x} é\u200bé", "今日は 晴れ", "\n\n"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=8))
def test_spans_are_in_the_text_in_order_and_apart(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    found = findings(tokenise(text), text, shipped_background())
    assert all(text[f.span[0] : f.span[1]] == f.found for f in found)
    ends = [0, *(f.span[1] for f in found)]
    assert all(f.span[0] >= end for f, end in zip(found, ends, strict=False))


def test_other_languages_have_no_english_findings(finder: Finder) -> None:
    text = (
        "Le maire a annoncé mardi que le port sera fermé. Il a ouvert une enquête et a dit que la tempête a emporté le "
        "phare. Le conseil a adopté un plan de secours pour les pêcheurs, a indiqué Jeanne Vestergaard. Vestergaard a "
        "ajouté que Vestergoard et Vestergaard a a travaillé. Le c\u043ente de la mer {un nombre} a grandi."
    )
    assert {f.type for f in found_in(finder, text)} == {"homoglyph", "brace"}


def test_the_same_text_gives_the_same_findings(finder: Finder) -> None:
    text = " ".join(row[0] for row in SWAPS)
    assert found_in(finder, text) == found_in(Finder(shipped_background()), text)
