"""Train the trees that rank grammatical errors: `dedup/data/grammar_ranker.json`.

    python -m benchmarks.training.train_grammar --background HELDOUT.bin

Positives are the edits that heal errors made in clean articles (`simulate.with_grammatical_errors`), negatives
the candidates of the same articles as they were. The articles (eval/machine, human, set allsides) must not be counted
in the background.
Prints false alarms on clean news, and hits, by kind, each article ranked by trees that have not seen it.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.score_data import Document, other_forms, read_documents, words_of
from benchmarks.training.simulate import with_grammatical_errors
from benchmarks.training.train_evidence import fold_of, ranker_of, trees_of
from dedup.compiled.arrays import U64
from dedup.findings.edit_features import VERSION, Feature
from dedup.findings.edit_options import FUNCTION_HASHES, PUT_IN, SWAP, TAKE_OUT
from dedup.findings.edits import Edits, Forms, edits
from dedup.findings.grammar import find_grammar, ranked
from dedup.findings.ranker import Ranker
from dedup.language.background import Background, load_background
from dedup.language.lookup import look_up
from dedup.language.pair_filter import frequent_pairs
from dedup.models import Trees
from dedup.resources import resource

DATA = resource("")
LONGEST = 5000  # characters of an article that are hurt
RATES = (0.01, 0.03, 0.06)  # share of the words that are hurt, one version of each article for each
FALSE_ALARMS = {"strong": 0.006, "weak": 0.5}  # per 1,000 clean words
TREES = {"max_iter": 100, "max_leaf_nodes": 12, "learning_rate": 0.1, "min_samples_leaf": 60, "l2_regularization": 5.0}
FOLDS, SEED = 3, 5


NO_TREES = Ranker(Trees.of([], 0.0, []), 0.0, 0.0)


class Sample(NamedTuple):
    """One article, clean or hurt: `healing` says which of its candidates heal an error, `spoilt` which touch one."""

    article: int
    text: str
    words: int
    found: Edits
    healing: NDArray[np.bool_]
    spoilt: NDArray[np.bool_]
    errors: int


def differences(before: U64, after: U64) -> tuple[dict[tuple[int, int], int], NDArray[np.bool_], int]:
    """Edits that heal `after` ((place, edit) -> word), which of its words are near a difference, how many there are."""
    heal, near, n = {}, np.zeros(len(after) + 1, bool), 0
    for tag, a, b, c, d in SequenceMatcher(None, before.tolist(), after.tolist(), autojunk=False).get_opcodes():
        if tag != "equal":
            n += 1
            near[max(0, c - 1) : d + 1] = True
            edit = {(1, 1): SWAP, (1, 0): PUT_IN, (0, 1): TAKE_OUT}.get((b - a, d - c))
            if edit is not None:
                heal[c, edit] = int(before[a]) if edit != TAKE_OUT else 0
    return heal, near, n


def sample(article: int, text: str, clean: U64 | None, background: Background, forms: Forms, bits: U64) -> Sample:
    """Describe an article; `clean` are its words before it was hurt."""
    tokens = words_of(text)
    seen = look_up(tokens, background)
    found = edits(tokens, background, forms, bits, seen)
    heal, near, n = differences(seen.words if clean is None else clean, seen.words)
    put_in = FUNCTION_HASHES[np.clip(found.targets, 0, len(FUNCTION_HASHES) - 1)]
    meant = np.where(found.edits == PUT_IN, put_in, np.uint64(0))
    swaps = found.edits == SWAP
    meant[swaps] = forms.words.hashes[forms.words.targets[found.targets[swaps]]]
    rows = zip(found.places.tolist(), found.edits.tolist(), meant.tolist(), strict=True)
    healing = np.array([heal.get((place, edit)) == word for place, edit, word in rows], bool)
    return Sample(article, text, len(tokens), found, healing, near[found.places], n)


def collect(documents: Sequence[Document], background: Background) -> Iterator[Sample]:
    """Every article as it is, and hurt at each rate."""
    forms = Forms.of(background, NO_TREES)
    rng, bits = Random(SEED), frequent_pairs(background.tables)
    for n, document in enumerate(documents):
        yield sample(n, document.text, None, background, forms, bits)
        short = document.text[:LONGEST].rsplit(" ", 1)[0]
        before = look_up(words_of(short), background).words
        for rate in RATES:
            yield sample(n, with_grammatical_errors(short, rng, rate, other_forms), before, background, forms, bits)


def fit(samples: Sequence[Sample]) -> dict[str, object]:
    """Trees as JSON, like those of the tortured phrases."""
    used = [s.healing | (s.errors == 0) for s in samples]
    x = np.concatenate([s.found.features[u] for s, u in zip(samples, used, strict=True)])
    y = np.concatenate([s.healing[u] for s, u in zip(samples, used, strict=True)])
    about = {
        "feature_version": VERSION,
        "features": list(Feature.names()),
        "trained_on": "benchmarks/training/train_grammar.py",
    }
    return {**trees_of(x, y, **TREES), **about}


def thresholds(samples: Sequence[Sample], rankers: Sequence[Ranker]) -> dict[str, float]:
    """The scores that the wanted false alarms per 1,000 clean words exceed, each article by the ranker of its fold."""
    clean = [s for s in samples if not s.errors and len(s.found.places)]
    scores = [ranked(s.found, rankers[fold_of(s.article, FOLDS)], s.words)[1] for s in clean]
    ordered, words = np.sort(np.concatenate(scores))[::-1], sum(s.words for s in clean)
    return {name: round(float(ordered[int(rate * words / 1000)]), 4) for name, rate in FALSE_ALARMS.items()}


def folded(samples: Sequence[Sample], scratch: Path) -> list[Ranker]:
    """Trees that have not seen the articles of each fold, with the thresholds that all folds share."""
    raws = [fit([s for s in samples if fold_of(s.article, FOLDS) != fold]) for fold in range(FOLDS)]
    rankers = [ranker_of({**raw, "strong": 0.0, "weak": 0.0}, scratch / "grammar_fold.json") for raw in raws]
    limits = thresholds(samples, rankers)
    return [ranker._replace(strong=limits["strong"], weak=limits["weak"]) for ranker in rankers]


def rates(rows: Sequence[tuple[int, str]], of: Sequence[Forms], background: Background, bits: U64) -> str:
    """Findings per 1,000 words of texts, by kind: strong / weak."""
    counts, words = Counter[tuple[str, bool]](), 0
    for article, text in rows:
        tokens = words_of(text)
        words += len(tokens)
        counts.update((f.type, f.strong) for f in find_grammar(tokens, background, of[fold_of(article, FOLDS)], bits))
    kinds = sorted({kind for kind, _ in counts})
    parts = [f"{k} {1000 * counts[k, True] / words:.4f}/{1000 * counts[k, False] / words:.3f}" for k in kinds]
    both = [1000 * sum(n for (_, s), n in counts.items() if s == strong) / words for strong in (True, False)]
    return f"{words:8} words  {both[0]:.4f} / {both[1]:.3f}   " + "  ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--background", type=Path, required=True)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir()), help="folder for the trees of the folds")
    args = parser.parse_args()
    background = load_background(args.background)
    documents = read_documents(args.eval / "machine" / "docs.jsonl.gz")
    clean = [d for d in documents if d.set == "allsides"]
    samples = list(collect(clean, background))
    rankers = folded(samples, args.scratch)
    limits = {name: getattr(rankers[0], name) for name in FALSE_ALARMS}
    raw = {**fit(samples), **limits, "articles": len(clean)}
    ranker_of(raw, DATA / "grammar_ranker.json")
    print(f"{len(raw['trees'])} trees, {limits}")
    of, bits = [Forms.of(background, ranker) for ranker in rankers], frequent_pairs(background.tables)
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for s in samples:
        groups["clean allsides" if not s.errors else "hurt allsides"].append((s.article, s.text))
    for n, d in enumerate(documents):
        if d.set != "allsides":
            groups[f"{d.set} {d.family}"].append((n, d.text))
    print(
        f"errors made: {sum(s.errors for s in samples)}, healed by a candidate: {sum(s.healing.sum() for s in samples)}"
    )
    for name, rows in groups.items():
        print(f"{name:28}", rates(rows, of, background, bits), flush=True)


if __name__ == "__main__":
    main()
