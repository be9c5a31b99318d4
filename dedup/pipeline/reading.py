"""Articles of files and folders, one at a time: `read_articles`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dedup.checks import Paths, checked_paths, require
from dedup.read import ReadOptions, read
from dedup.records import Article, Skipped


def read_articles(
    paths: Paths, options: ReadOptions | None = None, stdin: BinaryIO | None = None
) -> Iterator[Article | Skipped]:
    """Return an iterator over the articles of files and folders; what cannot be used comes as `Skipped`.

    Parameters:
        paths: A path or several: files (.txt, .html, .htm, .xhtml, .jsonl, .ndjson, each also with .gz), folders, which
            are read recursively in the order of their names, and standard input (`-`).
        options: Names of JSON fields, formats and limits of size (`dedup.ReadOptions`).
        stdin: What is read for `-` instead of this process's standard input.

    Raises:
        InputError: A path does not exist; before anything is read.
        UsageError: An argument is no path.

    The same paths give the same articles in the same order. One file is open and some megabytes in memory at a time.

    >>> import dedup
    >>> items = list(dedup.read_articles("fixtures/treaty"))
    >>> items[0].id
    'edited.html'
    """
    require("read_articles", options, (ReadOptions, type(None)), "dedup.ReadOptions as its options")
    return read(checked_paths("read_articles", paths), options, stdin)
