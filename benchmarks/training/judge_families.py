"""Labelled pairs that teach the judge to look at facts and their order, beyond those of `judge_data`.

Copies: `crop` and `window` (80 to 200 words of both sides of a rewrite), `brief` (25 to 60 words), `dipper`, `renamed`,
`turned`. Where the two crops of a rewrite have next to nothing of each other, because one text begins with something
else, they are undecided and their kind ends in `_apart`. No copies: `template`, `formula` (a template of 18 to 60
words), `listing`, `lead` (the first sentences of two reports of one event), `lead_read` and `lead_unread` (the same of
pairs of one subject, read by eye or not), `serial` (two articles of one site, days apart). `cased`: some of all these,
and of whole rewrites, with one side in one case.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.training.judge_data import (
    Example,
    Row,
    day_of,
    fold_of,
    read_jsonl,
    same_subject,
    site_of,
    stem_vectors,
)  # fmt: skip
from benchmarks.training.judge_simulations import (
    Spin,
    first_sentences,
    in_one_case,
    listings,
    names_of,
    paraphrase,
    rename,
    sentences,
    taken,
    template,
    things_of,
    turned,
    window,
)  # fmt: skip
from benchmarks.training.simulate import learnt_spinner, neighbour_spinner
from dedup.alignment import align_words
from dedup.language.frequencies import Frequencies
from dedup.text import tokenise

REWRITES = ("mt", "human_translation", "llm", "llm_reframe", "sibling")
SIBLINGS = 0.1  # share of them that is cropped
SHORTEST, LONGEST, LEAST = 80, 200, 60  # words of a crop, and of the shorter text after sentences were kept whole
LEAST_BRIEF, MOST_BRIEF, SURE = 25, 60, 0.5  # words of a brief, and least cosine of its first sentences
ALIGNED = 0.3  # least cosine of the sentences with which the windows of a pair begin
TOGETHER = 0.25  # least share of either crop's words in sentences whose partner in the whole text is in the other crop
LEAD_WORDS, LEAST_LEAD = (80, 110, 150, 200), 60
QUOTING = 0.15  # share of a lead's words in common runs of eight from which one outlet quotes the other
SERIAL_QUOTING, SERIAL_DAYS, LEAST_SITE, SITE_BLOCK = 0.25, 4, 20, 2000
SERIAL_COSINE = (0.3, 0.75)
MINED, MOST_ALIKE = 12000, 0.6  # the pairs of one subject most alike, above this cosine: one may quote the other
FORMULAS, LISTINGS = 1200, 600
LISTED = 0.3  # most of a list in common runs of eight words: the rest is filled in otherwise
LEADS, SERIALS, TEMPLATES, RENAMED, TURNED, DIPPER, CASED = 4000, 2500, 2200, 900, 900, 1500, 2400
THINGS = 400  # texts whose things are exchanged for those of a template
DONORS, DONOR_TEXT, RUN = 12, 1500, 8  # texts that give names, characters of each, words of a common run


def common_share(left: str, right: str) -> float:
    """The share of the shorter text's words in runs of eight words that both texts have."""
    a, b = left.lower().split(), right.lower().split()
    there = {tuple(b[i : i + RUN]) for i in range(len(b) - RUN + 1)}
    covered = [False] * len(a)
    for i in range(len(a) - RUN + 1):
        if tuple(a[i : i + RUN]) in there:
            covered[i : i + RUN] = [True] * RUN
    return sum(covered) / max(1, min(len(a), len(b)))


def shortest(*texts: str) -> int:
    return min(len(text.split()) for text in texts)


def inside(parts: list[str], crop: range, partners: dict[int, tuple[float, int]], other: range) -> float:
    """The share of a crop's words in sentences whose best partner in the whole other text is in the other crop."""
    words = [len(parts[i].split()) for i in crop]
    there = [cosine >= ALIGNED and at in other for cosine, at in (partners.get(i, (0.0, -1)) for i in crop)]
    return sum(n for n, found in zip(words, there, strict=True) if found) / max(1, sum(words))


