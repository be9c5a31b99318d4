"""The one record of an article on its way through verification. Public: `Prepared`, `prepare`, `PreparedBatch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dedup.compiled.arrays import F64, U32, U64
from dedup.evidence.profile import Profile, Profiles, profile_at, profiles_of
from dedup.evidence.sides import Side, Sides, side_at, sides_of
from dedup.judge.facts import Facts, facts_of
from dedup.judge.model import shipped_models
from dedup.language.vocabulary import Background, vocabulary_of
from dedup.records import Article, ArticleScore, Tokens
from dedup.sketch import shingle_signatures
from dedup.text.tokeniser import TokenBatch


@dataclass(frozen=True, eq=False)
class PreparedBatch:
    """A batch of articles and all that was made of it at once: 128 at a time cost a third of one by one."""

    tokens: TokenBatch  # with the boilerplate marked
    profiles: Profiles
    sides: Sides

    @staticmethod
    def of(batch: TokenBatch, frequencies: Background) -> PreparedBatch:
        """Return what the judge and the evidence need of the articles of a batch whose boilerplate is marked."""
        vocabulary = vocabulary_of(batch.hashes, batch.stems, frequencies)
        return PreparedBatch(batch, profiles_of(batch, vocabulary), sides_of(batch, vocabulary))


@dataclass(frozen=True, eq=False)
class Prepared:
    """One article and what its pairs need of it, made when it is first asked for and kept for the next pair.

    The arrays are views: they keep those of their batch.
    """

    article: Article
    hashes: U64  # (n,) of all its words
    _make: Callable[[], PreparedBatch]  # its batch
    _number: int = 0  # in the batch
    _rate: Callable[[Prepared], ArticleScore | None] | None = None

    @cached_property
    def batch(self) -> PreparedBatch:
        """The batch that it is part of."""
        return self._make()

    @cached_property
    def tokens(self) -> Tokens:
        """Its words, with the boilerplate marked."""
        return self.batch.tokens[self._number]

    @cached_property
    def profile(self) -> Profile:
        """What the features of a pair are measured on."""
        return profile_at(self.batch.profiles, self.batch.tokens, self._number)

    @cached_property
    def side(self) -> Side:
        """What the evidence looks at."""
        batch = self.batch
        return side_at(batch.sides, batch.profiles, self.profile, batch.tokens, self._number)

    @cached_property
    def facts(self) -> Facts:
        """Its names, numbers and dates."""
        return facts_of(self.side, self.profile)

    @cached_property
    def style(self) -> F64:
        """Its number for each method of rewriting; shape (methods,)."""
        return shipped_models().style.of(self.profile.hashes)

    @cached_property
    def signature(self) -> U32:
        """Its classic MinHash signature; shape (slots,)."""
        signature: U32 = shingle_signatures(self.hashes, np.array([0, len(self.hashes)], np.int64))[0]
        return signature

    @cached_property
    def score(self) -> ArticleScore | None:
        """Its own score; None where nothing was given that makes one."""
        return self._rate(self) if self._rate else None


def prepare(article: Article, tokens: Tokens, frequencies: Background) -> Prepared:
    """Return an article whose tokens are there, with the boilerplate marked; worth keeping where it meets several."""
    return Prepared(article, tokens.hashes, lambda: PreparedBatch.of(TokenBatch.of(tokens), frequencies))
