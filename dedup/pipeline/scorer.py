"""The score of single articles fitted to the user's own news: counts, calibration, learnt swaps.

Public: `ArticleScorer`, `build_background`, `learn_background`, `calibrate`, `learn_swaps`, `words_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedup.checks import require, require_article
from dedup.evidence.learnt_swaps import SwapTable
from dedup.language import counting
from dedup.language.background import Background, shipped_background
from dedup.records import Article, ArticleScore, Skipped, Tokens
from dedup.results import Report
from dedup.scoring import Calibration, Scorer, calibrated
from dedup.text import tokenise
from dedup.text.boilerplate import mark


def words_of(article: Article | str) -> Tokens:
    """Return the words of an article or a text, boilerplate marked."""
    if isinstance(article, str):
        return mark(tokenise(article))
    return mark(tokenise(article.text), article.source)


class ArticleScorer:
    """Scores articles with one background, calibration and table of swaps; made once, used for many.

    Parameters:
        background: Counts of ordinary wording instead of the shipped ones.
        calibration: Percentiles and probabilities by your own clean articles.
        swaps: Swaps learnt from confirmed copies; those found in three copies or more are looked for.

    >>> import dedup
    >>> scorer = dedup.ArticleScorer()
    >>> scorer("The board voted on Tuesday.").overall is None
    True
    """

    def __init__(
        self,
        background: Background | None = None,
        calibration: Calibration | None = None,
        swaps: SwapTable | None = None,
    ) -> None:
        for value, kind in ((background, Background), (calibration, Calibration), (swaps, SwapTable)):
            require("an ArticleScorer", value, (kind, type(None)), f"a dedup.{kind.__name__} or None")
        learnt = tuple(swaps.patterns()) if swaps else ()
        self._scorer = Scorer(background, calibration, learnt=learnt)

    def __repr__(self) -> str:
        own = "its own" if self._scorer.background is not shipped_background() else "the shipped"
        return f"<ArticleScorer with {own} background>"

    def __call__(self, article: Article | str, explained: bool = False) -> ArticleScore:
        """Return the score of an article or a text. Raises `UsageError` for anything else.

        `explained`: with what speaks for each part (`ArticleScore.explanation`), which takes some milliseconds more.
        """
        require("an ArticleScorer", article, (str, Article), "a text (str) or a dedup.Article")
        if isinstance(article, Article):
            require_article("an ArticleScorer", article)
        text = article if isinstance(article, str) else article.text
        return self._scorer(words_of(article), text, explained)

    def calibrated(self, articles: Iterable[Article | Skipped]) -> tuple[Calibration, list[int]]:
        """Return a calibration to clean articles for scorers like this one, and how many of each length it measured.

        At least 30 articles of a like length are needed; lengths with fewer keep what ships. Items that are `Skipped`
        are passed over. Raises `InputError` where there are too few articles.
        """
        return calibrated(((words_of(each), each.text) for each in _given("calibrate", articles)), self._scorer)


def calibrate(articles: Iterable[Article | Skipped], background: Background | None = None) -> Calibration:
    """Return a calibration of `score` to clean articles of your own: its false alarms are then those of your news.

    Parameters:
        articles: At least 30 articles of a like length that are neither spun nor machine-written, such as
            `dedup.read_articles(["clean-news/"])`; lengths with fewer keep what ships.
        background: The background that the scores will use.

    Raises:
        InputError: There are too few articles.
        UsageError: An item is no article.

    `dedup.save_calibration` keeps it in a file for `dedup.load_calibration`.
    """
    return ArticleScorer(background).calibrated(articles)[0]


def build_background(articles: Iterable[Article | Skipped], *, source: str = "", language: str = "en") -> Background:
    """Return counts of the words, pairs and triples of some clean articles: a background of their own.

    Only counts are kept, and only of what several articles use: no text can be read out of it. `source` and `language`
    go into the header of its file (`dedup.save_background`). Items that are `Skipped` are passed over. Raises
    `UsageError` for an item that is no article.
    """
    words = map(words_of, _given("build_background", articles))
    return counting.build_background(words, source=source, language=language)


def learn_background(articles: Iterable[Article | Skipped]) -> Background:
    """Return what some clean articles say of ordinary wording, on top of the shipped background.

    Parameters:
        articles: Articles, or an index, which gives all its articles. Some 2 million words are counted a second.

    Returns:
        A `Background` for `score` and `ArticleScorer`. Raises `UsageError` for an item that is no article.

    >>> import dedup
    >>> with dedup.open_index(None) as index:
    ...     matches = index.add(dedup.Article("a", "The board of Vellmouth voted on Tuesday."))
    ...     background = dedup.learn_background(index)
    >>> background.documents - dedup.shipped_background().documents
    1
    """
    own = counting.build_background(words_of(article) for article in _given("learn_background", articles))
    return Background.stack(shipped_background(), own)


def learn_swaps(report: Report, table: SwapTable | None = None) -> SwapTable:
    """Return the swaps found in the sure copies of a scan: what was put in the place of which words.

    Parameters:
        report: The result of a scan at level full.
        table: A table to add them to, such as `dedup.SwapTable.load(path)`; a new one is made where it is None.

    The table goes to `score(text, swaps=table)`, or to a file with its `save`. Raises `UsageError`.
    """
    require("learn_swaps", report, Report, "the dedup.Report of a scan")
    table = SwapTable() if table is None else table
    table.learn(report.matches, lambda id_: report.article(id_).text)
    return table


def _given(call: str, articles: Iterable[Article | Skipped]) -> Iterator[Article]:
    """Return an iterator over the articles among some items. Raises `UsageError` for what is neither."""
    for item in articles:
        if not isinstance(item, Skipped):
            require_article(call, item)
            yield item
