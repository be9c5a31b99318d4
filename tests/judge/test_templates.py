"""Formulas filled in for another event are no copies, copies with other facts are; too little text proves nothing.

`gold_templates.jsonl` holds both sides of the boundary, all of invented events: where most names, numbers and dates
differ it is a template, where only the names or a minority of the facts differ it is a copy.
"""

from __future__ import annotations

import json
import random
from itertools import combinations
from pathlib import Path

import pytest

from dedup.alignment import align_words
from dedup.judge import judge, prepare
from dedup.language.frequencies import Frequencies
from dedup.records import COPIES, Article, Kind, Match
from dedup.text import tokenise

GOLD = [json.loads(line) for line in (Path(__file__).parent / "gold_templates.jsonl").read_text("utf-8").splitlines()]


def verdict(left: str, right: str) -> Match | None:
    frequencies = Frequencies.shipped()
    a, b = (prepare(Article(name, text), tokenise(text), frequencies) for name, text in (("a", left), ("b", right)))
    return judge(a, b, align_words(a.tokens, b.tokens, frequencies))


def is_copy(left: str, right: str) -> bool:
    match = verdict(left, right)
    return match is not None and match.kind in COPIES


@pytest.mark.parametrize("row", GOLD, ids=[row["kind"] for row in GOLD])
def test_the_boundary_between_template_and_copy(row: dict[str, str]) -> None:
    assert is_copy(row["left"], row["right"]) is row["copy"]
    assert is_copy(row["right"], row["left"]) is row["copy"]


def test_near_demands_facts_that_agree() -> None:
    renamed = next(row for row in GOLD if row["kind"] == "renamed copy")
    match = verdict(renamed["left"], renamed["right"])
    assert match is not None
    assert match.kind is Kind.REWRITE


TEAMS = ["Ravensby", "Dunmarsh", "Hexley", "Saltmere", "Wickford", "Skelby", "Quint", "Belmar", "Ostermoor", "Tarnwick"]


def match_day(rng: random.Random) -> str:
    teams = rng.sample(TEAMS, len(TEAMS))
    games = [f"{a} {rng.randrange(5)} {b} {rng.randrange(5)}." for a, b in zip(teams[::2], teams[1::2], strict=True)]
    return f"Results of match day {rng.randrange(1, 39)}. " + " ".join(games)


def draw(rng: random.Random) -> str:
    numbers = ", ".join(str(n) for n in sorted(rng.sample(range(1, 50), 6)))
    day, jackpot = rng.choice(["Wednesday", "Saturday"]), rng.randrange(2, 90)
    return f"Lotto draw of {day}: {numbers}. Bonus ball: {rng.randrange(1, 50)}. The jackpot is {jackpot} million."


@pytest.mark.parametrize("make", [match_day, draw])
def test_lists_of_few_words_are_no_copies(make) -> None:
    rng = random.Random(3)
    texts = [make(rng) for _ in range(12)]
    assert not [pair for pair in combinations(texts, 2) if is_copy(*pair)]


def test_letters_with_spaces_between_them_are_no_copies() -> None:
    texts = [" ".join("".join(row["left"].split()[:60])) for row in GOLD if not row["copy"]]
    assert not [pair for pair in combinations(texts, 2) if is_copy(*pair)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Photogallery", "Photographs"),
        ("Video: watch", "Video. Watch it"),
        ("Harbour news", "Harbours: news"),
        ("", ""),
    ],
)
def test_a_few_words_prove_nothing(left: str, right: str) -> None:
    assert not is_copy(left, right)


def test_the_same_few_words_are_the_same_text() -> None:
    match = verdict("Photogallery", "photogallery")
    assert match is not None
    assert match.kind is Kind.EXACT
