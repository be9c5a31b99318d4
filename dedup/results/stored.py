"""Records from the lines of a report's files, the other way round than `rows`.

Public: `match_of`, `cluster_of`, `template_of`, `score_of`, `skipped_of`, `text_row`, `article_of`. All raise
`KeyError`, `TypeError`, `AttributeError` or `ValueError` for what is no such line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from dedup.records import (
    SHARE_FEATURE,
    Alignment,
    Article,
    ArticleScore,
    Cluster,
    Evidence,
    Finding,
    Kind,
    Match,
    Passage,
    Skipped,
    Span,
    Template,
)
from dedup.results.rows import Row

Value = TypeVar("Value")


def match_of(row: Row) -> Match:
    """Return the match of a line of `matches.jsonl`, its numbers rounded as they stand there."""
    passages = tuple(Passage(_span(p["left"]), _span(p["right"]), _number(p["similarity"])) for p in row["passages"])
    features = {} if row["share"] is None else {SHARE_FEATURE: _number(row["share"])}
    left, right = row["shared"]
    return Match(
        _text(row["left"]),
        _text(row["right"]),
        Kind(row["kind"]),
        _number(row["probability"]),
        _maybe(_text, row["original"]),
        _text(row["original_reason"]),
        Alignment(passages, features),
        tuple(_evidence(each) for each in row["evidence"]),
        _number(row["original_confidence"]),
        _maybe(_text, row["method"]),
        _numbers(row["method_probabilities"]),
        _side(row.get("old")),
        _maybe(_number, row["resemblance"]),
        _maybe(_switch, row["same_site"]),
        _count(row["contradictions"]),
        (_number(left), _number(right)),
        _switch(row["date_conflict"]),
        _side(row["container"]),
    )


# What a line may come with from elsewhere: each gives the value, or raises `TypeError` or `ValueError`.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is no number")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r:.40} is no count")
    return value


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is neither true nor false")
    return value


def _side(value: object) -> str | None:
    if value not in (None, "left", "right"):
        raise ValueError(f"{value!r:.40} is neither left nor right")
    return _maybe(_text, value)


def _maybe(kind: Callable[[object], Value], value: object) -> Value | None:
    return None if value is None else kind(value)


def _numbers(values: dict[str, object]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}


def _texts(values: list[object]) -> tuple[str, ...]:
    return tuple(map(_text, values))


def _span(pair: list[object]) -> Span:
    start, end = pair
    return _count(start), _count(end)


def _evidence(row: Row) -> Evidence:
    left, right = _span(row["left"]), _span(row["right"])
    return Evidence(
        _text(row["type"]), left, right, _text(row["left_text"]), _text(row["right_text"]), _text(row["fact"])
    )


def cluster_of(row: Row) -> Cluster:
    """Return the cluster of a line of `clusters.jsonl`."""
    parents = tuple((_text(each["copy"]), _text(each["parent"])) for each in row["parents"])
    return Cluster(_text(row["id"]), _text(row["lead"]), _texts(row["members"]), parents)


def template_of(row: Row) -> Template:
    """Return the template of a line of `templates.jsonl`."""
    left, right = _texts(row["example"])
    return Template(_text(row["id"]), _count(row["count"]), (left, right), _texts(row["members"]))


def score_of(row: Row) -> ArticleScore:
    """Return the score of a line of `articles.jsonl`."""
    findings = (
        Finding(
            _text(f["type"]), _span(f["span"]), _text(f["found"]), _maybe(_text, f["expected"]), _text(f["reason"]),
            _switch(f["strong"]),
        )
        for f in row["evidence"]
    )  # fmt: skip
    parts, percentiles = _numbers(row["parts"]), _numbers(row["percentiles"])
    return ArticleScore(
        _maybe(_number, row["overall"]), parts, percentiles, _maybe(_text, row["abstained"]), tuple(findings)
    )


def skipped_of(row: Row) -> Skipped:
    """Return what a line of `skipped.jsonl` says."""
    return Skipped(_text(row["source"]), _maybe(_count, row["line"]), _text(row["reason"]))


def text_row(article: Article) -> Row:
    """Return a line of `texts.jsonl`: an article as it was read.

    The text is called `as_read`, so that no later scan takes the lines for new articles.
    """
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "published": article.published.isoformat() if article.published else None,
        "day_only": article.day_only,
        "as_read": article.text,
    }


def article_of(row: Row) -> Article:
    """Return the article of a line of `texts.jsonl`."""
    published = None if row["published"] is None else datetime.fromisoformat(row["published"])
    title, url, source = (_maybe(_text, row[name]) for name in ("title", "url", "source"))
    return Article(_text(row["id"]), _text(row["as_read"]), title, url, source, published, _switch(row["day_only"]))
