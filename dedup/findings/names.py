"""Names that came out wrong: a form nobody uses, close in spelling or sound to a name that is far more common.

The name meant is looked for in the article itself, then among the names of the background. Romanisations of one name
(Zelensky, Zelenskyy, Zelenskiy) are variants, not corruption.

Public: `NameBook`, `find_names`, `one_edit`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, I64, U8, U32, U64
from dedup.compiled.decorators import borrowing, kernel
from dedup.compiled.hashing import hash_word, mix
from dedup.language.background import Background
from dedup.language.phonetic_key import consonant_key
from dedup.language.tables import Table, count
from dedup.records import Finding, Flag, Tokens

SHORTEST = 6  # letters; shorter names have too many neighbours that are names themselves
UNKNOWN = 1  # a background count up to which a form is not a name by itself (5: twice the false alarms)
TIMES_IN_ARTICLE = 3  # uses that make a name of the article the one that is meant
FAMILIAR = 100  # background count of a name that is weak evidence alone
NEIGHBOURS = 20  # background count of a name with the same word beside it: strong evidence
MOST = 500  # names of one article, and unknown forms, that are looked at: enough for any article, a bound for lists
SOUND_NEIGHBOURS = (
    100  # the same for a name that only sounds alike: two real names may (benchmarks/quality/evidence.py)
)
ANY_NEIGHBOUR, LONG = 1000, 8  # the same with any word, for longer names: chosen by benchmarks/quality/evidence.py
SOUNDS = 4  # consonants, first letter included, that must agree where only the sound is the same

_CAPITAL, _NAMED = int(Flag.CAPITAL), int(Flag.CAPITAL | Flag.BOILERPLATE | Flag.DIGIT)
_SHAPE = int(Flag.CAPITAL | Flag.UPPER | Flag.DIGIT | Flag.GRAM | Flag.MIXED)

_POSSESSIVE = re.compile("['’]s?$")
_LONG_VOWEL = re.compile(r"([ou])h(?=[^aeiouy])")
_VOWELS = "aeiouy"
_INNER_CAPITAL = re.compile(r".*[a-z][A-Z]")  # GameBoys, McCain: written so on purpose
_ENDINGS = re.compile(r"(yy|iy|ii|ij|yj|y|i|j)$")
_DOUBLED = re.compile(r"(.)\1+")
# Endings that make another word of a name rather than a wrong one: Texan, Clintons, Putinism.
_DERIVED = re.compile(r"(an|ans|ian|ians|s|es|ese|ish|ism|ist|ists|ite|ites|i|ic|y|er|ers|d|ed|ly|like)")


@lru_cache(maxsize=1 << 14)
def _romanised(name: str) -> str:
    """One form for the ways to write a name: -sky, -skyy, -skiy, -skii; -ov, -off; Khaled, Haled; Otani, Ohtani."""
    plain = _ENDINGS.sub("i", _LONG_VOWEL.sub(r"\1", name.replace("kh", "h").replace("ou", "u").replace("off", "ov")))
    return _DOUBLED.sub(r"\1", plain)


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
    if (
        form[0] != name[0]
        or abs(len(form) - len(name)) > 1
        or form.startswith(name)
        or name.startswith(form)
        or _romanised(form) == _romanised(name)
        or form.rstrip(_VOWELS) == name.rstrip(_VOWELS)  # Germania, Ukraini: the name in another language
    ):
        return False
    sound = consonant_key(form)
    return len(sound) >= SOUNDS and sound == consonant_key(name)


def _derived(form: str, name: str) -> bool:
    short, long = sorted((form, name), key=len)
    return long.startswith(short[: max(4, len(short) - 1)]) and bool(_DERIVED.fullmatch(long[len(short) - 1 :] or "s"))


def _lacking_one(word: str) -> set[str]:
    """The word, and what is left of it without one of its letters."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


class Known(NamedTuple):
    """A name that may be meant: how it is written in lower case, its hash, how often it is used."""

    form: str
    word: int
    uses: float


