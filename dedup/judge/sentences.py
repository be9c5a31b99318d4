"""The features of aligned sentences, measured from one article.

Public: `sentence_features` (compiled), `LEVELS`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, F64, I32
from dedup.compiled.decorators import borrowing, helper
from dedup.evidence.profile import Profile
from dedup.judge.chain import ALIGNED, VERBATIM, best_partners, chain_weights, rising
from dedup.judge.columns import Sided

PLAIN_SHARE = 0.3  # of the words must be plain for the plain features to stand alone
QUOTED = 0.5  # share of a sentence's words in quotation marks that makes it a quotation

# Cosines at which the aligned sentences are counted, and the column of each.
LEVELS = {
    0.25: Sided.ALIGNED_25,
    0.35: Sided.ALIGNED_35,
    0.5: Sided.ALIGNED_50,
    0.7: Sided.ALIGNED_70,
    0.9: Sided.ALIGNED_90,
}
_LEVELS, _LEVEL_COLUMNS = np.array(list(LEVELS)), np.array(list(LEVELS.values()), np.int64)
_COSINE, _WORDS, _PLAIN, _SQUARE = range(4)  # gains of a pair of sentences, each with a chain of its own


@borrowing
def _is_plain(quoted: float, value: float) -> bool:
    """Return whether a sentence is neither a quotation nor taken over as it is."""
    return not (quoted > QUOTED or value >= VERBATIM)


@helper
def _in_order(pairs: I32, side: int, sentences: int) -> I32:
    """Return the rank of each pair by the sentence of a side, then the other; they come by left, then right."""
    at, first = np.empty(len(pairs), np.int32), np.zeros(sentences + 1, np.int32)
    for k in range(len(pairs)):
        first[pairs[k, side] + 1] += 1
    for i in range(sentences):
        first[i + 1] += first[i]
    for k in range(len(pairs)):
        at[k] = first[pairs[k, side]]
        first[pairs[k, side]] += 1
    return at


@helper
def _chains(pairs: I32, cosine: F32, side: int, mine: Profile, value: F32, other_sentences: int) -> F64:
    """Return the weight of the best in-order chain for each kind of gain."""
    words, quoted = mine.sentence, mine.quoted
    p, at = len(pairs), _in_order(pairs, side, len(mine.sentence))
    ordered, gains = np.empty((p, 2), np.int32), np.empty((p, 4))
    for k in range(p):
        i, row = pairs[k, side], at[k]
        gain = cosine[k] * words[i]
        ordered[row, 0], ordered[row, 1] = i, pairs[k, 1 - side]
        gains[row, _COSINE], gains[row, _WORDS], gains[row, _SQUARE] = cosine[k], gain, gain * cosine[k]
        gains[row, _PLAIN] = gain if _is_plain(quoted[i], value[i]) else 0.0
    chains: F64 = chain_weights(ordered, gains, other_sentences)
    return chains


@borrowing
def _aligned_words(words: I32, quoted: F32, value: F32, total: float, out: F64) -> tuple[float, float, float, float]:
    """Write the features of partners; return words of plain sentences and their similarity, quoted, verbatim share."""
    similar, plain_total, similar_plain = 0.0, 0.0, 0.0
    aligned, aligned_quoted, verbatim, gap, longest_gap = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(words)):
        for level in range(len(_LEVELS)):
            if value[i] >= _LEVELS[level]:
                out[_LEVEL_COLUMNS[level]] += words[i] / max(total, 1.0)
        similar += value[i] * words[i]
        if _is_plain(quoted[i], value[i]):
            plain_total += words[i]
            similar_plain += value[i] * words[i]
        if value[i] >= ALIGNED:
            aligned += words[i]
            aligned_quoted += quoted[i] * words[i]
            verbatim += words[i] if value[i] >= VERBATIM else 0.0
            gap = 0.0
        else:
            gap += words[i]
            longest_gap = max(longest_gap, gap)
    out[Sided.SIMILAR] = similar / max(total, 1.0)
    out[Sided.UNMATCHED] = longest_gap / max(total, 1.0)
    return plain_total, similar_plain, aligned_quoted / max(aligned, 1.0), verbatim / max(aligned, 1.0)


@helper
def sentence_features(
    pairs: I32, cosine: F32, side: int, mine: Profile, other: Profile, out: F64
) -> tuple[float, float]:  # fmt: skip
    """Write the features of aligned sentences from one side (0: left); return the quoted and verbatim share.

    Shapes: `pairs` (p, 2) sentence numbers by left, then right, `cosine` (p,); `out` is a zero for each `Sided`.
    """
    words, total, sentences = mine.sentence, 0.0, 0.0
    partner, value = best_partners(pairs, cosine, side, len(words))
    for i in range(len(words)):
        total += words[i]
        sentences += 1.0 if words[i] else 0.0
    chains = _chains(pairs, cosine, side, mine, value, len(other.sentence))
    plain_total, similar_plain, quoted, verbatim = _aligned_words(words, mine.quoted, value, total, out)
    weight = min(1.0, plain_total / (PLAIN_SHARE * max(total, 1.0)))
    out[Sided.CHAIN] = chains[_COSINE] / max(sentences, 1.0)
    out[Sided.CHAIN_WORDS] = chains[_WORDS] / max(total, 1.0)
    out[Sided.CHAIN_PLAIN] = weight * chains[_PLAIN] / max(plain_total, 1.0) + (1.0 - weight) * out[Sided.CHAIN_WORDS]
    out[Sided.CHAIN_SQUARE] = chains[_SQUARE] / max(total, 1.0)
    out[Sided.SIMILAR_PLAIN] = weight * similar_plain / max(plain_total, 1.0) + (1.0 - weight) * out[Sided.SIMILAR]
    out[Sided.RISING], out[Sided.ADJACENT] = rising(partner, value, words)
    return quoted, verbatim
