"""The deeper head: what a small neural model of words in their context adds to `spun`; optional and off by default.

Its features (`Context`) are linear, in standard deviations of clean news less what the surprise of the text and the fit
of its typical word explain, and nothing is trained on spun text. With it `spun` has a calibration of its own.
`benchmarks/training/train_deep.py` writes the weights and prints what they are worth.

Public: `Deep`, `load_deep`, `shipped_deep`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64, I64, U64
from dedup.errors import ModelMismatch
from dedup.language.language_model import Reading
from dedup.language.substitutions import Substitutions
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.models import check_version, positions, read_json
from dedup.records import Tokens
from dedup.resources import resource
from dedup.scoring.calibration import Calibration
from dedup.scoring.context_model import VERSION, Context, ContextModel, load_context_model, measure
from dedup.scoring.features import Description
from dedup.scoring.numeric_features import Numeric

HEAD = "spun"
WEIGHTS_FILE, HEAD_FILE = "context_model.npz", "context_model.json"


@dataclass(frozen=True, eq=False)
class Deep:
    """A context model, and what its features add to the value of `spun`."""

    model: ContextModel
    synonyms: Substitutions
    targets: I64  # number in `model` of each expected word of the synonyms, -1 where it has none
    columns: NDArray[np.intp]  # (w,) where the features that `weights` are for stand among `Context`
    weights: F64  # (w,)
    surprise: float  # weight of the mean surprise of the text
    bias: float
    calibration: dict[str, Any]  # of `spun` with what is added: its quantiles and curves

    def added(
        self, reading: Reading, description: Description, tokens: Tokens, function_words: U64, spared: U64
    ) -> float:
        """Return what an English article gets on top of its value of `spun`."""
        features = measure(self.model, self.synonyms, self.targets, reading, tokens, function_words, spared)
        surprise = float(description.numeric[Numeric.SURPRISE])
        return self.bias + float(self.weights @ features[self.columns]) + self.surprise * surprise

    def calibrated(self, shipped: Calibration) -> Calibration:
        """Return a shipped calibration in which `spun` is read with what this adds."""
        quantiles = shipped.quantiles | {HEAD: self.calibration["quantiles"]}
        curves = shipped.curves | {HEAD: self.calibration["curves"]}
        return replace(shipped, quantiles=quantiles, curves=curves, deep=True)


def load_deep(folder: Path, synonyms: Substitutions) -> Deep:
    """Return the deeper head of a folder with `context_model.npz` and `context_model.json`.

    Raises `InputError` where one of them cannot be read, `ModelMismatch` where it was made for other features, or over
    another head of `spun` than that of the folder's `score.json`.
    """
    path = folder / HEAD_FILE
    data = read_json(path)
    check_version(data, VERSION, str(path))
    if data["over"] != read_json(folder / "score.json")["heads"][HEAD]:
        raise ModelMismatch(f"{path}: made over another head {HEAD!r} than that of score.json: train it again")
    columns = positions(data["weights"], Context.names(), str(path))
    model, weights = load_context_model(folder / WEIGHTS_FILE), np.array([*data["weights"].values()], np.float64)
    targets = model.number(synonyms.hashes)
    return Deep(model, synonyms, targets, columns, weights, data["surprise"], data["bias"], data["calibration"])


@lru_cache(maxsize=1)
def shipped_deep() -> Deep:
    """Return the deeper head that comes with the package, read once."""
    return load_deep(resource(""), shipped_synonyms())
