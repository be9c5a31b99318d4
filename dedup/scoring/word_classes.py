"""What stays of a word when the subject of the article is masked: a function word itself, of others only their class.

Public: `mask`, `language_shares`, for compiled callers `count_classes`; the masks `NAME`, `UNKNOWN` and `SUFFIX` with
`SUFFIXES`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I64, U8, U32, U64
from dedup.compiled.decorators import borrowing, kernel
from dedup.language.background import BREAK, NUMBER
from dedup.language.language_model import end_of
from dedup.language.lookup import Seen
from dedup.language.offers import NAME_SHARE
from dedup.scoring.word_set import contains, word_set

# Masks are symbols beside the hashes of words. They are hashed into the features of models: never change one.
NAME, UNKNOWN, SUFFIX = np.uint64(1), np.uint64(2), np.uint64(16)  # SUFFIX + k: the k-th of SUFFIXES; then none of them
SUFFIXES = ("tion", "ment", "ness", "ally", "ing", "ed", "ly", "er", "est", "al", "ic", "ive", "ous", "ity", "s")

_CODES = np.array([int.from_bytes(s.encode(), "big") for s in SUFFIXES], np.int64)
_LENGTHS = np.array([len(s) for s in SUFFIXES], np.int64)
_LONGEST = max(map(len, SUFFIXES))
_LEAST_STEM = 2  # letters before a suffix
_LOWER = 0x20  # the bit that makes a capital ASCII letter a small one
_BREAK, _NUMBER = BREAK, NUMBER  # numba takes globals of the module for constants

Mask = NDArray[np.bool_]


@borrowing
def _suffix_class(word: U8) -> np.uint64:
    """The mask of a word by its ending, from its bytes; letters beyond ASCII end it as they are."""
    size, ending = len(word), np.int64(0)
    for at in range(max(0, size - _LONGEST), size):
        ending = ending << np.int64(8) | np.int64(word[at] | _LOWER)
    for k in range(len(_LENGTHS)):
        length = _LENGTHS[k]
        if size >= length + _LEAST_STEM and ending & ((np.int64(1) << np.int64(8 * length)) - 1) == _CODES[k]:
            return SUFFIX + np.uint64(k)
    return SUFFIX + np.uint64(len(_LENGTHS))


@kernel
def mask(
    words: U64, origin: I64, frequency: F32, capital: F32, text: tuple[U8, U32, U32], function_words: U64
) -> tuple[U64, Mask]:
    """Return what stays of each word when the subject of the article is masked, and which are function words; (n,).

    `words` (n,) are hashes, `NUMBER` and `BREAK`, `origin` (n,) their tokens; `frequency` (n,) is how often the
    background has each, and `capital` (n,) the share of its uses that are capitalised; `text`: the bytes of the
    article, first and last of each token. Function words, given as sorted hashes, numbers and breaks stay as they are;
    others become `NAME`, `UNKNOWN` or a class of `SUFFIX`.
    """
    masks, function, known = np.empty(len(words), np.uint64), np.zeros(len(words), np.bool_), word_set(function_words)
    data, starts, ends = text
    for i in range(len(words)):
        if words[i] == _BREAK or words[i] == _NUMBER:
            masks[i] = words[i]
        elif contains(known, words[i]):
            masks[i], function[i] = words[i], True
        elif frequency[i] == 0:
            masks[i] = UNKNOWN
        elif capital[i] > NAME_SHARE:
            masks[i] = NAME
        else:
            masks[i] = _suffix_class(data[starts[origin[i]] : ends[origin[i]]])
    return masks, function


@kernel
def count_classes(words: U64, origin: I64, frequency: F64, function_words: U64) -> tuple[int, int, int]:
    """Words, how many of them the background lacks, how many are function words."""
    n, unknown, functions, known = 0, 0, 0, word_set(function_words)
    for i in range(len(words)):
        if origin[i] >= 0:
            n += 1
            unknown += frequency[i] == 0
            functions += contains(known, words[i])
    return n, unknown, functions


def language_shares(seen: Seen, function_words: U64) -> tuple[int, float, float]:
    """Return how many words are read, the share that the background lacks, and the share of function words, 0..1.

    They say whether to read on, and need no more than the look-ups of single words. The shares are the features
    "unknown" and "function". `function_words` are sorted hashes.
    """
    end = end_of(seen.origin)
    n, unknown, functions = count_classes(seen.words[:end], seen.origin[:end], seen.singles[:end, 0], function_words)
    return n, float(np.float32(unknown / max(1, n))), float(np.float32(functions / max(1, n)))
