"""Many short rewritten passages between foreign text (the kind of PAN25), scored with PAN's measure.

    python -m benchmarks.quality.alignment_passages [--packs ../shared/eval] [--documents 60]

A source is made of 3 to 10 short articles, or of some lines of translations, each between text of other articles; the
other document of rewrites of these by language models, or machine translations of these lines (`eval/rewrites`), in
another order, between text of other articles again. All is on the subject of the first piece: the other pieces are of
its nearest neighbours, the foreign text of the pieces' nearest neighbours among background articles. Where a piece ends
nothing tells: all sentences stand in one line.

"Paragraphs": the source is one long article as it is, the other document of a third of its paragraphs, reworded by a
simulator (synonyms, moved clauses, merged sentences), in another order, between text of its nearest neighbours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.alignment import Spans, in_characters, scorer
from benchmarks.training.judge_data import Example, pack_examples, read_jsonl
from benchmarks.training.judge_simulations import Spin, paraphrase, sentences, window
from benchmarks.training.simulate import learnt_spinner
from dedup.alignment import AlignConfig, align_words
from dedup.language.frequencies import Frequencies
from dedup.text import tokenise

KINDS = ("mt", "llm", "llm_reframe")
PARAGRAPHS = "paragraphs"
LONG = 800, 3000  # words of an article whose paragraphs are reworded
CHOSEN = 0.3  # of its paragraphs
LONGEST = 250  # words of either side of a piece
LINES = 40, 100  # words of the lines of a translation that are a piece
PIECES = 3, 10
OTHERS, OTHER = (2, 6), (60, 200)  # pieces of foreign text before each, and their words
POOL, NEIGHBOURS = 8000, 16  # articles that foreign text is taken from; the nearest ones to a piece


class Documents(NamedTuple):
    """Two made documents, and where they share what."""

    left: str
    right: str
    spans: Spans


class Foreign:
    """Articles by subject."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.texts = texts
        self._vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
        self._rows = self._vectors.fit_transform(texts)

    def nearest(self, text: str) -> NDArray[np.int64]:
        """Return the numbers of the articles nearest to a text, the nearest first."""
        cosine = (self._rows @ self._vectors.transform([text]).T).toarray().ravel()
        return np.argsort(-cosine, kind="stable")


def joined(parts: Sequence[tuple[int | None, str]]) -> tuple[str, dict[int, tuple[int, int]]]:
    """Return parts one after the other, and where the numbered ones stand: first character and length."""
    text, places = "", dict[int, tuple[int, int]]()
    for number, lines in parts:
        part = " ".join(lines.split())
        if number is not None:
            places[number] = len(text), len(part)
        text += part + " "
    return text, places


def made(rng: Random, pieces: Sequence[tuple[str, str]], foreign: Foreign) -> Documents:
    """Return two documents made of some pairs of short texts."""
    order, near = list(range(len(pieces))), [foreign.nearest(left)[:NEIGHBOURS].tolist() for left, _ in pieces]
    sides = list[tuple[str, dict[int, tuple[int, int]]]]()
    for side in range(2):
        parts = list[tuple[int | None, str]]()
        for number in order:
            own = [
                k for k in near[number] if k % 2 == side
            ]  # foreign text of the two documents is of different articles
            for _ in range(rng.randint(*OTHERS) if own else 0):
                parts.append((None, window(rng, foreign.texts[rng.choice(own)], *OTHER)))
            parts.append((number, pieces[number][side]))
        sides.append(joined(parts))
        rng.shuffle(order)
    (left, here), (right, there) = sides
    return Documents(left, right, [[*here[k], *there[k]] for k in sorted(order)])


