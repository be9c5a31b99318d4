"""The frozen records that cross from one stage to the next, and nothing else.

The small ones that come by the dozen are named tuples: a scan of 100,000 articles makes a quarter of a million.

Spans are half-open character ranges `(start, end)` into the article's own text. Token arrays hold byte offsets into
its UTF-8 form, which cost nothing to make; `Tokens.characters` turns them into character offsets where a span is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag, StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.display import brief, plural, size, table_html

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, repr=False)
class Article:
    """One news article. `id` is unique within a scan; `published` without a zone is taken as UTC.

    `day_only`: the hour of `published` is not known; it is then the beginning of the day.

    >>> import dedup
    >>> dedup.Article("a1", "The harbour board voted on Tuesday to close the bridge.", source="example.org")
    Article(id='a1', text='The harbour board voted on Tuesday to close …', 55 characters)
    """

    id: str
    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: datetime | None = None
    day_only: bool = False

    def __repr__(self) -> str:
        return f"Article(id={brief(self.id)}, text={brief(self.text)}, {plural(size(self.text), 'character')})"


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
    BOILERPLATE = 64  # stands in the boilerplate around the article (share buttons, teasers, credits)
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
        """Return character offsets for byte offsets that lie on character boundaries."""
        at = np.asarray(offsets, np.int64)
        return at if self._continuation is None else at - self._continuation[at]

    def span(self, first: int, last: int) -> Span:
        """Return the characters from word `first` up to, not including, word `last`; the range must not be empty."""
        start, end, inner = int(self.starts[first]), int(self.ends[last - 1]), self._continuation
        return (start, end) if inner is None else (start - int(inner[start]), end - int(inner[end]))

    def word(self, i: int) -> str:
        """Return word `i` as it stands in the text."""
        return self.data[int(self.starts[i]) : int(self.ends[i])].decode("utf-8", "surrogatepass")


class Passage(NamedTuple):
    """A stretch of the left article and the stretch of the right one that says the same. Similarity is 0..1."""

    left: Span
    right: Span
    similarity: float


@dataclass(frozen=True, slots=True, repr=False)
class Alignment:
    """What two articles share: passages in the order of the left article, and the features they are judged by."""

    passages: tuple[Passage, ...]
    features: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Alignment of {plural(len(self.passages), 'passage')}>"


class Evidence(NamedTuple):
    """One replayable difference inside aligned text; an added or lost word has an empty span on the other side."""

    # contradiction | exchange | name | number | negation | direction | swap; between two languages also
    # date | omission (nothing says so in the other) | agreement (a fact that stands in both)
    type: str
    left: Span
    right: Span
    left_text: str
    right_text: str
    fact: str = ""  # of a contradiction or an agreement: who | how many | when | whether | direction


class Kind(StrEnum):
    """How two articles are related, closest first."""

    EXACT = "exact"  # the same words
    NEAR = "near"  # near-verbatim
    REWRITE = "rewrite"  # one is the other re-worded: edited, spun, translated, paraphrased
    TRANSLATION = "translation"  # of two languages: one is translated from the other, or both from a third
    POSSIBLE_TRANSLATION = "possible_translation"  # the same, less sure
    CONTAINS = "contains"  # one is a page with several stories, of which the other is one
    SHARED_ORIGIN = "shared_origin"  # both drawn from one press release or agency text
    PARTIAL = "partial"  # some passages reused
    RELATED = "related"  # same subject, nothing reused
    NONE = "none"  # nothing in common; only `compare` says so


COPIES = frozenset({Kind.EXACT, Kind.NEAR, Kind.REWRITE})  # the kinds that make one article a copy of the other
SAME_WORDS = frozenset({Kind.EXACT, Kind.NEAR})  # copies that no translation can be
TRANSLATIONS = frozenset({Kind.TRANSLATION, Kind.POSSIBLE_TRANSLATION})  # between two languages; no copies


CONTAINER = "other_story"  # a feature of pairs of which one may be a page that contains the other and other stories
SHARE_FEATURE = "passages_max"  # what `Alignment.features` calls the share of the words that stand in passages


def strength(kind: Kind, probability: float, share: float | None) -> str:
    """Return the probability of copies and translations as "0.97", else the share of text as "34 %" ("" if unknown)."""
    if kind in COPIES or kind in TRANSLATIONS:
        return f"{probability:.2f}"
    return "" if share is None else f"{100 * share:.0f} %"


@dataclass(frozen=True, slots=True, repr=False)
class Match:
    """A verdict on two articles with its proof. `left` is the smaller id.

    `repr` names the pair and counts the proof; notebooks show a table of the differences.
    """

    left: str
    right: str
    kind: Kind
    probability: float  # that one is a copy of the other, or a translation, 0..1, calibrated
    original: str | None  # id of the probable original
    original_reason: str
    alignment: Alignment
    evidence: tuple[Evidence, ...] = ()
    original_confidence: float = 0.5
    method: str | None = None  # edited | spun | back_translated | llm | human | unsure; only for rewrites
    method_probabilities: dict[str, float] = field(default_factory=dict)
    old: str | None = None  # "left" or "right": the one that is of an archive (`against`); None where neither is
    resemblance: float | None = None  # of the word 5-grams, estimated, 0..1; only of what level near calls a copy
    same_site: bool | None = None  # whether both articles are of one site, None where the site of one is not known
    contradictions: int = 0  # facts that the copy turned: evidence of type `contradiction`, which comes first
    shared: tuple[float, float] = (0.0, 0.0)  # share of the left and of the right article in passages, 0..1
    date_conflict: bool = False  # the dates and strong evidence of the texts name different originals
    container: str | None = None  # of kind contains: "left" or "right", the page that contains the other and more

    @property
    def share(self) -> float | None:
        """The share of an article's words that stand in passages, 0..1, the larger of both articles.

        None where nothing was aligned.
        """
        return 1.0 if self.kind is Kind.EXACT else self.alignment.features.get(SHARE_FEATURE)

    @property
    def strength(self) -> str:
        """What people are shown beside the kind: the probability of a copy, of other kinds the share of text."""
        return strength(self.kind, self.probability, self.share)

    def __repr__(self) -> str:
        proof = f"{plural(len(self.alignment.passages), 'passage')}, {plural(len(self.evidence), 'difference')}"
        return f"<Match {self._verdict()}: {brief(self.left)} and {brief(self.right)}, {proof}>"

    def _verdict(self) -> str:
        return f"{self.kind.value.replace('_', ' ')} {self.strength}".rstrip()

    def _repr_html_(self) -> str:
        original = "unknown" if self.original is None else self.original
        return table_html(
            f"{self._verdict()}: {self.left} and {self.right}; original: {original} ({self.original_reason})",
            ("", self.left, self.right),
            [(each.type, each.left_text, each.right_text) for each in self.evidence],
        )


class Finding(NamedTuple):
    """One thing that is wrong with the wording of a single article, where it stands, and what was expected."""

    type: str  # swap | name | doubled | article | homoglyph | pronoun | ...
    span: Span
    found: str
    expected: str | None
    reason: str
    strong: bool


class Reason(NamedTuple):
    """One thing that speaks for a part of an article score.

    Kinds: a *sentence*, weighed by leaving it out; a *habit* of the whole text, which has no place; a *wording*, a
    frequent word or pair; a *substitution*, a word for which another would fit better (weight: log10 of how much).
    """

    part: str
    kind: str  # sentence | habit | wording | substitution
    span: Span | None
    text: str
    weight: float  # what it adds to the log odds of the part


class Explanation(NamedTuple):
    """What speaks for each part; `machine` are stretches that read machine-made in an article that is mixed.

    `polish` is how much of the wording reads as a large language model's: "none", "light" or "heavy".
    """

    reasons: tuple[Reason, ...]
    machine: tuple[Span, ...] = ()
    polish: str | None = None  # None in another language than English


@dataclass(frozen=True, slots=True, repr=False)
class ArticleScore:
    """How spun, corrupted or machine-written one article reads: 0..1 each, higher is worse.

    `abstained` gives the reason where no score is given (all scores are None then; the evidence may still stand).
    """

    overall: float | None
    parts: dict[str, float]  # spun, corrupted, tampered, llm, translated
    percentiles: dict[str, float]  # of each part against clean news of this length, 0..100
    abstained: str | None
    evidence: tuple[Finding, ...]
    percentile: float | None = None  # of the overall score, as those of the parts
    explanation: Explanation | None = None  # only where it was asked for

    def __repr__(self) -> str:
        return f"<ArticleScore {self._values()}; {plural(len(self.evidence), 'finding')}>"

    def _values(self) -> str:
        if self.overall is None:
            return f"abstained: {self.abstained}"
        parts = ", ".join(f"{name} {value:.2f}" for name, value in self.parts.items())
        return f"{self.overall:.2f} ({parts})"

    def _repr_html_(self) -> str:
        rows = [(found.type, found.found, found.expected or "", found.reason) for found in self.evidence]
        return table_html(self._values(), ("", "found", "expected", "reason"), rows)


@dataclass(frozen=True, slots=True, repr=False)
class Cluster:
    """Articles connected by verified copies.

    `lead` is the representative of the cluster, the probable original; `members` are sorted ids, the lead among them.
    It is a parent of others where the evidence of all pairs names it, or an equal of it, as the original.
    """

    id: str
    lead: str
    members: tuple[str, ...]
    parents: tuple[tuple[str, str], ...] = ()  # (copy, what it was copied from), by copy; members without: unknown

    def __repr__(self) -> str:
        return f"<Cluster {self.id}: {plural(len(self.members), 'member')}, lead {brief(self.lead)}>"


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """Articles on different events in one wording: earnings, weather, results. None is a copy of another.

    `members` are the sorted ids of the `count` articles, `example` the left and right id of the pair that shares most.
    """

    id: str
    count: int
    example: tuple[str, str]
    members: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<Template {self.id}: {plural(self.count, 'article')}, such as {' and '.join(map(brief, self.example))}>"
        )


@dataclass(frozen=True, eq=False)
class WordAlignment:
    """What two articles share, in word and sentence numbers: the arrays between the stages align and judge.

    Shapes: `k` passages, `p` sentence pairs. Word ranges are half-open.
    """

    passages: NDArray[np.int32]  # (k, 4) left first, left last, right first, right last
    similarity: NDArray[np.float32]  # (k,) 0..1
    sentence_pairs: NDArray[np.int32]  # (p, 2) left sentence, right sentence: the similar ones, sorted
    sentence_similarity: NDArray[np.float32]  # (p,) TF-IDF cosine, 0..1
