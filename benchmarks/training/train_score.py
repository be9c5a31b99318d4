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

from benchmarks.training.score_data import Document, Samples, crop, read_documents, sample, simulated, spinners
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
from benchmarks.training.spellings import british_spellings
from dedup.compiled.arrays import F64
from dedup.language.background import Background, load_background
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring.calibration import BANDS, band_of, quantiles_of
from dedup.scoring.heads import hashes, pack
from dedup.scoring.numeric_features import VERSION

SEED = 5
LENGTHS = (120, 160, 200, 260, 330, 400, 600, 5000, 5000)  # words that clean articles are cropped to
SPUN_ARTICLES = 1500  # clean articles that are also spun and corrupted
PRIOR = 0.1  # share of articles of each kind that the probabilities assume

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


def curves(data: Data, values: F64, positive: Mask) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, and a logistic curve at equal odds, for each band of lengths."""
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    weight = set_weights(data.set, data.human)
    quantiles, lines = [], []
    for band in range(len(BANDS)):
        clean, found = data.human & (bands == band), positive & (bands == band)
        quantiles.append(quantiles_of(values[clean], weight[clean]))
        found = found if found.sum() >= 100 else positive
        x = np.concatenate([values[clean], values[found]])
        odds = np.concatenate([weight[clean] / weight[clean].sum(), np.full(found.sum(), 1 / found.sum())])
        y = np.repeat([False, True], [clean.sum(), found.sum()])
        model = LogisticRegression(C=100.0).fit(x[:, None], y, sample_weight=odds * len(x) / 2)
        lines.append([round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)])
    return quantiles, lines


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
    read = {name: curves(data, values[name], masks[name]) for name in heads}
    return {
        "feature_version": VERSION,
        "columns": NUMERIC,
        "spared": " ".join(spared),
        "function_words": " ".join(FUNCTION_WORDS.split()),
        "features": {n: np.round(row, 6).tolist() for n, *row in zip(NUMERIC, data.mean, data.scale, strict=True)},
        "heads": {name: rounded(head, {"other": LIMIT} | LIMITS.get(name, {})) for name, head in heads.items()},
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
        rows = (json.loads(text) for i, text in enumerate(lines) if i % 3 == 0)
        makers = spinners(args.eval, args.wordnet, [row["text"] for row in rows if row["id"] not in known])
    rng = Random(SEED)
    clean = [d for d in documents if d.set == "allsides"]
    clean = [Document(**{**vars(d), "text": crop(d.text, rng.choice(LENGTHS))}) for d in clean]
    rng.shuffle(clean)
    others = [d for d in documents if d.set != "allsides"]
    yield from clean
    yield from others
    yield from simulated(clean[:SPUN_ARTICLES] + [d for d in others if d.label == "human"], makers)


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
