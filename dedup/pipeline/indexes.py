"""Opens an index and hands it the stages that a scan uses: the same keys, the same verdicts.

Public: `open_index`, `IndexStages`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from dedup.candidates.bands import NO_KEY, band_keys
from dedup.candidates.join import class_rarity
from dedup.checks import require, require_article
from dedup.compiled.arrays import I64, U8, U16, U32, U64
from dedup.compiled.hashing import CLASS_BITS, CLASS_SHIFT
from dedup.config import Config, settings
from dedup.errors import IndexDamaged, InputError
from dedup.index.articles import ArticleIndex
from dedup.index.folder import FILE as MANIFEST
from dedup.index.layout import KeyColumns
from dedup.judge import Prepared
from dedup.language.frequencies import CorpusSample, Frequencies
from dedup.pipeline.index_languages import IndexLanguages
from dedup.pipeline.single import score_prepared
from dedup.pipeline.verifier import Verifier
from dedup.records import Article, Match
from dedup.sketch import SHINGLES, WEIGHTED, digests, shingle_signatures, weighted_signatures
from dedup.sketch.spec import weights_digest
from dedup.text import hash_bytes, join_texts, tokenise_bytes
from dedup.text.boilerplate import NO_LINES, RepeatedLines
from dedup.translation.translator import installed, translator

# A scan joins all bands. The weighted slots find what these find (benchmarks/speed/index.py, recall), and 8 bytes
# each count.
MOST_BANDS = 16
SLOT_SHIFT = CLASS_SHIFT - 32  # a slot shows the high half of its feature


def _key(halves: U64) -> U32:
    """Return the low half of each; what would mean no key becomes its neighbour."""
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
        """Return the stages of an index from what it stores. Raises `IndexDamaged`."""
        raw, cells = weights, 1 << CLASS_BITS
        if len(raw) < cells or (len(raw) - cells) % 8:
            raise IndexDamaged(f"the stored weights have {len(raw)} bytes, not {cells} and repeated lines")
        return IndexStages(config, np.frombuffer(raw, np.uint8, cells), np.frombuffer(raw, np.uint64, -1, cells))

    def weights(self) -> bytes:
        """Return the table of IDF classes and the repeated lines."""
        return self._classes.tobytes() + self._repeated.tobytes()

    def specification(self) -> dict[str, Any]:
        """Return everything that decides the keys, by name."""
        weighted = replace(WEIGHTED, weights=weights_digest(self._classes))
        named = {"weighted": asdict(weighted), "shingles": asdict(SHINGLES)}
        flat = {f"{part}.{name}": value for part, fields in named.items() for name, value in fields.items()}
        return {**flat, "band_rows": self.rule.band_rows, "bands": self.columns.bands}

    def across(self, kept: bool) -> IndexLanguages | None:
        """Return the search across languages, None where it is off; `kept` says whether the index keeps vectors."""
        wanted = self._config.languages
        if wanted is None and not (kept and installed()):
            return None
        chosen = translator(wanted, self._config.translation)
        return None if chosen is None else IndexLanguages(chosen)

    def relearnt(self, batches: Iterable[Sequence[Article]]) -> IndexStages:
        """Return the same stages with the weights and repeated lines that a scan of these articles would use."""
        sample, lines = CorpusSample(), RepeatedLines()
        for articles in batches:
            batch = tokenise_bytes(*join_texts(a.text for a in articles))
            sample.add(batch.hashes, batch.word_offsets)
            lines.add(batch, [a.source for a in articles])
        frequencies = Frequencies.shipped().blended(sample.counts())
        return IndexStages(self._config, frequencies.feature_classes, lines.find())

    def sketch(self, texts: Sequence[str]) -> U32:
        """Return keys (n, k) of many texts."""
        return self.keys_of(*hash_bytes(*join_texts(texts)))

    def keys_of(self, words: U64, offsets: I64) -> U32:
        """Return the keys (n, k) of many articles from the hashes of their words (`hash_bytes`)."""
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
        """Return one article; what it takes to search and to verify is made when it is asked for.

        Raises `UsageError` for anything else than an article with an id. Its own score, which only helps to tell the
        original where dates do not, is made when it is asked for, too.
        """
        require_article("an index", article)
        return self._verifier.prepare(article, score_prepared)

    def keys(self, prepared: Prepared) -> U32:
        """Return the keys (k,) of one article."""
        one: U32 = self.keys_of(prepared.hashes, np.array([0, len(prepared.hashes)], np.int64))[0]
        return one

    def rarity(self, keys: U32) -> U16:
        """Return rarity (slots,) of what each weighted slot shows, in thousandths."""
        rarity: U16 = self._rarity[self._classes[keys[: self.columns.slots] >> np.uint32(SLOT_SHIFT)]]
        return rarity

    def same_words(self, left: Prepared, right: Prepared) -> bool:
        """Return whether they are exact copies."""
        return np.array_equal(left.hashes, right.hashes)

    def resemble(self, left: Prepared, right: Prepared) -> bool:
        """Return whether the estimated resemblance of their word 5-grams reaches the threshold."""
        equal = int((left.signature == right.signature).sum())
        return equal >= max(1, int(np.ceil(self.rule.resemblance * SHINGLES.slots)))

    def verify(self, left: Prepared, right: Prepared) -> Match | None:
        """Return the verdict of the pipeline; None where nothing is reused."""
        return self._verifier.match(left, right)


def is_index(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is the folder of an index."""
    return (Path(path) / MANIFEST).exists()


