"""Edits of grammatical errors against plain look-ups."""

import numpy as np

from dedup.findings import edit_features, edits, grammar, tortured
from dedup.findings import edit_options as options
from dedup.language.background import shipped_background
from dedup.language.lookup import look_up
from dedup.text import tokenise
from tests.reference.findings import HURT, expected_edits


def test_edits_are_those_of_the_reference() -> None:
    tokens, background = tokenise(HURT), shipped_background()
    forms = edits.Forms.of(background)
    seen = look_up(tokens, background)
    found = edits.edits(tokens, background, forms, tortured.frequent_pairs(background.tables), seen)
    rows = zip(seen.origin[found.places].tolist(), found.edits.tolist(), found.targets.tolist(), strict=True)

    def word(edit: int, target: int) -> str:
        if edit == options.PUT_IN:
            return options.FUNCTION_WORDS[target]
        return forms.words.word(int(forms.words.targets[target])) if edit == options.SWAP else ""

    assert {(place, edit, word(edit, target)) for place, edit, target in rows} == expected_edits(tokens)
    assert {edit for _, edit, _ in expected_edits(tokens)} == {
        options.SWAP,
        options.PUT_IN,
        options.TAKE_OUT,
    }
    assert found.features.shape == (len(found.places), len(edit_features.Feature))
    assert (np.diff(found.places) >= 0).all()


def test_the_odds_of_a_place_add_up() -> None:
    features = np.zeros((4, len(edit_features.Feature)), np.float32)
    places = np.array([3, 3, 3, 9], np.int32)
    found = edits.Edits(places, np.zeros(4, np.int32), np.arange(4, dtype=np.int32), features, np.empty(0, np.int64))
    trees = edits.shipped_grammar()
    _, scores = grammar.ranked(found, trees, 300)
    _, single = grammar.ranked(edits.Edits(*(part[2:] for part in found[:4]), found.clashes), trees, 300)
    assert scores[0] - scores[1] > single[0] - single[1] + 0.9 * np.log(3)
