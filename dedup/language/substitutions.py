"""The words that may belong where another word stands: WordNet, swaps learnt from spinners, co-occurrence neighbours.

The table is built by `benchmarks/training/build_substitutions.py`; wrong words are kept as hashes only, expected ones
as words.

Public: `Substitutions`, `shipped`, `load`, the source bits `WORDNET`, `LEARNT`, `CURATED`, `NEIGHBOUR`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import U8, U16, U32, U64
from dedup.compiled.hashing import SPREAD, mixed
from dedup.language.sorted_keys import starts_of
from dedup.resources import resource

WORDNET, LEARNT, CURATED, NEIGHBOUR = 1, 2, 4, 8  # where an alternative comes from; bits


class Substitutions(NamedTuple):
    """Alternatives of `n` words among `t` expected words, `m` in all; the arrays go into compiled code as they are."""

    first: U32  # (2**16 + 1,) `starts_of` the keys
    keys: U64  # (n,) sorted hashes of the words that may be wrong
    offsets: U32  # (n + 1,) where the alternatives of a key begin
    targets: U16  # (m,) number of the expected word
    sources: U8  # (m,) bits of its sources
    hashes: U64  # (t,) hash of each expected word
    parts: U64  # (t, 2) the same as the first word of a pair, and as the second: the inner part of `join`
    words: U8  # UTF-8 of the expected words, a line each, sorted

    def word(self, target: int) -> str:
        """Return the expected word of a number."""
        return _words()[target] if self is shipped() else bytes(self.words).decode().split("\n")[target]

    def alternatives(self, wrong: int) -> list[tuple[str, int]]:
        """Return the expected words and source bits for the hash of a word; nothing where it is not known."""
        at = int(np.searchsorted(self.keys, np.uint64(wrong)))
        if at == len(self.keys) or int(self.keys[at]) != wrong:
            return []
        row = range(int(self.offsets[at]), int(self.offsets[at + 1]))
        return [(self.word(int(self.targets[i])), int(self.sources[i])) for i in row]


def load(path: Path) -> Substitutions:
    """Return a table written by `benchmarks/training/build_substitutions.py` or `build_forms.py`."""
    with np.load(path) as file:
        names = ("keys", "offsets", "targets", "sources", "target_hashes")
        keys, offsets, targets, sources, hashes = (file[name] for name in names)
        return Substitutions(starts_of(keys), keys, offsets, targets, sources, hashes, parts_of(hashes), file["words"])


def parts_of(hashes: U64) -> U64:
    """Return of each word what it is in the key of a pair, (t, 2): first, and second."""
    with np.errstate(over="ignore"):
        return np.stack([hashes, mixed(hashes + SPREAD)], axis=1)


@cache
def shipped() -> Substitutions:
    """Return the table that comes with the package; read once."""
    return load(resource("substitutions.npz"))


@cache
def _words() -> list[str]:
    return bytes(shipped().words).decode().split("\n")
