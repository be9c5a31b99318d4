"""What the value of a head means: its percentile among clean news of the same length, and a probability.

The value of a head depends on the length of the text, so each band of lengths has its own quantiles. `calibrate` takes
them from the user's own clean articles; the probability is then shifted so that the 99th percentiles agree.

Public: `Calibration`, `calibrate`, `load_calibration`, `save_calibration`, `BANDS`, `PERCENTILES`.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.checks import require
from dedup.errors import InputError
from dedup.whole_files import whole_file

BANDS = (100, 150, 300, 600)  # words read; each band reaches to the next, the last has no end
PERCENTILES = (0.0, 1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.0, 98.0, 99.0, 99.5, 99.9, 100.0)
TAIL = 99.0  # where the user's quantiles and the shipped ones are brought together
HIGHEST = 99.95  # percentile of what is above everything clean that was seen
TIE = 1e-4  # values this close are equal: quantiles are stored with four digits, and many articles may share a value
NORMAL = tuple(NormalDist().inv_cdf(p / 100) for p in PERCENTILES[1:-1])  # deviations at the inner percentiles
TAIL_FROM, TAIL_TO = 90.0, 99.0  # percentiles whose line is drawn on beyond
# Of an outlet that is not among the clean articles about twice as many lie in the tail as of those that are
# (`benchmarks/training/score_unseen.py`), so the 99th percentile is what half of one in a hundred passes.
CAUTION = 2.0
FORMAT = 4  # of calibration files: raised where a head comes, goes or changes its meaning
LARGEST = 1e6  # no number of a calibration is near that; NaN is not below it either
LEAST_ARTICLES = 30  # in a band; with fewer the shipped quantiles stay

_REACHED = tuple(100 - (100 - p) / CAUTION if p >= TAIL_FROM else p for p in PERCENTILES)
_TAIL = PERCENTILES.index(TAIL_TO)
_NORMAL_TO = NORMAL[_TAIL - 1]

Quantiles = dict[str, list[list[float]]]  # by head, for each band the values at PERCENTILES


@dataclass(frozen=True)
class Calibration:
    """Quantiles of clean news by head and band, and the logistic curve of each: slope, and offset at equal odds."""

    quantiles: Quantiles
    curves: dict[str, list[list[float]]]
    shift: dict[str, list[float]]  # by head and band: what the user's 99th percentile lies above the shipped one
    prior: float  # share of articles that are not clean, which the probabilities assume

    def percentile(self, head: str, words: int, value: float) -> float:
        """Return the share of clean news of this length with a lower value, in per cent (0..100)."""
        quantiles = self.quantiles[head][band_of(words)]
        below, above = _interpolated(value - TIE, quantiles), _interpolated(value + TIE, quantiles)
        return min((below + above) / 2, HIGHEST)

    def probability(self, head: str, words: int, value: float) -> float:
        """Return the probability, 0..1, that the text is of the head's kind, given that `prior` of all articles are."""
        odds = self.ratio(head, words, value) + math.log(self.prior / (1 - self.prior))
        return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))

    def ratio(self, head: str, words: int, value: float) -> float:
        """Return the log likelihood ratio of the head's kind against clean news."""
        band = band_of(words)
        slope, offset = self.curves[head][band]
        return slope * (value - self.shift[head][band]) + offset

    def slope(self, head: str, words: int) -> float:
        """Return what a unit of a head's value is worth in log odds for a text of this length."""
        return self.curves[head][band_of(words)][0]

    def deviation(self, head: str, words: int, value: float) -> float:
        """Return how many standard deviations above the middle of clean news of this length a value lies.

        By its percentile; above the 99th and below the first on a line.
        """
        quantiles = self.quantiles[head][band_of(words)]
        low, high = quantiles[PERCENTILES.index(TAIL_FROM)], quantiles[_TAIL]
        step = max(high - low, TIE) / (_NORMAL_TO - NORMAL[PERCENTILES.index(TAIL_FROM) - 1])
        if value >= high:
            return _NORMAL_TO + (value - high) / step
        inner = quantiles[1 : _TAIL + 1]
        at = bisect_right(inner, value)
        if at == 0:
            return NORMAL[0] - (inner[0] - value) / step
        share = (value - inner[at - 1]) / max(inner[at] - inner[at - 1], TIE)
        return NORMAL[at - 1] + share * (NORMAL[at] - NORMAL[at - 1])

    @staticmethod
    def of(data: dict[str, Any]) -> Calibration:
        """Return the calibration that a model file holds."""
        none = {head: [0.0] * len(BANDS) for head in data["quantiles"]}
        return Calibration(data["quantiles"], data["curves"], none, data["prior"])


