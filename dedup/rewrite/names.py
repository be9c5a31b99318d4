"""Names that came out wrong: a form nobody uses, close in spelling or sound to a name that is far more common.

The name meant is looked for in the article itself, then among the names of the background. Romanisations of one name
(Zelensky, Zelenskyy, Zelenskiy) are variants, not corruption.

Public: `NameBook`, `find_names`, `skeleton`, `one_edit`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from dedup.records import Finding, Flag, Tokens
from dedup.rewrite.background import Background
from dedup.rewrite.tables import F32

SHORTEST = 6  # letters; shorter names have too many neighbours that are names themselves (DESIGN finding 5, recipe 5)
UNKNOWN = 5  # a background count up to which a form is not a name by itself (same recipe)
TIMES_IN_ARTICLE = 3  # uses that make a name of the article the one that is meant (same recipe)
FAMILIAR = 100  # background count of a name that is weak evidence alone (half of what the recipe has)
NEIGHBOURS = 20  # background count of a name with the same word beside it: strong evidence (same recipe)
SOUNDS = 4  # consonants, first letter included, that must agree where only the sound is the same

# One class per place of articulation, voice ignored: what survives a round trip through kana, Arabic or Cyrillic.
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("bpfvw", "p"),
        **dict.fromkeys("cgkqx", "k"),
        **dict.fromkeys("dt", "t"),
        **dict.fromkeys("jsz", "s"),
    }
    | {**dict.fromkeys("lr", "r"), **dict.fromkeys("mn", "n"), **dict.fromkeys("aeiouyh'-", "")}
)
_SAME_SOUND = (
    ("sch", "s"),
    ("sh", "s"),
    ("ch", "s"),
    ("th", "t"),
    ("ph", "p"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
)
_PLAIN = re.compile(r"[^\W\d_]+(?:['’]s)?", re.UNICODE)
_DOUBLED = re.compile(r"(.)\1+")
# Endings that make another word of a name rather than a wrong one: Texan, Clintons, Putinism.
_DERIVED = re.compile(r"(an|ans|ian|ians|s|es|ese|ish|ism|ist|ists|ite|ites|i|ic|y|er|ers|d|ed|ly|like)")


def skeleton(name: str) -> str:
    """What is left of a name's sound: its first letter and the classes of the consonants after it, doubles as one."""
    low = name.lower()
    for written, sounded in _SAME_SOUND:
        low = low.replace(written, sounded)
    first = low[0] if low[0] in "aeiouyh" else low[0].translate(_CLASSES)
    return _DOUBLED.sub(r"\1", first + low[1:].translate(_CLASSES))


def _romanised(name: str) -> str:
    return _DOUBLED.sub(r"\1", name.replace("y", "i").replace("j", "i").replace("kh", "h").replace("ou", "u"))


def one_edit(left: str, right: str) -> bool:
    """Whether one letter changed, lost, added, or two neighbours swapped make one of the other."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[head:], right[head:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def _near(form: str, name: str) -> bool:
    """Whether a form is a slip for a name: one edit, not in the first letter nor the last alone, no variant of it."""
    if form[0] != name[0] or not one_edit(form, name) or _romanised(form) == _romanised(name):
        return False
    return form[:-1] != name[:-1] and form[:-1] != name and form != name[:-1]


def _sounds_alike(form: str, name: str) -> bool:
    """Whether they differ only in vowels and in how one place of the mouth is written; a shortened name does not."""
    if form[0] != name[0] or form.startswith(name) or name.startswith(form) or _romanised(form) == _romanised(name):
        return False
    sound = skeleton(form)
    return len(sound) >= SOUNDS and sound == skeleton(name)


def _derived(form: str, name: str) -> bool:
    short, long = sorted((form, name), key=len)
    return long.startswith(short[: max(4, len(short) - 1)]) and bool(_DERIVED.fullmatch(long[len(short) - 1 :] or "s"))


def _lacking_one(word: str) -> set[str]:
    """The word, and what is left of it without one of its letters."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@dataclass(frozen=True)
