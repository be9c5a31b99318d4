"""Articles into the store: from an iterable, or from paths."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO

from dedup.read import ReadOptions, read
from dedup.records import Article, Skipped
from dedup.store import ArticleStore


def store_articles(articles: Iterable[Article | Skipped]) -> tuple[ArticleStore, list[Skipped]]:
    """All articles of an iterable in a new store, and what was skipped, in order."""
    store, skipped = ArticleStore(), []
    for article in articles:
        if isinstance(article, Skipped):
            skipped.append(article)
        else:
            store.add(article)
    return store, skipped


def store_paths(
    paths: Iterable[str | os.PathLike[str]], options: ReadOptions, stdin: BinaryIO | None = None
) -> tuple[ArticleStore, list[Skipped]]:
    """All articles of files, folders and standard input (`-`)."""
    return store_articles(read(paths, options, stdin))
