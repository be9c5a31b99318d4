"""Some pairs of a batch on their way from words to passages: what the choice of passages asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedup.alignment.candidates import Candidates, candidates_of
from dedup.alignment.config import AlignConfig
from dedup.alignment.numbering import Numbering, number_pairs
from dedup.alignment.summary import Stretch, find_summaries
from dedup.alignment.words import NUMBER, SENTENCES, WORDS, Articles, Batch, StemFrequencies, lay_out, sizes_of
from dedup.compiled.arrays import F32, F64, I32, I64, U8

Range = tuple[int, int]  # words: first, last
Rectangle = tuple[int, int, int, int]  # words: left first, left last, right first, right last


@dataclass(frozen=True, slots=True)
class PairBatch:
    """`p` pairs of the articles of a batch, with their candidates."""

    batch: Batch
    articles: Articles
    numbering: Numbering
    pairs: I64  # (p, 2) numbers among `articles`
    candidates: Candidates
    places: list[list[int]]  # of each pair: first words of left and right in the batch, then among `articles`

    @staticmethod
    def of(batch: Batch, pairs: I64, frequencies: StemFrequencies, config: AlignConfig) -> PairBatch:
        """Pairs (p, 2) of the articles of a batch, with their candidates."""
        numbers, inverse = np.unique(pairs, return_inverse=True)
        articles, stems = lay_out(batch, numbers)
        own = inverse.reshape(-1, 2)
        numbering = number_pairs(articles, frequencies.stem_probability(stems), own, config.background_share)
        places = np.hstack([batch.word_offsets[pairs], articles.offsets[own, WORDS]]).tolist()
        return PairBatch(batch, articles, numbering, own, candidates_of(articles, numbering, own, config), places)

    def __len__(self) -> int:
        return len(self.pairs)

    def sizes(self) -> list[Range]:
        """Words of the left and the right article of each pair, without furniture."""
        sizes: list[Range] = sizes_of(self.articles.offsets[:, WORDS])[self.pairs].tolist()
        return sizes

    def stretches(self, asked: list[int], config: AlignConfig) -> list[list[Stretch | None]]:
        """For each pair asked for: the stretch of the left text that may sum the right one up, and of the right one."""
        if not asked:
            return []
        found = find_summaries(self.articles, self.numbering, self.pairs, np.array(asked, np.int64), config)
        some = (found[:, :, 1] > found[:, :, 0]).tolist()
        return [
            [self._stretch(p, side, found[q, side]) if some[q][side] else None for side in range(2)]
            for q, p in enumerate(asked)
        ]

    def _stretch(self, p: int, side: int, row: F64) -> Stretch:
        first, last = int(row[0]), int(row[1])
        part = slice(self.candidates.offsets[p], self.candidates.offsets[p + 1])
        ranges = self.candidates.rectangles[part, 2 * side : 2 * side + 2]
        shared = np.minimum(last, ranges[:, 1]) - np.maximum(first, ranges[:, 0])
        claims = np.maximum(shared, 0) * self.candidates.matched[part] / (last - first)
        return Stretch(first, last, float(row[2]), claims, tuple(row[3:].tolist()))

    def long_enough(self, p: int, rectangle: Rectangle, characters: int) -> bool:
        """Whether a rectangle of words has so many bytes on both sides."""
        a, b, c, d = rectangle
        if b <= a or d <= c:
            return False
        (left, right, _, _), (starts, ends) = self.places[p], (self.batch.starts, self.batch.ends)
        a, b, c, d = self.original_words(p, rectangle)
        return bool(
            int(ends[left + b - 1]) - int(starts[left + a]) >= characters
            and int(ends[right + d - 1]) - int(starts[right + c]) >= characters
        )

    def original_words(self, p: int, rectangle: Rectangle) -> Rectangle:
        """A rectangle in the words of the articles' `Tokens`, furniture included."""
        a, b, c, d = rectangle
        words, (_, _, left, right) = self.articles.words, self.places[p]
        return int(words[left + a]), int(words[left + b - 1]) + 1, int(words[right + c]), int(words[right + d - 1]) + 1

    def original_sentences(self, mirrored: U8) -> tuple[I32, F32]:
        """The similar sentences of all pairs by their numbers in the articles' `Tokens`, sorted, and their cosine.

        `mirrored`: shape (p,), 1 for the pairs whose right article comes first.
        """
        similar, articles = self.candidates.sentences, self.articles
        counts = sizes_of(similar.offsets)
        base = articles.offsets[:, SENTENCES] + np.arange(len(articles.offsets))
        numbers: I32 = articles.sentences[:, NUMBER][np.repeat(base[self.pairs], counts, axis=0) + similar.sentences]
        if not mirrored.any():
            return numbers, similar.cosine
        turned = np.repeat(mirrored, counts).astype(bool)
        numbers = np.where(turned[:, None], numbers[:, ::-1], numbers)
        order = np.lexsort((numbers[:, 1], numbers[:, 0], np.repeat(np.arange(len(counts)), counts)))
        return np.ascontiguousarray(numbers[order]), similar.cosine[order]
