"""The score of one article without its source: heads, findings and what they mean together.

Public: `score_tokens`, `Scorer`, `calibrated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dedup.errors import ConfigError
from dedup.findings.finder import Finder
from dedup.language.background import Background, shipped_background
from dedup.language.substitutions import Substitutions
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.records import ArticleScore, Explanation, Finding, Tokens
from dedup.scoring.article_kernel import Arrays, ArticleKernel, Limits
from dedup.scoring.calibration import Calibration, calibrate
from dedup.scoring.context_head import ContextReader
from dedup.scoring.explanation import Measurement, explain, machine_stretches, polish_of
from dedup.scoring.heads import Model, finding_rates, shipped_model
from dedup.scoring.numeric_features import Numeric
from dedup.scoring.overall import OVERALL

LEAST_WORDS = 120  # words read; see docs/model-card.md for what shorter texts would cost
MOST_UNKNOWN = (
    0.35  # share of words that the background lacks; 99.9 % of English news stay under .15 (docs/model-card.md)
)
LEAST_FUNCTION = 0.15  # share of English function words; 99.9 % of English news have more than .2, other languages less
FREE = ("spun", "corrupted", "tampered")  # heads that a background and a calibration of another language can serve


@dataclass(frozen=True, eq=False)
class Measured:
    """What one article gave: words read, value of each head, findings; `abstained` says why there are no values."""

    words: int
    values: dict[str, float]
    findings: tuple[Finding, ...]
    rates: dict[str, float]  # findings for a thousand words, as `finding_rates` gives them
    abstained: str | None
    seen: Arrays | None = None  # what the heads saw


class Scorer:
    """Scores articles with one background; made once, used for many.

    `any_language` gives values to text that is not English, for the heads that are not bound to English and where the
    background knows the words. It is the default where a calibration is given, without which they mean nothing.
    """

    def __init__(
        self,
        background: Background | None = None,
        calibration: Calibration | None = None,
        any_language: bool | None = None,
        model: Model | None = None,
        synonyms: Substitutions | None = None,
        learnt: Sequence[str] = (),
    ) -> None:
        """`learnt`: phrases learnt from confirmed pairs (`dedup.evidence.learnt_swaps.SwapTable.patterns`)."""
        self.any_language = calibration is not None if any_language is None else any_language
        self.background = background or shipped_background()
        self.model = model or shipped_model()
        self.calibration = calibration or Calibration.of(self.model.calibration)
        if missing := sorted({*self.model.heads, OVERALL} - self.calibration.quantiles.keys()):
            raise ConfigError(f"the calibration has nothing about {', '.join(missing)}: make it again")
        self.synonyms = synonyms or shipped_synonyms()
        self.finder = Finder(self.background, self.synonyms, learnt=learnt)
        limits = Limits(LEAST_WORDS, MOST_UNKNOWN, LEAST_FUNCTION, self.any_language)
        self._kernel = ArticleKernel(self.finder, self.model, limits)
        self._context = ContextReader(self.synonyms, self.model.function_words, self.model.spared)

    def measure(self, tokens: Tokens, text: str) -> Measured:
        """Return the value of each head for one article, and its findings."""
        seen = self._kernel(tokens)
        found, words = tuple(self.finder(tokens, text, seen.evidence)), seen.words
        english = seen.function >= LEAST_FUNCTION
        if reason := self._unfit(words, seen.unknown, english):
            return Measured(words, {}, found, {}, reason)
        rates = finding_rates(found, len(tokens))
        values = self.model.raw(seen.description, rates)
        if english and self.model.context.asks(values["spun"], words):
            features, surprise = self._context(seen.reading, tokens), float(seen.description.numeric[Numeric.SURPRISE])
            values["spun"] = self.model.context.lifted(values["spun"], words, surprise, features)
        values = values if english else {head: values[head] for head in FREE}
        return Measured(words, values, found, rates, None, seen)

    def _unfit(self, words: int, unknown: float, english: bool) -> str | None:
        """Why a text of so many words and this share of unknown ones has no values."""
        if words < LEAST_WORDS:
            return f"{words} words are too few: at least {LEAST_WORDS} are needed"
        if unknown > MOST_UNKNOWN:
            return f"the background does not know {unknown:.0%} of the words: another language than its own?"
        if not english and not self.any_language:
            return "not English: the background of its language needs a calibration of its own, too"
        return None

    def __call__(self, tokens: Tokens, text: str, explained: bool = False) -> ArticleScore:
        """Return the score of one article; `text` is what `tokens` was made of.

        `explained`: also what speaks for the parts, which takes some milliseconds more.
        """
        measured = self.measure(tokens, text)
        if measured.abstained:
            return ArticleScore(None, {}, {}, measured.abstained, measured.findings)
        words, values, read_as = measured.words, measured.values, self.calibration
        parts = {head: round(read_as.probability(head, words, v), 4) for head, v in values.items()}
        percentiles = {head: round(read_as.percentile(head, words, v), 2) for head, v in values.items()}
        odds = self.model.overall.odds(values, words, read_as, measured.rates)
        overall, percentile = read_as.probability(OVERALL, words, odds), read_as.percentile(OVERALL, words, odds)
        explanation = self._explanation(measured, tokens) if explained else None
        told = (None, measured.findings, round(percentile, 2), explanation)
        return ArticleScore(round(overall, 4), parts, percentiles, *told)

    def _explanation(self, measured: Measured, tokens: Tokens) -> Explanation | None:
        if measured.seen is None:
            return None
        seen = measured.seen
        measurement = Measurement(tokens, seen.reading, seen.description, self.model, self.background.words)
        slopes = {head: self.calibration.slope(head, measured.words) for head in measured.values}
        reasons = explain(measurement, slopes, self.synonyms)
        if "llm" not in slopes:
            return Explanation(reasons)
        polish = polish_of(self.calibration.percentile("llm", measured.words, measured.values["llm"]))
        return Explanation(reasons, machine_stretches(measurement, self.calibration), polish)


def calibrated(articles: Iterable[tuple[Tokens, str]], scorer: Scorer) -> tuple[Calibration, list[int]]:
    """Return a calibration to clean articles of one's own, and how many there were in each band of lengths (`BANDS`).

    Articles are tokens with the text that they were made of; those without values are left out. Raises InputError where
    there are too few.
    """
    measured = (scorer.measure(tokens, text) for tokens, text in articles)
    return calibrate(((m.words, m.values) for m in measured if m.abstained is None), scorer.calibration)


@lru_cache(maxsize=4)
def _scorer(background: Background) -> Scorer:
    return Scorer(background)


def score_tokens(tokens: Tokens, text: str, background: Background | None = None) -> ArticleScore:
    """Return how spun, corrupted, machine-written or translated one article reads, with the words that say so.

    `text` is what `tokens` was made of; the background is the shipped one unless another is given. Parts are
    probabilities, 0..1, that assume one article in ten of each kind; percentiles, 0..100, are against clean news of the
    same length. `overall` is the probability that the text is spun, corrupted or machine-written: "translated" (or
    non-native English) is a hint and not counted. Texts under 120 words or of an unknown language get no values.
    """
    return _scorer(background or shipped_background())(tokens, text)
