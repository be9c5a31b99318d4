"""Strong and weak findings per 1,000 words: false alarms on clean news, hits on simulated spins and garbled names.

    python -m benchmarks.quality.evidence --wordnet /usr/share/wordnet --background HELDOUT.bin --scratch FOLDER

The clean articles (eval/machine, human) must not be counted in the background; the ranker of tortured phrases is
trained out of fold. Writes a random 50 of the strong false alarms to FOLDER/false_alarms.tsv (article, offsets, kind)
to read by eye. Hits are findings that touch a changed word.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_data import read_documents, words_of
from benchmarks.training.simulate import garble
from benchmarks.training.train_evidence import (
    LONGEST,
    Sample,
    articles,
    changed,
    collect,
    fit,
    fold_of,
    folded,
    held_out,
    parse,
    ranker_of,
    spinners,
    thresholds,
)
from benchmarks.training.train_grammar import collect as collect_grammar
from benchmarks.training.train_grammar import folded as folded_grammar
from dedup.findings.finder import Finder
from dedup.findings.ranker import rank, score_places
from dedup.language.background import Background, load_background
from dedup.records import Finding, Flag, Tokens

NAMES = 2000  # articles in which one name is garbled
SHOWN = 50  # strong false alarms to read
SEED = 7


class Tally:
    """Counts of findings by kind and strength over a number of words."""

    def __init__(self) -> None:
        self.words = 0
        self.kinds: Counter[tuple[str, bool]] = Counter()

    def add(self, words: int, found: Sequence[Finding]) -> None:
        """Count the findings of an article."""
        self.words += words
        self.kinds.update((f.type, f.strong) for f in found)

    def rate(self, strong: bool) -> float:
        """Findings per 1,000 words."""
        return 1000 * sum(n for (_, s), n in self.kinds.items() if s == strong) / max(1, self.words)

    def row(self, name: str) -> str:
        """A line of a table."""
        strong = {k: 1000 * n / max(1, self.words) for (k, s), n in sorted(self.kinds.items()) if s}
        parts = " ".join(f"{kind} {rate:.4f}" for kind, rate in strong.items())
        return f"| {name} | {self.words} | {self.rate(True):.4f} | {self.rate(False):.3f} | {parts} |"


def touching(found: Sequence[Finding], tokens: Tokens, differs: NDArray[np.bool_]) -> list[Finding]:
    """The findings that share a character with a changed word, or stand beside a lost one."""
    starts, ends = tokens.characters(tokens.starts)[differs], tokens.characters(tokens.ends)[differs]
    return [f for f in found if ((starts < f.span[1]) & (ends > f.span[0])).any()]


def clean_news(rows: Sequence[dict[str, Any]], finders: Sequence[Finder]) -> tuple[dict[str, Tally], list[Any]]:
    """Tallies by set; every strong finding with its article."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    strong = []
    for n, row in enumerate(rows):
        tokens = words_of(row["text"])
        found = finders[fold_of(n, len(finders))](tokens, row["text"])
        tallies[row["set"]].add(len(tokens), found)
        strong += [(row["id"], f) for f in found if f.strong]
    return dict(tallies), strong


def garbled_names(rows: Sequence[dict[str, Any]], finders: Sequence[Finder], background: Background) -> str:
    """Recall of one garbled use of one name per article: a name that the background knows, six letters or more."""
    rng, tried, hits = Random(SEED), 0, Counter[bool]()
    for n, row in enumerate(rows[:NAMES]):
        text = row["text"][:LONGEST]
        tokens = words_of(text)
        named = tokens.flags & int(Flag.CAPITAL | Flag.UPPER | Flag.BOILERPLATE) == int(Flag.CAPITAL)
        long = tokens.ends - tokens.starts >= 6
        share, count = background.capital_share(tokens.hashes), background.count1(tokens.hashes)
        places = np.flatnonzero(named & long & (share > 0.5) & (count >= 20))
        if not len(places):
            continue
        i = int(rng.choice(places))
        start, end = tokens.span(i, i + 1)
        wrong = garble(text[start:end].removesuffix("'s").removesuffix("’s"), rng)
        if wrong.lower() == text[start:end].lower():
            continue
        tried += 1
        spoilt = text[:start] + wrong + text[end:]
        found = finders[fold_of(n, len(finders))](words_of(spoilt), spoilt)
        here = [f for f in found if f.type == "name" and f.span[0] == start]
        hits.update({True: any(f.strong for f in here), False: bool(here)})
    strong, either = hits[True] / tried, hits[False] / tried
    return f"one garbled name in {tried} articles: strong {strong:.3f}, strong or weak {either:.3f}"


