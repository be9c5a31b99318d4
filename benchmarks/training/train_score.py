"""Train the heads of the score of one article, evaluate them on what they were not trained on, write the weights.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.training.train_score HELD_OUT.bin -o dedup/data/score.json

`HELD_OUT.bin` is a background that has not counted the documents. Every figure printed is held out: by spinner (the
spun head is not trained at all), by generator and by set (llm), by language pair (translated); versions of one text are
never split between training and test. The weights that are written are trained on everything.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.training.score_data import (
    Document,
    Samples,
    crop,
    read_documents,
    read_human,
    sample,
    simulated,
    spinners,
)
from benchmarks.training.score_figures import show
from benchmarks.training.score_heads import (
    LIMIT,
    LIMITS,
    NUMERIC,
    Data,
    Fitted,
    Mask,
    corrupt_head,
    crossed,
    crossed_corrupt,
    fit,
    kinds,
    originals,
    set_weights,
    spun_head,
    spun_values,
)
from benchmarks.training.score_overall import (
    COUNTED,
    crossed_overall,
    deviations,
    fit_overall,
    overall_curve,
    show_alarms,
    show_overall,
)
from benchmarks.training.spellings import british_spellings
from dedup.compiled.arrays import F64
from dedup.language.background import Background, load_background
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring.calibration import BANDS, PERCENTILES, band_of, quantiles_of
from dedup.scoring.heads import hashes, pack
from dedup.scoring.numeric_features import VERSION

SEED = 5
LENGTHS = (120, 160, 200, 260, 330, 400, 600, 5000, 5000)  # words that clean articles are cropped to
# Clean articles that are also spun and corrupted: of allsides, of the other sets of machine/, of human/.
SPUN_ARTICLES, SPUN_OTHERS, SPUN_HUMANS = 700, 500, 300
NEIGHBOUR_STEP = 9  # every ninth background article serves to find co-occurrence neighbours
ABROAD, LEAST_ABROAD = ("bbc", "masakhanews"), 50  # sets of other countries; documents of a length for a tail of theirs
PRIOR = 0.1  # share of articles of each kind that the probabilities assume

# Not trained: no honest text has three words in look-alike letters, invisible characters or a decorated alphabet.
TAMPERED: Fitted = {
    "bias": 0.0,
    "findings": {"homoglyph": 1.0, "invisible": 1.0, "styled": 1.0},
    "limits": {"other": LIMIT},
    "numeric": {},
}
TAMPERED_CURVE = (4.0, -3.0)  # one such word in 400 is .16, two are .55, three .82

FUNCTION_WORDS = """
a about above across after again against ago all almost along already also although always am among an and another
any anyone anything are aren't around as at away back be became because become been before began behind being below
between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down
during each either else enough even ever every everyone everything except far few first for former from further
gave get gets getting give given go goes going gone got had hadn't has hasn't have haven't having he he'd he'll
he's her here hers herself him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it
it's its itself just last later least less let like likely made make makes making many may me might mine more most
much must my myself near nearly neither never next no nobody none nor not nothing now of off often on once one only
onto or other others otherwise our ours out over own per perhaps quite rather really recently same second she she'd
she's should shouldn't since so some someone something soon still such take taken than that that's the their theirs
them themselves then there there's therefore these they they'd they'll they're they've this those though three
through throughout thus to today together too took toward towards two under unless until up upon us use used very
via was wasn't we we'd we'll we're we've well went were weren't what what's when whenever where whereas whether
which while who who's whom whose why will with within without won't would wouldn't yet you you'd you'll you're
you've your yours said says told according including
"""


def careful(quantiles: list[float], abroad: F64) -> list[float]:
    """Quantiles of clean news whose tail is no lower than that of the sets of other countries, where there are some."""
    if len(abroad) < LEAST_ABROAD:
        return quantiles
    other, tail = quantiles_of(abroad), PERCENTILES.index(90.0)
    return [max(a, b) if k >= tail else a for k, (a, b) in enumerate(zip(quantiles, other, strict=True))]


def curves(data: Data, values: F64, positive: Mask) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, and a logistic curve at equal odds, for each band of lengths."""
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    weight, home = set_weights(data.set, data.human), ~np.isin(data.set, ABROAD)
    quantiles, lines = [], []
    for band in range(len(BANDS)):
        clean, found = data.human & (bands == band), positive & (bands == band)
        quantiles.append(careful(quantiles_of(values[clean], weight[clean]), values[clean & ~home]))
        found = found if found.sum() >= 100 else positive
        x = np.concatenate([values[clean], values[found]])
        odds = np.concatenate([weight[clean] / weight[clean].sum(), np.full(found.sum(), 1 / found.sum())])
        y = np.repeat([False, True], [clean.sum(), found.sum()])
        model = LogisticRegression(C=100.0).fit(x[:, None], y, sample_weight=odds * len(x) / 2)
        lines.append([round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)])
    return quantiles, lines


