"""The features of a pair of articles that the judge decides by: one vector, the same for (a, b) and (b, a).

Most are measured from either article and given twice, as the larger and the smaller of the two values: a shortened copy
is all in the original, the original only partly in the copy. Public: `NAMES`, `pair_features`.
"""

from __future__ import annotations

import numpy as np

from dedup.judge.chain import ALIGNED, F64, LEVELS, VERBATIM, best_partners, chain_weight, rising
from dedup.judge.overlap import F32, I32, Profile, containment, longest_run
from dedup.records import WordAlignment
from dedup.text.machine import helper, kernel

SIDED = (
    "chain",  # weight of the best in-order chain of sentence pairs, per sentence
    "chain_words",  # the same, each sentence weighted by its words
    "chain_plain",  # the same, without quoted and verbatim sentences
    "chain_square",  # with the squared cosines: a few sure pairs rather than many weak ones
    *(f"aligned_{round(100 * level)}" for level in LEVELS),  # share of words in sentences with a partner that similar
    "similar",  # mean similarity of the best partner, by words
    "similar_plain",  # the same, without quoted and verbatim sentences
    "rising",  # longest rising run of partners / aligned sentences
    "adjacent",  # share of neighbouring aligned sentences whose partners follow each other
    "stems",  # containment of distinct stems, weighted by inverse document frequency
    "stems_plain",  # the same outside quotation marks
    "words",
    "pairs",  # of two words in a row
    "triples",
    "fives",
    "names",
    "numbers",
    "runs",  # share of words in common runs of at least eight
    "run",  # longest common run / words
    "passages",  # share of words in aligned passages
    "patchy",  # runs x share of words outside sentences aligned at .35: agency copy inside another report
    "plain_runs",  # as runs, words in quotation marks left out
    "unmatched",  # longest stretch of words without an aligned sentence / words
)
SINGLE = (
    "length_ratio",  # ln(longer / shorter)
    "length",  # ln(words of the shorter)
    "longest_run",  # ln(1 + words)
    "common",  # ln(1 + weight of the stems in common)
    "plain_words",  # ln(1 + words outside quotation marks in common runs), the smaller of both sides
    "quoted",  # share of the aligned sentences' words that are quoted, smaller side
    "verbatim",  # share of the aligned sentences' words in verbatim ones, smaller side
)
NAMES = (*(f"{name}_{side}" for side in ("max", "min") for name in SIDED), *SINGLE)
PLAIN_SHARE = 0.3  # of the words must be plain for the plain features to stand alone
QUOTED = 0.5  # share of a sentence's words in quotation marks that makes it a quotation

_S, _COUNT = len(SIDED), len(NAMES)
_NO_WEIGHT = np.zeros(0, np.float32)
_LEVELS = np.array(LEVELS)


def pair_features(left: Profile, right: Profile, words: WordAlignment) -> F64:
    """Features of the pair in the order of `NAMES`; shape (f,), shares 0..1."""
    vector: F64 = features_of(left, right, words.sentence_pairs, words.sentence_similarity, words.passages)
    return vector


@helper
def _passage_share(passages: I32, side: int, words: int) -> float:
    """Share of the words covered by passages (furniture inside them counts, which is little)."""
    end = 0
    for k in range(len(passages)):
        end = max(end, passages[k, 2 * side + 1])
    marks = np.zeros(end, np.uint8)
    for k in range(len(passages)):
        for i in range(passages[k, 2 * side], passages[k, 2 * side + 1]):
            marks[i] = 1
    covered = 0
    for i in range(end):
        covered += marks[i]
    return min(1.0, covered / max(1, words))


