"""Pairs that turn or keep the facts of a story: what teaches the judge to look at them.

Copies: `paraphrase` (clauses moved, sentences merged and exchanged, words replaced), `rename` (every name another one,
the story and its numbers kept), `turned` (a minority of the facts changed), `in_one_case`. No copy: `template` (all
names, numbers and dates those of another event, directions turned), `listings` (lines of one pattern filled from one
small pool of names, in another order: match days, draws, tables). All take a `random.Random` and give a new text;
nothing else is random. `judge_families` makes labelled pairs of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from dedup.text import tokenise

Spin = Callable[[str, random.Random, float], str]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
OPPOSITES = (
    "rose fell", "rise fall", "gained lost", "gain loss", "up down", "more less", "higher lower", "above below",
    "beat missed", "increase decrease", "increased decreased", "won lost", "win defeat", "north south", "east west",
    "first second", "third fourth", "morning evening", "highest lowest", "growth decline", "grew shrank",
)  # fmt: skip
TURNED = {a: b for pair in OPPOSITES for a, b in (tuple(pair.split()), tuple(pair.split())[::-1])}
WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NAME = re.compile(r"(?<![.!?:“\"'\n] )(?<![.!?\n])(?<=[a-z,;] )[A-Z][\w’'-]+(?: (?:(?:of|the|and) )?[A-Z][\w’'-]+)*")
THING = re.compile(r"(?:(?<=\ba )|(?<=\bA )|(?<=\ban )|(?<=\bthe )|(?<=\bThe ))[a-z]{3,}\b")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
CLAUSE = re.compile(
    r"^(?P<main>[^,]{20,}), (?P<rest>(?:as|after|when|while|before|because|although|if|since|with|in|on) [^,.]{15,})"
    r"(?P<end>[.!?])$"
)
LEAST_FACTS = 2  # names and numbers of a template


def sentences(text: str) -> list[str]:
    """The sentences of a text without the white space between them."""
    tokens = tokenise(text)
    if not len(tokens):
        return [text]
    starts = tokens.characters(tokens.starts[tokens.sentences[:-1]]).tolist()
    return [text[a:b].strip() for a, b in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]


def window(rng: random.Random, text: str, least: int, most: int) -> str:
    """Whole sentences from a random one on, until `most` words are reached; the beginning in half of the cases."""
    parts, wanted = sentences(text), rng.randint(least, most)
    first = 0 if rng.random() < 0.5 else rng.randrange(max(1, len(parts)))
    taken: list[str] = []
    for part in parts[first:]:
        taken.append(part)
        if sum(len(p.split()) for p in taken) >= wanted:
            break
    return " ".join(taken)


def names_of(text: str) -> list[str]:
    """The different names of a text that do not only begin sentences, calendar words left out."""
    calendar = {*WEEKDAYS, *MONTHS}
    return sorted({m.group() for m in NAME.finditer(text)} - calendar)


def rename(rng: random.Random, text: str, donors: Sequence[str], share: float = 1.0) -> tuple[str, int]:
    """The text with a share of its names replaced by names of other texts, the same everywhere; and how many."""
    names = names_of(text)
    chosen = [name for name in names if rng.random() < share]
    fresh = [d for d in donors if d not in names]
    rng.shuffle(fresh)
    parts: dict[str, str] = {}
    for name, donor in zip(chosen, fresh, strict=False):
        parts[name] = donor
        for old, new in zip(reversed(name.split()), reversed(donor.split()), strict=False):
            if len(old) > 3:
                parts.setdefault(old, new)
    if not parts:
        return text, 0
    pattern = "|".join(re.escape(name) for name in sorted(parts, key=len, reverse=True))
    return re.sub(rf"\b(?:{pattern})\b", lambda m: parts[m.group()], text), len(chosen)


def renumber(rng: random.Random, text: str, share: float = 1.0) -> tuple[str, int]:
    """The text with a share of its numbers replaced by others of the same shape; and how many."""
    count = 0

    def other(match: re.Match[str]) -> str:
        nonlocal count
        old = match.group()
        if rng.random() >= share:
            return old
        count += 1
        digits = [c if not c.isdigit() else str(rng.randrange(1 if i == 0 else 0, 10)) for i, c in enumerate(old)]
        new = "".join(digits)
        return new if new != old else str(rng.randrange(2, 98))

    text = NUMBER.sub(other, text)

    def word(match: re.Match[str]) -> str:
        nonlocal count
        if rng.random() >= share:
            return match.group()
        count += 1
        new = rng.choice([w for w in WORDS if w != match.group().lower()])
        return new.capitalize() if match.group()[0].isupper() else new

    return re.sub(rf"\b(?:{'|'.join(WORDS)})\b", word, text, flags=re.I), count


def redate(rng: random.Random, text: str) -> str:
    """The text with other weekdays and months."""
    days, months = rng.randrange(1, 7), rng.randrange(1, 12)
    text = re.sub("|".join(WEEKDAYS), lambda m: WEEKDAYS[(WEEKDAYS.index(m.group()) + days) % 7], text)
    return re.sub(rf"\b(?:{'|'.join(MONTHS)})\b", lambda m: MONTHS[(MONTHS.index(m.group()) + months) % 12], text)


def turn(rng: random.Random, text: str, share: float) -> tuple[str, int]:
    """The text with a share of its directions turned: rose for fell, more for less."""
    count = 0

    def other(match: re.Match[str]) -> str:
        nonlocal count
        if rng.random() >= share:
            return match.group()
        count += 1
        new = TURNED[match.group().lower()]
        return new.capitalize() if match.group()[0].isupper() else new

    return re.sub(rf"\b(?:{'|'.join(TURNED)})\b", other, text, flags=re.I), count


def things_of(text: str) -> list[str]:
    """The different words that follow an article, as nouns do, once for each time."""
    return [m.group() for m in THING.finditer(text)]


def exchange(rng: random.Random, text: str, things: Sequence[str], share: float) -> tuple[str, int]:
    """The text with a share of its things replaced by things of other texts, the same everywhere; and how many."""
    chosen = [thing for thing in sorted(set(things_of(text))) if rng.random() < share]
    fresh = dict(zip(chosen, rng.sample(things, len(chosen)), strict=True))
    if not fresh:
        return text, 0
    return re.sub(rf"\b(?:{'|'.join(fresh)})\b", lambda m: fresh[m.group()], text), len(fresh)


def template(
    rng: random.Random, text: str, donors: Sequence[str], spin: Spin, things: Sequence[str] = (), brief: bool = False
) -> str | None:  # fmt: skip
    """The same formula about another event: all names, numbers and dates replaced. None where there are too few.

    In half of the cases a share of its things too. `brief`: a name and two facts of any sort are enough.
    """
    renamed, names = rename(rng, text, donors)
    changed, numbers = renumber(rng, renamed)
    changed, exchanged = exchange(rng, changed, things, rng.choice((0.0, 0.0, 0.2, 0.5)) if things else 0.0)
    if (names < 1 or names + numbers + exchanged < 3) if brief else (names < LEAST_FACTS or numbers < LEAST_FACTS):
        return None
    changed = turn(rng, redate(rng, changed), rng.choice((0.0, 0.5, 1.0)))[0]
    return spin(changed, rng, rng.choice((0.0, 0.0, 0.1, 0.2)))


def listings(rng: random.Random, text: str, donors: Sequence[str]) -> tuple[str, str] | None:
    """Two lists that fill the same pattern, a sentence of the text or two bare names, from one pool of names.

    None where the pattern has no place for a name.
    """
    pattern = "{0} 1, {1} 2." if rng.random() < 0.5 else rng.choice(sentences(text))
    if "{0}" not in pattern:
        for place, name in enumerate(names_of(pattern)[:3]):
            pattern = re.sub(rf"\b{re.escape(name)}\b", f"{{{place}}}", pattern.replace("{", "").replace("}", ""))
    slots, pool = len(set(re.findall(r"\{\d\}", pattern))), sorted(set(donors))
    if not slots or len(pool) < slots + 2 or len(pattern.split()) > 25:
        return None
    pool, lines = rng.sample(pool, min(len(pool), rng.randrange(slots + 2, 18))), rng.randrange(2, 9)
    first = rng.choice(("", "", first_sentences(sentences(text), 8) + " "))

    def fill() -> str:
        names = [rng.sample(pool, slots + 1) for _ in range(lines)]
        if rng.random() < 0.5 and slots * lines <= len(pool):
            every = rng.sample(pool, slots * lines)
            names = [[*every[i * slots : (i + 1) * slots], ""] for i in range(lines)]
        return renumber(rng, redate(rng, first) + " ".join(pattern.format(*each, "", "") for each in names))[0]

    return fill(), fill()


def turned(rng: random.Random, text: str, donors: Sequence[str]) -> str | None:
    """A copy that changes a minority of the facts of its story. None where it has too few."""
    if len(names_of(text)) < 4 or len(NUMBER.findall(text)) < LEAST_FACTS:
        return None
    text = rename(rng, text, donors, 0.2)[0]
    return turn(rng, renumber(rng, text, 0.35)[0], 0.3)[0]


def paraphrase(rng: random.Random, text: str, spin: Spin) -> str:
    """What a paraphraser of whole paragraphs does: clauses moved, sentences merged and exchanged, words replaced."""
    parts = [_move_clause(rng, part) for part in sentences(spin(text, rng, rng.uniform(0.15, 0.4)))]
    merged: list[str] = []
    for part in parts:
        if merged and rng.random() < 0.25 and merged[-1].endswith("."):
            joint = rng.choice((", and ", "; ", ", while "))
            merged[-1] = merged[-1][:-1] + joint + part[:1].lower() + part[1:]
        else:
            merged.append(part)
    for i in range(len(merged) - 1):
        if rng.random() < 0.2:
            merged[i], merged[i + 1] = merged[i + 1], merged[i]
    return " ".join(merged)


def _move_clause(rng: random.Random, sentence: str) -> str:
    found = CLAUSE.match(sentence)
    if not found or rng.random() < 0.4:
        return sentence
    main, rest = found["main"], found["rest"]
    return (
        f"{rest[:1].upper()}{rest[1:]}, {main[:1].lower() + main[1:] if not main[:2].istitle() else main}{found['end']}"
    )


def taken(parts: Sequence[str], words: int) -> list[str]:
    """The first sentences, until `words` words are reached."""
    found: list[str] = []
    for part in parts:
        found.append(part)
        if sum(len(p.split()) for p in found) >= words:
            break
    return found


def first_sentences(parts: Sequence[str], words: int) -> str:
    """The same as one text."""
    return " ".join(taken(parts, words))


def in_one_case(rng: random.Random, text: str) -> str:
    """The text in lower case, capitals or Title Case."""
    return rng.choice((str.lower, str.upper, _title))(text)


def _title(text: str) -> str:
    return re.sub(r"\b[a-z]", lambda m: m.group().upper(), text)
