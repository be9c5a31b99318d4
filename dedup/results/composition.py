"""What an article is made of: which stretches came from which other articles, and what is its own.

Public: `Composition`, `Stretch`, `compose`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.display import brief, plural, table_html
from dedup.records import Passage, Span

LEAST_GAIN = 60.0  # letters and digits that a source must explain beyond those before it
LEAST_PIECE = 40  # characters of a stretch that is left of a passage
MOST_MISSING = 0.3  # of a stretch that another article which has it too may lack
DIGITS = 4
Mask = NDArray[np.bool_]
_COMMON: Mask = np.array([chr(code).isalnum() for code in range(0x800)])  # of the scripts of most texts


class Stretch(NamedTuple):
    """A stretch of an article and where it came from; `source` is None where it is the article's own."""

    span: Span
    source: str | None = None  # an id
    source_span: Span | None = None  # the passage of the source that it is in
    similarity: float = 0.0  # of that passage, 0..1
    also: tuple[str, ...] = ()  # ids of other articles that have it, too


@dataclass(frozen=True, slots=True, repr=False)
class Composition:
    """What an article is made of. Shares are of its letters and digits, 0..1, and add up to 1."""

    id: str
    stretches: tuple[Stretch, ...]  # in order; together they cover the text
    sources: tuple[tuple[str, float], ...]  # (id, share), the largest first
    own: float  # the share that came from none of them
    later: tuple[str, ...] = ()  # ids of articles that share text but were published later: no sources

    def __repr__(self) -> str:
        return f"<Composition of {brief(self.id)}: {plural(len(self.sources), 'source')}, {self.own:.0%} its own>"

    def _repr_html_(self) -> str:
        rows = [(source, f"{share:.0%}") for source, share in (*self.sources, ("its own", self.own))]
        return table_html(f"What {self.id} is made of", ("source", "share"), rows)


def compose(id_: str, text: str, shared: Mapping[str, Sequence[Passage]], later: Sequence[str] = ()) -> Composition:
    """Return the composition of a text, from the passages that it shares with each possible source, by id.

    Passages have the text on their left. The source that explains most comes first, then the one that explains most of
    the rest, as long as there is one: of several that have the same stretch, one is its source and the others `also`.
    Nothing depends on the order of the sources.
    """
    solid = _solid(text)
    free, rest, chosen = solid.copy(), dict(sorted(shared.items())), list[Stretch]()
    while rest:
        gains = {source: _gain(passages, free) for source, passages in rest.items()}
        source = max(gains, key=gains.__getitem__)
        if gains[source] < LEAST_GAIN:
            break
        chosen += _taken(source, rest.pop(source), free)
    stretches = [one._replace(also=_also(one, shared, solid)) for one in sorted(chosen)]
    total, shares = max(1, int(solid.sum())), dict[str, int]()
    for one in stretches:
        shares[str(one.source)] = shares.get(str(one.source), 0) + int(solid[slice(*one.span)].sum())
    sources = sorted(((source, round(count / total, DIGITS)) for source, count in shares.items()), key=_most)
    own = round(1.0 - sum(shares.values()) / total, DIGITS) if solid.any() else 0.0
    return Composition(id_, tuple(_with_own(stretches, solid)), tuple(sources), own, tuple(sorted(later)))


def _solid(text: str) -> Mask:
    """Return which characters are letters or digits."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    solid: Mask = _COMMON[np.minimum(codes, len(_COMMON) - 1)]
    for place in np.flatnonzero(codes >= len(_COMMON)).tolist():
        solid[place] = text[place].isalnum()
    return solid


def _most(source: tuple[str, float]) -> tuple[float, str]:
    return -source[1], source[0]


def _gain(passages: Sequence[Passage], free: Mask) -> float:
    """Return how many free letters some passages explain, each by its similarity."""
    worth = np.zeros(len(free), np.float32)
    for passage in passages:
        part = worth[slice(*passage.left)]
        np.maximum(part, passage.similarity, out=part)
    return round(float(worth[free].sum()), 2)


def _taken(source: str, passages: Sequence[Passage], free: Mask) -> list[Stretch]:
    """Return the free stretches that a source has, and mark them taken; the most similar passages come first."""
    found = []
    for passage in sorted(passages, key=lambda one: (-one.similarity, one.left)):
        for span in _runs(free, passage.left):
            found.append(Stretch(span, source, passage.right, passage.similarity))
            free[slice(*span)] = False
    return found


def _runs(free: Mask, span: Span) -> list[Span]:
    """Return the runs of free letters inside a span, with what stands between them."""
    places = np.flatnonzero(free[slice(*span)]) + span[0]
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > LEAST_PIECE)
    firsts, lasts = places[np.r_[0, breaks + 1]].tolist(), places[np.r_[breaks, len(places) - 1]].tolist()
    return [(a, b + 1) for a, b in zip(firsts, lasts, strict=True) if b + 1 - a >= LEAST_PIECE]


def _also(stretch: Stretch, shared: Mapping[str, Sequence[Passage]], solid: Mask) -> tuple[str, ...]:
    """Return the other articles that have a stretch."""
    start, end = stretch.span
    wanted, found = solid[start:end], []
    for source, passages in sorted(shared.items()):
        here = np.zeros(end - start, bool)
        for (first, last), *_ in passages:
            here[max(0, first - start) : max(0, last - start)] = True
        if source != stretch.source and (wanted & ~here).sum() <= MOST_MISSING * wanted.sum():
            found.append(source)
    return tuple(found)


def _with_own(stretches: Sequence[Stretch], solid: Mask) -> list[Stretch]:
    """Return the stretches with those between them that are the article's own."""
    found, reached = list[Stretch](), 0
    for one in (*stretches, Stretch((len(solid), len(solid)))):
        places = np.flatnonzero(solid[reached : one.span[0]])
        if len(places):
            found.append(Stretch((reached + int(places[0]), reached + int(places[-1]) + 1)))
        found += [one] if one.source is not None else []
        reached = max(reached, one.span[1])
    return found
