"""Which of several copies is preferred. Public: `Keep`, `preference`, `FACTS`, `site`, `moment`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.single import score as score_article
from dedup.pipeline.sites import host
from dedup.records import Article

READ_AT_ONCE = 1000  # articles


class Keep(StrEnum):
    """Which article of a group of copies is kept; where that does not decide, the probable original is."""

    ORIGINAL = "original"  # the probable original
    EARLIEST = "earliest"  # published first; without a date last
    LATEST = "latest"  # published last; without a date last
    LONGEST = "longest"  # the most characters
    BEST_SCORE = "best-score"  # reads least spun or corrupted
    FIRST = "first"  # came first in the input
    SOURCE = "source"  # of the first source in a list


Key = Callable[[int], tuple[float, ...]]
Fact = Callable[[Sequence[str], Article], tuple[float, ...]]


def _by(fact: Fact, sources: Sequence[str], store: ArticleStore, numbers: Sequence[int]) -> Key:
    """Return a key of preference by something that the article tells; each is read once."""
    facts: dict[int, tuple[float, ...]] = {}
    for first in range(0, len(numbers), READ_AT_ONCE):
        some = numbers[first : first + READ_AT_ONCE]
        facts |= {n: fact(sources, article) for n, article in zip(some, store.read(some)[0], strict=True)}
    return facts.__getitem__


def moment(published: datetime | None) -> float | None:
    """Return a time of publication in seconds; one that tells no zone is of UTC."""
    if published is None:
        return None
    return (published if published.tzinfo else published.replace(tzinfo=UTC)).timestamp()


def _earliest(_: Sequence[str], article: Article) -> tuple[float, ...]:
    when = moment(article.published)
    return (1.0,) if when is None else (0.0, when)


def _latest(_: Sequence[str], article: Article) -> tuple[float, ...]:
    when = moment(article.published)
    return (1.0,) if when is None else (0.0, -when)


def _longest(_: Sequence[str], article: Article) -> tuple[float, ...]:
    return (-len(article.text),)


def _best_score(_: Sequence[str], article: Article) -> tuple[float, ...]:
    overall = score_article(article).overall
    return (1.0,) if overall is None else (0.0, overall)


def _source(sources: Sequence[str], article: Article) -> tuple[float, ...]:
    names = {site(article.source or ""), site(host(article.url or ""))}
    return (min((place for place, name in enumerate(sources) if name in names), default=len(sources)),)


def site(name: str) -> str:
    """Return the name of a source or site as they are compared."""
    return name.strip().lower().removeprefix("www.")


FACTS: dict[Keep, Fact] = {
    Keep.EARLIEST: _earliest,
    Keep.LATEST: _latest,
    Keep.LONGEST: _longest,
    Keep.BEST_SCORE: _best_score,
    Keep.SOURCE: _source,
}


def preference(keep: Keep, sources: Sequence[str], store: ArticleStore, numbers: Sequence[int]) -> Key:
    """Return what sorts articles by a policy, the one to keep first; equal keys leave it to the probable original."""
    if keep is Keep.ORIGINAL:
        return lambda _: ()
    if keep is Keep.FIRST:
        return lambda number: (number,)
    return _by(FACTS[keep], sources, store, numbers)
