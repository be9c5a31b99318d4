"""What an index needs from the other stages: handed in, because stages do not import each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from dedup.candidates.join import CandidateConfig
from dedup.compiled.arrays import U16, U32
from dedup.index.layout import KeyColumns
from dedup.index.vector_rows import VectorRow
from dedup.records import Article, Match

Prepared = Any  # an article with whatever the stages made of it; an index only passes it on


class Held(Protocol):
    """What the search across languages reads of an index."""

    def rows(self, last: int) -> Iterator[list[VectorRow]]:
        """Yield the rows of a higher number, some at a time, without their vectors. Raises `IndexDamaged`."""

    def vectors(self, number: int, stamp: bytes) -> bytes:
        """Return the vectors of an article, none where what `stamp` says did not make them. Raises `IndexDamaged`."""

    def read(self, number: int) -> Article:
        """Return an article. Raises `IndexDamaged`."""


class Across(Protocol):
    """The search across languages in one index."""

    stamp: bytes  # of what makes the rows

    def row(self, number: int, article: Article) -> VectorRow:
        """Return what is kept of an article."""

    def matches(self, article: Article, held: Held, numbers: U32) -> list[Match]:
        """Return the translations of an article among those with some numbers."""

    def forget(self, numbers: Sequence[int]) -> None:
        """Let go what is held of articles that were removed."""

    def joined(self, matches: list[Match], across: list[Match]) -> list[Match]:
        """Return the matches of an article, those across languages among them."""


class Stages(Protocol):
    """Sketching and verification, with everything that they depend on."""

    columns: KeyColumns
    rule: CandidateConfig

    def specification(self) -> dict[str, Any]:
        """Return everything that decides the keys, by name; a stored index fits only where all of it is equal."""

    def weights(self) -> bytes:
        """Return what was learnt, to be stored with the index: the weights behind keys, the repeated lines of sites."""

    def sketch(self, texts: Sequence[str]) -> U32:
        """Return the keys (n, k) of many texts; called from several threads."""

    def prepare(self, article: Article) -> Prepared:
        """Return one article made ready for `keys` and `verify`."""

    def keys(self, prepared: Prepared) -> U32:
        """Return the keys (k,) of one article: the same as `sketch` gives."""

    def rarity(self, keys: U32) -> U16:
        """Return how much sharing each weighted slot (slots,) says."""

    def same_words(self, left: Prepared, right: Prepared) -> bool:
        """Return whether they are exact copies."""

    def resemble(self, left: Prepared, right: Prepared) -> bool:
        """Return whether their classic signatures make them candidates."""

    def verify(self, left: Prepared, right: Prepared) -> Match | None:
        """Return the verdict; None where it is not worth reporting."""

    def across(self, kept: bool) -> Across | None:
        """Return the search across languages, None where it is off; `kept` says whether the index keeps vectors."""

    def relearnt(self, batches: Iterable[Sequence[Article]]) -> Stages:
        """Return the same stages with weights and repeated lines learnt from batches of articles."""
