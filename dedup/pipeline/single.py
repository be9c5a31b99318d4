"""The stages over one article or two: `score`, `align`, `compare`."""

from __future__ import annotations

from dedup.alignment import align_words, to_alignment
from dedup.config import Config
from dedup.language.background import Background
from dedup.language.frequencies import Frequencies
from dedup.pipeline.verifier import Verifier
from dedup.records import Alignment, Article, Match, RewriteScore
from dedup.scoring import score_tokens
from dedup.text import tokenise
from dedup.text.boilerplate import mark


def compare(left: Article, right: Article, config: Config | None = None) -> Match:
    """The verdict on two articles, `Kind.NONE` included; the same whichever comes first."""
    verifier = Verifier(Frequencies.shipped(), config or Config())
    return verifier.compare(*(verifier.ready(article, score(article.text)) for article in (left, right)))


def align(left: str, right: str, config: Config | None = None) -> Alignment:
    """The passages that two texts share, as character offsets.

    The texts are taken as they are; `compare` and `scan` leave boilerplate out of account before they align.
    """
    a, b = tokenise(left), tokenise(right)
    return to_alignment(align_words(a, b, Frequencies.shipped(), (config or Config()).align), a, b)


def score(text: str, background: Background | None = None) -> RewriteScore:
    """How spun, corrupted or machine-written one text reads, with the words that say so.

    `background`: counts of the user's own news (`dedup background build`) instead of those that ship.
    """
    return score_tokens(mark(tokenise(text)), text, background)
