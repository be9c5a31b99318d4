"""Invented articles for the tests of the index: pseudo-words in sentences, and edited copies."""

from __future__ import annotations

import random

from dedup.records import Article

SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u")]
COMMON = ["the", "of", "and", "to", "in", "a", "was", "for", "on", "said"]


def words(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [
        draw.choice(COMMON) if draw.random() < 0.4 else "".join(draw.choices(SYLLABLES, k=draw.randint(2, 4)))
        for _ in range(count)
    ]


def prose(some: list[str]) -> str:
    sentences = [some[i : i + 13] for i in range(0, len(some), 13)]
    return "\n\n".join(" ".join(s).capitalize() + "." for s in sentences)


def story(seed: int, count: int = 156) -> str:
    return prose(words(count, seed))


def edited(seed: int, share: float = 0.1, count: int = 156) -> str:
    draw, fresh = random.Random(~seed), words(count, seed + 10_000)
    kept = [new if draw.random() < share else old for old, new in zip(words(count, seed), fresh, strict=True)]
    return prose(kept)


def article(id_: str, seed: int, share: float | None = None, **fields: object) -> Article:
    """A story, or a copy of it with a share of its words changed."""
    return Article(id_, story(seed) if share is None else edited(seed, share), **fields)  # type: ignore[arg-type]
