"""The compiled signature kernels.

Inputs are a batch: the token hashes of all its articles in one flat array, and where each article begins. Every step in
32 bits is cast back, because numba widens `uint32 op uint32` to 64 bits and `uint64 op int64` to signed.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Array, Bits, Int, borrowing, borrowing_kernel, inlined, kernel
from dedup.compiled.hashing import CLASS_SHIFT, pair_hash
from dedup.sketch.spec import SHINGLE_WORDS

# Odd multipliers for the five words of a shingle (multilinear hashing, Lemire and Kaser 2014): from SplitMix64
# (Steele et al. 2014), rrmxmx (Evensen 2018), wyhash and the golden ratio.
SHINGLE_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
)
DIGEST_START = (0x6A09E667F3BCC908, 0xBB67AE8584CAA73B)  # of SHA-512: nothing up the sleeve
DIGEST_FACTOR = (0xD6E8FEB86659FD93, 0xBF58476D1CE4E5B9)

EMPTY = 0xFFFFFFFF  # a slot that no feature fell into; datasketch's value for an empty set
BLOCK = 8  # shingles that meet all slots at once: the most that keeps every operand in a register


@borrowing
def _longest(offsets: Array) -> Int:
    most = 0
    for row in range(len(offsets) - 1):
        most = max(most, offsets[row + 1] - offsets[row])
    return most


@borrowing
def _shingles(words: Array, first: Int, last: Int, out: Array) -> Int:
    """Premixed 32-bit hashes of the shingles of words first..last into `out`; returns how many."""
    f0, f1, f2, f3, f4 = SHINGLE_FACTORS
    count = last - first - (SHINGLE_WORDS - 1)
    if first == last:
        return 0
    if count <= 0:
        mixed = np.uint64(0)
        for i in range(first, last):
            mixed += np.uint64(words[i] * SHINGLE_FACTORS[i - first])
        out[0] = np.uint32(mixed >> np.uint64(32))
        count = 1
    else:
        for i in range(count):
            at = first + i
            mixed = words[at] * f0 + words[at + 1] * f1 + words[at + 2] * f2 + words[at + 3] * f3 + words[at + 4] * f4
            out[i] = np.uint32(mixed >> np.uint64(32))
    for i in range(count):  # MurmurHash3's finaliser for 32 bits
        h = out[i]
        h = np.uint32(h ^ (h >> np.uint32(16)))
        h = np.uint32(h * np.uint32(0x85EBCA6B))
        h = np.uint32(h ^ (h >> np.uint32(13)))
        h = np.uint32(h * np.uint32(0xC2B2AE35))
        out[i] = np.uint32(h ^ (h >> np.uint32(16)))
    return count


@inlined
def _lesser(a: Bits, b: Bits, h: Bits, other: Bits) -> Bits:
    return min(np.uint32(np.uint32(a * h) + b), np.uint32(np.uint32(a * other) + b))


@kernel
def shingle_minhash(words: Array, offsets: Array, multipliers: Array, addends: Array, out: Array) -> None:
    """Classic MinHash of word 5-grams into `out` (articles, slots)."""
    slots = len(multipliers)
    hashes = np.empty(_longest(offsets) + BLOCK, np.uint32)
    for row in range(len(offsets) - 1):
        least = out[row]
        least[:] = np.uint32(EMPTY)
        count = _shingles(words, offsets[row], offsets[row + 1], hashes)
        for i in range(count, count + BLOCK):  # fill the last block: the smallest of equals is the same
            hashes[i] = hashes[max(count - 1, 0)]
        for i in range(0, count, BLOCK):
            h0, h1, h2, h3 = hashes[i], hashes[i + 1], hashes[i + 2], hashes[i + 3]
            h4, h5, h6, h7 = hashes[i + 4], hashes[i + 5], hashes[i + 6], hashes[i + 7]
            for k in range(slots):
                a, b = multipliers[k], addends[k]
                low = min(_lesser(a, b, h0, h1), _lesser(a, b, h2, h3))
                high = min(_lesser(a, b, h4, h5), _lesser(a, b, h6, h7))
                least[k] = min(least[k], min(low, high))


@kernel
def weighted_minhash(words: Array, offsets: Array, classes: Array, inverse: Array, mask: Bits, out: Array) -> None:
    """One-permutation weighted MinHash of words and adjacent pairs into `out` (articles, slots).

    Low bits of a feature choose its slot, its low half is the random number that its weight divides, and its high half
    is what the slot shows; the three loops apart let the compiler use vectors in the first two.
    """
    slots = out.shape[1]
    last = np.uint64(slots - 1)
    longest = _longest(offsets)
    keys, place = np.empty(2 * longest, np.uint64), np.empty(2 * longest, np.uint16)
    least = np.empty(slots + 1, np.uint64)  # the last takes what weighs nothing
    for row in range(len(offsets) - 1):
        first, count = offsets[row], offsets[row + 1] - offsets[row]
        least[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for i in range(count):
            keys[i] = words[first + i]
        for i in range(count - 1):
            keys[count + i] = pair_hash(words[first + i], words[first + i + 1])
        features = max(2 * count - 1, 0)
        for i in range(features):
            kind = classes[keys[i] >> np.uint64(CLASS_SHIFT)]
            feature = np.uint64(keys[i] ^ mask)
            product = np.uint64((feature & np.uint64(0xFFFFFFFF)) * inverse[kind])
            place[i] = np.uint16(feature & last) if kind else np.uint16(slots)
            keys[i] = ((product << np.uint64(16)) & np.uint64(0xFFFFFFFF00000000)) | (feature >> np.uint64(32))
        for i in range(features):
            at = place[i]
            least[at] = min(least[at], keys[i])
        for k in range(slots):
            out[row, k] = np.uint32(least[k])


@inlined
def _digest_step(left: Bits, right: Bits, word: Bits) -> tuple[Bits, Bits]:
    left = np.uint64((left ^ word) * np.uint64(DIGEST_FACTOR[0]))
    right = np.uint64((right + word) * np.uint64(DIGEST_FACTOR[1]))
    return np.uint64(left ^ (left >> np.uint64(32))), np.uint64(right ^ (right >> np.uint64(29)))


@borrowing_kernel
def sequence_digests(words: Array, offsets: Array, out: Array) -> None:
    """128-bit digests (articles, 2) of whole word sequences; noughts for an article without words.

    Two articles go side by side as far as the shorter one goes: a step waits for the multiplication of the one before.
    """
    n = len(offsets) - 1
    for row in range(0, n, 2):
        a, b = offsets[row], offsets[min(row + 1, n)]
        common = min(b - a, offsets[min(row + 2, n)] - b)
        left, right = np.uint64(DIGEST_START[0]), np.uint64(DIGEST_START[1])
        other_left, other_right = left, right
        for i in range(common):
            left, right = _digest_step(left, right, words[a + i])
            other_left, other_right = _digest_step(other_left, other_right, words[b + i])
        for i in range(a + common, b):
            left, right = _digest_step(left, right, words[i])
        full = a < b
        out[row, 0], out[row, 1] = (left, right) if full else (np.uint64(0), np.uint64(0))
        if row + 1 < n:
            for i in range(b + common, offsets[row + 2]):
                other_left, other_right = _digest_step(other_left, other_right, words[i])
            full = b < offsets[row + 2]
            out[row + 1, 0], out[row + 1, 1] = (other_left, other_right) if full else (np.uint64(0), np.uint64(0))


@borrowing_kernel
def compact(words: Array, flags: Array, offsets: Array, unwanted: Int, kept: Array, kept_offsets: Array) -> Int:
    """The words without any of the unwanted flags, and where each article begins among them; returns how many."""
    n: Int = 0
    kept_offsets[0] = 0
    for row in range(len(offsets) - 1):
        for i in range(offsets[row], offsets[row + 1]):
            kept[n] = words[i]
            n += np.int64((flags[i] & unwanted) == 0)
        kept_offsets[row + 1] = n
    return n
