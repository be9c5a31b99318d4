"""How common words, stems and features are: in a news background that ships, and in the corpus at hand.

The file (`dedup/data/frequencies.bin`, made by `benchmarks/training/build_frequencies.py`) is one line of JSON -
provenance, sizes and where each array starts, from the first multiple of 64 after that line - and the arrays as they
lie in memory. It holds hashes and rounded counts only. Why it is no part of the `background` of n-grams stands there.

Public: `shipped`, `Frequencies`, `CountTable`, `CorpusSample`, `CorpusCounts`, `rounded`, `to_bytes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I32, I64, U8, U32, U64
from dedup.compiled.decorators import kernel
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT, finished, pair_hash
from dedup.language.sorted_keys import rows_of, starts_of
from dedup.resources import resource

FORMAT = "dedup-frequencies-1"
ALIGNMENT = 64  # bytes

STEPS = 11  # of a rounded count in an octave: 6.5 % apart, and 2^23 still fits a byte
TOO_COMMON = 0.02  # features in a larger share of the articles are dropped: their posting lists are the longest
LEAST_CORPUS = 1000  # distinct articles before the corpus alone may drop a feature: 2 % are 20 articles then
UNSEEN = 0.5  # occurrences assumed for a word that the background does not know
HEAVIEST_CLASS = 255
SAMPLE_ARTICLES = 4096  # a feature in 2 % of the corpus is in 82 of them, give or take 9


def rounded(counts: NDArray[Any]) -> U8:
    """Return counts as bytes on a logarithmic scale; 0 stays 0."""
    steps = 1 + np.rint(STEPS * np.log2(np.maximum(counts, 1))).astype(np.int64)
    return np.where(counts > 0, np.minimum(steps, 255), 0).astype(np.uint8)


@lru_cache(maxsize=1)
def _counts_of_bytes() -> U32:
    counts = np.rint(2.0 ** ((np.arange(256) - 1) / STEPS)).astype(np.uint32)
    counts[0] = 0
    return counts


@kernel
def count_cells(words: U64, offsets: I64, seen: I32, counts: U32) -> None:
    """Add to each cell in how many articles one of its features stands; words and adjacent pairs are features.

    `seen`, of the same length, is the number of the last such article, -1 to begin with.
    """
    for article in range(len(offsets) - 1):
        for i in range(offsets[article], offsets[article + 1]):
            word = words[i] >> np.uint64(CLASS_SHIFT)
            if seen[word] != article:
                seen[word] = article
                counts[word] += 1
            if i + 1 < offsets[article + 1]:
                pair = pair_hash(words[i], words[i + 1]) >> np.uint64(CLASS_SHIFT)
                if seen[pair] != article:
                    seen[pair] = article
                    counts[pair] += 1


@dataclass(frozen=True, eq=False)
class CountTable:
    """Counts by hash. Shapes: `n` rows, sorted; the last element of the counts is that of anything else, 0.

    Sorted keys rather than a hash table (`tables`): a strange word is taken for one of 62,000 once in 70,000 look-ups,
    not once in 8,000, at six bytes a word instead of five.
    """

    fingerprints: U32  # (n,) top half of the hash
    documents: U32  # (n + 1,) articles with it
    occurrences: U32  # (n + 1,)

    @cached_property
    def starts(self) -> U32:
        """Return `starts_of` the fingerprints."""
        return starts_of(self.fingerprints)

    def rows(self, hashes: U64) -> I64:
        """Return the row of each hash; -1, the last element of the counts, for one that is not there."""
        rows: I64 = rows_of(self.starts, self.fingerprints, np.ascontiguousarray(hashes, np.uint64))
        return rows


@dataclass(frozen=True, eq=False)
class CorpusCounts:
    """In how many of a corpus' (distinct, sampled) articles the features of each cell stand."""

    documents: int
    cells: U32  # (2^CLASS_BITS,)


