"""The degree of LLM polish (none, light, heavy) of texts that keep more and less of the wording of their original."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from benchmarks.training.score_heads import Data, Mask, kinds
from benchmarks.training.score_learn import Learnt
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import BANDS, Calibration
from dedup.scoring.explanation import DEGREES, polish_of

RUN = 3  # words
KEPT = (0.0, 0.1, 0.3, 0.5, 1.01)  # share of the runs of three words that the original has too
_WORD = re.compile(r"\w+")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def kept_shares(data: Data, written: Mask) -> F64:
    """Return the share of its runs of words that each LLM text has from its human original; NaN without one."""
    documents, shares = data.samples.documents, np.full(len(data.family), np.nan)
    originals = {documents[i].group: _runs(documents[i].text) for i in np.flatnonzero(data.human)}
    for i in np.flatnonzero(written):
        original, own = originals.get(documents[i].group), _runs(documents[i].text)
        if original and own:
            shares[i] = len(own & original) / len(own)
    return shares


def show_polish(data: Data, learnt: Learnt) -> None:
    """Print how often each degree is told of clean news and of LLM texts, by how much of the original they keep."""
    print("\npolish: share of the texts that each degree is told of (groups held out)")
    quantiles, curve = learnt.read["llm"]
    read = Calibration({"llm": quantiles}, {"llm": curve}, {"llm": [0.0] * len(BANDS)}, 0.5)
    pairs = zip(data.samples.words, learnt.values["llm"], strict=True)
    degrees = np.array([polish_of(read.percentile("llm", int(words), float(value))) for words, value in pairs])
    shares = kept_shares(data, kinds(data)["llm"])
    rows = {"clean news": data.human}
    for low, high in pairwise(KEPT):
        name = f"LLM, {low:.0%} to {min(high, 1.0):.0%} of the runs of three words kept"
        rows[name] = (shares >= low) & (shares < high)
    for name, chosen in rows.items():
        told = "  ".join(f"{degree} {(degrees[chosen] == degree).mean():.2f}" for degree in DEGREES)
        print(f"{name:58} {chosen.sum():5}  {told}")