class NameBook:
    """The frequent names of a background; two words one edit apart share a form that lacks one letter."""

    spelled: tuple[tuple[str, int, float], ...]  # spelling, hash, count
    lacking: dict[str, list[int]] = field(repr=False)  # such a form -> rows of `spelled`

    @classmethod
    def of(cls, background: Background) -> NameBook:
        """The names of a background that are long enough to be told from others."""
        known = tuple(
            (low, word, count)
            for spelled, word, count in background.names
            if len(low := spelled.lower()) >= SHORTEST - 1 and count >= NEIGHBOURS and low.isalpha()
        )
        lacking: dict[str, list[int]] = defaultdict(list)
        for row, (low, _, _) in enumerate(known):
            for part in _lacking_one(low):
                lacking[part].append(row)
        return cls(known, dict(lacking))

    def near(self, form: str) -> Iterator[tuple[str, int, float]]:
        """Names one edit away, most frequent first."""
        rows = {row for part in _lacking_one(form) for row in self.lacking.get(part, ())}
        found = [self.spelled[r] for r in rows if _near(form, self.spelled[r][0])]
        yield from sorted(found, key=lambda name: (-name[2], name[0]))


def _candidates(tokens: Tokens, counts: F32) -> list[int]:
    """Words that look like names and that the background does not know."""
    wrong = int(Flag.UPPER | Flag.DIGIT | Flag.GRAM | Flag.MIXED)
    shaped = (tokens.flags & int(Flag.CAPITAL) != 0) & (tokens.flags & wrong == 0)
    long = tokens.ends - tokens.starts >= SHORTEST
    return np.flatnonzero(shaped & long & (counts <= UNKNOWN)).tolist()


def _own_names(tokens: Tokens) -> dict[str, int]:
    """Names that the article uses often enough to mean them, with their number of uses."""
    capital = np.flatnonzero(tokens.flags & int(Flag.CAPITAL | Flag.FURNITURE | Flag.DIGIT) == int(Flag.CAPITAL))
    _, first, uses = np.unique(tokens.hashes[capital], return_index=True, return_counts=True)
    often = [(int(capital[i]), int(n)) for i, n in zip(first, uses, strict=True) if n >= TIMES_IN_ARTICLE]
    return {tokens.word(i).lower(): n for i, n in often if tokens.ends[i] - tokens.starts[i] >= SHORTEST - 1}


def _cased(name: str, form: str) -> str:
    return name[:1].upper() + name[1:] if form[:1].isupper() else name


def _in_article(form: str, names: dict[str, int]) -> tuple[str, str] | None:
    for name, uses in sorted(names.items(), key=lambda item: (-item[1], item[0])):
        if _derived(form, name) or name.endswith(("'s", "’s")):
            continue
        if _near(form, name):
            return name, f"spelled “{_cased(name, 'A')}” {uses} times in this article"
        if _sounds_alike(form, name):
            return name, f"sounds like “{_cased(name, 'A')}”, named {uses} times in this article"
    return None


def _beside(tokens: Tokens, i: int, word: int, background: Background) -> float:
    """The larger background count of a name with the word before or after it."""
    h, pairs = tokens.hashes, []
    if i and not tokens.flags[i] & int(Flag.BREAK):
        pairs.append((int(h[i - 1]), word))
    if i + 1 < len(tokens) and not tokens.flags[i + 1] & int(Flag.BREAK):
        pairs.append((word, int(h[i + 1])))
    if not pairs:
        return 0.0
    both = np.array(pairs, np.uint64)
    return float(background.count2(both[:, 0], both[:, 1]).max())


def find_names(tokens: Tokens, counts: F32, background: Background, book: NameBook) -> Iterator[Finding]:
    """Corrupted names of one article; `counts` are the background counts of its words, shape (n,)."""
    at = _candidates(tokens, counts)
    if not at:
        return
    own, uses = _own_names(tokens), Counter(int(tokens.hashes[i]) for i in at)
    for i in at:
        if uses[int(tokens.hashes[i])] > 1 or not _PLAIN.fullmatch(tokens.word(i)):
            continue
        written = re.sub("['’]s$", "", tokens.word(i))
        form, furniture = written.lower(), bool(tokens.flags[i] & int(Flag.FURNITURE))
        if len(form) < SHORTEST:
            continue
        start = tokens.span(i, i + 1)[0]
        span = (start, start + len(written))
        if meant := _in_article(form, own):
            yield Finding("name", span, written, _cased(meant[0], written), meant[1], not furniture)
            continue
        for name, word, count in book.near(form):
            beside = _beside(tokens, i, word, background)
            if not _derived(form, name) and (beside >= NEIGHBOURS or count >= FAMILIAR):
                strong = beside >= NEIGHBOURS and not furniture
                yield Finding(
                    "name", span, written, _cased(name, written), "one letter from a far more common name", strong
                )
                break
