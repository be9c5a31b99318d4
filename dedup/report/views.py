"""The records that the page's template sees."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten

from dedup.records import Article, ArticleScore, Cluster, Finding, Match
from dedup.report.marks import Piece, SideBySide

FIRST_WORDS = 90  # characters of the text shown where an article has no title


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a cluster."""

    article: Article
    score: ArticleScore | None
    representative: bool

    @property
    def label(self) -> str:
        """The title, or the first words where there is none."""
        if self.article.title:
            return self.article.title
        return shorten(self.article.text[: 4 * FIRST_WORDS], FIRST_WORDS, placeholder=" …")

    @property
    def link(self) -> str | None:
        """The article's address, where it is safe to follow: no `javascript:`, no `data:`."""
        url = self.article.url
        return url if url and url.lower().startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A match; `passages` is empty where the page has no room for the texts (there are `passage_count`)."""

    match: Match
    passages: list[SideBySide]
    passage_count: int
    evidence: list[tuple[str, str, str, int]]  # type, left text, right text, times
    evidence_left_out: int

    @property
    def copy(self) -> str | None:
        """The article that is the copy, where the original is known."""
        if self.match.original is None:
            return None
        return self.match.right if self.match.original == self.match.left else self.match.left


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster with its members and matches, and how many of each there was no room for."""

    cluster: Cluster
    members: list[Member]
    members_left_out: int
    matches: list[Shown]
    matches_left_out: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """An article that reads as spun, corrupted or machine-written, with each finding in its context."""

    id: str
    score: ArticleScore
    findings: list[tuple[Finding, list[Piece]]]
