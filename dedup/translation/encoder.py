"""What a sentence encoder is to the other modules, and how its vectors are kept.

Public: `SentenceEncoder`, `quantise`, `one_thread`.

Vectors are whole numbers, so that sums and products of them are exact: nothing depends on what is computed beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32

I8 = NDArray[np.int8]
LEVELS = 127  # of an int8; a product of two vectors of 512 stays below 2**24, which float32 holds exactly


@lru_cache(maxsize=1)
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[None]:
    """Let products of matrices inside use one thread: several change last digits, and wait for each other if small."""
    limit: AbstractContextManager[None] = _threads().limit(limits=1, user_api="blas")
    return limit


class SentenceEncoder(Protocol):
    """Turns sentences of several languages into vectors of one space."""

    name: str  # with its version: vectors of two names are never compared
    width: int  # of a vector, at most 1,024
    languages: frozenset[str]  # ISO 639-1 codes of those that it knows

    def encode(self, sentences: Sequence[str]) -> F32:
        """Return a vector for each sentence of one article, (n, width), from these sentences alone."""


def quantise(vectors: NDArray[np.floating]) -> I8:
    """Return vectors in whole numbers, (n, d), each as large as an int8 holds; zeros stay zeros."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    return np.rint(vectors * (LEVELS / np.where(largest > 0, largest, 1))).astype(np.int8)