@dataclass(frozen=True, eq=False)
class Frequencies:
    """Counts of words and stems in news, and the weights of the features of the weighted MinHash."""

    documents: int  # articles in the background
    tokens: int  # running words in it
    words: CountTable
    stems: CountTable
    cells: U8  # (2^CLASS_BITS,) rounded document count of the most frequent feature of each cell
    provenance: dict[str, Any] = field(default_factory=dict)
    corpus: CorpusCounts | None = None

    def word_documents(self, hashes: U64) -> U32:
        """Return how many background articles have each word, rounded, 0 for fewer than three; (n,) -> (n,)."""
        return self.words.documents[self.words.rows(hashes)]

    def stem_documents(self, stems: U64) -> U32:
        """Return how many background articles have each stem, rounded, 0 for fewer than three; (n,) -> (n,)."""
        return self.stems.documents[self.stems.rows(stems)]

    def word_probability(self, hashes: U64) -> F32:
        """Return the share of the running words that are each word; shape (n,) -> (n,), all above 0."""
        return self.word_shares[self.words.rows(hashes)]

    def stem_probability(self, stems: U64) -> F32:
        """Return the share of the running words that have each stem; shape (n,) -> (n,), all above 0."""
        return self.stem_shares[self.stems.rows(stems)]

    @cached_property
    def word_shares(self) -> F32:
        """Return the probability of the word of each row of `words`, then that of any other word; (n + 1,)."""
        return (np.maximum(self.words.occurrences, UNSEEN) / self.tokens).astype(np.float32)

    @cached_property
    def stem_shares(self) -> F32:
        """Return the probability of the stem of each row of `stems`, then that of any other stem; (n + 1,)."""
        return (np.maximum(self.stems.occurrences, UNSEEN) / self.tokens).astype(np.float32)

    @cached_property
    def feature_classes(self) -> U8:
        """Return the weight, 1..255, of the features of each cell, 0 where over 2 % of the articles have one; (2^20,).

        Weights are squared inverse document frequencies. With a corpus, counts are those of background and corpus
        together, and a feature in over 2 % of a corpus of at least `LEAST_CORPUS` articles is dropped too, however rare
        it is in the background.
        """
        background = _counts_of_bytes()[self.cells].astype(np.float64)
        common = background > TOO_COMMON * self.documents
        total, documents = background, self.documents
        if self.corpus is not None:
            total, documents = background + self.corpus.cells, self.documents + self.corpus.documents
            if self.corpus.documents >= LEAST_CORPUS:
                common |= self.corpus.cells > TOO_COMMON * self.corpus.documents
        weight = np.log((documents + 1) / (total + 1)) ** 2
        classes = np.rint(weight * (HEAVIEST_CLASS / np.log(documents + 1) ** 2))
        return np.where(common, 0, np.clip(classes, 1, HEAVIEST_CLASS)).astype(np.uint8)

    def blended(self, corpus: CorpusCounts) -> Frequencies:
        """Return these frequencies with the features of a corpus counted in; words and stems stay as they are."""
        return replace(self, corpus=corpus)

    @staticmethod
    def shipped() -> Frequencies:
        """Return the frequencies that come with the package, read once."""
        return shipped()

    @staticmethod
    def read(data: bytes) -> Frequencies:
        """Return the frequencies of the bytes of a file. Raises `ValueError` for another format."""
        head, _, _ = data.partition(b"\n")
        about = orjson.loads(head)
        if about.get("format") != FORMAT:
            raise ValueError(f"frequencies have the format {about.get('format')!r}, not {FORMAT!r}")
        start = -(-(len(head) + 1) // ALIGNMENT) * ALIGNMENT
        array = {
            name: np.frombuffer(data, kind, size, start + place)
            for name, (kind, size, place) in about["arrays"].items()
        }
        counts = _counts_of_bytes()
        words, stems = (
            CountTable(
                array[f"{kind}_fingerprints"],
                np.minimum(counts, about["documents"])[np.append(array[f"{kind}_documents"], np.uint8(0))],
                counts[np.append(array[f"{kind}_occurrences"], np.uint8(0))],
            )
            for kind in ("word", "stem")
        )
        return Frequencies(about["documents"], about["tokens"], words, stems, array["cells"], about)


@lru_cache(maxsize=1)
def shipped() -> Frequencies:
    """Return the frequencies that come with the package, read once."""
    return Frequencies.read(resource("frequencies.bin").read_bytes())


def to_bytes(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return a file's bytes; the inverse of `Frequencies.read`."""
    places, parts, offset = {}, [], 0
    for name, array in arrays.items():
        places[name] = (array.dtype.str, array.size, offset)
        parts.append(array.tobytes() + bytes(-array.nbytes % ALIGNMENT))
        offset += len(parts[-1])
    head = orjson.dumps({"format": FORMAT, **about, "arrays": places}) + b"\n"
    return head + bytes(-len(head) % ALIGNMENT) + b"".join(parts)


class CorpusSample:
    """The features of a corpus from a sample of its distinct articles that does not depend on their order.

    Of the articles added, those with the smallest hash of their words stay; articles with the same words count once.
    """

    def __init__(self, articles: int = SAMPLE_ARTICLES) -> None:
        self._most = articles
        self._kept: dict[int, U64] = {}
        self._limit = 1 << 64  # keys from here on are not wanted any more

    def add(self, words: U64, offsets: I64) -> None:
        """Offer the articles of a batch: flat token hashes and where each article's begin, (articles + 1,)."""
        keys = article_keys(words, offsets)
        for i in np.flatnonzero(keys < np.uint64(self._limit - 1)).tolist():
            if offsets[i] < offsets[i + 1]:
                self._kept.setdefault(int(keys[i]), words[offsets[i] : offsets[i + 1]].copy())
        if len(self._kept) > 2 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        keys = sorted(self._kept)[: self._most]
        self._kept = {key: self._kept[key] for key in keys}
        self._limit = keys[-1] + 1 if len(keys) == self._most else self._limit

    def counts(self) -> CorpusCounts:
        """Return the document counts of the sample."""
        self._shrink()
        cells = np.zeros(1 << CLASS_BITS, np.uint32)
        if self._kept:
            articles = list(self._kept.values())
            offsets = np.cumsum([0, *(len(words) for words in articles)], dtype=np.int64)
            count_cells(np.concatenate(articles), offsets, np.full(len(cells), -1, np.int32), cells)
        return CorpusCounts(len(self._kept), cells)


def article_keys(words: U64, offsets: I64) -> U64:
    """Return one 64-bit hash of each article's bag of words, shape (articles,)."""
    bag = np.zeros(len(offsets) - 1, np.uint64)
    full = offsets[:-1] < offsets[1:]  # `reduceat` gives an empty range the word after it
    bag[full] = np.add.reduceat(words[: offsets[-1]], offsets[:-1][full]) if full.any() else 0
    return finished(bag)