@dataclass(frozen=True)
class NameBook:
    """The frequent names of a background; two words one edit apart share a form that lacks one letter."""

    names: tuple[Known, ...]
    lacking: dict[str, list[int]] = field(repr=False)  # such a form -> rows of `names`
    sounds: dict[str, list[int]] = field(repr=False)  # consonant key -> rows of `names`

    @classmethod
    def of(cls, background: Background) -> NameBook:
        """The names of a background that are long enough to be told from others."""
        known = tuple(
            Known(low, word, count)
            for spelled, word, count in background.names
            if len(low := spelled.lower()) >= SHORTEST - 1 and count >= NEIGHBOURS and low.isalpha()
        )
        lacking: dict[str, list[int]] = defaultdict(list)
        sounds: dict[str, list[int]] = defaultdict(list)
        for row, (low, _, _) in enumerate(known):
            for part in _lacking_one(low):
                lacking[part].append(row)
            sounds[consonant_key(low)].append(row)
        return cls(known, dict(lacking), dict(sounds))

    def near(self, form: str) -> list[Known]:
        """Names one edit away, most frequent first."""
        rows = {row for part in _lacking_one(form) for row in self.lacking.get(part, ())}
        return self._sorted(row for row in rows if _near(form, self.names[row].form))

    def alike(self, form: str) -> list[Known]:
        """Names that sound like it, most frequent first."""
        rows = self.sounds.get(consonant_key(form), ())
        return self._sorted(row for row in rows if _sounds_alike(form, self.names[row].form))

    def _sorted(self, rows: Iterable[int]) -> list[Known]:
        return sorted((self.names[row] for row in rows), key=lambda name: (-name.uses, name.form))


def _base(word: str) -> str:
    return _POSSESSIVE.sub("", word).lower()


@borrowing
def _is_used_again(i: int, data: U8, hashes: U64, starts: U32, ends: U32, flags: U8) -> bool:
    """Whether a name stands there twice and more as it is written: `_own_names` counts it so often, or more."""
    size, uses = ends[i] - starts[i], 0
    for j in range(len(hashes)):
        if hashes[j] == hashes[i] and flags[j] & _NAMED == _CAPITAL and ends[j] - starts[j] == size:
            same = 0
            for k in range(np.int64(size)):
                same += data[starts[j] + k] == data[starts[i] + k]
            uses += same == size
    return uses > 1


@kernel
def _unknown(data: U8, hashes: U64, starts: U32, ends: U32, flags: U8, table: Table, values: F32) -> I64:
    """Kernel of `_candidates`."""
    found, n, looked = np.empty(len(hashes), np.int64), 0, 0
    for i in range(len(hashes)):
        shaped = flags[i] & _SHAPE == _CAPITAL and ends[i] - starts[i] >= SHORTEST
        if shaped and looked < MOST and count(table, mix(hashes[i]), values) <= UNKNOWN:
            found[n], looked = i, looked + 1
            n += not _is_used_again(i, data, hashes, starts, ends, flags)
    return found[:n]


def _candidates(tokens: Tokens, background: Background) -> list[int]:
    """Words that look like names, that the background does not know, and that are not used again."""
    tables = background.tables
    arrays = (np.frombuffer(tokens.data, np.uint8), tokens.hashes, tokens.starts, tokens.ends, tokens.flags)
    found: list[int] = _unknown(*arrays, tables.words, tables.counts).tolist()
    return found


@lru_cache(maxsize=1 << 14)
def _name(written: bytes) -> str:
    return _base(written.decode("utf-8", "surrogatepass"))


def _own_names(tokens: Tokens) -> Counter[str]:
    """Most frequent capitalised words of the article without the possessive, with their number of uses."""
    capital = tokens.flags & _NAMED == _CAPITAL
    at = np.flatnonzero(capital & (tokens.ends - tokens.starts >= SHORTEST - 1))
    data, spans = tokens.data, zip(tokens.starts[at].tolist(), tokens.ends[at].tolist(), strict=True)
    names: Counter[str] = Counter()
    for written, uses in Counter([data[start:end] for start, end in spans]).items():
        names[_name(written)] += uses
    return names if len(names) <= MOST else Counter(dict(names.most_common(MOST)))


