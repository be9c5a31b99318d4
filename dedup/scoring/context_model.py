"""How well each word of an article fits the words around it, by a small neural model.

The words on both sides of a place say which word belongs there. The vectors of the five nearest on either side, each
weighted by its position, and the sum of the twenty beyond are added up; what comes out is compared with the vector of
each word (log-bilinear: Mnih, Hinton 2007; both sides, and no order among the far ones, as in Mikolov et al. 2013).
Trained so that the weights of all words sum to about one (Devlin et al. 2014), it needs no sum over the vocabulary.
Places are those of words that a spinner would swap: no function words, numbers or names. Sums are taken in a fixed
order, so that an article has the same features everywhere. `benchmarks/training/train_context_model.py` makes the
weights, which are stored as signed bytes with a scale a row.

Public: `ContextModel`, `Context`, `classes_of`, `measure`, `in_steps`, `load_context_model`, `save_context_model`,
`shipped_context_model`.
"""

from __future__ import annotations

import math
import zipfile
from enum import IntEnum, auto
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I8, I64, U8, U32, U64
from dedup.compiled.decorators import Fields, borrowing, borrowing_inlined, helper, kernel
from dedup.errors import InputError, ModelMismatch
from dedup.language.background import NUMBER
from dedup.language.offers import NAME_SHARE
from dedup.language.sorted_keys import row_of, starts_of
from dedup.language.substitutions import Substitutions
from dedup.models import Columns
from dedup.resources import resource
from dedup.scoring.numeric_features import uses_of
from dedup.scoring.word_classes import NAME, SUFFIX, SUFFIXES, UNKNOWN, mask

FORMAT = 2  # of the file of weights
VERSION = "context-2"  # of what the features mean: raise it whenever one changes, and train the heads again
SIDE = 5  # words on either side with a place of their own
WIDE = 25  # words on either side that are read at all
DIMENSIONS = 64  # of the vectors of words; a power of two
FLAT = 0.75  # power of the shares that competitors in training are drawn by
SWAPPED = 0.2  # share of words taken to be swapped; the figures hardly change from .05 on
NONE = math.log(1 - SWAPPED)  # what a word without any sign of a swap adds
HIGHEST = 30.0  # natural logarithm; enough for any word to count as swapped, and no overflow
_NUMBER = NUMBER  # numba takes globals of the module for constants

Mask = NDArray[np.bool_]


class Context(Columns):
    """The features of one article: means over its distinct words, natural logarithms."""

    STRANGE = auto()  # how much likelier a word is if a fifth of the words was drawn by chance; at least `NONE`
    SWAPPED = auto()  # the same if a fifth stands for its best alternative, drawn among all of its; at least `NONE`
    TYPICAL = auto()  # the median of how much likelier a word is by chance than in its place; high in unfamiliar news


class WordClass(IntEnum):
    """Numbers of what is not in the vocabulary: the first rows of the stored weights, so that none may change."""

    BREAK = 0
    NUMBER = 1
    UNKNOWN = 2
    NAME = 3
    SUFFIX = 4  # the first of `SUFFIXES`; the others follow, then a word without a known ending


CLASSES = WordClass.SUFFIX + len(SUFFIXES) + 1  # numbers below this are classes
_CLASSES, _OTHER = int(CLASSES), np.uint64(len(SUFFIXES))


class ContextModel(NamedTuple):
    """The model. Words have `v` numbers: `CLASSES` classes, then the vocabulary; `d` dimensions."""

    first: U32  # (2**16 + 1,) `starts_of` the words
    words: U64  # (v - CLASSES,) sorted hashes of the vocabulary, in the order of their numbers
    given: I8  # (v, d) a word as a neighbour, in steps
    given_step: F32  # (v,) what a step is worth
    wanted: I8  # (v, d) a word as what belongs there, in steps
    wanted_step: F32  # (v,)
    usual: F32  # (v,) what it weighs in any place
    share: F32  # (v,) natural logarithm of the share of each number among the places in training
    near: F32  # (2 * SIDE, d) weights of the neighbours, from left to right
    far: F32  # (d,) weights of the sum of the words beyond
    bias: F32  # (d,)

    def number(self, words: U64) -> I64:
        """Return the number of each hash in the vocabulary, -1 where it has none."""
        at = np.minimum(np.searchsorted(self.words, words), len(self.words) - 1)
        return np.where(self.words[at] == words, at + CLASSES, -1)


