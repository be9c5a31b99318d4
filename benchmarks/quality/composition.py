"""Whether an article made of others is taken apart: sources found, and their shares.

    python -m benchmarks.quality.composition [--packs ../shared/eval] [--background 30000] [--articles 60]
    python -m benchmarks.quality.composition --containers [--seed 5]

Articles are made of 2 to 5 pieces of 20 to 200 words of other articles, copied, spun or reworded, with own text between
them, and traced in a pile that holds the other articles and the background. The last table has pieces of real rewrites
(`eval/rewrites`) whose originals are in the pile. Own text is of British and
African news (`eval/human`), which is not in the pile.

`--containers`: whether pages with several stories are told from copies that were made longer. The constants were chosen
on pairs of the default seed; those of another are held out.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.training.judge_data import pack_examples, read_jsonl, repost
from benchmarks.training.judge_simulations import paraphrase, window
from benchmarks.training.simulate import learnt_spinner
from dedup import Article, compare
from dedup.config import Config
from dedup.pipeline.intake import store_articles
from dedup.pipeline.trace import Some, parts_of, traced
from dedup.records import COPIES, Kind

LEAST, MOST = 20, 200  # words of a piece
OWN = 60, 160  # words of the text between two
NEAR = 0.1  # of a share that is right
REWRITES = ("llm", "llm_reframe", "mt", "human_translation")
BANDS = (20, 40, 80)  # words of a source
Made = tuple[str, str]  # id of the source, the piece as it stands in the article


class Tally:
    """Sources of pieces of one kind: how many there are, were found, with the right share."""

    def __init__(self) -> None:
        self.pieces, self.found, self.right = 0, 0, 0

    def add(self, truth: float, share: float) -> None:
        """Count a source of which an article really has a share, and by what was found."""
        self.pieces += 1
        self.found += share > 0.0
        self.right += share > 0.0 and abs(share - truth) <= NEAR

    def __str__(self) -> str:
        return f"{self.pieces} | {self.found / max(1, self.pieces):.3f} | {self.right / max(1, self.pieces):.3f}"


class Sources(NamedTuple):
    """What articles are made of."""

    pieces: Callable[[Random], tuple[str, str]]  # the id of a source and a piece made of it
    own: Sequence[str]  # texts that are in no pile


def made_article(rng: Random, sources: Sources) -> tuple[str, list[Made]]:
    """Return an article made of several others, and its pieces."""
    text, pieces = [], list[Made]()
    for _ in range(rng.randint(2, 5)):
        source, piece = sources.pieces(rng)
        pieces.append((source, piece))
        text += [piece, window(rng, rng.choice(sources.own), *OWN)]
    return "\n\n".join([window(rng, rng.choice(sources.own), *OWN), *text]), pieces


def solid(text: str) -> int:
    return sum(not c.isspace() for c in text)


def measure(rng: Random, name: str, sources: Sources, parts: list[Some], count: int) -> None:
    """Print how the articles of one kind of pieces are taken apart."""
    bands: defaultdict[int, Tally] = defaultdict(Tally)
    whole, wrong, errors, begin = Tally(), 0, list[float](), time.perf_counter()
    for number in range(count):
        text, pieces = made_article(rng, sources)
        found = traced(Article(f"made{number}", text), parts, Config())
        truth, words, shares = defaultdict[str, float](float), defaultdict[str, int](int), dict(found.sources)
        for source, piece in pieces:
            truth[source] += solid(piece) / solid(text)
            words[source] += len(piece.split())
        for source, share in truth.items():
            band = max(low for low in BANDS if words[source] >= low or low == BANDS[0])
            for tally in (bands[band], whole):
                tally.add(share, shares.get(source, 0.0))
        wrong += len(set(shares) - set(truth))
        errors.append(abs(found.own - (1.0 - sum(truth.values()))))
    seconds = (time.perf_counter() - begin) / count
    own = sum(error <= NEAR for error in errors) / count
    for band, tally in sorted(bands.items()):
        print(f"| {name}, {band} words and more | {tally} | | | |")
    print(f"| {name}, all | {whole} | {wrong / count:.2f} | {own:.2f} | {seconds:.1f} |", flush=True)


def compositions(packs: Path, background: int, count: int) -> None:
    rng, rows = Random(5), read_jsonl(packs / "background.jsonl.gz")
    rng.shuffle(rows)
    pile = [Article(row["id"], row["text"]) for row in rows[:background]]
    own = [row["text"] for row in read_jsonl(packs / "human" / "docs.jsonl.gz") if len(row["text"].split()) > OWN[1]]
    rewrites = [e for e in pack_examples(packs) if e.copy and e.kind in REWRITES]
    pile += [Article(id_, text) for id_, text in {e.ids[0]: e.left for e in rewrites}.items()]
    parts, spin = list(parts_of(store_articles(pile))), learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")
    long = [article for article in pile[:background] if len(article.text.split()) > MOST]

    def of(change: Callable[[Random, str], str]) -> Callable[[Random], tuple[str, str]]:
        def piece(rng: Random) -> tuple[str, str]:
            article = rng.choice(long)
            return article.id, change(rng, window(rng, article.text, LEAST, MOST))

        return piece

    def rewritten(rng: Random) -> tuple[str, str]:
        example = rng.choice(rewrites)
        return example.ids[0], window(rng, example.right, LEAST, MOST)

    print("| pieces | sources | found | share right | wrong ones an article | own share right | s an article |")
    print("|---|---|---|---|---|---|---|")
    kinds = {
        "copied": of(lambda _, text: text),
        "spun": of(lambda rng, text: spin(text, rng, rng.uniform(0.1, 0.35))),
        "reworded": of(lambda rng, text: paraphrase(rng, text, spin)),
        "of rewrites": rewritten,
    }
    for name, pieces in kinds.items():
        measure(rng, name, Sources(pieces, own), parts, count)


def containers(packs: Path, count: int, seed: int) -> None:
    """Print how often each kind of pair is called a page with several stories, a copy, or neither."""
    rng = Random(seed)
    rows = [r["text"] for r in read_jsonl(packs / "background.jsonl.gz") if 120 < len(r["text"].split()) < 900]
    rewrites = [e for e in pack_examples(packs) if e.copy and e.kind in ("llm", "llm_reframe", "mt")]
    spin = learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")

    def page(parts: Iterable[str]) -> str:
        some = list(parts)
        rng.shuffle(some)
        return "\n\n".join(some)

    def pairs(name: str) -> tuple[str, str]:
        part, other, third = rng.sample(rows, 3)
        example = rng.choice(rewrites)
        makers: dict[str, Callable[[], tuple[str, str]]] = {
            "page of two": lambda: (page((part, other)), part),
            "page of three": lambda: (page((part, other, third)), part),
            "page of two, spun": lambda: (page((spin(part, rng, 0.2), other)), part),
            "page of two, rewritten": lambda: (page((example.right, other)), example.left),
            "rewrite": lambda: (example.left, example.right),
            "rewrite of a part": lambda: (example.left, window(rng, example.right, 80, 300)),
            "part": lambda: (part, window(rng, part, 80, 300)),
            "repost with foreign sentences": lambda: (part, repost(rng, part, other)),
        }
        return makers[name]()

    names = ("page of two", "page of three", "page of two, spun", "page of two, rewritten", "rewrite",
             "rewrite of a part", "part", "repost with foreign sentences")  # fmt: skip
    print("| pair | pairs | called contains | a copy |\n|---|---|---|---|")
    for name in names:
        kinds = [
            compare(Article("a", left), Article("b", right)).kind for left, right in (pairs(name) for _ in range(count))
        ]
        contains, copies = kinds.count(Kind.CONTAINS) / count, sum(kind in COPIES for kind in kinds) / count
        print(f"| {name} | {count} | {contains:.3f} | {copies:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--background", type=int, default=30000, help="articles of the pile")
    parser.add_argument("--articles", type=int, default=60, help="made articles (or pairs) of each kind")
    parser.add_argument("--seed", type=int, default=5, help="of the pairs of --containers; others are held out")
    parser.add_argument("--containers", action="store_true", help="pages with several stories instead")
    options = parser.parse_args()
    if options.containers:
        containers(options.packs, options.articles, options.seed)
    else:
        compositions(options.packs, options.background, options.articles)


if __name__ == "__main__":
    main()
