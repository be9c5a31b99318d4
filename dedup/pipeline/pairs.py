"""Verdicts on given pairs, without looking for candidates. Public: `compare_pairs`, `measure_pairs`, `Measures`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np

from dedup.alignment import align_words
from dedup.compiled.arrays import F64
from dedup.config import Config
from dedup.engines.local import map_chunks, worker_count
from dedup.judge import Prepared
from dedup.judge.columns import PAIR
from dedup.judge.features import measure
from dedup.judge.model import shipped_models
from dedup.judge.verdict import copy_probability
from dedup.language.frequencies import Frequencies
from dedup.pipeline.verifier import Verifier
from dedup.records import Article, Match

Pair = tuple[str, str]
Result = TypeVar("Result")
CHUNK = 64  # pairs that a worker takes at a time
KEPT = 512  # articles that stay prepared for their next pair
LEAST_SHARED_WORK = 256  # pairs below which starting processes costs more than it saves


@dataclass(frozen=True, eq=False)
class _State:
    """What a worker needs."""

    articles: Mapping[str, Article]
    config: Config


def compare_pairs(articles: Mapping[str, Article], pairs: Sequence[Pair], config: Config) -> list[Match]:
    """Return the verdict on each pair of ids, `Kind.NONE` included, as `compare` gives it; in the order given.

    The original is told without the articles' own scores.
    """
    return list(_spread(_compared, articles, pairs, config))


class Measures(NamedTuple):
    """What a model of the judge is trained on, for `n` pairs."""

    vectors: F64  # (n, len(PAIR)) in the order of `judge.columns.PAIR`
    shipped: F64  # (n,) probability by the shipped model alone, 0..1
    probability: F64  # (n,) the judge's: 1 for the same words, less than the model's where there is too little evidence


def measure_pairs(articles: Mapping[str, Article], pairs: Sequence[Pair], config: Config) -> Measures:
    """Return the features of each pair of ids, and the probability that the judge gives it."""
    rows = list(_spread(_measured, articles, pairs, config))
    vectors = np.array([row[0] for row in rows], np.float64).reshape(len(rows), len(PAIR))
    told = np.array([row[1:] for row in rows], np.float64).reshape(len(rows), 2)
    return Measures(vectors, told[:, 0], told[:, 1])


def _spread(
    work: Callable[[_State, Sequence[Pair]], list[Result]],
    articles: Mapping[str, Article],
    pairs: Sequence[Pair],
    config: Config,
) -> chain[Result]:
    """Return what work makes of the pairs, in their order, spread over processes by neighbouring ids."""
    chunks = [pairs[i : i + CHUNK] for i in range(0, len(pairs), CHUNK)]
    processes = worker_count(config.workers) if len(pairs) >= LEAST_SHARED_WORK else 1
    return chain.from_iterable(map_chunks(work, _State(articles, config), chunks, processes))


def _preparing(state: _State) -> tuple[Verifier, Callable[[str], Prepared]]:
    verifier = Verifier(Frequencies.shipped(), state.config)
    return verifier, lru_cache(KEPT)(lambda name: verifier.prepare(state.articles[name]))


def _compared(state: _State, pairs: Sequence[Pair]) -> list[Match]:
    verifier, prepared = _preparing(state)
    return [verifier.compare(prepared(left), prepared(right)) for left, right in pairs]


def _measured(state: _State, pairs: Sequence[Pair]) -> list[tuple[F64, float, float]]:
    verifier, prepared = _preparing(state)
    return [_measures(verifier, *sorted((prepared(left), prepared(right)), key=_order)) for left, right in pairs]


def _order(one: Prepared) -> tuple[str, str]:
    return one.article.id, one.article.text


def _measures(verifier: Verifier, left: Prepared, right: Prepared) -> tuple[F64, float, float]:
    words = align_words(left.tokens, right.tokens, Frequencies.shipped(), verifier.config.align)
    vector = measure(left, right, words).vector
    said = copy_probability(left, right, vector, verifier.config.judge)
    return vector, shipped_models().copy.probability(vector), said
