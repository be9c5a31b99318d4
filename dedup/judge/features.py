"""Measures the features of a pair of articles. Public: `measure`, `Measured`; `judge.columns` says what they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32
from dedup.compiled.decorators import borrowing, helper, kernel
from dedup.evidence.profile import Profile, Sum
from dedup.judge.columns import FIRST_SINGLE, FIRST_SMALLER, PAIR, Sided, Single
from dedup.judge.fact_features import fact_features
from dedup.judge.facts import Facts
from dedup.judge.overlap import common, places_back, runs
from dedup.judge.prepare import Prepared
from dedup.judge.sentences import sentence_features
from dedup.records import WordAlignment

_SIDED, _COUNT, _SUMS = len(Sided), len(PAIR), len(Sum)
# Containments: the share of what an article has of each that the other has too.
_CONTAINED = np.array(
    [
        (Sided.STEMS, Sum.STEMS),
        (Sided.STEMS_PLAIN, Sum.STEMS_PLAIN),
        (Sided.WORDS, Sum.WORDS),
        (Sided.PAIRS, Sum.PAIRS),
        (Sided.TRIPLES, Sum.TRIPLES),
        (Sided.FIVES, Sum.FIVES),
        (Sided.NAMES, Sum.NAMES),
        (Sided.NUMBERS, Sum.NUMBERS),
    ],
    np.int64,
)


CHANCE_RUN = 12.0  # words that two texts may have in a row by chance: formulas, letters with spaces between them


class Measured(NamedTuple):
    """The features of a pair: as models take them, and as measured from either article."""

    vector: F64  # (len(PAIR),) in the order of `columns.PAIR`
    left: F64  # (len(Sided),) by `Sided`
    right: F64


def measure(left: Prepared, right: Prepared, words: WordAlignment) -> Measured:
    """Return the features of a pair; `words` is the alignment of these articles in this order."""
    found = words.sentence_pairs, words.sentence_similarity, words.passages
    return Measured(*_measure(left.profile, right.profile, left.facts, right.facts, *found))


@helper
def _passage_share(passages: I32, side: int, words: int) -> float:
    """Return the share of the words that passages cover (boilerplate inside them counts, of which there is not much).

    `passages`: (k, 4) first and last word on the left, then on the right.
    """
    first, last, end = 2 * side, 2 * side + 1, 0
    for k in range(len(passages)):
        end = max(end, passages[k, last])
    marks = np.zeros(end, np.uint8)
    for k in range(len(passages)):
        for i in range(passages[k, first], passages[k, last]):
            marks[i] = 1
    covered = 0
    for i in range(end):
        covered += marks[i]
    return min(1.0, covered / max(1, words))


@helper
def _overlap_features(left: Profile, right: Profile, a: F64, b: F64, out: F64) -> None:
    """Write the features of common words and runs of words."""
    n, m = len(left.hashes), len(right.hashes)
    sums, places = np.zeros(_SUMS), np.full(n, -1, np.int32)
    common(left, right, sums, places)
    for k in range(len(_CONTAINED)):
        column, entry = _CONTAINED[k, 0], _CONTAINED[k, 1]
        a[column] = sums[entry] / max(left.sums[entry], 1e-9)
        b[column] = sums[entry] / max(right.sums[entry], 1e-9)
    run, covered, plain, run_back, covered_back, plain_back = 0, 0, 0, 0, 0, 0
    if sums[Sum.FIVES] > 0.0:
        run, covered, plain = runs(left.hashes, right.hashes, places, left.plain)
        back = places_back(left, right, places)
        run_back, covered_back, plain_back = runs(right.hashes, left.hashes, back, right.plain)
    run = max(run, run_back)
    a[Sided.PLAIN_RUNS], b[Sided.PLAIN_RUNS] = plain / max(n, 1), plain_back / max(m, 1)
    a[Sided.RUNS], b[Sided.RUNS] = covered / max(n, 1), covered_back / max(m, 1)
    a[Sided.RUN], b[Sided.RUN] = run / max(n, 1), run / max(m, 1)
    out[FIRST_SINGLE + Single.LONGEST_RUN] = np.log(1.0 + run)
    out[FIRST_SINGLE + Single.COMMON] = np.log(1.0 + sums[Sum.STEMS])
    out[FIRST_SINGLE + Single.PLAIN_WORDS] = np.log(1.0 + min(plain, plain_back))


@borrowing
def _both(a: F64, b: F64, out: F64) -> None:
    """Write the larger and the smaller of the values of either side."""
    for k in range(len(a)):
        out[k], out[FIRST_SMALLER + k] = max(a[k], b[k]), min(a[k], b[k])


@kernel
def _measure(
    left: Profile, right: Profile, left_facts: Facts, right_facts: Facts, pairs: I32, cosine: F32, passages: I32
) -> tuple[F64, F64, F64]:
    """Return the fields of `Measured`. Each group of features writes its columns of both sides and of the pair."""
    a, b, out = np.zeros(_SIDED), np.zeros(_SIDED), np.zeros(_COUNT)
    quoted_a, verbatim_a = sentence_features(pairs, cosine, 0, left, right, a)
    quoted_b, verbatim_b = sentence_features(pairs, cosine, 1, right, left, b)
    _overlap_features(left, right, a, b, out)
    fact_features(left, right, left_facts, right_facts, pairs, cosine, a, b, out)
    weight = min(left.sums[Sum.STEMS] / max(1, len(left.stems)), right.sums[Sum.STEMS] / max(1, len(right.stems)))
    run = (np.expm1(out[FIRST_SINGLE + Single.LONGEST_RUN]) - CHANCE_RUN) * weight
    out[FIRST_SINGLE + Single.EVIDENCE] = max(out[FIRST_SINGLE + Single.EVIDENCE], run)
    n, m = len(left.hashes), len(right.hashes)
    a[Sided.PASSAGES], b[Sided.PASSAGES] = _passage_share(passages, 0, n), _passage_share(passages, 1, m)
    a[Sided.PARTIAL_REUSE] = a[Sided.RUNS] * max(0.0, 1.0 - a[Sided.ALIGNED_35])
    b[Sided.PARTIAL_REUSE] = b[Sided.RUNS] * max(0.0, 1.0 - b[Sided.ALIGNED_35])
    low, high = max(1, min(n, m)), max(1, max(n, m))
    out[FIRST_SINGLE + Single.LENGTH_RATIO], out[FIRST_SINGLE + Single.LENGTH] = np.log(high / low), np.log(low)
    out[FIRST_SINGLE + Single.QUOTED] = min(quoted_a, quoted_b)
    out[FIRST_SINGLE + Single.VERBATIM] = min(verbatim_a, verbatim_b)
    _both(a, b, out)
    return out, a, b
