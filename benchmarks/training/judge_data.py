"""Labelled pairs for training and testing the judge: the rewrite pack, hard pairs of news read by eye, simulations.

Sets: the five rewrite families and `basil` of the pack; `hard` (read by eye, `hard_negatives.tsv`); `unread` (other
pairs of one subject, two days and two sites, taken as independent); `repost` and `partial`, simulated from the
background; `cut` and `part`, simulated from the rewrites (a shortened rewrite; a rewrite of some sentences in
another text); `cross`: texts of one rewrite set on one subject but of two groups.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
from scipy import sparse

from dedup.text import tokenise

Row = dict[str, Any]
HARD = Path(__file__).parent / "hard_negatives.tsv"
FOLDS = 5
DAYS = 2  # between two reports of one event
LEAST_COSINE, UNREAD_COSINE = 0.12, 0.35  # of stems, tf-idf: subject in common; above the second one pairs were read
COMMONEST = 0.1  # share of the texts with a stem beyond which it says nothing about the event
METHOD_EACH, NEIGHBOUR_TEXTS, SENTENCES = 150, 3000, 30  # copies of each maker, texts to learn from, and their length
UNREAD, REPOSTS, PARTIALS, CUTS, PARTS, CROSS, SAME_GROUPS = 4000, 400, 400, 500, 300, 400, 3  # pairs of each kind


@dataclass(frozen=True)
class Example:
    """Two texts and whether one is a copy of the other; None: undecided, for scoring only."""

    left: str
    right: str
    copy: bool | None
    set: str
    kind: str
    fold: int
    ids: tuple[str, str] = ("", "")
    generator: str = ""  # who wrote the right text


def read_jsonl(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def fold_of(key: str) -> int:
    return zlib.crc32(key.encode()) % FOLDS


def pack_examples(packs: Path) -> list[Example]:
    """All labelled pairs of the rewrite pack; pairs on one text or event share a fold."""
    articles = {row["id"]: row for row in read_jsonl(packs / "rewrites/articles.jsonl.gz")}
    found = []
    for pair in read_jsonl(packs / "rewrites/pairs.jsonl.gz"):
        left, right = articles[pair["left"]], articles[pair["right"]]
        set_ = "basil" if pair["label"] == "same_event" else pair["set"]
        fold = fold_of(left.get("group") or pair["left"])
        copy = pair["label"] == "rewrite"
        found.append(
            Example(
                left["text"],
                right["text"],
                copy,
                set_,
                pair["kind"],
                fold,
                (pair["left"], pair["right"]),
                right["generator"],
            )
        )
    return found


def day_of(row: Row) -> int | None:
    """Day number of an article; some dates are missing or odd."""
    try:
        return datetime.date.fromisoformat((row["date"] or "")[:10]).toordinal()
    except ValueError:
        return None


def site_of(row: Row) -> str:
    """The site of an article, without "www."; its source where there is no address."""
    return urlparse(row["url"] or "").netloc.removeprefix("www.") or str(row["source"])


def stem_vectors(texts: list[str]) -> Any:
    """TF-IDF vectors of the texts' stems, of length 1; sparse, (n, stems). Stems of most texts are left out."""
    stems = [np.unique(tokenise(text).stems, return_counts=True) for text in texts]
    names, where, documents = np.unique(np.concatenate([s for s, _ in stems]), return_inverse=True, return_counts=True)
    weight = np.log(len(texts) / documents) * ((documents >= 2) & (documents <= COMMONEST * len(texts)))
    values = (1 + np.log(np.concatenate([c for _, c in stems]))) * weight[where]
    bounds = np.concatenate([[0], np.cumsum([len(s) for s, _ in stems])])
    matrix = sparse.csr_matrix((values, where, bounds), shape=(len(texts), len(names)))
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()) + 1e-9
    return (sparse.diags(1 / length) @ matrix).tocsr()


def cross_examples(packs: Path) -> list[Example]:
    """Pairs of the rewrite pack on one subject but of two groups: two events, or two reports of one; no copies."""
    rows = [r for r in read_jsonl(packs / "rewrites/articles.jsonl.gz") if r["set"] not in ("basil", "seeds")]
    matrix = stem_vectors([row["text"] for row in rows])
    near = sparse.triu(matrix @ matrix.T, k=1).tocoo()
    order = np.argsort(-near.data, kind="stable")
    found: dict[str, list[Example]] = defaultdict(list)
    taken: dict[tuple[str, str], int] = defaultdict(int)  # versions of one text give the same pair again and again
    for i, j, value in zip(near.row[order], near.col[order], near.data[order], strict=True):
        a, b = rows[i], rows[j]
        if value < LEAST_COSINE or a["set"] != b["set"] or a["group"] == b["group"] or len(found[a["set"]]) >= CROSS:
            continue
        ids, groups = (a["id"], b["id"]), (a["group"], b["group"])
        taken[groups] += 1
        if taken[groups] > SAME_GROUPS:
            continue
        found[a["set"]].append(Example(a["text"], b["text"], False, a["set"], "cross", fold_of(a["group"]), ids))
    return [example for examples in found.values() for example in examples]


