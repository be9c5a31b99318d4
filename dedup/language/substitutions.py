"""The words that may belong where another word stands: WordNet, swaps learnt from spinners, co-occurrence neighbours.

The table is built by `benchmarks/training/build_synonyms.py`; wrong words are kept as hashes only, expected ones as
words.

Public: `Synonyms`, `shipped`, `load`, the source bits `WORDNET`, `LEARNT`, `CURATED`, `NEIGHBOUR`, and for sorted
hashes `buckets`, `row_of`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import U8, U16, U32, U64
from dedup.compiled.decorators import kernel
from dedup.resources import resource

WORDNET, LEARNT, CURATED, NEIGHBOUR = 1, 2, 4, 8  # where an alternative comes from; bits

TOP_BITS = 16  # the first bits of a hash choose the range of `keys` that is searched: half a key on average


class Synonyms(NamedTuple):
    """Alternatives of `n` words among `t` expected words, `m` in all; the arrays go into compiled code as they are."""

    first: U32  # (2**16 + 1,) where the keys with these first 16 bits begin
    keys: U64  # (n,) sorted hashes of the words that may be wrong
    offsets: U32  # (n + 1,) where the alternatives of a key begin
    targets: U16  # (m,) number of the expected word
    sources: U8  # (m,) bits of its sources
    hashes: U64  # (t,) hash of each expected word
    words: U8  # UTF-8 of the expected words, a line each, sorted

    def word(self, target: int) -> str:
        """The expected word of a number."""
        return _words()[target] if self is shipped() else bytes(self.words).decode().split("\n")[target]

    def alternatives(self, wrong: int) -> list[tuple[str, int]]:
        """Expected words and source bits for the hash of a word; empty where nothing is known."""
        at = int(np.searchsorted(self.keys, np.uint64(wrong)))
        if at == len(self.keys) or int(self.keys[at]) != wrong:
            return []
        row = range(int(self.offsets[at]), int(self.offsets[at + 1]))
        return [(self.word(int(self.targets[i])), int(self.sources[i])) for i in row]


@kernel
def row_of(first: U32, keys: U64, wanted: np.uint64) -> np.int64:
    """Row of a word's hash in the sorted `keys`, or -1."""
    bucket = np.int64(wanted >> np.uint64(64 - TOP_BITS))
    for at in range(np.int64(first[bucket]), np.int64(first[bucket + 1])):
        if keys[at] == wanted:
            return np.int64(at)
    return np.int64(-1)


def buckets(keys: U64) -> U32:
    """Where the sorted `keys` with each first 16 bits begin: shape (2**16 + 1,), for `row_of`."""
    edges = np.arange(1, 1 << TOP_BITS, dtype=np.uint64) << np.uint64(64 - TOP_BITS)
    return np.concatenate([[0], np.searchsorted(keys, edges), [len(keys)]]).astype(np.uint32)


def load(path: Path) -> Synonyms:
    """Read a table written by `benchmarks/training/build_synonyms.py`."""
    with np.load(path) as file:
        names = ("keys", "offsets", "targets", "sources", "target_hashes", "words")
        return Synonyms(buckets(file["keys"]), *(file[name] for name in names))


@cache
def shipped() -> Synonyms:
    """The table that comes with the package; read once."""
    return load(resource("synonyms.npz"))


@cache
def _words() -> list[str]:
    return bytes(shipped().words).decode().split("\n")
