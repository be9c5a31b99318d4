"""How a copy was made: edited, spun word by word, translated there and back, rewritten by an LLM, or by a human."""

from __future__ import annotations

import math

import numpy as np

from dedup.compiled.arrays import F64
from dedup.judge.features import NAMES as FEATURES
from dedup.judge.original import Changes
from dedup.models import Logistic

EXTRA = (
    "swaps",  # swapped words and phrases per 100 words of the shorter article
    "single_swaps",  # share of them that are one word for one word
    "name_changes",  # changed names per 100 words
    "sentences",  # |ln(sentences left / right)|
    "sentence_length",  # |ln(words per sentence left / right)|
)
METHODS = ("back_translated", "edited", "human", "llm", "spun")
STYLES = tuple(f"style_{method}" for method in METHODS)  # distance of the two articles' numbers of `style`
VERSION = "method-1"
NAMES = (*FEATURES, *EXTRA, *STYLES)
UNSURE = "unsure"
VERBATIM = (
    0.9  # share of the shorter text's three-word grams from which nothing was re-worded: one word in thirty changed
)
TRIPLES = FEATURES.index("triples_max")


def method_features(
    vector: F64, changes: Changes, words: tuple[int, int], sentences: tuple[int, int], styles: tuple[F64, F64]
) -> F64:
    """The features of the pair, and what its differences say about the method, in the order of `NAMES`.

    `styles`: the numbers of both articles, each of shape (methods,).
    """
    size = max(1, min(words)) / 100.0
    a, b = max(1, sentences[0]), max(1, sentences[1])
    ratio = abs(math.log(max(1, words[0]) / a) - math.log(max(1, words[1]) / b))
    found, at = np.empty(len(vector) + len(EXTRA) + len(styles[0])), len(vector)
    found[:at] = vector
    found[at : at + len(EXTRA)] = (
        changes.swaps / size,
        changes.singles / changes.swaps if changes.swaps else 0.0,
        changes.names / size,
        abs(math.log(a / b)),
        ratio,
    )
    found[at + len(EXTRA) :] = np.abs(styles[0] - styles[1])
    return found


def probable_method(vector: F64, models: dict[str, Logistic], least: float) -> tuple[str, dict[str, float]]:
    """The method and the probability of each; "unsure" where none reaches `least`. `vector` as of `method_features`.

    What is nearly verbatim was edited, whoever did it.
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
