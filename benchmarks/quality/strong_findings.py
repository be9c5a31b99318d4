"""Findings per 1,000 words with the models that ship: false alarms by set of clean news, hits on two spinners.

    python -m benchmarks.quality.strong_findings --packs PACKS --read FILE.tsv

`evidence` measures with models that have not seen the articles, and takes as long as training them. This one takes two
minutes: the shipped models have seen `allsides`, no other set. Every strong false alarm goes to FILE.tsv, to be read.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.quality.evidence import Tally, clean_news, touching
from benchmarks.training.score_data import words_of
from benchmarks.training.simulate import learnt_spinner, neighbour_spinner
from benchmarks.training.train_evidence import articles, changed
from dedup.findings.finder import Finder
from dedup.language.background import shipped_background

RATES = (0.1, 0.2, 0.3, 0.4)  # share of the plain words that is swapped
EVERY, NEIGHBOUR_EVERY = 5, 8  # articles that are spun; texts that the neighbours come from
LEAST_WORDS = 100
SEED = 3


def spun(rows: Sequence[dict[str, Any]], packs: Path, finder: Finder) -> dict[str, Tally]:
    """Strong and weak findings that touch a swapped word, by spinner and kind of news."""
    texts = (row["text"] for n, row in enumerate(articles(packs / "background.jsonl.gz")) if n % NEIGHBOUR_EVERY == 0)
    spinners = {
        "learnt": learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv"),
        "neighbours": neighbour_spinner(texts),
    }
    rng, tallies = Random(SEED), defaultdict[str, Tally](Tally)
    for row in rows[::EVERY]:
        for name, spin in spinners.items():
            text = spin(row["text"], rng, rng.choice(RATES))
            tokens = words_of(text)
            found = touching(finder(tokens, text), tokens, changed(words_of(row["text"]), tokens))
            tallies[f"{name}, {'allsides' if row['set'] == 'allsides' else 'other sets'}"].add(len(tokens), found)
    return dict(tallies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--read", type=Path, help="a file for the strong false alarms")
    args = parser.parse_args()
    rows = articles(args.packs / "machine" / "docs.jsonl.gz") + articles(args.packs / "human" / "docs.jsonl.gz")
    rows = [row for row in rows if row["label"] == "human" and len(row["text"].split()) >= LEAST_WORDS]
    finder = Finder(shipped_background())
    tallies, strong = clean_news(rows, [finder])
    if args.read:
        told = (f"{i}\t{f.span[0]}\t{f.type}\t{f.found!r}\t{f.expected!r}\t{f.reason}\n" for i, f in strong)
        args.read.write_text("".join(told), "utf-8")
    print("| set | words | strong per 1,000 | weak per 1,000 | strong by kind |\n|---|---|---|---|---|")
    for name, tally in {**tallies, **spun(rows, args.packs, finder)}.items():
        print(tally.row(name))


if __name__ == "__main__":
    main()
