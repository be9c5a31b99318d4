"""Text to tokens, one article or a batch of them, through the compiled kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import U8, U32, U64
from dedup.compiled.hashing import hash_word
from dedup.records import Tokens
from dedup.text.rules import (
    ABBREVIATIONS,
    FUNCTION_WORDS,
    INLINE_TAG,
    INLINE_TAGS,
    SIGN_ENTITIES,
    SIGN_NAME,
    SOFT_ENTITIES,
    SOFT_NAME,
    SPACE_ENTITIES,
    SPACE_NAME,
    TAG,
    TAGS,
    UNIT,
    UNITS,
)
from dedup.text.unicode import packed

PADDING = 64  # bytes the kernels may read after the last article: one block
SPARE_EDGES = 32  # the kernels write edges in groups


@lru_cache(maxsize=1)
def _lists() -> tuple[U64, U64, U64]:
    """Sorted hashes of the abbreviations, of the function words, and of the names in markup with what they mean."""
    names = {
        TAG: TAGS, SPACE_NAME: SPACE_ENTITIES, SIGN_NAME: SIGN_ENTITIES, UNIT: UNITS, INLINE_TAG: INLINE_TAGS,
        SOFT_NAME: SOFT_ENTITIES,
    }  # fmt: skip
    one, other = (sorted(hash_word(word.encode()) for word in words) for words in (ABBREVIATIONS, FUNCTION_WORDS))
    marked = sorted(hash_word(word.encode()) & ~7 | meaning for meaning, words in names.items() for word in words)
    return np.array(one, np.uint64), np.array(other, np.uint64), np.array(marked, np.uint64)


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """The tokens of `a` articles as flat arrays; `batch[i]` is a view as `Tokens`, its data a copy of the bytes.

    Shapes: `n` words and `s` sentence bounds in all. Byte offsets count from the beginning of each article, sentence
    bounds from its first word; the field names are those of `Tokens`.
    """

    blob: U8  # UTF-8 of all articles
    offsets: U64  # (a + 1,) where each article begins in `blob`
    hashes: U64  # (n,)
    stems: U64  # (n,)
    starts: U32  # (n,)
    ends: U32  # (n,)
    flags: U8  # (n,)
    word_offsets: NDArray[np.int64]  # (a + 1,)
    sentences: U32  # (s,)
    sentence_offsets: NDArray[np.int64]  # (a + 1,)

    @classmethod
    def of(cls, tokens: Tokens) -> TokenBatch:
        """Return a batch of one article; its arrays are those of the tokens wherever kernels can take them."""
        blob, offsets = readable(np.frombuffer(tokens.data, np.uint8), np.array([0, len(tokens.data)], np.uint64))
        contiguous, t = np.ascontiguousarray, tokens
        return cls(
            blob, offsets,
            contiguous(t.hashes), contiguous(t.stems), contiguous(t.starts), contiguous(t.ends), contiguous(t.flags),
            np.array([0, len(t)], np.int64), contiguous(t.sentences), np.array([0, len(t.sentences)], np.int64),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> Tokens:
        if not 0 <= i < len(self):
            raise IndexError(f"article {i} of a batch of {len(self)}")
        words = slice(self.word_offsets[i], self.word_offsets[i + 1])
        return Tokens(
            data=self.blob[self.offsets[i] : self.offsets[i + 1]].tobytes(),
            hashes=self.hashes[words],
            stems=self.stems[words],
            starts=self.starts[words],
            ends=self.ends[words],
            flags=self.flags[words],
            sentences=self.sentences[self.sentence_offsets[i] : self.sentence_offsets[i + 1]],
        )

    def __iter__(self) -> Iterator[Tokens]:
        return (self[i] for i in range(len(self)))


def readable(blob: U8, offsets: U64) -> tuple[U8, U64]:
    """Both as the kernels want them: contiguous, read-only, with padding after the last article."""
    offsets = np.ascontiguousarray(offsets, np.uint64)
    if len(offsets) == 0 or (np.diff(offsets.astype(np.int64)) < 0).any() or offsets[-1] > len(blob):
        raise ValueError("offsets must begin the articles, in order, and end inside the blob")
    if len(blob) < int(offsets[-1]) + PADDING:
        blob = np.concatenate([blob, np.zeros(PADDING, np.uint8)])
    blob, offsets = np.ascontiguousarray(blob, np.uint8).view(), offsets.view()
    blob.flags.writeable = offsets.flags.writeable = False
    return blob, offsets


def join_texts(texts: Iterable[str]) -> tuple[U8, U64]:
    """UTF-8 of some texts as the kernels want it, and where each begins, (texts + 1,)."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.uint64)
    np.cumsum([len(e) for e in encoded], out=offsets[1:])
    return np.frombuffer(b"".join([*encoded, bytes(PADDING)]), np.uint8), offsets


