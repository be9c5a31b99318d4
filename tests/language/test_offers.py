"""What else might stand in an article: pairs that the background has, found once, the same for a text cut short."""

import numpy as np
import pytest

from dedup.language.alternatives import LEFT, RIGHT
from dedup.language.background import BREAK, shipped_background
from dedup.language.language_model import Reading, read
from dedup.language.lookup import Entry, Seen, look_up
from dedup.language.offers import Offers, offers_of
from dedup.language.pair_filter import FREQUENT_TRIPLE, frequent_pairs
from dedup.language.substitutions import shipped
from dedup.text import tokenise

TEXT = (
    "The leader of the joined together states said on Monday that the populace of the town was developing quick. "
    "Elevated structures of the harbour quarter, which the chamber purchased a year prior, will be obliterated in the "
    "harvest time, and a novel railroad station is to be assembled there by a firm from the closest city."
)
BITS = frequent_pairs(shipped_background().tables)


@pytest.fixture
def seen() -> Seen:
    return look_up(tokenise(TEXT), shipped_background())


@pytest.fixture
def offers(seen: Seen) -> Offers:
    return offers_of(seen, shipped(), BITS)


def test_offers_are_looked_up_once(seen: Seen) -> None:
    assert offers_of(seen, shipped(), BITS) is offers_of(seen, shipped(), BITS)


def test_offers_have_the_counts_of_their_pairs(seen: Seen, offers: Offers) -> None:
    background, words, n = shipped_background(), np.append(seen.words, BREAK), offers.places
    alternatives = shipped().hashes[offers.targets]
    after = np.where(words[n + 1] == BREAK, 0, background.count2(alternatives, words[n + 1]))
    assert offers.before[:, Entry.COUNT] == pytest.approx(background.count2(words[n - 1], alternatives))
    assert offers.after[:, Entry.COUNT] == pytest.approx(after)
    assert len(n) > 50
    assert (np.diff(n) >= 0).all()


def test_every_offer_may_make_a_frequent_pair(seen: Seen, offers: Offers) -> None:
    assert (offers.hits > 0).all()
    assert not (offers.hits[seen.words[offers.places - 1] == BREAK] & LEFT).any()
    frequent = (offers.before[:, Entry.COUNT] >= FREQUENT_TRIPLE) & (seen.words[offers.places - 1] != BREAK)
    assert (offers.hits[frequent] & LEFT).all()
    assert (offers.hits[offers.after[:, Entry.COUNT] >= FREQUENT_TRIPLE] & RIGHT).all()


@pytest.mark.parametrize("words", [3, 7, 12, 21, 30, 44])
def test_a_reading_cut_short_is_that_of_the_shorter_text(words: int) -> None:
    tokens = tokenise(TEXT)
    short = tokenise(tokens.data[: tokens.ends[words - 1]].decode())
    cut, whole = (read(one, shipped_background(), shipped(), BITS, longest=words) for one in (tokens, short))
    for name in Reading._fields:
        assert np.array_equal(getattr(cut, name), getattr(whole, name)), name