@kernel
def classes_of(
    words: U64, origin: I64, frequency: F32, capital: F32, text: tuple[U8, U32, U32], function_words: U64
) -> tuple[I64, Mask]:
    """Return the class of each word and break by what it looks like, and which are words that a spinner would swap.

    The arguments are those of `mask`; both results have shape (n,). Classes are `WordClass`.
    """
    masks, function = mask(words, origin, frequency, capital, text, function_words)
    classes, plain = np.zeros(len(words), np.int64), np.zeros(len(words), np.bool_)
    for i in range(len(words)):
        if words[i] == _NUMBER:
            classes[i] = WordClass.NUMBER
        elif origin[i] >= 0:
            plain[i] = not function[i] and capital[i] <= NAME_SHARE
            if masks[i] == NAME:
                classes[i] = WordClass.NAME
            elif masks[i] == UNKNOWN:
                classes[i] = WordClass.UNKNOWN
            elif SUFFIX <= masks[i] <= SUFFIX + _OTHER:
                classes[i] = WordClass.SUFFIX + np.int64(masks[i] - SUFFIX)
    return classes, plain


@borrowing_inlined
def _weight(model: ContextModel, number: int, expected: F32, products: F32) -> np.float32:
    """What a word weighs in a place: halves of the products are added to one another until one is left."""
    left = len(products)
    for k in range(left):
        products[k] = expected[k] * np.float32(model.wanted[number, k])
    while left > 1:
        left //= 2
        for k in range(left):
            products[k] += products[left + k]
    return np.float32(products[0] * model.wanted_step[number] + model.usual[number])


@helper
def _vectors(model: ContextModel, numbers: I64) -> tuple[F32, F32]:
    """The vectors of the words as neighbours, (n, d), and the sums of the first of them, (n + 1, d)."""
    n, dimensions = len(numbers), model.given.shape[1]
    vectors, sums = np.empty((n, dimensions), np.float32), np.zeros((n + 1, dimensions), np.float32)
    for i in range(n):
        step = model.given_step[numbers[i]]
        for k in range(dimensions):
            vectors[i, k] = step * np.float32(model.given[numbers[i], k])
            sums[i + 1, k] = sums[i, k] + vectors[i, k]
    return vectors, sums


@borrowing
def _expect(model: ContextModel, vectors: F32, sums: F32, at: int, expected: F32) -> None:
    """Fill what belongs in a place, (d,), to multiply with `wanted`."""
    for k in range(len(expected)):
        far = (sums[at - SIDE, k] - sums[at - WIDE, k]) + (sums[at + WIDE + 1, k] - sums[at + SIDE + 1, k])
        expected[k] = model.bias[k] + model.far[k] * far
    for p in range(SIDE):
        for k in range(len(expected)):
            left, right = vectors[at - SIDE + p, k], vectors[at + 1 + p, k]
            expected[k] += model.near[p, k] * left + model.near[SIDE + p, k] * right


@borrowing
def _better(
    model: ContextModel, synonyms: Substitutions, targets: I64, row: int, expected: F32, products: F32
) -> tuple[float, int]:
    """What the best alternative of a word weighs, a natural logarithm, and how many there are."""
    best, count = -np.inf, 0
    for j in range(np.int64(synonyms.offsets[row]), np.int64(synonyms.offsets[row + 1])):
        other = targets[synonyms.targets[j]]
        if other >= 0:
            best, count = max(best, np.float64(_weight(model, other, expected, products))), count + 1
    return best, count


@borrowing
def _as_swapped(ratio: float) -> float:
    """Natural logarithm of how much likelier a word gets where `SWAPPED` of the words are swapped.

    `ratio` is the logarithm of its probability as a swapped word over that as the right one.
    """
    return math.log(1 - SWAPPED + SWAPPED * math.exp(min(ratio, HIGHEST)))


