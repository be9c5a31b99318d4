"""The two pictures of the overview as plain geometry, which the template draws: who copies whom, and when.

Public: `FlowPicture`, `flow_picture`, `Timeline`, `timeline`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

MOST_NODES = 8  # of either side; the others are drawn as one
OTHERS = "other sources"
NOT_KNOWN = "source not known"
WIDTH = 440.0  # of a picture; a phone shows it at four fifths of that
ROW, GAP = 210.0, 12.0  # height of all nodes of a side together, and between two of them
LEFT, RIGHT = 140.0, 300.0  # where the bands begin and end; names stand outside
LEAST_NODE = 3.0  # height
BARS = 160.0  # height of the tallest bar
# Bars of one length, the shortest first, and how many days they may cover; wrong dates may make it thousands of years.
UNITS = {"day": 62, "week": 400, "month": 3_700, "year": 40_000, "decade": 400_000, "century": 4_000_000}
YEARS = {"year": 1, "decade": 10, "century": 100}

Flows = Mapping[tuple[str, str], int]  # copies by source of the original and source of the copy


class Node(NamedTuple):
    """A source on one side of the picture."""

    name: str
    copies: int
    y: float
    height: float


class Band(NamedTuple):
    """Copies from one source to another, as the outline of a band."""

    origin: str
    copier: str
    copies: int
    path: str
    same: bool  # within one source


class FlowPicture(NamedTuple):
    """Sources of originals at the left, sources of copies at the right, and bands between them."""

    origins: list[Node]
    copiers: list[Node]
    bands: list[Band]
    height: float


def flow_picture(flows: Flows) -> FlowPicture:
    """Return the picture of who copies whom; the sources beyond the largest eight of a side are drawn as one."""
    merged = _merged(flows)
    total = sum(merged.values())
    origins = _nodes(Counter(_side(merged, 0)), total)
    copiers = _nodes(Counter(_side(merged, 1)), total)
    starts, ends = {node.name: node.y for node in origins}, {node.name: node.y for node in copiers}
    ranks = {node.name: place for place, node in enumerate(copiers)}
    bands = []
    for node in origins:
        for (origin, copier), count in sorted(merged.items(), key=lambda item: ranks[item[0][1]]):
            if origin == node.name:
                thick = ROW * count / total
                bands.append(_band((origin, copier), count, starts, ends, thick))
                starts[origin] += thick
                ends[copier] += thick
    bottom = max((node.y + node.height for node in (*origins, *copiers)), default=0.0)
    return FlowPicture(origins, copiers, bands, round(bottom + GAP, 1))


def _band(
    pair: tuple[str, str], count: int, starts: Mapping[str, float], ends: Mapping[str, float], thick: float
) -> Band:
    origin, copier = pair
    same = origin == copier and origin not in (NOT_KNOWN, OTHERS)
    return Band(origin, copier, count, _path(starts[origin], ends[copier], thick), same)


def _merged(flows: Flows) -> dict[tuple[str, str], int]:
    kept = [{name for name, _ in Counter(_side(flows, side)).most_common(MOST_NODES)} for side in (0, 1)]
    merged: Counter[tuple[str, str]] = Counter()
    for (origin, copier), count in flows.items():
        merged[origin if origin in kept[0] else OTHERS, copier if copier in kept[1] else OTHERS] += count
    return merged


def _side(flows: Flows, side: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for pair, count in sorted(flows.items()):
        counts[pair[side]] += count
    return counts


def _nodes(counts: Counter[str], total: int) -> list[Node]:
    nodes, y = [], GAP
    for name, count in sorted(counts.items(), key=lambda item: (item[0] == OTHERS, -item[1], item[0])):
        height = ROW * count / total
        nodes.append(Node(name, count, round(y, 1), round(max(LEAST_NODE, height), 1)))
        y += max(height, GAP) + GAP  # names need a line of their own
    return nodes


def _path(start: float, end: float, thick: float) -> str:
    middle = (LEFT + RIGHT) / 2
    top = f"M{LEFT:.0f} {start:.1f}C{middle:.0f} {start:.1f} {middle:.0f} {end:.1f} {RIGHT:.0f} {end:.1f}"
    back = f"C{middle:.0f} {end + thick:.1f} {middle:.0f} {start + thick:.1f} {LEFT:.0f} {start + thick:.1f}Z"
    return f"{top}v{thick:.1f}{back}"


class Bar(NamedTuple):
    """The articles of a stretch of time, with where their bars stand in a picture `WIDTH` wide and `BARS` high."""

    label: str
    first: date
    last: date
    originals: int
    copies: int
    x: float
    width: float
    originals_height: float
    copies_height: float


class Timeline(NamedTuple):
    """Bars of one day, week, month, year, decade or century each, without a hole between the first and the last."""

    unit: str
    bars: list[Bar]
    undated: int
    most: int  # articles of the tallest bar


def timeline(moments: Iterable[tuple[datetime | None, bool]]) -> Timeline:
    """Return when the articles of stories appeared, from when each was published and whether it is a copy."""
    counts: Counter[tuple[date, bool]] = Counter()
    undated = 0
    for moment, copy in moments:
        if moment is None:
            undated += 1
        else:
            counts[(moment.astimezone(UTC) if moment.tzinfo else moment).date(), copy] += 1
    days = sorted({day for day, _ in counts})
    if not days:
        return Timeline("day", [], undated, 0)
    unit = _unit((days[-1] - days[0]).days)
    return _bars(unit, _binned(counts, unit), undated)


def _unit(days: int) -> str:
    return next(unit for unit, most in UNITS.items() if days <= most)


def _begin(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday()) if day.toordinal() > day.weekday() else day
    if unit in YEARS:
        return day.replace(year=max(1, day.year - day.year % YEARS[unit]), month=1, day=1)
    return day.replace(day=1) if unit == "month" else day


def _next(day: date, unit: str) -> date | None:
    try:
        if unit == "month":
            return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
        if unit in YEARS:
            return day.replace(year=day.year - day.year % YEARS[unit] + YEARS[unit])
        return day + timedelta(days=7 if unit == "week" else 1)
    except (OverflowError, ValueError):  # after the year 9999
        return None


def _binned(counts: Counter[tuple[date, bool]], unit: str) -> dict[date, list[int]]:
    found: dict[date, list[int]] = {}
    for (day, copy), count in sorted(counts.items()):
        found.setdefault(_begin(day, unit), [0, 0])[copy] += count
    at: date | None = min(found)
    last = max(found)
    while at is not None and at <= last:
        found.setdefault(at, [0, 0])
        at = _next(at, unit)
    return dict(sorted(found.items()))


def _bars(unit: str, found: dict[date, list[int]], undated: int) -> Timeline:
    most, width = max(map(sum, found.values())), WIDTH / len(found)
    form = {"month": "%Y-%m", "day": "%Y-%m-%d", "week": "week of %Y-%m-%d"}.get(unit, "%Y")
    bars = []
    for place, (first, (originals, copies)) in enumerate(found.items()):
        following = _next(first, unit)
        last = following - timedelta(days=1) if following else first
        heights = [round(BARS * count / most, 1) for count in (originals, copies)]
        x, wide = round(place * width, 2), round(width * 0.86, 2)
        bars.append(Bar(f"{first:{form}}", first, last, originals, copies, x, wide, *heights))
    return Timeline(unit, bars, undated, most)
