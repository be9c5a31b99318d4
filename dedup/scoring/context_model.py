"""How well each word of an article fits the words around it, by a small neural model; optional and off by default.

The words on both sides of a place say which word belongs there: the vectors of the five nearest on either side and the
sum of the twenty beyond go through one hidden layer, and what comes out is compared with the vector of each word
(Bengio et al. 2003; both sides and no order among the far ones as in Mikolov et al. 2013). Places are those of words
that a spinner would swap: no function words, numbers or names. The weights are stored as signed bytes with a scale a
row; `benchmarks/training/train_context_model.py` makes them.

Public: `ContextModel`, `load_context_model`, `save_context_model`, `classes_of`, `numbered`, `measure`, `Context`.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I32, I64, U64
from dedup.errors import InputError, ModelMismatch
from dedup.language.background import NUMBER
from dedup.language.language_model import Reading
from dedup.language.offers import NAME_SHARE
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions
from dedup.models import Columns
from dedup.records import Tokens
from dedup.scoring.word_classes import NAME, SUFFIX, SUFFIXES, UNKNOWN, mask_words

FORMAT = 1  # of the file of weights
VERSION = "context-1"  # of what the features mean: raise it whenever one changes, and train the deeper head again
SIDE = 5  # words on either side with a place of their own
WIDE = 25  # words on either side that are read at all
FAR = np.float32(0.1)  # scales the sum of the 40 far words to about the size of one
FLAT = 0.75  # power of the shares that competitors in training, and the sample of all words, are drawn by
SWAPPED = 0.2  # share of words taken to be swapped; the figures hardly change from .05 on
NONE = float(np.log(1 - SWAPPED))  # what a word without any sign of a swap adds
HIGHEST = 30.0  # natural logarithm; enough for any word to count as swapped, and no overflow
_PLACES = np.array([p for p in range(-SIDE, SIDE + 1) if p], np.int64)
_WEIGHTS = ("given", "wanted", "hidden", "output")

Mask = NDArray[np.bool_]


class Context(Columns):
    """The features of one article: means over its distinct words, natural logarithms."""

    STRANGE = auto()  # how much likelier a word is if a fifth of the words was drawn by chance; at least `NONE`
    SWAPPED = auto()  # how much likelier it is if a fifth of them stands for one of its alternatives; at least `NONE`
    TYPICAL = auto()  # the median of how much likelier a word is by chance than in its place; high in unfamiliar news


class WordClass(IntEnum):
    """Numbers of what is not in the vocabulary: the first rows of the stored weights, so that none may change."""

    BREAK = 0
    NUMBER = 1
    UNKNOWN = 2
    NAME = 3
    SUFFIX = 4  # the first of `SUFFIXES`; the others follow, then a word without a known ending


CLASSES = WordClass.SUFFIX + len(SUFFIXES) + 1  # numbers below this are classes


@dataclass(frozen=True, eq=False)
class ContextModel:
    """The model. Words have `v` numbers: `CLASSES` classes, then the vocabulary; `d` dimensions, `h` hidden units."""

    words: U64  # (v - CLASSES,) sorted hashes of the vocabulary, in the order of their numbers
    given: F32  # (v, d) a word as a neighbour
    wanted: F32  # (v, d + 1) a word as what belongs there, and its bias
    hidden: F32  # (11 d + 1, h) ten places, the far words, bias
    output: F32  # (h + 1, d)
    share: F32  # (v,) natural logarithm of the share of each number among the places in training
    sample: I32  # (k,) numbers drawn by share^FLAT, which stand for all words

    @cached_property
    def ruler(self) -> F32:
        """`wanted` of the sample less the logarithm of the chance that each was drawn, shape (d + 1, k)."""
        flat = FLAT * self.share
        ruler = self.wanted[self.sample].T.copy()
        ruler[-1] -= flat[self.sample] - np.log(np.exp(flat).sum())
        return ruler

    def number(self, words: U64) -> I64:
        """Return the number of each hash in the vocabulary, -1 where it has none."""
        at = np.minimum(np.searchsorted(self.words, words), len(self.words) - 1)
        return np.where(self.words[at] == words, at + CLASSES, -1)


def classes_of(
    words: U64, origin: I64, frequency: F32, capital: F32, tokens: Tokens, function_words: U64
) -> tuple[I64, Mask]:
    """Return the class of each word and break by what it looks like, and which are words that a spinner would swap.

    The arguments are those of `mask_words`; both results have shape (n,). Classes are `WordClass`.
    """
    masks, function = mask_words(words, origin, frequency, capital, tokens, function_words)
    real, number = origin >= 0, words == NUMBER
    found = np.where(masks == NAME, WordClass.NAME, np.where(masks == UNKNOWN, WordClass.UNKNOWN, WordClass.BREAK))
    suffix = (masks >= SUFFIX) & (masks <= SUFFIX + np.uint64(len(SUFFIXES)))
    found = np.where(suffix, masks.astype(np.int64) - int(SUFFIX) + WordClass.SUFFIX, found)
    classes = np.where(number, WordClass.NUMBER, np.where(real, found, WordClass.BREAK))
    return classes, real & ~number & ~function & (capital <= NAME_SHARE)


def numbered(model: ContextModel, reading: Reading, tokens: Tokens, function_words: U64) -> tuple[I64, Mask]:
    """Return the number (n,) of each word and break that was read, and which are words that a spinner would swap."""
    known = (reading.frequency, reading.capital)
    classes, plain = classes_of(reading.words, reading.origin, *known, tokens, function_words)
    number = model.number(reading.words)
    return np.where(number >= 0, number, classes), plain


def _expected(model: ContextModel, numbers: I64, places: I64) -> F32:
    """What belongs in each place, as a vector to multiply with `wanted`; shape (places, d + 1)."""
    rows = model.given[np.pad(numbers, WIDE)]  # beyond the text there are breaks
    sums = np.zeros((len(rows) + 1, rows.shape[1]), np.float32)
    np.cumsum(rows, axis=0, out=sums[1:])
    at = places + WIDE
    far = FAR * (sums[at - SIDE] - sums[at - WIDE] + sums[at + WIDE + 1] - sums[at + SIDE + 1])
    near = rows[at[:, None] + _PLACES].reshape(len(places), -1)
    inner = near @ model.hidden[: near.shape[1]] + far @ model.hidden[near.shape[1] : -1] + model.hidden[-1]
    found: F32 = np.ones((len(places), model.wanted.shape[1]), np.float32)
    np.add(np.maximum(inner, np.float32(0)) @ model.output[:-1], model.output[-1], out=found[:, :-1])
    return found


def _all_words(model: ContextModel, expected: F32) -> F32:
    """Natural logarithm of what all words weigh together in each place, estimated from the sample of them."""
    weighs = expected @ model.ruler
    top = weighs.max(axis=1)
    weighs -= top[:, None]
    total: F32 = np.log(np.exp(weighs, out=weighs).mean(axis=1)) + top
    return total


def _alternatives(
    model: ContextModel, synonyms: Substitutions, targets: I64, words: U64, expected: F32, own: F32
) -> F64:
    """Natural logarithm of how much more the alternatives of each word weigh on average than itself; -inf for none."""
    rows = rows_of(synonyms.first, synonyms.keys, words)
    has = np.flatnonzero(rows >= 0)
    first = synonyms.offsets[rows[has]].astype(np.int64)
    counts = synonyms.offsets[rows[has] + 1].astype(np.int64) - first
    place = np.repeat(has, counts)
    numbers = targets[synonyms.targets[np.arange(len(place)) + np.repeat(first - np.cumsum(counts) + counts, counts)]]
    place, numbers = place[numbers >= 0], numbers[numbers >= 0]
    gain = np.einsum("ij,ij->i", expected[place], model.wanted[numbers]) - own[place]
    total = np.bincount(place, np.exp(np.minimum(gain, HIGHEST)), len(words))
    with np.errstate(divide="ignore"):
        return np.log(total / np.maximum(np.bincount(place, minlength=len(words)), 1))


def _as_swapped(ratio: F32 | F64) -> F64:
    """Natural logarithm of how much likelier a word gets where `SWAPPED` of the words are swapped.

    `ratio` is the logarithm of its probability as a swapped word over that as the right one.
    """
    weighed: F64 = np.log(1 - SWAPPED + SWAPPED * np.exp(np.minimum(ratio, HIGHEST).astype(np.float64)))
    return weighed


def _by_type(words: U64, values: F64) -> float:
    """Mean over the distinct words of their mean value: a theme's own word counts once; `NONE` without words."""
    if not len(words):
        return NONE
    _, types, counts = np.unique(words, return_inverse=True, return_counts=True)
    return float((np.bincount(types, values) / counts).mean())


