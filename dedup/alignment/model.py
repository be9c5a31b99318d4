"""The learnt filters as plain arithmetic over coefficients in a readable data file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dedup.alignment.rectangles import PASSAGE_VERSION, PassageFeature
from dedup.alignment.summary import SUMMARY_VERSION, SummaryFeature
from dedup.models import Logistic, read_json
from dedup.resources import resource


@dataclass(frozen=True, slots=True)
class Filters:
    """The learnt parts of the alignment."""

    passages: Logistic
    summaries: Logistic


@cache
def shipped_filters() -> Filters:
    """Return the filters of the data file `align.json`, which `benchmarks/quality/alignment.py --train` rebuilds."""
    path = resource("align.json")
    entries, passages, summaries = read_json(path), PassageFeature.names(), SummaryFeature.names()
    return Filters(
        Logistic.read(entries["passages"], passages, PASSAGE_VERSION, f"{path}, passages"),
        Logistic.read(entries["summaries"], summaries, SUMMARY_VERSION, f"{path}, summaries"),
    )
