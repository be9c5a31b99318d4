"""The stages over one article or two: `compare`, `align`, `score`."""

from __future__ import annotations

from dedup.alignment import AlignConfig, align_words, to_alignment
from dedup.checks import require, require_article
from dedup.config import Config, settings
from dedup.evidence.learnt_swaps import SwapTable
from dedup.judge import Prepared
from dedup.language.background import Background
from dedup.language.frequencies import Frequencies
from dedup.pipeline.scorer import ArticleScorer, words_of
from dedup.pipeline.sites import same_site
from dedup.pipeline.verifier import Verifier
from dedup.records import SAME_WORDS, Alignment, Article, ArticleScore, Kind, Match
from dedup.scoring import Calibration, score_tokens
from dedup.text import tokenise
from dedup.translation.translator import translator

NOTHING_REUSED = frozenset({Kind.RELATED, Kind.NONE})


def compare(
    left: Article,
    right: Article,
    config: Config | None = None,
    *,
    threshold: float | None = None,
    related: bool | None = None,
    languages: bool | None = None,
) -> Match:
    """Return how two articles are related, with the proof; the same whichever comes first.

    Parameters:
        left, right: `dedup.Article` records, best with dates and sources, which help to tell the original.
        config: The settings; the keywords below change single ones.
        threshold: Least probability, 0 to 1, at which one is called a copy of the other (default .5).
        related: Whether two articles on one subject that reuse nothing are `Kind.RELATED` instead of `Kind.NONE`.
        languages: Whether articles of two languages are compared by the meaning of their sentences, which needs the
            extra `languages`; by default where that is installed.

    Returns:
        A `Match`, whatever the verdict: `kind` may be `Kind.NONE`. Spans are characters of each article's text.

    Raises:
        UsageError: An argument is no article; `align` takes plain texts.
        ConfigError: A setting is out of its range.

    >>> import dedup
    >>> text = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> dedup.compare(dedup.Article("a", text), dedup.Article("b", text)).kind
    <Kind.EXACT: 'exact'>
    """
    for article in (left, right):
        require_article("compare", article, "make them with dedup.Article(id, text), or use dedup.align for two texts")
    chosen = settings("compare", config, threshold=threshold, related=related, languages=languages)
    verifier = Verifier(Frequencies.shipped(), chosen)
    match = verifier.compare(*(verifier.prepare(article, score_prepared) for article in (left, right)))
    return across_languages(match, left, right, chosen)


def across_languages(match: Match, left: Article, right: Article, config: Config) -> Match:
    """Return the match of two articles, as a translation where they are one and not of the same words."""
    if match.kind in SAME_WORDS or (chosen := translator(config.languages, config.translation)) is None:
        return match
    found = chosen.compare(left, right, same_site)
    if found is None or (found.kind is not Kind.TRANSLATION and match.kind not in NOTHING_REUSED):
        return match
    return found


def score_prepared(prepared: Prepared) -> ArticleScore:
    """Return the score of an article on its way through verification."""
    return score_tokens(prepared.tokens, prepared.article.text)


def align(left: str, right: str, config: Config | AlignConfig | None = None) -> Alignment:
    """Return the passages that two texts share, as character offsets.

    The texts are taken as they are; `compare` and `scan` leave boilerplate out of account before they align.

    Parameters:
        left, right: Two texts.
        config: The settings of the alignment (`dedup.AlignConfig`), or those of a scan, of which `align` is used.

    Returns:
        An `Alignment`; its `passages` come in the order of the left text.

    Raises:
        UsageError: An argument is no text.

    >>> import dedup
    >>> shared = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> found = dedup.align(shared, "Something else stands before it. " + shared)
    >>> len(found.passages)
    1
    """
    for text in (left, right):
        require("align", text, str, "two texts (str)", "pass article.text, or use dedup.compare for two articles")
    require("align", config, (Config, AlignConfig, type(None)), "a dedup.AlignConfig or dedup.Config as its config")
    chosen = config.align if isinstance(config, Config) else config
    a, b = tokenise(left), tokenise(right)
    return to_alignment(align_words(a, b, Frequencies.shipped(), chosen), a, b)


def score(
    article: str | Article,
    background: Background | None = None,
    *,
    calibration: Calibration | None = None,
    swaps: SwapTable | None = None,
) -> ArticleScore:
    """Return how spun, corrupted or machine-written one text reads, with the words that say so.

    Parameters:
        article: A text, or a `dedup.Article`, whose source then helps to find the boilerplate around it.
        background: Counts of ordinary wording instead of the shipped ones (`load_background`, `learn_background`).
        calibration: Percentiles and probabilities by your own clean articles (`calibrate`, `load_calibration`).
        swaps: Swaps learnt from confirmed copies (`learn_swaps`, `dedup.SwapTable.load`).

    Returns:
        An `ArticleScore`: `overall` and `parts` are probabilities, 0 to 1, higher is worse. `abstained` gives the
        reason where a text is too short (under 120 words) or of another language, and `overall` is None.

    Raises:
        UsageError: The argument is neither a text nor an article.

    To score many articles with settings of your own, make one `dedup.ArticleScorer`.

    >>> import dedup
    >>> dedup.score("The board voted on Tuesday.").abstained
    '5 words are too few: at least 120 are needed'
    """
    require("score", article, (str, Article), "a text (str) or a dedup.Article")
    if calibration is not None or swaps is not None:
        return ArticleScorer(background, calibration, swaps)(article)
    require("score", background, (Background, type(None)), "a dedup.Background as its background")
    if isinstance(article, Article):
        require_article("score", article)
    return score_tokens(words_of(article), article if isinstance(article, str) else article.text, background)
