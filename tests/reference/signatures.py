"""The signature kernels in plain Python and numpy, one article at a time: the definition, not the fast path."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.hashing import CLASS_SHIFT, pair_hashes
from dedup.sketch.kernels import DIGEST_FACTOR, DIGEST_START, EMPTY, SHINGLE_FACTORS
from dedup.sketch.spec import SHINGLE_WORDS, SketchSpec, inverse_weights, permutations, seed_mask

MASK = (1 << 64) - 1


def shingle_hashes(words: U64) -> U32:
    """32-bit hashes of the word 5-grams of one article; one of the whole article where it is shorter."""
    if not len(words):
        return np.empty(0, np.uint32)
    wide = np.concatenate([words, np.zeros(max(0, SHINGLE_WORDS - len(words)), np.uint64)])
    grams = np.lib.stride_tricks.sliding_window_view(wide, SHINGLE_WORDS)
    mixed = (grams * SHINGLE_FACTORS).sum(axis=1, dtype=np.uint64)
    high: U32 = (mixed >> np.uint64(32)).astype(np.uint32)
    return high


def finalise(h: U32) -> U32:
    """MurmurHash3's finaliser for 32 bits."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def shingle_signature(words: U64, spec: SketchSpec) -> U32:
    """Classic MinHash (slots,) of one article."""
    a, b = permutations(spec.seed, spec.slots)
    values = finalise(shingle_hashes(words))[:, None] * a + b
    least: U32 = values.min(axis=0, initial=np.uint32(EMPTY))
    return least


def weighted_signature(words: U64, classes: U8, spec: SketchSpec) -> U32:
    """IDF-weighted MinHash (slots,) of one article."""
    features = np.concatenate([words, pair_hashes(words)])
    kinds = classes[features >> np.uint64(CLASS_SHIFT)]
    inverse = inverse_weights()
    least = [(MASK, EMPTY)] * spec.slots
    for feature, kind in zip(features.tolist(), kinds.tolist(), strict=True):
        if kind:
            mixed = feature ^ seed_mask(spec.seed)
            key = (mixed & 0xFFFFFFFF) * int(inverse[kind]) >> 16
            slot = mixed % spec.slots
            least[slot] = min(least[slot], (key, mixed >> 32))
    return np.array([shown for _, shown in least], np.uint32)


def digest(words: U64) -> tuple[int, int]:
    """128-bit digest of one article's word sequence, as two halves."""
    left, right = DIGEST_START if len(words) else (0, 0)
    for word in words.tolist():
        left = (left ^ word) * DIGEST_FACTOR[0] & MASK
        left ^= left >> 32
        right = (right + word) * DIGEST_FACTOR[1] & MASK
        right ^= right >> 29
    return left, right