def probabilities(data: Data, values: F64, lines: list[list[float]]) -> F64:
    """Probability of all documents by the logistic curves of their lengths."""
    slope, offset = np.array(lines)[[band_of(int(w)) for w in data.samples.words]].T
    found: F64 = 1 / (1 + np.exp(-(slope * values + offset + np.log(PRIOR / (1 - PRIOR)))))
    return found


def tampered_curves(data: Data) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, which has next to nothing of the kind, and a curve that is not trained."""
    values = np.sum([weight * data.rate(kind) for kind, weight in TAMPERED["findings"].items()], axis=0)
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    clean = [values[data.human & (bands == band)] for band in range(len(BANDS))]
    return [quantiles_of(part) for part in clean], [list(TAMPERED_CURVE)] * len(BANDS)


def rounded(head: Fitted, limits: dict[str, float]) -> Fitted:
    """A head as it is written."""
    numeric = head["numeric"]
    if not isinstance(numeric, dict):
        numeric = dict(zip(NUMERIC, numeric.tolist(), strict=True))
    row: Fitted = {
        "bias": round(head["bias"], 5),
        "limits": limits,
        "numeric": {k: round(v, 5) for k, v in numeric.items()},
    }
    row |= {group: pack(head[group]) for group in ("masked", "frequent") if group in head}
    row |= {"findings": {k: round(v, 5) for k, v in head["findings"].items()}} if "findings" in head else {}
    return row


def train(data: Data, spared: list[str]) -> Fitted:
    """Return everything that `score.json` holds; prints the figures on the way."""
    masks = kinds(data)
    heads = {
        "spun": spun_head(data),
        "corrupted": corrupt_head(data, masks["corrupted"], data.human),
        "llm": fit(data, masks["llm"], data.human),
        "translated": fit(data, masks["translated"], originals(data)),
    }
    values = {
        "spun": spun_values(data, heads["spun"]),
        "corrupted": crossed_corrupt(data, masks["corrupted"], data.human),
        "llm": crossed(data, masks["llm"], data.human),
        "translated": crossed(data, masks["translated"], originals(data)),
    }
    show(data, values)
    read = {name: curves(data, values[name], masks[name]) for name in heads} | {"tampered": tampered_curves(data)}
    far = deviations(data, values, {name: found[0] for name, found in read.items()})
    overall = crossed_overall(data, far)
    show_overall(data, values, overall)
    any_kind = np.any([masks[kind] for kind in COUNTED], axis=0)
    read["overall"] = (curves(data, overall, any_kind)[0], overall_curve(data, overall))
    show_alarms(data, probabilities(data, overall, read["overall"][1]))
    return {
        "feature_version": VERSION,
        "columns": NUMERIC,
        "spared": " ".join(spared),
        "function_words": " ".join(FUNCTION_WORDS.split()),
        "features": {n: np.round(row, 6).tolist() for n, *row in zip(NUMERIC, data.mean, data.scale, strict=True)},
        "heads": {name: rounded(head, {"other": LIMIT} | LIMITS.get(name, {})) for name, head in heads.items()}
        | {"tampered": TAMPERED},
        "overall": fit_overall(data, far),
        "calibration": {
            "prior": PRIOR,
            "quantiles": {name: found[0] for name, found in read.items()},
            "curves": {name: found[1] for name, found in read.items()},
        },
    }


def corpus(args: argparse.Namespace) -> Iterator[Document]:
    """The documents, the clean ones cropped to all lengths, and simulated versions."""
    documents = read_documents(args.eval / "machine" / "docs.jsonl.gz")
    known = {d.id.split("/")[-1] for d in documents}
    with gzip.open(args.eval / "background.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (json.loads(text) for i, text in enumerate(lines) if i % NEIGHBOUR_STEP == 0)
        makers = spinners(args.eval, args.wordnet, [row["text"] for row in rows if row["id"] not in known])
    rng = Random(SEED)
    clean = [d for d in documents if d.set == "allsides"]
    clean = [Document(**{**vars(d), "text": crop(d.text, rng.choice(LENGTHS))}) for d in clean]
    rng.shuffle(clean)
    others, human = [d for d in documents if d.set != "allsides"], read_human(args.eval / "human" / "docs.jsonl.gz")
    Random(SEED + 2).shuffle(human)
    yield from clean + others + human
    sources = [d for d in others if d.label == "human"]
    Random(SEED - 2).shuffle(sources)
    yield from simulated(clean[:SPUN_ARTICLES] + sources[:SPUN_OTHERS] + human[:SPUN_HUMANS], makers)


def samples(args: argparse.Namespace, background: Background, spared: list[str]) -> Samples:
    """The described documents; `--cache` keeps them between runs (scratch, not for sharing)."""
    if args.cache and args.cache.exists():
        return pickle.loads(args.cache.read_bytes())  # type: ignore[no-any-return]
    words = hashes(FUNCTION_WORDS.split())
    made = sample(list(corpus(args)), background, shipped_synonyms(), words, hashes(spared))
    if args.cache:
        args.cache.write_bytes(pickle.dumps(made))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/score.json"))
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    background = load_background(args.background)
    spared = british_spellings(background)
    model = train(Data(samples(args, background, spared)), spared)
    args.output.write_text(json.dumps(model, sort_keys=True, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
