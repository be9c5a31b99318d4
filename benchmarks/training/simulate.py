"""Simulators that damage clean news as spinners and translation chains do, to train and to measure with.

Spinners replace a share of the words that they know: `wordnet_spinner` (members of a word's synsets, inflected),
`learnt_spinner` (tortured phrases and swaps seen on spun pages), `neighbour_spinner` (words that occur alike).
`corrupt` garbles names by sound, drops articles, breaks agreement, doubles words; `with_grammatical_errors` changes
forms and function words; `cut` drops and reorders sentences.
All take a `random.Random` and give a new text; nothing else is random.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.training.build_substitutions import WordNet

Swaps = dict[str, list[str]]
Spinner = Callable[[str, Random, float], str]

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
SHORTEST = 3  # letters; spinners leave words up to this length alone
LONGEST_PHRASE = 3  # words of a phrase that a spinner replaces as one
VOWELS = "aeiou"

# Sounds that fall together on the way through katakana, Cyrillic or Arabic and back.
SOUNDS = (
    ("kr", "gol"), ("sh", "s"), ("th", "z"), ("ch", "tch"), ("ck", "k"), ("ph", "f"), ("zh", "j"), ("kh", "h"),
   ("ts", "tt"),
    ("l", "r"), ("r", "l"), ("v", "b"), ("b", "v"), ("f", "v"),
    ("p", "b"), ("g", "h"), ("h", "g"), ("k", "c"), ("c", "k"),
    ("z", "s"), ("w", "v"), ("y", "i"), ("i", "y"), ("e", "a"), ("a", "o"), ("o", "u"), ("u", "oo"),
    ("d", "t"), ("t", "d"),
)  # fmt: skip


def _like(replacement: str, original: str) -> str:
    return replacement[:1].upper() + replacement[1:] if original[:1].isupper() else replacement


def _eligible(word: str) -> bool:
    return word.islower() and len(word) > SHORTEST


def _swap_words(text: str, swaps: Swaps, rng: Random, rate: float) -> str:
    """Replace known words and phrases until about `rate` of all plain words of four letters or more are swapped.

    Longer phrases are tried first; a spinner that knows too few words swaps all of them.
    """
    words = list(WORD.finditer(text))
    known = sum(m.group().lower() in swaps for m in words)
    chance = min(1.0, rate * sum(_eligible(m.group()) for m in words) / max(1, known))
    out, at, i = [], 0, 0
    while i < len(words):
        for length in range(min(LONGEST_PHRASE, len(words) - i), 0, -1):
            start, end = words[i].start(), words[i + length - 1].end()
            options = swaps.get(text[start:end].lower()) if end - start < 60 else None
            if options and rng.random() < chance:
                out += [text[at:start], _like(rng.choice(options), text[start:end])]
                at = end
                i += length - 1
                break
        i += 1
    return "".join(out) + text[at:]


def inflect(lemma: str, inflection: str) -> str:
    """A regular English inflection (s, ed, ing, er, est), as a spinner's generator makes it."""
    if not inflection:
        return lemma
    if inflection == "s":
        if lemma.endswith("y") and lemma[-2:-1] not in VOWELS:
            return lemma[:-1] + "ies"
        return lemma + ("es" if lemma.endswith(("s", "x", "z", "ch", "sh")) else "s")
    if lemma.endswith("e"):
        return lemma[:-1] + inflection
    if lemma.endswith("y") and inflection != "ing" and lemma[-2:-1] not in VOWELS:
        return lemma[:-1] + "i" + inflection
    return lemma + inflection


