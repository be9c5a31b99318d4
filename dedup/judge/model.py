"""The shipped models of the judge: logistic regressions, trained elsewhere, applied with plain arithmetic.

`data/judge.json` names every feature with its mean, scale and weight; `benchmarks/training/train_judge.py` rebuilds it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from dedup.judge import features, method, original
from dedup.judge.logistic import Logistic
from dedup.judge.style import Style
from dedup.resources import resource


@dataclass(frozen=True, eq=False)
class Models:
    """What the judge decides by."""

    copy: Logistic  # over `features.NAMES`
    original: Logistic  # over `original.NAMES`: log odds that the left one is the original
    methods: dict[str, Logistic]  # over `method.NAMES`: a softmax
    style: Style


@lru_cache(maxsize=1)
def shipped_models() -> Models:
    """The models in `data/judge.json`."""
    data = json.loads(resource("judge.json").read_text("utf-8"))
    return Models(
        Logistic.read(data["copy"], features.NAMES),
        Logistic.read(data["original"], original.NAMES),
        {name: Logistic.read(entry, method.NAMES) for name, entry in data["methods"].items()},
        Style.read(data["style"]),
    )
