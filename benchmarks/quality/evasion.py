"""How many copies are still found when one side is written in another way: attacks by matches.

    python -m benchmarks.quality.evasion [--packs ../shared/eval] [--only "lower case" "upper case"]

Scans 60 pairs of `rewrites`, drawn by a hash of their ids, among 450 articles of the background drawn likewise; the
rewrite's text is attacked. A pair is found if it is called exact, near or rewrite. "Others" are copies among the other
articles, which an attack must not raise.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks.quality.attacks import ATTACKS
from benchmarks.training.judge_data import Row, read_jsonl
from dedup.config import Config
from dedup.pipeline.intake import store_articles
from dedup.pipeline.scan import candidates
from dedup.pipeline.signatures import Sketcher
from dedup.pipeline.verifier import Verifier
from dedup.records import COPIES, Article, Kind
from dedup.text import tokenise

PAIRS, DISTRACTORS = 60, 450


def drawn(rows: Iterable[Row], name: str, count: int) -> list[Row]:
    """Return the rows whose ids have the smallest hashes."""
    return sorted(rows, key=lambda row: hashlib.sha256(row[name].encode()).digest())[:count]


def draw_pairs(packs: Path) -> list[tuple[Article, Article]]:
    """Return originals with their rewrites, no article twice."""
    texts = {r["id"]: r["text"] for r in read_jsonl(packs / "rewrites/articles.jsonl.gz")}
    rows = [r for r in read_jsonl(packs / "rewrites/pairs.jsonl.gz") if r["kind"] not in ("same_event", "sibling")]
    found: list[tuple[Article, Article]] = []
    used: set[str] = set()
    for row in drawn(rows, "right", len(rows)):
        if not used & {row["left"], row["right"]} and len(found) < PAIRS:
            used |= {row["left"], row["right"]}
            found.append((Article(row["left"], texts[row["left"]]), Article(row["right"], texts[row["right"]])))
    return found


def sentence_bounds(article: Article, attacked: str) -> tuple[int, int]:
    """Return how many sentence bounds of an article stay under an attack that keeps its words, and how many it has."""
    before, after = tokenise(article.text), tokenise(attacked)
    if len(before) != len(after):
        return 0, len(before.sentences)
    mine, other = set(before.sentences.tolist()), set(after.sentences.tolist())
    return len(mine & other), len(mine | other)


def copies(articles: list[Article]) -> dict[frozenset[str], Kind]:
    """Return the copies that a full scan finds, by the ids of each pair; nothing is scored, which decides no kind."""
    config = Config(workers=1)
    store = store_articles(articles).store
    sketches = Sketcher(config).finish(store)
    pairs = candidates(store, sketches, config).pairs.tolist()
    verifier = Verifier(sketches.learnt.frequencies, config, sketches.learnt.repeated)
    prepared = {i: verifier.prepare(store.article(i)) for i in {i for pair in pairs for i in pair}}
    matches = (verifier.match(prepared[a], prepared[b]) for a, b in pairs)
    return {frozenset((m.left, m.right)): m.kind for m in matches if m and m.kind in COPIES}


def draw_others(packs: Path) -> list[Article]:
    """Return the articles among which the pairs are looked for."""
    rows = drawn(read_jsonl(packs / "background.jsonl.gz"), "id", DISTRACTORS)
    return [Article(row["id"], row["text"]) for row in rows]


class Found(NamedTuple):
    """What is found of the pairs under one attack."""

    copies: int
    near: int  # of them exact or near
    others: int  # copies among all other pairs
    bounds: float  # share of the sentence bounds that stay, of pairs whose words stay


def measure(name: str, pairs: list[tuple[Article, Article]], others: list[Article]) -> Found:
    """Return what a scan finds when the right article of each pair is attacked."""
    made = [(a, replace(b, text=ATTACKS[name](b.text, random.Random(b.id)))) for a, b in pairs]
    kinds = copies([*(article for pair in made for article in pair), *others])
    found = [kinds[key] for a, b in pairs if (key := frozenset((a.id, b.id))) in kinds]
    near = sum(kind.value != "rewrite" for kind in found)
    kept = [sentence_bounds(b, c.text) for (_, b), (_, c) in zip(pairs, made, strict=True)]
    same, bounds = map(sum, zip(*kept, strict=True))
    return Found(len(found), near, len(kinds) - len(found), same / bounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--only", nargs="*", default=list(ATTACKS), help="names of attacks")
    options = parser.parse_args()
    pairs, others = draw_pairs(options.packs), draw_others(options.packs)
    print("| attack | found | exact and near | others | sentence bounds kept |\n|---|---|---|---|---|", flush=True)
    for name in options.only:
        found = measure(name, pairs, others)
        print(f"| {name} | {found.copies} | {found.near} | {found.others} | {found.bounds:.3f} |", flush=True)


if __name__ == "__main__":
    main()
