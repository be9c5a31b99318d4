"""The heads: one linear function of the features for each way in which a text can be other than clean news.

`spun` is untrained: the substitution gain, the unseen-pair surprisal and the share of stranded words (`Numeric`), each
in standard deviations of clean news, less what the surprise of the whole text explains, and the rates of swaps and
wrong articles found; where that is high, `context_head` adds to it. `corrupted`, `llm` and `translated` are logistic
regressions (`benchmarks/training/train_score.py`). The weights are in `dedup/data/score.json`; hashed weights are there
as bytes in base64 with their scale.

Public: `Head`, `Model`, `load_model`, `shipped_model`, `finding_rates`.
"""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, U64
from dedup.compiled.hashing import hash_word
from dedup.errors import ModelMismatch
from dedup.models import check_version, positions, read_json
from dedup.records import Finding
from dedup.resources import resource
from dedup.scoring.context_head import ContextHead
from dedup.scoring.features import Description
from dedup.scoring.hashed_features import CELLS
from dedup.scoring.numeric_features import VERSION, Numeric
from dedup.scoring.overall import Combination

PER = 1000  # findings are counted for a thousand words
CALM = 300  # words added to every text, so that one finding in a short one does not decide


@dataclass(frozen=True, eq=False)
class Head:
    """Weights of one linear function; a hashed group without weights is None. Shapes: `f` columns of the model."""

    bias: float
    numeric: F32  # (f,) of the standardised features
    limits: F32  # (f,) standard deviations; a stranger value counts as this
    masked: F32 | None  # (CELLS,)
    frequent: F32 | None  # (CELLS,)
    findings: dict[str, float]  # of ln(1 + findings of a kind for a thousand words)

    def raw(self, standardised: F32, description: Description, rates: dict[str, float]) -> float:
        """Return the value of one article; only its rank among other articles means something."""
        return self.sum_of(np.minimum(np.maximum(standardised, -self.limits), self.limits), description, rates)

    def sum_of(self, limited: F32, description: Description, rates: dict[str, float]) -> float:
        """Return the value of one article from features within the limits."""
        total = self.bias
        if self.counts:
            total += float(self.numeric.dot(limited))
        if self.masked is not None:
            total += float(self.masked.dot(description.masked))
        if self.frequent is not None:
            total += float(self.frequent.dot(description.frequent))
        return total + sum([w * math.log1p(rates[kind]) for kind, w in self.findings.items() if kind in rates])

    @cached_property
    def counts(self) -> bool:
        """Return whether any numeric feature has a weight."""
        return bool(self.numeric.any())


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that was learnt: word lists, scales of the features, heads, and how their values are to be read.

    Numeric features are taken in the order of the model file, so that sums do not depend on that of `Numeric`.
    """

    function_words: U64  # sorted hashes
    spared: U64  # sorted hashes of words that no alternative betters
    columns: NDArray[np.intp]  # (f,) where the numeric features of the file stand among `Numeric`
    mean: F32  # (f,) over clean news
    scale: F32  # (f,) standard deviation over clean news
    heads: dict[str, Head]
    context: ContextHead  # of `spun`
    overall: Combination
    calibration: dict[str, Any]

    def standardised(self, description: Description) -> F32:
        """Return the numeric features of one article in standard deviations of clean news, (f,)."""
        standardised: F32 = (description.numeric[self.columns] - self.mean) / self.scale
        return standardised

    def raw(self, description: Description, rates: dict[str, float]) -> dict[str, float]:
        """Return the value of each head for one article."""
        lowest, highest = self._limits
        limited = np.minimum(np.maximum(self.standardised(description), lowest), highest)
        heads = zip(self.heads.items(), limited, strict=True)
        return {name: head.sum_of(row, description, rates) for (name, head), row in heads}

    @cached_property
    def _limits(self) -> tuple[F32, F32]:
        """The least and the largest that counts of each feature, by head; (h, f)."""
        highest = np.stack([head.limits for head in self.heads.values()])
        return -highest, highest


def finding_rates(found: Iterable[Finding], words: int) -> dict[str, float]:
    """Return the findings for a thousand words, 300 more than there are, by kind and by "kind.strong", "kind.weak"."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.type] += 1
        counts[f"{one.type}.{'strong' if one.strong else 'weak'}"] += 1
    return {kind: PER * count / (words + CALM) for kind, count in counts.items()}


def pack(weights: F32) -> dict[str, Any]:
    """Return hashed weights (CELLS,) as text: signed bytes in base64, and what one step is worth."""
    step = float(np.abs(weights).max()) / 127 or 1.0
    return {"step": step, "bytes": base64.b64encode(np.round(weights / step).astype(np.int8).tobytes()).decode()}


def unpack(packed: dict[str, Any] | None, where: str) -> F32 | None:
    """Return hashed weights (CELLS,) from their text. Raises `ModelMismatch` where there are more or fewer cells."""
    if packed is None:
        return None
    steps = np.frombuffer(base64.b64decode(packed["bytes"]), np.int8)
    if len(steps) != CELLS:
        raise ModelMismatch(f"{where}: has {len(steps)} hashed weights, this version hashes to {CELLS} cells")
    weights: F32 = steps.astype(np.float32) * packed["step"]
    return weights


def hashes(words: Iterable[str]) -> U64:
    """Return the sorted hashes of words."""
    return np.array(sorted({hash_word(word.encode()) for word in words}), np.uint64)


def _filled(values: dict[str, float], other: float, columns: tuple[str, ...], where: str) -> F32:
    """The values of all columns, (f,): of those that are named, and one for the others."""
    row = np.full(len(columns), other, np.float32)
    row[positions(values, columns, where)] = [*values.values()]
    return row


def _head(row: dict[str, Any], columns: tuple[str, ...], where: str) -> Head:
    limits = dict(row["limits"])
    other = limits.pop("other")
    return Head(
        bias=row["bias"],
        numeric=_filled(row["numeric"], 0.0, columns, where),
        limits=_filled(limits, other, columns, where),
        masked=unpack(row.get("masked"), where),
        frequent=unpack(row.get("frequent"), where),
        findings=row.get("findings", {}),
    )


def load_model(path: Path) -> Model:
    """Return the model of a file that `benchmarks/training/train_score.py` wrote.

    Raises `InputError` where it cannot be read, `ModelMismatch` where it was trained on other features.
    """
    data = read_json(path)
    check_version(data, VERSION, str(path))
    columns = tuple(data["columns"])
    scales = np.array([data["features"][name] for name in columns], np.float64).astype(np.float32)
    return Model(
        function_words=hashes(data["function_words"].split()),
        spared=hashes(data["spared"].split()),
        columns=positions(columns, Numeric.names(), str(path)),
        mean=scales[:, 0].copy(),
        scale=scales[:, 1].copy(),
        heads={name: _head(row, columns, f"{path}, {name}") for name, row in data["heads"].items()},
        context=ContextHead.of(data["heads"]["spun"]["context"], f"{path}, context"),
        overall=Combination.of(data["overall"], f"{path}, overall"),
        calibration=data["calibration"],
    )


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Return the model that comes with the package, read once."""
    return load_model(resource("score.json"))
