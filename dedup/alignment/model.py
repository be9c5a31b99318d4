"""The learnt filters as plain arithmetic over coefficients in a readable data file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dedup.alignment.candidates import PASSAGE_FEATURES
from dedup.alignment.summary import SUMMARY_FEATURES
from dedup.models import Logistic, read_json
from dedup.resources import resource


@dataclass(frozen=True, slots=True)
class Filters:
    """The learnt parts of the alignment."""

    passages: Logistic
    summaries: Logistic


@cache
def shipped_filters() -> Filters:
    """The filters of the data file `align.json`, which `benchmarks/quality/alignment.py --train` rebuilds."""
    path = resource("align.json")
    entries = read_json(path)
    return Filters(
        Logistic.read(entries["passages"], PASSAGE_FEATURES, "passage-1", f"{path}, passages"),
        Logistic.read(entries["summaries"], SUMMARY_FEATURES, "summary-1", f"{path}, summaries"),
    )