def measure(
    model: ContextModel,
    synonyms: Substitutions,
    targets: I64,
    reading: Reading,
    tokens: Tokens,
    function_words: U64,
    spared: U64,
) -> F64:
    """Return how much the plain words of an article look swapped in, shape (len(Context),).

    `targets` are `model.number(synonyms.hashes)`; `function_words` and `spared`, the words that no alternative betters,
    are sorted hashes.
    """
    numbers, plain = numbered(model, reading, tokens, function_words)
    features, places = np.zeros(len(Context)), np.flatnonzero(plain)
    features[Context.STRANGE] = features[Context.SWAPPED] = NONE
    if not len(places):
        return features
    words, filled = reading.words[places], numbers[places]
    expected = _expected(model, numbers, places)
    own = np.einsum("ij,ij->i", expected, model.wanted[filled])
    drawn = model.share[filled] - own + _all_words(model, expected)
    known = (filled >= CLASSES) & ~np.isin(words, spared)
    better = _alternatives(model, synonyms, targets, words[known], expected[known], own[known])
    features[Context.STRANGE] = _by_type(words, _as_swapped(drawn))
    features[Context.SWAPPED] = _by_type(words[known], _as_swapped(better))
    features[Context.TYPICAL] = np.median(drawn)
    return features


def _packed(weights: F32) -> tuple[NDArray[np.int8], F32]:
    """Signed bytes, and what one step is worth in each row."""
    step = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-9) / 127
    return np.round(weights / step).astype(np.int8), step.astype(np.float32)


def save_context_model(model: ContextModel, path: Path) -> None:
    """Write a model as plain arrays (.npz): weights as signed bytes with a scale a row."""
    arrays: dict[str, Any] = {name: getattr(model, name) for name in ("words", "share", "sample")}
    for name in _WEIGHTS:
        arrays[name], arrays[f"{name}_step"] = _packed(getattr(model, name))
    np.savez(path, format=np.array(FORMAT), **arrays)


def load_context_model(path: str | Path) -> ContextModel:
    """Return the model of a file. Raises `InputError` where it cannot be read, `ModelMismatch` for another format."""
    try:
        with np.load(path) as file:
            if int(file["format"]) != FORMAT:
                raise ModelMismatch(f"{path}: format {int(file['format'])}, this version needs {FORMAT}")
            weights = {name: file[name].astype(np.float32) * file[f"{name}_step"] for name in _WEIGHTS}
            return ContextModel(words=file["words"], share=file["share"], sample=file["sample"], **weights)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read as a context model: {error}") from error
