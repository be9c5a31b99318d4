"""One number that keeps what the heads know: how likely the text is of any bad kind, against that it is clean.

Each head's value is first put in standard deviations of clean news of its length (`Calibration.deviation`), so that
calibrating a head to one's own news calibrates this too. Boosted trees then bring together these deviations, the length
and the rates of strong findings (`Evidence`); more of a kind's head and more findings never lower the value. The trees
are fitted (`benchmarks/training/score_overall.py`) and stand in `dedup/data/score.json`; 0 is where even odds lie.

What `spun` may do depends on findings: of swapped words the background of one country's news is never sure in news of
another or of a subject that it hardly has, so that `spun` lifts a text over even odds only beside strong findings.

Public: `Combination`, `Evidence`, `evidence`, `OVERALL`, `VERSION`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import auto
from typing import Any

import numpy as np

from dedup.compiled.arrays import F32, F64
from dedup.models import Columns, Trees
from dedup.scoring.calibration import Calibration

OVERALL = "overall"
VERSION = "overall-2"  # of `Evidence`: raise it whenever a column comes to mean something else
MOST = 8.0  # standard deviations; what lies further out says no more
LEAST = 0.5  # standard deviations; that a text has no errors does not speak for a person
LONGEST = 300  # words; of longer texts the length says nothing of where they come from
LEAK = 0.01  # what a deviation adds beside the trees, so that order stays where these are flat
STEP = 10.0  # log odds; no trees reach them
TOLD = ("spun", "corrupted", "llm", "translated")  # heads whose deviations are looked at
BAD = TOLD[:3]  # heads that may only raise the value; "translated" is a hint that explains the others
SURE = ("swap.strong", "article.strong", "doubled.strong")  # findings beside which `spun` counts in full
GRAMMAR = ("agreement.strong", "form.strong", "idiom.strong", "clash.strong")


class Evidence(Columns):
    """What the trees look at. Rates are ln(1 + findings for a thousand words, 300 more than there are)."""

    SPUN = auto()  # standard deviations from clean news of the length, .5..8
    CORRUPTED = auto()  # .5..8
    LLM = auto()  # -8..8
    TRANSLATED = auto()  # -8..8
    LENGTH = auto()  # natural logarithm of the words read, at most 300
    SURE = auto()  # rate of the strong findings of `SURE`
    SWAPS = auto()  # rate of strong swaps
    NAMES = auto()  # rate of names that are strongly wrong
    GRAMMAR = auto()  # rate of strong grammatical errors


RAISING = [Evidence.SPUN, Evidence.CORRUPTED, Evidence.LLM]  # the columns of `BAD`


def evidence(far: Mapping[str, float], words: int, rates: Mapping[str, float]) -> list[float]:
    """Return what the trees look at for one article, in the order of `Evidence`.

    `far`: deviation of each head; one without a value (of text in another language) counts as in the middle of clean
    news. `rates`: findings for a thousand words, by "type.strong".
    """
    row = [0.0] * len(Evidence)
    row[Evidence.SPUN], row[Evidence.CORRUPTED] = (max(far.get(head, 0.0), LEAST) for head in BAD[:2])
    row[Evidence.LLM] = far.get("llm", 0.0)
    row[Evidence.TRANSLATED], row[Evidence.LENGTH] = far.get("translated", 0.0), math.log(min(words, LONGEST))
    row[Evidence.SURE], row[Evidence.SWAPS] = _rate(rates, SURE), _rate(rates, SURE[:1])
    row[Evidence.NAMES], row[Evidence.GRAMMAR] = _rate(rates, ("name.strong",)), _rate(rates, GRAMMAR)
    return row


def _rate(rates: Mapping[str, float], kinds: Iterable[str]) -> float:
    return math.log1p(sum([rates[kind] for kind in kinds if kind in rates]))


@dataclass(frozen=True, eq=False)
class Combination:
    """The trees, and the heads that no clean text raises (tampered): their own likelihood ratio is a term."""

    trees: Trees
    ratios: tuple[str, ...]  # heads whose likelihood ratio counts as it is, where there is anything of the kind
    even: float  # log likelihood ratio of such a head that is even odds

    @staticmethod
    def of(data: Mapping[str, Any], where: str) -> Combination:
        """Return the combination of a model file. Raises `ModelMismatch` where its trees look at other columns."""
        trees = Trees.read(data, Evidence.names(), VERSION, where)
        return Combination(trees, tuple(data["ratios"]), data["even"])

    def values(self, rows: F32) -> F64:
        """Return the value of articles, (k,), from what `evidence` gives for each, (k, len(Evidence)).

        Without a finding of `SURE`, `spun` may lift a text to even odds but not over them: the order of such texts
        stays, in the narrow strip below 0.
        """
        sums = self.sums(rows)
        kept: F64 = np.maximum(self.certain(rows), np.minimum(sums, LEAK * (sums - STEP)))
        return kept

    def certain(self, rows: F32) -> F64:
        """Return the values, (k,), with `spun` counted only beside a finding of `SURE`."""
        plain = rows.copy()
        plain[rows[:, Evidence.SURE] == 0, Evidence.SPUN] = LEAST
        return self.sums(plain)

    def sums(self, rows: F32) -> F64:
        """Return what the trees give, (k,), with all of `spun`."""
        leaks: F64 = LEAK * rows[:, RAISING].sum(axis=1, dtype=np.float64)
        sums: F64 = self.trees.log_odds(rows) + leaks
        return sums

    def odds(
        self, values: Mapping[str, float], words: int, calibration: Calibration, rates: Mapping[str, float]
    ) -> float:
        """Return the log odds of a text, 0 where they are even, from the value of each head.

        `rates`: findings for a thousand words, by "type.strong".
        """
        heads = [head for head in TOLD if head in values]
        far = {head: min(max(calibration.deviation(head, words, values[head]), -MOST), MOST) for head in heads}
        row = np.array([evidence(far, words, rates)], np.float32)
        terms = [float(self.values(row)[0])]
        terms += [
            calibration.ratio(head, words, values[head]) - self.even
            for head in self.ratios
            if values.get(head, 0.0) > 0
        ]
        highest = max(terms)
        return highest + math.log(sum([math.exp(term - highest) for term in terms]))
