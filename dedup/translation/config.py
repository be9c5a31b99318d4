"""The settings of the search across languages, each with where its value came from."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.checks import POSITIVE, SHARE, Range, check_settings


@dataclass(frozen=True, slots=True)
class TranslationConfig:
    """How translations are found. "Pack": `benchmarks/quality/translations.py`.

    Raises `ConfigError` where a value is out of its range.
    """

    # Least probability of a translation, and of a possible one. Pairs of languages held out, .9 calls .98 of the
    # translations of the pack and hardly a look-alike (pack).
    threshold: float = 0.9
    possible: float = 0.5
    best: int = 5  # articles in other languages that each is compared with, by either way of looking (study)
    # Least cosine of the mean sentences of two articles, or of blocks of three sentences, before they are compared.
    mean_cosine: float = 0.3
    block_cosine: float = 0.5
    days: float = 30.0  # most days between two articles that are compared, where both have a date
    sentences: int = 24  # of a longer article as many, in blocks of three, are encoded before it has a candidate

    def __post_init__(self) -> None:
        ranges = {"best": POSITIVE, "sentences": Range(6), "days": Range(0)}
        check_settings(self, ranges, default=SHARE)
