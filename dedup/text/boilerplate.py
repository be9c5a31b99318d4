"""Boilerplate: share buttons, comment forms, teasers, credits, and lines that come back on a site's pages.

Public: `mark`, `mark_batch`, `RepeatedLines`, `repeated_lines`, `hash_lines`, `line_hashes`.

Words of boilerplate get `Flag.BOILERPLATE`; nothing is
taken out. The phrases are data (`dedup/data/boilerplate.tsv`). An article is never marked as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.hashing import hash_word
from dedup.records import Tokens
from dedup.resources import resource
from dedup.text import boilerplate_kernel as kernel
from dedup.text.tokeniser import TokenBatch, readable, tokenise

KINDS = {
    "line": kernel.LINE, "start": kernel.START, "colon": kernel.COLON, "end": kernel.END, "credit": kernel.CREDIT,
    "comments": kernel.COMMENTS, "related": kernel.RELATED,
}  # fmt: skip
NO_LINES = np.empty(0, np.uint64)
MASK = (1 << 64) - 1


def sequence_hash(words: Sequence[int]) -> int:
    """Hash of a sequence of word hashes, as the kernel has it."""
    sequence = int(kernel.SEED)
    for word in words:
        product = (sequence ^ word) * int(kernel.MIX)
        sequence = (((product & MASK) ^ (product >> 64)) + int(kernel.SEED)) & MASK
    return sequence


@lru_cache(maxsize=1)
def _phrases() -> tuple[U64, U8]:
    """The phrases as a table with open addressing: hashes, 0 in empty cells, and kinds."""
    keys, kinds = np.zeros(1 << kernel.TABLE_BITS, np.uint64), np.zeros(1 << kernel.TABLE_BITS, np.uint8)
    for row in resource("boilerplate.tsv").read_text("utf-8").splitlines():
        if row.startswith("#"):
            continue
        kind, phrase = row.split("\t")
        words: list[int] = []
        for part in phrase.split(" "):
            words += [int(kernel.NUMBER)] if part == "#" else tokenise(part).hashes.tolist()
        key = sequence_hash(words)
        slot = key >> 20 & (1 << kernel.TABLE_BITS) - 1
        while keys[slot] not in (0, key):
            slot = (slot + 1) & (1 << kernel.TABLE_BITS) - 1
        keys[slot], kinds[slot] = key, kinds[slot] | KINDS[kind]
    return keys, kinds


@lru_cache(maxsize=4096)
def _source_hash(source: str | None) -> int:
    return hash_word((source or "").casefold().encode("utf-8", "surrogatepass"))


def source_keys(sources: Sequence[str | None] | None, articles: int) -> U64:
    """Return a key (articles,) of the source of each article."""
    if sources is None:
        return np.zeros(articles, np.uint64)
    return np.fromiter(map(_source_hash, sources), np.uint64, articles)


def mark_batch(batch: TokenBatch, sources: Sequence[str | None] | None = None, repeated: U64 = NO_LINES) -> None:
    """Set `Flag.BOILERPLATE` in the flags of a batch, from the phrases and from the `repeated` lines of its sources."""
    keys, kinds = _phrases()
    label = np.uint64(hash_word(b"advertisement"))
    kernel.mark_batch(
        batch.blob, batch.offsets, batch.hashes, batch.starts, batch.ends, batch.flags, batch.word_offsets, keys, kinds,
        label, source_keys(sources, len(batch)), np.ascontiguousarray(repeated),
    )  # fmt: skip


def _as_batch(tokens: Tokens) -> TokenBatch:
    blob, offsets = readable(np.frombuffer(tokens.data, np.uint8), np.array([0, len(tokens.data)], np.uint64))
    hashes, stems = np.ascontiguousarray(tokens.hashes), np.ascontiguousarray(tokens.stems)
    starts, ends = np.ascontiguousarray(tokens.starts), np.ascontiguousarray(tokens.ends)
    columns = (hashes, stems, starts, ends, tokens.flags.copy())
    bounds = np.array([0, len(tokens)], np.int64)
    return TokenBatch(blob, offsets, *columns, bounds, tokens.sentences, np.array([0, len(tokens.sentences)], np.int64))


def mark(tokens: Tokens, source: str | None = None, repeated: U64 = NO_LINES) -> Tokens:
    """The same tokens with `Flag.BOILERPLATE` set where they are boilerplate (and nowhere else)."""
    batch = _as_batch(tokens)
    mark_batch(batch, [source], repeated)
    return replace(tokens, flags=batch.flags)


def hash_lines(batch: TokenBatch, sources: U64) -> tuple[U64, NDArray[np.int64], U32]:
    """Return the keys of all lines (l,), where each article's begin (n + 1,), and the articles' bodies."""
    lines = np.empty(int((batch.flags & kernel.F_LINE > 0).sum()), np.uint64)
    offsets = np.empty(len(batch) + 1, np.int64)
    bodies = np.empty((len(batch), kernel.BODY_KEYS), np.uint32)
    kernel.hash_lines(batch.hashes, batch.flags, batch.word_offsets, sources, lines, offsets, bodies)
    return lines[: offsets[-1]], offsets, bodies


def line_hashes(tokens: Tokens, source: str | None = None) -> U64:
    """A hash of each line (of at most 60 words) together with the source, as `mark` looks for them."""
    return hash_lines(_as_batch(tokens), source_keys([source], 1))[0]


class RepeatedLines:
    """Finds the lines that come back in different articles of one source.

    A line counts once for all versions of one article: articles whose longer lines agree in `SAME_KEYS` of `BODY_KEYS`
    smallest hashes. So thousands of copies of one article have no repeated lines. The order of articles does not
    matter.
    """

    def __init__(self) -> None:
        self._lines: list[U64] = []
        self._counts: list[NDArray[np.int64]] = []
        self._bodies: list[U32] = []
        self._sources: list[U64] = []

    def add(self, batch: TokenBatch, sources: Sequence[str | None]) -> None:
        """Note the lines of a batch; articles without a source are left out."""
        named = source_keys(sources, len(batch))
        lines, offsets, bodies = hash_lines(batch, named)
        known = np.array([source is not None for source in sources], bool)
        counts = np.diff(offsets)
        self._lines.append(lines[np.repeat(known, counts)])
        self._counts.append(counts[known])
        self._bodies.append(bodies[known])
        self._sources.append(named[known])

    def find(self) -> U64:
        """Sorted keys of the repeated lines, for `mark`."""
        if not self._lines or not sum(map(len, self._lines)):
            return NO_LINES
        lines, counts = np.concatenate(self._lines), np.concatenate(self._counts)
        bodies, sources = np.concatenate(self._bodies), np.concatenate(self._sources)
        articles = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
        _, inverse, sizes = np.unique(sources, return_inverse=True, return_counts=True)
        return repeated_lines(lines, articles, bodies, sizes[inverse])


def repeated_lines(lines: U64, articles: U32, bodies: U32, sizes: NDArray[np.int64]) -> U64:
    """Return the sorted keys of the lines (l,) that stand in enough different articles of their source.

    `articles` (l,) says in which of n articles each stands; `bodies` (n, BODY_KEYS) and `sizes` (n,), the number of
    articles of its source, are theirs. Lines may be divided by their keys.
    """
    least = np.maximum(kernel.LEAST_REPEATS, np.ceil(kernel.LEAST_REPEAT_SHARE * sizes)).astype(np.int64)
    rank = np.empty(len(bodies), np.int64)
    rank[np.lexsort(bodies.T)] = np.arange(len(bodies))  # not the order in which the articles came
    order = np.lexsort((rank[articles], lines))
    out = np.empty(len(lines), np.uint64)
    return out[: kernel.repeated_lines(lines[order], articles[order], bodies, least, out)].copy()
