"""One number that keeps what the heads know: the likelihood that the text is of any bad kind against that it is clean.

Each head's value is first put in standard deviations of clean news of its length (`Calibration.deviation`), so that
calibrating a head to one's own news calibrates this too. For each kind of text, log odds against clean news are linear
in the deviations of all heads; the likelihoods of the kinds are added up. The weights are fitted
(`benchmarks/training/score_overall.py`) and stand by name in `dedup/data/score.json`.

How far a head counts may depend on findings: of swapped words the background of one country's news is never sure in
news of another or of a subject that it hardly has, so that `spun` alone reaches even odds only beside strong findings.

Public: `Combination`, `Cap`, `OVERALL`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dedup.scoring.calibration import Calibration

OVERALL = "overall"
MOST = 8.0  # standard deviations; what lies further out says no more


LEAK = 0.01  # what a deviation beyond its limit still counts, so that order stays


@dataclass(frozen=True)
class Cap:
    """How far a head may lie out, by the number of strong findings of some types."""

    findings: tuple[str, ...]
    limits: tuple[float, ...]  # with none, with one, ...; none beyond

    def __call__(self, far: float, strong: Mapping[str, int]) -> float:
        """Return what a deviation counts; `strong`: strong findings by type."""
        count = sum(strong.get(kind, 0) for kind in self.findings)
        if count >= len(self.limits) or far <= self.limits[count]:
            return far
        return self.limits[count] + LEAK * (far - self.limits[count])


@dataclass(frozen=True, eq=False)
class Combination:
    """For each kind of text its bias and the weights of the heads' deviations.

    A head that no clean text raises (tampered) has no deviations: its own likelihood ratio is a term.
    """

    biases: dict[str, float]  # by kind
    weights: dict[str, dict[str, float]]  # by kind and head
    ratios: tuple[str, ...]  # heads whose likelihood ratio counts as it is, where there is anything of the kind
    caps: dict[str, Cap]  # by head

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Return the heads that have a weight for some kind."""
        return tuple(dict.fromkeys(head for weights in self.weights.values() for head in weights))

    @staticmethod
    def of(data: Mapping[str, Any]) -> Combination:
        """Return the combination of a model file: "kinds" with "bias" and "weights" by head, "ratios", "caps"."""
        kinds = data["kinds"]
        biases = {kind: row["bias"] for kind, row in kinds.items()}
        weights = {kind: row["weights"] for kind, row in kinds.items()}
        caps = {head: Cap(tuple(row["findings"]), tuple(row["limits"])) for head, row in data["caps"].items()}
        return Combination(biases, weights, tuple(data["ratios"]), caps)

    def odds(
        self, values: Mapping[str, float], words: int, calibration: Calibration, strong: Mapping[str, int]
    ) -> float:
        """Return the log likelihood ratio of a text against clean news, from the value of each head.

        `strong`: how many strong findings of each type there are. Heads without a value (of text in another language)
        count as in the middle of clean news.
        """
        far: dict[str, float] = {}
        for head in self.counted:
            if head in values:
                far[head] = min(max(calibration.deviation(head, words, values[head]), -MOST), MOST)
                if head in self.caps:
                    far[head] = self.caps[head](far[head], strong)
        terms = [
            self.biases[kind] + sum([weight * far.get(head, 0.0) for head, weight in weights.items()])
            for kind, weights in self.weights.items()
        ]
        terms += [calibration.ratio(head, words, values[head]) for head in self.ratios if values.get(head, 0.0) > 0]
        highest = max(terms)
        return highest + math.log(sum(math.exp(term - highest) for term in terms))