def unseen_spinners(samples: Sequence[Sample], folds: int, folder: Path) -> Iterator[str]:
    """What the trees find of a spinner that they were not trained on, at the same false alarms, in the first fold."""
    test = [s for s in samples if fold_of(s.article, folds) == 0]
    first = [s._replace(article=0) for s in test]
    for name in sorted({s.spinner for s in samples} - {""}):
        part = [s for s in samples if fold_of(s.article, folds) != 0 and s.spinner != name]
        path = folder / "unseen.json"
        trees = ranker_of({**fit(part), "strong": 0.0, "weak": 0.0}, path)
        least, hits, words = thresholds(first, [trees])["strong"], 0, 0
        for sample in test:
            if sample.spinner == name and len(sample.found.places):
                found = sample.found
                chosen, scores = score_places(found.places, rank(found.features, trees), sample.words)
                hits += int((sample.swapped[chosen] & (scores >= least)).sum())
                words += sample.words
        yield f"trained without {name}: {1000 * hits / words:.2f} strong tortured phrases per 1,000 words of it"


def show(strong: Sequence[Any], path: Path) -> None:
    rng = Random(SEED)
    rows = rng.sample(list(strong), min(SHOWN, len(strong)))
    path.write_text("".join(f"{i}\t{f.span[0]}\t{f.span[1]}\t{f.type}\t{f.expected}\n" for i, f in rows), "utf-8")


def speed(rows: Sequence[dict[str, Any]], finder: Finder) -> str:
    batch = [(words_of(row["text"]), row["text"]) for row in rows]
    batch = [(t, text) for t, text in batch if 600 <= len(t) <= 1200][:500]
    for tokens, text in batch[:20]:
        finder(tokens, text)
    start = time.process_time()
    for tokens, text in batch:
        finder(tokens, text)
    took, words = time.process_time() - start, sum(len(t) for t, _ in batch)
    return f"{1000 * took / words * 900:.2f} ms of processor time for 900 words, {len(batch)} articles"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--unseen", action="store_true", help="only train without each spinner in turn, and find it")
    given = parse(parser)
    background, clean = load_background(given.background), held_out(given.eval)
    spin = spinners(given.wordnet, given.eval, {row["group"].split("/")[-1] for row in clean})
    samples = collect(clean, spin, background)
    if given.unseen:
        print(*unseen_spinners(samples, given.folds, given.scratch), sep="\n")
        return
    documents = [d for d in read_documents(given.eval / "machine" / "docs.jsonl.gz") if d.set == "allsides"]
    trees = zip(
        folded(samples, given.folds, given.scratch),
        folded_grammar(list(collect_grammar(documents, background)), given.scratch),
        strict=True,
    )
    finders = [Finder(background, ranker=swaps, grammar=grammar) for swaps, grammar in trees]
    print("| set | words | strong per 1,000 | weak per 1,000 | strong by kind |\n|---|---|---|---|---|")
    tallies, strong = clean_news(clean, finders)
    others = [row for row in articles(given.eval / "machine" / "docs.jsonl.gz") if row["label"] == "human"]
    others = [row for row in others if row["set"] != "allsides"] + articles(given.eval / "human" / "docs.jsonl.gz")
    other_tallies, other_strong = clean_news(others, finders)
    together = Tally()
    for tally in other_tallies.values():
        together.words += tally.words
        together.kinds += tally.kinds
    for name, tally in {**tallies, **other_tallies, "all other news": together}.items():
        print(tally.row(name))
    spun: dict[str, Tally] = defaultdict(Tally)
    for sample in samples:
        if sample.spinner:
            tokens, before = words_of(sample.text), words_of(clean[sample.article]["text"][:LONGEST].rsplit(" ", 1)[0])
            found = finders[fold_of(sample.article, len(finders))](tokens, sample.text)
            spun[sample.spinner].add(len(tokens), touching(found, tokens, changed(before, tokens)))
    for name, tally in sorted(spun.items()):
        print(tally.row(f"spun: {name}"))
    print("\nnames and speed\n" + garbled_names(clean, finders, background))
    print(speed(clean, finders[0]))
    show([*strong, *other_strong], given.scratch / "false_alarms.tsv")


if __name__ == "__main__":
    main()
