"""Unique ids: what happens when one id comes twice.

The same id with the same text is a repeat: skipped, and said so. The same id with another text is another article: it
is kept and becomes `id#2`, `id#3`, ... in the order read, so that two exports that both number from 1 do not hide
each other.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from dedup.records import Article, Skipped


class Identities:
    """The ids seen so far; about 200 bytes an article."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()  # digests of id and text
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}  # the number given last, for ids that came again

    def settle(self, article: Article, source: str, line: int | None) -> Article | Skipped:
        """The article under an id of its own, or `Skipped` when id and text came before."""
        both = f"{article.id}\0{article.text}".encode("utf-8", "surrogatepass")
        digest = blake2b(both, digest_size=8).digest()
        if digest in self._seen:
            return Skipped(source, line, f"repeats id {article.id!r} with the same text")
        self._seen.add(digest)
        name, number = article.id, self._last.get(article.id, 1)
        while name in self._taken:
            number += 1
            name = f"{article.id}#{number}"
        if number > 1:
            self._last[article.id] = number
        self._taken.add(name)
        return article if name == article.id else replace(article, id=name)
