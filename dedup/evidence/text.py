"""The tokens of a batch as the kernels of evidence take them. Public: `Text`."""

from __future__ import annotations

from typing import NamedTuple

from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.text.tokeniser import TokenBatch


class Text(NamedTuple):
    """The arrays of a `TokenBatch`, under their names there."""

    blob: U8
    offsets: U64
    hashes: U64
    starts: U32
    ends: U32
    flags: U8
    word_offsets: I64
    sentences: U32
    sentence_offsets: I64

    @staticmethod
    def of(batch: TokenBatch) -> Text:
        """Return the arrays of a batch."""
        return Text(*(getattr(batch, name) for name in Text._fields))
