"""The shipped models of the judge: logistic regressions, trained elsewhere, applied with plain arithmetic.

`data/judge.json` names every feature with its mean, scale and weight; `benchmarks/training/train_judge.py` rebuilds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dedup.judge import columns
from dedup.judge.style import Style
from dedup.models import Logistic, read_json
from dedup.resources import resource


@dataclass(frozen=True, eq=False)
class Models:
    """What the judge decides by."""

    copy: Logistic  # over `columns.PAIR`
    original: Logistic  # over `columns.ORIGINAL`: log odds that the left one is the original
    methods: dict[str, Logistic]  # over `columns.METHOD`: a softmax
    style: Style  # for `columns.METHODS`


@lru_cache(maxsize=1)
def shipped_models() -> Models:
    """Return the models in `data/judge.json`. Raises `ModelMismatch` where they do not fit the features."""
    path = resource("judge.json")
    data = read_json(path)
    return Models(
        Logistic.read(data["copy"], columns.PAIR, columns.PAIR_VERSION, f"{path}, copy"),
        Logistic.read(data["original"], columns.ORIGINAL, columns.ORIGINAL_VERSION, f"{path}, original"),
        {
            name: Logistic.read(entry, columns.METHOD, columns.METHOD_VERSION, f"{path}, methods.{name}")
            for name, entry in data["methods"].items()
        },
        Style.read(data["style"], columns.METHODS, f"{path}, style"),
    )
