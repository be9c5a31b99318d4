"""A background in which nearly all words are known, and articles prepared with it."""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U32, U64
from dedup.judge import Prepared, prepare
from dedup.records import Article
from dedup.text import tokenise


class FewUnknown:
    """Every word is known, except those of a given text."""

    documents = 1000

    def __init__(self, unknown: str = "") -> None:
        self.unknown = tokenise(unknown).hashes

    def word_documents(self, hashes: U64) -> U32:
        return np.where(np.isin(hashes, self.unknown), 0, 500).astype(np.uint32)

    def stem_documents(self, stems: U64) -> U32:
        return np.full(len(stems), 500, np.uint32)


def prepared(text: str, unknown: str = "") -> Prepared:
    """An article as the judge and the evidence take it, nothing marked as boilerplate."""
    return prepare(Article("a", text), tokenise(text), FewUnknown(unknown))
