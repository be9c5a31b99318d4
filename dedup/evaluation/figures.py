"""What an evaluation found, its figures and the worst errors. Public: `Judged`, `Figures`, `Evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from dedup.display import plural
from dedup.evaluation.agreement import ClusterFigures
from dedup.evaluation.detections import PassageFigures
from dedup.evaluation.gold import Label
from dedup.evaluation.intervals import Bounds, Share, plain, shown
from dedup.evaluation.ranking import Bin, Point
from dedup.records import Kind, Skipped


class Judged(NamedTuple):
    """A labelled pair with what was said of it."""

    label: Label
    called: bool  # a copy
    probability: float
    kind: Kind | None = None
    words: int | None = None  # of the shorter text, where it is known
    why: str = ""  # why it was not called a copy, where that is known

    @property
    def wrong(self) -> float:
        """How far off the probability is, 0..1, of a pair that was called wrongly; else less than 0."""
        off = abs(self.probability - self.label.copy)
        return off if self.called != self.label.copy else off - 2.0


class Figures(NamedTuple):
    """Precision, recall and F1 of some labelled pairs."""

    precision: Share  # of those called copies, the share that is
    recall: Share  # of the copies, the share that was called one
    f1: float | None
    f1_bounds: Bounds | None
    false_alarms: Share  # of those that are no copies, the share that was called one


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """All figures of results against labelled pairs."""

    pairs: int
    copies: int
    groups: int  # of pairs that are connected by an article or an event
    overall: Figures
    average_precision: float | None
    average_precision_bounds: Bounds | None
    auc: float | None
    brier: float | None  # of probabilities only
    calibration_error: float | None
    by_kind: Mapping[str, Figures]
    by_length: Mapping[str, Figures]
    curve: list[Point]
    reliability: list[Bin]
    errors: tuple[Judged, ...]  # the worst first, false alarms and misses alternately
    clusters: ClusterFigures | None  # only where the labels are complete
    passages: PassageFigures | None  # only where the labels have passages and so do the results
    passages_by_kind: Mapping[str, PassageFigures]
    unlabelled: int  # pairs called copies of which nobody said anything
    threshold: float
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        found = f"precision {self.overall.precision}, recall {self.overall.recall}"
        return f"<Evaluation of {plural(self.pairs, 'pair')}: {found}>"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, as `evaluation.json` has it."""
        return {
            "pairs": self.pairs, "copies": self.copies, "groups": self.groups, "threshold": self.threshold,
            **_figures(self.overall),
            "average_precision": _rounded(self.average_precision),
            "average_precision_interval": shown(self.average_precision_bounds),
            "auc": _rounded(self.auc), "brier": _rounded(self.brier),
            "calibration_error": _rounded(self.calibration_error),
            "by_kind": {name: _figures(figures) for name, figures in self.by_kind.items()},
            "by_length": {name: _figures(figures) for name, figures in self.by_length.items()},
            "clusters": self.clusters and {k: _rounded(v) for k, v in self.clusters._asdict().items()},
            "passages": self.passages and {k: _rounded(v) for k, v in self.passages._asdict().items()},
            "passages_by_kind": {
                name: {k: _rounded(v) for k, v in figures._asdict().items()}
                for name, figures in self.passages_by_kind.items()
            },
            "reliability": [
                {"from": one.low, "to": one.high, "said": _rounded(one.said), "true": plain(one.true)}
                for one in self.reliability
            ],
            "curve": [{name: _rounded(value) for name, value in point._asdict().items()} for point in self.curve],
            "unlabelled": self.unlabelled,
            "skipped": [asdict(one) for one in self.skipped], "notes": list(self.notes),
        }  # fmt: skip

    def error_rows(self) -> list[dict[str, Any]]:
        """Return the worst errors as plain values, as `errors.jsonl` has them."""
        return [
            {
                "left": one.label.left, "right": one.label.right,
                "error": "false alarm" if one.called else "missed", "label": one.label.kind or None,
                "kind": one.kind and one.kind.value, "probability": _rounded(one.probability), "words": one.words,
                "why": one.why,
            }
            for one in self.errors
        ]  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return round(value, 4) if isinstance(value, float) else value


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "precision": plain(figures.precision), "recall": plain(figures.recall), "f1": _rounded(figures.f1),
        "f1_interval": shown(figures.f1_bounds), "false_alarms": plain(figures.false_alarms),
    }  # fmt: skip
