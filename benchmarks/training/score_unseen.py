"""The overall score on what nothing was fitted to: generators, and clean news of whole outlets and sections.

For each of them the heads, their quantiles and the combination are fitted again without it, and without all that was
made from its articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_curves import ABROAD, curves, probabilities
from benchmarks.training.score_figures import GENERATORS, line
from benchmarks.training.score_heads import FOLDS, Data, Mask, crossed, digest, kinds
from benchmarks.training.score_learn import learn, unseen_values
from benchmarks.training.score_overall import deviations, fit_overall, overall_values, rows_of
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import PERCENTILES, band_of

SUBJECTS = {  # sections of both outlets that are held out together
    "sport": ("sport", "sports"),
    "tech": ("tech", "technology"),
    "business": ("business",),
    "entertainment": ("entertainment",),
    "politics": ("politics",),
    "health": ("health",),
}
LATE = PERCENTILES.index(99.0)


def show_unseen_overall(data: Data) -> None:
    """Print the head and the overall score on texts of a generator that neither has seen."""
    print("\noverall: generator held out | the llm head, then the overall score; humans of all sets")
    written, learnt = kinds(data)["llm"], learn(data)
    quantiles = {head: found[0] for head, found in learnt.read.items()}
    for generator in GENERATORS:
        own = written & (data.generator == generator)
        values = {**learnt.values, "llm": crossed(data, written & ~own, data.human)}
        known = {**quantiles, "llm": curves(data, values["llm"], written & ~own)[0]}
        _, overall = fit_overall(data, deviations(data, values, known), unseen=own)
        line(f"{generator}: head", values["llm"][own], values["llm"][data.human])
        line(f"{generator}: overall", overall[own], overall[data.human])


def held_out(data: Data) -> Iterator[tuple[str, Mask]]:
    """Yield the clean articles that are held out together, by name: outlets, quarters of outlets, sections."""
    for name in ABROAD:
        yield name, data.human & (data.set == name)
    quarter: NDArray[np.int64] = np.array([digest(name) % FOLDS for name in data.generator])
    for fold in range(FOLDS):
        yield f"allsides, quarter {fold + 1} of its outlets", data.human & data.own & (quarter == fold)
    for name, sections in SUBJECTS.items():
        yield f"section {name}", data.human & np.isin(data.set, ABROAD) & np.isin(data.generator, sections)


def show_unseen_clean(data: Data) -> None:
    """Print the share of unseen clean articles over .5, and past the 99th percentile of each part."""
    print("\nclean articles of unseen outlets and sections: over .5; past the 99th percentile of each part")
    for name, rows in held_out(data):
        if rows.any():
            _show_held_out(data, name, rows)


def _show_held_out(data: Data, name: str, rows: Mask) -> None:
    known = Data(data.samples, rows)
    learnt = learn(known)
    values = unseen_values(known, learnt.heads)
    far = deviations(known, values, {head: found[0] for head, found in learnt.read.items()})
    seen = rows_of(known, far)
    overall = probabilities(known, overall_values(seen, learnt.combination), learnt.read["overall"][1])
    late = {head: past(known, values[head], learnt.read[head][0])[rows].mean() for head in values}
    told = " ".join(f"{head} {share:.3f}" for head, share in late.items())
    print(f"{name:36} {rows.sum():5} {(overall[rows] > 0.5).sum():3} {(overall[rows] > 0.5).mean():.3f}  {told}")
    for part, count, above in _parts(data, rows, overall):
        print(f"  {part:34} {count:5} {above:3} {above / count:.3f}")


def past(data: Data, values: F64, quantiles: list[list[float]]) -> Mask:
    """Return which documents lie past the 99th percentile of clean news of their length, shape (documents,)."""
    limits = np.array([band[LATE] for band in quantiles])[[band_of(int(words)) for words in data.samples.words]]
    above: Mask = values > limits
    return above


def _parts(data: Data, rows: Mask, overall: F64) -> list[tuple[str, int, int]]:
    """Sections of outlets abroad: name, articles, those over .5."""
    found: dict[str, list[bool]] = defaultdict(list)
    for i in np.flatnonzero(rows & np.isin(data.set, ABROAD)).tolist():
        found[f"{data.set[i]}, {data.generator[i]}"].append(bool(overall[i] > 0.5))
    return [(name, len(above), sum(above)) for name, above in sorted(found.items())]