def crops(rng: random.Random, pack: list[Example]) -> Iterator[Example]:
    """The beginnings of both texts of a rewrite, and windows that begin with aligned sentences."""
    frequencies = Frequencies.shipped()
    for e in pack:
        if e.copy is not True or e.kind not in REWRITES or (e.kind == "sibling" and rng.random() > SIBLINGS):
            continue
        left, right = sentences(e.left), sentences(e.right)
        pairs = [("crop", 0, 0)]
        words = align_words(tokenise(e.left), tokenise(e.right), frequencies)
        rows = zip(words.sentence_pairs.tolist(), words.sentence_similarity.tolist(), strict=True)
        best: dict[int, tuple[float, int]] = {}
        back: dict[int, tuple[float, int]] = {}
        for (i, j), cosine in rows:
            best[i] = max(best.get(i, (0.0, 0)), (cosine, j))
            back[j] = max(back.get(j, (0.0, 0)), (cosine, i))
        good = [i for i, (cosine, _) in best.items() if cosine >= ALIGNED and i > 0]
        if good:
            i = rng.choice(good)
            pairs += [("window", i, best[i][1]), ("brief", i, best[i][1])]
        for name, i, j in pairs:
            brief = name == "brief"
            size = rng.randint(*((LEAST_BRIEF, MOST_BRIEF) if brief else (SHORTEST, LONGEST)))
            a, b = first_sentences(left[i:], size), first_sentences(right[j:], size)
            if shortest(a, b) >= (LEAST_BRIEF if brief else LEAST) and not (brief and best[i][0] < SURE):
                ends = i + len(taken(left[i:], size)), j + len(taken(right[j:], size))
                mine = inside(left, range(i, ends[0]), best, range(j, ends[1]))
                theirs = inside(right, range(j, ends[1]), back, range(i, ends[0]))
                together = max(mine, theirs) >= TOGETHER
                kind = f"{name}_{e.kind}" if together else f"{name}_{e.kind}_apart"
                yield replace(e, left=a, right=b, kind=kind, copy=True if together else None)


def leads(rng: random.Random, pack: list[Example], rows: list[Row], read: set[frozenset[str]]) -> Iterator[Example]:
    """The first sentences of two reports of one event, where neither quotes the other."""
    kinds = {"basil": "lead", "hard": "lead_read"}
    for e in (e for e in pack if e.set in kinds and e.copy is False):
        for words in LEAD_WORDS:
            a, b = (first_sentences(sentences(text), words) for text in (e.left, e.right))
            if shortest(a, b) >= LEAST_LEAD and common_share(a, b) <= QUOTING:
                yield replace(e, left=a, right=b, kind=kinds[e.set])
    mined = sorted((p for p in same_subject(rows) if p[2] < MOST_ALIKE), key=lambda p: -p[2])[:MINED]
    for i, j, _ in rng.sample(mined, min(LEADS, len(mined))):
        one, two, words = rows[i], rows[j], rng.choice((60, *LEAD_WORDS))
        if frozenset((one["id"], two["id"])) in read:
            continue
        a, b = (first_sentences(sentences(row["text"]), words) for row in (one, two))
        if shortest(a, b) >= LEAST_LEAD and common_share(a, b) <= QUOTING:
            yield Example(a, b, False, "leads", "lead_unread", fold_of(one["date"] or ""), (one["id"], two["id"]))


def serials(rng: random.Random, rows: list[Row]) -> Iterator[Example]:
    """Two articles of one site on one subject, days apart."""
    matrix, days = stem_vectors([row["text"] for row in rows]), [day_of(row) for row in rows]
    sites: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        if days[i] is not None:
            sites[site_of(row)].append(i)
    found = []
    for members in sites.values():
        for first in range(0, len(members) if len(members) >= LEAST_SITE else 0, SITE_BLOCK):
            block = members[first : first + SITE_BLOCK]
            near = (matrix[block] @ matrix[block].T).tocoo()
            for x, y, cosine in zip(near.row, near.col, near.data, strict=True):
                i, j = block[x], block[y]
                apart = abs((days[i] or 0) - (days[j] or 0)) >= SERIAL_DAYS
                if x < y and apart and SERIAL_COSINE[0] <= cosine < SERIAL_COSINE[1]:
                    found.append((i, j))
    for i, j in rng.sample(found, min(SERIALS, len(found))):
        one, two, words = rows[i], rows[j], rng.choice((100, 180, 10**6, 10**6))
        a, b = (first_sentences(sentences(row["text"]), words) for row in (one, two))
        if common_share(a, b) <= SERIAL_QUOTING:
            yield Example(a, b, False, "serial", "serial", fold_of(one["date"] or ""), (one["id"], two["id"]))


