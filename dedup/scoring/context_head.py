"""What the context model adds to `spun`, for the texts that lie high without it: others are not read a second time.

Its features (`Context`) are linear, in standard deviations of clean news less what the surprise of the text and the fit
of its typical word explain. The sum counts less in news that the background finds surprising, where all of it spreads
more. A text that is read a second time never falls below those that are not. `benchmarks/training/score_spun.py` fits
the weights, which stand in `dedup/data/score.json`.

Public: `ContextHead`, `ContextReader`, `lift`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64, I64, U64
from dedup.compiled.decorators import Fields
from dedup.language.language_model import Reading
from dedup.language.substitutions import Substitutions
from dedup.models import check_version, positions
from dedup.records import Tokens
from dedup.scoring.calibration import band_of
from dedup.scoring.context_model import VERSION, Context, measure, shipped_context_model


def lift(value: float, more: float, factor: float, gate: float) -> float:
    """Return the value of a text with what the context model says of it, or the value itself where it lies low.

    `more` is added to it, and the sum multiplied by `factor`; from `gate` on a text is read a second time.
    """
    return max(gate, factor * (value + more)) if value >= gate else value


class ContextReader:
    """Measures articles with the context model, which is read from its file when the first article asks for it."""

    def __init__(self, synonyms: Substitutions, function_words: U64, spared: U64) -> None:
        """Take the alternatives, and as sorted hashes the function words and the words that no alternative betters."""
        self._synonyms, self._words = synonyms, (function_words, spared)

    @cached_property
    def _given(self) -> tuple[Fields, Fields, I64]:
        model = shipped_context_model()
        return tuple(model), tuple(self._synonyms), model.number(self._synonyms.hashes)

    def __call__(self, reading: Reading, tokens: Tokens) -> F64:
        """Return the features of one article, shape (len(Context),)."""
        text = (np.frombuffer(tokens.data, np.uint8), tokens.starts, tokens.ends)
        article = (reading.words, reading.origin, reading.frequency, reading.capital, text)
        model, synonyms, targets = self._given
        return measure(model, synonyms, targets, article, *self._words)


@dataclass(frozen=True, eq=False)
class ContextHead:
    """The weights of a model file."""

    gates: tuple[float, ...]  # by band of lengths: the value of `spun` from which on the context model is asked
    columns: NDArray[np.intp]  # (w,) where the features that `weights` are for stand among `Context`
    weights: F64  # (w,)
    surprise: float  # weight of the mean surprise of the text
    bias: float
    usual: float  # mean surprise of clean news
    unfamiliar: float  # what a unit above that takes off the logarithm of a value

    @staticmethod
    def of(data: Mapping[str, Any], where: str) -> ContextHead:
        """Return the head of a model file. Raises `ModelMismatch` where it was made for other features."""
        check_version(data, VERSION, where)
        columns, weights = positions(data["weights"], Context.names(), where), np.array([*data["weights"].values()])
        rest = (data[name] for name in ("surprise", "bias", "usual", "unfamiliar"))
        return ContextHead(tuple(data["gates"]), columns, weights, *rest)

    def asks(self, value: float, words: int) -> bool:
        """Return whether a text of this length with this value of `spun` is read a second time."""
        return value >= self.gates[band_of(words)]

    def lifted(self, value: float, words: int, surprise: float, features: F64) -> float:
        """Return the value of `spun` of a text that is read a second time, from the features of the context model."""
        more = self.bias + float(self.weights @ features[self.columns]) + self.surprise * surprise
        factor = math.exp(self.unfamiliar * (self.usual - surprise))
        return lift(value, more, factor, self.gates[band_of(words)])
