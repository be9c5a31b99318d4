"""The figures of the heads: how many texts of a kind each finds, on what it was not fitted to."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.training.score_heads import (
    FOLDS,
    PAIRS,
    Data,
    Mask,
    apply,
    crossed,
    crossed_corrupt,
    digest,
    fit,
    kinds,
    originals,
)
from dedup.compiled.arrays import F64
from dedup.scoring.calibration import BANDS

GENERATORS = ("GPT-3-Turbo", "GPT-4o", "Llama-3-70B")
LEAST_SITE = 40  # articles of an outlet that is named
SPINNERS = ("wordnet", "learnt", "neighbours")


def figures(positive: F64, negative: F64) -> str:
    """AUC, and the share of the positives above what 1 % and 5 % of the negatives pass."""
    ranked = np.sort(negative)
    area = roc_auc_score(np.repeat([1, 0], [len(positive), len(negative)]), np.concatenate([positive, negative]))
    rates = [(positive > ranked[len(ranked) - 1 - int(r * len(ranked))]).mean() for r in (0.01, 0.05)]
    return f"{area:.3f}  {rates[0]:.2f}  {rates[1]:.2f}"


def line(name: str, positive: F64, negative: F64) -> None:
    print(f"{name:58} {len(positive):5} {len(negative):5}  {figures(positive, negative)}")


def show_spun(data: Data, values: F64) -> None:
    print("\nspun: AUC, TPR at 1 % and 5 % FPR (simulated from allsides; clean allsides | from others; clean others)")
    for spinner in SPINNERS:
        spun = (data.family == "spun") & (data.spinner == spinner) & data.long
        line(f"{spinner}, allsides", values[spun & data.own], values[data.human & data.own])
        line(f"{spinner}, other sets", values[spun & ~data.own], values[data.human & ~data.own])
    own = data.own & data.long
    show_lengths(data, values, (data.family == "spun") & own, "spun, allsides", own & data.human)


def show_lengths(data: Data, values: F64, positive: Mask, name: str, clean: Mask | None = None) -> None:
    """The figures for each band of lengths, against clean documents of that length."""
    clean = data.human if clean is None else clean
    for low, high in zip(BANDS, (*BANDS[1:], 10**9), strict=True):
        band = (data.samples.words >= low) & (data.samples.words < high)
        if (band & positive).sum() >= 20:
            line(f"{name}, {low} words or more", values[band & positive], values[band & clean])


def show_transfer(data: Data, values: F64, name: str) -> None:
    """A threshold that 1 % of one human set pass: the largest share of another set that passes it."""
    print(f"\n{name}: threshold for 1 % of one human set, share of the others that pass (news of 150 words or more)")
    human = data.human & (data.samples.words >= 150)
    names = [s for s in np.unique(data.set[human]) if (human & (data.set == s)).sum() >= 20]
    for own in names:
        ranked = np.sort(values[human & (data.set == own)])
        limit = ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
        passed = " ".join(f"{s} {(values[human & (data.set == s)] > limit).mean():.3f}" for s in names if s != own)
        print(f"  {own} ({len(ranked)}): {passed}")


def show_llm(data: Data) -> None:
    print("\nllm: generator held out (never seen), groups held out | humans of the same set; of the other sets")
    written = kinds(data)["llm"]
    for generator in GENERATORS:
        values = crossed(data, written & (data.generator != generator), data.human)
        found = written & (data.generator == generator)
        line(f"{generator}, humans of l2r", values[found], values[data.human & (data.set == "l2r")])
        line(f"{generator}, humans of other sets", values[found], values[data.human & (data.set != "l2r")])
    for own, other, family in (("l2r", "sheepdog-train", "llm_reframe"), ("sheepdog-train", "l2r", "llm")):
        values = apply(data, fit(data, written & (data.set == own), data.human & (data.set != other)))
        clean = data.human & (data.set == other)
        line(f"set held out: {own} -> {other}", values[(data.family == family) & data.long], values[clean])


def show_unseen_humans(data: Data) -> None:
    """A threshold for 1 % of the humans that the head was trained on, and the share of an unseen set that passes it."""
    print("\nllm: human set held out: share above a threshold for 1 % of the other sets (groups held out)")
    written = kinds(data)["llm"]
    for name in np.unique(data.set[data.human]):
        known, inside = data.human & (data.set != name), data.fold != 0
        values = apply(data, fit(data, written & (data.set != name) & inside, known & inside))
        ranked = np.sort(values[known & ~inside & (data.samples.words >= 150)])
        unseen = values[data.human & (data.set == name) & (data.samples.words >= 150)]
        limit = ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
        print(f"  {name} ({len(unseen)}): {(unseen > limit).mean():.3f}")


def show_sites(data: Data, spun: F64) -> None:
    """Outlets of allsides held out: two quarters of them train, one sets the threshold, the last is measured."""
    print(
        "\nsites held out: share of articles above a threshold for 1 % of other outlets; the largest share of an outlet"
    )
    written = kinds(data)["llm"]
    quarter = np.where(data.own, [digest(name) % FOLDS for name in data.generator], -1)
    shares: dict[str, list[float]] = {"spun": [], "llm": []}
    outlets: dict[str, list[tuple[float, str]]] = {"spun": [], "llm": []}
    for fold in range(FOLDS):
        ruler, tested = (data.human & (quarter == (fold + step) % FOLDS) for step in (1, 0))
        llm = apply(data, fit(data, written, data.human & ~ruler & ~tested))
        for part, values in (("spun", spun), ("llm", llm)):
            ranked = np.sort(values[ruler])
            passed = values > ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
            shares[part] += passed[tested].tolist()
            for name in np.unique(data.generator[tested]):
                rows = tested & (data.generator == name)
                if rows.sum() >= LEAST_SITE:
                    outlets[part].append((float(passed[rows].mean()), f"{name} ({rows.sum()})"))
    for part, share in shares.items():
        print(f"  {part}: {np.mean(share):.3f} of {len(share)}; {sorted(outlets[part])[-3:]}")


def show_translated(data: Data) -> None:
    print(
        "\ntranslated: language pair held out | against English originals; against human translations of the same set"
    )
    clean, machine = originals(data), kinds(data)["translated"]
    for pair in PAIRS:
        values = crossed(data, machine & (data.set != pair), clean)
        found = machine & (data.set == pair)
        line(f"{pair}, originals of wmt21-en", values[found], values[data.human & (data.set == "wmt21-en")])
        line(f"{pair}, all English originals", values[found], values[clean])
        line(f"{pair}, its human translations", values[found], values[data.human & (data.set == pair)])


def show_corrupted(data: Data, values: F64) -> None:
    print("\ncorrupted: groups held out | clean documents of the same sets")
    damaged = kinds(data)["corrupted"]
    line("allsides", values[damaged & data.own], values[data.human & data.own])
    line("other sets", values[damaged & ~data.own], values[data.human & ~data.own])
    for rate in sorted(np.unique(data.generator[damaged])):
        line(rate, values[damaged & (data.generator == rate)], values[data.human])
    for own, other in (("corrupt", "grammar"), ("grammar", "corrupt")):
        unseen = crossed_corrupt(data, damaged & (data.spinner == own), data.human)
        line(f"simulator held out: {own} -> {other}", unseen[damaged & (data.spinner == other)], unseen[data.human])


def show(data: Data, values: dict[str, F64]) -> None:
    """Print all figures; `values` are those of all documents by each head, which has not seen their groups."""
    show_spun(data, values["spun"])
    show_corrupted(data, values["corrupted"])
    show_llm(data)
    show_unseen_humans(data)
    show_sites(data, values["spun"])
    show_translated(data)
    for name in ("llm", "translated"):
        print(f"\n{name}, groups held out: by length")
        show_lengths(data, values[name], kinds(data)[name], name)
    for name, found in values.items():
        show_transfer(data, found, name)