def piece_of(rng: Random, example: Example) -> tuple[str, str] | None:
    """Return a short text and its rewrite: whole articles, or lines of translations, which correspond; or None."""
    left, right = example.left, example.right
    if example.kind == "mt":
        lines = list(zip(left.splitlines(), right.splitlines(), strict=False))
        wanted, first = rng.randint(*LINES), rng.randrange(len(lines))
        for last in range(first + 1, len(lines) + 1):
            left, right = (" ".join(side) for side in zip(*lines[first:last], strict=True))
            if len(left.split()) >= wanted:
                break
        if len(left.split()) < LINES[0] or example.left.count("\n") != example.right.count("\n"):
            return None
    return (left, right) if max(len(left.split()), len(right.split())) <= LONGEST else None


def reworded(rng: Random, article: str, foreign: Foreign, spin: Spin) -> Documents:
    """Return an article, and other text with some of its paragraphs reworded."""
    paragraphs, wanted = [""], rng.randint(*LINES)
    for sentence in sentences(article):
        if len(paragraphs[-1].split()) >= wanted:
            paragraphs, wanted = [*paragraphs, ""], rng.randint(*LINES)
        paragraphs[-1] += sentence + " "
    order = [k for k in range(len(paragraphs)) if rng.random() < CHOSEN and len(paragraphs[k].split()) >= LINES[0]]
    left, here = joined([(k if k in order else None, text) for k, text in enumerate(paragraphs)])
    near = foreign.nearest(article)[1:NEIGHBOURS].tolist()  # the first is the article itself
    rng.shuffle(order)
    parts = list[tuple[int | None, str]]()
    for k in order:
        parts += [(None, window(rng, foreign.texts[rng.choice(near)], *OTHER)) for _ in range(rng.randint(*OTHERS))]
        parts.append((k, paraphrase(rng, paragraphs[k], spin)))
    right, there = joined(parts)
    return Documents(left, right, [[*here[k], *there[k]] for k in sorted(order)])


def documents(packs: Path, kind: str, count: int, seed: int) -> list[Documents]:
    """Return made documents of rewrites of one kind."""
    rng = Random(seed)
    rows = read_jsonl(packs / "background.jsonl.gz")
    foreign = Foreign([row["text"] for row in rng.sample(rows, POOL)])
    if kind == PARAGRAPHS:
        spin = learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")
        long = [text for text in foreign.texts if LONG[0] <= len(text.split()) <= LONG[1]]
        return [reworded(rng, rng.choice(long), foreign, spin) for _ in range(count)]
    some = [e for e in pack_examples(packs) if e.kind == kind and e.copy]
    subjects, out = Foreign([e.left for e in some]), list[Documents]()
    for _ in range(count):
        near = [some[k] for k in subjects.nearest(rng.choice(some).left)]
        chosen, wanted = dict[str, tuple[str, str]](), rng.randint(*PIECES)
        for example in near:  # no article twice
            piece = piece_of(rng, example) if example.ids[0] not in chosen else None
            if piece and len(chosen) < wanted:
                chosen[example.ids[0]] = piece
        out.append(made(rng, list(chosen.values()), foreign))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--documents", type=int, default=60, help="made pairs of each kind")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    frequencies, gold, found = Frequencies.shipped(), [], []
    for kind in (*KINDS, PARAGRAPHS):
        for number, pair in enumerate(documents(options.packs, kind, options.documents, options.seed)):
            left, right = tokenise(pair.left), tokenise(pair.right)
            words = align_words(left, right, frequencies, AlignConfig())
            row = {"suspicious": f"{kind}/{number}", "source": f"{kind}/{number}"}
            gold.append({**row, "obfuscation": kind, "spans": pair.spans})
            found.append({**row, "spans": in_characters(left, right, words.passages.reshape(-1, 2, 2).tolist())})
    scores, _ = scorer(options.packs).table(gold, found)
    print("| rewrites | cases | found | precision | recall | granularity | plagdet |\n|---|---|---|---|---|---|---|")
    for kind, s in scores.items():
        print(f"| {kind} | {s['cases']} | {s['detections']} | {s['precision']:.3f} | {s['recall']:.3f} | "
              f"{s['granularity']:.3f} | {s['plagdet']:.3f} |")  # fmt: skip


if __name__ == "__main__":
    main()
