"""Articles made ready for all their pairs, one at a time or a batch at once: `prepare`, `prepare_batch`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dedup.compiled.arrays import F64
from dedup.evidence.profile import Profile, Profiles, profile_at, profiles_of
from dedup.evidence.sides import Side, Sides, side_at, sides_of
from dedup.judge.model import shipped_models
from dedup.language.vocabulary import Background, vocabulary_of
from dedup.records import Tokens
from dedup.text.tokeniser import TokenBatch


@dataclass(frozen=True, eq=False)
class _Columns:
    """A batch and all that was made of it."""

    batch: TokenBatch
    profiles: Profiles
    sides: Sides


@dataclass(frozen=True, eq=False)
class Prepared:
    """One article made ready for all its pairs. The arrays are views: they keep those of its batch."""

    tokens: Tokens
    profile: Profile
    _columns: _Columns
    _number: int

    @cached_property
    def side(self) -> Side:
        """What the evidence looks at."""
        columns = self._columns
        return side_at(columns.sides, columns.profiles, self.profile, columns.batch, self.tokens, self._number)

    @cached_property
    def style(self) -> F64:
        """Its number for each method of rewriting; shape (methods,)."""
        return shipped_models().style.of(self.profile.hashes)


def prepare_batch(batch: TokenBatch, frequencies: Background) -> list[Prepared]:
    """What the judge needs to know about each article of a batch whose furniture is marked, in its order.

    The lookups and the compiled passes are made once for all articles: 128 at a time cost a third of one by one.
    """
    vocabulary = vocabulary_of(batch.hashes, batch.stems, frequencies)
    columns = _Columns(batch, profiles_of(batch, vocabulary), sides_of(batch, vocabulary))
    return [Prepared(tokens, profile_at(columns.profiles, batch, i), columns, i) for i, tokens in enumerate(batch)]


def prepare(tokens: Tokens, frequencies: Background) -> Prepared:
    """What the judge needs to know about one article; worth keeping where it meets several others."""
    contiguous = np.ascontiguousarray
    batch = TokenBatch(
        np.frombuffer(tokens.data, np.uint8), np.array([0, len(tokens.data)], np.uint64),
        contiguous(tokens.hashes), contiguous(tokens.stems), contiguous(tokens.starts), contiguous(tokens.ends),
        contiguous(tokens.flags), np.array([0, len(tokens)], np.int64),
        contiguous(tokens.sentences), np.array([0, len(tokens.sentences)], np.int64),
    )  # fmt: skip
    return prepare_batch(batch, frequencies)[0]
