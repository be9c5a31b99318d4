"""The deeper head: what a small neural model of words in their places adds to `spun`; optional and off by default.

Its features (`slots.FEATURES`) are linear, in standard deviations of clean news less what the surprise of the text and
the fit of its typical word explain, and nothing is trained on spun text. With it `spun` has a calibration of its own.
`benchmarks/training/train_deep.py` writes the weights and prints what they are worth.

Public: `Deep`, `load_deep`, `shipped_deep`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedup.compiled.arrays import F64, I64, U64
from dedup.errors import InputError
from dedup.language.language_model import Reading
from dedup.language.substitutions import Substitutions
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.records import Tokens
from dedup.resources import resource
from dedup.scoring.calibration import Calibration
from dedup.scoring.context_model import FEATURES, Slots, load_slots, measure
from dedup.scoring.features import NAMES, Description

FORMAT = 1
HEAD = "spun"
_SURPRISE = NAMES.index("surprise")


@dataclass(frozen=True, eq=False)
class Deep:
    """A model of words in their places, and what its features add to the value of `spun`."""

    slots: Slots
    synonyms: Substitutions
    targets: I64  # number in `slots` of each expected word of the synonyms, -1 where it has none
    weights: F64  # (len(FEATURES),)
    surprise: float  # weight of the mean surprise of the text
    bias: float
    calibration: dict[str, Any]  # of `spun` with what is added: its quantiles and curves

    def added(
        self, reading: Reading, description: Description, tokens: Tokens, function_words: U64, spared: U64
    ) -> float:
        """What an English article gets on top of its value of `spun`."""
        parts = (reading, tokens, function_words, spared)
        features = measure(self.slots, self.synonyms, self.targets, *parts)
        return self.bias + float(self.weights @ features) + self.surprise * float(description.numeric[_SURPRISE])

    def calibrated(self, shipped: Calibration) -> Calibration:
        """A shipped calibration, in which `spun` is read with what this adds."""
        quantiles = shipped.quantiles | {HEAD: self.calibration["quantiles"]}
        return replace(
            shipped, quantiles=quantiles, curves=shipped.curves | {HEAD: self.calibration["curves"]}, deep=True
        )


def load_deep(folder: Path, synonyms: Substitutions) -> Deep:
    """Read `slots.npz` and `slots.json` of a folder; raises InputError where one is missing or of another version."""
    path = folder / "slots.json"
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a head: {error}") from error
    if data.get("format") != FORMAT:
        raise InputError(f"{path}: not a head of this version: train it again with benchmarks/training/train_deep.py")
    slots, weights = load_slots(folder / "slots.npz"), np.array([data[name] for name in FEATURES])
    targets = slots.number(synonyms.hashes)
    return Deep(slots, synonyms, targets, weights, data["surprise"], data["bias"], data["calibration"])


@lru_cache(maxsize=1)
def shipped_deep() -> Deep:
    """The deeper head that comes with the package, read once."""
    return load_deep(resource(""), shipped_synonyms())
