"""The shipped models of the judge: logistic regressions, trained elsewhere, applied with plain arithmetic.

`data/judge.json` names every feature with its mean, scale and weight; `benchmarks/training/train_judge.py` rebuilds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dedup.judge import features, method, original
from dedup.judge.style import Style
from dedup.models import Logistic, read_json
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
    path = resource("judge.json")
    data = read_json(path)
    return Models(
        Logistic.read(data["copy"], features.NAMES, features.VERSION, f"{path}, copy"),
        Logistic.read(data["original"], original.NAMES, original.VERSION, f"{path}, original"),
        {
            name: Logistic.read(entry, method.NAMES, method.VERSION, f"{path}, methods.{name}")
            for name, entry in data["methods"].items()
        },
        Style.read(data["style"]),
    )
