"""The features of a pair of articles that the judge decides by: one vector, the same for (a, b) and (b, a).

Most are measured from either article and given twice, as the larger and the smaller of the two values: a shortened copy
is all in the original, the original only partly in the copy. Public: `NAMES`, `pair_features`, `measure`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import F32, F64, I32
from dedup.compiled.decorators import helper, kernel
from dedup.evidence.profile import (
    SUM_FIVES,
    SUM_NAMES,
    SUM_NUMBERS,
    SUM_PAIRS,
    SUM_PLAIN,
    SUM_STEMS,
    SUM_TRIPLES,
    SUM_WORDS,
    Profile,
)
from dedup.judge.chain import ALIGNED, LEVELS, VERBATIM, best_partners, chain_weights, rising
from dedup.judge.overlap import common, places_back, runs
from dedup.records import WordAlignment

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
VERSION = "pair-1"
NAMES = (*(f"{name}_{side}" for side in ("max", "min") for name in SIDED), *SINGLE)
PLAIN_SHARE = 0.3  # of the words must be plain for the plain features to stand alone
QUOTED = 0.5  # share of a sentence's words in quotation marks that makes it a quotation

_S, _COUNT = len(SIDED), len(NAMES)
_LEVELS = np.array(LEVELS)
# Features 13 to 20 are containments of these.
_SETS = np.array(
    [SUM_STEMS, SUM_PLAIN, SUM_WORDS, SUM_PAIRS, SUM_TRIPLES, SUM_FIVES, SUM_NAMES, SUM_NUMBERS]
)  # fmt: skip
_FIRST_SET, _NAMES_SET = SIDED.index("stems"), SIDED.index("names")


def pair_features(left: Profile, right: Profile, words: WordAlignment) -> F64:
    """Features of the pair in the order of `NAMES`; shape (f,), shares 0..1."""
    return measure(left, right, words)[0]


def measure(left: Profile, right: Profile, words: WordAlignment) -> tuple[F64, F64]:
    """`pair_features`, and the shares of both articles in common: stems of the left, of the right, names the same."""
    both: tuple[F64, F64] = features_of(left, right, words.sentence_pairs, words.sentence_similarity, words.passages)
    return both


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
def _in_order(pairs: I32, side: int, sentences: int) -> I32:
    """Rank of each pair by the sentence of a side, then the other; the pairs come by left, then right sentence."""
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
def _sentences(
    pairs: I32, cosine: F32, side: int, mine: Profile, other: Profile, out: F64
) -> tuple[float, float]:  # fmt: skip
    """Writes the features of aligned sentences from one side; quoted and verbatim share of the aligned words."""
    words, quoted = mine.sentence, mine.quoted
    m, p = len(words), len(pairs)
    total, sentences, plain_total = 0.0, 0.0, 0.0
    partner, value = best_partners(pairs, cosine, side, m)
    for i in range(m):
        total += words[i]
        sentences += 1.0 if words[i] else 0.0
    at, ordered, gains = _in_order(pairs, side, m), np.empty((p, 2), np.int32), np.empty((p, 4))
    for k in range(p):
        i, row = pairs[k, side], at[k]
        gain = cosine[k] * words[i]
        ordered[row, 0], ordered[row, 1] = i, pairs[k, 1 - side]
        gains[row, 0], gains[row, 1], gains[row, 3] = cosine[k], gain, gain * cosine[k]
        gains[row, 2] = 0.0 if quoted[i] > QUOTED or value[i] >= VERBATIM else gain
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
    chains = chain_weights(ordered, gains, len(other.sentence))
    out[0] = chains[0] / max(sentences, 1.0)
    out[1] = chains[1] / max(total, 1.0)
    weight = min(1.0, plain_total / (PLAIN_SHARE * max(total, 1.0)))
    out[2] = weight * chains[2] / max(plain_total, 1.0) + (1.0 - weight) * out[1]
    out[3] = chains[3] / max(total, 1.0)
    out[9] = similar / max(total, 1.0)
    out[10] = weight * similar_plain / max(plain_total, 1.0) + (1.0 - weight) * out[9]
    out[11], out[12] = rising(partner, value, words)
    out[_S - 1] = longest_gap / max(total, 1.0)
    return aligned_quoted / max(aligned, 1.0), verbatim / max(aligned, 1.0)


@kernel
def features_of(left: Profile, right: Profile, pairs: I32, cosine: F32, passages: I32) -> tuple[F64, F64]:
    """The vector of `pair_features` and the shares of `measure`."""
    a, b, out, shares = np.zeros(_S), np.zeros(_S), np.empty(_COUNT), np.empty(4)
    quoted_a, verbatim_a = _sentences(pairs, cosine, 0, left, right, a)
    quoted_b, verbatim_b = _sentences(pairs, cosine, 1, right, left, b)
    n, m = len(left.hashes), len(right.hashes)
    sums, places = np.zeros(len(_SETS)), np.full(n, -1, np.int32)
    common(left, right, sums, places)
    for k in range(len(_SETS)):
        at = _SETS[k]
        a[_FIRST_SET + k], b[_FIRST_SET + k] = sums[at] / max(left.sums[at], 1e-9), sums[at] / max(right.sums[at], 1e-9)
    shares[0], shares[1], shares[2], shares[3] = a[_FIRST_SET], b[_FIRST_SET], a[_NAMES_SET], b[_NAMES_SET]
    run, covered, plain, run_back, covered_back, plain_back = 0, 0, 0, 0, 0, 0
    if sums[SUM_FIVES] > 0.0:
        run, covered, plain = runs(left.hashes, right.hashes, places, left.plain)
        back = places_back(left, right, places)
        run_back, covered_back, plain_back = runs(right.hashes, left.hashes, back, right.plain)
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
    out[at + 2], out[at + 3] = np.log(1.0 + run), np.log(1.0 + sums[SUM_STEMS])
    out[at + 4] = np.log(1.0 + min(plain, plain_back))
    out[at + 5], out[at + 6] = min(quoted_a, quoted_b), min(verbatim_a, verbatim_b)
    return out, shares