@helper
def _sentences(
    pairs: I32, cosine: F32, side: int, mine: Profile, other: Profile, out: F64
) -> tuple[float, float]:  # fmt: skip
    """Writes the features of aligned sentences from one side; quoted and verbatim share of the aligned words."""
    words, quoted = mine.sentence, mine.sentence_quoted
    m, p = len(words), len(pairs)
    total, sentences, plain_total = 0.0, 0.0, 0.0
    partner, value = best_partners(pairs, cosine, side, m)
    for i in range(m):
        total += words[i]
        sentences += 1.0 if words[i] else 0.0
    gain, plain, square = np.empty(p), np.empty(p), np.empty(p)
    for k in range(p):
        i = pairs[k, side]
        gain[k] = cosine[k] * words[i]
        square[k] = gain[k] * cosine[k]
        plain[k] = 0.0 if quoted[i] > QUOTED or value[i] >= VERBATIM else gain[k]
    similar, similar_plain, aligned, aligned_quoted, verbatim = 0.0, 0.0, 0.0, 0.0, 0.0
    gap, longest_gap = 0.0, 0.0
    for i in range(m):
        for level in range(len(_LEVELS)):
            if value[i] >= _LEVELS[level]:
                out[4 + level] += words[i] / max(total, 1.0)
        similar += value[i] * words[i]
        if not (quoted[i] > QUOTED or value[i] >= VERBATIM):
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
    size = len(other.sentence)
    ordered, cosines = np.empty((p, 2), np.int32), np.empty(p)
    if side == 0:
        for k in range(p):
            ordered[k, 0], ordered[k, 1], cosines[k] = pairs[k, 0], pairs[k, 1], cosine[k]
    else:  # by right, then left sentence: the pairs come by left, so counting by right keeps them sorted
        first = np.zeros(m + 1, np.int32)
        for k in range(p):
            first[pairs[k, 1] + 1] += 1
        for i in range(m):
            first[i + 1] += first[i]
        gains, plains, squares = gain.copy(), plain.copy(), square.copy()
        for k in range(p):
            at = first[pairs[k, 1]]
            first[pairs[k, 1]] += 1
            ordered[at, 0], ordered[at, 1], cosines[at] = pairs[k, 1], pairs[k, 0], cosine[k]
            gain[at], plain[at], square[at] = gains[k], plains[k], squares[k]
    out[0] = chain_weight(ordered, cosines, size) / max(sentences, 1.0)
    out[1] = chain_weight(ordered, gain, size) / max(total, 1.0)
    weight = min(1.0, plain_total / (PLAIN_SHARE * max(total, 1.0)))
    out[2] = weight * chain_weight(ordered, plain, size) / max(plain_total, 1.0) + (1.0 - weight) * out[1]
    out[3] = chain_weight(ordered, square, size) / max(total, 1.0)
    out[9] = similar / max(total, 1.0)
    out[10] = weight * similar_plain / max(plain_total, 1.0) + (1.0 - weight) * out[9]
    out[11], out[12] = rising(partner, value, words)
    out[_S - 1] = longest_gap / max(total, 1.0)
    return aligned_quoted / max(aligned, 1.0), verbatim / max(aligned, 1.0)


@kernel
def features_of(left: Profile, right: Profile, pairs: I32, cosine: F32, passages: I32) -> F64:
    """The vector of `pair_features`."""
    a, b, out = np.zeros(_S), np.zeros(_S), np.empty(_COUNT)
    quoted_a, verbatim_a = _sentences(pairs, cosine, 0, left, right, a)
    quoted_b, verbatim_b = _sentences(pairs, cosine, 1, right, left, b)
    n, m = len(left.hashes), len(right.hashes)
    ones = np.ones(max(n, m), np.float32)
    a[13], b[13], common = containment(left.stems, left.stem_weight, right.stems, right.stem_weight)
    a[14], b[14], _ = containment(left.plain_stems, left.plain_weight, right.plain_stems, right.plain_weight)
    a[15], b[15], _ = containment(left.hashes, left.word_weight, right.hashes, right.word_weight)
    a[16], b[16], _ = containment(left.pairs, left.pair_weight, right.pairs, right.pair_weight)
    a[17], b[17], _ = containment(left.triples, ones, right.triples, ones)
    a[18], b[18], _ = containment(left.fives, ones, right.fives, ones)
    a[19], b[19], _ = containment(left.names, left.name_weight, right.names, right.name_weight)
    a[20], b[20], _ = containment(left.numbers, ones, right.numbers, ones)
    run, covered, plain = longest_run(left.fives, right.fives, left.plain)
    run_back, covered_back, plain_back = longest_run(right.fives, left.fives, right.plain)
    run = max(run, run_back)
    a[25], b[25] = plain / max(n, 1), plain_back / max(m, 1)
    a[21], b[21] = covered / max(n, 1), covered_back / max(m, 1)
    a[22], b[22] = run / max(n, 1), run / max(m, 1)
    a[23], b[23] = _passage_share(passages, 0, n), _passage_share(passages, 1, m)
    a[24], b[24] = a[21] * max(0.0, 1.0 - a[5]), b[21] * max(0.0, 1.0 - b[5])
    for k in range(_S):
        out[k], out[_S + k] = max(a[k], b[k]), min(a[k], b[k])
    at = 2 * _S
    low, high = max(1, min(n, m)), max(1, max(n, m))
    out[at], out[at + 1] = np.log(high / low), np.log(low)
    out[at + 2], out[at + 3] = np.log(1.0 + run), np.log(1.0 + common)
    out[at + 4] = np.log(1.0 + min(plain, plain_back))
    out[at + 5], out[at + 6] = min(quoted_a, quoted_b), min(verbatim_a, verbatim_b)
    return out