@helper
def _numbered(model: ContextModel, words: U64, classes: I64) -> I64:
    """The number of each word, with `WIDE` breaks on either side."""
    numbers = np.zeros(len(words) + 2 * WIDE, np.int64)
    for i in range(len(words)):
        row = row_of(model.first, model.words, words[i])
        numbers[WIDE + i] = classes[i] if row < 0 else row + _CLASSES
    return numbers


@kernel
def _measure(
    weights: Fields, alternatives: Fields, targets: I64, article: Fields, function_words: U64, spared: U64
) -> Fields:
    """Means of strange and swapped over the distinct words, and how much likelier each word is by chance, (places,)."""
    model, synonyms = ContextModel(*weights), Substitutions(*alternatives)
    words, origin, frequency, capital, text = article
    classes, plain = classes_of(words, origin, frequency, capital, text, function_words)
    numbers, places = _numbered(model, words, classes), np.flatnonzero(plain)
    filled = words[places]
    (vectors, sums), uses, spare = _vectors(model, numbers), uses_of(filled), np.searchsorted(spared, filled)
    expected, products = np.empty_like(model.bias), np.empty_like(model.bias)
    drawn, strange, swapped, types, known = np.empty(len(places), np.float32), 0.0, 0.0, 0.0, 0.0
    for j in range(len(places)):
        at, once = WIDE + places[j], 1.0 / uses[j]
        _expect(model, vectors, sums, at, expected)
        own = _weight(model, numbers[at], expected, products)
        drawn[j] = model.share[numbers[at]] - own
        strange, types = strange + once * _as_swapped(np.float64(drawn[j])), types + once
        if numbers[at] < _CLASSES or (spare[j] < len(spared) and spared[spare[j]] == filled[j]):
            continue
        row, ratio = row_of(synonyms.first, synonyms.keys, filled[j]), -np.inf
        if row >= 0:
            best, count = _better(model, synonyms, targets, row, expected, products)
            ratio = best - np.float64(own) - math.log(max(1, count))
        swapped, known = swapped + once * _as_swapped(ratio), known + once
    return strange / types if types else NONE, swapped / known if known else NONE, drawn


def measure(model: Fields, synonyms: Fields, targets: I64, article: Fields, function_words: U64, spared: U64) -> F64:
    """Return how much the plain words of an article look swapped in, shape (len(Context),).

    `model` and `synonyms` are the fields of a `ContextModel` and of `Substitutions` as plain tuples; `targets` are
    `model.number(synonyms.hashes)`; `article` is what `classes_of` takes of one but for the function words; these and
    `spared`, the words that no alternative betters, are sorted hashes.
    """
    strange, swapped, drawn = _measure(model, synonyms, targets, article, function_words, spared)
    middle, features = len(drawn) // 2, np.zeros(len(Context))
    features[Context.STRANGE], features[Context.SWAPPED] = strange, swapped
    features[Context.TYPICAL] = np.partition(drawn, middle)[middle] if len(drawn) else 0.0
    return features


def in_steps(weights: F32) -> tuple[I8, F32]:
    """Return weights (v, d) as signed bytes, and what one step is worth in each row, (v,)."""
    step = np.maximum(np.abs(weights).max(axis=1), 1e-9) / 127
    return np.round(weights / step[:, None]).astype(np.int8), step.astype(np.float32)


def save_context_model(model: ContextModel, path: Path) -> None:
    """Write a model as plain arrays (.npz)."""
    arrays: dict[str, Any] = model._asdict()
    del arrays["first"]
    np.savez(path, format=np.array(FORMAT), **arrays)


def load_context_model(path: str | Path) -> ContextModel:
    """Return the model of a file. Raises `InputError` where it cannot be read, `ModelMismatch` for another format."""
    try:
        with np.load(path) as file:
            if int(file["format"]) != FORMAT:
                raise ModelMismatch(f"{path}: format {int(file['format'])}, this version needs {FORMAT}")
            return ContextModel(starts_of(file["words"]), *(file[name] for name in ContextModel._fields[1:]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read as a context model: {error}") from error


@lru_cache(maxsize=1)
def shipped_context_model() -> ContextModel:
    """Return the model that comes with the package, read once."""
    return load_context_model(resource("context_model.npz"))
