"""Opens an index and hands it the stages that a scan uses: the same keys, the same verdicts.

Public: `open_index`, `IndexStages`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dedup.candidates.bands import NO_KEY, band_keys
from dedup.candidates.join import Stage, class_rarity
from dedup.compiled.arrays import I64, U8, U16, U32, U64
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT
from dedup.config import Config
from dedup.errors import IndexDamaged
from dedup.index.articles import ArticleIndex
from dedup.index.layout import KeyColumns
from dedup.judge.original import by_date
from dedup.language.background import Background, shipped_background
from dedup.language.counting import build_background
from dedup.language.frequencies import CorpusSample, Frequencies
from dedup.pipeline.verifier import Ready, Verifier
from dedup.records import Article, Kind, Match, Tokens
from dedup.scoring import score_tokens
from dedup.sketch import SHINGLES, WEIGHTED, digests, shingle_signatures, weighted_signatures
from dedup.sketch.spec import weights_digest
from dedup.text import hash_bytes, join_texts, tokenise, tokenise_bytes
from dedup.text.boilerplate import NO_LINES, RepeatedLines, mark

# A scan joins all bands. The weighted slots find what these find (benchmarks/speed/index.py, recall), and 8 bytes
# each count.
MOST_BANDS = 16
SLOT_SHIFT = CLASS_SHIFT - 32  # a slot shows the high half of its feature


@dataclass(frozen=True, eq=False)
class Prepared:
    """One article: its words, and what its pairs need once there are any."""

    article: Article
    verifier: Verifier

    @cached_property
    def tokens(self) -> Tokens:
        """Its words."""
        return tokenise(self.article.text)

    @cached_property
    def ready(self) -> Ready:
        """What the judge needs of it."""
        return self.verifier.ready(self.article)

    @cached_property
    def scored(self) -> Ready:
        """The same with its own score."""
        return replace(self.ready, score=score_tokens(self.ready.prepared.tokens, self.article.text))

    @cached_property
    def offsets(self) -> I64:
        """Where the only article of the batch begins and ends."""
        return np.array([0, len(self.tokens)], np.int64)

    @cached_property
    def shingles(self) -> U32:
        """Classic signature (slots,)."""
        signature: U32 = shingle_signatures(self.tokens.hashes, self.offsets)[0]
        return signature


def _key(halves: U64) -> U32:
    """The low half of each; what would mean no key becomes its neighbour."""
    keys: U32 = np.minimum(halves & np.uint64(0xFFFFFFFF), np.uint64(NO_KEY - 1)).astype(np.uint32)
    return keys


class IndexStages:
    """`dedup.index.stages.Stages` out of the stages of the pipeline."""

    def __init__(self, config: Config, classes: U8, repeated: U64 = NO_LINES) -> None:
        """`classes` (2^20,) are the IDF classes, `repeated` the lines that come back on the pages of a site."""
        self.rule = config.candidates
        self.columns = KeyColumns(WEIGHTED.slots, min(MOST_BANDS, SHINGLES.slots // self.rule.band_rows))
        self._config, self._classes, self._repeated = config, classes, repeated
        self._rarity = class_rarity()
        self._verifier = Verifier(Frequencies.shipped(), config, repeated)

    @staticmethod
    def stored(config: Config, weights: bytes) -> IndexStages:
        """The stages of an index from what it stores. Raises `IndexDamaged`."""
        raw, cells = weights, 1 << CLASS_BITS
        if len(raw) < cells or (len(raw) - cells) % 8:
            raise IndexDamaged(f"the stored weights have {len(raw)} bytes, not {cells} and repeated lines")
        return IndexStages(config, np.frombuffer(raw, np.uint8, cells), np.frombuffer(raw, np.uint64, -1, cells))

    def weights(self) -> bytes:
        """The table of IDF classes and the repeated lines."""
        return self._classes.tobytes() + self._repeated.tobytes()

    def specification(self) -> dict[str, Any]:
        """Everything that decides the keys, by name."""
        weighted = replace(WEIGHTED, weights=weights_digest(self._classes))
        named = {"weighted": asdict(weighted), "shingles": asdict(SHINGLES)}
        flat = {f"{part}.{name}": value for part, fields in named.items() for name, value in fields.items()}
        return {**flat, "band_rows": self.rule.band_rows, "bands": self.columns.bands}

    def relearnt(self, batches: Iterable[Sequence[Article]]) -> IndexStages:
        """The same stages with the weights and repeated lines that a scan of these articles would use."""
        sample, lines = CorpusSample(), RepeatedLines()
        for articles in batches:
            batch = tokenise_bytes(*join_texts(a.text for a in articles))
            sample.add(batch.hashes, batch.word_offsets)
            lines.add(batch, [a.source for a in articles])
        frequencies = Frequencies.shipped().blended(sample.counts())
        return IndexStages(self._config, frequencies.feature_classes, lines.find())

    def sketch(self, texts: Sequence[str]) -> U32:
        """Keys (n, k) of many texts."""
        return self._keys(*hash_bytes(*join_texts(texts)))

    def _keys(self, words: U64, offsets: I64) -> U32:
        shingles = shingle_signatures(words, offsets)
        digest = _key(digests(words, offsets)[:, :1])
        keys = np.concatenate(
            [
                weighted_signatures(words, offsets, self._classes),
                band_keys(shingles, self.rule.band_rows, self.columns.bands),
                digest,
            ],
            axis=1,
        )
        keys[offsets[1:] == offsets[:-1]] = NO_KEY  # without words: nobody's candidate
        return keys

    def prepare(self, article: Article) -> Prepared:
        """One article; what it takes to search and to verify is made when it is asked for."""
        return Prepared(article, self._verifier)

    def keys(self, prepared: Prepared) -> U32:
        """Keys (k,) of one article."""
        one: U32 = self._keys(prepared.tokens.hashes, prepared.offsets)[0]
        return one

    def rarity(self, keys: U32) -> U16:
        """Rarity (slots,) of what each weighted slot shows, in thousandths."""
        rarity: U16 = self._rarity[self._classes[keys[: self.columns.slots] >> np.uint32(SLOT_SHIFT)]]
        return rarity

    def same_words(self, left: Prepared, right: Prepared) -> bool:
        """Whether they are exact copies."""
        return np.array_equal(left.tokens.hashes, right.tokens.hashes)

    def resemble(self, left: Prepared, right: Prepared) -> bool:
        """Whether the estimated resemblance of their word 5-grams reaches the threshold."""
        equal = int((left.shingles == right.shingles).sum())
        return equal >= max(1, int(np.ceil(self.rule.resemblance * SHINGLES.slots)))

    def verify(self, left: Prepared, right: Prepared, stage: Stage) -> Match | None:
        """The verdict of the pipeline; None where nothing is reused.

        The articles' own scores only help to tell the original where dates do not: they are made when that is asked.
        """
        match = self._verifier.match(left.ready, right.ready)
        if match is None or match.kind is Kind.EXACT or by_date(left.article, right.article):
            return match
        return self._verifier.match(left.scored, right.scored)


def learn_background(index: ArticleIndex) -> Background:
    """What the articles of an index say of ordinary wording, on top of the shipped background.

    Counts words, pairs and triples anew, some 2 M words a second; for `score_tokens`, or `save_background`.
    """
    own = build_background(mark(tokenise(article.text), article.source, NO_LINES) for article in index)
    return Background.stack(shipped_background(), own)


def open_index(
    path: str | os.PathLike[str] | None,
    durability: str = "full",
    text_of: Callable[[str], str | None] | None = None,
    config: Config | None = None,
) -> ArticleIndex:
    """The index in a folder, which is made if there is none; None keeps everything in memory.

    Use it as a context manager, or close it. `durability`: "full" syncs every write to the disk before it returns,
    "batch" a hundred at a time. `text_of` gives the text of an id: an index made with it keeps no texts. `config` is
    that of a scan. Raises `IndexMismatch` naming each field of the sketch specification that differs, `IndexDamaged`.
    """
    settings = config or Config()

    def make(weights: bytes | None) -> IndexStages:
        if weights is None:
            return IndexStages(settings, Frequencies.shipped().feature_classes)
        return IndexStages.stored(settings, weights)

    return ArticleIndex(None if path is None else Path(path), make, durability, text_of)
