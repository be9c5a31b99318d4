"""The settings of the search across languages, each with where its value came from."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.checks import POSITIVE, SHARE, Range, check_settings


@dataclass(frozen=True, slots=True)
class TranslationConfig:
    """How translations are found. "Pack": `benchmarks/quality/translations.py`.

    Raises `ConfigError` where a value is out of its range.
    """

    # Least probability of a translation, and of a possible one. With pairs of languages held out .95 calls .999 of the
    # news translations of the pack, .98 of halves between other text, none of 2,409 look-alikes and one of 96 reports
    # of one event (pack).
    threshold: float = 0.95
    possible: float = 0.5
    # Articles in other languages that each is compared with: by its mean sentence, and by each block of three. Five for
    # all blocks together find .969 of halves between other text, five for each .986, with a cosine of .4 .994 (pack).
    best: int = 5
    # Least cosine of the mean sentences of two articles, or of blocks of three sentences, before they are compared.
    mean_cosine: float = 0.3
    block_cosine: float = 0.4
    # What partners among the sentences that both are found by must be alike, in all, beyond .4, before all sentences of
    # both are read: .2 leaves 1.000 of whole translations, .995 of halves, .994 of halves between other text (pack).
    partners: float = 0.2
    days: float = 30.0  # most days between two articles that are compared, where both have a date
    sentences: int = 21  # of a longer article as many, in blocks of three, are encoded before it has a candidate

    def __post_init__(self) -> None:
        ranges = {"best": POSITIVE, "sentences": Range(6), "days": Range(0), "partners": Range(0)}
        check_settings(self, ranges, default=SHARE)