def _longest(offsets: U64) -> int:
    return int(np.diff(offsets).max(initial=0))


def _work(longest: int) -> tuple[U32, U8, U8, U32]:
    """Scratch for the longest article.

    Its word edges; a folded word with room for an eight-byte read; a copy without its disguise, and where each byte of
    that began and ended.
    """
    edges, folded = np.empty(longest + SPARE_EDGES, np.uint32), np.empty(2 * longest + 16, np.uint8)
    return edges, folded, np.empty(longest + PADDING, np.uint8), np.empty(2 * longest, np.uint32)


def _tokenise(blob: U8, offsets: U64, longest: int) -> TokenBatch:
    from dedup.text.kernel import tokenise_batch

    articles, size = len(offsets) - 1, int(offsets[-1]) - int(offsets[0])
    most = size // 2 + articles + 1  # a word takes two bytes, with the gap or as one of the wide characters
    hashes, stems, flags = np.empty(most, np.uint64), np.empty(most, np.uint64), np.empty(most, np.uint8)
    starts, ends = np.empty(most, np.uint32), np.empty(most, np.uint32)
    word_offsets, bound_offsets = np.empty(articles + 1, np.int64), np.empty(articles + 1, np.int64)
    bounds = np.empty(most + 2 * articles, np.uint32)
    words, work = (hashes, stems, starts, ends, flags), _work(longest)
    tokenise_batch(blob, offsets, packed(), work, _lists(), words, word_offsets, bounds, bound_offsets)
    n = word_offsets[-1]
    columns = (hashes[:n], stems[:n], starts[:n], ends[:n], flags[:n])
    return TokenBatch(blob, offsets, *columns, word_offsets, bounds[: bound_offsets[-1]], bound_offsets)


def tokenise_bytes(blob: U8, offsets: U64) -> TokenBatch:
    """Tokens of the articles `blob[offsets[i]:offsets[i + 1]]`, UTF-8; a blob that goes on 64 bytes is not copied.

    Raises `ValueError` for offsets that fall or end outside the blob.
    """
    blob, offsets = readable(blob, offsets)
    return _tokenise(blob, offsets, _longest(offsets))


def hash_bytes(blob: U8, offsets: U64, out: U64 | None = None) -> tuple[U64, NDArray[np.int64]]:
    """Word hashes only, flat, and where each article's words begin, shape (articles + 1,).

    With `out`, of at least half the bytes and one for each article, the hashes are a view of it; a shorter one is not
    used. Raises `ValueError` for offsets that fall or end outside the blob.
    """
    from dedup.text.kernel import hash_batch

    blob, offsets = readable(blob, offsets)
    most = (int(offsets[-1]) - int(offsets[0])) // 2 + len(offsets)
    hashes = np.empty(most, np.uint64) if out is None or len(out) < most else out
    word_offsets = np.empty(len(offsets), np.int64)
    hash_batch(blob, offsets, packed(), _work(_longest(offsets)), _lists(), hashes, word_offsets)
    return hashes[: word_offsets[-1]], word_offsets


def tokenise(text: str) -> Tokens:
    """Words, sentences and byte offsets of one text, whatever characters it has."""
    data = text.encode("utf-8", "surrogatepass")
    offsets = np.array([0, len(data)], np.uint64)
    offsets.flags.writeable = False
    batch = _tokenise(np.frombuffer(data + bytes(PADDING), np.uint8), offsets, len(data))
    return Tokens(
        data, batch.hashes.copy(), batch.stems.copy(), batch.starts.copy(), batch.ends.copy(), batch.flags.copy(),
        batch.sentences.copy(),
    )  # fmt: skip
