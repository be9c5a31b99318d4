"""Are articles of which one half is a language model's told as mixed, and which half?

    python -m benchmarks.quality.mixed HELD_OUT.bin --cache SAMPLES [--count 100]

Halves are of two stories, 180 to 400 words each: news of people before or after a text of a language model, news of
people before news of people, and two texts of language models. A quarter of the stories (with all their versions) is
held out of the heads, their quantiles and the combination; the background has not counted them. `SAMPLES` is the cache
of `benchmarks.training.train_score`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.training.score_data import Samples, words_of
from benchmarks.training.score_heads import Data, Mask
from benchmarks.training.score_learn import learn
from benchmarks.training.spellings import british_spellings
from benchmarks.training.train_score import model_of
from dedup.language.background import load_background
from dedup.scoring import Scorer
from dedup.scoring.heads import load_model

SHORTEST, LONGEST = 180, 400  # words of a half
SEED = 11


def scorer_without(samples: Samples, unseen: Mask, background: Path) -> Scorer:
    """Return a scorer that has seen neither some documents nor other versions of them."""
    known, counted = Data(samples, unseen), load_background(background)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.json"
        path.write_text(json.dumps(model_of(known, learn(known), british_spellings(counted))), "utf-8")
        return Scorer(counted, model=load_model(path))


def told(scorer: Scorer, first: str, second: str) -> tuple[bool, bool, bool]:
    """Return whether an article of two halves is told as mixed, and whether a stretch is mostly of either half."""
    text = f"{first}\n\n{second}"
    explanation = scorer(words_of(text), text, explained=True).explanation
    spans = explanation.machine if explanation else ()
    middle = [(start + end) / 2 < len(first) for start, end in spans]
    return bool(spans), any(middle), not all(middle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="articles of each kind")
    args = parser.parse_args()
    samples: Samples = pickle.loads(args.cache.read_bytes())
    data = Data(samples)
    unseen = data.fold == 0
    fits = unseen & (samples.total >= SHORTEST) & (samples.total <= LONGEST)
    pools = {"human": fits & data.human, "llm": fits & data.long & np.isin(data.family, ("llm", "llm_reframe"))}
    texts = {name: [samples.documents[i].text for i in np.flatnonzero(mask)] for name, mask in pools.items()}
    scorer, rng = scorer_without(samples, unseen, args.background), Random(SEED)
    print("\nmixed: first half, second half | told as mixed; a stretch in the first half, in the second")
    for first, second in (("human", "llm"), ("llm", "human"), ("human", "human"), ("llm", "llm")):
        rows = [told(scorer, rng.choice(texts[first]), rng.choice(texts[second])) for _ in range(args.count)]
        shares = "  ".join(f"{share:.2f}" for share in np.mean(rows, axis=0))
        print(f"{first + ', ' + second:20} {args.count:5}  {shares}")


if __name__ == "__main__":
    main()
