"""Score `machine/docs.jsonl.gz` and the seeds with the shipped heads; print score_machine.py's table, seeds and speed.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.quality.machine HELD_OUT.bin -o SCORES          # writes SCORES.spun.jsonl, SCORES.llm.jsonl, …

The shipped `llm` and `translated` heads were trained on these documents: their tables show that the package does what
was trained, not how it does on new text. `train_score.py` prints the held-out figures, which the model card quotes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.training.score_data import Document, read_documents, words_of
from dedup.scoring import Scorer, load_background
from dedup.scoring.scorer import Measured

RUNS = 5
SPEED_ARTICLES = 300
SPEED_WORDS = 446  # the mean length of the articles that the other speeds are given for
HITS_LENGTH = 150  # words of the news on which false alarms of the thresholds are counted
PERCENTILE = 99.0


def measure(scorer: Scorer, documents: list[Document]) -> dict[str, Measured]:
    return {d.id: scorer.measure(words_of(d.text), d.text) for d in documents}


def write_scores(measured: dict[str, Measured], part: str, path: Path) -> None:
    with open(path, "w", encoding="utf-8") as out:
        for name, one in measured.items():
            if one.abstained is None:
                out.write(json.dumps({"id": name, "score": round(one.values[part], 5)}) + "\n")


def show_seeds(scorer: Scorer, folder: Path) -> None:
    print("\nseeds: overall; percentiles; strong findings")
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text("utf-8")
        score = scorer(words_of(text), text)
        strong = [f"{f.found} -> {f.expected}" for f in score.evidence if f.strong]
        print(path.stem, score.overall, score.percentiles, len(strong), strong[:8])


def show_alarms(scorer: Scorer, documents: list[Document], measured: dict[str, Measured]) -> None:
    """How many clean documents pass the 99th percentile of the shipped calibration, by set."""
    print(f"\nshare of human documents of {HITS_LENGTH} words or more above the shipped {PERCENTILE:.0f}th percentile")
    for name in sorted({d.set for d in documents}):
        clean = [measured[d.id] for d in documents if d.set == name and d.label == "human"]
        clean = [m for m in clean if m.abstained is None and m.words >= HITS_LENGTH]
        shares = {
            part: np.mean([scorer.calibration.percentile(part, m.words, m.values[part]) > PERCENTILE for m in clean])
            for part in scorer.model.heads
        }
        print(f"{name:18} {len(clean):5}", {part: round(float(share), 4) for part, share in shares.items()})


def show_speed(scorer: Scorer, documents: list[Document]) -> None:
    texts = [" ".join(d.text.split(" ")[:SPEED_WORDS]) for d in documents if d.set == "allsides"][:SPEED_ARTICLES]
    tokens = [words_of(text) for text in texts]
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        for one, text in zip(tokens, texts, strict=True):
            scorer(one, text)
        times.append(time.perf_counter() - begin)
    times.sort()
    words = np.mean([len(t) for t in tokens])
    print(f"\nspeed: {len(texts) / times[0]:.0f} articles/s of {words:.0f} words at best of {RUNS} runs on one core, ")
    print(f"       {len(texts) / float(np.median(times)):.0f} at the median; tokenising not counted, findings counted")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="beginning of the names of the score files")
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    args = parser.parse_args()
    scorer = Scorer(load_background(args.background))
    docs = args.eval / "machine" / "docs.jsonl.gz"
    documents = read_documents(docs)
    measured = measure(scorer, documents)
    for part in scorer.model.heads:
        path = Path(f"{args.output}.{part}.jsonl")
        write_scores(measured, part, path)
        print(f"\n{part}", flush=True)
        subprocess.run([sys.executable, str(args.eval / "score_machine.py"), str(docs), str(path)], check=True)
    show_alarms(scorer, documents, measured)
    show_seeds(Scorer(), args.eval / "seeds")
    show_speed(scorer, documents)


if __name__ == "__main__":
    main()
