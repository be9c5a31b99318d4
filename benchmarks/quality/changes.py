"""Whether changed facts are told: one change of each kind in a copy, and what is told where nothing was changed.

    python -m benchmarks.quality.changes [--packs ../shared/eval] [--copies 1000]

Copies of background articles in which one sentence each is negated (or no longer is), has another number, another
name, two names exchanged, a direction turned; copied word for word, and with a tenth of the other words spun. `found`:
evidence of the kind in the changed sentence. `false`: evidence of the kind in sentences without any change, for each
copy. The last table has pairs of two human translations of one text, in which differences of facts are false ones, but
for names, which translators spell in their own ways.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from benchmarks.training.judge_data import pack_examples, read_jsonl
from benchmarks.training.judge_simulations import MONTHS, NAME, WEEKDAYS, names_of, rename, renumber, sentences, turn
from benchmarks.training.simulate import learnt_spinner
from dedup.config import Config
from dedup.evidence.contradictions import FACTS
from dedup.language.frequencies import Frequencies
from dedup.pipeline.verifier import Verifier
from dedup.records import Article, Match

KINDS = ("negation", "number", "name", "exchange", "direction")
TOLD_AS = {"name": {"name", "who"}, "exchange": {"exchange", "who"}}  # what may tell a change of a kind
AUXILIARY = re.compile(r"\b(is|was|are|were|has|had|have|will|would|could|can|should|did|does)\b(?! not)(?!n't)")
NEGATED = re.compile(r"\b(is|was|are|were|has|had|have|will|would|could|should|did|does)(?: not\b|n't\b)")
WORD = re.compile(r"(?<![^\s])[a-z]{2,}(?![^\s])")
PERSON = re.compile(r"[A-Z][a-z]{3,}(?: [A-Z][a-z]{3,})?")
CONTRACTED = re.compile(r"\b[Ww]on['’]t\b")  # which has no direction
SENTENCES = 25  # of an article
SPUN = 0.1  # of the words
LEAST = 8  # words of a sentence that is changed
Change = Callable[[Random, str, Sequence[str]], str | None]


def negate(rng: Random, text: str, _: Sequence[str]) -> str | None:
    """Add a negation behind an auxiliary, contracted in a third of the cases, or take one away."""
    if found := NEGATED.search(text):
        return text[: found.end(1)] + text[found.end() :]
    places = list(AUXILIARY.finditer(text))
    if not places:
        return None
    at = rng.choice(places)
    contracted = rng.random() < 1 / 3 and at.group() not in ("can", "will", "are")
    return text[: at.end()] + ("n't" if contracted else " not") + text[at.end() :]


def number(rng: Random, text: str, _: Sequence[str]) -> str | None:
    """Change the numbers."""
    new, count = renumber(rng, text)
    return new if count and new != text else None


def name(rng: Random, text: str, donors: Sequence[str]) -> str | None:
    """Put another name in the place of one."""
    inside = [one for one in names_of(text) if not text.startswith(one)]
    if not inside:
        return None
    old = rng.choice(inside)
    new, count = rename(rng, old, [one for one in donors if PERSON.fullmatch(one) and one not in text])
    return text.replace(old, new) if count and new != old else None


def exchange(_: Random, text: str, __: Sequence[str]) -> str | None:
    """Exchange two whole names with words between them; half of a name is no name ("White House", "House White")."""
    found = [match for match in NAME.finditer(text) if match[0] not in (*WEEKDAYS, *MONTHS)]
    for one, two in pairwise(found):
        between = text[one.end() : two.start()]
        if one[0] not in two[0] and two[0] not in one[0] and WORD.search(between):
            return text[: one.start()] + two[0] + between + one[0] + text[two.end() :]
    return None


def direction(rng: Random, text: str, _: Sequence[str]) -> str | None:
    """Turn the directions: rose for fell."""
    new, count = turn(rng, text, 1.0)
    return new if count and not CONTRACTED.search(text) else None


CHANGES: dict[str, Change] = {
    "negation": negate,
    "number": number,
    "name": name,
    "exchange": exchange,
    "direction": direction,
}


def changed(rng: Random, parts: list[str], donors: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    """Return the sentences with one change of each kind that they allow, and which sentence has which."""
    made, where = list(parts), dict[int, str]()
    for kind in rng.sample(KINDS, len(KINDS)):
        for at in rng.sample(range(len(parts)), len(parts)):
            if at in where or len(parts[at].split()) < LEAST:
                continue
            if (new := CHANGES[kind](rng, parts[at], donors)) is not None:
                made[at], where[at] = new, kind
                break
    return made, where


def sentence_at(parts: Sequence[str], place: int) -> int:
    """Return which of some sentences, joined by one space each, has a place."""
    reached = 0
    for number_, part in enumerate(parts):
        reached += len(part) + 1
        if place < reached:
            return number_
    return len(parts) - 1


class Tally:
    """What was told of changes, by kind."""

    def __init__(self) -> None:
        self.copies, self.made = 0, Counter[str]()
        self.found, self.false = Counter[str](), Counter[str]()

    def add(self, parts: Sequence[str], where: dict[int, str], match: Match | None) -> None:
        """Count the evidence of a copy whose sentences are `parts`, on the right."""
        self.copies += 1
        self.made.update(where.values())
        told = {(sentence_at(parts, one.right[0]), one.fact or one.type) for one in (match.evidence if match else ())}
        for at, kind in where.items():
            self.found[kind] += any((at, type_) in told for type_ in TOLD_AS.get(kind, {kind}))
        self.false.update(type_ for at, type_ in told if at not in where)
        self.false["contradiction"] += len({at for at, type_ in told if at not in where and type_ in FACTS.values()})

    def rows(self, title: str) -> None:
        """Print a line for each kind."""
        for kind in KINDS:
            found, false = self.found[kind] / max(1, self.made[kind]), self.false[kind] / max(1, self.copies)
            print(f"| {title} | {kind} | {self.made[kind]} | {found:.3f} | {false:.4f} |")
        print(f"| {title} | contradiction | | | {self.false['contradiction'] / max(1, self.copies):.4f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--copies", type=int, default=1000)
    options = parser.parse_args()
    verifier, rng = Verifier(Frequencies.shipped(), Config()), Random(9)
    rows = [row["text"] for row in read_jsonl(options.packs / "background.jsonl.gz") if len(row["text"].split()) > 150]
    spin = learnt_spinner(options.packs / "tortured.jsonl.gz", options.packs / "swaps.tsv")
    copied, spun = Tally(), Tally()
    for text in rng.sample(rows, options.copies):
        parts = [part for part in sentences(text) if part][:SENTENCES]
        donors = names_of(rng.choice(rows)[:2000])
        made, where = changed(rng, parts, donors)
        original = verifier.prepare(Article("a", " ".join(parts)))
        reworded = [part if at in where else spin(part, rng, SPUN) for at, part in enumerate(made)]
        for tally, new in ((copied, made), (spun, reworded)):
            tally.add(new, where, verifier.match(original, verifier.prepare(Article("b", " ".join(new)))))
    print("| copies | kind | changes | found | false, a copy |\n|---|---|---|---|---|")
    copied.rows("word for word")
    spun.rows("a tenth spun")
    human, told = 0, Counter[str]()
    for example in pack_examples(options.packs):
        if example.copy and example.kind == "human_translation":
            left, right = Article("a", example.left), Article("b", example.right)
            match = verifier.match(verifier.prepare(left), verifier.prepare(right))
            human += 1
            told.update(one.type for one in (match.evidence if match else ()))
    print("\n| two human translations | pairs | false, a pair |\n|---|---|---|")
    for kind in (*KINDS, "contradiction"):
        print(f"| {kind} | {human} | {told[kind] / max(1, human):.2f} |")


if __name__ == "__main__":
    main()
