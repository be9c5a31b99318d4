"""Some pairs of a batch on their way from words to passages: what the choice of passages asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedup.alignment.config import AlignConfig
from dedup.alignment.layout import ArticleStart, SentenceColumn, lay_out, sizes_of
from dedup.alignment.numbering import Pairs, StemFrequencies, number_pairs
from dedup.alignment.ranges import End, Range, Rectangle, Side
from dedup.alignment.rectangles import Rectangles, find_rectangles
from dedup.alignment.runs import Chains, find_chains
from dedup.alignment.similarity import SentencePairs, find_sentences
from dedup.alignment.summary import Stretch, Stretches, find_summaries
from dedup.compiled.arrays import F32, I32, I64, U8
from dedup.text import TokenBatch


@dataclass(frozen=True, slots=True)
class PairBatch:
    """`p` pairs of the articles of a batch, with all that their passages are chosen from."""

    batch: TokenBatch
    pairs: Pairs
    sentences: SentencePairs
    rectangles: Rectangles
    chains: Chains
    batch_words: list[list[int]]  # of each pair: first words of left and right in the batch
    kept_words: list[list[int]]  # and among those without boilerplate, `Articles.words`

    @staticmethod
    def of(batch: TokenBatch, numbers: I64, frequencies: StemFrequencies, config: AlignConfig) -> PairBatch:
        """Return pairs (p, 2) of the articles of a batch."""
        distinct, inverse = np.unique(numbers, return_inverse=True)
        articles, stems = lay_out(batch, distinct)
        own = inverse.reshape(-1, 2)
        pairs = number_pairs(articles, frequencies.stem_probability(stems), own, config.background_share)
        sentences = find_sentences(pairs, config.seed_cosine)
        rectangles, chains = find_rectangles(pairs, sentences, config), find_chains(pairs, config)
        kept_words = articles.offsets[:, ArticleStart.WORDS][own].tolist()
        return PairBatch(batch, pairs, sentences, rectangles, chains, batch.word_offsets[numbers].tolist(), kept_words)

    def __len__(self) -> int:
        return len(self.pairs.numbers)

    def sizes(self) -> list[list[int]]:
        """Return the words of the left and the right article of each pair, without boilerplate."""
        offsets = self.pairs.articles.offsets[:, ArticleStart.WORDS]
        sizes: list[list[int]] = sizes_of(offsets)[self.pairs.numbers].tolist()
        return sizes

    def stretches(self, asked: list[int], config: AlignConfig) -> list[list[Stretch | None]]:
        """Return, for each pair asked for, the stretch of the left text that may sum the right one up, and of the
        right one."""
        if not asked:
            return []
        found = find_summaries(self.pairs, np.array(asked, np.int64), config)
        some = (found.ends[:, :, End.LAST] > found.ends[:, :, End.FIRST]).tolist()
        return [
            [self._stretch(p, side, found, q) if some[q][side] else None for side in Side] for q, p in enumerate(asked)
        ]

    def _stretch(self, p: int, side: Side, found: Stretches, q: int) -> Stretch:
        words = Range(*found.ends[q, side].tolist())
        part = slice(self.rectangles.offsets[p], self.rectangles.offsets[p + 1])
        ranges = self.rectangles.ends[part, side]
        shared = np.minimum(words.last, ranges[:, End.LAST]) - np.maximum(words.first, ranges[:, End.FIRST])
        claims = np.maximum(shared, 0) * self.rectangles.matched[part] / words.size
        return Stretch(words, claims, found.features[q, side])

    def long_enough(self, p: int, rectangle: Rectangle, characters: int) -> bool:
        """Return whether a rectangle of words has so many bytes on both sides."""
        starts, ends, kept = self.batch.starts, self.batch.ends, self.pairs.articles.words
        for (first, last), base, own in zip(rectangle, self.batch_words[p], self.kept_words[p], strict=True):
            if last <= first:
                return False
            if int(ends[base + kept[own + last - 1]]) - int(starts[base + kept[own + first]]) < characters:
                return False
        return True

    def original_words(self, p: int, rectangle: Rectangle) -> Rectangle:
        """Return a rectangle in the words of the articles' `Tokens`, boilerplate included."""
        (a, b), (c, d) = rectangle
        words, (left, right) = self.pairs.articles.words, self.kept_words[p]
        return Rectangle(
            Range(int(words[left + a]), int(words[left + b - 1]) + 1),
            Range(int(words[right + c]), int(words[right + d - 1]) + 1),
        )

    def original_sentences(self, mirrored: U8) -> tuple[I32, F32]:
        """Return the similar sentences of all pairs by their numbers in the articles' `Tokens`, sorted, and their
        cosine.

        `mirrored`: shape (p,), 1 for the pairs whose right article comes first.
        """
        similar, articles = self.sentences, self.pairs.articles
        counts = sizes_of(similar.offsets)
        base = articles.offsets[:, ArticleStart.SENTENCES] + np.arange(len(articles.offsets))
        rows = np.repeat(base[self.pairs.numbers], counts, axis=0) + similar.sentences
        numbers: I32 = articles.sentences[:, SentenceColumn.NUMBER][rows]
        if not mirrored.any():
            return numbers, similar.cosine
        turned = np.repeat(mirrored, counts).astype(bool)
        numbers = np.where(turned[:, None], numbers[:, ::-1], numbers)
        pair = np.repeat(np.arange(len(counts)), counts)
        order = np.lexsort((numbers[:, Side.RIGHT], numbers[:, Side.LEFT], pair))
        return np.ascontiguousarray(numbers[order]), similar.cosine[order]
