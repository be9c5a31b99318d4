"""TF-IDF similarity of the sentences of two articles: the seeds of passages, and the judge's measure of order.

Terms are stems. The weight of a stem is -ln of the chance that a sentence contains it (inverse sentence frequency),
where that chance blends the background of news with the two articles at hand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dedup.alignment.layout import (
    Articles,
    ArticleStart,
    SentenceColumn,
    StemColumn,
    TermColumn,
    longest,
    sentences_of,
    sizes_of,
    stems_of,
)
from dedup.alignment.numbering import Pairs, PairStart, fields_of, pairs_of
from dedup.alignment.ranges import SIDES, Side
from dedup.compiled.arrays import F32, I32, I64
from dedup.compiled.decorators import Fields, Int, borrowing, borrowing_kernel

MOST_PARTNERS = 64  # pairs kept of one left sentence, the first ones: text that repeats itself must not fill the memory
MOST_PLACES = 512  # right sentences with one stem that a left one is compared with, the first ones: a bound on the time


class SentencePairs(NamedTuple):
    """Similar sentences of `p` pairs of articles, `n` in all, sorted by pair, left and right sentence."""

    offsets: I64  # (p + 1,)
    sentences: I32  # (n, 2) left and right
    cosine: F32  # (n,) 0..1
    dice: F32  # (n,) of the two sets of stems, 0..1


class SentenceTerms(NamedTuple):
    """The sentences of one article of a pair, and what their comparison needs of it. Shapes: `m` sentences."""

    rows: I32  # (m + 1, SentenceColumn)
    terms: I32  # (n, TermColumn), what follows those of the article included
    weights: F32  # (v,) of its stems in its own numbering
    lengths: F32  # (m,) Euclidean length of each sentence's vector


class SentenceScratch(NamedTuple):
    """Memory for a pair of articles of `m` sentences at the most, of which the right one has `v` stems."""

    lengths: F32  # (2, m)
    dots: F32  # (m,) by right sentence; all 0 before and after a left one
    common: I32  # (m,) stems that a right sentence shares; all 0 before and after a left one
    touched: I32  # (m,) the right sentences that share any
    weights: F32  # (v,)


def find_sentences(pairs: Pairs, least: float) -> SentencePairs:
    """Return the sentences of cosine `least` or more, for each pair; a left one has at most `MOST_PARTNERS`.

    A stem in more than `MOST_PLACES` right sentences counts for the first of them only, which takes a text of a novel's
    length or one that repeats itself. So the time is at most proportional to the words of the left article.
    """
    left, right = sizes_of(pairs.articles.offsets[:, ArticleStart.SENTENCES])[pairs.numbers.T]
    most = int((left * np.minimum(right, MOST_PARTNERS)).sum())  # memory that is never written is never mapped
    m, v = max(left.max(initial=0), right.max(initial=0)), longest(pairs.numbering.offsets[:, PairStart.RIGHT_STEMS])
    work = np.zeros((SIDES + 1, m), np.float32)
    common, touched = np.zeros(m, np.int32), np.empty(m, np.int32)
    scratch = SentenceScratch(work[:SIDES], work[SIDES], common, touched, np.empty(v, np.float32))
    found = SentencePairs(
        np.zeros(len(pairs.numbers) + 1, np.int64),
        np.empty((most, 2), np.int32),
        np.empty(most, np.float32),
        np.empty(most, np.float32),
    )
    similar_sentences(fields_of(pairs), least, tuple(scratch), tuple(found))
    n = found.offsets[-1]
    return SentencePairs(found.offsets, found.sentences[:n].copy(), found.cosine[:n].copy(), found.dice[:n].copy())


@borrowing
def _measure(article: SentenceTerms) -> None:
    """Fill in the Euclidean length of the weighted term vector of each sentence."""
    rows, terms, weights = article.rows, article.terms, article.weights
    for s in range(len(rows) - 1):
        total = np.float32(0.0)
        for t in range(rows[s, SentenceColumn.FIRST_TERM], rows[s + 1, SentenceColumn.FIRST_TERM]):
            x = weights[terms[t, TermColumn.STEM]] * np.float32(terms[t, TermColumn.COUNT])
            total += x * x
        article.lengths[s] = math.sqrt(total)


@borrowing
def _multiply(
    own: SentenceTerms, s: Int, other: SentenceTerms, partner: I32, stems: I32, scratch: SentenceScratch
) -> Int:
    """Add up the products of a left sentence with all right ones; only shared stems cost anything.

    `partner`: number of each left stem on the right, or -1; `stems`: (v, StemColumn) of the right article. Returns how
    many right sentences are `touched`.
    """
    dots, common, terms, n = scratch.dots, scratch.common, other.terms, 0
    for t in range(own.rows[s, SentenceColumn.FIRST_TERM], own.rows[s + 1, SentenceColumn.FIRST_TERM]):
        stem = own.terms[t, TermColumn.STEM]
        if partner[stem] < 0:
            continue
        value = own.weights[stem] * own.weights[stem] * np.float32(own.terms[t, TermColumn.COUNT])
        u, places = stems[partner[stem], StemColumn.FIRST_TERM], 0
        while u >= 0 and places < MOST_PLACES:
            r = terms[u, TermColumn.SENTENCE]
            if common[r] == 0:
                scratch.touched[n] = r
                n += 1
            dots[r] += value * np.float32(terms[u, TermColumn.COUNT])
            common[r] += 1
            places += 1
            u = terms[u, TermColumn.NEXT]
    return n


@borrowing
def _terms_in(rows: I32, s: Int) -> Int:
    return rows[s + 1, SentenceColumn.FIRST_TERM] - rows[s, SentenceColumn.FIRST_TERM]


@borrowing
def _first_similar(
    own: SentenceTerms, s: Int, other: SentenceTerms, least: float, touched: Int, scratch: SentenceScratch
) -> Int:
    """Move the first right sentences that are similar to a left one to the front of those touched, in their order.

    Returns how many they are, at most `MOST_PARTNERS`; all others are forgotten.
    """
    dots, common, found, n = scratch.dots, scratch.common, scratch.touched, 0
    for i in range(touched):
        r = found[i]
        product = own.lengths[s] * other.lengths[r]
        if dots[r] < least * product or product <= 0 or (n == MOST_PARTNERS and r > found[n - 1]):
            dots[r], common[r] = 0, 0
            continue
        if n == MOST_PARTNERS:
            n -= 1
            dots[found[n]], common[found[n]] = 0, 0
        k = n
        while k > 0 and found[k - 1] > r:
            found[k] = found[k - 1]
            k -= 1
        found[k] = r
        n += 1
    return n


@borrowing
def _keep_similar(
    own: SentenceTerms,
    s: Int,
    other: SentenceTerms,
    similar: Int,
    scratch: SentenceScratch,
    found: SentencePairs,
    n: Int,
) -> Int:
    """Write down the right sentences that are similar to a left one, from row `n` on; returns the next free row."""
    dots, common, size = scratch.dots, scratch.common, _terms_in(own.rows, s)
    for i in range(similar):
        r = scratch.touched[i]
        found.sentences[n, Side.LEFT], found.sentences[n, Side.RIGHT] = s, r
        found.cosine[n] = min(np.float32(1.0), dots[r] / (own.lengths[s] * other.lengths[r]))
        found.dice[n] = 2.0 * common[r] / (size + _terms_in(other.rows, r))
        dots[r], common[r] = 0, 0
        n += 1
    return n


@borrowing
def _terms_of(articles: Articles, a: Int, weights: F32, lengths: F32) -> SentenceTerms:
    first, last = sentences_of(articles.offsets, a)
    terms = articles.terms[articles.offsets[a, ArticleStart.WORDS] :]
    return SentenceTerms(articles.sentences[first:last], terms, weights, lengths)


@borrowing_kernel
def similar_sentences(fields: Fields, least: float, memory: Fields, result: Fields) -> None:
    """Fill the result; see `find_sentences`."""
    pairs, scratch, found = pairs_of(fields), SentenceScratch(*memory), SentencePairs(*result)
    articles, numbering, n = pairs.articles, pairs.numbering, 0
    for p in range(len(pairs.numbers)):
        left, right = pairs.numbers[p, Side.LEFT], pairs.numbers[p, Side.RIGHT]
        begin, end = stems_of(articles.offsets, right)
        stems, weights = articles.stems[begin:end], numbering.weights[numbering.offsets[p, PairStart.STEMS] :]
        to_pair = numbering.to_pair[numbering.offsets[p, PairStart.RIGHT_STEMS] :]
        for stem in range(len(stems)):
            scratch.weights[stem] = weights[to_pair[stem]]
        own = _terms_of(articles, left, weights, scratch.lengths[Side.LEFT])
        other = _terms_of(articles, right, scratch.weights, scratch.lengths[Side.RIGHT])
        _measure(own)
        _measure(other)
        partner = numbering.to_right[numbering.offsets[p, PairStart.LEFT_STEMS] :]
        for s in range(len(own.rows) - 1):
            touched = _multiply(own, s, other, partner, stems, scratch)
            similar = _first_similar(own, s, other, least, touched, scratch)
            n = _keep_similar(own, s, other, similar, scratch, found, n)
        found.offsets[p + 1] = n
