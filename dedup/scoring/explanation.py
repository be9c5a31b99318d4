"""What speaks for the parts of a score: sentences and habits of wording, each with its place and its weight.

The heads of `llm` and `translated` are linear functions of the whole text, so a sentence is weighed by leaving it out,
and a habit by what it adds. What speaks for the other parts are findings; for `spun` also the words whose alternative
would fit much better. This takes some milliseconds an article, so it is done where it is asked for.

An article of which some stretches read machine-made and others do not is mixed: stretches of `STRETCH` words and more
are read as if each were an article.

Public: `explain`, `machine_stretches`, `polish_of`, `Measurement`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64
from dedup.language.language_model import Reading
from dedup.language.offers import NAME_SHARE
from dedup.language.substitutions import Substitutions
from dedup.records import Reason, Span, Tokens
from dedup.scoring.calibration import Calibration
from dedup.scoring.features import FREQUENT, FREQUENT_RUN, Description, describe
from dedup.scoring.hashed_features import run_cells
from dedup.scoring.heads import Head, Model
from dedup.scoring.numeric_features import Numeric, proper_words

EXPLAINED = ("llm", "translated")  # heads of which a sentence is a share
MOST = 5  # reasons of each kind
LEAST_WORDS = 5  # of a sentence that is left out
LEAST_WEIGHT = 0.05  # log odds; less is no reason
LEAST_GAIN = 2.0  # log10: an alternative that fits a hundred times as well
STRETCH = 150  # words; shorter ones say too little
DEGREES = ("none", "light", "heavy")
LIGHT, HEAVY = 94.0, 99.6  # percentiles of `llm` from which a text reads lightly and heavily polished
MACHINE, HUMAN = 98.0, 80.0  # percentiles of `llm` from which a stretch reads machine-made, and up to which it does not
HABITS = {  # a numeric feature, where the text has more of it than clean news, and where it has less
    Numeric.SURPRISE: ("words come less expected than in news", "each word is expected after those before it"),
    Numeric.SURPRISE_SPREAD: ("expected and unexpected words alternate", "no word comes unexpected"),
    Numeric.CONTENT_SURPRISE: ("its nouns and verbs come unexpected", "its nouns and verbs are those one expects"),
    Numeric.BURSTINESS: ("sentences differ much in how unusual they are", "all sentences are alike in wording"),
    Numeric.TRIPLES: ("many runs of three words that news has too", "few runs of three words that news has too"),
    Numeric.FUNCTION: ("many function words", "few function words"),
    Numeric.LENGTH: ("long words", "short words"),
    Numeric.LONG: ("many words of eight letters and more", "few words of eight letters and more"),
    Numeric.TYPES: ("hardly a word comes twice within fifty", "the same words come again and again"),
    Numeric.SENTENCE: ("long sentences", "short sentences"),
    Numeric.SENTENCE_SPREAD: ("sentences of very different length", "sentences of even length"),
    Numeric.BREAKS: ("many commas and breaks", "few commas and breaks"),
    Numeric.NAMES: ("many names", "few names"),
    Numeric.NUMBERS: ("many numbers", "few numbers"),
    Numeric.UNKNOWN: ("many words that news does not have", "no word that news does not have"),
    Numeric.RARE: ("many rare words", "few rare words"),
    Numeric.FAMILIARITY: ("only common words", "uncommon words"),
    Numeric.LOWS: ("common beside rare words", "words of one level"),
    Numeric.REPEATS: ("its nouns and verbs come again", "its nouns and verbs hardly come again"),
    Numeric.UNSEEN: ("many pairs of words that news never has", "hardly a pair of words that news never has"),
    Numeric.DISCORD: ("frequent words side by side that avoid each other", "frequent words side by side as usual"),
    Numeric.STRANDED: ("words that fit neither neighbour", "words that fit their neighbours"),
    Numeric.GAINED: ("words for which others would fit better", "words that fit as well as any other"),
}


class Measurement(NamedTuple):
    """One article as the heads saw it."""

    tokens: Tokens
    reading: Reading
    description: Description
    model: Model
    counted: float  # words behind the background


def explain(measured: Measurement, slopes: dict[str, float], substitutions: Substitutions) -> tuple[Reason, ...]:
    """Return what speaks for each part, the heaviest reasons of each kind first.

    `slopes`: what a unit of each head's value is worth in log odds; heads that are not there are not explained.
    """
    found: list[Reason] = []
    for part in EXPLAINED:
        if part in slopes:
            head = measured.model.heads[part]
            found += _heaviest(_sentences(measured, part, head, slopes[part]))
            found += _heaviest(_habits(measured, part, head, slopes[part]))
            found += _heaviest(_wordings(measured, part, head, slopes[part]))
    if "spun" in slopes:
        found += _heaviest(_gains(measured, substitutions))
    return tuple(found)


def _heaviest(reasons: Iterator[Reason]) -> list[Reason]:
    heavy = [reason for reason in reasons if reason.weight >= LEAST_WEIGHT]
    return sorted(heavy, key=lambda r: (-r.weight, r.span or (0, 0), r.text))[:MOST]


def sentences_of(tokens: Tokens, reading: Reading) -> I64:
    """Return the sentence of each word that was read, (n,); a break belongs to the word after it."""
    origin = reading.origin.copy()
    for i in range(len(origin) - 2, -1, -1):
        origin[i] = origin[i + 1] if origin[i] < 0 else origin[i]
    numbers: I64 = np.searchsorted(tokens.sentences, origin, "right") - 1
    return numbers


def part_of(reading: Reading, kept: NDArray[np.bool_]) -> Reading:
    """Return the reading of some of the words, (n,) true where they stay."""
    return Reading._make(column[kept] for column in reading)


def _values(measured: Measurement, kept: NDArray[np.bool_]) -> Callable[[Head], float]:
    """What a head makes of a part of the words."""
    model = measured.model
    description = describe(part_of(measured.reading, kept), measured.tokens, model.function_words, measured.counted)
    standardised = model.standardised(description)
    return lambda head: head.raw(standardised, description, {})


def _sentences(measured: Measurement, part: str, head: Head, slope: float) -> Iterator[Reason]:
    tokens, reading = measured.tokens, measured.reading
    whole = head.raw(measured.model.standardised(measured.description), measured.description, {})
    numbers = sentences_of(tokens, reading)
    for number in np.unique(numbers).tolist():
        inside = numbers == number
        words = reading.origin[inside & (reading.origin >= 0)]
        if LEAST_WORDS <= len(words) < (reading.origin >= 0).sum():
            weight = slope * (whole - _values(measured, ~inside)(head))
            span = tokens.span(int(words[0]), int(words[-1]) + 1)
            yield Reason(part, "sentence", span, _text(tokens, int(words[0]), int(words[-1])), round(weight, 3))


def _text(tokens: Tokens, first: int, last: int) -> str:
    return tokens.data[int(tokens.starts[first]) : int(tokens.ends[last])].decode("utf-8", "replace")


def _habits(measured: Measurement, part: str, head: Head, slope: float) -> Iterator[Reason]:
    standardised = measured.model.standardised(measured.description)
    clipped = np.minimum(np.maximum(standardised, -head.limits), head.limits)
    for k, column in enumerate(measured.model.columns.tolist()):
        if column in HABITS:
            text = HABITS[Numeric(column)][0 if standardised[k] > 0 else 1]
            yield Reason(part, "habit", None, text, round(slope * float(head.numeric[k] * clipped[k]), 3))


def _wordings(measured: Measurement, part: str, head: Head, slope: float) -> Iterator[Reason]:
    """Frequent words and pairs that weigh: what the cell of each adds, told by the first that fell into it."""
    if head.frequent is None:
        return
    reading, tokens = measured.reading, measured.tokens
    used = (reading.frequency > FREQUENT * measured.counted) & (reading.capital <= NAME_SHARE)
    adds: F32 = slope * head.frequent * measured.description.frequent
    told: set[int] = set()
    for start, size, cell in run_cells(reading.words, used, FREQUENT_RUN).tolist():
        places = reading.origin[start : start + size]
        if cell not in told and (places >= 0).all():
            told.add(cell)
            span = tokens.span(int(places[0]), int(places[-1]) + 1)
            yield Reason(part, "wording", span, _text(tokens, *places[[0, -1]].tolist()), round(float(adds[cell]), 3))


def _gains(measured: Measurement, substitutions: Substitutions) -> Iterator[Reason]:
    """Words whose best alternative fits at least a hundred times as well, each once."""
    reading, tokens = measured.reading, measured.tokens
    proper, told = proper_words(reading, tokens.flags), set()
    for i in np.flatnonzero((reading.gain >= LEAST_GAIN) & ~proper).tolist():
        at, word = int(reading.origin[i]), int(reading.words[i])
        if word not in told:
            told.add(word)
            other = substitutions.word(int(reading.best[i]))
            text = f"{tokens.word(at)} ({other} would fit better)"
            yield Reason("spun", "substitution", tokens.span(at, at + 1), text, round(float(reading.gain[i]), 3))


def polish_of(percentile: float) -> str:
    """Return the degree, one of `DEGREES`, to which a text reads polished by an LLM, from its percentile of `llm`."""
    return DEGREES[(percentile >= LIGHT) + (percentile >= HEAVY)]


def machine_stretches(measured: Measurement, calibration: Calibration) -> tuple[Span, ...]:
    """Return the stretches that read machine-made, where others do not; nothing where the whole text is of one kind."""
    told: list[tuple[float, I64]] = []
    for inside in _stretches(measured):
        words = measured.reading.origin[inside & (measured.reading.origin >= 0)]
        value = _values(measured, inside)(measured.model.heads["llm"])
        told.append((calibration.percentile("llm", len(words), value), words))
    if not told or min(percentile for percentile, _ in told) > HUMAN:
        return ()
    spans = [measured.tokens.span(int(w[0]), int(w[-1]) + 1) for percentile, w in told if percentile >= MACHINE]
    return tuple(spans)


def _stretches(measured: Measurement) -> list[NDArray[np.bool_]]:
    """Whole sentences in a row, `STRETCH` words and more; what is left at the end belongs to the last."""
    numbers, real = sentences_of(measured.tokens, measured.reading), measured.reading.origin >= 0
    firsts, words = [0], 0
    for number in np.unique(numbers).tolist():
        if words >= STRETCH and (real & (numbers >= number)).sum() >= STRETCH:
            firsts.append(number)
            words = 0
        words += int((real & (numbers == number)).sum())
    lasts = [*firsts[1:], len(measured.tokens.sentences)]
    return [(numbers >= first) & (numbers < last) for first, last in zip(firsts, lasts, strict=True)]
