"""The figures of `spun` with nothing in it that has seen the spinner or the article: the table of the model card.

    python -m benchmarks.quality.unseen_spinners HELD_OUT.bin --wordnet /usr/share/wordnet --cache SAMPLES

Only the trees that rank swaps are trained; for each spinner they are trained here without it and without the articles
that they then read (three folds), and the rate of swaps in `spun` is counted with them. `--cache` is the one of
`train_score.py`, which prints the same table with the shipped trees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from benchmarks.training.score_data import words_of
from benchmarks.training.score_figures import SPINNERS, line
from benchmarks.training.score_heads import SPUN_FINDINGS, Data
from benchmarks.training.score_spun import lifted, linear_values, spun_head
from benchmarks.training.spellings import british_spellings
from benchmarks.training.train_evidence import Sample, collect, fit, fold_of, held_out, ranker_of, spinners, thresholds
from benchmarks.training.train_score import samples
from dedup.compiled.arrays import F64
from dedup.findings.ranker import Ranker
from dedup.findings.tortured import find_tortured
from dedup.language.background import Background, load_background
from dedup.language.pair_filter import frequent_pairs
from dedup.language.substitutions import shipped
from dedup.scoring.heads import finding_rates

FOLDS = 3
SWAPS = tuple(kind for kind in SPUN_FINDINGS if kind.startswith("swap"))
_NAMES = {"neighbours": "neighbour"}  # as the other script calls it


def unseen(drawn: Sequence[Sample], spinner: str, fold: int, scratch: Path) -> Ranker:
    """Trees that have seen neither a spinner nor the articles of a fold, with thresholds for that fold."""
    name = _NAMES.get(spinner, spinner)
    part = [s for s in drawn if fold_of(s.article, FOLDS) != fold and s.spinner != name]
    trees = ranker_of({**fit(part), "strong": 0.0, "weak": 0.0}, scratch / "unseen.json")
    own = [s._replace(article=0) for s in drawn if fold_of(s.article, FOLDS) == fold]
    limits = thresholds(own, [trees])
    return trees._replace(strong=limits["strong"], weak=limits["weak"])


def swap_rates(
    data: Data, chosen: Sequence[int], trees: Sequence[Ranker], folds: dict[str, int], bg: Background
) -> F64:
    """What swaps add to the chosen documents, each by the trees that have not seen it."""
    bits, rates = frequent_pairs(bg.tables), np.zeros(len(data.family))
    for i in chosen:
        document = data.samples.documents[i]
        tokens = words_of(document.text)
        ranker = trees[folds.get(document.group, 0)]
        found = find_tortured(tokens, bg, shipped(), bits, ranker)
        told = finding_rates(found, len(tokens))
        rates[i] = sum(SPUN_FINDINGS[kind] * np.log1p(told.get(kind, 0.0)) for kind in SWAPS)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir()))
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    background, clean = load_background(args.background), held_out(args.eval)
    drawn = collect(clean, spinners(args.wordnet, args.eval, {r["group"].split("/")[-1] for r in clean}), background)
    folds = {row["group"]: fold_of(n, FOLDS) for n, row in enumerate(clean)}
    data = Data(samples(args, background, british_spellings(background)))
    swaps = np.sum([SPUN_FINDINGS[kind] * data.rate(kind) for kind in SWAPS], axis=0)
    head = spun_head(data)
    plain = linear_values(data, head) - swaps
    print("\nspun: the trees have seen neither the spinner nor the article")
    for spinner in SPINNERS:
        trees = [unseen(drawn, spinner, fold, args.scratch) for fold in range(FOLDS)]
        spun = (data.family == "spun") & (data.spinner == spinner) & data.long
        rates = swap_rates(data, np.flatnonzero(spun | data.human).tolist(), trees, folds, background)
        values = lifted(data, plain + rates, head["context"])
        for name, own in (("allsides", data.own), ("other sets", ~data.own)):
            line(f"{spinner}, {name}", values[spun & own], values[data.human & own])
        line(f"{spinner}, allsides, no swaps counted", plain[spun & data.own], plain[data.human & data.own])


if __name__ == "__main__":
    main()
