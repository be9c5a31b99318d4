"""Expressions of which words were replaced, against a plain search through the same tables."""

from itertools import pairwise

import numpy as np
import pytest

from dedup.findings.expressions import Feature, KnownExpressions, candidates, find_expressions
from dedup.findings.finder import Finder
from dedup.language.background import BREAK, NUMBER, shipped_background
from dedup.language.expressions import FUNCTION_SHARE
from dedup.language.lookup import look_up
from dedup.language.substitutions import CURATED, LEARNT, WORDNET, shipped
from dedup.text import tokenise

TEXT = (
    "The harbour board warned of a monetary emergency and of synthetic cleverness in its bookkeeping. A spokesman of "
    "the Wall Avenue firm said that relic fuel and renewable vitality were no answer, and that social networks, sea "
    "walls and a white home on the hill were. The keeper of the White Home spoke about bosom malignancy, nursery gas "
    "and worldwide warming. In 2031 the island had 4,000 inhabitants, two ferries and a lighthouse without a lamp."
)


@pytest.fixture(scope="module")
def known() -> KnownExpressions:
    return KnownExpressions.of(shipped_background(), shipped())


def searched(text: str, known: KnownExpressions) -> set[tuple[int, str]]:
    """Every place of a pair that news never has, with the expression of its synonyms that holds together most."""
    background, table, tokens = shipped_background(), known.expressions, tokenise(text)
    seen, hashes = look_up(tokens, background), table.hashes.tolist()
    pairs = {
        (hashes[first], hashes[int(table.seconds[row])]): row
        for first in range(len(hashes))
        for row in range(int(table.offsets[first]), int(table.offsets[first + 1]))
    }

    def options(word: int) -> list[int]:
        substitutions = shipped()
        at = int(np.searchsorted(substitutions.keys, np.uint64(word)))
        if at == len(substitutions.keys) or int(substitutions.keys[at]) != word:
            return [word]
        row = range(int(substitutions.offsets[at]), int(substitutions.offsets[at + 1]))
        kept = [k for k in row if substitutions.sources[k] & (CURATED | LEARNT | WORDNET)]
        return [word, *(int(substitutions.hashes[substitutions.targets[k]]) for k in kept)]

    def weight(first: int, second: int) -> float:
        articles = float(table.counts[pairs[first, second]])
        uses = background.count1([first, second]).astype(float) + 10
        return 2 * np.log(articles) + np.log(background.words / uses.prod())

    found = set()
    words = seen.words.tolist()
    for i, (left, right) in enumerate(pairwise(words)):
        uses, names = background.count1([left, right]), background.capital_share([left, right]) > 0.5
        apart = {left, right} & {int(BREAK), int(NUMBER)} or max(uses) >= FUNCTION_SHARE * background.words
        if not i or apart or names.all() or background.count2(left, right)[0] > 0:
            continue
        meant = [pair for x in options(left) for y in options(right) if (pair := (x, y)) in pairs and weight(*pair) > 0]
        if not meant or (best := max(meant, key=lambda pair: weight(*pair))) == (left, right):
            continue
        row, place = pairs[best], int(seen.origin[i])
        capitals = all(tokens.word(place + k)[:1].isupper() for k in (0, 1))
        if capitals or not table.names[row]:
            found.add((place, " ".join(table.written(row, hashes.index(best[0])))))
    return found


def test_candidates_are_those_of_a_plain_search(known: KnownExpressions) -> None:
    tokens, background = tokenise(TEXT), shipped_background()
    found = candidates(tokens, background, shipped(), known, look_up(tokens, background))
    told = {
        (int(place), " ".join(known.expressions.written(int(row), int(first))))
        for place, row, first in zip(found.places, found.expressions, found.firsts, strict=True)
    }
    assert told == searched(TEXT, known)
    assert {"financial crisis", "artificial intelligence", "White House"} <= {expected for _, expected in told}
    assert np.isfinite(found.features).all()
    assert set(found.features[:, Feature.REPLACED].tolist()) == {1.0, 2.0}


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("The island council feared a monetary emergency before the winter.", "monetary emergency", "financial crisis"),
        ("The film was shown after Prime Gear on the island's own channel.", "Prime Gear", "Top Gear"),
        ("Monetary emergency looms over the island of Norwell.", "Monetary emergency", "Financial crisis"),
    ],
)
def test_what_is_expected_has_the_capitals_of_what_stands_there(text: str, found: str, expected: str) -> None:
    finder = Finder(shipped_background())
    assert (found, expected) in [(f.found, f.expected) for f in finder(tokenise(text), text)]


def test_many_replaced_expressions_are_strong_and_headlines_are_not(known: KnownExpressions) -> None:
    text = " ".join(
        [TEXT, "The global monetary emergency hit the worldwide marketplace and every financial institution."]
    )
    background = shipped_background()

    def strong(written: str) -> set[str]:
        tokens = tokenise(written)
        seen = look_up(tokens, background)
        return {f.expected or "" for f in find_expressions(tokens, background, shipped(), known, seen) if f.strong}

    assert "White House" in strong(text)
    assert strong(text.upper()) == set()
