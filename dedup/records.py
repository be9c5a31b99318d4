"""The frozen records that cross from one stage to the next, and nothing else.

The small ones that come by the dozen are named tuples: a scan of 100,000 articles makes a quarter of a million.

Spans are half-open character ranges `(start, end)` into the article's own text. Token arrays hold byte offsets into
its UTF-8 form, which cost nothing to make; `Tokens.characters` turns them into character offsets where a span is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag, StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as read. `id` is unique within a scan; `published` without a zone is taken as UTC.

    `day_only`: the hour of `published` is not known; it is then the beginning of the day.
    """

    id: str
    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: datetime | None = None
    day_only: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that could not be used: where it stands (`line` counts from 1, if it has lines) and why."""

    source: str
    line: int | None
    reason: str


class Flag(IntFlag):
    """What the tokeniser notes about a word."""

    CAPITAL = 1  # its first letter is upper case
    UPPER = 2  # two or more letters, none of them lower case
    DIGIT = 4  # contains a digit
    MIXED = 8  # mixed Latin with Cyrillic or Greek letters: the look-alikes were folded
    GRAM = 16  # a character bigram of a script without spaces, not a word
    LINE = 32  # first word of a line
    FURNITURE = 64  # stands in page furniture around the article (share buttons, teasers, credits)
    BREAK = 128  # something other than a space, a hyphen or a joining mark lies between it and the word before


@dataclass(frozen=True, eq=False)
class Tokens:
    """The words of one article, as arrays over the UTF-8 bytes of its text.

    Shapes: `n` words, `m` sentences. A gram (`Flag.GRAM`) overlaps its neighbours; words do not.
    """

    data: bytes  # the UTF-8 text (lone surrogates as three bytes)
    hashes: U64  # (n,) hash of the folded word
    stems: U64  # (n,) hash of its first five code points
    starts: U32  # (n,) byte offset of its first byte
    ends: U32  # (n,) byte offset after its last byte
    flags: U8  # (n,) bits of `Flag`
    sentences: U32  # (m + 1,) index of the first word of each sentence, then n

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def _continuation(self) -> NDArray[np.int64] | None:
        raw = np.frombuffer(self.data, np.uint8)
        inner = (raw & 0xC0) == 0x80
        return np.concatenate([[0], np.cumsum(inner)]) if inner.any() else None

    def characters(self, offsets: U32 | list[int]) -> NDArray[np.int64]:
        """Character offsets for byte offsets that lie on character boundaries."""
        at = np.asarray(offsets, np.int64)
        return at if self._continuation is None else at - self._continuation[at]

    def span(self, first: int, last: int) -> Span:
        """The characters from word `first` up to, not including, word `last`; the range must not be empty."""
        start, end = self.characters([int(self.starts[first]), int(self.ends[last - 1])])
        return int(start), int(end)

    def word(self, i: int) -> str:
        """Word `i` as it stands in the text."""
        return self.data[int(self.starts[i]) : int(self.ends[i])].decode("utf-8", "surrogatepass")


class Passage(NamedTuple):
    """A stretch of the left article and the stretch of the right one that says the same. Similarity is 0..1."""

    left: Span
    right: Span
    similarity: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """What two articles share: passages in the order of the left article, and the features they are judged by."""

    passages: tuple[Passage, ...]
    features: dict[str, float] = field(default_factory=dict)


class Evidence(NamedTuple):
    """One replayable difference inside aligned text; an added or lost word has an empty span on the other side."""

    type: str  # swap | name | number | negation
    left: Span
    right: Span
    left_text: str
    right_text: str


class Kind(StrEnum):
    """How two articles are related, closest first."""

    EXACT = "exact"  # the same words
    NEAR = "near"  # near-verbatim
    REWRITE = "rewrite"  # one is the other re-worded: edited, spun, translated, paraphrased
    SHARED_ORIGIN = "shared_origin"  # both drawn from one press release or agency text
    PARTIAL = "partial"  # some passages reused
    RELATED = "related"  # same subject, nothing reused
    NONE = "none"  # nothing in common; only `compare` says so


COPIES = frozenset({Kind.EXACT, Kind.NEAR, Kind.REWRITE})  # the kinds that make one article a copy of the other


@dataclass(frozen=True, slots=True)
class Match:
    """A verdict on two articles with its proof. `left` is the smaller id."""

    left: str
    right: str
    kind: Kind
    probability: float  # that one is a copy of the other, 0..1, calibrated
    original: str | None  # id of the probable original
    original_reason: str
    alignment: Alignment
    evidence: tuple[Evidence, ...] = ()
    original_confidence: float = 0.5
    method: str | None = None  # edited | spun | back_translated | llm | human | unsure; only for rewrites
    method_probabilities: dict[str, float] = field(default_factory=dict)


class Finding(NamedTuple):
    """One thing that is wrong with the wording of a single article, where it stands, and what was expected."""

    type: str  # swap | name | doubled | article | homoglyph | pronoun | ...
    span: Span
    found: str
    expected: str | None
    reason: str
    strong: bool


@dataclass(frozen=True, slots=True)
class RewriteScore:
    """How spun, corrupted or machine-written one article reads: 0..1 each, higher is worse.

    `abstained` gives the reason where no score is given (all scores are None then; the evidence may still stand).
    """

    overall: float | None
    parts: dict[str, float]  # spun, corrupted, llm
    percentiles: dict[str, float]  # of each part against clean news of this length, 0..100
    abstained: str | None
    evidence: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles connected by verified copies: `lead` is the probable original, `members` are sorted ids."""

    id: str
    lead: str
    members: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class WordAlignment:
    """What two articles share, in word and sentence numbers: the arrays between the stages align and judge.

    Shapes: `k` passages, `p` sentence pairs. Word ranges are half-open.
    """

    passages: NDArray[np.int32]  # (k, 4) left first, left last, right first, right last
    similarity: NDArray[np.float32]  # (k,) 0..1
    sentence_pairs: NDArray[np.int32]  # (p, 2) left sentence, right sentence: the similar ones, sorted
    sentence_similarity: NDArray[np.float32]  # (p,) TF-IDF cosine, 0..1


@dataclass(frozen=True, eq=False)
class Report:
    """What a scan found. `article` reads an article's text and fields again by its id."""

    ids: Sequence[str]  # of all articles, in the order read
    matches: Sequence[Match]  # sorted by left and right id; each is unpacked when it is asked for
    clusters: tuple[Cluster, ...]  # sorted by smallest member
    skipped: tuple[Skipped, ...]  # in the order read
    scores: Mapping[str, RewriteScore]  # by article id; empty at level near
    capped: Mapping[str, int]  # what was not looked at in full, counted; nothing but counts above 0
    seconds: Mapping[str, float]  # wall-clock time by stage
    article: Callable[[str], Article]
    notes: tuple[str, ...] = ()  # how fields of rows were found, and what was left out of articles, for people
