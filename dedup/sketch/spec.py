"""What a signature was made of: two signatures can be compared only where all of this is equal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.hashing import NORMALISER
from dedup.errors import ConfigError

AFFINE = "affine32"  # datasketch 2.x: odd multiplier and addend modulo 2^32 after MurmurHash3's finaliser
ONE_PERMUTATION = "one-permutation"  # Li, Owen, Zhang 2012: the hash chooses the slot, the smallest in a slot stays
SCHEMES = (AFFINE, ONE_PERMUTATION)

SHINGLE_WORDS = 5
LEAST_SLOTS, MOST_SLOTS = 8, 1024

Difference = tuple[str, object, object]


@dataclass(frozen=True, slots=True)
class SketchSpec:
    """Everything that decides the numbers in a signature. Raises `ConfigError` for a scheme or size it cannot make.

    `hash` names the version of the token hash, `normaliser` that of words and folding (`dedup.text`); `weights` is the
    digest of the table of IDF classes, empty for classic MinHash. `seed` is 0..2^32-1; `slots` a power of two, 8..1024.
    """

    scheme: str
    features: str
    seed: int = 1
    slots: int = 128
    hash: str = "mum64-1"
    normaliser: str = NORMALISER
    weights: str = ""

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ConfigError(f"scheme must be one of {', '.join(SCHEMES)}, not {self.scheme!r}")
        if not LEAST_SLOTS <= self.slots <= MOST_SLOTS or self.slots & (self.slots - 1):
            raise ConfigError(f"slots must be a power of two from {LEAST_SLOTS} to {MOST_SLOTS}, not {self.slots}")
        if not 0 <= self.seed < 1 << 32:
            raise ConfigError(f"seed must be 0 to 2^32 - 1, not {self.seed}")

    def difference(self, other: SketchSpec) -> tuple[Difference, ...]:
        """Each field that differs, as (name, value here, value there); empty where signatures can be compared."""
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return tuple(p for p in pairs if p[1] != p[2])


SHINGLES = SketchSpec(AFFINE, f"word {SHINGLE_WORDS}-grams")
WEIGHTED = SketchSpec(ONE_PERMUTATION, "words and adjacent pairs")


@lru_cache(maxsize=16)
def permutations(seed: int, slots: int) -> tuple[U32, U32]:
    """Multipliers and addends (slots,) of datasketch 2's `affine32` scheme for a seed, in its order of drawing."""
    draw = np.random.RandomState(seed)
    odd = draw.randint(0, 1 << 31, slots, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return odd, draw.randint(0, 1 << 32, slots, dtype=np.uint32)


@lru_cache(maxsize=16)
def seed_mask(seed: int) -> int:
    """64 bits that are xored into every feature of the weighted scheme; nought for seed 1, the one that ships."""
    if seed == WEIGHTED.seed:
        return 0
    return int.from_bytes(blake2b(seed.to_bytes(4, "little"), digest_size=8).digest(), "little")


def inverse_weights() -> U64:
    """16-bit reciprocals (256,) of the class weights 1..255; class 0 weighs nothing and is never looked at."""
    return np.concatenate([[0], 0xFFFF // np.arange(1, 256)]).astype(np.uint64)


def weights_digest(classes: U8) -> str:
    """Name of a table of IDF classes: 16 hexadecimal digits."""
    return blake2b(np.ascontiguousarray(classes).tobytes(), digest_size=8).hexdigest()