@lru_cache(maxsize=1 << 12)
def band_of(words: int) -> int:
    """Return the number of the band of a length in words; shorter texts fall into the first."""
    return max(0, bisect_right(BANDS, words) - 1)


def _interpolated(value: float, quantiles: list[float]) -> float:
    """`np.interp(value, quantiles, PERCENTILES)`, in a tenth of its time for a single value."""
    at = bisect_right(quantiles, value)
    if at in (0, len(quantiles)):
        return PERCENTILES[min(at, len(quantiles) - 1)]
    slope = (PERCENTILES[at] - PERCENTILES[at - 1]) / (quantiles[at] - quantiles[at - 1])
    return slope * (value - quantiles[at - 1]) + PERCENTILES[at - 1]


def quantiles_of(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> list[float]:
    """Return the values at PERCENTILES, each counted with its weight; from the 90th on with a margin (`CAUTION`)."""
    order = np.argsort(values, kind="stable")
    weight = np.ones(len(values)) if weights is None else weights[order]
    reached = 100 * (np.cumsum(weight) - weight / 2) / weight.sum()
    return [round(float(v), 4) for v in np.interp(_REACHED, reached, values[order])]


def calibrate(values: Iterable[tuple[int, dict[str, float]]], shipped: Calibration) -> tuple[Calibration, list[int]]:
    """Return a calibration to clean articles, given as (words read, value of each head), and how many each band has.

    Bands with fewer than 30 articles keep the shipped quantiles. Raises InputError where every band has fewer.
    """
    rows = [(band_of(words), heads) for words, heads in values if words >= BANDS[0]]
    counts = [sum(band == b for band, _ in rows) for b in range(len(BANDS))]
    if max(counts) < LEAST_ARTICLES:
        raise InputError(
            f"{len(rows)} articles of {BANDS[0]} words or more: too few to calibrate (30 of a like length)"
        )
    quantiles: Quantiles = {head: [list(q) for q in bands] for head, bands in shipped.quantiles.items()}
    shift = {head: list(bands) for head, bands in shipped.shift.items()}
    tail = PERCENTILES.index(TAIL)
    for head in quantiles:
        for b, count in enumerate(counts):
            own = [heads[head] for band, heads in rows if band == b and head in heads]
            if min(count, len(own)) >= LEAST_ARTICLES:
                quantiles[head][b] = quantiles_of(np.array(own))
                shift[head][b] = quantiles[head][b][tail] - shipped.quantiles[head][b][tail]
    return replace(shipped, quantiles=quantiles, shift=shift), counts


def save_calibration(calibration: Calibration, path: str | Path) -> None:
    """Write a calibration as JSON."""
    data = {"dedup_calibration": FORMAT, "bands": BANDS, "percentiles": PERCENTILES, **vars(calibration)}
    with whole_file(path) as out:
        out.write(json.dumps(data, sort_keys=True, indent=1).encode() + b"\n")


def load_calibration(path: str | Path) -> Calibration:
    """Return the calibration of a file. Raises `InputError` where it is missing or of another version."""
    require("load_calibration", path, (str, Path), "the path of a file")
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as a calibration: {error}") from error
    found = data.get("dedup_calibration") if isinstance(data, dict) else None
    if isinstance(found, int) and found != FORMAT:
        again = "make it again from your articles (dedup background calibrate)"
        raise InputError(f"{path}: a calibration of format {found}, this version needs {FORMAT}: {again}")
    if found != FORMAT or data.get("bands") != list(BANDS):
        raise InputError(f"{path}: not a calibration of this version of dedup")
    named = {field.name: data.get(field.name, False) for field in fields(Calibration)}
    if wrong := [name for name, sound in _sound(named).items() if not sound]:
        raise InputError(f"{path}: no calibration: its {', '.join(wrong)} cannot be used")
    return Calibration(**named)


def _sound(named: dict[str, Any]) -> dict[str, bool]:
    """Return for each field of a calibration whether it has the shape that reading a value takes."""
    heads = list(named["quantiles"]) if isinstance(named["quantiles"], dict) else None
    shapes = {"quantiles": (len(BANDS), len(PERCENTILES)), "curves": (len(BANDS), 2), "shift": (len(BANDS),)}
    sound = {
        name: isinstance(named[name], dict)
        and list(named[name]) == heads
        and all(_numbers(values, shape) for values in named[name].values())
        for name, shape in shapes.items()
    }
    if sound["quantiles"]:
        sound["quantiles"] = all(values == sorted(values) for bands in named["quantiles"].values() for values in bands)
    return sound | {"prior": _is_number(named["prior"]) and 0 < named["prior"] < 1}


def _numbers(values: object, shape: tuple[int, ...]) -> bool:
    if not shape:
        return _is_number(values)
    return isinstance(values, list) and len(values) == shape[0] and all(_numbers(one, shape[1:]) for one in values)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
