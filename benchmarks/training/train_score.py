"""Train the heads of the score of one article, evaluate them on what they were not trained on, write the weights.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.training.train_score HELD_OUT.bin -o dedup/data/score.json

`HELD_OUT.bin` is a background that has not counted the documents; nor has the context model that ships seen them. Every
figure printed is held out: by spinner (the spun head is not trained at all), by generator and by set (llm), by language
pair (translated); versions of one text are never split between training and test. The weights that are written are
trained on everything.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.training.score_curves import PRIOR, TAMPERED, probabilities
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
from benchmarks.training.score_heads import LIMIT, LIMITS, NUMERIC, Data, Fitted
from benchmarks.training.score_learn import Learnt, learn
from benchmarks.training.score_overall import show_alarms, show_overall
from benchmarks.training.score_polish import show_polish
from benchmarks.training.score_unseen import show_unseen_clean, show_unseen_overall
from benchmarks.training.spellings import british_spellings
from dedup.language.background import Background, load_background
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring.heads import hashes, pack
from dedup.scoring.numeric_features import VERSION

SEED = 5
LENGTHS = (120, 160, 200, 260, 330, 400, 600, 5000, 5000)  # words that clean articles are cropped to
# Clean articles that are also spun and corrupted: of allsides, of the other sets of machine/, of human/.
SPUN_ARTICLES, SPUN_OTHERS, SPUN_HUMANS = 700, 500, 300
NUMBERS = re.compile(r"\[([-+.\deE,\s]+)\]")
NEIGHBOUR_STEP = 9  # every ninth background article serves to find co-occurrence neighbours

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
    row |= {"context": _rounded(head["context"])} if "context" in head else {}
    return row


def _rounded(value: Any) -> Any:
    """A value with six digits, and all that is in it."""
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def train(data: Data, spared: list[str]) -> Fitted:
    """Return everything that `score.json` holds; prints the figures on the way."""
    learnt = learn(data)
    show(data, learnt.values)
    show_overall(data, learnt.values, learnt.overall)
    show_alarms(data, probabilities(data, learnt.overall, learnt.read["overall"][1]))
    show_polish(data, learnt)
    show_unseen_overall(data)
    show_unseen_clean(data)
    return model_of(data, learnt, spared)


def model_of(data: Data, learnt: Learnt, spared: list[str]) -> Fitted:
    """Return what `score.json` holds of all that was learnt from documents."""
    return {
        "feature_version": VERSION,
        "columns": NUMERIC,
        "spared": " ".join(spared),
        "function_words": " ".join(FUNCTION_WORDS.split()),
        "features": {n: np.round(row, 6).tolist() for n, *row in zip(NUMERIC, data.mean, data.scale, strict=True)},
        "heads": {name: rounded(head, {"other": LIMIT} | LIMITS.get(name, {})) for name, head in learnt.heads.items()}
        | {"tampered": TAMPERED},
        "overall": learnt.combination,
        "calibration": {
            "prior": PRIOR,
            "quantiles": {name: found[0] for name, found in learnt.read.items()},
            "curves": {name: found[1] for name, found in learnt.read.items()},
        },
    }


def written(model: Fitted) -> str:
    """A model as JSON, each list of numbers on a line of its own."""
    text = json.dumps(model, sort_keys=True, indent=1)
    return NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", text) + "\n"


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
    args.output.write_text(written(model), "utf-8")


if __name__ == "__main__":
    main()
