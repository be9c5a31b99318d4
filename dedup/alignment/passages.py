"""Passages of pairs of articles at word level: found, filtered, and in one reading where they overlap."""

from __future__ import annotations

import numpy as np

from dedup.alignment.choose import Found, choose_passages
from dedup.alignment.config import DEFAULT, AlignConfig
from dedup.alignment.layout import batch_of, sizes_of
from dedup.alignment.model import Filters, shipped_filters
from dedup.alignment.numbering import StemFrequencies
from dedup.alignment.pairs import PairBatch
from dedup.alignment.ranges import ENDS, SIDES, Side
from dedup.compiled.arrays import I32, I64, U8
from dedup.records import Alignment, Passage, Tokens, WordAlignment
from dedup.text import TokenBatch

PAIRS_AT_ONCE = 64  # their articles' words stay in the cache, and in memory that need not be mapped again and again


def align_words(
    left: Tokens,
    right: Tokens,
    frequencies: StemFrequencies,
    config: AlignConfig | None = None,
    filters: Filters | None = None,
) -> WordAlignment:
    """Return what two articles share, in words; mirrored exactly when left and right are exchanged.

    Passages may stand in any order on the right; on the shorter article's side no two overlap. Their similarity is
    the share of their words that the other side pays for. Boilerplate is ignored.
    """
    return align_pairs(batch_of(left, right), np.array([[0, 1]]), frequencies, config, filters)[0]


def align_pairs(
    batch: TokenBatch,
    pairs: I64,
    frequencies: StemFrequencies,
    config: AlignConfig | None = None,
    filters: Filters | None = None,
) -> list[WordAlignment]:
    """Return what the articles of each pair share, as `align_words` of the two: one for each pair, in order.

    `batch`: its boilerplate is marked; `pairs`: shape (p, 2), numbers of its articles, left and right.
    """
    config, filters = config or DEFAULT, filters or shipped_filters()
    ordered, mirrored = _in_order(batch, np.asarray(pairs, np.int64).reshape(-1, 2))
    found: list[WordAlignment] = []
    for first in range(0, len(ordered), PAIRS_AT_ONCE):
        part = slice(first, first + PAIRS_AT_ONCE)
        some = PairBatch.of(batch, ordered[part], frequencies, config)
        found += _handed_out(some, choose_passages(some, filters, config), mirrored[part])
    return found


def to_alignment(words: WordAlignment, left: Tokens, right: Tokens) -> Alignment:
    """Return the same in characters of the two texts."""
    passages = (
        Passage(left.span(a, b), right.span(c, d), round(float(similarity), 4))
        for (a, b, c, d), similarity in zip(words.passages.tolist(), words.similarity, strict=True)
    )
    return Alignment(tuple(passages))


def _in_order(batch: TokenBatch, pairs: I64) -> tuple[I64, U8]:
    """The pairs with the shorter article on the left (the smaller text if both are as long), and which are turned."""
    sizes, blob, offsets = sizes_of(batch.word_offsets)[pairs], batch.blob, batch.offsets
    left, right = sizes[:, Side.LEFT], sizes[:, Side.RIGHT]
    turned = right < left
    for p in np.flatnonzero(left == right).tolist():
        one, other = (blob[int(offsets[a]) : int(offsets[a + 1])].tobytes() for a in pairs[p].tolist())
        turned[p] = other < one
    return np.where(turned[:, None], pairs[:, ::-1], pairs), turned.astype(np.uint8)


def _handed_out(pairs: PairBatch, chosen: list[list[Found]], mirrored: U8) -> list[WordAlignment]:
    """The passages chosen, with the similar sentences, in the words and the order of the articles as they came."""
    sentences, cosine = pairs.original_sentences(mirrored)
    ends, turned = pairs.sentences.offsets.tolist(), mirrored.tolist()
    result = []
    for p, found in enumerate(chosen):
        part = slice(ends[p], ends[p + 1])
        if not found:
            nothing = np.empty((0, SIDES * ENDS), np.int32), np.empty(0, np.float32)
            result.append(WordAlignment(*nothing, sentences[part], cosine[part]))
            continue
        rows = [(pairs.original_words(p, one.words), one.similarity) for one in found]
        rows = sorted((words.mirrored() if turned[p] else words, similarity) for words, similarity in rows)
        passages: I32 = np.array([(*left, *right) for (left, right), _ in rows], np.int32)
        similarities = np.array([similarity for _, similarity in rows], np.float32)
        result.append(WordAlignment(passages, similarities, sentences[part], cosine[part]))
    return result