def _check_folder(path: str | os.PathLike[str], create: bool) -> None:
    if "://" in os.fspath(path):
        raise InputError(f"{os.fspath(path)} is a URL: an index is kept in a folder of this machine, "
                         "an archive at a URL by the engine spark (--engine spark)")  # fmt: skip
    if not create and not is_index(path):
        raise InputError(f"{os.fspath(path)} is no index: it holds no {MANIFEST}")


def open_index(
    path: str | os.PathLike[str] | None,
    durability: str = "full",
    text_of: Callable[[str], str | None] | None = None,
    config: Config | None = None,
    *,
    threshold: float | None = None,
    related: bool | None = None,
    languages: bool | None = None,
    create: bool = True,
) -> ArticleIndex:
    """Return the index in a folder, which is made if there is none: a pile of articles that is asked about new ones.

    Parameters:
        path: The folder; None keeps everything in memory.
        durability: "full" syncs every write to the disk before it returns, "batch" a hundred at a time.
        text_of: Gives the text of an id, None where there is none: an index made with it keeps no texts itself.
        config: The settings of a scan, of which the index uses `candidates`, `align`, `judge` and `translation`.
        threshold: Least probability, 0 to 1, at which one article is called a copy of another (default .5).
        related: Whether pairs on one subject that reuse nothing are matches too.
        languages: Whether translations are found, which needs the extra `languages`: with True, vectors are kept of
            each article that is added from now on, and `add_many` makes those of articles that have none. By default
            an index goes on with what it does.
        create: Whether an index is made where there is none.

    Returns:
        An `ArticleIndex`, to be used as a context manager or closed: `check` and `add` give the matches of an article,
        the same as those of a scan.

    Raises:
        UsageError: An argument is of the wrong type.
        ConfigError: A setting is out of its range.
        InputError: There is no index and `create` is false; or the path is a URL.
        MissingPackage: `languages` is True and the extra is not installed.
        IndexMismatch: The index was built with another specification; names each field that differs.
        IndexDamaged: A file of the index fails its checksum.

    >>> import dedup
    >>> text = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> with dedup.open_index(None) as index:
    ...     matches = index.add(dedup.Article("a", text))
    ...     [match.kind.value for match in index.check(dedup.Article("b", text))]
    ['exact']
    """
    require("open_index", path, (str, os.PathLike, type(None)), "the path of a folder, or None")
    chosen = settings("open_index", config, threshold=threshold, related=related, languages=languages)
    if path is not None:
        _check_folder(path, create)
    if chosen.languages:
        translator(True, chosen.translation)  # nothing is made where it cannot be had

    def make(weights: bytes | None) -> IndexStages:
        if weights is None:
            return IndexStages(chosen, Frequencies.shipped().feature_classes)
        return IndexStages.stored(chosen, weights)

    return ArticleIndex(None if path is None else Path(path), make, durability, text_of)
