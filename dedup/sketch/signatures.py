"""Batches of token hashes -> signatures: checks the arrays, then calls the kernels (which release the GIL)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.hashing import CLASS_BITS
from dedup.errors import ConfigError
from dedup.sketch import kernels
from dedup.sketch.spec import (
    AFFINE,
    ONE_PERMUTATION,
    SHINGLES,
    WEIGHTED,
    SketchSpec,
    inverse_weights,
    permutations,
    seed_mask,
)

if TYPE_CHECKING:
    from datasketch import LeanMinHash

Offsets = NDArray[np.int64]


def _checked(words: U64, offsets: Offsets) -> tuple[U64, Offsets]:
    flat, starts = np.ascontiguousarray(words, np.uint64), np.ascontiguousarray(offsets, np.int64)
    if not len(starts) or starts[0] < 0 or starts[-1] > len(flat) or (np.diff(starts) < 0).any():
        raise ConfigError("offsets must be one more than the articles, must not fall, and must stay inside the words")
    return flat, starts


def shingle_signatures(words: U64, offsets: Offsets, spec: SketchSpec = SHINGLES) -> U32:
    """Classic MinHash of word 5-grams, bit for bit what datasketch 2 gives for the same 32-bit hashes.

    `words` is the flat array of token hashes of n articles, `offsets` (n + 1,) says where each begins. Returns
    (n, slots). An article of one to four words is one shingle; one without words has every slot 0xFFFFFFFF.
    Raises `ConfigError` for another scheme or bad offsets. Source: Broder 1997; datasketch's `affine32` scheme.
    """
    if spec.scheme != AFFINE:
        raise ConfigError(f"shingle signatures need the scheme {AFFINE!r}, not {spec.scheme!r}")
    flat, starts = _checked(words, offsets)
    out = np.empty((len(starts) - 1, spec.slots), np.uint32)
    kernels.shingle_minhash(flat, starts, *permutations(spec.seed, spec.slots), out)
    return out


def weighted_signatures(words: U64, offsets: Offsets, classes: U8, spec: SketchSpec = WEIGHTED) -> U32:
    """IDF-weighted MinHash of words and adjacent pairs: two articles share a slot about as often as weight.

    `classes` (2^20,) gives each feature's weight 1..255 by its top bits, 0 for features to leave out. Returns
    (n, slots); a slot into which nothing fell is 0xFFFFFFFF. Raises `ConfigError` for another scheme or bad arrays.
    Source: one permutation hashing (Li, Owen, Zhang 2012) with the keys of weighted sampling (Efraimidis, Spirakis
    2006) to first order: the smallest of uniform / weight, in integers.
    """
    if spec.scheme != ONE_PERMUTATION:
        raise ConfigError(f"weighted signatures need the scheme {ONE_PERMUTATION!r}, not {spec.scheme!r}")
    if classes.shape != (1 << CLASS_BITS,):
        raise ConfigError(f"the table of classes must have 2^{CLASS_BITS} cells, not {classes.shape}")
    flat, starts = _checked(words, offsets)
    out = np.empty((len(starts) - 1, spec.slots), np.uint32)
    table = np.ascontiguousarray(classes, np.uint8)
    kernels.weighted_minhash(flat, starts, table, inverse_weights(), np.uint64(seed_mask(spec.seed)), out)
    return out


def digests(words: U64, offsets: Offsets) -> U64:
    """128-bit digests (n, 2) of the articles' whole word sequences; both halves 0 for an article without words."""
    flat, starts = _checked(words, offsets)
    out = np.empty((len(starts) - 1, 2), np.uint64)
    kernels.sequence_digests(flat, starts, out)
    return out


def keep_words(words: U64, flags: U8, offsets: Offsets, unwanted: int) -> tuple[U64, Offsets]:
    """The words that carry none of the `unwanted` flag bits, and their offsets: boilerplate stays out, say."""
    flat, starts = _checked(words, offsets)
    kept, kept_starts = np.empty(len(flat) + 1, np.uint64), np.empty(len(starts), np.int64)
    n = kernels.compact(flat, np.ascontiguousarray(flags, np.uint8), starts, np.uint8(unwanted), kept, kept_starts)
    return kept[:n], kept_starts


def to_datasketch(signature: U32, spec: SketchSpec = SHINGLES) -> LeanMinHash:
    """One classic signature (slots,) as a datasketch `LeanMinHash`, ready for its indexes. Raises `ConfigError`."""
    if spec.scheme != AFFINE or signature.shape != (spec.slots,):
        raise ConfigError(f"datasketch takes one {AFFINE!r} signature of {spec.slots} slots, not {signature.shape}")
    from datasketch import LeanMinHash

    return LeanMinHash(seed=spec.seed, hashvalues=signature, scheme=AFFINE)
