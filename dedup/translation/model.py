"""The learnt part of the search across languages, made by `benchmarks/training/train_translations.py`.

`data/translation.json` is a logistic regression over named features, with a constant for each language by which it is
calibrated: the encoder knows them unequally well. `data/translation.npz` holds what the sentences of
a language have in common, which says which language they are in and nothing of what they say. Public: `Model`,
`shipped_model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from dedup.compiled.arrays import F32, F64
from dedup.errors import ModelMismatch
from dedup.models import Logistic, read_json
from dedup.resources import resource
from dedup.translation.encoder import I8, quantise
from dedup.translation.features import PAIR, PAIR_VERSION


@dataclass(frozen=True, eq=False)
class Model:
    """What decides on a pair."""

    regression: Logistic
    means: Mapping[str, F32]  # (d,) the mean sentence of each language
    constants: Mapping[str, float]  # of each language, in log odds

    def probability(self, vector: F64, languages: tuple[str, str]) -> float:
        """Return the probability that two articles are translations of one another or of a third, 0..1."""
        constants = sum(self.constants.get(code, 0.0) for code in languages)
        return float(replace(self.regression, intercept=self.regression.intercept + constants).probability(vector))

    def centred(self, vectors: I8, language: str) -> I8:
        """Return sentence vectors, (n, d), without what all sentences of their language have in common."""
        return centred(vectors, self.means[language])


def centred(vectors: I8, mean: F32) -> I8:
    """Return vectors less a mean, in whole numbers again; each by itself."""
    wide = vectors.astype(np.float32)
    wide /= np.sqrt(np.maximum((wide * wide).sum(axis=1, keepdims=True), 1.0))
    return quantise(wide - mean)


@lru_cache(maxsize=1)
def shipped_model(encoder: str) -> Model:
    """Return the model for an encoder's vectors. Raises `ModelMismatch` where it was made for another one."""
    path = resource("translation.json")
    data = read_json(path)
    if data["encoder"] != encoder:
        raise ModelMismatch(f"{path}: trained on vectors of {data['encoder']}, not of {encoder}: train it again")
    with np.load(resource("translation.npz")) as arrays:
        means = dict(zip(arrays["languages"].tolist(), arrays["means"].astype(np.float32), strict=True))
    return Model(Logistic.read(data["model"], PAIR, PAIR_VERSION, str(path)), means, data["languages"])
