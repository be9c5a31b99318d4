"""The heads: one linear function of the features for each way in which a text can be other than clean news.

`spun` is untrained: misfit, unmet and stranded (features.py), each in standard deviations of clean news, less what the
surprise of the whole text explains, and the rates of swaps and wrong articles found. `corrupted`, `llm` and
`translated` are logistic regressions (benchmarks/training/train_score.py).
The weights are in `dedup/data/score.json`; hashed weights are there as bytes in base64 with their scale.

Public: `Head`, `Model`, `shipped_model`, `finding_rates`.
"""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedup.compiled.arrays import F32, U64
from dedup.compiled.hashing import hash_word
from dedup.errors import InputError
from dedup.records import Finding
from dedup.resources import resource
from dedup.scoring.features import NAMES, SLOTS, Description

FORMAT = 1
PER = 1000  # findings are counted for a thousand words
CALM = 300  # words added to every text, so that one finding in a short one does not decide


@dataclass(frozen=True, eq=False)
class Head:
    """Weights of one linear function; a hashed group without weights is None."""

    bias: float
    numeric: F32  # (len(NAMES),) of the standardised features
    limits: F32  # (len(NAMES),) standard deviations; a stranger value counts as this
    masked: F32 | None  # (SLOTS,)
    frequent: F32 | None  # (SLOTS,)
    findings: dict[str, float]  # of ln(1 + findings of a kind for a thousand words)

    def raw(self, standardised: F32, description: Description, rates: dict[str, float]) -> float:
        """The value of one article; only its rank among other articles means something."""
        total = self.bias + float(self.numeric @ np.minimum(np.maximum(standardised, -self.limits), self.limits))
        if self.masked is not None:
            total += float(self.masked @ description.masked)
        if self.frequent is not None:
            total += float(self.frequent @ description.frequent)
        return total + sum(weight * math.log1p(rates.get(kind, 0.0)) for kind, weight in self.findings.items())


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that was learnt: word lists, scales of the features, heads, and how their values are to be read."""

    function_words: U64  # sorted hashes
    spared: U64  # sorted hashes of words that no alternative betters
    mean: F32  # (len(NAMES),) over clean news
    scale: F32  # (len(NAMES),)
    heads: dict[str, Head]
    calibration: dict[str, Any]

    def raw(self, description: Description, rates: dict[str, float]) -> dict[str, float]:
        """The value of each head for one article."""
        standardised = (description.numeric - self.mean) / self.scale
        return {name: head.raw(standardised, description, rates) for name, head in self.heads.items()}


def finding_rates(found: Iterable[Finding], words: int) -> dict[str, float]:
    """Findings for a thousand words, 300 more than there are, by kind: "name.strong", "article.weak", "article", …"""
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.type] += 1
        counts[f"{one.type}.{'strong' if one.strong else 'weak'}"] += 1
    return {kind: PER * count / (words + CALM) for kind, count in counts.items()}


def pack(weights: F32) -> dict[str, Any]:
    """Hashed weights as text: signed bytes in base64, and what one step is worth."""
    step = float(np.abs(weights).max()) / 127 or 1.0
    return {"step": step, "bytes": base64.b64encode(np.round(weights / step).astype(np.int8).tobytes()).decode()}


def unpack(packed: dict[str, Any] | None) -> F32 | None:
    """Hashed weights from their text."""
    if packed is None:
        return None
    weights: F32 = np.frombuffer(base64.b64decode(packed["bytes"]), np.int8).astype(np.float32) * packed["step"]
    return weights


def hashes(words: Iterable[str]) -> U64:
    """Sorted hashes of words."""
    return np.array(sorted({hash_word(word.encode()) for word in words}), np.uint64)


def _head(row: dict[str, Any]) -> Head:
    numeric = np.array([row["numeric"].get(name, 0.0) for name in NAMES], np.float32)
    limits = np.array([row["limits"].get(name, row["limits"]["other"]) for name in NAMES], np.float32)
    masked, frequent = unpack(row.get("masked")), unpack(row.get("frequent"))
    return Head(row["bias"], numeric, limits, masked, frequent, row.get("findings", {}))


def load_model(path: Path) -> Model:
    """Read a model; raises InputError where the file is of another format."""
    data = json.loads(path.read_text("utf-8"))
    if data.get("format") != FORMAT or data.get("slots") != SLOTS:
        raise InputError(f"{path}: not a model of this version: train it again with benchmarks/training/train_score.py")
    return Model(
        function_words=hashes(data["function_words"].split()),
        spared=hashes(data["spared"].split()),
        mean=np.array([data["features"][name][0] for name in NAMES], np.float32),
        scale=np.array([data["features"][name][1] for name in NAMES], np.float32),
        heads={name: _head(row) for name, row in data["heads"].items()},
        calibration=data["calibration"],
    )


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The model that comes with the package, read once."""
    return load_model(resource("score.json"))
