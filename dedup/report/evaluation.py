"""The page and the files of an evaluation. Public: `write_evaluation`, `evaluation_lines`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import orjson

from dedup.errors import InputError
from dedup.evaluation.figures import Evaluation, Figures, Judged
from dedup.evaluation.intervals import Bounds, Share
from dedup.report.files import write_lines
from dedup.resources import resource
from dedup.whole_files import whole_file

TEMPLATE = "evaluation.html.jinja"
PAGE, DATA, ERRORS = "evaluation.html", "evaluation.json", "errors.jsonl"
SIDE, MARGIN = 260, 40  # of a diagram, in its own units
MOST_SHOWN = 60  # errors on the page; all are in the file beside it
Link = Callable[[str, str], str | None]  # the address of the page of a pair, None where there is none


class Spot(NamedTuple):
    """A point of a diagram with its interval and what it says."""

    x: float
    y: float
    low: float
    high: float
    size: float
    told: str


@dataclass(frozen=True)
class Error:
    """An error as the page lists it."""

    judged: Judged
    address: str | None

    @property
    def sort(self) -> str:
        """What went wrong."""
        return "false alarm" if self.judged.called else "missed"


def write_evaluation(evaluation: Evaluation, folder: str | os.PathLike[str], link: Link | None = None) -> Path:
    """Write `evaluation.html`, `evaluation.json` and `errors.jsonl` into a folder, and return the path of the page.

    `link` gives the address of the page of a pair. Raises `InputError` where the folder cannot be written to.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: cannot be made ({(error.strerror or str(error)).lower()})") from None
    with whole_file(place / DATA) as stream:
        stream.write(orjson.dumps(evaluation.to_dict(), option=orjson.OPT_INDENT_2) + b"\n")
    write_lines(place / ERRORS, evaluation.error_rows())
    with whole_file(place / PAGE) as stream:
        stream.write(_page(evaluation, link or (lambda _left, _right: None)).encode("utf-8", "replace"))
    return place / PAGE


def _page(evaluation: Evaluation, link: Link) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"share": share_text, "number": number_text, "bounds": bounds_text}
    errors = [Error(one, link(*one.label.pair)) for one in evaluation.errors[:MOST_SHOWN]]
    return environment.from_string(resource(TEMPLATE).read_text("utf-8")).render(
        found=evaluation, tables=_tables(evaluation), errors=errors, side=SIDE, margin=MARGIN, ticks=_ticks(),
        trade=_trade(evaluation), by_threshold=_by_threshold(evaluation), spots=_spots(evaluation),
    )  # fmt: skip


def _tables(evaluation: Evaluation) -> list[tuple[str, Mapping[str, Figures]]]:
    parts = [("kind of pair", evaluation.by_kind), ("length of the shorter text", evaluation.by_length)]
    return [(name, figures) for name, figures in parts if figures]


def _x(value: float) -> float:
    return round(MARGIN + value * SIDE, 1)


def _y(value: float) -> float:
    return round(MARGIN / 2 + (1.0 - value) * SIDE, 1)


def _ticks() -> list[tuple[str, float, float]]:
    return [(f"{value / 4:g}", _x(value / 4), _y(value / 4)) for value in range(5)]


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_x(x)},{_y(y)}" for x, y in points)


def _trade(evaluation: Evaluation) -> str:
    """Return precision over recall, as the points of a line."""
    return _line([(point.recall, point.precision) for point in evaluation.curve])


def _by_threshold(evaluation: Evaluation) -> tuple[str, str] | None:
    """Return precision and recall over the threshold; None where scores are no probabilities."""
    points = evaluation.curve
    if not points or not 0.0 <= points[-1].threshold <= points[0].threshold <= 1.0:
        return None
    return (
        _line([(point.threshold, point.precision) for point in points]),
        _line([(point.threshold, point.recall) for point in points]),
    )


def _spots(evaluation: Evaluation) -> list[Spot]:
    return [
        Spot(
            _x(one.said), _y(one.true.value or 0.0), _y(one.true.low), _y(one.true.high),
            round(min(9.0, 2.0 + one.true.pairs**0.25), 1),
            f"{one.low:g} to {one.high:g}: said {one.said:.3f}, true {one.true}",
        )
        for one in evaluation.reliability
    ]  # fmt: skip


def number_text(value: float | None) -> str:
    """Return a figure for people."""
    return "-" if value is None else f"{value:.3f}"


def share_text(share: Share) -> str:
    """Return a share with its interval for people."""
    return "-" if share.value is None else f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"


def bounds_text(bounds: Bounds | None) -> str:
    """Return an interval for people."""
    return "" if bounds is None else f" ({bounds[0]:.3f} to {bounds[1]:.3f})"


def evaluation_lines(evaluation: Evaluation) -> Iterator[str]:
    """Return the figures as lines for a terminal."""
    one = evaluation.overall
    sorts = f"{evaluation.pairs:,} labelled pairs in {evaluation.groups:,} independent groups"
    yield f"{sorts}, {evaluation.copies:,} of them copies; called a copy from {evaluation.threshold:g}"
    yield f"precision          {one.precision}"
    yield f"recall             {one.recall}"
    yield f"F1                 {number_text(one.f1)}{bounds_text(one.f1_bounds)}"
    ranked = number_text(evaluation.average_precision) + bounds_text(evaluation.average_precision_bounds)
    yield f"average precision  {ranked}"
    if evaluation.calibration_error is not None:
        off = f"off by {evaluation.calibration_error:.3f} on average"
        yield f"probabilities      {off}, Brier score {number_text(evaluation.brier)}"
    yield from _parts(evaluation)
    yield from _others(evaluation)
    if evaluation.unlabelled:
        yield f"{evaluation.unlabelled:,} pairs were called copies that nobody labelled: they count for nothing"
    if evaluation.skipped:
        first = evaluation.skipped[0]
        yield f"{len(evaluation.skipped):,} rows could not be used, such as line {first.line}: {first.reason}"
    yield from evaluation.notes


def _parts(evaluation: Evaluation) -> Iterator[str]:
    for name, figures in {**evaluation.by_kind, **evaluation.by_length}.items():
        if figures.recall.pairs:
            yield f"  {name}: found {figures.recall}"
        if figures.false_alarms.pairs:
            yield f"  {name}: wrongly called {figures.false_alarms}"


def _others(evaluation: Evaluation) -> Iterator[str]:
    clusters, passages = evaluation.clusters, evaluation.passages
    if clusters is not None:
        shares = ", ".join(f"{name} {number_text(getattr(clusters, name))}" for name in ("precision", "recall", "f1"))
        yield f"clusters           adjusted Rand index {clusters.adjusted_rand:.3f}; pairs in them: {shares}"
    if passages is not None:
        shares = f"precision {number_text(passages.precision)}, recall {number_text(passages.recall)}"
        yield f"passages           plagdet {passages.plagdet:.3f}: {shares}, granularity {passages.granularity:.3f}"
