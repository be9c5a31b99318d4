"""How a copy was made: edited, spun word by word, translated there and back, rewritten by an LLM, or by a human."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dedup.compiled.arrays import F64
from dedup.judge.columns import METHOD, STYLES, MethodFeature, Sided, larger
from dedup.judge.original import Changes
from dedup.models import Logistic

UNSURE = "unsure"
# Share of the shorter text's three-word grams from which nothing was re-worded: one word in thirty changed.
VERBATIM = 0.9
TRIPLES = larger(Sided.TRIPLES)
# As numbers: before Python 3.12, looking up a member costs half a microsecond, and these are asked for at every pair.
_NAME_CHANGES = int(MethodFeature.NAME_CHANGES)
_SENTENCES = int(MethodFeature.SENTENCES)
_SENTENCE_LENGTH = int(MethodFeature.SENTENCE_LENGTH)
_SINGLE_SWAPS = int(MethodFeature.SINGLE_SWAPS)
_SWAPS = int(MethodFeature.SWAPS)


def method_features(
    vector: F64, changes: Changes, words: tuple[int, int], sentences: tuple[int, int], styles: tuple[F64, F64]
) -> F64:
    """Return the features of the pair, and what its differences say about the method, in the order of `METHOD`.

    `styles`: the numbers of both articles, each of shape (methods,) in the order of `METHODS`.
    """
    size = max(1, min(words)) / 100.0
    a, b = max(1, sentences[0]), max(1, sentences[1])
    found, first = np.empty(len(METHOD)), len(vector)
    found[:first] = vector
    found[first + _SWAPS] = changes.swaps / size
    found[first + _SINGLE_SWAPS] = changes.singles / changes.swaps if changes.swaps else 0.0
    found[first + _NAME_CHANGES] = changes.names / size
    found[first + _SENTENCES] = abs(math.log(a / b))
    found[first + _SENTENCE_LENGTH] = abs(math.log(max(1, words[0]) / a) - math.log(max(1, words[1]) / b))
    found[STYLES] = np.abs(styles[0] - styles[1])
    return found


def probable_method(vector: F64, models: dict[str, Logistic], least: float) -> tuple[str, dict[str, float]]:
    """Return the method and the probability of each; "unsure" where none reaches `least`.

    `vector` is that of `method_features`. What is nearly verbatim was edited, whoever did it.
    """
    if vector[TRIPLES] >= VERBATIM:
        return "edited", {name: float(name == "edited") for name in sorted(models)}
    odds = {name: float(model.logit(vector)) for name, model in models.items()}
    top = max(odds.values())
    raw = {name: math.exp(value - top) for name, value in odds.items()}
    total = sum(raw.values())
    probabilities = {name: round(value / total, 4) for name, value in raw.items()}
    best = max(probabilities, key=lambda name: (probabilities[name], name))
    return (best if probabilities[best] >= least else UNSURE), probabilities


def model_shares(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Return how much each model of the original counts, together 1, by the probability of each method (none: edited).

    Translations are new sentences in which names and words go wrong: the mean of the model of texts written anew and
    of the one for any copy.
    """
    llm, edited = probabilities.get("llm", 0.0), probabilities.get("edited", 0.0) + probabilities.get("spun", 0.0)
    translated = probabilities.get("back_translated", 0.0) + probabilities.get("human", 0.0)
    if not probabilities:
        edited = 1.0
    return {"anew": llm + translated / 2.0, "edited": edited, "any": translated / 2.0}
