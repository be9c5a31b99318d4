from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.similarity import MOST_PARTNERS, sentence_pairs, similar_sentences, similar_sentences_plainly
from dedup.alignment.words import number_stems, number_stems_plainly
from dedup.records import Flag, Tokens
from dedup.text import tokenise

LEFT = """The harbour council of Veldmoor voted on Tuesday to close the old lighthouse road for two years.
Engineers found cracks under three of the eleven granite arches. Shopkeepers fear for the summer trade."""
RIGHT = """Local traders worry about their summer trade, a spokeswoman said after the meeting.
Cracks have been found by engineers beneath three granite arches. A ferry was late again this morning."""


class Even:
    """Every stem equally probable."""

    def stem_probability(self, stems: np.ndarray) -> np.ndarray:
        return np.full(len(stems), 1e-4, np.float32)


def test_the_same_news_in_other_words_is_found_out_of_order() -> None:
    pairs, cosine = sentence_pairs(tokenise(LEFT), tokenise(RIGHT), Even(), 0.2)
    assert pairs.tolist() == [[1, 1], [2, 0]]
    assert pairs.dtype == np.int32
    assert cosine.dtype == np.float32
    assert ((cosine >= 0.2) & (cosine <= 1)).all()


def test_a_text_and_itself_pair_on_the_diagonal_with_cosine_one() -> None:
    tokens = tokenise(LEFT)
    pairs, cosine = sentence_pairs(tokens, tokens, Even(), 0.99)
    assert pairs.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert np.allclose(cosine, 1, atol=1e-5)


def test_sides_can_be_exchanged() -> None:
    left, right = tokenise(LEFT), tokenise(RIGHT)
    pairs, cosine = sentence_pairs(left, right, Even(), 0.05)
    back, back_cosine = sentence_pairs(right, left, Even(), 0.05)
    order = np.lexsort((back[:, 0], back[:, 1]))
    assert pairs.tolist() == back[order][:, ::-1].tolist()
    assert np.allclose(cosine, back_cosine[order], atol=1e-5)


def test_furniture_is_ignored_and_sentences_keep_their_numbers() -> None:
    text = "Share this story with your friends now. " + LEFT
    tokens = tokenise(text)
    flags = tokens.flags.copy()
    flags[: int(tokens.sentences[1])] |= np.uint8(Flag.FURNITURE)
    marked = Tokens(
        tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences
    )  # fmt: skip
    pairs, _ = sentence_pairs(marked, tokens, Even(), 0.9)
    assert pairs.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_text_that_repeats_itself_stays_small() -> None:
    tokens = tokenise("The same old line again. " * 300)
    pairs, _ = sentence_pairs(tokens, tokens, Even(), 0.2)
    assert np.bincount(pairs[:, 0]).max() == MOST_PARTNERS


def test_empty_articles_have_no_pairs() -> None:
    for left, right in (("", LEFT), (LEFT, ""), ("", "")):
        pairs, cosine = sentence_pairs(tokenise(left), tokenise(right), Even(), 0.1)
        assert pairs.shape == (0, 2)
        assert cosine.shape == (0,)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=60), st.lists(st.integers(0, 12), max_size=60))
def test_numbering_equals_its_reference(left: list[int], right: list[int]) -> None:
    a, b = (np.array(x, np.uint64) * np.uint64(0x9E3779B97F4A7C15) for x in (left, right))
    for given_, wanted in zip(number_stems(a, b), number_stems_plainly(a, b), strict=True):
        assert given_.tolist() == wanted.tolist()
        assert given_.dtype == wanted.dtype


def _sides(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    sentences = draw(st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=8), max_size=12))
    bounds = np.cumsum([0, *map(len, sentences)]).astype(np.int32)
    return np.array([w for s in sentences for w in s], np.int32), bounds


@st.composite
def two_articles(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    weights = draw(st.lists(st.floats(0.0625, 8, width=32), min_size=16, max_size=16))
    return (*_sides(draw), *_sides(draw), np.array(weights, np.float32))


@settings(max_examples=80, deadline=None)
@given(two_articles())
def test_similarity_equals_its_reference(arrays: tuple[np.ndarray, ...]) -> None:
    pairs, cosine, dice = similar_sentences(*arrays, 0.0, 0.0)
    wanted, wanted_cosine, wanted_dice = similar_sentences_plainly(*arrays, 1e-9, 1e-9)
    assert [tuple(p) for p in pairs.tolist()] == wanted
    assert np.allclose(cosine, wanted_cosine, atol=1e-4)
    assert np.allclose(dice, wanted_dice)
