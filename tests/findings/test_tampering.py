"""Invisible characters and decorated letters are found; what honest text of many languages needs is not."""

import pytest

from dedup.findings.finder import Finder
from dedup.findings.tampering import find_tampering
from dedup.language.background import shipped_background
from dedup.records import Finding
from dedup.text import tokenise


def found(text: str, english: bool = True) -> list[Finding]:
    return list(find_tampering(tokenise(text), text, english))


@pytest.mark.parametrize("mark", ["\u200b", "\u2060", "\ufeff", "\u200d", "\u202e", "\u0336"])
def test_what_nobody_sees_inside_a_word(mark: str) -> None:
    text = f"The har{mark}bour was closed."
    (finding,) = found(text)
    assert (finding.type, finding.expected, finding.strong) == ("invisible", "harbour", True)
    assert text[slice(*finding.span)] == finding.found == f"har{mark}bour"


def test_a_mark_after_every_letter_is_one_finding_a_word() -> None:
    text = " ".join("\u200b".join(word) for word in ("quiet", "harbour", "town"))
    assert [f.expected for f in found(text)] == ["quiet", "harbour", "town"]


@pytest.mark.parametrize("text", ["𝐡𝐚𝐫𝐛𝐨𝐮𝐫", "ｈａｒｂｏｕｒ", "ⓗⓐⓡⓑⓞⓤⓡ"])
def test_letters_of_a_decorated_alphabet(text: str) -> None:
    (finding,) = found(f"The {text} was closed.")
    assert (finding.type, finding.expected) == ("styled", "harbour")


@pytest.mark.parametrize(
    "text",
    [
        "The plain harbour was closed.",
        "An honest hyphen\u00adation point and a no-break\u00a0space, a naïve café and Dvořák.",
        "He said “می‌خواهم” and then क्‍ष, as people do.",
        "A mark of direction \u200f between words, and one \u202bבית\u202c around a word.",
        "Families \U0001f468\u200d\U0001f469\u200d\U0001f467 were invited.",
        "\ufeffA mark at the beginning of a file.",
    ],
)
def test_what_honest_text_needs(text: str) -> None:
    assert found(text) == []


def test_wide_letters_are_usual_beside_chinese() -> None:
    assert found("ＮＡＳＡ发射了火箭。", english=False) == []


def test_names_of_proteins_are_no_look_alikes() -> None:
    text = "The team measured TGFβ1 and IFNγ, and one word that is not: Pаypal."
    kinds = [(f.type, f.found) for f in Finder(shipped_background())(tokenise(text), text)]
    assert kinds == [("homoglyph", "Pаypal")]


@pytest.mark.parametrize("escape", ["&#233;", "%C3%A9", "&#173;"])
def test_the_digits_of_escapes_are_no_leet(escape: str) -> None:
    assert not found(f"The caf{escape}s of the harbour were closed on Monday and opened again. " * 12)


def test_digits_for_letters() -> None:
    text = "7h3 quiet h4rb0ur w45 cl053d, 541d 7h3 pilot wh0 h4d left a 1990s ship on the 4th in 2019."
    words = {f.found: f.expected for f in found(text)}
    assert (words["h4rb0ur"], words["cl053d"]) == ("harbour", "closed")
    assert all(f.type == "styled" and text[slice(*f.span)] == f.found for f in found(text))
    assert not {"1990s", "4th", "2019"} & set(words)
    assert found(text, english=False) == found(text)
