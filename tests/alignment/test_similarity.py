from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import AlignConfig, align_words
from dedup.alignment.layout import batch_of, lay_out
from dedup.alignment.numbering import PairStart, number_pairs
from dedup.alignment.similarity import MOST_PARTNERS, MOST_PLACES, find_sentences
from dedup.records import Tokens
from dedup.text import tokenise
from tests.alignment.made import article, with_boilerplate
from tests.reference import alignment as reference

LEFT = """The harbour council of Veldmoor voted on Tuesday to close the old lighthouse road for two years.
Engineers found cracks under three of the eleven granite arches. Shopkeepers fear for the summer trade."""
RIGHT = """Local traders worry about their summer trade, a spokeswoman said after the meeting.
Cracks have been found by engineers beneath three granite arches. A ferry was late again this morning."""


class Even:
    """Every stem equally probable."""

    def stem_probability(self, stems: np.ndarray) -> np.ndarray:
        return np.full(len(stems), 1e-4, np.float32)


def sentence_pairs(left: Tokens, right: Tokens, least: float) -> tuple[np.ndarray, np.ndarray]:
    found = align_words(left, right, Even(), AlignConfig(seed_cosine=least))
    return found.sentence_pairs, found.sentence_similarity


def test_the_same_news_in_other_words_is_found_out_of_order() -> None:
    pairs, cosine = sentence_pairs(tokenise(LEFT), tokenise(RIGHT), 0.2)
    assert pairs.tolist() == [[1, 1], [2, 0]]
    assert pairs.dtype == np.int32
    assert cosine.dtype == np.float32
    assert ((cosine >= 0.2) & (cosine <= 1)).all()


def test_a_text_and_itself_pair_on_the_diagonal_with_cosine_one() -> None:
    tokens = tokenise(LEFT)
    pairs, cosine = sentence_pairs(tokens, tokens, 0.99)
    assert pairs.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert np.allclose(cosine, 1, atol=1e-5)


def test_sides_can_be_exchanged() -> None:
    left, right = tokenise(LEFT), tokenise(RIGHT)
    pairs, cosine = sentence_pairs(left, right, 0.05)
    back, back_cosine = sentence_pairs(right, left, 0.05)
    order = np.lexsort((back[:, 0], back[:, 1]))
    assert pairs.tolist() == back[order][:, ::-1].tolist()
    assert np.allclose(cosine, back_cosine[order], atol=1e-5)


def test_boilerplate_is_ignored_and_sentences_keep_their_numbers() -> None:
    text = "Share this story with your friends now. " + LEFT
    tokens = tokenise(text)
    marked = with_boilerplate(tokens, 0, int(tokens.sentences[1]))
    pairs, _ = sentence_pairs(marked, tokens, 0.9)
    assert pairs.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_text_that_repeats_itself_stays_small() -> None:
    tokens = tokenise("The same old line again. " * 300)
    pairs, _ = sentence_pairs(tokens, tokens, 0.2)
    assert np.bincount(pairs[:, 0]).max() == MOST_PARTNERS


def partners(left: list[list[int]], right: list[list[int]], least: float) -> list[int]:
    """The right sentences similar to the first left one."""
    laid, known = lay_out(batch_of(article(left), article(right)), np.arange(2))
    numbered = number_pairs(laid, np.full(len(known), 1e-4, np.float32), np.array([[0, 1]]), 1.0)
    found = find_sentences(numbered, least)
    return [b for a, b in found.sentences.tolist() if a == 0]


def test_the_first_of_too_many_partners_are_kept_in_order() -> None:
    right = [[2]] * MOST_PARTNERS + [[3]] + [[1]] * 100 + [[2]]
    assert partners([[1, 2]], right, 0.5) == list(range(MOST_PARTNERS))
    assert partners([[1, 2]], right[10:], 0.5) == [*range(54), *range(55, 65)]


def test_a_stem_in_very_many_sentences_counts_in_the_first_of_them() -> None:
    many = [[1, 10 + i] for i in range(MOST_PLACES)]
    assert partners([[1]], [*many[:-1], [1]], 0.95) == [MOST_PLACES - 1]
    assert partners([[1]], [*many, [1]], 0.95) == []


def test_empty_articles_have_no_pairs() -> None:
    for left, right in (("", LEFT), (LEFT, ""), ("", "")):
        pairs, cosine = sentence_pairs(tokenise(left), tokenise(right), 0.1)
        assert pairs.shape == (0, 2)
        assert cosine.shape == (0,)


articles = st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=8), max_size=12)


@settings(max_examples=80, deadline=None)
@given(st.lists(articles, min_size=2, max_size=3), st.data())
def test_similarity_equals_its_reference(texts: list[list[list[int]]], data: st.DataObject) -> None:
    tokens = [article(text) for text in texts]
    pairs = np.array([(0, 1), (1, 0), (len(texts) - 1, 0)], np.int64)
    laid, known = lay_out(batch_of(*tokens), np.arange(len(tokens)))
    numbered = number_pairs(laid, np.full(len(known), 0.01, np.float32), pairs, 0.5)
    numbering = numbered.numbering
    size = len(numbering.weights)
    weights = np.array(data.draw(st.lists(st.floats(0.0625, 8, width=32), min_size=size, max_size=size)), np.float32)
    found = find_sentences(numbered._replace(numbering=numbering._replace(weights=weights)), 0.0)
    for p, (a, b) in enumerate(pairs.tolist()):
        left, right, _, _ = reference.number_stems(tokens[a].stems, tokens[b].stems)
        some = weights[numbering.offsets[p, PairStart.STEMS] :]
        bounds = [tokens[i].sentences.astype(np.int32) for i in (a, b)]
        wanted = reference.similar_sentences(left, bounds[0], right, bounds[1], some, 0.0)
        part = slice(found.offsets[p], found.offsets[p + 1])
        assert [tuple(pair) for pair in found.sentences[part].tolist()] == wanted[0]
        assert np.allclose(found.cosine[part], wanted[1], atol=1e-4)
        assert np.allclose(found.dice[part], wanted[2])
