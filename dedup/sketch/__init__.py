"""Token hashes -> signatures: classic MinHash, IDF-weighted MinHash and digests of the whole article.

Public: `SketchSpec`, `SHINGLES`, `WEIGHTED` (what a signature is made of), `shingle_signatures`, `weighted_signatures`,
`digests`, `keep_words`, `to_datasketch`. Names are loaded on first use, because the kernels need numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dedup.sketch.spec import SHINGLES, WEIGHTED, SketchSpec

if TYPE_CHECKING:
    from dedup.sketch.signatures import digests, keep_words, shingle_signatures, to_datasketch, weighted_signatures

__all__ = [
    "SHINGLES",
    "WEIGHTED",
    "SketchSpec",
    "digests",
    "keep_words",
    "shingle_signatures",
    "to_datasketch",
    "weighted_signatures",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dedup.sketch import signatures

    return getattr(signatures, name)