def same_subject(rows: list[Row]) -> list[tuple[int, int, float]]:
    """Pairs of background articles of different sites on one subject within `DAYS`, with their cosine, sorted."""
    matrix = stem_vectors([row["text"] for row in rows])
    sites = [site_of(row) for row in rows]
    days: dict[int, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        day = day_of(row)
        if day is not None:
            days[day].append(i)
    found = []
    for day in sorted(days):
        later = [i for ahead in range(DAYS + 1) for i in days.get(day + ahead, [])]
        near = (matrix[days[day]] @ matrix[later].T).tocoo()
        for x, y, value in zip(near.row, near.col, near.data, strict=True):
            i, j = days[day][x], later[y]
            fresh = y >= len(days[day]) or i < j
            if value >= LEAST_COSINE and fresh and sites[i] != sites[j]:
                found.append((i, j, float(value)))
    return found


def hard_examples(rows: list[Row]) -> list[Example]:
    """The pairs read by eye; `edited` ones stay undecided."""
    texts = {row["id"]: row for row in rows}
    with open(HARD, encoding="utf-8") as lines:
        labelled = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    found = []
    for pair in labelled:
        left, right, label = texts[pair["left"]], texts[pair["right"]], pair["label"]
        copy = {"copy": True, "edited": None}.get(label, False)
        ids = (pair["left"], pair["right"])
        found.append(Example(left["text"], right["text"], copy, "hard", label, fold_of(left["date"] or ""), ids))
    return found


def background_examples(packs: Path, seed: int = 1) -> list[Example]:
    """Hard pairs, unread pairs and simulations from the background pack."""
    rows = read_jsonl(packs / "background.jsonl.gz")
    rng = random.Random(seed)
    hard = hard_examples(rows)
    read = {frozenset(example.ids) for example in hard}
    mined = [p for p in same_subject(rows) if frozenset((rows[p[0]]["id"], rows[p[1]]["id"])) not in read]
    low = [p for p in mined if p[2] < UNREAD_COSINE]
    found = list(hard)
    for i, j, _ in rng.sample(low, min(len(low), UNREAD)):
        a, b = rows[i], rows[j]
        found.append(Example(a["text"], b["text"], False, "unread", "unread", fold_of(a["date"]), (a["id"], b["id"])))
    for _ in range(REPOSTS):
        a, b = rng.sample(rows, 2)
        found.append(
            Example(
                a["text"], repost(rng, a["text"], b["text"]), True, "repost", "repost", fold_of(a["date"] or a["id"])
            )
        )
    for i, j, _ in rng.sample(low, PARTIALS):
        a, b = rows[i], rows[j]
        mixed = insert(rng, a["text"], b["text"])
        if mixed:
            found.append(Example(mixed, b["text"], False, "partial", "partial", fold_of(a["date"])))
    return found


def rewrite_simulations(pack: list[Example], seed: int = 2) -> list[Example]:
    """Shortened rewrites (copies), and rewrites of a few sentences inside an unrelated text (no copies)."""
    rng = random.Random(seed)
    pairs = [e for e in pack if e.copy and e.kind != "sibling" and e.set != "seeds"]
    found = []
    for e in rng.sample(pairs, CUTS):
        parts = sentences(e.right)
        keep = min(len(parts), max(2, round(len(parts) * rng.uniform(0.6, 0.95))))
        first = rng.randrange(len(parts) - keep + 1)
        short = "".join(parts[first : first + keep])
        if len(short.split()) >= 60:
            found.append(Example(e.left, short, True, e.set, "cut", e.fold))
    for e in rng.sample(pairs, PARTS):
        other = rng.choice([o for o in pairs if o.set == e.set and o.fold == e.fold and o.left != e.left])
        mixed = insert(rng, other.left, e.right)
        if mixed:
            found.append(Example(e.left, mixed, False, e.set, "part", e.fold))
    return found


def method_examples(packs: Path, wordnet: Path | None, seed: int = 3) -> list[Example]:
    """Copies of background news by simulated editors and spinners: kinds `edited`, `spun` and `garbled`."""
    from benchmarks.training.simulate import corrupt, learnt_spinner, neighbour_spinner, wordnet_spinner

    rng, rows = random.Random(seed), read_jsonl(packs / "background.jsonl.gz")
    makers = {"learnt": learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")}
    makers["neighbours"] = neighbour_spinner([row["text"] for row in rng.sample(rows, NEIGHBOUR_TEXTS)])
    if wordnet and wordnet.is_dir():
        makers["wordnet"] = wordnet_spinner(wordnet)
    found = []
    for generator, spin in makers.items():
        for row in rng.sample(rows, METHOD_EACH):
            text = "".join(sentences(row["text"])[:SENTENCES])
            new = spin(text, rng, rng.uniform(0.08, 0.35))
            if rng.random() < 0.3:
                new = shorten(rng, new)
            found.append(Example(text, new, True, "background", "spun", fold_of(row["id"]), generator=generator))
    for row in rng.sample(rows, METHOD_EACH):
        text = "".join(sentences(row["text"])[:SENTENCES])
        new = corrupt(text, rng, rng.uniform(0.2, 0.6))
        found.append(Example(text, new, True, "background", "garbled", fold_of(row["id"]), generator="garbler"))
    for generator, changes in (("cutter", 0.0), ("reviser", 0.03), ("editor", 0.08)):
        for row, other in zip(rng.sample(rows, METHOD_EACH), rng.sample(rows, METHOD_EACH), strict=True):
            text = "".join(sentences(row["text"])[:SENTENCES])
            new = revise(rng, shorten(rng, text), changes)
            if rng.random() < 0.5:
                new = sentences(other["text"])[0] + "\n" + new
            found.append(Example(text, new, True, "background", "edited", fold_of(row["id"]), generator=generator))
    return found


def shorten(rng: random.Random, text: str) -> str:
    """Without some of its sentences, most often the last ones."""
    parts = sentences(text)
    share = rng.uniform(0.0, 0.35)
    if rng.random() < 0.5:
        return "".join(parts[: max(2, round(len(parts) * (1 - share)))])
    return "".join(part for part in parts if rng.random() > share) or text


def revise(rng: random.Random, text: str, rate: float) -> str:
    """An editor's small changes: words dropped, doubled by another of the text, clauses cut at a comma."""
    out = []
    for part in sentences(text):
        words, pieces = part.split(" "), part.split(", ")
        if len(pieces) > 2 and rng.random() < 2 * rate:
            out.append(", ".join(pieces[:-2] + pieces[-1:]))
            continue
        pool = text.split()
        kept = [rng.choice(pool) if rng.random() < rate / 4 else w for w in words if rng.random() > rate]
        out.append(" ".join(kept) if kept else part)
    return "".join(out)


def sentences(text: str) -> list[str]:
    """The text in pieces, one a sentence, white space included."""
    tokens = tokenise(text)
    if not len(tokens):
        return [text]
    starts = tokens.characters(tokens.starts[tokens.sentences[:-1]]).tolist()
    return [text[a:b] for a, b in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]


def repost(rng: random.Random, text: str, other: str) -> str:
    """A copy with a part cut away, some words changed and strange sentences around it."""
    parts = sentences(text)
    keep = max(1, round(len(parts) * rng.uniform(0.6, 1.0)))
    first = rng.choice([0, rng.randrange(len(parts) - keep + 1)])
    words = " ".join(parts[first : first + keep]).split(" ")
    pool, rate = other.split() or ["news"], rng.choice([0.0, 0.0, 0.02, 0.05, 0.1, 0.2])
    changed = [rng.choice(pool) if rng.random() < rate else word for word in words]
    boilerplate, size = sentences(other), 0
    tail: list[str] = []
    while boilerplate and size < 0.15 * len(words) * rng.random():
        tail.append(boilerplate.pop())
        size += len(tail[-1].split())
    return "\n".join([*tail[:1], " ".join(changed), *tail[1:]])


def insert(rng: random.Random, text: str, source: str) -> str | None:
    """A text with some sentences of another inside it: at most 45 % of either; None where that cannot be."""
    own, foreign = sentences(text), sentences(source)
    words, most = len(text.split()), len(source.split())
    share = rng.uniform(0.1, 0.42)
    budget = min(share * most, share / (1 - share) * words)
    taken: list[str] = []
    at = rng.randrange(len(foreign))
    while at < len(foreign) and sum(len(s.split()) for s in [*taken, foreign[at]]) <= budget:
        taken.append(foreign[at])
        at += 1
    if len(taken) < 2:
        return None
    pieces = list(own)
    for block in blocks(rng, taken):
        pieces.insert(rng.randrange(len(pieces) + 1), "".join(block) + "\n")
    return "".join(pieces)


def blocks(rng: random.Random, parts: list[str]) -> Iterator[list[str]]:
    """The parts in one to three runs."""
    cuts = sorted(rng.sample(range(len(parts) + 1), min(len(parts), rng.randrange(3))))
    for a, b in zip([0, *cuts], [*cuts, len(parts)], strict=True):
        if b > a:
            yield parts[a:b]
