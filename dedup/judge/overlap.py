"""What two articles have in common as sets and sequences of words: containments and runs, compiled.

Public: `Profile` and `profile` (one article), `containment`, `longest_run` (a pair).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.records import U8, U32, U64, Flag, Tokens
from dedup.text.machine import kernel

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

RUN = 5  # words of a gram from which a run grows
LEAST_RUN = 8  # words of a run that counts as taken over
_FURNITURE, _CAPITAL, _DIGIT, _BREAK, _LINE = (
    int(Flag.FURNITURE), int(Flag.CAPITAL), int(Flag.DIGIT), int(Flag.BREAK), int(Flag.LINE),
)  # fmt: skip
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio
_PAIR, _TRIPLE, _FIVE = np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5)


class Background(Protocol):
    """What the judge asks of the background of news."""

    @property
    def documents(self) -> int:
        """Number of articles."""
        ...

    def word_documents(self, hashes: U64) -> U32:
        """Number of articles with each word; (n,) -> (n,)."""
        ...

    def stem_documents(self, stems: U64) -> U32:
        """Number of articles with each stem; (n,) -> (n,)."""
        ...


class Profile(NamedTuple):
    """One article without its furniture. Shapes: `n` words, `m` sentences."""

    hashes: U64  # (n,)
    stems: U64
    word_weight: F32  # (n,) inverse document frequency, ln
    stem_weight: F32
    plain: U8  # (n,) 1 outside quotation marks
    plain_stems: U64  # stems outside quotation marks
    plain_weight: F32
    pairs: U64  # hashes of two, three and five words in a row
    pair_weight: F32
    triples: U64
    fives: U64
    names: U64  # (a,) hashes of the capitalised words that no sentence start explains
    name_weight: F32  # (a,)
    numbers: U64  # (b,) hashes of the words with digits
    sentence: I32  # (all sentences of the article,) words left in each
    sentence_quoted: F32  # (all sentences,) share of its words inside quotation marks


def profile(tokens: Tokens, background: Background) -> Profile:
    """Everything about one article that the features of its pairs need."""
    keep = np.flatnonzero((tokens.flags & np.uint8(_FURNITURE)) == 0)
    hashes, stems, flags = tokens.hashes[keep], tokens.stems[keep], tokens.flags[keep]
    documents = background.documents
    word_weight = _inverse(background.word_documents(hashes), documents)
    stem_weight = _inverse(background.stem_documents(stems), documents)
    all_quoted = quotations(np.frombuffer(tokens.data, np.uint8), tokens.starts)
    inside, share = _sentence_sums(tokens.sentences, tokens.flags, all_quoted)
    names = ((flags & np.uint8(_CAPITAL)) != 0) & ((flags & np.uint8(_BREAK | _DIGIT)) == 0)
    numbers = (flags & np.uint8(_DIGIT)) != 0
    plain = all_quoted[keep] == 0
    pairs, pair_weight, triples, fives = grams(hashes, word_weight)
    return Profile(
        hashes, stems, word_weight, stem_weight, plain.astype(np.uint8), stems[plain], stem_weight[plain],
        pairs, pair_weight, triples, fives, hashes[names], word_weight[names], hashes[numbers], inside, share,
    )  # fmt: skip


def _inverse(documents: U32, total: int) -> F32:
    """ln(total / documents) with add-one smoothing; unknown words weigh most."""
    weights: F32 = np.log((total + 1.0) / (documents + 1.0)).astype(np.float32)
    return weights


@kernel
def _sentence_sums(sentences: U32, flags: U8, quoted: U8) -> tuple[I32, F32]:
    m = len(sentences) - 1
    inside, share = np.zeros(m, np.int32), np.zeros(m, np.float32)
    for s in range(m):
        for i in range(np.int64(sentences[s]), np.int64(sentences[s + 1])):
            if not flags[i] & _FURNITURE:
                inside[s] += 1
                share[s] += quoted[i]
        share[s] /= max(1, inside[s])
    return inside, share


@kernel
def quotations(data: U8, starts: U32) -> U8:
    """1 for each word inside double quotation marks (straight, curly or angled); a line end closes them; shape (n,)."""
    n = len(starts)
    quoted = np.zeros(n, np.uint8)
    inside, word, at = False, 0, 0
    while at < len(data) and word < n:
        while word < n and at == starts[word]:
            quoted[word] = 1 if inside else 0
            word += 1
        byte = data[at]
        if byte == 34:
            inside = not inside
        elif byte == 10:
            inside = False
        elif byte == 0xE2 and at + 2 < len(data) and data[at + 1] == 0x80:
            if data[at + 2] == 0x9C:
                inside = True
            elif data[at + 2] == 0x9D:
                inside = False
        elif byte == 0xC2 and at + 1 < len(data):
            if data[at + 1] == 0xAB:
                inside = True
            elif data[at + 1] == 0xBB:
                inside = False
        at += 1
    return quoted


@kernel
def containment(a: U64, weight_a: F32, b: U64, weight_b: F32) -> tuple[float, float, float]:
    """Share of the weight of a's distinct entries that b has, of b's that a has, and the weight in common."""
    size = 16
    while size < 2 * (len(a) + len(b)):
        size *= 2
    mask = np.int64(size - 1)
    keys, state = np.zeros(size, np.uint64), np.zeros(size, np.uint8)
    total_a, total_b, shared = 0.0, 0.0, 0.0
    for part in range(2):
        entries, weights, bit = (b, weight_b, 1) if part == 0 else (a, weight_a, 2)
        for i in range(len(entries)):
            key = entries[i]
            at = np.int64((key * _MIX) >> np.uint64(24)) & mask
            while state[at] and keys[at] != key:
                at = (at + 1) & mask
            if state[at] & bit:
                continue
            keys[at] = key
            if part == 0:
                total_b += weights[i]
            else:
                total_a += weights[i]
                if state[at] & 1:
                    shared += weights[i]
            state[at] |= bit
    return shared / max(total_a, 1e-9), shared / max(total_b, 1e-9), shared


@kernel
def grams(hashes: U64, weight: F32) -> tuple[U64, F32, U64, U64]:
    """Hashes of the word pairs with their weights (the two words' sum), of the triples, and of five words in a row."""
    n = len(hashes)
    pairs, pair_weight = np.empty(max(0, n - 1), np.uint64), np.empty(max(0, n - 1), np.float32)
    triples, fives = np.empty(max(0, n - 2), np.uint64), np.empty(max(0, n - 4), np.uint64)
    for i in range(n - 1):
        pairs[i] = (hashes[i] ^ (hashes[i] >> np.uint64(31))) * _PAIR + hashes[i + 1]
        pair_weight[i] = weight[i] + weight[i + 1]
    for i in range(n - 2):
        triples[i] = (pairs[i] ^ (pairs[i] >> np.uint64(29))) * _TRIPLE + hashes[i + 2]
    for i in range(n - 4):
        fives[i] = (triples[i] ^ (triples[i] >> np.uint64(30))) * _FIVE + triples[i + 2]
    return pairs, pair_weight, triples, fives


@kernel
def longest_run(a: U64, b: U64, plain: U8) -> tuple[int, int, int]:
    """Longest run of words in common, a's words in runs of at least 8, and how many of those are `plain`.

    `a` and `b` are the fives of `grams`; of a gram that b repeats, the continuation of a run counts first.
    """
    size = 16
    while size < 2 * len(b):
        size *= 2
    mask = np.int64(size - 1)
    where = np.full(size, -1, np.int32)
    for j in range(len(b)):
        at = np.int64((b[j] * _MIX) >> np.uint64(24)) & mask
        while where[at] >= 0 and b[where[at]] != b[j]:
            at = (at + 1) & mask
        if where[at] < 0:
            where[at] = j
    longest, covered, outside, run, place, reached = 0, 0, 0, 0, -2, 0
    for i in range(len(a) + 1):
        if i < len(a) and run > 0 and place + 1 < len(b) and b[place + 1] == a[i]:
            place += 1
            run += 1
            continue
        if run > 0:
            words = run + RUN - 1
            longest = max(longest, words)
            if words >= LEAST_RUN:
                for k in range(max(reached, i - run), i + RUN - 1):
                    covered += 1
                    outside += plain[k]
                reached = i + RUN - 1
        run, place = 0, -2
        if i < len(a):
            at = np.int64((a[i] * _MIX) >> np.uint64(24)) & mask
            while where[at] >= 0 and b[where[at]] != a[i]:
                at = (at + 1) & mask
            if where[at] >= 0:
                place, run = where[at], 1
    return longest, covered, outside
