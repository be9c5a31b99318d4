"""Records from the lines of a report's files, the other way round than `rows`.

Public: `match_of`, `cluster_of`, `template_of`, `score_of`, `text_row`, `article_of`. All raise `KeyError`, `TypeError`
or `ValueError` for what is no such line.
"""

from __future__ import annotations

from datetime import datetime

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
    Span,
    Template,
)
from dedup.results.rows import Row


def match_of(row: Row) -> Match:
    """Return the match of a line of `matches.jsonl`, its numbers rounded as they stand there."""
    passages = tuple(Passage(_span(p["left"]), _span(p["right"]), p["similarity"]) for p in row["passages"])
    features = {} if row["share"] is None else {SHARE_FEATURE: row["share"]}
    left, right = row["shared"]
    return Match(
        row["left"],
        row["right"],
        Kind(row["kind"]),
        row["probability"],
        row["original"],
        row["original_reason"],
        Alignment(passages, features),
        tuple(_evidence(each) for each in row["evidence"]),
        row["original_confidence"],
        row["method"],
        row["method_probabilities"],
        row.get("old"),
        row["resemblance"],
        row["same_site"],
        row["contradictions"],
        (left, right),
        row["date_conflict"],
        row["container"],
    )


def _span(pair: list[int]) -> Span:
    start, end = pair
    return start, end


def _evidence(row: Row) -> Evidence:
    left, right = _span(row["left"]), _span(row["right"])
    return Evidence(row["type"], left, right, row["left_text"], row["right_text"], row["fact"])


def cluster_of(row: Row) -> Cluster:
    """Return the cluster of a line of `clusters.jsonl`."""
    parents = tuple((each["copy"], each["parent"]) for each in row["parents"])
    return Cluster(row["id"], row["lead"], tuple(row["members"]), parents)


def template_of(row: Row) -> Template:
    """Return the template of a line of `templates.jsonl`."""
    left, right = row["example"]
    return Template(row["id"], row["count"], (left, right), tuple(row["members"]))


def score_of(row: Row) -> ArticleScore:
    """Return the score of a line of `articles.jsonl`."""
    findings = (
        Finding(f["type"], _span(f["span"]), f["found"], f["expected"], f["reason"], f["strong"])
        for f in row["evidence"]
    )
    return ArticleScore(row["overall"], row["parts"], row["percentiles"], row["abstained"], tuple(findings))


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
    id_, text, title, url, source = (row[name] for name in ("id", "as_read", "title", "url", "source"))
    return Article(id_, text, title, url, source, published, row["day_only"])
