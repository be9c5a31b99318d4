"""Shares with their uncertainty. Public: `Share`, `share_of`, `wilson_of`, `resampled`, `Bounds`.

Pairs of one group (one event, or one article in several pairs) are no independent trials. The interval of a share is
Wilson's (1927) at 95 %, with the number of pairs divided by the design effect of the groups (Kish 1965): how much
larger the variance is than that of independent pairs. Where all pairs agree nothing can be seen of it, and pairs of one
group count as one. Figures that are no shares, such as F1, have the middle 95 % of resampled groups (Efron 1979).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # standard deviations of the normal distribution within which 95 % lie
RESAMPLED = 400
SEED = 20261
Bounds = tuple[float, float]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Share(NamedTuple):
    """A share with its 95 % interval: `value` of so many `pairs`, 0..1; None where there are none."""

    value: float | None
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return "-" if self.value is None else f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}) of {self.pairs:,}"


def share_of(hits: Flags, groups: Numbers) -> Share:
    """Return the share of pairs that are hits, with its interval; `groups` (n,) says which pairs belong together."""
    count = len(hits)
    if not count:
        return Share(None, 0.0, 1.0, 0)
    return Share(float(hits.mean()), *wilson_of(hits, groups), count)


def wilson_of(hits: Flags, groups: Numbers) -> Bounds:
    """Return the 95 % interval of the share of pairs that are hits, of which there is at least one."""
    return wilson(float(hits.mean()), len(hits) / design_effect(hits.astype(np.float64), groups))


def wilson(value: float, count: float) -> Bounds:
    """Return Wilson's 95 % interval of a share among so many independent trials."""
    square = Z * Z / count
    middle = (value + square / 2) / (1 + square)
    reach = Z * math.sqrt(value * (1 - value) / count + square / (4 * count)) / (1 + square)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def design_effect(values: NDArray[np.float64], groups: Numbers) -> float:
    """Return by how much the variance of the mean exceeds that of independent pairs, from 1 to the size of groups."""
    _, group = np.unique(groups, return_inverse=True)
    sizes = np.bincount(group).astype(np.float64)
    most = float((sizes * sizes).sum() / sizes.sum())
    mean = float(values.mean())
    if len(sizes) < 2 or not 0.0 < mean < 1.0:
        return most
    residual = np.bincount(group, weights=values - mean)
    clustered = float((residual * residual).sum()) * len(sizes) / (len(sizes) - 1)
    return min(most, max(1.0, clustered / (len(values) * mean * (1 - mean))))


def resampled(figure: Callable[[Numbers], float | None], groups: Numbers) -> Bounds | None:
    """Return the middle 95 % of a figure over groups drawn with replacement; None where it cannot be computed.

    `figure` is given the numbers of the pairs that were drawn. The draws are the same each time.
    """
    members = [np.flatnonzero(groups == one) for one in np.unique(groups)]
    if len(members) < 2:
        return None
    drawn, values = np.random.default_rng(SEED), []
    for _ in range(RESAMPLED):
        chosen = drawn.integers(0, len(members), len(members))
        value = figure(np.concatenate([members[k] for k in chosen]))
        if value is not None:
            values.append(value)
    if len(values) < RESAMPLED / 2:
        return None
    low, high = np.quantile(np.array(values), [0.025, 0.975])
    return float(low), float(high)


def shown(bounds: Bounds | None) -> list[float] | None:
    """Return an interval for JSON."""
    return None if bounds is None else [round(value, 4) for value in bounds]


def plain(share: Share) -> dict[str, Any]:
    """Return a share for JSON."""
    value = None if share.value is None else round(share.value, 4)
    return {"value": value, "interval": shown((share.low, share.high)), "pairs": share.pairs}
