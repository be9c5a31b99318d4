"""How well each word of an article fits the words around it, by a small neural model; optional and off by default.

The words on both sides of a slot say which word belongs there: the vectors of the five nearest on either side and the
sum of the twenty beyond go through one hidden layer, and what comes out is compared with the vector of each word
(Bengio et al. 2003; both sides and no order among the far ones as in Mikolov et al. 2013). Slots are the words that a
spinner would swap: no function words, numbers or names. The weights are stored as signed bytes with a scale a row;
`benchmarks/training/train_slots.py` makes them.

Public: `Slots`, `load_slots`, `save_slots`, `kinds_of`, `numbered`, `measure`, `FEATURES`, `reference_expected`.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I64, U64
from dedup.errors import InputError
from dedup.language.background import NUMBER
from dedup.language.language_model import NAME_SHARE, Reading
from dedup.language.sorted_keys import rows_of
from dedup.language.substitutions import Substitutions
from dedup.records import Tokens
from dedup.scoring.features import _masks as masks_of

FORMAT = 1
FEATURES = ("strange", "swapped", "typical")
SIDE = 5  # words on either side with a place of their own
WIDE = 25  # words on either side that are read at all
FAR = np.float32(0.1)  # scales the sum of the 40 far words to about the size of one
FLAT = 0.75  # power of the shares that competitors in training, and the sample of all words, are drawn by
CLASSES = 20  # numbers below this stand for words beyond the vocabulary, by what they look like
SWAPPED = 0.2  # share of words taken to be swapped; the figures hardly change from .05 on
NONE = float(np.log(1 - SWAPPED))  # what a word without any sign of a swap adds
HIGHEST = 30.0  # natural logarithm; enough for any word to count as swapped, and no overflow
_PLACES = np.array([p for p in range(-SIDE, SIDE + 1) if p], np.int64)
_NUMBER, _UNKNOWN, _NAME, _SUFFIX = 1, 2, 3, 4  # classes; a break is 0, a word without a known ending the last
_NAME_MASK, _UNKNOWN_MASK, _SUFFIX_MASK = 1, 2, 16  # as `features` has them


@dataclass(frozen=True, eq=False)
class Slots:
    """The model. Words have `v` numbers: `CLASSES` classes, then the vocabulary; `d` dimensions, `h` hidden units."""

    words: U64  # (v - CLASSES,) sorted hashes of the vocabulary, in the order of their numbers
    given: F32  # (v, d) a word as a neighbour
    wanted: F32  # (v, d + 1) a word as what belongs there, and its bias
    hidden: F32  # (11 d + 1, h) ten places, the far words, bias
    output: F32  # (h + 1, d)
    share: F32  # (v,) natural logarithm of the share of each number among the slots in training
    sample: NDArray[np.int32]  # (k,) numbers drawn by share^FLAT, which stand for all words

    @cached_property
    def ruler(self) -> F32:
        """`wanted` of the sample less the logarithm of the chance that each was drawn, shape (d + 1, k)."""
        flat = FLAT * self.share
        ruler = self.wanted[self.sample].T.copy()
        ruler[-1] -= flat[self.sample] - np.log(np.exp(flat).sum())
        return ruler

    def number(self, words: U64) -> I64:
        """Number of each hash in the vocabulary, -1 where it has none."""
        at = np.minimum(np.searchsorted(self.words, words), len(self.words) - 1)
        return np.where(self.words[at] == words, at + CLASSES, -1)


def kinds_of(words: U64, origin: I64, known: F32, tokens: Tokens, function_words: U64) -> tuple[I64, NDArray[np.bool_]]:
    """Class of each word and break by what it looks like, and which are slots: plain words that a spinner would swap.

    `known`: how often the background has each word, and the share of its uses that are capitalised; shape (2, n).
    """
    data = np.frombuffer(tokens.data, np.uint8)
    masks, function = masks_of(words, origin, data, tokens.starts, tokens.ends, known[0], known[1], function_words)
    real, number = origin >= 0, words == NUMBER
    kind = np.where(masks == _NAME_MASK, _NAME, np.where(masks == _UNKNOWN_MASK, _UNKNOWN, 0))
    suffix = (masks >= _SUFFIX_MASK) & (masks < _SUFFIX_MASK + CLASSES - _SUFFIX)
    kind = np.where(suffix, masks.astype(np.int64) - _SUFFIX_MASK + _SUFFIX, kind)
    return np.where(number, _NUMBER, np.where(real, kind, 0)), real & ~number & ~function & (known[1] <= NAME_SHARE)


def numbered(model: Slots, reading: Reading, tokens: Tokens, function_words: U64) -> tuple[I64, NDArray[np.bool_]]:
    """Number of each word and break that was read, and which are slots."""
    known = np.stack([reading.frequency, reading.capital])
    kind, plain = kinds_of(reading.words, reading.origin, known, tokens, function_words)
    number = model.number(reading.words)
    return np.where(number >= 0, number, kind), plain


def _expected(model: Slots, numbers: I64, slots: I64) -> F32:
    """What belongs into each slot, as a vector to multiply with `wanted`; shape (slots, d + 1)."""
    rows = model.given[np.pad(numbers, WIDE)]  # beyond the text there are breaks
    sums = np.zeros((len(rows) + 1, rows.shape[1]), np.float32)
    np.cumsum(rows, axis=0, out=sums[1:])
    at = slots + WIDE
    far = FAR * (sums[at - SIDE] - sums[at - WIDE] + sums[at + WIDE + 1] - sums[at + SIDE + 1])
    near = rows[at[:, None] + _PLACES].reshape(len(slots), -1)
    inner = near @ model.hidden[: near.shape[1]] + far @ model.hidden[near.shape[1] : -1] + model.hidden[-1]
    found: F32 = np.ones((len(slots), model.wanted.shape[1]), np.float32)
    np.add(np.maximum(inner, np.float32(0)) @ model.output[:-1], model.output[-1], out=found[:, :-1])
    return found


def reference_expected(model: Slots, numbers: I64, slot: int) -> F32:
    """`_expected` of a single slot, word by word: the definition, for tests."""

    def given(place: int) -> F32:
        row: F32 = model.given[numbers[place] if 0 <= place < len(numbers) else 0]
        return row

    near = [given(slot + p) for p in range(-SIDE, SIDE + 1) if p]
    far = sum(given(slot + p) for p in range(-WIDE, WIDE + 1) if abs(p) > SIDE)
    seen = np.concatenate([*near, FAR * far, [1.0]])
    inner = np.append(np.maximum(seen @ model.hidden, 0.0), 1.0)
    return np.append(inner @ model.output, 1.0).astype(np.float32)


def _all_words(model: Slots, expected: F32) -> F32:
    """Natural logarithm of what all words weigh together in each slot, estimated from the sample of them."""
    weighs = expected @ model.ruler
    top = weighs.max(axis=1)
    weighs -= top[:, None]
    total: F32 = np.log(np.exp(weighs, out=weighs).mean(axis=1)) + top
    return total


def _alternatives(model: Slots, synonyms: Substitutions, targets: I64, words: U64, expected: F32, own: F32) -> F64:
    """Natural logarithm of how much more the alternatives of each word weigh on average than itself; -inf for none."""
    rows = rows_of(synonyms.first, synonyms.keys, words)
    has = np.flatnonzero(rows >= 0)
    first = synonyms.offsets[rows[has]].astype(np.int64)
    counts = synonyms.offsets[rows[has] + 1].astype(np.int64) - first
    slot = np.repeat(has, counts)
    numbers = targets[synonyms.targets[np.arange(len(slot)) + np.repeat(first - np.cumsum(counts) + counts, counts)]]
    slot, numbers = slot[numbers >= 0], numbers[numbers >= 0]
    gain = np.einsum("ij,ij->i", expected[slot], model.wanted[numbers]) - own[slot]
    total = np.bincount(slot, np.exp(np.minimum(gain, HIGHEST)), len(words))
    with np.errstate(divide="ignore"):
        return np.log(total / np.maximum(np.bincount(slot, minlength=len(words)), 1))


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
    model: Slots,
    synonyms: Substitutions,
    targets: I64,
    reading: Reading,
    tokens: Tokens,
    function_words: U64,
    spared: U64,
) -> F64:
    """How much the plain words of an article look swapped in; the features in the order of `FEATURES`.

    `targets` are `model.number(synonyms.hashes)`. "strange": how much likelier the words are if a fifth of them was
    drawn by chance; "swapped": how much likelier those of the vocabulary that are not `spared` are if a fifth of them
    stands for one of its alternatives. Both are means of logarithms over the distinct words, at least `NONE`.
    "typical": the median logarithm of how much likelier a word is by chance than in its place; high in unfamiliar news.
    """
    numbers, plain = numbered(model, reading, tokens, function_words)
    slots = np.flatnonzero(plain)
    if not len(slots):
        return np.array([NONE, NONE, 0.0])
    words, filled = reading.words[slots], numbers[slots]
    expected = _expected(model, numbers, slots)
    own = np.einsum("ij,ij->i", expected, model.wanted[filled])
    drawn = model.share[filled] - own + _all_words(model, expected)
    known = (filled >= CLASSES) & ~np.isin(words, spared)
    better = _alternatives(model, synonyms, targets, words[known], expected[known], own[known])
    swapped = _by_type(words[known], _as_swapped(better))
    return np.array([_by_type(words, _as_swapped(drawn)), swapped, float(np.median(drawn))])


def _packed(weights: F32) -> tuple[NDArray[np.int8], F32]:
    """Signed bytes, and what one step is worth in each row."""
    step = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-9) / 127
    return np.round(weights / step).astype(np.int8), step.astype(np.float32)


_WEIGHTS = ("given", "wanted", "hidden", "output")


def save_slots(model: Slots, path: Path) -> None:
    """Write a model as plain arrays (.npz): weights as signed bytes with a scale a row."""
    arrays: dict[str, Any] = {name: getattr(model, name) for name in ("words", "share", "sample")}
    for name in _WEIGHTS:
        arrays[name], arrays[f"{name}_step"] = _packed(getattr(model, name))
    np.savez(path, format=np.array(FORMAT), **arrays)


def load_slots(path: str | Path) -> Slots:
    """Read a model; raises InputError where the file is missing, damaged or of another version."""
    try:
        with np.load(path) as file:
            if int(file["format"]) != FORMAT:
                raise InputError(f"{path}: format {int(file['format'])}, this version needs {FORMAT}")
            weights = {name: file[name].astype(np.float32) * file[f"{name}_step"] for name in _WEIGHTS}
            return Slots(words=file["words"], share=file["share"], sample=file["sample"], **weights)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read as a model of words in their places: {error}") from error