def wordnet_spinner(folder: Path, senses: int = 2) -> Spinner:
    """Swap a word for another lemma of one of its first synsets, in the same inflection; capitalised words stay."""
    net = WordNet(folder)
    known: Swaps = {}

    def options(word: str) -> list[str]:
        if word not in known:
            found = []
            for part, lemma, inflection in sorted(net.analyses(word)):
                for members in net.senses[part, lemma][:senses]:
                    others = [m.replace("_", " ") for m in members if m.lower() != lemma and m.islower()]
                    found += [inflect(m, inflection) for m in others]
            known[word] = found
        return known[word]

    def spin(text: str, rng: Random, rate: float) -> str:
        plain = {w for w in WORD.findall(text) if _eligible(w)}
        return _swap_words(text, {w: options(w) for w in sorted(plain) if options(w)}, rng, rate)

    return spin


def learnt_spinner(tortured: Path, swaps: Path, least: int = 2, part: tuple[int, int] = (0, 1)) -> Spinner:
    """Swap words and short phrases as real spinners did: words aligned in tortured phrases, and the noted swaps.

    `part` (k, n) keeps every n-th expected word from the k-th on: a spinner that the score has not learnt from.
    """
    seen: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with gzip.open(tortured, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            wrong, right = (re.findall(r"[a-z]+", row[k].lower()) for k in ("tortured", "expected"))
            if len(wrong) == len(right):
                for t, e in zip(wrong, right, strict=True):
                    if t != e:
                        seen[e][t] += 1
    for line in swaps.read_text("utf-8").splitlines()[1:]:
        wrong_text, expected = line.lower().split("\t")
        if re.fullmatch(r"[a-z ]+", wrong_text + expected):
            seen[expected][wrong_text] += least
    chosen = sorted(seen)[part[0] :: part[1]]
    table = {e: sorted(t for t, n in seen[e].items() if n >= least) for e in chosen if len(e) > 3}
    return lambda text, rng, rate: _swap_words(text, {e: t for e, t in table.items() if t}, rng, rate)


def neighbour_spinner(texts: Iterable[str], rows: int = 12000, columns: int = 1500, dimensions: int = 120) -> Spinner:
    """Swap a word for one of the five that occur most like it, by the words up to three places away in `texts`."""
    from scipy.sparse import coo_matrix
    from sklearn.utils.extmath import randomized_svd

    number: dict[str, int] = {}
    stream = np.array(
        [number.setdefault(w, len(number)) for t in texts for w in [*WORD.findall(t), "|"]], np.int64
    )  # case kept: capitalised forms are rows of their own and are dropped below
    counts = np.bincount(stream)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    stream, words = rank[stream], [list(number)[k] for k in order[:rows]]
    pairs = [(stream[:-gap], stream[gap:]) for gap in (1, 2, 3)]
    row = np.concatenate([x for before, after in pairs for x in (before, after)])
    context = np.concatenate([x for before, after in pairs for x in (after, before)])
    side = np.concatenate(
        [np.full(len(x), k * columns) for before, after in pairs for k, x in enumerate((before, after))]
    )
    keep = (row < rows) & (context < columns)
    row, column = row[keep], (context + side)[keep]
    matrix = coo_matrix((np.ones(len(row), np.float32), (row, column)), (rows, 2 * columns)).tocsr()
    total, by_row, by_column = matrix.sum(), np.asarray(matrix.sum(1)).ravel(), np.asarray(matrix.sum(0)).ravel()
    matrix = matrix.tocoo()
    matrix.data = np.maximum(0, np.log(matrix.data * total / (by_row[matrix.row] * by_column[matrix.col])))
    u, s, _ = randomized_svd(matrix.tocsr(), dimensions, n_iter=3, random_state=1)
    vectors = u * np.sqrt(s)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    usable = np.array([i for i, w in enumerate(words) if w.islower() and len(w) > 3 and i > 100])
    table: Swaps = {}
    for block in np.array_split(usable, 20):
        cosine = vectors[block] @ vectors[usable].T
        best = np.argsort(-cosine, axis=1)[:, 1:6]
        table.update({words[i]: [words[usable[j]] for j in near] for i, near in zip(block, best, strict=True)})
    return lambda text, rng, rate: _swap_words(text, table, rng, rate)


def garble(name: str, rng: Random) -> str:
    """A name as it comes back from another script: one to three sounds changed, the first letter mostly kept."""
    word = name.lower()
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = [(m.start(), a, b) for a, b in SOUNDS for m in re.finditer(a, word) if m.start() > 0]
        if places:
            at, a, b = rng.choice(places)
            word = word[:at] + b + word[at + len(a) :]
    return word[:1].upper() + word[1:]


def _garble_names(text: str, rng: Random, share: float) -> str:
    counts: dict[str, int] = defaultdict(int)
    for found in re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b", text):
        counts[found.group()] += 1
    for name in sorted(counts):
        if rng.random() < share:
            wrong = garble(name, rng)
            every = rng.random() < 0.5  # a chain garbles a name the same way everywhere, or only where context differs
            text = re.sub(rf"\b{name}\b", lambda m, w=wrong, e=every: w if e or rng.random() < 0.4 else m.group(), text)  # type: ignore[misc]
    return text


AGREEMENT = {
    "is": ["are"], "are": ["is"], "was": ["were"], "were": ["was"], "has": ["have"], "have": ["has"],
    "a": ["an", "the"],
    "an": ["a"], "in": ["on", "at"], "on": ["in", "at"], "at": ["in", "on"], "by": ["from", "of"], "for": ["to", "on"],
    "his": ["its"], "its": ["his"], "this": ["these"], "these": ["this"], "that": ["what"], "who": ["which"],
}  # fmt: skip


def _disagree(word: str, rng: Random, rate: float) -> str:
    return rng.choice(AGREEMENT[word]) if word in AGREEMENT and rng.random() < rate else word


def corrupt(text: str, rng: Random, rate: float) -> str:
    """Text as it comes out of a chain of translations: `rate` (0..1) scales every kind of damage."""
    text = _garble_names(text, rng, rate)
    text = re.sub(r"\b([Tt]he|an?) (?=[a-z])", lambda m: "" if rng.random() < 0.6 * rate else m.group(), text)
    text = WORD.sub(lambda m: _disagree(m.group(), rng, 0.2 * rate), text)
    return WORD.sub(lambda m: f"{m.group()} {m.group()}" if rng.random() < 0.02 * rate else m.group(), text)


ARTICLES = ("the", "a", "an")
PREPOSITIONS = ("of", "in", "on", "at", "by", "for", "from", "to", "with", "into", "about", "as", "that")
DROPPED, PUT_IN = 0.4, 0.08  # share of the errors at these words that drop it; of those at others that put one in


def with_grammatical_errors(text: str, rng: Random, rate: float, forms: Callable[[str], list[str]]) -> str:
    """Return text with grammatical errors: `rate` (0..1) of the words in lower case are hit.

    A word takes another form (`forms` gives them: countries for country, say for says, were for was), a preposition or
    an article becomes another one or is dropped, or one is put in that does not belong there.
    """

    def changed(match: re.Match[str]) -> str:
        word = match.group()
        if not word.rstrip().islower() or rng.random() >= rate:
            return word
        plain = word.rstrip()
        if plain in ARTICLES + PREPOSITIONS and rng.random() < DROPPED:
            return ""
        if rng.random() < PUT_IN:
            return f"{rng.choice(ARTICLES[:2] + PREPOSITIONS[:8])} {word}"
        options = forms(plain)
        return rng.choice(options) + word[len(plain) :] if options else word

    return re.sub(WORD.pattern + " ?", changed, text)


def cut(text: str, rng: Random, share: float) -> str:
    """Drop a share of the sentences and move some of the others: structure changes, wording does not."""
    sentences = [s for s in SENTENCE.split(text) if s.strip()]
    kept = [s for s in sentences if rng.random() >= share]
    for _ in range(len(kept) // 5):
        i, j = rng.randrange(len(kept)), rng.randrange(len(kept))
        kept[i], kept[j] = kept[j], kept[i]
    return " ".join(kept or sentences)
