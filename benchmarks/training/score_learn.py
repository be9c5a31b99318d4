"""All that is fitted to one body of documents: the heads, what their values mean, and their combination.

Values that quantiles, curves and the combination are made from are those of heads that have not seen the document's
group. `unseen_values` are those of documents that nothing was fitted to.

Public: `learn`, `Learnt`, `unseen_values`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.training.score_curves import curves, tampered_curves
from benchmarks.training.score_heads import (
    Data,
    Fitted,
    apply,
    corrupt_head,
    corrupt_values,
    crossed,
    crossed_corrupt,
    fit,
    kinds,
    originals,
)
from benchmarks.training.score_overall import deviations, fit_overall, overall_curve
from benchmarks.training.score_spun import spun_head, spun_values
from dedup.compiled.arrays import F64
from dedup.scoring.overall import BAD

Read = tuple[list[list[float]], list[list[float]]]  # quantiles and curve, by band of lengths


@dataclass(frozen=True, eq=False)
class Learnt:
    """What `score.json` holds, and the values that it was made from."""

    heads: dict[str, Fitted]
    values: dict[str, F64]  # (documents,) by head, each from a head that has not seen its group
    read: dict[str, Read]  # by head
    combination: Fitted
    overall: F64  # (documents,) values of combinations that have not seen the group


def learn(data: Data) -> Learnt:
    """Return the heads of `score.json`, their curves and their combination, fitted to the documents that are kept."""
    masks, clean = kinds(data), originals(data)
    heads = {
        "spun": spun_head(data),
        "corrupted": corrupt_head(data, masks["corrupted"], data.human),
        "llm": fit(data, masks["llm"], data.human),
        "translated": fit(data, masks["translated"], clean),
    }
    values = {
        "spun": spun_values(data, heads["spun"]),
        "corrupted": crossed_corrupt(data, masks["corrupted"], data.human),
        "llm": crossed(data, masks["llm"], data.human),
        "translated": crossed(data, masks["translated"], clean),
    }
    read = {name: curves(data, values[name], masks[name]) for name in heads} | {"tampered": tampered_curves(data)}
    far = deviations(data, values, {name: found[0] for name, found in read.items()})
    combination, overall = fit_overall(data, far)
    any_kind = np.any([masks[kind] for kind in BAD], axis=0)
    read["overall"] = (curves(data, overall, any_kind)[0], overall_curve())
    return Learnt(heads, values, read, combination, overall)


def unseen_values(data: Data, heads: dict[str, Fitted]) -> dict[str, F64]:
    """Return the values of all documents by heads; they mean something for those that the heads have not seen."""
    values = {name: apply(data, heads[name]) for name in ("llm", "translated")}
    return {"spun": spun_values(data, heads["spun"]), "corrupted": corrupt_values(data, heads["corrupted"]), **values}