def _beside(tokens: Tokens, i: int, word: int, background: Background) -> tuple[float, float]:
    """The background count of a name with the word before or after it: with a capitalised one, with any."""
    h, flags = tokens.hashes, tokens.flags
    pairs = []
    if i and not flags[i] & int(Flag.BREAK):
        pairs.append((int(h[i - 1]), word, bool(flags[i - 1] & int(Flag.CAPITAL))))
    if i + 1 < len(tokens) and not flags[i + 1] & int(Flag.BREAK):
        pairs.append((word, int(h[i + 1]), bool(flags[i + 1] & int(Flag.CAPITAL))))
    if not pairs:
        return 0.0, 0.0
    counts = background.count2([left for left, _, _ in pairs], [right for _, right, _ in pairs]).tolist()
    named = [count for count, (_, _, capital) in zip(counts, pairs, strict=True) if capital]
    return max(named, default=0.0), max(counts)


class _Meant(NamedTuple):
    name: str
    reason: str
    strong: bool


def _often(names: Counter[str]) -> list[tuple[str, int]]:
    """The names used often enough to be meant, most frequent first."""
    return sorted((n for n in names.items() if n[1] >= TIMES_IN_ARTICLE), key=lambda item: (-item[1], item[0]))


def _in_article(form: str, names: Counter[str], often: list[tuple[str, int]], near: Sequence[Known]) -> _Meant | None:
    """The name of the article that a form is a slip for.

    `often` are those of its names that are used often, `near` the names of the background one edit away.
    """
    for name, uses in often:
        alike = name[:1] == form[:1] and abs(len(name) - len(form)) <= 1  # or it is neither near nor sounds alike
        if alike and name != form and not _derived(form, name):
            if _near(form, name):
                return _Meant(name, f"spelled “{name.title()}” {uses} times in this article", True)
            if _sounds_alike(form, name):
                return _Meant(name, f"sounds like “{name.title()}”, named {uses} times in this article", True)
    for known in near:
        if names[known.form] and known.uses >= FAMILIAR and not _derived(form, known.form):
            return _Meant(known.form, f"spelled “{known.form.title()}” elsewhere in this article", True)
    return None


def _in_background(
    tokens: Tokens, i: int, form: str, background: Background, book: NameBook, near: Sequence[Known]
) -> _Meant | None:
    """The name of the background that a form is a slip for; strong where its neighbour is that name's neighbour too."""
    weak = None
    for known in near:
        if _derived(form, known.form):
            continue
        named, any_word = _beside(tokens, i, known.word, background)
        reason = f"one letter from “{known.form.title()}”, a far more common name"
        if named >= NEIGHBOURS or (any_word >= ANY_NEIGHBOUR and len(form) >= LONG):
            return _Meant(known.form, reason, True)
        if weak is None and known.uses >= FAMILIAR:
            weak = _Meant(known.form, reason, False)
    for known in book.alike(form):
        if not _derived(form, known.form) and _beside(tokens, i, known.word, background)[0] >= SOUND_NEIGHBOURS:
            return _Meant(known.form, f"sounds like “{known.form.title()}”, a far more common name", True)
    return weak


def _meant_so(tokens: Tokens, i: int, written: str) -> bool:
    """Whether a form is no slip, however near a name it is: an inner capital, an accent (Micheál), Austro-Hungarian."""
    end = int(tokens.ends[i])
    return bool(_INNER_CAPITAL.match(written)) or not written.isascii() or tokens.data[end : end + 1] == b"-"


def find_names(tokens: Tokens, background: Background, book: NameBook) -> Iterator[Finding]:
    """Corrupted names of one article, in order."""
    at = _candidates(tokens, background)
    if not at:
        return
    own = _own_names(tokens)
    often = _often(own)
    for i in at:
        written = _POSSESSIVE.sub("", tokens.word(i))
        form = written.lower()
        if len(form) < SHORTEST or own[form] > 1 or not form.isalpha() or _meant_so(tokens, i, written):
            continue
        if len(written) < len(tokens.word(i)) and background.count1(hash_word(form.encode()))[0] > UNKNOWN:
            continue
        near = book.near(form)
        meant = _in_article(form, own, often, near) or _in_background(tokens, i, form, background, book, near)
        if meant:
            start = tokens.span(i, i + 1)[0]
            slip = sorted(form) == sorted(meant.name)  # fingers swap letters, translation does not
            strong = meant.strong and not slip and not tokens.flags[i] & int(Flag.BOILERPLATE)
            yield Finding("name", (start, start + len(written)), written, meant.name.title(), meant.reason, strong)
