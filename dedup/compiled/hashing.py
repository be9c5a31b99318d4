"""The hashes that decide what is stored: of a word, of two neighbouring words as one feature, of an n-gram.

Frequency tables, backgrounds, signatures and indexes hold these hashes, so all of them store `NORMALISER` and are
refused where it differs. `text.kernel` computes the same hash of a word from registers.

Public: `NORMALISER`, `hash_word` (plain Python), `pair_hash` (compiled, one pair), `pair_hashes` (numpy, whole arrays),
`finished` (numpy), `CLASS_BITS`, `CLASS_SHIFT`, `GOLDEN`; for the keys of n-grams `mix`, `join` (compiled), `SPREAD`,
`mixed`, `pair_key` (numpy).
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U64
from dedup.compiled.decorators import Bits, inlined, kernel

# Names the definition of a word, the fold table and the hash. A change of any of them must rename it.
NORMALISER = "words-4"

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, as in Fibonacci hashing (Knuth, volume 3, section 6.4)
LENGTH_FACTOR = GOLDEN
MIX_FACTOR = 0xD6E8FEB86659FD93  # odd, from Pelle Evensen's rrmxmx
LAST_FACTOR = 0x9FB21C651E98DF25  # odd, from the same author's moremur family

# Odd, from Steele and Vigna, "Computationally easy, spectrally good multipliers" (2021), table 5 (64 bits).
PAIR_LEFT = 0xD1342543DE82EF95
PAIR_RIGHT = 0xAF251AF3B0F025B5

# The two factors and three shifts of David Stafford's 13th mixer ("Better bit mixing", 2011), as in SplitMix64.
_MIX_FIRST, _MIX_SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
SPREAD = np.uint64(GOLDEN)  # so that the keys of (a, b) and (b, a) differ

CLASS_BITS = 20  # a feature's class stands in a table of 2^20 bytes: 1 MB, small enough to ship and to stay in cache
CLASS_SHIFT = 64 - CLASS_BITS  # the cell is given by the top bits of the feature


@inlined
def pair_hash(left: Bits, right: Bits) -> Bits:
    """The feature of a word followed by another, from their 64-bit token hashes; the order matters."""
    mixed = left * np.uint64(PAIR_LEFT) + right * np.uint64(PAIR_RIGHT)
    return mixed ^ (mixed >> np.uint64(32))


def pair_hashes(words: U64) -> U64:
    """The features (n - 1,) of the adjacent pairs among the token hashes (n,) of one article."""
    mixed = words[:-1] * np.uint64(PAIR_LEFT) + words[1:] * np.uint64(PAIR_RIGHT)
    features: U64 = mixed ^ (mixed >> np.uint64(32))
    return features


def hash_word(word: bytes) -> int:
    """64-bit hash of a folded word: eight bytes a step, little-endian, zero-padded, one 64x64 to 128 bit multiply.

    The last step spreads every bit, so that any part of the hash may be used as a bin, an index or an order.
    """
    h = len(word) * LENGTH_FACTOR & MASK
    for at in range(0, len(word), 8):
        product = (h ^ int.from_bytes(word[at : at + 8], "little")) * MIX_FACTOR
        h = (product & MASK) ^ (product >> 64)
    h = (h ^ h >> 32) * LAST_FACTOR & MASK
    return h ^ h >> 29


def finished(hashes: U64) -> U64:
    """Return the last step of `hash_word` on each element: it spreads every bit."""
    hashes = (hashes ^ hashes >> np.uint64(32)) * np.uint64(LAST_FACTOR)
    return hashes ^ hashes >> np.uint64(29)


@kernel
def mix(x: np.uint64) -> np.uint64:
    """Scramble 64 bits so that every bit of the result depends on every bit given."""
    x = (x ^ (x >> _S30)) * _MIX_FIRST
    x = (x ^ (x >> _S27)) * _MIX_SECOND
    return x ^ (x >> _S31)


@kernel
def join(first: np.uint64, second: np.uint64) -> np.uint64:
    """Return the key of `first` followed by `second`; the key of a triple is join(join(a, b), c).

    A background stores its n-grams by these keys, whose bits are all mixed; `pair_hash` is cheaper, and mixed enough
    for the cells of signatures.
    """
    key: np.uint64 = mix(first + mix(second + SPREAD))
    return key


def mixed(x: U64) -> U64:
    """Return `mix` of each element."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> _S30)) * _MIX_FIRST
        x = (x ^ (x >> _S27)) * _MIX_SECOND
        return x ^ (x >> _S31)


def pair_key(first: U64, second: U64) -> U64:
    """Return `join` of two arrays: the key of each word followed by another."""
    with np.errstate(over="ignore"):
        return mixed(np.asarray(first, np.uint64) + mixed(np.asarray(second, np.uint64) + SPREAD))
