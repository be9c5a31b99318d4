from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import AlignConfig, align_words
from dedup.alignment.numbering import BOTH, number_pairs, number_stems_plainly
from dedup.alignment.similarity import MOST_PARTNERS, find_sentences, similar_sentences_plainly
from dedup.alignment.words import STEMS, WORDS, batch_of, lay_out
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


def test_furniture_is_ignored_and_sentences_keep_their_numbers() -> None:
    text = "Share this story with your friends now. " + LEFT
    tokens = tokenise(text)
    flags = tokens.flags.copy()
    flags[: int(tokens.sentences[1])] |= np.uint8(Flag.BOILERPLATE)
    marked = Tokens(
        tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences
    )  # fmt: skip
    pairs, _ = sentence_pairs(marked, tokens, 0.9)
    assert pairs.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_text_that_repeats_itself_stays_small() -> None:
    tokens = tokenise("The same old line again. " * 300)
    pairs, _ = sentence_pairs(tokens, tokens, 0.2)
    assert np.bincount(pairs[:, 0]).max() == MOST_PARTNERS


def test_empty_articles_have_no_pairs() -> None:
    for left, right in (("", LEFT), (LEFT, ""), ("", "")):
        pairs, cosine = sentence_pairs(tokenise(left), tokenise(right), 0.1)
        assert pairs.shape == (0, 2)
        assert cosine.shape == (0,)


SPREAD = 0x9E3779B97F4A7C15  # numbers to stems


def article(sentences: list[list[int]]) -> Tokens:
    """An article whose words are the given stems."""
    words = [word for sentence in sentences for word in sentence]
    stems = np.array(words, np.uint64) * np.uint64(SPREAD)
    n, bounds = len(words), np.cumsum([0, *map(len, sentences)])
    places = np.arange(n, dtype=np.uint32)
    return Tokens(b"-" * n, stems, stems, places, places + 1, np.zeros(n, np.uint8), bounds.astype(np.uint32))


articles = st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=8), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(articles, min_size=2, max_size=4), st.data())
def test_numbering_equals_its_reference(texts: list[list[list[int]]], data: st.DataObject) -> None:
    tokens = [article(text) for text in texts]
    place = st.integers(0, len(texts) - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(place, place), min_size=1, max_size=5)), np.int64)
    laid, known = lay_out(batch_of(*tokens), np.arange(len(tokens)))
    background = known.astype(np.float32) / np.float32(2.0**64) + np.float32(0.01)
    found = number_pairs(laid, background, pairs, 0.5)
    for p, (a, b) in enumerate(pairs.tolist()):
        left, right, stems, counts = number_stems_plainly(tokens[a].stems, tokens[b].stems)
        ends = laid.offsets[:, WORDS]
        assert laid.ids[ends[a] : ends[a + 1]].tolist() == left.tolist()
        columns = [slice(*found.offsets[p : p + 2, column]) for column in range(4)]
        assert found.right_ids[columns[3]].tolist() == right.tolist()
        assert found.shared[columns[BOTH]].tolist() == [int({i} <= {*left} & {*right}) for i in range(len(stems))]
        own = laid.stems[laid.offsets[b, STEMS] : laid.offsets[b + 1, STEMS], 0]
        partners = found.to_right[columns[0]].tolist()
        assert [int(known[own[j]]) if j >= 0 else None for j in partners] == [
            int(stems[i]) if i in right else None for i in range(len(partners))
        ]
        share = stems.astype(np.float32) / np.float32(2.0**64) + np.float32(0.01)
        wanted = 0.5 * share + 0.5 * counts / max(1, counts.sum())
        assert np.allclose(found.probability[columns[BOTH]], wanted, rtol=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.lists(articles, min_size=2, max_size=3), st.data())
def test_similarity_equals_its_reference(texts: list[list[list[int]]], data: st.DataObject) -> None:
    tokens = [article(text) for text in texts]
    pairs = np.array([(0, 1), (1, 0), (len(texts) - 1, 0)], np.int64)
    laid, known = lay_out(batch_of(*tokens), np.arange(len(tokens)))
    numbering = number_pairs(laid, np.full(len(known), 0.01, np.float32), pairs, 0.5)
    size = len(numbering.weights)
    weights = np.array(data.draw(st.lists(st.floats(0.0625, 8, width=32), min_size=size, max_size=size)), np.float32)
    found = find_sentences(laid, numbering._replace(weights=weights), pairs, 0.0)
    for p, (a, b) in enumerate(pairs.tolist()):
        left, right, _, _ = number_stems_plainly(tokens[a].stems, tokens[b].stems)
        some = weights[numbering.offsets[p, BOTH] :]
        bounds = [tokens[i].sentences.astype(np.int32) for i in (a, b)]
        wanted = similar_sentences_plainly(left, bounds[0], right, bounds[1], some, 0.0)
        part = slice(found.offsets[p], found.offsets[p + 1])
        assert [tuple(pair) for pair in found.sentences[part].tolist()] == wanted[0]
        assert np.allclose(found.cosine[part], wanted[1], atol=1e-4)
        assert np.allclose(found.dice[part], wanted[2])