Maker = Callable[[str, list[str]], "str | None"]


def made(
    rng: random.Random, rows: list[Row], name: str, copy: bool, count: int, sizes: tuple[int, int], make: Maker
) -> Iterator[Example]:
    """As many pairs of a piece of news and what `make` makes of it and some names of other texts."""
    while count:
        row = rng.choice(rows)
        text = window(rng, row["text"], *sizes)
        donors = [name for other in rng.sample(rows, DONORS) for name in names_of(other["text"][:DONOR_TEXT])]
        new = make(text, donors) if len(text.split()) >= sizes[0] - 5 else None
        if new:
            count -= 1
            yield Example(text, new, copy, name, name, fold_of(row["id"]))


def simulated(rng: random.Random, rows: list[Row], packs: Path) -> Iterator[Example]:
    """Templates, renamed, turned and paraphrased copies."""
    spins = [learnt_spinner(packs / "tortured.jsonl.gz", packs / "swaps.tsv")]
    spins.append(neighbour_spinner([row["text"] for row in rng.sample(rows, 3000)]))

    def spin(text: str, rng: random.Random, share: float) -> str:
        return rng.choice(spins)(text, rng, share) if share else text

    def rename_all(text: str, donors: list[str]) -> str | None:
        new, names = rename(rng, text, donors)
        return spin(new, rng, rng.choice((0.0, 0.0, 0.1))) if names >= 2 else None

    def turn_some(text: str, donors: list[str]) -> str | None:
        new = turned(rng, text, donors)
        return spin(new, rng, rng.choice((0.0, 0.0, 0.15))) if new else None

    maker: Spin = spin
    things = [thing for row in rng.sample(rows, THINGS) for thing in things_of(row["text"])]

    def short_template(text: str, donors: list[str]) -> str | None:
        return template(rng, text, donors, maker, things, True)

    yield from made(rng, rows, "formula", False, FORMULAS, (18, 60), short_template)
    count = LISTINGS
    while count:
        row = rng.choice(rows)
        pair = listings(
            rng, row["text"], [n for other in rng.sample(rows, DONORS) for n in names_of(other["text"][:DONOR_TEXT])]
        )
        if pair and common_share(*pair) <= LISTED:
            count -= 1
            yield Example(*pair, False, "listing", "listing", fold_of(row["id"]))
    yield from made(rng, rows, "template", False, TEMPLATES, (60, 320), lambda t, d: template(rng, t, d, maker, things))
    yield from made(rng, rows, "renamed", True, RENAMED, (115, 400), rename_all)
    yield from made(rng, rows, "turned", True, TURNED, (100, 400), turn_some)
    yield from made(rng, rows, "dipper", True, DIPPER, (70, 350), lambda t, _: paraphrase(rng, t, maker))


def family_examples(packs: Path, pack: list[Example], seed: int = 11) -> list[Example]:
    """All families. `pack`: the examples of `judge_data`, of which the pairs read by eye are no leads."""
    rng, rows = random.Random(seed), read_jsonl(packs / "background.jsonl.gz")
    read = {frozenset(e.ids) for e in pack if e.set == "hard"}
    found = [*crops(rng, pack), *leads(rng, pack, rows, read), *serials(rng, rows), *simulated(rng, rows, packs)]
    whole = [e for e in pack if e.kind in (*REWRITES, "same_event") and e.set != "seeds"]
    for e in rng.sample([e for e in (*found, *whole) if e.copy is not None], CASED):
        right, left = in_one_case(rng, e.right), in_one_case(rng, e.left) if rng.random() < 0.3 else e.left
        found.append(replace(e, left=left, right=right, kind=f"cased_{e.kind}"))
    return found
